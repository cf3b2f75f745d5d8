"""Attendance and training hours: what was recorded at the doors of sessions, what people set right about it, and what
it is worth.

Everything is worked out from the records when it is asked for; what people decide becomes a record of its own, with
their name and their reason, and can be taken back like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.domain.attendance import (
    Closing,
    DoorLog,
    Overlap,
    Recorded,
    Repair,
    Stay,
    Way,
    overlaps,
    standing_closings,
    stays,
)
from kiosk.domain.credit import Grant, Line, Result, credit
from kiosk.domain.journal import Hlc, Kind, Record
from kiosk.domain.people import Attendee
from kiosk.domain.programme import CreditKind, ProgrammeSession, SessionId
from kiosk.domain.programme_edit import typed_time
from kiosk.domain.typed import one_line
from kiosk.domain.verdicts import RecordId
from kiosk.domain.words import clock_words
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.station import Station
from kiosk.storage import attendance as stored
from kiosk.storage import programme, roster
from kiosk.storage.attendance import Book
from kiosk.storage.database import Connection
from kiosk.storage.store import Store

LONGEST_REASON = 200
LONGEST_NAME = 80
EARLIEST_CLOSE = timedelta(minutes=15)
"""A session may be closed so long before its scheduled end, not earlier."""
AROUND = timedelta(hours=1)
"""How far outside the opening of a door a time set by hand may lie; further out it is a slip of AM and PM."""
MOST_AHEAD = timedelta(days=400)

_DECISIONS = frozenset({Kind.REPAIR, Kind.CLOSE, Kind.GRANT, Kind.CLOCK})


@dataclass(frozen=True, slots=True)
class PersonHours:
    """One person: where they were, and what it is worth."""

    attendee: Attendee
    stays: tuple[Stay, ...]
    result: Result
    overlaps: tuple[Overlap, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One person at one session."""

    attendee: Attendee
    line: Line

    @property
    def is_inside(self) -> bool:
        """Whether an entry stands without an exit."""
        return any(stay.came is not None and stay.left is None for stay in self.line.stays)


@dataclass(frozen=True, slots=True)
class SessionSheet:
    """Everyone enrolled in a session or scanned at its door, by name."""

    session: ProgrammeSession
    rows: tuple[SheetRow, ...]
    closed: Closing | None = None

    @property
    def inside(self) -> tuple[SheetRow, ...]:
        """Who is in the room as far as is known."""
        return tuple(row for row in self.rows if row.is_inside)


@dataclass(frozen=True, slots=True)
class MissingExit:
    """Somebody who came, and of whom nobody knows when they left."""

    attendee: Attendee
    session: ProgrammeSession
    stay: Stay


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of a person about somebody's stay or credit."""

    record: RecordId
    session: SessionId
    words: str
    by: str


