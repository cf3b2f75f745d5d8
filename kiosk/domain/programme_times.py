"""Times as other people's programmes write them, in the conference's zone: never in the laptop's.

A night on which clocks are set back has some times twice, one on which they are set forward lacks some: both are said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from kiosk.domain.programme_faults import Fault

_DATES = (
    re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d\d)"),  # 5/4/2023
    re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"),  # 04.05.2023
    re.compile(r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})"),  # 2023-05-04
    re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})"),  # May 4, 2023
)
"""Beside ISO 8601: what spreadsheets make of dates. The month comes first, as where this program
is used. Not through `strptime`, which speaks the laptop's language.
"""
_CLOCK_TIME = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?::\d\d)?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DAY_ONLY = re.compile(r"\d{4}-?\d\d-?\d\d|\d{1,2}/\d{1,2}/\d{4}")
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReadTime:
    """A time as it was read: aware UTC, or a fault that says why not."""

    at: datetime | None
    faults: tuple[Fault, ...] = ()


def read_time(text: str, zone: tzinfo) -> ReadTime:
    """Read a time; one that names no offset is one in this zone."""
    text = " ".join(text.split())
    if _DAY_ONLY.fullmatch(text):
        return ReadTime(None, (Fault.ALL_DAY,))
    found = _parse(text)
    if found is None:
        return ReadTime(None, (Fault.BAD_TIME,))
    faults: tuple[Fault, ...] = ()
    if found.tzinfo is None:
        found, faults = _in_zone(found, zone)
    try:
        at = found.astimezone(UTC)
    except (OverflowError, ValueError):
        return ReadTime(None, (Fault.BAD_TIME,))
    if not _EARLIEST <= at <= _LATEST:
        return ReadTime(None, (Fault.BAD_TIME,))
    return ReadTime(at, faults)


def _parse(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for pattern in _DATES:
        if day := pattern.match(text):
            clock = _CLOCK_TIME.fullmatch(text[day.end() :].strip(" ,T"))
            return _put_together(day, clock) if clock else None
    return None


def _put_together(day: re.Match[str], clock: re.Match[str]) -> datetime | None:
    parts = day.groupdict()
    name = (parts.get("name") or "")[:3].lower()
    month = _MONTHS.index(name) + 1 if name in _MONTHS else int(parts.get("month") or 0)
    year, hour = int(parts["year"]), int(clock["hour"])
    if clock["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if clock["half"] in "Pp" else 0)
    elif clock["minute"] is None:
        return None
    try:
        return datetime(year + 2000 if year < 100 else year, month, int(parts["day"]), hour, int(clock["minute"] or 0))  # noqa: DTZ001
    except ValueError:
        return None


def _in_zone(found: datetime, zone: tzinfo) -> tuple[datetime, tuple[Fault, ...]]:
    first, second = (found.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first, ()
    try:
        back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        return first, ()
    return first, (Fault.TWO_SUCH_TIMES,) if back == found.replace(fold=0) else (Fault.NO_SUCH_TIME,)


_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::[0-5]\d)?")
_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def read_minutes(text: str) -> int | None:
    """A length in minutes: `75`, `01:15`, `PT1H15M`, `1.25 h`, `75 min`. None where it is none."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 7:
        return int(text)
    if clock := _CLOCK.fullmatch(text):
        return int(clock[1]) * 60 + int(clock[2])
    if (iso := _ISO.fullmatch(text)) and any(iso.groups()):
        weeks, days, hours, minutes, _seconds = (min(int(part or 0), 10**6) for part in iso.groups())
        return ((weeks * 7 + days) * 24 + hours) * 60 + minutes
    if hours_only := re.fullmatch(r"(\d{1,3}(?:\.\d{1,3})?) ?h(?:ours?|rs?)?", text):
        return round(float(hours_only[1]) * 60)
    if minutes_only := re.fullmatch(r"(\d{1,6}) ?min(?:utes?)?", text):
        return int(minutes_only[1])
    return None


def day_of(at: datetime, zone: tzinfo) -> date:
    """The day this is on at the conference."""
    return at.astimezone(zone).date()


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day at the conference, aware UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
