"""The programme in words: times and days as the conference reads them, and what changed in a session."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from kiosk.domain.journal import from_ms
from kiosk.domain.programme import ClaimPolicy, CreditKind, DoorPolicy
from kiosk.domain.programme_json import WHEN
from kiosk.domain.words import clock_words
from kiosk.i18n import _, ngettext


def day_words(day: date) -> str:
    """`Thu May 4`."""
    weekdays = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    months = (
        _("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun"),
        _("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec"),
    )  # fmt: skip
    return f"{weekdays[day.weekday()]} {months[day.month - 1]} {day.day}"


def time_words(at: datetime, zone: tzinfo) -> str:
    """`8:30 AM`; with its zone's letters in the two hours of a year that come twice or not at all."""
    wall = at.astimezone(zone).replace(tzinfo=None, fold=0)
    unsure = wall.replace(tzinfo=zone).utcoffset() != wall.replace(tzinfo=zone, fold=1).utcoffset()
    return clock_words(at, zone, with_zone=unsure)


def span_words(start: datetime, end: datetime, zone: tzinfo) -> str:
    """`8:30 – 9:45 AM`, `11:00 AM – 12:15 PM`; with the day of the end where that is another."""
    begins, ends = time_words(start, zone), time_words(end, zone)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    if first != last:
        return f"{begins} – {day_words(last)} {ends}"
    if begins.split(" ")[1:] == ends.split(" ")[1:]:
        begins = begins.split(" ")[0]
    return f"{begins} – {ends}"


def door_words(policy: DoorPolicy) -> str:
    """What happens to somebody who is not enrolled."""
    return {
        DoorPolicy.REGISTERED: _("enrolled people only"),
        DoorPolicy.ANYONE: _("anyone may be added"),
        DoorPolicy.ASK: _("ask the room monitor"),
    }[policy]


def claim_words(policy: ClaimPolicy) -> str:
    """Whether the hub is asked before somebody is let in at a place."""
    return {
        ClaimPolicy.ALONE: _("decides alone"),
        ClaimPolicy.ASK: _("asks the hub"),
        ClaimPolicy.STRICT: _("only with the hub"),
    }[policy]


def credit_words(content: Mapping[str, Any]) -> str:
    """A credit rule (as in the JSON) in one phrase."""
    kind = CreditKind(content.get("kind", CreditKind.NONE))
    if kind is CreditKind.NONE:
        return _("no credit")
    worth = hours_words(content.get("credit_min", 0))
    if kind is CreditKind.ENTRY:
        return _("{worth} for coming in").format(worth=worth)
    least, percent = content.get("least_min"), content.get("least_percent")
    needs = [ngettext("{n} minute", "{n} minutes", least).format(n=least)] if least is not None else []
    needs += [_("{n} %").format(n=percent)] if percent is not None else []
    said = _("{worth} for at least {needs}") if needs else _("{worth} for being there, in and out")
    paused = sum(length for _after, length in content.get("breaks", ()))
    more = [_("part of the time earns its part")] if content.get("in_proportion") else []
    if paused:
        more.append(ngettext("without {n} minute of breaks", "without {n} minutes of breaks", paused).format(n=paused))
    return ", ".join([said.format(worth=worth, needs=_(" and ").join(needs)), *more])


def hours_words(minutes: int) -> str:
    """`1.25 h`, `50 min`: hours where hundredths of an hour say it exactly."""
    if minutes * 100 % 60 or not minutes:
        return _("{n} min").format(n=minutes)
    hundredths = minutes * 100 // 60
    text = f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")
    return _("{n} h").format(n=text)


def field_words(name: str) -> str:
    """What a register of a session, a room or the conference is called."""
    words = {
        "code": _("code"),
        "title": _("title"),
        "room": _("room"),
        "kind": _("kind"),
        "track": _("track"),
        WHEN: _("time"),
        "capacity": _("seats"),
        "course_slot": _("course"),
        "audience": _("audience"),
        "door": _("door"),
        "credit": _("credit"),
        "opens_before_min": _("opens before"),
        "speakers": _("speakers"),
        "cancelled": _("cancelled"),
        "directions": _("directions"),
        "claim": _("asking the hub"),
        "handed_out": _("seats handed out"),
        "short_name": _("short name"),
        "zone": _("time zone"),
        "code_prefix": _("prefix of codes"),
        "year": _("year"),
        "url_hosts": _("hosts in codes"),
    }
    return words.get(name, name)


def value_words(name: str, value: Any, zone: tzinfo) -> str:
    """The value of a register of a session, a room or the conference."""
    if name == WHEN and value:
        start, end = map(from_ms, value)
        return f"{day_words(start.astimezone(zone).date())} {span_words(start, end, zone)}"
    if name == "door":
        return door_words(DoorPolicy(value))
    if name == "claim":
        return claim_words(ClaimPolicy(value))
    if name == "credit":
        return credit_words(value)
    if name == "audience":
        return str(value.get("words") or "") or _("everybody")
    if name in ("speakers", "url_hosts"):
        return ", ".join(value)
    if name == "handed_out":
        return _("yes") if value else _("no")
    if name == "cancelled":
        return _("cancelled") if value else _("takes place")
    if name == "opens_before_min":
        return ngettext("{n} minute", "{n} minutes", value).format(n=value)
    return "–" if value is None or value == "" else str(value)