class Attendance:
    """What the doors saw, repaired and counted."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    # Reading

    def of(self, attendee_id: str) -> PersonHours:
        """One person's stays and credit. Raises BadInput when nobody has this id."""
        with self._store.reading():
            return next(iter(self._hours(self._store.view.connection, [self._attendee(attendee_id)])))

    def session(self, session_id: str) -> SessionSheet:
        """Who is enrolled in a session, who came, who is inside. Raises BadInput when there is no such session.

        Reads through a connection of its own: no scan waits for it.
        """
        with closing(self._store.reader()) as view:
            session = self._session(session_id, view)
            ids = {*stored.scanned_at(view, session_id), *programme.enrolled_in(view, session_id)}
            people = [person for person in (roster.by_id(view, each) for each in sorted(ids)) if person is not None]
            book = stored.read_book(view, ids)
            rows = [
                SheetRow(hours.attendee, line)
                for hours in self._hours(view, people, book)
                for line in hours.result.lines
                if line.session.id == session_id
            ]
        closed = standing_closings(book.closings, book.undone).get(session.id)
        return SessionSheet(session, tuple(sorted(rows, key=lambda row: by_name(row.attendee))), closed)

    def everyone(self, tell: Callable[[int, int], object] | None = None) -> list[PersonHours]:
        """Everyone on the roster, by name, in one pass over what was recorded. Scans go on meanwhile: this reads
        through a connection of its own. `tell` hears how many are done, of how many.
        """
        with closing(self._store.reader()) as view:
            people = sorted((known.attendee for known in roster.everyone(view)), key=by_name)
            book = stored.read_book(view)
            found = []
            for hours in self._hours(view, people, book, stored.enrolments(view)):
                found.append(hours)
                if tell is not None:
                    tell(len(found), len(people))
        return found

    def sessions(self) -> list[ProgrammeSession]:
        """The programme, by start and room."""
        with self._store.reading():
            return programme.all_sessions(self._store.view.connection)

    def session_of(self, code: str) -> ProgrammeSession:
        """The session of this code or id. Raises BadInput when there is none."""
        with self._store.reading():
            found = programme.session_by_code(self._store.view.connection, code)
            return found or self._session(code)

    def door_logs(self) -> list[DoorLog]:
        """What each station scanned at doors, from one start of its program to the next."""
        with closing(self._store.reader()) as view:
            return stored.door_logs(view)

    def _hours(
        self,
        view: Connection,
        people: Iterable[Attendee],
        book: Book | None = None,
        enrolments: dict[str, set[SessionId]] | None = None,
    ) -> Iterator[PersonHours]:
        people = list(people)
        book = book or stored.read_book(view, [person.id for person in people])
        sessions = {session.id: session for session in programme.all_sessions(view)}
        for person in people:
            if enrolments is not None:
                enrolled = enrolments.get(person.id, set())
            else:
                enrolled = set(programme.enrolments_of(view, person.id))
            there = stays(book.of(person.id))
            result = credit(sessions, there, book.grants.get(person.id, ()), enrolled, book.undone)
            yield PersonHours(person, there, result, tuple(overlaps(there)))

    def decisions(self, attendee_id: str) -> list[Decided]:
        """What people decided about this person and nobody has taken back, the first decision first."""
        with self._store.reading():
            book = stored.read_book(self._store.view.connection, [attendee_id])
        return self.decided(book, attendee_id)

    def decided(self, book: Book, attendee_id: str) -> list[Decided]:
        """The same, of what has been read already."""
        made = [*book.of(attendee_id).repairs, *book.grants.get(attendee_id, ())]
        standing = (each for each in made if str(each.record) not in book.undone)
        return [
            Decided(each.record, each.session, self._decided_words(each), each.by)
            for each in sorted(standing, key=lambda each: each.order)
        ]

    def _decided_words(self, decision: Repair | Grant) -> str:
        if isinstance(decision, Grant):
            return _("{n} minutes of credit: {why}").format(n=decision.minutes, why=decision.why)
        if decision.at is None:
            return _("Withdrawn: {why}").format(why=decision.why)
        name = _("Exit") if decision.way is Way.OUT else _("Entry")
        when = clock_words(decision.at, self._station.conference.zone_info)
        return _("{what} at {when}: {why}").format(what=name, when=when, why=decision.why)

    def time_of(self, text: str, session: ProgrammeSession) -> datetime:
        """A time typed about this session: without a day, on the day on which it is nearest to it.

        Raises BadInput for what is no time.
        """
        zone = self._station.conference.zone_info
        middle = session.start + (session.end - session.start) / 2
        found = [typed_time(text.strip(), middle, zone)]
        for day in (timedelta(days=-1), timedelta(days=1)):
            with suppress(BadInput):  # an hour that the clocks jump over on another night
                found.append(typed_time(text.strip(), middle + day, zone))
        return min(found, key=lambda at: abs(at - middle))

    # Setting right

    def repair(
        self,
        attendee_id: str,
        session_id: str,
        way: Way,
        at: datetime,
        why: str,
        by: str,
        target: RecordId | None = None,
    ) -> PersonHours:
        """Say when somebody came or left: a time nobody scanned, or with a target the right time of that scan or
        repair.

        Raises BadInput without a reason and a name, and for times that cannot be.
        """
        why, by = _reason(why, by)
        with self._store.write() as journal:
            session = self._session(session_id)
            self._attendee(attendee_id)
            self._check_time(session, at)
            targets = [target] if target is not None and self._can_be_corrected(target) else []
            names = tuple(str(each) for each in targets)
            self._check_fits(attendee_id, Repair(*_LAST, by, session.id, why, way, at, names))
            stored.write_repair(
                journal,
                attendee_id,
                session.id,
                why,
                at=self._station.clock(),
                actor=self._station.actor(journal, by),
                way=way,
                to=at,
                targets=targets,
            )
        return self.of(attendee_id)

    def withdraw(
        self, attendee_id: str, session_id: str, targets: Iterable[RecordId], why: str, by: str
    ) -> PersonHours:
        """Say that these scans or times do not count: somebody else wore the badge. Raises BadInput without a reason
        and a name.
        """
        why, by = _reason(why, by)
        with self._store.write() as journal:
            session = self._session(session_id)
            names = [target for target in targets if self._can_be_corrected(target)]
            if not names:
                raise BadInput(_("There is nothing here that could be withdrawn."))
            actor = self._station.actor(journal, by)
            at = self._station.clock()
            stored.write_repair(journal, attendee_id, session.id, why, at=at, actor=actor, targets=names)
        return self.of(attendee_id)

    def close_session(self, session_id: str, by: str, at: datetime | None = None) -> int:
        """End of session: all still inside leave at the scheduled end, which is marked as assumed, by this person.

        Answers for how many that is so now; a scan that arrives later counts as if it had come in time. Raises
        BadInput without a name, and long before the end.
        """
        by = one_line(by, LONGEST_NAME)
        if not by:
            raise BadInput(_("Say who closes this session."))
        now = at or self._station.clock()
        sheet = self.session(session_id)
        session = sheet.session
        if now < session.end - EARLIEST_CLOSE:
            when = clock_words(session.end, self._station.conference.zone_info)
            words = _("This session runs until {when}. It can be closed from {n} minutes before that.")
            raise BadInput(words.format(when=when, n=EARLIEST_CLOSE // timedelta(minutes=1)))
        if sheet.closed is None or sheet.closed.end != session.end:
            with self._store.write() as journal:
                actor = self._station.actor(journal, by)
                stored.write_closing(journal, session.id, session.end, at=now, actor=actor)
        return len(sheet.inside)

    def grant(self, attendee_id: str, session_id: str, minutes: int, why: str, by: str) -> PersonHours:
        """Decide what a session is worth to somebody, whatever was scanned; 0 minutes deny it.

        Raises BadInput without a reason and a name, and for more minutes than the session has.
        """
        why, by = _reason(why, by)
        with self._store.write() as journal:
            session = self._session(session_id)
            self._attendee(attendee_id)
            if not 0 <= minutes <= session.minutes:
                words = _("This session has {n} minutes; grant between 0 and {n}.")
                raise BadInput(words.format(n=session.minutes))
            actor = self._station.actor(journal, by)
            at = self._station.clock()
            stored.write_grant(journal, attendee_id, session.id, minutes, why, at=at, actor=actor)
        return self.of(attendee_id)

    def correct_clock(self, log: str, ahead_s: int, why: str, by: str) -> None:
        """Say that the clock of a station was ahead by so many seconds (behind, where negative) in one of its logs.

        What was recorded stays; the times that count move. 0 says that it was right after all. Raises BadInput
        without a reason and a name.
        """
        why, by = _reason(why, by)
        if abs(ahead_s) > MOST_AHEAD // timedelta(seconds=1):
            raise BadInput(_("No clock is that wrong. Give the difference in minutes."))
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            stored.write_clock_fault(journal, log, ahead_s, why, at=self._station.clock(), actor=actor)

    def undo(self, record: RecordId, by: str) -> None:
        """Take back a repair, a closing, a grant or a correction of a clock; twice is harmless.

        Raises BadInput for anything else.
        """
        with self._store.write() as journal:
            decision = self._record(record)
            if decision is None or decision.kind not in _DECISIONS:
                raise BadInput(_("Only a repair, a closing, a grant or a corrected clock can be taken back here."))
            subject = str(decision.body.get("subject", ""))
            if stored.is_taken_back(self._store.view.connection, record, subject, decision.place):
                return
            actor = self._station.actor(journal, by)
            at = self._station.clock()
            stored.write_undo(journal, record, subject, decision.place, at=at, actor=actor)

    # What a decision stands on

    def _attendee(self, attendee_id: str) -> Attendee:
        found = roster.by_id(self._store.view.connection, attendee_id) if attendee_id.isascii() else None
        if found is None:
            raise BadInput(_("This person is no longer on the roster. Search again."))
        return found

    def _session(self, session_id: str, view: Connection | None = None) -> ProgrammeSession:
        found = programme.session(view or self._store.view.connection, session_id)
        if found is None:
            raise BadInput(
                _("There is no session {name}. See the programme for its code.").format(name=session_id[:80])
            )
        return found

    def _record(self, name: RecordId) -> Record | None:
        try:
            return self._store.record_of(name)
        except KeyError:
            return None

    def _can_be_corrected(self, target: RecordId) -> bool:
        """Whether this record is a moment of one person; the end that a closing assumes is not."""
        found = self._record(target)
        return found is not None and found.kind in (Kind.ADMIT, Kind.EXIT, Kind.REPAIR)

    def _check_time(self, session: ProgrammeSession, at: datetime) -> None:
        first, last = session.opens - AROUND, session.end + AROUND
        if not first <= at <= last:
            zone = self._station.conference.zone_info
            words = _("{session} is from {start} to {end}. The time must be between {first} and {last}.")
            times = {"start": session.start, "end": session.end, "first": first, "last": last}
            said = {name: clock_words(when, zone) for name, when in times.items()}
            raise BadInput(words.format(session=session.code or session.title, **said))

    def _check_fits(self, attendee_id: str, repair: Repair) -> None:
        """Refuse a time that would leave an exit before its entry, or an entry inside a stay."""
        facts = stored.read_book(self._store.view.connection, [attendee_id]).of(attendee_id)
        after = Recorded(facts.marks, [*facts.repairs, repair], facts.closings, facts.clocks, facts.undone)
        if _loose(stays(after), repair.session) <= _loose(stays(facts), repair.session):
            return
        if repair.way is Way.OUT:
            raise BadInput(_("No entry comes before this time. Say first when this person came."))
        raise BadInput(_("This person was inside at that time already. Correct the entry that is there."))


_LAST = (RecordId("", 0), Hlc(2**62, 0))
"""Stands for a record that is about to be written: after all others."""


def _loose(all_stays: Iterable[Stay], session: SessionId) -> int:
    """How many moments of this session belong to no pair."""
    own = [stay for stay in all_stays if stay.session == session]
    return sum(len(stay.again) + (stay.came is None) for stay in own)


def _reason(why: str, by: str) -> tuple[str, str]:
    why, by = one_line(why, LONGEST_REASON), one_line(by, LONGEST_NAME)
    if not why or not by:
        raise BadInput(_("Say who decides this, and why."))
    return why, by


def missing_exits(people: Iterable[PersonHours], now: datetime) -> Iterator[MissingExit]:
    """Stays without an end in sessions that are over and count minutes."""
    for hours in people:
        for line in hours.result.lines:
            if line.session.credit.kind is CreditKind.MINUTES and line.session.end <= now:
                for stay in line.stays:
                    if stay.came is not None and stay.left is None:
                        yield MissingExit(hours.attendee, line.session, stay)


def by_name(attendee: Attendee) -> tuple[str, str, str]:
    """How people are put in order on every list."""
    return (attendee.last.casefold(), attendee.first.casefold(), attendee.id)
