"""Handing out seats: never more together than there are, and none at all while it is not known what was handed out.

A hub that was restored from a backup has forgotten what it handed out since. So it hands out nothing until every
station that may hold seats has been heard: by a round that was asked after this start of the hub (it names the log this
hub writes now; a request that was under way for long does not) and after which the hub holds everything the station
holds, with it the hub's own lost records. Or an organizer names the stations that are missing, and answers for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kiosk.domain.exchange import Head, Vector
from kiosk.domain.journal import Kind, Record, read_record
from kiosk.domain.messages import HUB_ROLE
from kiosk.domain.seats import Lease, portion
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput
from kiosk.hub import records
from kiosk.hub.database import Connection, Database, note
from kiosk.hub.devices import DeviceState, all_devices, not_joined
from kiosk.hub.news import RECORDS
from kiosk.hub.record_tables import log_table, record_table
from kiosk.hub.seat_table import heard_table, seat_table
from kiosk.hub.settings import get_setting, put_setting
from kiosk.hub.vouched import vouched
from kiosk.i18n import _
from kiosk.storage.journal import Device
from kiosk.wire.seats import SeatsAnswer, SeatsRequest

SEATS = "seats"
"""The topic of news about whether seats are handed out."""
_BARRIER = "seats_barrier"
_LOCK = 0x5EA75
_NEVER_A_DOOR = (DeviceRole.DASHBOARD, DeviceRole.KIOSK)

Write = Callable[[Connection, str, Mapping[str, Any]], None]
"""Adds a record of this kind to the hub's own log."""


def writer(own: Device, boot: str, at: datetime) -> Write:
    """What adds to the log this process writes."""

    def write(connection: Connection, kind: str, body: Mapping[str, Any]) -> None:
        records.append(connection, own, boot, kind, body, at)
        note(connection, RECORDS)

    return write


# Handing out


def hand_out(connection: Connection, write: Write, device: str, wanted: SeatsRequest, capacity: int) -> SeatsAnswer:
    """Give a door its next portion, if there is one; in a transaction of the writer."""
    _one_after_the_other(connection)
    held = held_of(connection, wanted.session)
    given, mine = sum(held.values()), held.get(device, 0)
    if wanted.granted > mine + _taken_from(connection, device, wanted.session) and not is_up(connection):
        begin_barrier(connection)  # it knows of seats that we have forgotten: somebody put back an old database
    waits = tuple(name for _device, name in missing(connection))
    has_some = mine > wanted.granted or not Lease(wanted.granted, wanted.granted - wanted.left).is_low
    n = 0 if waits or has_some else portion(capacity, given, wanted.left)
    if n:
        write(connection, Kind.SEATS_GRANT, {"to": device, "session": wanted.session, "n": n})
    return SeatsAnswer(n, given + n, capacity, waits)


def held_of(connection: Connection, session: str) -> dict[str, int]:
    """What each device holds of a session's seats, taken or not."""
    question = sa.select(seat_table.c.device, sa.func.sum(seat_table.c.n)).where(seat_table.c.session == session)
    return {device: int(n) for device, n in connection.execute(question.group_by(seat_table.c.device))}


def _taken_from(connection: Connection, device: str, session: str) -> int:
    """What was taken from a device that may not have heard of it."""
    at = (seat_table.c.device == device, seat_table.c.session == session, seat_table.c.kind == Kind.SEATS_FORFEIT.value)
    return -int(connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(seat_table.c.n), 0)).where(*at)) or 0)


@dataclass(frozen=True, slots=True)
class SeatsAtHub:
    """What was handed out, for people."""

    held: Mapping[str, Mapping[str, int]]
    """By session (id) and station (name, or id where it is not known by now)."""
    waits_for: tuple[str, ...] = ()
    """Stations that have to be heard before more is handed out."""


def overview(connection: Connection) -> SeatsAtHub:
    """What was handed out, and who has to be heard before more is."""
    names = {device.id: device.name for device in all_devices(connection)}
    held = {
        session: {names.get(device, device): n for device, n in held_of(connection, session).items()}
        for session in sessions(connection)
    }
    return SeatsAtHub(held, tuple(name for _device, name in missing(connection)))


