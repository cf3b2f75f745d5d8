"""Small builders that every test may use: people, stores that close themselves, a station with a clock of its own.

with a_station(tmp_path) as desk:
    enrol(desk.store, an_attendee("Ada", "Lovelace", code="000001"))
    assert desk.check_in.present("000001").admitted
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import Kind, Role
from kiosk.domain.people import Attendee, AttendeeId, Ticket, TicketCode, TicketKind, TicketState
from kiosk.domain.printer_turns import Turn
from kiosk.domain.programme import ProgrammeSession, Room, SessionId
from kiosk.domain.programme_json import ProgrammeChange, Subject, room_fields, session_fields
from kiosk.domain.roster import NewAttendee, RosterChange
from kiosk.domain.verdicts import Verdict
from kiosk.services.check_in import CheckIn, OnFirstAdmission
from kiosk.services.doors import Door, Doors
from kiosk.services.monitor import Monitor
from kiosk.services.station import Station
from kiosk.storage import doors as storage_doors
from kiosk.storage import programme
from kiosk.storage.roster import write_changes
from kiosk.storage.store import Store, open_store

KEY = bytes(range(32))
"""The data key of every test store."""

NOON = datetime(2023, 5, 2, 16, 0, tzinfo=UTC)
"""A time at which tests begin: noon in Atlanta, on the opening day."""


ANY_JOB = Turn(frozenset({""}), frozenset({""}))
"""What a printer may take that is alone."""


def an_id() -> AttendeeId:
    """A fresh attendee id."""
    return AttendeeId(new_id(secrets.token_bytes(ID_BYTES)))


def an_attendee(
    first: str = "Ada",
    last: str = "Lovelace",
    *,
    code: str | None = None,
    state: TicketState = TicketState.LIVE,
    replaced_by: str | None = None,
    source_ids: tuple[str, ...] = (),
    id: str | None = None,  # noqa: A002
    **fields: Any,
) -> NewAttendee:
    """Somebody new, with one ticket where a code is given."""
    attendee_id = AttendeeId(id) if id else an_id()
    replacement = TicketCode(replaced_by) if replaced_by else None
    ticket = Ticket(TicketCode(code), attendee_id, TicketKind.NUMBER, state, replacement) if code else None
    attendee = Attendee(attendee_id, first=first, last=last, **fields)
    return NewAttendee(attendee, (ticket,) if ticket else (), source_ids)


def some_attendees(count: int, *, first_number: int = 1) -> list[NewAttendee]:
    """So many people, with the codes `000001`, `000002`…"""
    return [
        an_attendee(f"First{n}", f"Last{n}", code=f"{n:06}", number=f"{n:06}", agency=f"Agency {n % 7}")
        for n in range(first_number, first_number + count)
    ]


@contextmanager
def a_store(folder: Path, key: bytes = KEY) -> Iterator[Store]:
    """An open store in this folder, closed at the end."""
    store = open_store(folder, key)
    try:
        yield store
    finally:
        store.close()


def enrol(store: Store, *people: RosterChange | Iterable[RosterChange], batch: str | None = None) -> str:
    """Put people on the roster, as an import does; answers the name of the batch."""
    changes: list[RosterChange] = []
    for item in people:
        changes += item if isinstance(item, Iterable) else [item]
    batch = batch or new_id(secrets.token_bytes(ID_BYTES))
    with store.write() as journal:
        body = {"batch": batch}
        write_changes(
            journal, store.view, Kind.IMPORT, changes, at=NOON, actor="station", body=body, role=Role.ORGANIZER
        )  # fmt: skip
    return batch


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time it is."""
        return self.now

    def forward(self, seconds: float = 60) -> None:
        """Let time pass; negative to jump back."""
        self.now += timedelta(seconds=seconds)


@dataclass(slots=True)
class Desk:
    """One desk at work on its own data folder."""

    store: Store
    station: Station
    check_in: CheckIn
    clock: Clock = field(default_factory=Clock)

    def scan(self, code: str, *, later_s: float = 60) -> Verdict:
        """Present a code some time after the last one, so that it is no stutter of the scanner."""
        self.clock.forward(later_s)
        verdict = self.check_in.present(code)
        assert verdict is not None, f"{code!r} was taken for an empty scan"
        return verdict


@contextmanager
def a_station(
    folder: Path, *, on_first_admission: OnFirstAdmission | None = None, clock: Clock | None = None
) -> Iterator[Desk]:
    """A desk on the data in this folder, with a clock that stands still; closed at the end."""
    clock = clock or Clock()
    with a_store(folder) as store:
        station = Station(store, clock)
        yield Desk(store, station, CheckIn(store, station, on_first_admission), clock)


START = datetime(2023, 5, 4, 12, 30, tzinfo=UTC)
"""When sessions of tests begin: half past eight in Atlanta."""


def a_session(
    code: str = "HP1A", room: str = "Salon A", start: datetime = START, minutes: int = 75, **fields: Any
) -> ProgrammeSession:
    """A session that lasts 75 minutes."""
    end = fields.pop("end", start + timedelta(minutes=minutes))
    title = fields.pop("title", f"About {code}")
    return ProgrammeSession(SessionId(f"id-{code}"), code, title, room, start, end, **fields)


def hold(store: Store, *sessions: ProgrammeSession, rooms: Iterable[Room] = ()) -> None:
    """Put sessions and rooms into the programme, as an import does."""
    changes = [ProgrammeChange(Subject.ROOM, room.name, room_fields(room), new=True) for room in rooms]
    changes += [ProgrammeChange(Subject.SESSION, each.id, session_fields(each), new=True) for each in sessions]
    with store.write() as journal:
        programme.write_changes(
            journal, store.view.connection, changes, at=NOON, actor="station", role=Role.ORGANIZER
        )  # fmt: skip


def place(store: Store, session: ProgrammeSession, *people: NewAttendee) -> None:
    """Give people a place in a session."""
    with store.write() as journal:
        programme.enrol(
            journal, store.view.connection, session.id, [each.attendee.id for each in people], at=NOON, actor="station"
        )


@dataclass(slots=True)
class DoorStation:
    """One door at work on its own data folder."""

    store: Store
    station: Station
    doors: Doors
    monitor: Monitor
    clock: Clock
    door: Door

    def scan(self, code: str, *, later_s: float = 60, out: bool = False, door: Door | None = None) -> Verdict:
        """Present a badge some time after the last one."""
        self.clock.forward(later_s)
        verdict = self.doors.present(code, door or self.door, out=out)
        assert verdict is not None
        return verdict

    def inside(self, session: ProgrammeSession) -> int:
        """How many are in the room."""
        return storage_doors.occupancy(self.store.view.connection, session.id).total


@contextmanager
def a_door(folder: Path, room: str = "Salon A", clock: Clock | None = None) -> Iterator[DoorStation]:
    """A door of a room, at the time its first session begins; closed at the end."""
    clock = clock or Clock(START)
    with a_store(folder) as store:
        station = Station(store, clock)
        yield DoorStation(store, station, Doors(store, station), Monitor(store, station), clock, Door(room))
