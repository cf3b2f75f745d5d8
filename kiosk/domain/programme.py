"""The programme: rooms, and the sessions held in them.

A session is named for ever by its `id`; its code and title are what people read and may be corrected. Times are aware
UTC, lengths whole minutes: nothing here knows the laptop's zone, and nothing is a fraction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

SessionId = NewType("SessionId", str)
"""Stable across re-imports: the source's own identifier where it has one, else made from the code."""

OPENS_BEFORE_MIN = 30
"""How long before its start a session's door opens, unless the session says otherwise."""


class DoorPolicy(StrEnum):
    """What happens to somebody who is not enrolled. Kept on disk: add, never rename."""

    REGISTERED = "registered"
    """Enrolled people only."""
    ANYONE = "anyone"
    """Whoever comes is added."""
    ASK = "ask"
    """The room monitor is asked, one tap."""


class ClaimPolicy(StrEnum):
    """Whether the hub is asked before somebody is let in at a place. Kept on disk: add, never rename."""

    ALONE = "alone"
    """The station decides alone, at once."""
    ASK = "ask"
    """The hub is asked; where it does not answer at once, the station decides alone."""
    STRICT = "strict"
    """Without the hub's answer nobody is let in, unless a supervisor says so."""

    @classmethod
    def _missing_(cls, value: object) -> ClaimPolicy:
        """What a newer program has thought of is asked about, as it is where nothing is said."""
        return cls.ASK


class CreditKind(StrEnum):
    """What has to be shown for a session to count. Kept on disk: add, never rename."""

    NONE = "none"
    ENTRY = "entry"
    """Coming in is enough."""
    MINUTES = "minutes"
    """In and out, with at least so many minutes, or so many hundredths of the session, between them."""


@dataclass(frozen=True, slots=True)
class CreditRule:
    """How attending a session becomes credit."""

    kind: CreditKind = CreditKind.NONE
    credit_min: int = 0
    """What full attendance is worth, in minutes: 75 for 1.25 clock hours."""
    least_min: int | None = None
    """The fewest minutes inside that count at all."""
    least_percent: int | None = None
    """The same as hundredths of the scheduled length; where both are given, both must be reached."""
    late_grace_min: int = 0
    """Who comes at most so late counts as there from the start; who leaves at most so early, until the end."""
    hour_min: int = 60
    """Minutes of attendance that count as one hour: 60, or 50 where a teaching hour is meant."""
    in_proportion: bool = False
    """Whether part of the time earns part of the credit; else it is all or nothing."""
    category: str = ""
    """What kind of credit it is, where several are kept apart: `leadership`, `legal`."""
    breaks: tuple[tuple[int, int], ...] = ()
    """Pauses that do not count: (minutes after the start, length in minutes)."""


@dataclass(frozen=True, slots=True)
class Room:
    """A place with a door."""

    name: str
    capacity: int | None = None
    """None where nobody counts."""
    directions: str = ""
    """How to get there from the next room, as a monitor would say it: `same floor, left`."""
    claim: ClaimPolicy = ClaimPolicy.ASK
    """Whether its doors ask the hub before they let somebody in."""
    handed_out: bool = False
    """Whether the hub hands its seats to its doors, which keep to them even where they do not hear of each other."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may enter. Empty means everybody; a caucus for chaplains names their type."""

    words: str = ""
    """How the programme says it: `Tribal Agencies`."""
    registration_types: tuple[str, ...] = ()
    agency_types: tuple[str, ...] = ()
    sworn: bool | None = None


@dataclass(frozen=True, slots=True)
class ProgrammeSession:
    """One item of the programme, in one room at one time."""

    id: SessionId
    code: str
    title: str
    room: str
    """The room's name."""
    start: datetime
    end: datetime
    kind: str = "course"
    """course, caucus, plenary, townhall, networking, service: the programme's own word."""
    track: str = ""
    capacity: int | None = None
    """Seats, where it differs from the room's."""
    course_slot: int = 0
    """Which of the eight courses this is a choice for, from 1; 0 for none."""
    audience: Audience = field(default_factory=Audience)
    door: DoorPolicy = DoorPolicy.ASK
    credit: CreditRule = field(default_factory=CreditRule)
    opens_before_min: int = OPENS_BEFORE_MIN
    speakers: tuple[str, ...] = ()
    cancelled: bool = False

    @property
    def opens(self) -> datetime:
        """From when on its door lets people in."""
        return self.start - timedelta(minutes=self.opens_before_min)

    @property
    def minutes(self) -> int:
        """Its scheduled length."""
        return (self.end - self.start) // timedelta(minutes=1)
