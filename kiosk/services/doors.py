"""A session's door: one scan is read, decided, recorded and answered, with everything it implies, in one transaction.

Which session that is follows from the room and the clock (`domain/door.py`), read anew at each scan: a session that
is moved is moved for the next person. The place of a passage is the session's id; nothing held here, it is the room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from kiosk.domain.admission import DESK
from kiosk.domain.claims import NOT_ASKED, Claim
from kiosk.domain.codes import Reading, read
from kiosk.domain.door import (
    DoorFacts,
    House,
    Timetable,
    at_this_time,
    decide_door,
    enter,
    opens_here,
    tap,
    timetable,
)
from kiosk.domain.journal import Kind
from kiosk.domain.occupancy import Occupancy
from kiosk.domain.people import Attendee, Ticket, TicketCode
from kiosk.domain.programme import ClaimPolicy, ProgrammeSession
from kiosk.domain.seats import Lease
from kiosk.domain.typed import one_line
from kiosk.domain.verdicts import Doorway, Reason, RecordId, Verdict
from kiosk.errors import BadInput, StorageError
from kiosk.i18n import _
from kiosk.services.answering import digest_of, holder, saved, somebody, take_back
from kiosk.services.claims import Claims, forbids
from kiosk.services.seats import capacity_handed_out
from kiosk.services.station import Moment, Station
from kiosk.storage import doors, passages, programme, seats_view, unread_view
from kiosk.storage.database import Connection, DriverError
from kiosk.storage.doors import Presence
from kiosk.storage.journal import Journal
from kiosk.storage.store import Store

HOUSE_SETTING = "door_house"
LEFT_HAND_SETTING = "door_left_hand"
HORIZON = timedelta(hours=18)
"""How far around now the programme of a room is looked at."""

Answer = Callable[[DoorFacts, datetime, House], Verdict]

EXITS = frozenset({Reason.OUT, Reason.OUT_WITHOUT_IN})


@dataclass(frozen=True, slots=True)
class Door:
    """Where people are scanned: a room, whose session follows from the clock, or one session for certain."""

    room: str
    session: str = ""
    """The id of the session, where it is not left to the clock."""
    anyway: bool = False
    """Whether a supervisor opened it, whatever the time."""


@dataclass(frozen=True, slots=True)
class DoorNow:
    """What a door has to show while nobody stands in it."""

    room: str
    at: datetime
    timetable: Timetable
    occupancy: Occupancy
    capacity: int | None = None
    enrolled: int = 0
    waiting: int = 0
    left_behind: int = 0
    """Scanned into what was held here before, and not out of it."""
    strict: bool = False
    """Whether nobody is let in here without the hub's answer."""
    lease: Lease | None = None
    """What this door holds of the seats, where they are handed out."""

    @property
    def session(self) -> ProgrammeSession | None:
        """Whose door it is."""
        return self.timetable.current


