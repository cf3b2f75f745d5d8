"""Confirming a certificate: whoever holds one asks the hub by the code on it, with a browser or a program.

The code has 80 bits that nobody guesses; it tells no more than the paper it is printed on, and whether
today's records still say the same.
"""

from __future__ import annotations

from html import escape

import msgspec

from kiosk.config import asset
from kiosk.domain.credit_words import hours_words
from kiosk.errors import BadInput
from kiosk.hub.routes import ANYONE, Call, Raw, Refusal, Route
from kiosk.i18n import _
from kiosk.services.attendance import Attendance
from kiosk.services.certificates import Certificates, Verified, in_groups
from kiosk.services.station import Station
from kiosk.storage.store import Store

_CSP = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
LONGEST_CODE = 40


class Course(msgspec.Struct, frozen=True):
    """One course of a certificate."""

    title: str
    hours: str


class Confirmed(msgspec.Struct, frozen=True):
    """What was certified, and whether today's records still say so."""

    code: str
    holds: bool
    differences: list[str]
    name: str
    agency: str
    hours: str
    courses: list[Course]
    at: str
    station: str


async def _verified(call: Call) -> tuple[Verified, str]:
    """The certificate under the code of this call, with the time it was made as the conference's zone has it."""
    code = call.path["code"][:LONGEST_CODE]

    def look(store: Store, station: Station) -> tuple[Verified, str]:
        found = Certificates(store, station, Attendance(store, station)).verify(code)
        return found, found.certified.at.astimezone(station.conference.zone_info).strftime("%Y-%m-%d %H:%M %Z")

    return await call.hub.board.ask(look)


async def _certificate(call: Call) -> Confirmed:
    try:
        found, at = await _verified(call)
    except BadInput as error:
        raise Refusal(404, "no_such_certificate", str(error)) from error
    said = found.certified
    courses = [Course(title, hours_words(credit)) for _id, title, credit in said.courses]
    return Confirmed(
        in_groups(said.code), not found.differences, list(found.differences), said.name, said.agency,
        hours_words(said.total), courses, at, said.station,
    )  # fmt: skip


async def _page(call: Call) -> Raw:
    try:
        found, at = await _verified(call)
    except BadInput as error:
        return _html(title=_("Not confirmed"), who=str(error))
    said = found.certified
    return _html(
        title=_("Not what the records say today") if found.differences else _("Confirmed"),
        who=" · ".join(part for part in (said.name or _("(name no longer kept)"), said.agency) if part),
        what=_("{hours} h, certified {when} at {where}").format(
            hours=hours_words(said.total), when=at, where=said.station
        ),
        courses="\n".join(f"{hours_words(credit)}  {title}" for _id, title, credit in said.courses),
        today=" ".join(found.differences) or _("The records still give the same."),
        code=in_groups(said.code),
    )


def _html(**values: str) -> Raw:
    text = asset("page/certificate.html").read_text("utf-8")
    for name in ("title", "who", "what", "courses", "today", "code"):
        text = text.replace(f"@{name}@", escape(values.get(name, "")).replace("@", "&#64;"))
    return Raw(text.encode(), "text/html; charset=utf-8", {"content-security-policy": _CSP})


ROUTES = (
    Route("GET", "/certificate/{code}", "A certificate confirmed, as a page", _page, ANYONE, media_type="text/html"),
    Route(
        "GET", "/v1/certificates/{code}", "What was certified under a code, and whether it still holds", _certificate,
        ANYONE, gives=Confirmed, refuses=(404,),
    ),
)  # fmt: skip
