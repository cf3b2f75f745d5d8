"""What somebody types to change a session, as its fields: the form in the window and the shell take the same texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from kiosk.domain.programme import ClaimPolicy, CreditKind, CreditRule, DoorPolicy, ProgrammeSession, SessionId
from kiosk.domain.programme_defaults import COURSE, audience_of, credit_of
from kiosk.domain.programme_faults import Fault
from kiosk.domain.programme_times import read_time
from kiosk.errors import BadInput
from kiosk.i18n import _

_PLAIN = ("title", "code", "room", "kind", "track")
_NUMBERS = ("capacity", "course_slot", "opens_before_min")
_CREDIT = (
    "hours", "counts", "least_min", "least_percent", "late_grace_min", "hour_min", "in_proportion", "breaks",
    "category",
)  # fmt: skip
NAMES = ("start", "end", *_PLAIN, *_NUMBERS, "audience", "door", "cancelled", *_CREDIT)
"""What may be changed, by the names the shell takes."""

PLACE_NAMES = ("seats", "directions", "claim", "handed_out")
"""The same of a room."""

_FLAGS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
_MINUTE = timedelta(minutes=1)
_TO = re.compile(r"\s*[-–]\s*")
_CLOCK_ONLY = re.compile(r"\d{1,2}(?::\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?")


def read_new(code: str, texts: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """The fields of a session that is made of these texts; its start has to name a day.

    Raises BadInput for what cannot be read.
    """
    if not texts.get("start", "").strip() or not texts.get("end", "").strip():
        raise BadInput(_("A session needs a start and an end."))
    start = read_time(texts["start"], zone).at
    if start is None:
        words = _("“{text}” is no time. Write it as 2023-05-04 08:30 or 5/4/2023 8:30 AM.")
        raise BadInput(words.format(text=texts["start"].strip()))
    empty = ProgrammeSession(SessionId(""), "", "", "", start, start)
    return {"kind": COURSE, **read_fields(empty, {"code": code, **texts}, zone)}


def read_fields(session: ProgrammeSession, texts: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """The fields these texts mean. A start without an end moves the session as a whole.

    Raises BadInput for what cannot be read.
    """
    unknown = next((name for name in texts if name not in NAMES), None)
    if unknown is not None:
        words = _("A session has no “{name}” that could be changed. There are: {list}.")
        raise BadInput(words.format(name=unknown, list=", ".join(NAMES)))
    texts = {name: text.strip() for name, text in texts.items()}
    fields: dict[str, Any] = {name: texts[name] for name in _PLAIN if name in texts}
    fields |= {name: _number(name, texts[name]) for name in _NUMBERS if name in texts}
    fields |= _times(session, texts, zone)
    if "audience" in texts:
        fields["audience"] = audience_of(texts["audience"])
    if "door" in texts:
        fields["door"] = _one_of("door", texts["door"], DoorPolicy)
    if "cancelled" in texts:
        fields["cancelled"] = _flag(texts["cancelled"])
    if any(name in texts for name in _CREDIT):
        rule = _credit(session.credit, texts)
        if "breaks" in texts:
            start, end = fields.get("start", session.start), fields.get("end", session.end)
            rule = replace(rule, breaks=tuple(_breaks(texts["breaks"], start, end, zone)))
        fields["credit"] = rule
    return fields


def read_place(texts: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a room, or of the desk, that these texts mean. Raises BadInput for what cannot be read."""
    unknown = next((name for name in texts if name not in PLACE_NAMES), None)
    if unknown is not None:
        words = _("A place has no “{name}” that could be changed. There are: {list}.")
        raise BadInput(words.format(name=unknown, list=", ".join(PLACE_NAMES)))
    fields: dict[str, Any] = {}
    if "seats" in texts:
        fields["capacity"] = _number("capacity", texts["seats"].strip())
    if "directions" in texts:
        fields["directions"] = texts["directions"]
    if "claim" in texts:
        text = texts["claim"].strip().lower()
        if text not in list(ClaimPolicy):
            words = _("“{text}” is no {name}. Choose one of: {list}.")
            raise BadInput(words.format(text=text, name="claim", list=", ".join(ClaimPolicy)))
        fields["claim"] = ClaimPolicy(text)
    if "handed_out" in texts:
        fields["handed_out"] = _flag(texts["handed_out"])
    return fields


