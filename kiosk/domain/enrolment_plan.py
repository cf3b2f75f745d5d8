"""What bringing in a list of enrolments would do: compared with who has a place now. Nothing here writes.

A place somebody gave up here, or got here, is no mistake of an older list: what was done here stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain.enrolment_table import EnrolmentLine, split_cell
from kiosk.domain.own_codes import code_key
from kiosk.domain.people import Attendee
from kiosk.domain.programme import ProgrammeSession, Room, SessionId
from kiosk.domain.programme_faults import Effect
from kiosk.domain.programme_plan import Count
from kiosk.domain.roster_values import fold, read_email
from kiosk.i18n import _

Pair = tuple[str, str]
"""An attendee's id and a session's."""


class Leave(StrEnum):
    """What to do with places an earlier list gave to people whom this list names without them."""

    KEEP = "keep"
    WITHDRAW = "withdraw"


class Fault(StrEnum):
    """Kinds of findings. The names stand in reports and decision files: add, never rename."""

    NO_PERSON = "no_person"
    NO_SESSION = "no_session"
    UNKNOWN_PERSON = "unknown_person"
    SEVERAL_PEOPLE = "several_people"
    UNKNOWN_SESSION = "unknown_session"
    SEVERAL_SESSIONS = "several_sessions"
    DUPLICATE = "duplicate"
    CLASH = "clash"
    OVER_CAPACITY = "over_capacity"
    CANCELLED_SESSION = "cancelled_session"
    CHANGED_HERE = "changed_here"


_DECIDE = frozenset(
    {
        Fault.NO_PERSON, Fault.UNKNOWN_PERSON, Fault.SEVERAL_PEOPLE, Fault.UNKNOWN_SESSION,
        Fault.SEVERAL_SESSIONS,
    }
)  # fmt: skip


def effect_of(kind: Fault) -> Effect:
    """What a finding of this kind does to its place."""
    if kind in _DECIDE:
        return Effect.DECIDE
    return Effect.SKIP if kind in (Fault.DUPLICATE, Fault.NO_SESSION) else Effect.WARN


def describe(kind: Fault) -> str:
    """What it is, in a few words."""
    return {
        Fault.NO_PERSON: _("a line without a person"),
        Fault.NO_SESSION: _("a person without a session"),
        Fault.UNKNOWN_PERSON: _("somebody who is not on the roster"),
        Fault.SEVERAL_PEOPLE: _("an address several people have"),
        Fault.UNKNOWN_SESSION: _("a session that is not in the programme"),
        Fault.SEVERAL_SESSIONS: _("a title several sessions have"),
        Fault.DUPLICATE: _("the same place twice"),
        Fault.CLASH: _("two sessions at the same time"),
        Fault.OVER_CAPACITY: _("more people than seats"),
        Fault.CANCELLED_SESSION: _("a session that is cancelled"),
        Fault.CHANGED_HERE: _("a place that was given up here"),
    }[kind]


def advice(kind: Fault) -> str:
    """What to do about it, or what was done."""
    return {
        Fault.NO_PERSON: _("Give the line a badge number or an e-mail address and bring the list in again."),
        Fault.NO_SESSION: _("Left out. The person can still be added at a door."),
        Fault.UNKNOWN_PERSON: _("Bring in the roster first, or correct the number; then bring the list in again."),
        Fault.SEVERAL_PEOPLE: _("Use the badge number instead of the address, or add first and last name."),
        Fault.UNKNOWN_SESSION: _("Bring in the programme first, or correct the code; then bring the list in again."),
        Fault.SEVERAL_SESSIONS: _("The title does not say which of them. Use the session's code."),
        Fault.DUPLICATE: _("Counted once."),
        Fault.CLASH: _("Both places are given. Ask which one is meant."),
        Fault.OVER_CAPACITY: _("The places are given; the door counts who comes. A larger room would help."),
        Fault.CANCELLED_SESSION: _("The place is given, so that the person can be told."),
        Fault.CHANGED_HERE: _("It stays given up."),
    }[kind]


@dataclass(frozen=True, slots=True)
class Finding:
    """One odd thing: in which line (0: in the list as a whole), and what stands there."""

    kind: Fault
    row: int
    value: str


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """What an import of enrolments compares with."""

    people: Sequence[tuple[Attendee, Sequence[str]]]
    """Everyone, with the keys of their codes."""
    sessions: Sequence[ProgrammeSession]
    rooms: Sequence[Room]
    enrolled: frozenset[Pair]
    imported: frozenset[Pair]
    """Of these, those a list gave."""
    given_up: frozenset[Pair]
    """Places taken back here, not by a list."""


@dataclass(frozen=True, slots=True)
class EnrolmentPlan:
    """Exactly what would be written."""

    source: str
    enrol: Mapping[str, tuple[str, ...]]
    """Session id to attendee ids."""
    withdraw: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...] = ()
    counts: Mapping[Count, int] = field(default_factory=dict)
    people: int = 0
    """Who the list names and the roster knows."""

    @property
    def places(self) -> int:
        """How many places are given or taken back."""
        return sum(map(len, self.enrol.values())) + sum(map(len, self.withdraw.values()))


def plan_enrolments(
    source: str, lines: Iterable[EnrolmentLine], known: KnownPlaces, leave: Leave = Leave.KEEP
) -> EnrolmentPlan:
    """Compare a list with who has a place now."""
    reader = _Reader(known)
    for line in lines:
        reader.take(line)
    return _Weigher(reader, known, leave).plan(source)


class _Reader:
    """Reads lines into places."""

    def __init__(self, known: KnownPlaces) -> None:
        self._codes: dict[str, str] = {}
        self._numbers: dict[int, set[str]] = {}
        self._emails: dict[str, list[Attendee]] = {}
        self._ids = {attendee.id for attendee, _codes in known.people}
        for attendee, codes in known.people:
            for code in (*codes, code_key(attendee.number)):
                self._codes.setdefault(code, attendee.id)
            if attendee.number.isdecimal():
                self._numbers.setdefault(int(attendee.number), set()).add(attendee.id)
            if attendee.email:
                self._emails.setdefault(attendee.email.lower(), []).append(attendee)
        self._sessions: dict[str, list[ProgrammeSession]] = {}
        for session in known.sessions:
            self._sessions.setdefault(fold(session.title), []).append(session)
        for session in known.sessions:  # a code goes before a title of the same letters
            self._sessions[fold(session.code)] = [session]
        self.findings: list[Finding] = []
        self.places: dict[Pair, int] = {}
        """Every place the list names, with the line that names it first."""
        self.people: set[str] = set()
        self.unsure: set[str] = set()
        """People of whom the list says more than could be read."""
        self.undecided = self.left_out = 0
        self._enrolled = known.enrolled

    def take(self, line: EnrolmentLine) -> None:
        named = [name for cell in line.sessions for name in split_cell(cell, self._sessions)]
        if not named:
            self.left_out += 1
            self.findings.append(Finding(Fault.NO_SESSION, line.row, _who(line)))
            return
        person = self._person(line)
        if person is None:
            self.undecided += len(named)
            return
        self.people.add(person)
        for name in named:
            self._place(line, person, name)

    def _place(self, line: EnrolmentLine, person: str, name: str) -> None:
        found = self._sessions.get(fold(name), [])
        if len(found) > 1:  # a course held several times: the one the person has a place in already is meant
            found = [session for session in found if (person, session.id) in self._enrolled] or found
        if len(found) != 1:
            self.undecided += 1
            self.unsure.add(person)
            kind = Fault.SEVERAL_SESSIONS if found else Fault.UNKNOWN_SESSION
            codes = ", ".join(session.code for session in found[:8])
            self.findings.append(Finding(kind, line.row, f"{name[:80]} ({codes})" if codes else name[:80]))
            return
        pair = (person, found[0].id)
        if pair in self.places:
            self.left_out += 1
            self.findings.append(Finding(Fault.DUPLICATE, line.row, f"{_who(line)}: {found[0].code}"))
        self.places.setdefault(pair, line.row)

    def _person(self, line: EnrolmentLine) -> str | None:
        """By id, by code or number, by address; in this order."""
        texts = line.person
        if texts.get("id") in self._ids:
            return texts["id"]
        for text in filter(None, (texts.get("code"), texts.get("id"))):
            found = self._codes.get(code_key(text)) or self._number(text)
            if found:
                return found
        people = self._emails.get(read_email(texts.get("email", "")).address, [])
        if len(people) > 1:
            people = [each for each in people if _is_named(each, texts)] or people
        if len(people) == 1:
            return people[0].id
        kind = Fault.SEVERAL_PEOPLE if people else Fault.UNKNOWN_PERSON if any(texts.values()) else Fault.NO_PERSON
        self.findings.append(Finding(kind, line.row, _who(line)))
        return None

    def _number(self, text: str) -> str | None:
        """A number that lost its zeros to a spreadsheet: `1` for `000001`, where only one can be meant."""
        whole = text.removesuffix(".0")
        found = self._numbers.get(int(whole), set()) if whole.isdecimal() and len(whole) < 19 else set()
        return next(iter(found)) if len(found) == 1 else None


def _who(line: EnrolmentLine) -> str:
    texts = line.person
    return next((texts[kind] for kind in ("code", "email", "id", "name", "last") if texts.get(kind)), "")[:80]


def _is_named(attendee: Attendee, texts: Mapping[str, str]) -> bool:
    name = texts.get("name") or f"{texts.get('first', '')} {texts.get('last', '')}"
    known = set(fold(f"{attendee.first} {attendee.last}").split())
    return bool(known) and known <= set(fold(name).split())


class _Weigher:
    """Weighs the places of a list against those that are given."""

    def __init__(self, reader: _Reader, known: KnownPlaces, leave: Leave) -> None:
        self._reader, self._known, self._leave = reader, known, leave
        self._sessions = {session.id: session for session in known.sessions}
        self._names: dict[str, str] = {attendee.id: attendee.full_name for attendee, _codes in known.people}
        self._mine: dict[str, set[str]] = {}
        for person, session_id in known.enrolled:
            self._mine.setdefault(person, set()).add(session_id)
        self._enrol: dict[str, list[str]] = {}
        self._withdraw: dict[str, list[str]] = {}
        self._counts: Counter[Count] = Counter()
        self._findings = reader.findings

    def plan(self, source: str) -> EnrolmentPlan:
        self._counts[Count.NEEDS_DECISION] = self._reader.undecided
        self._counts[Count.SKIPPED] = self._reader.left_out
        gone = self._gone()
        for pair, row in self._reader.places.items():
            self._one(pair, row, gone)
        for person, session_id in sorted(gone):
            self._counts[Count.GONE] += 1
            if self._leave is Leave.WITHDRAW:
                self._take_back(person, session_id)
        self._find_clashes()
        self._find_crowds()
        return EnrolmentPlan(
            source,
            {session_id: tuple(people) for session_id, people in self._enrol.items()},
            {session_id: tuple(people) for session_id, people in self._withdraw.items()},
            tuple(self._findings),
            {count: self._counts.get(count, 0) for count in Count},
            len(self._reader.people),
        )

    def _gone(self) -> set[Pair]:
        """Places an earlier list gave to people of this one, who are not in them any more."""
        understood = self._reader.people - self._reader.unsure
        return {pair for pair in self._known.imported if pair[0] in understood and pair not in self._reader.places}

    def _one(self, pair: Pair, row: int, gone: set[Pair]) -> None:
        person, session_id = pair
        session = self._sessions[SessionId(session_id)]
        if pair in self._known.enrolled:
            self._counts[Count.SAME] += 1
            return
        if pair in self._known.given_up:
            self._counts[Count.SAME] += 1
            self._findings.append(Finding(Fault.CHANGED_HERE, row, f"{self._names[person]}: {session.code}"))
            return
        instead = next((each for each in gone if each[0] == person and self._meet(each[1], session_id)), None)
        if instead is not None:  # moved: the one for the other
            gone.discard(instead)
            self._take_back(*instead)
        self._counts[Count.NEW if instead is None else Count.CHANGED] += 1
        self._enrol.setdefault(session_id, []).append(person)
        self._mine.setdefault(person, set()).add(session_id)
        if session.cancelled:
            self._findings.append(Finding(Fault.CANCELLED_SESSION, row, f"{self._names[person]}: {session.code}"))

    def _take_back(self, person: str, session_id: str) -> None:
        self._withdraw.setdefault(session_id, []).append(person)
        self._mine[person].discard(session_id)

    def _meet(self, one: str, other: str) -> bool:
        """Whether two sessions take place at the same time."""
        first, second = self._sessions.get(SessionId(one)), self._sessions.get(SessionId(other))
        if first is None or second is None or first.cancelled or second.cancelled:
            return False
        return first.start < second.end and second.start < first.end

    def _find_clashes(self) -> None:
        for person in sorted({person for people in self._enrol.values() for person in people}):
            held = [self._sessions[SessionId(each)] for each in self._mine[person] if SessionId(each) in self._sessions]
            held.sort(key=lambda session: (session.start, session.code))
            before = held[0]
            for after in held[1:]:
                if self._meet(before.id, after.id):
                    row = self._reader.places.get((person, after.id)) or self._reader.places.get((person, before.id), 0)
                    words = f"{self._names[person]}: {before.code}, {after.code}"
                    self._findings.append(Finding(Fault.CLASH, row, words))
                before = max(before, after, key=lambda session: session.end)

    def _find_crowds(self) -> None:
        rooms = {room.name: room.capacity for room in self._known.rooms}
        seats: Counter[str] = Counter(session_id for mine in self._mine.values() for session_id in mine)
        for session_id in self._enrol:
            session = self._sessions[SessionId(session_id)]
            holds = session.capacity if session.capacity is not None else rooms.get(session.room)
            if holds is not None and seats[session_id] > holds:
                self._findings.append(Finding(Fault.OVER_CAPACITY, 0, f"{session.code}: {seats[session_id]} > {holds}"))
