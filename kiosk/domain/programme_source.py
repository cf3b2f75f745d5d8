"""Somebody else's programme as it lies in its file: texts, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.domain.programme_faults import Finding


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One item of the programme.

    `values` by our names: code, title, kind, track, room, capacity, start, end, duration, course_slot, clock_hours,
    audience, guid, cancelled, opens_before_min. What a file does not speak of is not there; what it leaves empty is "".
    """

    place: str
    """Where in the file: `row 12`, `session 3`, `line 40`."""
    values: Mapping[str, str]
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceRoom:
    """One room."""

    place: str
    name: str
    capacity: str = ""
    directions: str = ""


@dataclass(frozen=True, slots=True)
class SourceProgramme:
    """One file."""

    name: str
    format: str
    """What the content is, whatever the file's ending says: `c3voc JSON`, `iCalendar`."""
    items: tuple[SourceItem, ...]
    rooms: tuple[SourceRoom, ...] = ()
    zone: str = ""
    """The zone of times that name none, where the file says one."""
    findings: tuple[Finding, ...] = field(default_factory=tuple)
    """What the reader could not read; everything else is in `items`."""