def _times(session: ProgrammeSession, texts: Mapping[str, str], zone: tzinfo) -> dict[str, datetime]:
    fields: dict[str, datetime] = {}
    if "start" in texts:
        fields["start"] = typed_time(texts["start"], session.start, zone)
        fields["end"] = fields["start"] + (session.end - session.start)
    if "end" in texts:
        fields["end"] = typed_time(texts["end"], fields.get("start", session.start), zone)
    return fields


def typed_time(text: str, near: datetime, zone: tzinfo) -> datetime:
    """A time as typed; one without a day is on the day of `near`. Raises BadInput for what is none."""
    if _CLOCK_ONLY.fullmatch(text):
        text = f"{near.astimezone(zone):%Y-%m-%d} {text}"
    found = read_time(text, zone)
    if Fault.NO_SUCH_TIME in found.faults:
        raise BadInput(_("There is no {text} that night: the clocks jump over it.").format(text=text))
    if found.at is None:
        raise BadInput(_("“{text}” is no time. Write it as 2023-05-04 08:30 or 8:30 AM.").format(text=text))
    return found.at


def _breaks(text: str, start: datetime, end: datetime, zone: tzinfo) -> Iterator[tuple[int, int]]:
    """Pauses as clock times, `9:00 AM - 9:15 AM; 10:30 AM - 10:40 AM`, as a rule keeps them."""
    for part in filter(str.strip, re.split("[;,]", text)):
        ends = _TO.split(part.strip())
        if len(ends) != 2:
            raise BadInput(_("“{text}” is no break. Write it as 9:00 AM - 9:15 AM.").format(text=part.strip()))
        since, until = (typed_time(each, start, zone) for each in ends)
        if not start <= since < until <= end:
            raise BadInput(_("The break {text} does not lie within the session.").format(text=part.strip()))
        yield (since - start) // _MINUTE, (until - since) // _MINUTE


def _number(name: str, text: str) -> int | None:
    if not text and name == "capacity":
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise BadInput(_("“{text}” is no whole number ({name}).").format(text=text, name=name))
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise BadInput(_("“{text}” is neither yes nor no.").format(text=text))
    return _FLAGS[text.lower()]


def _one_of(name: str, text: str, kinds: type[DoorPolicy] | type[CreditKind]) -> Any:
    try:
        return kinds(text.lower())
    except ValueError as error:
        words = _("“{text}” is no {name}. Choose one of: {list}.")
        raise BadInput(words.format(text=text, name=name, list=", ".join(kinds))) from error


def _credit(rule: CreditRule, texts: Mapping[str, str]) -> CreditRule:
    """A rule changed part by part; hours for a session that counted nothing bring the usual rule with them."""
    if "hours" in texts:
        worth = credit_of(texts["hours"] or "0")
        if worth is None:
            raise BadInput(_("“{text}” is no number of hours. Write it as 1.25.").format(text=texts["hours"]))
        rule = worth if CreditKind.NONE in (rule.kind, worth.kind) else replace(rule, credit_min=worth.credit_min)
    if "counts" in texts:
        rule = replace(rule, kind=_one_of("counts", texts["counts"], CreditKind))
    parts: dict[str, Any] = {
        name: _number(name, texts[name]) for name in ("late_grace_min", "hour_min") if name in texts
    }
    for name in ("least_min", "least_percent"):
        if name in texts:
            parts[name] = _number(name, texts[name]) if texts[name] else None
    if "in_proportion" in texts:
        parts["in_proportion"] = _flag(texts["in_proportion"])
    if "category" in texts:
        parts["category"] = texts["category"]
    rule = replace(rule, **parts)
    if rule.hour_min not in (50, 60) or (rule.least_percent or 0) > 100:
        raise BadInput(_("A teaching hour has 50 or 60 minutes, and a share is at most 100 percent."))
    return rule
