"""Records in, the numbers of a dashboard out: one fold for the page, the window and the hub.

`Figures` is fed one record at a time and the people and sessions as they are known now; what it costs to add one does
not depend on how many came before. As everywhere, the answer is a function of the *set* of records: late ones count
where they belong, repeats not at all. What was taken back is counted apart (`undone`), so that a number which falls is
never a silent one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from sys import intern

from kiosk.domain.claims import ClaimState
from kiosk.domain.journal import Kind, Record, from_ms, to_ms
from kiosk.domain.people import Attendee, Status
from kiosk.domain.programme import ProgrammeSession, SessionId
from kiosk.domain.verdicts import Outcome

DESK = "desk"
MINUTE_MS = 60_000
RATE_WINDOW = timedelta(minutes=10)
"""The rate of arrivals is that of the last ten minutes: shorter jumps about, longer hides a rush."""
COURSES = 8

FACETS = ("registration_type", "agency_type", "sworn", "state", "agency")
"""What arrivals are told apart by."""
_STATE_HEADERS = ("state", "homestate", "stateprovince", "province")


@dataclass(frozen=True, slots=True)
class Share:
    """How many of one kind are expected and how many are in."""

    value: str
    """As the roster writes it; empty where it says nothing."""
    expected: int
    checked_in: int


@dataclass(frozen=True, slots=True)
class StationFigures:
    """What one station has done."""

    name: str
    checked_in: int = 0
    refused: int = 0
    unknown: int = 0
    repeats: int = 0
    overrides: int = 0
    undone: int = 0
    reprints: int = 0
    alone: int = 0
    """Let in without the hub's answer, where the hub was to be asked."""
    last: datetime | None = None
    """Its last scan."""


@dataclass(frozen=True, slots=True)
class RoomFigures:
    """One session: how full it is."""

    session: SessionId
    enrolled: int
    inside: int
    ever: int
    """Who was in at any time."""
    capacity: int | None

    @property
    def percent(self) -> int | None:
        """Hundredths of the seats that are taken; None where nobody counts seats."""
        return None if not self.capacity else self.inside * 100 // self.capacity


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The numbers at one moment."""

    at: datetime
    expected: int
    """People with a place at the conference."""
    checked_in: int
    not_expected: int
    """Of those in, people the roster does not expect: let in anyway, or cancelled since."""
    here_now: int
    anybody_leaves: bool
    """Whether exits are scanned at all: if not, `here_now` is everyone who came."""
    per_minute_tenths: int
    """Arrivals a minute over the last ten minutes, in tenths."""
    stations: tuple[StationFigures, ...]
    facets: Mapping[str, tuple[Share, ...]]
    rooms: tuple[RoomFigures, ...]
    courses: tuple[int, ...]
    """How many people have been in 0, 1 … 8 of their courses."""
    double: int
    """People admitted more than once at the desk by stations that could not hear each other."""

    def total(self, name: str) -> int:
        """One of the stations' figures, added up."""
        return sum(getattr(station, name) for station in self.stations)


@dataclass(frozen=True, slots=True)
class _Person:
    facets: tuple[str, ...]
    expected: bool


@dataclass(frozen=True, slots=True, order=True)
class _Step:
    """One passage of somebody at a place, in canonical order."""

    wall_ms: int
    count: int
    log: str
    seq: int
    kind: str
    target: str
    at_ms: int
    override: bool


@dataclass(frozen=True, slots=True)
class _Presence:
    """What follows from somebody's steps at one place."""

    first: _Step | None = None
    inside: bool = False
    again: int = 0
    """Further admissions, but for those somebody decided on: two stations that could not hear each other."""


_NOWHERE = _Presence()