class Doors:
    """The use cases of a door. They run one at a time, like those of a desk."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station
        self.house = _house(store.setting(HOUSE_SETTING, {}))
        self.left_hand = bool(store.setting(LEFT_HAND_SETTING, False))
        """Whether the buttons stand for the left hand."""
        self.claims: Claims | None = None
        """Where there is a hub: asked before anybody is let into a session."""

    def set_house(self, house: House) -> None:
        """Decide for all doors of this station."""
        self.house = house
        self._store.set_setting(HOUSE_SETTING, asdict(house))

    def set_left_hand(self, left: bool) -> None:
        """Which hand holds this tablet."""
        self.left_hand = left
        self._store.set_setting(LEFT_HAND_SETTING, left)

    # A scan, or somebody picked from the search

    def present(self, text: str, door: Door, *, out: bool = False, at: datetime | None = None) -> Verdict | None:
        """Answer what a scanner delivered. None when there was nothing in it."""
        reading = read(text, self._station.conference.code_rules)
        if reading.empty:
            return None
        when = self._station.moment(at)
        claimed = self._claimed(door, lambda: self._read(reading, door, out, when.now)[0], when.now)
        return saved(
            self._store, lambda: self._present(reading, door, out, when, claimed), reading, door.room, when.now
        )

    def admit(
        self, attendee_id: str, door: Door, how: str = "search", *, out: bool = False, at: datetime | None = None
    ) -> Verdict:
        """Answer for somebody picked from a list, as if their badge had been scanned."""
        when = self._station.moment(at)
        claimed = self._claimed(door, lambda: self._picked(attendee_id, door, how, out, when.now), when.now)
        return saved(
            self._store, lambda: self._admit(attendee_id, door, how, out, when, claimed), None, door.room, when.now
        )

    def let_in(self, attendee_id: str, door: Door, by: str | None = None, at: datetime | None = None) -> Verdict:
        """The room monitor decides alone, with one tap, where the session leaves it to them; else nobody is let in."""
        when = self._station.moment(at)
        claimed = self._claimed(door, lambda: self._picked(attendee_id, door, "tap", False, when.now), when.now, tap)
        return saved(self._store, lambda: self._let_in(attendee_id, door, by, when, claimed), None, door.room, when.now)

    def override(self, attendee_id: str, door: Door, why: str, by: str, at: datetime | None = None) -> Verdict:
        """A supervisor lets somebody in in spite of a refusal. Raises BadInput unless who and why are given."""
        why, by = one_line(why, 200), one_line(by, 80)
        if not why or not by:
            raise BadInput(_("Say who lets this person in, and why."))
        when = self._station.moment(at)
        return saved(self._store, lambda: self._override(attendee_id, door, why, by, when), None, door.room, when.now)

    def undo(self, record: RecordId, by: str | None = None, at: datetime | None = None) -> None:
        """Take an admission or an exit back, with whatever it brought with it. Undoing twice is harmless."""
        when = self._station.moment(at)
        with self._store.write() as journal:
            if take_back(self._store, self._station, journal, record, when, by) is None:
                return
            passed = self._store.record_of(record)
            subject, view = str(passed.body["subject"]), self._store.view.connection
            for exit_elsewhere in doors.caused_by(view, subject, record):
                take_back(self._store, self._station, journal, exit_elsewhere, when, by)
            if passed.body.get("added"):
                actor = self._station.actor(journal, by)
                programme.withdraw(journal, view, passed.place or "", [subject], at=when.recorded, actor=actor)

    def _claimed(self, door: Door, look: Callable[[], DoorFacts], now: datetime, answer: Answer = decide_door) -> Claim:
        """Whether another door is letting this person in at this moment, asked where this one would let them in, and
        without the lock.
        """
        if self.claims is None:
            return NOT_ASKED
        try:
            with self._store.reading():
                if self._policy(door) is ClaimPolicy.ALONE:
                    return NOT_ASKED
                facts = look()
        except (StorageError, DriverError):
            return NOT_ASKED  # whoever decides will meet it, and say so
        verdict = answer(facts, now, self.house)
        session, leaves = facts.doorway.session, facts.doorway.out
        if facts.attendee is None or session is None or leaves or not verdict.admitted or verdict.repeat:
            return NOT_ASKED
        return self.claims.ask(facts.attendee.id, facts.place)

    def _policy(self, door: Door) -> ClaimPolicy:
        """Whether the doors of this room ask the hub."""
        room = programme.room(self._store.view.connection, door.room)
        return room.claim if room else ClaimPolicy.ASK

    def _with(self, facts: DoorFacts, door: Door, claimed: Claim) -> DoorFacts:
        """The facts with what the hub said, where this door has not heard better."""
        silent = forbids(claimed, self._policy(door))
        return replace(facts, stay=facts.stay or claimed.first, hub_silent=silent)

    def _read(self, reading: Reading, door: Door, out: bool, now: datetime) -> tuple[DoorFacts, str]:
        """What is known of a code at this door, and what stands for the code in records."""
        found = holder(self._store.view.connection, reading)
        if found is None:
            code = digest_of(self._station, reading)
            return self._stranger(reading, code, door, out, now), code
        attendee, ticket = found
        code = self._station.code_digest(ticket.code)
        return self._facts(attendee, ticket, code, door, out, now), code

    def _picked(self, attendee_id: str, door: Door, how: str, out: bool, now: datetime) -> DoorFacts:
        return self._facts(somebody(self._store.view.connection, attendee_id), None, how, door, out, now)

    def _present(self, reading: Reading, door: Door, out: bool, when: Moment, claimed: Claim) -> Verdict:
        with self._store.write() as journal:
            known, code = self._read(reading, door, out, when.now)
            facts = self._with(known, door, claimed)
            verdict = decide_door(facts, when.now, self.house)
            if verdict.repeat:
                return verdict
            return self._remember(journal, facts, verdict, when, code, "code", claimed)

    def _admit(self, attendee_id: str, door: Door, how: str, out: bool, when: Moment, claimed: Claim) -> Verdict:
        with self._store.write() as journal:
            facts = self._with(self._picked(attendee_id, door, how, out, when.now), door, claimed)
            verdict = decide_door(facts, when.now, self.house)
            return verdict if verdict.repeat else self._remember(journal, facts, verdict, when, how, how, claimed)

    def _let_in(self, attendee_id: str, door: Door, by: str | None, when: Moment, claimed: Claim) -> Verdict:
        with self._store.write() as journal:
            facts = self._with(self._picked(attendee_id, door, "tap", False, when.now), door, claimed)
            verdict = tap(facts, when.now, self.house)
            why = "tap" if verdict.reason is Reason.OVERRIDE else None
            return self._remember(journal, facts, verdict, when, "tap", "tap", claimed, why=why, by=by)

    def _override(self, attendee_id: str, door: Door, why: str, by: str, when: Moment) -> Verdict:
        with self._store.write() as journal:
            attendee = somebody(self._store.view.connection, attendee_id)
            facts = self._facts(attendee, None, "override", door, False, when.now)
            if facts.doorway.session is None:
                raise BadInput(_("Nothing is held here now. Choose a session first: ⋯, then “Scan anyway to”."))
            verdict = enter(facts, when.now, override=True)
            return self._remember(journal, facts, verdict, when, "override", "override", why=why, by=by)

    # What a door knows

    def now(self, door: Door, at: datetime | None = None) -> DoorNow:
        """Whose door it is, and how full the room."""
        now = at or self._station.now()
        with self._store.reading():
            view = self._store.view.connection
            table = self._timetable(view, door, now)
            session, former = table.current, table.former
            capacity = _capacity(view, session) if session else None
            return DoorNow(
                door.room,
                now,
                table,
                doors.occupancy(view, session.id) if session else Occupancy(),
                capacity,
                programme.enrolled_count(view, session.id) if session else 0,
                len(doors.waiting(view, session.id)) if session else 0,
                doors.occupancy(view, former.id).inside if former and not doors.is_closed(view, former.id) else 0,
                self._policy(door) is ClaimPolicy.STRICT,
                self._lease(view, session, capacity) if session else None,
            )

    def door_of(self, name: str) -> Door:
        """The door somebody means by a session's code or a room's name. Raises BadInput for neither."""
        with self._store.reading():
            view = self._store.view.connection
            session = programme.session_by_code(view, name)
            room = "" if session is not None else _spelled(name, programme.room_names(view))
        if session is not None:
            return Door(session.room, session.id)
        if room:
            return Door(room)
        words = _("There is no session or room called {name}. `kiosk programme` reads them from a file.")
        raise BadInput(words.format(name=name))

    def room_called(self, name: str) -> str:
        """A room as the programme spells it. Raises BadInput where the programme has rooms, and this is none."""
        with self._store.reading():
            known = programme.room_names(self._store.view.connection)
        wanted = " ".join(name.split())
        spelled = _spelled(wanted, known)
        if spelled or not wanted or not known:
            return spelled or wanted
        words = _("There is no room called {name} in the programme. It has: {rooms}.")
        raise BadInput(words.format(name=name, rooms=", ".join(sorted(known)[:20])))

    def _timetable(self, view: Connection, door: Door, now: datetime) -> Timetable:
        table = timetable(programme.sessions_in(view, door.room, now - HORIZON, now + HORIZON), now)
        chosen = programme.session(view, door.session) if door.session else None
        return table if chosen is None else replace(table, current=chosen)

    def _facts(
        self, attendee: Attendee, ticket: Ticket | None, code: str, door: Door, out: bool, now: datetime
    ) -> DoorFacts:
        view = self._store.view.connection
        been = {each.place: each for each in doors.presences(view, attendee.id)}
        session, held = self._session(view, door, out, now, been)
        place = session.id if session else door.room
        here = been.get(place)
        enrolled = session is not None and programme.is_enrolled(view, attendee.id, session.id)
        right = None if enrolled else self._right(view, attendee, session, now)
        left = None if out else self._left(view, been, place, now)
        doorway = self._doorway(view, door, session, held, out)
        directions = programme.room(view, right.room) if right else None
        return DoorFacts(
            replace(
                doorway,
                right=right,
                directions=directions.directions if directions else "",
                left=left[0] if left else None,
                left_since=left[1] if left else None,
            ),
            place,
            code=ticket.code if ticket else None,
            attendee=attendee,
            ticket=ticket,
            checked_in=DESK in been,
            enrolled=enrolled,
            stay=doors.admission(view, attendee.id, here.stay) if here and here.stay else None,
            been=here is not None,
            last=passages.last_presented(view, attendee.id, code, place, self._store.journal.log),
            newer_at=unread_view.newer_about(view, attendee.id),
        )

    def _stranger(self, reading: Reading, code: str, door: Door, out: bool, now: datetime) -> DoorFacts:
        view = self._store.view.connection
        session, held = self._session(view, door, out, now, {})
        place = session.id if session else door.room
        return DoorFacts(
            self._doorway(view, door, session, held, out),
            place,
            code=TicketCode(reading.excerpt),
            last=passages.last_presented(view, "?" + code, code, place, self._store.journal.log),
            wrong_conference=reading.wrong_conference,
            looks_like=reading.looks_like,
            newer_at=unread_view.newer_about(view, "", reading.candidates),
        )

    def _session(
        self, view: Connection, door: Door, out: bool, now: datetime, been: Mapping[str, Presence]
    ) -> tuple[ProgrammeSession | None, list[ProgrammeSession]]:
        """The session a person is scanned for, and everything held in the room around now."""
        held = programme.sessions_in(view, door.room, now - HORIZON, now + HORIZON)
        if door.session:
            return programme.session(view, door.session), held
        table = timetable(held, now)
        if not out:
            return table.current or table.coming or table.former, held
        stays = {each.id: been[each.id].since for each in held if each.id in been and been[each.id].since}
        if stays:  # whoever is inside leaves what they came for, even when the door is the next session's by now
            latest = max(stays, key=lambda place: stays[place] or now)
            return next(each for each in held if each.id == latest), held
        running = table.current if table.current and table.current.start <= now else None
        return running or table.former or table.current or table.coming, held

    def _doorway(
        self,
        view: Connection,
        door: Door,
        session: ProgrammeSession | None,
        held: list[ProgrammeSession],
        out: bool,
    ) -> Doorway:
        if session is None:
            return Doorway(door.room, out=out)
        capacity = _capacity(view, session)
        return Doorway(
            session.room,
            session,
            out,
            inside=doors.occupancy(view, session.id).total,
            capacity=capacity,
            lease=self._lease(view, session, capacity),
            opens=opens_here(session, [each for each in held if not each.cancelled]),
            anyway=door.anyway,
        )

    def _lease(self, view: Connection, session: ProgrammeSession, capacity: int | None) -> Lease | None:
        """What this door holds of the seats, where they are handed out."""
        if capacity is None or capacity_handed_out(view, session) is None:
            return None
        return seats_view.lease(view, session.id, self._store.journal.device.id)

    def _right(
        self, view: Connection, attendee: Attendee, session: ProgrammeSession | None, now: datetime
    ) -> ProgrammeSession | None:
        """Where somebody who is not enrolled here is expected now."""
        theirs = (programme.session(view, each) for each in programme.enrolments_of(view, attendee.id))
        return at_this_time((each for each in theirs if each and each != session), now)

    def _left(
        self, view: Connection, been: Mapping[str, Presence], place: str, now: datetime
    ) -> tuple[ProgrammeSession, datetime] | None:
        """The other session somebody is still in. What is over keeps nobody: who forgot to scan out of it has left."""
        for each in been.values():
            if each.since is None or each.place in (DESK, place):
                continue
            session = programme.session(view, each.place)
            if session is not None and now < session.end:
                return session, each.since
        return None

    # What is kept

    def _remember(
        self,
        journal: Journal,
        facts: DoorFacts,
        verdict: Verdict,
        when: Moment,
        code: str,
        how: str,
        claimed: Claim = NOT_ASKED,
        *,
        why: str | None = None,
        by: str | None = None,
    ) -> Verdict:
        """Append the answer and what it implies, in the same transaction."""
        subject = facts.attendee.id if facts.attendee else "?" + code
        added = verdict.admitted and not facts.doorway.out and not facts.enrolled and facts.doorway.session is not None
        body: dict[str, object] = {
            "subject": subject,
            "code": code,
            "how": how,
            "outcome": verdict.outcome.value,
            "reason": verdict.reason.value,
        }
        if verdict.reason is Reason.OUT:
            body["ends"] = seats_view.held_by(self._store.view.connection, subject, facts.place)
        values = []
        if why is not None:
            body["override"] = True
            values.append(why.encode())
        if added:
            body["added"] = True
        actor = self._station.actor(journal, by)
        record = journal.append(
            _kind(verdict), body, at=when.recorded, actor=actor, place=facts.place, values=values, said=when.said,
            basis=claimed.basis,
        )  # fmt: skip
        if _kind(verdict) is Kind.ADMIT:
            self._imply(journal, facts, when, record.id, subject, actor, added)
        return replace(verdict, record=record.id)

    def _imply(
        self,
        journal: Journal,
        facts: DoorFacts,
        when: Moment,
        record: RecordId,
        subject: str,
        actor: str,
        added: bool,
    ) -> None:
        """Whoever is let in is on the list, and is in no other room."""
        left = facts.doorway.left
        if left is not None:
            ends = seats_view.held_by(self._store.view.connection, subject, left.id)
            doors.end_stay(
                journal, subject, left.id, record,
                ends=ends, reason=Reason.OUT.value, at=when.recorded, actor=actor, said=when.said,
            )  # fmt: skip
        if added:
            view = self._store.view.connection
            programme.enrol(journal, view, facts.place, [subject], at=when.recorded, actor=actor, how="walk_in")


def _spelled(name: str, rooms: Iterable[str]) -> str:
    """A room as the programme spells it, whatever the case; empty for none of its rooms."""
    wanted = " ".join(name.split()).casefold()
    return next((room for room in rooms if room.casefold() == wanted), "")


def _kind(verdict: Verdict) -> Kind:
    if verdict.reason in EXITS:
        return Kind.EXIT
    return Kind.ADMIT if verdict.admitted else Kind.DENY


def _capacity(view: Connection, session: ProgrammeSession) -> int | None:
    if session.capacity is not None:
        return session.capacity
    room = programme.room(view, session.room)
    return room.capacity if room else None


def _house(stored: Mapping[str, bool]) -> House:
    known = {name: bool(stored[name]) for name in stored if name in House.__dataclass_fields__}
    return House(**known)