def sessions(connection: Connection) -> list[str]:
    """Every session of which seats were handed out."""
    return list(connection.scalars(sa.select(seat_table.c.session).distinct().order_by(seat_table.c.session)))


def _one_after_the_other(connection: Connection) -> None:
    """Several hubs on one PostgreSQL do not hand out at the same time."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def forfeit(connection: Connection, write: Write, device: str) -> int:
    """Take from a device what it has not given, as far as is known here; answers how many seats that was.

    A device that is at work all the same, unheard, may give them too: whoever calls this answers for it.
    """
    _one_after_the_other(connection)
    gone = 0
    for session in sessions(connection):
        spare = held_of(connection, session).get(device, 0) - _given_by(connection, device, session)
        if spare > 0:
            write(connection, Kind.SEATS_FORFEIT, {"to": device, "session": session, "n": spare})
            gone += spare
    return gone


def _given_by(connection: Connection, device: str, session: str) -> int:
    """How many this device let in; who has left is counted as well: that may not be known everywhere."""
    logs = list(connection.scalars(sa.select(log_table.c.log).where(log_table.c.device == device)))
    data = connection.scalars(sa.select(record_table.c.data).where(record_table.c.log.in_(logs)))
    return sum(_takes(read_record(bytes(each)), session) for each in data)


def _takes(record: Record, session: str) -> int:
    if record.place != session:
        return 0
    change = record.body.get("change") if record.kind == Kind.HEADCOUNT else None
    return int(record.kind == Kind.ADMIT) + (max(0, change) if type(change) is int else 0)


# After a restore


def begin_barrier(connection: Connection) -> None:
    """Nothing is handed out until everybody has been heard: what was handed out is not known for certain."""
    connection.execute(heard_table.delete())
    put_setting(connection, _BARRIER, True)
    note(connection, SEATS)


def is_up(connection: Connection) -> bool:
    """Whether stations have to be heard before anything is handed out."""
    return bool(get_setting(connection, _BARRIER, False))


def missing(connection: Connection) -> list[tuple[str, str]]:
    """Stations that have to be heard before seats are handed out: id and name. Empty where nothing is waited for."""
    if not is_up(connection):
        return []
    heard = set(connection.scalars(sa.select(heard_table.c.device)))
    return [(device, name) for device, name in _may_hold(connection) if device not in heard]


def _may_hold(connection: Connection) -> Iterator[tuple[str, str]]:
    """Stations that may hold seats and are still spoken with, joined or expected to."""
    devices = all_devices(connection)
    for device in devices:
        if device.state is DeviceState.ACTIVE and device.role not in _NEVER_A_DOOR:
            yield device.id, device.name
    for each in not_joined(vouched(connection), devices):
        if each.role not in (HUB_ROLE, *_NEVER_A_DOOR):
            yield each.device, each.name


def hear(connection: Connection, device: str, why: str = "round") -> None:
    """This station was heard, or named by an organizer; after the last one seats are handed out again."""
    connection.execute(heard_table.delete().where(heard_table.c.device == device))
    connection.execute(heard_table.insert().values(device=device, why=why))
    if not missing(connection):
        put_setting(connection, _BARRIER, False)
    note(connection, SEATS)


def go_on_without(connection: Connection, station: str) -> str:
    """An organizer names a station (by id or name) that cannot be heard; answers its name. Raises BadInput."""
    found = [(device, name) for device, name in missing(connection) if station in (device, name)]
    if len(found) != 1:
        words = _("No seats wait for a station called {name}. `kiosk hub seats` lists those that are missing.")
        raise BadInput(words.format(name=station))
    [(device, name)] = found
    hear(connection, device, "named")
    return name


def holds_all(held: Vector, theirs: Vector) -> bool:
    """Whether everything somebody holds is here."""
    return all(held.get(log, Head()).seq >= head.seq for log, head in theirs.items())


@dataclass(slots=True)
class Barrier:
    """Whether stations have to be heard, as this process last saw: every round asks, mostly for nothing."""

    database: Database
    _is_up: bool | None = None

    @property
    def is_up(self) -> bool:
        """Whether they have to be."""
        if self._is_up is None:
            with self.database.read() as connection:
                self._is_up = is_up(connection)
        return self._is_up

    def forget(self) -> None:
        """Something changed: look again."""
        self._is_up = None