class Figures:
    """The numbers that follow from what was added. Not safe to use from two threads at once."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._stations: dict[str, str] = {}
        self._people: dict[str, _Person] = {}
        self._sessions: dict[str, ProgrammeSession] = {}
        self._capacities: dict[str, int | None] = {}
        self._enrolled: Counter[str] = Counter()
        self._steps: dict[tuple[str, str], tuple[_Step, ...]] = {}
        """By subject and place. A million of them have to fit: see `_pass`."""
        self._arrivals: Counter[tuple[int, str]] = Counter()
        self._expected: Counter[tuple[int, str]] = Counter()
        self._in: Counter[tuple[int, str]] = Counter()
        self._totals: Counter[str] = Counter()
        self._by_station: Counter[tuple[str, str]] = Counter()
        self._last: dict[str, int] = {}
        self._inside: Counter[str] = Counter()
        self._ever: Counter[str] = Counter()
        self._slots: dict[str, Counter[int]] = {}
        self._courses: Counter[int] = Counter()
        """How many people have been in so many courses; nobody is counted under 0."""

    # What is known

    def put_person(self, attendee: Attendee) -> None:
        """Somebody on the roster, as they are known now."""
        self._replace_person(attendee.id, _person(attendee))

    def put_people(self, attendees: Iterable[Attendee]) -> None:
        """Everyone on the roster; who is not among them is on it no longer."""
        gone = set(self._people)
        for attendee in attendees:
            self.put_person(attendee)
            gone.discard(attendee.id)
        for attendee_id in gone:
            self._replace_person(attendee_id, None)

    def _replace_person(self, attendee_id: str, person: _Person | None) -> None:
        before = self._people.get(attendee_id)
        if before == person:
            return
        self._count_person(attendee_id, before, -1)
        if person is None:
            self._people.pop(attendee_id, None)
        else:
            self._people[attendee_id] = person
        self._count_person(attendee_id, person, +1)

    def _count_person(self, attendee_id: str, person: _Person | None, by: int) -> None:
        came = _presence(self._steps.get((attendee_id, DESK), ())).first is not None
        if person is None:
            self._totals["not_expected"] += by * came
            return
        if person.expected:
            self._totals["expected"] += by
        elif came:
            self._totals["not_expected"] += by
        for place, value in enumerate(person.facets):
            if person.expected:
                self._expected[place, value] += by
            if came:
                self._in[place, value] += by

    def put_session(self, session: ProgrammeSession, room_capacity: int | None = None) -> None:
        """A session of the programme, as it is known now."""
        before = self._slot(session.id)
        self._sessions[session.id] = session
        self._capacities[session.id] = session.capacity if session.capacity is not None else room_capacity
        if before != session.course_slot:
            for (subject, place), steps in self._steps.items():
                if place == session.id and _presence(steps).first is not None:
                    self._count_course(subject, before, -1)
                    self._count_course(subject, session.course_slot, +1)

    def put_enrolled(self, counts: Mapping[str, int]) -> None:
        """How many have a place in each session, by its id."""
        self._enrolled = Counter(counts)

    # What happened

    def add(self, record: Record, dated: tuple[int, int] | None = None) -> bool:
        """Fold one record in; answers whether any number may have changed. Records of a log come in their order.

        `dated`: its time and where it stands in time, by clocks put right (`domain/clocks.py`).
        """
        log, seq = intern(record.id.log), record.id.seq
        if seq <= self._seen.get(log, 0):
            return False
        self._seen[log] = seq
        kind = record.kind
        at_ms, order_ms = dated or (to_ms(record.at), record.hlc.wall_ms)
        if kind == Kind.DENY:
            self._deny(record, at_ms)
        elif kind in (Kind.ADMIT, Kind.EXIT, Kind.UNDO):
            self._pass(record, at_ms, order_ms)
        elif kind == Kind.PRINT_ASK:
            if record.body.get("issue", 1) != 1 or record.body.get("copy", 1) != 1:
                self._by_station[log, "reprints"] += 1
        elif kind == Kind.OPEN:
            self._stations[log] = str(record.body.get("station", ""))
        else:
            return False
        return True

    def put_right(self, log: str, dated: Mapping[int, tuple[int, int]], last_ms: int) -> None:
        """The records of a log were at other times than was thought: `dated` by their place in it."""
        self._last[intern(log)] = last_ms
        for (subject, place), before in list(self._steps.items()):
            if any(step.log == log and step.seq in dated for step in before):
                steps = (
                    replace(step, at_ms=dated[step.seq][0], wall_ms=dated[step.seq][1])
                    if step.log == log and step.seq in dated
                    else step
                    for step in before
                )
                after = self._steps[subject, place] = tuple(sorted(steps))
                self._move(subject, place, _presence(before), _presence(after))

    def _deny(self, record: Record, at_ms: int) -> None:
        log = record.id.log
        self._touch(log, at_ms)
        self._by_station[log, _REFUSALS.get(str(record.body.get("outcome")), "refused")] += 1

    def _pass(self, record: Record, at_ms: int, wall_ms: int) -> None:
        # One object for each text and number that comes again: half the memory.
        body, place = record.body, intern(record.place or "")
        subject = intern(str(body.get("subject", "")))
        log = intern(record.id.log)
        override = body.get("override") is True
        if record.kind == Kind.UNDO:
            self._by_station[log, "undone"] += 1
        else:
            self._touch(log, at_ms)
            self._by_station[log, "overrides"] += override
            self._by_station[log, "alone"] += _was_alone(record)
        step = _Step(
            wall_ms,
            record.hlc.count,
            log,
            record.id.seq,
            Kind(record.kind),
            str(body.get("target", "")),
            wall_ms if at_ms == wall_ms else at_ms,
            override,
        )
        before = self._steps.get((subject, place), ())
        after = (*before, step) if not before or before[-1] < step else tuple(sorted((*before, step)))
        self._steps[subject, place] = after
        self._move(subject, place, _presence(before), _presence(after))

    def _touch(self, log: str, at_ms: int) -> None:
        if at_ms > self._last.get(log, 0):
            self._last[log] = at_ms

    def _move(self, subject: str, place: str, before: _Presence, after: _Presence) -> None:
        if before == after:
            return
        self._inside[place] += after.inside - before.inside
        self._ever[place] += (after.first is not None) - (before.first is not None)
        if place == DESK:
            self._move_at_desk(subject, before, after)
        else:
            self._count_course(subject, self._slot(place), (after.first is not None) - (before.first is not None))

    def _move_at_desk(self, subject: str, before: _Presence, after: _Presence) -> None:
        for presence, by in ((before, -1), (after, +1)):
            if presence.first is not None:
                self._arrivals[presence.first.at_ms // MINUTE_MS, presence.first.log] += by
                self._by_station[presence.first.log, "checked_in"] += by
            self._totals["double"] += by * (presence.again > 0)
        change = (after.first is not None) - (before.first is not None)
        if not change:
            return
        self._totals["checked_in"] += change
        person = self._people.get(subject)
        if person is None or not person.expected:
            self._totals["not_expected"] += change
        for place, value in enumerate(person.facets if person else ()):
            self._in[place, value] += change

    def _slot(self, session_id: str) -> int:
        session = self._sessions.get(session_id)
        return session.course_slot if session else 0

    def _count_course(self, subject: str, slot: int, by: int) -> None:
        """Somebody was in one more session of this slot, or in one less. Two of one slot are one course."""
        if not slot or not by:
            return
        slots = self._slots.setdefault(subject, Counter())
        before = len(slots)
        slots[slot] += by
        if not slots[slot]:
            del slots[slot]
        self._courses[before] -= 1
        self._courses[len(slots)] += 1

    # The numbers

    def snapshot(self, now: datetime) -> Snapshot:
        """The numbers at this moment."""
        checked_in = self._totals["checked_in"]
        taken = [self._courses[count] for count in range(1, COURSES)]
        most = sum(people for count, people in self._courses.items() if count >= COURSES)
        return Snapshot(
            at=now,
            expected=self._totals["expected"],
            checked_in=checked_in,
            not_expected=self._totals["not_expected"],
            here_now=self._inside[DESK],
            anybody_leaves=self._inside[DESK] != checked_in,
            per_minute_tenths=self._rate(now),
            stations=self._station_figures(),
            facets={facet: self._shares(place) for place, facet in enumerate(FACETS)},
            rooms=tuple(self._room(session_id) for session_id in sorted(self._sessions)),
            courses=(max(0, self._totals["expected"] - sum(taken) - most), *taken, most),
            double=self._totals["double"],
        )

    def arrivals(self, since: datetime, until: datetime, bar: timedelta) -> list[tuple[datetime, dict[str, int]]]:
        """First check-ins in each bar of so many minutes, by station; bars without anybody are there too.

        `since` is the start of the first bar.
        """
        start, width = to_ms(since) // MINUTE_MS, max(1, bar // timedelta(minutes=1))
        bars: list[dict[str, int]] = [{} for _bar in range(max(0, -(-(to_ms(until) // MINUTE_MS - start) // width)))]
        for (minute, log), count in self._arrivals.items():
            place = (minute - start) // width
            if count and 0 <= place < len(bars):
                name = self._stations.get(log, "")
                bars[place][name] = bars[place].get(name, 0) + count
        return [(since + bar * place, counts) for place, counts in enumerate(bars)]

    def first_and_last_arrival(self) -> tuple[datetime, datetime] | None:
        """The minutes of the first and of the last check-in."""
        minutes = [minute for (minute, _log), count in self._arrivals.items() if count]
        if not minutes:
            return None
        return from_ms(min(minutes) * MINUTE_MS), from_ms(max(minutes) * MINUTE_MS)

    def _rate(self, now: datetime) -> int:
        last = to_ms(now) // MINUTE_MS
        minutes = range(last - RATE_WINDOW // timedelta(minutes=1) + 1, last + 1)
        arrived = sum(self._arrivals.get((minute, log), 0) for minute in minutes for log in self._last)
        return arrived * 10 // len(minutes)

    def _station_figures(self) -> tuple[StationFigures, ...]:
        """Every station that did anything; what it did in each of its runs, together."""
        logs: dict[str, list[str]] = {}
        for log in {log for log, _name in self._by_station}:
            logs.setdefault(self._stations.get(log, ""), []).append(log)
        return tuple(self._station(name, logs[name]) for name in sorted(logs))

    def _station(self, name: str, logs: list[str]) -> StationFigures:
        last = max(self._last.get(log, 0) for log in logs)
        counts = {figure: sum(self._by_station.get((log, figure), 0) for log in logs) for figure in _COUNTED}
        return StationFigures(name, **counts, last=from_ms(last) if last else None)

    def _shares(self, facet: int) -> tuple[Share, ...]:
        """The largest first."""
        values = {value for place, value in (*self._expected, *self._in) if place == facet}
        shares = (Share(value, self._expected[facet, value], self._in[facet, value]) for value in values)
        return tuple(
            sorted(
                (share for share in shares if share.expected or share.checked_in),
                key=lambda share: (-share.expected, -share.checked_in, share.value),
            )
        )

    def _room(self, session_id: str) -> RoomFigures:
        return RoomFigures(
            session=SessionId(session_id),
            enrolled=self._enrolled[session_id],
            inside=self._inside[session_id],
            ever=self._ever[session_id],
            capacity=self._capacities[session_id],
        )


_COUNTED = ("checked_in", "refused", "unknown", "repeats", "overrides", "undone", "reprints", "alone")
_REFUSALS = {Outcome.ALREADY.value: "repeats", Outcome.UNKNOWN.value: "unknown"}


def _presence(steps: Sequence[_Step]) -> _Presence:
    """What counts of somebody's steps at one place: those that were not taken back."""
    if not steps:
        return _NOWHERE
    if len(steps) == 1:
        step = steps[0]
        return _Presence(step, True) if step.kind == Kind.ADMIT else _NOWHERE
    undone = {step.target for step in steps if step.kind == Kind.UNDO}
    moves = [step for step in steps if step.kind != Kind.UNDO and f"{step.log}:{step.seq}" not in undone]
    admits = [step for step in moves if step.kind == Kind.ADMIT]
    return _Presence(
        first=admits[0] if admits else None,
        inside=bool(admits) and moves[-1].kind == Kind.ADMIT,
        again=sum(not step.override for step in admits[1:]),
    )


def _was_alone(record: Record) -> bool:
    """Whether somebody was let in here without the hub's answer, where it was to be asked."""
    basis = record.basis
    return record.kind == Kind.ADMIT and isinstance(basis, Mapping) and basis.get("claim") == ClaimState.ALONE


def _person(attendee: Attendee) -> _Person:
    state = next((text for header, text in attendee.extras.items() if _plain(header) in _STATE_HEADERS), "")
    sworn = "" if attendee.sworn is None else ("sworn" if attendee.sworn else "non-sworn")
    return _Person(
        facets=(attendee.registration_type, attendee.agency_type, sworn, state.strip().upper(), attendee.agency),
        expected=attendee.status is Status.COMING,
    )


def _plain(header: str) -> str:
    return "".join(letter for letter in header.casefold() if letter.isalpha())


def stations_needed(arrivals_per_minute: float, seconds_a_person: float, busy: float = 0.8) -> int:
    """How many stations a rush takes: arrivals × seconds ÷ 60, at four fifths of a station's time.

    Above that share of its time the queue in front of a station grows without end (Erlang, 1909).
    """
    return max(1, ceil(arrivals_per_minute * seconds_a_person / 60 / busy))
