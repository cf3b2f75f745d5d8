"""Who was in which session from when to when, worked out from what was recorded.

Doors write marks (in, out); people write repairs, closings and corrections of a clock. From the set of them follows
the same answer, in whatever order they arrive and however often: nothing is overwritten, and what was taken back is
left out. A stay says of both its ends whether they were scanned, set by somebody, or assumed.

Two marks of one way in a row leave the first standing: whoever scans twice at the door came in once, and whoever
leaves twice left the first time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations

from kiosk.domain.journal import Hlc
from kiosk.domain.programme import SessionId
from kiosk.domain.verdicts import RecordId


class Way(StrEnum):
    """Through the door, which way. Kept on disk: add, never rename."""

    IN = "in"
    OUT = "out"


class How(StrEnum):
    """How a moment is known."""

    SCANNED = "scanned"
    REPAIRED = "repaired"
    """A named person set it, and said why."""
    ASSUMED = "assumed"
    """Nobody saw it: the end of the session, for those still inside when it was closed; or seen at another door."""


@dataclass(frozen=True, slots=True)
class Written:
    """What every record carries: its name, its place in the order of all records, and who made it."""

    record: RecordId
    hlc: Hlc
    by: str

    @property
    def order(self) -> tuple[Hlc, str, int]:
        """Canonical order."""
        return (self.hlc, self.record.log, self.record.seq)


@dataclass(frozen=True, slots=True)
class Mark(Written):
    """Somebody went through the door of a session."""

    session: SessionId
    way: Way
    at: datetime
    moved: bool = False
    """An exit nobody scanned: somebody was let in at another door, so they are no longer here."""
    recorded: datetime | None = None
    """What the door's clock said, where that was wrong."""
    sure: bool = True
    """Whether that clock was compared with the hub's, where there is a hub."""


@dataclass(frozen=True, slots=True)
class Repair(Written):
    """A named person sets something right.

    With `way` and `at` and no targets: a time that nobody scanned. With targets, which are names of marks or of
    earlier repairs: those moments were really at `at`; without `at`, they do not count.
    """

    session: SessionId
    why: str
    way: Way | None = None
    at: datetime | None = None
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Closing(Written):
    """End of a session: whoever is still inside, now or by a record that comes later, left at `end`."""

    session: SessionId
    end: datetime


@dataclass(frozen=True, slots=True)
class ClockFault(Written):
    """The clock of a station was ahead by so many seconds (behind, where negative) all through one of its logs."""

    log: str
    ahead_s: int
    why: str


