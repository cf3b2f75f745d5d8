"""Programmes in iCalendar (RFC 5545), as they come: one bad event never stops the rest.

The library reads lines, values and zones, Windows' zone names too. Repetitions are written out here on the clock of
their zone, so that 7:00 stays 7:00 when clocks are set back.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr
from icalendar import Calendar, Event

from kiosk.domain.programme_faults import Fault, Finding
from kiosk.domain.programme_source import SourceItem, SourceProgramme
from kiosk.errors import BadInput
from kiosk.files import limits
from kiosk.i18n import _

MOST_REPEATS = 200
_BEGIN = re.compile(r"^BEGIN:VEVENT\s*$", re.IGNORECASE | re.MULTILINE)
_EVENT = re.compile(r"^BEGIN:VEVENT\s*$.*?^END:VEVENT\s*$", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_ZONES = re.compile(r"^BEGIN:VTIMEZONE\s*$.*?^END:VTIMEZONE\s*$", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_EVERY_DAY_AT_MOST = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_OUTLOOK = re.compile(r"\(UTC[^)]*\) (Eastern|Central|Mountain|Pacific) Time \(US & Canada\)")
_OUTLOOK_ZONES = {
    "Eastern": "America/New_York",
    "Central": "America/Chicago",
    "Mountain": "America/Denver",
    "Pacific": "America/Los_Angeles",
}
_TROUBLE = (ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError, RecursionError)
"""What the libraries raise on a value they cannot make sense of."""


def read_calendar(name: str, text: str) -> SourceProgramme:
    """The programme in this calendar. Raises BadInput where there is no event in it at all."""
    begins = [match.start() for match in _BEGIN.finditer(text)]
    limits.check_sessions(name, len(begins))
    if not begins:
        raise BadInput(_("“{name}” is a calendar without events. Export the programme itself.").format(name=name))
    lines, at, line = [], 0, 1
    for begin in begins:
        line, at = line + text.count("\n", at, begin), begin
        lines.append(line)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's remarks on zone names; we make our own
        reader = _Reader()
        for place, event in _events(text, lines):
            reader.take(_("line {n}").format(n=place), event)
    zone = re.search(r"^X-WR-TIMEZONE:(.+)$", text, re.MULTILINE)
    items = tuple(reader.items())
    return SourceProgramme(
        name, _("iCalendar"), items, zone=zone[1].strip() if zone else "", findings=tuple(reader.findings)
    )


def _events(text: str, lines: Sequence[int]) -> Iterator[tuple[int, Event | None]]:
    """Every event with its line; None for one the library cannot read at all."""
    try:
        found = [event for calendar in Calendar.from_ical(text, multiple=True) for event in calendar.walk("VEVENT")]
    except _TROUBLE:
        found = []
    if len(found) == len(lines):
        yield from zip(lines, found, strict=True)
        return
    zones = "\n".join(match[0] for match in _ZONES.finditer(text))
    blocks = [match[0] for match in _EVENT.finditer(text)]
    for number, line in enumerate(lines):
        yield line, _event_alone(zones, blocks[number]) if number < len(blocks) else None


def _event_alone(zones: str, block: str) -> Event | None:
    for around in (zones, ""):
        try:
            calendar = Calendar.from_ical(f"BEGIN:VCALENDAR\n{around}\n{block}\nEND:VCALENDAR\n")
            return next(iter(calendar.walk("VEVENT")))  # type: ignore[return-value]
        except (*_TROUBLE, StopIteration):
            continue
    return None


@dataclass(frozen=True, slots=True)
class _Read:
    """An event whose times were read."""

    place: str
    event: Event
    values: dict[str, str]
    start: datetime
    length: timedelta | None
    zone: tzinfo | None


class _Reader:
    """Collects events; series are written out when all are known, because a later event may change one day of one."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._single: list[SourceItem] = []
        self._series: list[_Read] = []
        self._changed: dict[tuple[str, datetime], _Read] = {}

    def take(self, place: str, event: Event | None) -> None:
        if event is None:
            self.findings.append(Finding(Fault.UNREADABLE, place))
            return
        values = _values(event)
        try:
            self._take(place, event, values)
        except _TROUBLE as error:
            self.findings.append(Finding(Fault.UNREADABLE, place, values.get("title", ""), str(error)[:120]))

    def _take(self, place: str, event: Event, values: dict[str, str]) -> None:
        start = _moment(event, "DTSTART")
        if not isinstance(start, datetime):
            values["start"] = "" if start is None else start.isoformat()
            self._single.append(SourceItem(place, values))
            return
        start, zone_fault = self._in_its_zone(place, event, start, values["title"])
        if zone_fault:
            return
        values |= {"start": start.isoformat()}
        length = _length(event, start)
        read = _Read(place, event, values, start.replace(tzinfo=None), length, start.tzinfo)
        if "RECURRENCE-ID" in event:
            day = _local(_moment(event, "RECURRENCE-ID"), start.tzinfo)
            self._changed[(values["guid"], day)] = read
        elif "RRULE" in event or "RDATE" in event:
            self._series.append(read)
        else:
            self._single.append(_item(read, read.start))

    def _in_its_zone(self, place: str, event: Event, start: datetime, title: str) -> tuple[datetime, bool]:
        named = str(event["DTSTART"].params.get("TZID", ""))
        if not named:
            if start.tzinfo is None:
                self.findings.append(Finding(Fault.FLOATING, place, title, start.isoformat(" ", "minutes")))
            return start, False
        if start.tzinfo is None and (outlook := _OUTLOOK.fullmatch(named)):
            start = start.replace(tzinfo=ZoneInfo(_OUTLOOK_ZONES[outlook[1]]))
        if start.tzinfo is None:
            self.findings.append(Finding(Fault.UNKNOWN_ZONE, place, title, named))
            return start, True
        known = getattr(start.tzinfo, "key", named)
        if known != named.strip('"'):
            self.findings.append(Finding(Fault.OTHER_ZONE_NAME, place, title, f"{named} = {known}"))
        return start, False

    def items(self) -> Iterator[SourceItem]:
        """Everything, series written out."""
        yield from self._single
        masters = {series.values["guid"] for series in self._series}
        for series in self._series:
            yield from self._write_out(series)
        for (guid, _day), changed in self._changed.items():
            if guid not in masters:
                self.findings.append(
                    Finding(Fault.ORPHANED_CHANGE, changed.place, changed.values["title"], changed.values["start"])
                )

    def _write_out(self, series: _Read) -> Iterator[SourceItem]:
        title, guid = series.values["title"], series.values["guid"]
        try:
            starts = list(islice(_repeats(series), MOST_REPEATS + 1))
        except _TROUBLE as error:
            self.findings.append(Finding(Fault.BAD_REPEAT, series.place, title, str(error)[:120]))
            return
        if len(starts) > MOST_REPEATS:
            self.findings.append(Finding(Fault.TOO_MANY_REPEATS, series.place, title))
            return
        self.findings.append(Finding(Fault.REPEATS, series.place, title, str(len(starts))))
        for start in starts:
            read = self._changed.get((guid, start), series)
            yield _item(read, read.start if read is not series else start, f"{guid}#{start:%Y%m%dT%H%M%S}")


