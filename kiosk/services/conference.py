"""What the conference is called, where its clock stands and what its codes look like, as an organizer types it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kiosk.domain.typed import one_line
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.station import Conference, Station

LONGEST_TITLE, LONGEST_SHORT_NAME = 120, 24
_PREFIX = re.compile(r"[A-Z0-9]{0,12}")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")
_MOST_HOSTS = 8
_YEARS = range(1990, 2200)


class BadConference(BadInput):
    """What was typed is not a conference: which fields, and why."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def typed(conference: Conference) -> dict[str, str]:
    """A conference as it stands in a form."""
    return {
        "title": conference.title,
        "short_name": conference.short_name,
        "zone": conference.zone,
        "code_prefix": conference.code_prefix,
        "year": "" if conference.year is None else str(conference.year),
        "url_hosts": ", ".join(conference.url_hosts),
    }


def read_typed(values: Mapping[str, str], before: Conference) -> Conference:
    """The conference that somebody typed; what is not among `values` stays as it was. Raises BadConference."""
    problems: dict[str, str] = {}
    read: dict[str, Any] = {}
    for name, text in values.items():
        try:
            read[name] = _READ[name](text)
        except BadInput as error:
            problems[name] = str(error)
    if problems:
        raise BadConference(problems)
    return replace(before, **read)


def change(station: Station, values: Mapping[str, str]) -> Conference:
    """Serve the conference that somebody typed, here and at every station of the hub; answers it. Raises BadInput."""
    station.must_organize()
    conference = read_typed(values, station.conference)
    station.set_conference(conference)
    return conference


def _title(text: str) -> str:
    title = one_line(text)
    if not title or len(title) > LONGEST_TITLE:
        raise BadInput(_("Give the conference a name of at most {n} characters.").format(n=LONGEST_TITLE))
    return title


def _short_name(text: str) -> str:
    short = one_line(text)
    if len(short) > LONGEST_SHORT_NAME:
        raise BadInput(_("The short name may have at most {n} characters.").format(n=LONGEST_SHORT_NAME))
    return short


def _zone(text: str) -> str:
    zone = one_line(text)
    Conference(zone=zone).zone_info  # noqa: B018  (asked for its error)
    return zone


def _code_prefix(text: str) -> str:
    prefix = one_line(text).upper()
    if not _PREFIX.fullmatch(prefix):
        raise BadInput(_("What codes begin with is letters and digits, at most 12: PLC."))
    return prefix


def _year(text: str) -> int | None:
    digits = one_line(text)
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) == 4 and int(digits) in _YEARS):
        raise BadInput(_("Give the year in four digits, or nothing."))
    return int(digits)


def _url_hosts(text: str) -> tuple[str, ...]:
    """Web addresses as people copy them: only who serves them is kept."""
    parts = [part.lower() for part in re.split(r"[\s,;]+", text) if part]
    hosts = tuple(dict.fromkeys(re.sub(r"^[a-z]+://", "", part).partition("/")[0] for part in parts))
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise BadInput(_("“{host}” is no web address. Write it like plecet.example.").format(host=host[:80]))
    if len(hosts) > _MOST_HOSTS:
        raise BadInput(_("Give at most {n} web addresses.").format(n=_MOST_HOSTS))
    return hosts


_READ: Mapping[str, Callable[[str], object]] = {
    "title": _title,
    "short_name": _short_name,
    "zone": _zone,
    "code_prefix": _code_prefix,
    "year": _year,
    "url_hosts": _url_hosts,
}
