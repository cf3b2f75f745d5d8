"""Records are taken in, once, whatever comes twice.

A log's row says how far it is held; the log is locked while records of it are placed, so that several hubs on one
PostgreSQL may take in the same batch at the same time. Everything here runs in a transaction of the writer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from kiosk.domain import placing
from kiosk.domain.exchange import MAX_BATCH_RECORDS, Arrived, Fate, Head, Opening, Signed, opening, read_arrived
from kiosk.domain.gaps import Gap
from kiosk.domain.journal import Record
from kiosk.domain.placing import Received
from kiosk.domain.roles import may_write
from kiosk.domain.trust import DeviceRole
from kiosk.hub import seat_table
from kiosk.hub.database import Connection, note
from kiosk.hub.losses import first_missing, gaps_of, note_gap
from kiosk.hub.record_tables import ENDS, aside_table, columns_of, lock, log_table, record_table, rows_aside
from kiosk.hub.retention import kept_out
from kiosk.storage.exchange import MOST_ASIDE, is_signed_by
from kiosk.storage.journal import Device
from kiosk.storage.seats_view import SEAT_KINDS

_WINDOW = MAX_BATCH_RECORDS


def take_in(
    connection: Connection,
    accepted: Mapping[str, str],
    own: Device,
    batch: Sequence[Signed],
    roles: Mapping[str, DeviceRole] | None = None,
    by: str = "",
    allowed: Collection[bytes] = (),
) -> Received:
    """Place a batch. `accepted`: the keys (hex) of the devices that count, `roles` what they may write; `own`: the
    hub; `by`: who sent it; `allowed`: hashes of records that count whatever their device may write.
    """
    shelf = _HubShelf(connection, {**accepted, own.id: own.public}, roles, places=True, allowed=allowed)
    received = placing.receive(shelf, kept_out(connection, batch), is_signed_by, by)
    shelf.flush()
    if received.fates.keys() - {Fate.KNOWN, Fate.REFUSED}:
        note(connection, ENDS)
    return received


def release(
    connection: Connection, accepted: Mapping[str, str], own: Device, roles: Mapping[str, DeviceRole] | None = None
) -> Received:
    """Take in what waited for its device to be accepted, where it is by now."""
    received = Received()
    waits = sa.select(aside_table.c.log).where(aside_table.c.why == Fate.STRANGER).distinct()
    for log in list(connection.scalars(waits)):
        opened = _HubShelf(connection, accepted).opened(log)
        if opened is not None and accepted.get(opened.device) == opened.key:
            rows = rows_aside(connection, log, Fate.STRANGER)
            connection.execute(aside_table.delete().where(aside_table.c.log == log, aside_table.c.why == Fate.STRANGER))
            received.add(take_in(connection, accepted, own, rows, roles))
    return received


def end_of(connection: Connection, log: str) -> Head:
    """How far a log is held, with what waits for its device to be accepted."""
    return _HubShelf(connection, {}).end(log)


@dataclass(slots=True)
class _LogHere:
    """One log while records of it are placed."""

    opened: Opening | None
    end: Head
    has_aside: bool
    is_new: bool
    stored: int
    """The furthest record that lies in the database."""
    taken: int = 0


class _HubShelf:
    """The hub's database as the shelf that records are placed on. What is taken is written by `flush`."""

    def __init__(
        self,
        connection: Connection,
        accepted: Mapping[str, str],
        roles: Mapping[str, DeviceRole] | None = None,
        *,
        places: bool = False,
        allowed: Collection[bytes] = (),
    ) -> None:
        self._connection = connection
        self._places = places
        self._allowed = allowed
        self._accepted = accepted
        self._roles = roles or {}
        self._logs: dict[str, _LogHere] = {}
        self._hashes: dict[tuple[str, int], bytes] = {}
        self._asked: set[tuple[str, int]] = set()
        self._rows: list[dict[str, Any]] = []
        self._of_seats: list[Record] = []

    def _here(self, log: str) -> _LogHere:
        if log not in self._logs:
            self._logs[log] = self._read(log)
        return self._logs[log]

    def _read(self, log: str) -> _LogHere:
        if self._places:
            lock(self._connection, [log])
        found = self._connection.execute(sa.select(log_table).where(log_table.c.log == log)).one_or_none()
        has_aside = self._connection.scalar(sa.select(sa.func.count()).where(aside_table.c.log == log)) or 0
        end = Head(found.seq, found.hash.hex()) if found else Head()
        opened = Opening(found.device, found.key, found.station) if found else None
        if has_aside:
            waits = rows_aside(self._connection, log, Fate.STRANGER)
            for item in map(read_arrived, waits):
                opened = opening(item.record) if item.seq == 1 and opened is None else opened
                end = Head(item.seq, item.hash.hex()) if item.seq == end.seq + 1 else end
                self._hashes[log, item.seq] = item.hash
        return _LogHere(opened, end, bool(has_aside), found is None, found.seq if found else 0)

    def opened(self, log: str) -> Opening | None:
        return self._here(log).opened

    def also_opened(self, log: str) -> list[Opening]:
        if not self._here(log).has_aside:
            return []
        return [opening(read_arrived(signed).record) for signed in rows_aside(self._connection, log, Fate.FORK, 1)]

    def end(self, log: str) -> Head:
        return self._here(log).end

    def hash_at(self, log: str, seq: int) -> bytes | None:
        here = self._here(log)
        window = (log, (seq - 1) // _WINDOW)
        if seq <= here.stored and window not in self._asked:
            first = window[1] * _WINDOW
            rows = self._connection.execute(
                sa.select(record_table.c.seq, record_table.c.hash).where(
                    record_table.c.log == log, record_table.c.seq > first, record_table.c.seq <= first + _WINDOW
                )
            )
            self._hashes.update({(log, row.seq): row.hash for row in rows})
            self._asked.add(window)
        return self._hashes.get((log, seq))

    def is_accepted(self, opened: Opening) -> bool:
        return self._accepted.get(opened.device) == opened.key

    def counted_before(self, opened: Opening, item: Arrived) -> bool:
        return False  # it is here already

    def gaps(self, log: str) -> list[Gap]:
        return gaps_of(self._connection, log)

    def first_missing(self, gap: Gap) -> int:
        self.flush()
        return first_missing(self._connection, gap)

    def may_write(self, opened: Opening, item: Arrived) -> bool:
        if item.hash in self._allowed:
            return True
        role = self._roles.get(opened.device)
        return role is None or may_write(role, item.record)

    def take(self, item: Arrived) -> None:
        here = self._here(item.log)
        if item.seq == 1:
            here.opened = opening(item.record)
        if item.seq > here.end.seq:
            here.end = Head(item.seq, item.hash.hex())
        here.taken += 1
        note_gap(self._connection, item.record)
        self._hashes[item.log, item.seq] = item.hash
        self._rows.append({"log": item.log, "seq": item.seq, "hash": item.hash, **columns_of(item.signed)})
        if item.record.kind in SEAT_KINDS:
            self._of_seats.append(item.record)
        if here.has_aside:  # it may have come before, when it did not fit yet
            self._connection.execute(
                aside_table.delete().where(
                    aside_table.c.log == item.log, aside_table.c.seq == item.seq, aside_table.c.hash == item.hash
                )
            )

    def put_aside(self, item: Arrived, why: Fate) -> Fate:
        if (self._connection.scalar(sa.select(sa.func.count()).select_from(aside_table)) or 0) >= MOST_ASIDE:
            return Fate.REFUSED
        here = self._here(item.log)
        values = {"log": item.log, "seq": item.seq, "hash": item.hash, "why": str(why), **columns_of(item.signed)}
        added = self._connection.execute(
            _ignoring(self._connection, aside_table).values(**values).returning(aside_table.c.seq)
        ).first()
        here.has_aside = True
        if why is Fate.STRANGER:
            here.end = Head(item.seq, item.hash.hex())
            self._hashes[item.log, item.seq] = item.hash
        return Fate.KNOWN if added is None else why

    def waiting_for(self, log: str, seq: int) -> list[Signed]:
        if not self._here(log).has_aside:
            return []
        rows = rows_aside(self._connection, log, Fate.GAP, seq)
        if rows:
            self._connection.execute(
                aside_table.delete().where(
                    aside_table.c.log == log, aside_table.c.seq == seq, aside_table.c.why == Fate.GAP
                )
            )
        return rows

    def tell_fork(self, log: str, seq: int, hashes: list[str]) -> None:
        """Stations tell each other; the hub only keeps both ways, and passes on what they tell."""

    def flush(self) -> None:
        """Write what was taken."""
        if not self._rows:
            return
        taken = [(log, here) for log, here in self._logs.items() if here.taken]
        for log, here in taken:
            head = {"seq": here.end.seq, "hash": bytes.fromhex(here.end.hash)}
            if here.is_new:
                assert here.opened is not None
                who = {"device": here.opened.device, "key": here.opened.key, "station": here.opened.station}
                self._connection.execute(log_table.insert().values(log=log, **who, **head))
                here.is_new = False
            else:
                self._connection.execute(log_table.update().where(log_table.c.log == log).values(**head))
            here.taken, here.stored = 0, here.end.seq
        self._connection.execute(record_table.insert(), self._rows)
        self._rows = []
        seat_table.keep(self._connection, self._of_seats)
        self._of_seats = []


def _ignoring(connection: Connection, table: sa.Table) -> Any:
    """An insert that leaves what is there alone; both databases say it the same way."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing()