def _item(read: _Read, start: datetime, guid: str = "") -> SourceItem:
    first = start.replace(tzinfo=read.zone)
    values = {**read.values, "start": first.isoformat()}
    if read.length is not None:
        # Added in absolute time, so that an hour stays an hour in the night clocks are set.
        end = (first.astimezone(UTC) + read.length) if read.zone else first + read.length
        values["end"] = end.isoformat()
    if guid:
        values["guid"] = guid
        values.pop("code", None)  # a series' code cannot name each of its days
    return SourceItem(read.place, values)


def _repeats(series: _Read) -> Iterator[datetime]:
    """The starts of a series, on its own clock."""
    rules = rruleset()
    rules.rdate(series.start)
    for rule in _listed(series.event.get("RRULE")):
        if not set(map(str, rule.get("FREQ", ()))) <= _EVERY_DAY_AT_MOST:
            raise ValueError("more often than daily")
        on_its_clock = rule.copy()
        if "UNTIL" in rule:
            on_its_clock["UNTIL"] = [_until(until, series.zone) for until in rule["UNTIL"]]
        rules.rrule(rrulestr(on_its_clock.to_ical().decode(), dtstart=series.start))
    for name, add in (("RDATE", rules.rdate), ("EXDATE", rules.exdate)):
        for dates in _listed(series.event.get(name)):
            for each in dates.dts:
                add(_local(each.dt, series.zone, series.start))
    return iter(rules)


def _until(until: date | datetime, zone: tzinfo | None) -> datetime:
    if isinstance(until, datetime):
        return _local(until, zone)
    return datetime(until.year, until.month, until.day, 23, 59, 59)  # noqa: DTZ001  (on the clock of the series)


def _local(moment: Any, zone: tzinfo | None, like: datetime | None = None) -> datetime:
    """A moment on the clock of the series; a day stands for the start on that day."""
    if isinstance(moment, tuple):
        moment = moment[0]
    if isinstance(moment, datetime):
        aware = moment.tzinfo is not None and zone is not None
        return (moment.astimezone(zone) if aware else moment).replace(tzinfo=None)
    if isinstance(moment, date):
        return datetime.combine(moment, like.time() if like else datetime.min.time())
    raise ValueError(f"no moment: {moment!r}")


# One event


def _values(event: Event) -> dict[str, str]:
    values = {
        "title": _text(event, "SUMMARY"),
        "room": _text(event, "LOCATION"),
        "guid": _text(event, "UID"),
        "cancelled": "yes" if _text(event, "STATUS").upper() == "CANCELLED" else "no",
    }
    categories = _listed(event.get("CATEGORIES"))
    first = next((str(each) for group in categories for each in getattr(group, "cats", ())), "")
    named = {
        "code": _text(event, "X-SESSION-CODE"),
        "track": first,
        "kind": _text(event, "X-KIND"),
        "capacity": _text(event, "X-CAPACITY"),
        "course_slot": _text(event, "X-COURSE-SLOT"),
        "clock_hours": _text(event, "X-CLOCK-HOURS"),
        "audience": _text(event, "X-AUDIENCE"),
    }
    return values | {name: value for name, value in named.items() if value}


def _text(event: Event, name: str) -> str:
    return str(next(iter(_listed(event.get(name))), "")).strip()


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _moment(event: Event, name: str) -> Any:
    found = next(iter(_listed(event.get(name))), None)
    return None if found is None else found.dt


def _length(event: Event, start: datetime) -> timedelta | None:
    end = _moment(event, "DTEND")
    if end is None:
        length = _moment(event, "DURATION")
        return length if isinstance(length, timedelta) else None
    if not isinstance(end, datetime):
        return None
    if end.tzinfo is None or start.tzinfo is None:
        return end.replace(tzinfo=None) - start.replace(tzinfo=None)
    return end.astimezone(UTC) - start.astimezone(UTC)