@dataclass(frozen=True, slots=True)
class DoorLog:
    """What one station scanned at doors between two starts of its program: what a wrong clock was wrong for."""

    log: str
    station: str
    scans: int
    first: datetime
    last: datetime
    ahead_s: int = 0
    """By how much somebody said its clock was ahead."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One end of a stay."""

    at: datetime
    how: How
    record: RecordId
    """The mark, repair or closing it comes from: the target of a further repair."""
    by: str = ""
    why: str = ""
    was: datetime | None = None
    """What had been recorded, where somebody has set it right."""
    moved: bool = False
    """Assumed because the person was seen at another door."""
    sure: bool = True
    """Whether the clock that said so was compared with the hub's, where there is a hub."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One time inside: an end that nobody knows is None."""

    session: SessionId
    came: Moment | None
    left: Moment | None
    again: tuple[Moment, ...] = ()
    """Further entries with no exit between, or exits with no entry between: kept, and not counted."""

    @property
    def is_whole(self) -> bool:
        """Whether both ends are known."""
        return self.came is not None and self.left is not None

    @property
    def seconds(self) -> int:
        """Elapsed, whatever clocks did in between; 0 where an end is missing."""
        if self.came is None or self.left is None:
            return 0
        return max(0, (self.left.at - self.came.at) // _SECOND)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """Its ends, as far as known."""
        return tuple(moment for moment in (self.came, self.left) if moment is not None)

    def is_known_by(self, how: How) -> bool:
        """Whether one of its ends is known in this way."""
        return any(moment.how is how for moment in self.moments)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Somebody was in two sessions at once, which nobody can be."""

    one: Stay
    other: Stay
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """Everything written about one person, and what was written about everyone."""

    marks: Sequence[Mark] = ()
    repairs: Sequence[Repair] = ()
    closings: Sequence[Closing] = ()
    clocks: Sequence[ClockFault] = ()
    undone: frozenset[str] = frozenset()
    """Names of records that an undo took back."""


_SECOND = timedelta(seconds=1)


def stays(recorded: Recorded) -> tuple[Stay, ...]:
    """Every time this person was in a session, by session and time."""
    closings = standing_closings(recorded.closings, recorded.undone)
    moments: dict[SessionId, list[_Sighting]] = {}
    for sighting in _sightings(recorded):
        moments.setdefault(sighting.session, []).append(sighting)
    inside = [stay for session in sorted(moments) for stay in _pairs(session, moments[session])]
    return tuple(_closed(stay, closings.get(stay.session), inside) for stay in inside)


def overlaps(all_stays: Iterable[Stay]) -> Iterator[Overlap]:
    """Pairs of whole stays in two sessions that cannot both be right."""
    whole = [stay for stay in all_stays if stay.seconds]
    for one, other in combinations(whole, 2):
        if one.session == other.session:
            continue
        (came, left), (came_too, left_too) = _ends(one), _ends(other)
        start, end = max(came, came_too), min(left, left_too)
        if start < end:
            yield Overlap(one, other, start, end)


def _ends(stay: Stay) -> tuple[datetime, datetime]:
    assert stay.came is not None
    assert stay.left is not None
    return stay.came.at, stay.left.at


def standing_closings(closings: Iterable[Closing], undone: frozenset[str]) -> dict[SessionId, Closing]:
    """The closing in force of each session: the last that was not taken back."""
    standing = (closing for closing in closings if str(closing.record) not in undone)
    return {closing.session: closing for closing in sorted(standing, key=lambda closing: closing.order)}


@dataclass(frozen=True, slots=True)
class _Sighting:
    session: SessionId
    way: Way
    moment: Moment
    order: tuple[Hlc, str, int]


def _sightings(recorded: Recorded) -> list[_Sighting]:
    """Marks and times set by hand, corrected, without those that do not count; in order of time."""
    undone = recorded.undone
    repairs = sorted(
        {repair.record: repair for repair in recorded.repairs if str(repair.record) not in undone}.values(),
        key=lambda repair: repair.order,
    )
    verdicts = {target: repair for repair in repairs for target in repair.targets}
    ahead = clocks_ahead(recorded)
    found = {}
    for mark in recorded.marks:
        if str(mark.record) not in undone:
            shift = ahead.get(mark.record.log)
            how = How.ASSUMED if mark.moved else How.SCANNED
            moment = Moment(mark.at, how, mark.record, was=mark.recorded, moved=mark.moved, sure=mark.sure)
            if shift:  # what a person says of a clock stands before what was compared
                was = mark.recorded or mark.at
                at = was - timedelta(seconds=shift.ahead_s)
                moment = replace(moment, at=at, by=shift.by, why=shift.why, was=was, sure=True)
            found[mark.record] = _Sighting(mark.session, mark.way, moment, mark.order)
    for repair in repairs:
        if repair.way is not None and repair.at is not None and not repair.targets:
            moment = Moment(repair.at, How.REPAIRED, repair.record, repair.by, repair.why)
            found[repair.record] = _Sighting(repair.session, repair.way, moment, repair.order)
    standing = (_corrected(sighting, verdicts.get(str(name))) for name, sighting in found.items())
    return sorted((each for each in standing if each), key=lambda each: (each.moment.at, each.order))


def clocks_ahead(recorded: Recorded) -> dict[str, ClockFault]:
    """The correction in force of each log whose clock was wrong: the last that was not taken back."""
    standing = (fault for fault in recorded.clocks if str(fault.record) not in recorded.undone)
    last = {fault.log: fault for fault in sorted(standing, key=lambda fault: fault.order)}
    return {log: fault for log, fault in last.items() if fault.ahead_s}


def _corrected(sighting: _Sighting, repair: Repair | None) -> _Sighting | None:
    if repair is None:
        return sighting
    if repair.at is None:
        return None
    was = sighting.moment.was or sighting.moment.at
    moment = Moment(repair.at, How.REPAIRED, sighting.moment.record, repair.by, repair.why, was)
    return replace(sighting, moment=moment)


def _pairs(session: SessionId, sightings: Sequence[_Sighting]) -> Iterator[Stay]:
    """In and out paired in order of time."""
    stay: Stay | None = None
    for sighting in sightings:
        moment = sighting.moment
        if sighting.way is Way.IN:
            if stay is not None and stay.left is None:
                stay = replace(stay, again=(*stay.again, moment))
                continue
            if stay is not None:
                yield stay
            stay = Stay(session, moment, None)
        elif stay is None:
            stay = Stay(session, None, moment)
        elif stay.left is None or stay.left.moved:  # what was scanned stands before what was assumed
            stay = replace(stay, left=moment)
        else:
            stay = replace(stay, again=(*stay.again, moment))
    if stay is not None:
        yield stay


def _closed(stay: Stay, closing: Closing | None, everywhere: Sequence[Stay]) -> Stay:
    """The stay with the end that a closing gives it, where it has none of its own.

    Not later than the person was next seen at another door, and not before they came.
    """
    if closing is None or stay.came is None or stay.left is not None:
        return stay
    came = stay.came.at
    elsewhere = (
        other.came.at
        for other in everywhere
        if other.session != stay.session and other.came is not None and other.came.at > came
    )
    end = max(came, min([closing.end, *elsewhere]))
    return replace(stay, left=Moment(end, How.ASSUMED, closing.record, closing.by))


def by_session(all_stays: Iterable[Stay]) -> Mapping[SessionId, tuple[Stay, ...]]:
    """The stays of one person, put together by session."""
    found: dict[SessionId, tuple[Stay, ...]] = {}
    for stay in all_stays:
        found[stay.session] = (*found.get(stay.session, ()), stay)
    return found
