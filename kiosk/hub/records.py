"""The records of all stations at the hub: taken in once, whatever comes twice, and the hub's own log.

A log's row says how far it is held; it is locked while records of that log are placed, so that several hubs on one
PostgreSQL may take in the same batch at the same time. Everything here runs in a transaction of the writer, or reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from kiosk import __version__
from kiosk.domain import placing
from kiosk.domain.exchange import (
    MAX_BATCH_BYTES,
    MAX_BATCH_RECORDS,
    Arrived,
    Fate,
    Head,
    Opening,
    SideValue,
    Signed,
    Vector,
    first_wanted,
    opening,
    read_arrived,
)
from kiosk.domain.journal import CRITICAL, FORMAT, NO_PREDECESSOR, Hlc, Kind, Role, canonical, record_hash, to_ms
from kiosk.domain.placing import Received
from kiosk.domain.roles import may_write
from kiosk.domain.trust import DeviceRole
from kiosk.hub.database import Connection, metadata
from kiosk.hub.settings import get_setting, put_setting
from kiosk.storage.exchange import MOST_ASIDE, is_signed_by
from kiosk.storage.journal import Device
from kiosk.wire.codec import decode, encode

_OWN_LOG, _OWN_CLOCK = "own_log", "own_clock"
_WINDOW = MAX_BATCH_RECORDS

_log = sa.Table(
    "log",
    metadata,
    sa.Column("log", sa.Text, primary_key=True),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("station", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
_record = sa.Table(
    "record",
    metadata,
    sa.Column("log", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("side", sa.LargeBinary),
)
_aside = sa.Table(
    "aside",
    metadata,
    sa.Column("log", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("side", sa.LargeBinary),
    sa.Column("why", sa.Text, nullable=False),
)
_announced = sa.Table(
    "announced",
    metadata,
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("accepted", sa.Boolean, nullable=False),
)


def create(connection: Connection) -> None:
    """The tables."""
    for table in (_log, _record, _aside, _announced):
        table.create(connection)


def _ignoring(connection: Connection, table: sa.Table) -> Any:
    """An insert that leaves what is there alone; both databases say it the same way."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing()


# Taking in


def take_in(
    connection: Connection,
    accepted: Mapping[str, str],
    own: Device,
    batch: Sequence[Signed],
    roles: Mapping[str, DeviceRole] | None = None,
    by: str = "",
) -> Received:
    """Place a batch. `accepted`: the keys (hex) of the devices that count, `roles` what they may write; `own`: the
    hub; `by`: who sent it.
    """
    shelf = _HubShelf(connection, {**accepted, own.id: own.public}, roles)
    received = placing.receive(shelf, batch, is_signed_by, by)
    shelf.flush()
    return received


def release(
    connection: Connection, accepted: Mapping[str, str], own: Device, roles: Mapping[str, DeviceRole] | None = None
) -> Received:
    """Take in what waited for its device to be accepted, where it is by now."""
    received = Received()
    waits = sa.select(_aside.c.log).where(_aside.c.why == Fate.STRANGER).distinct()
    for log in list(connection.scalars(waits)):
        opened = _HubShelf(connection, accepted).opened(log)
        if opened is not None and accepted.get(opened.device) == opened.key:
            rows = _rows_aside(connection, log, Fate.STRANGER)
            connection.execute(_aside.delete().where(_aside.c.log == log, _aside.c.why == Fate.STRANGER))
            received.add(take_in(connection, accepted, own, rows, roles))
    return received


@dataclass(slots=True)
class _LogHere:
    """One log while records of it are placed."""

    opened: Opening | None
    end: Head
    has_aside: bool
    is_new: bool
    taken: int = 0


class _HubShelf:
    """The hub's database as the shelf that records are placed on. What is taken is written by `flush`."""

    def __init__(
        self, connection: Connection, accepted: Mapping[str, str], roles: Mapping[str, DeviceRole] | None = None
    ) -> None:
        self._connection = connection
        self._accepted = accepted
        self._roles = roles or {}
        self._logs: dict[str, _LogHere] = {}
        self._hashes: dict[tuple[str, int], bytes] = {}
        self._asked: set[tuple[str, int]] = set()
        self._rows: list[dict[str, Any]] = []

    def _here(self, log: str) -> _LogHere:
        if log not in self._logs:
            self._logs[log] = self._read(log)
        return self._logs[log]

    def _read(self, log: str) -> _LogHere:
        found = self._connection.execute(sa.select(_log).where(_log.c.log == log).with_for_update()).one_or_none()
        has_aside = self._connection.scalar(sa.select(sa.func.count()).where(_aside.c.log == log)) or 0
        end = Head(found.seq, found.hash.hex()) if found else Head()
        opened = Opening(found.device, found.key, found.station) if found else None
        if has_aside:
            waits = _rows_aside(self._connection, log, Fate.STRANGER)
            for item in map(read_arrived, waits):
                opened = opening(item.record) if item.seq == 1 and opened is None else opened
                end = Head(item.seq, item.hash.hex()) if item.seq == end.seq + 1 else end
                self._hashes[log, item.seq] = item.hash
        return _LogHere(opened, end, bool(has_aside), found is None)

    def opened(self, log: str) -> Opening | None:
        return self._here(log).opened

    def also_opened(self, log: str) -> list[Opening]:
        if not self._here(log).has_aside:
            return []
        return [opening(read_arrived(signed).record) for signed in _rows_aside(self._connection, log, Fate.FORK, 1)]

    def end(self, log: str) -> Head:
        return self._here(log).end

    def hash_at(self, log: str, seq: int) -> bytes | None:
        here = self._here(log)
        window = (log, (seq - 1) // _WINDOW)
        if seq <= here.end.seq - here.taken and window not in self._asked:
            first = window[1] * _WINDOW
            rows = self._connection.execute(
                sa.select(_record.c.seq, _record.c.hash).where(
                    _record.c.log == log, _record.c.seq > first, _record.c.seq <= first + _WINDOW
                )
            )
            self._hashes.update({(log, row.seq): row.hash for row in rows})
            self._asked.add(window)
        return self._hashes.get((log, seq))

    def is_accepted(self, opened: Opening) -> bool:
        return self._accepted.get(opened.device) == opened.key

    def may_write(self, opened: Opening, item: Arrived) -> bool:
        role = self._roles.get(opened.device)
        return role is None or may_write(role, item.record)

    def take(self, item: Arrived) -> None:
        here = self._here(item.log)
        if item.seq == 1:
            here.opened = opening(item.record)
        here.end = Head(item.seq, item.hash.hex())
        here.taken += 1
        self._hashes[item.log, item.seq] = item.hash
        self._rows.append({"log": item.log, "seq": item.seq, "hash": item.hash, **_content(item.signed)})
        if here.has_aside:  # it may have come before, when it did not fit yet
            self._connection.execute(
                _aside.delete().where(_aside.c.log == item.log, _aside.c.seq == item.seq, _aside.c.hash == item.hash)
            )

    def put_aside(self, item: Arrived, why: Fate) -> Fate:
        if (self._connection.scalar(sa.select(sa.func.count()).select_from(_aside)) or 0) >= MOST_ASIDE:
            return Fate.REFUSED
        here = self._here(item.log)
        values = {"log": item.log, "seq": item.seq, "hash": item.hash, "why": str(why), **_content(item.signed)}
        added = self._connection.execute(
            _ignoring(self._connection, _aside).values(**values).returning(_aside.c.seq)
        ).first()
        here.has_aside = True
        if why is Fate.STRANGER:
            here.end = Head(item.seq, item.hash.hex())
            self._hashes[item.log, item.seq] = item.hash
        return Fate.KNOWN if added is None else why

    def waiting_for(self, log: str, seq: int) -> list[Signed]:
        if not self._here(log).has_aside:
            return []
        rows = _rows_aside(self._connection, log, Fate.GAP, seq)
        if rows:
            self._connection.execute(
                _aside.delete().where(_aside.c.log == log, _aside.c.seq == seq, _aside.c.why == Fate.GAP)
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
                self._connection.execute(_log.insert().values(log=log, **who, **head))
            else:
                self._connection.execute(_log.update().where(_log.c.log == log).values(**head))
        self._connection.execute(_record.insert(), self._rows)


def _content(signed: Signed) -> dict[str, Any]:
    side = encode(list(signed.values)) if signed.values else None
    return {"data": signed.data, "signature": signed.signature, "side": side}


def _signed(row: sa.Row[Any]) -> Signed:
    values = decode(row.side, list[SideValue]) if row.side else []
    return Signed(bytes(row.data), bytes(row.signature), tuple(values))


def _rows_aside(connection: Connection, log: str, why: Fate, seq: int | None = None) -> list[Signed]:
    question = sa.select(_aside).where(_aside.c.log == log, _aside.c.why == str(why)).order_by(_aside.c.seq)
    if seq is not None:
        question = question.where(_aside.c.seq == seq)
    return [_signed(row) for row in connection.execute(question)]


# What is here


def vector(connection: Connection) -> dict[str, Head]:
    """How far every log is held."""
    rows = connection.execute(sa.select(_log.c.log, _log.c.seq, _log.c.hash))
    held = {row.log: Head(row.seq, row.hash.hex()) for row in rows}
    for log in list(connection.scalars(sa.select(_aside.c.log).distinct())):
        end = _HubShelf(connection, {}).end(log)
        furthest = connection.scalar(
            sa.select(sa.func.max(_aside.c.seq)).where(_aside.c.log == log, _aside.c.why != str(Fate.STRANGER))
        )
        held[log] = Head(end.seq, end.hash, furthest or 0)
    return held


def records_after(
    connection: Connection, theirs: Vector, *, most: int = MAX_BATCH_RECORDS, most_bytes: int = MAX_BATCH_BYTES
) -> tuple[list[Signed], bool]:
    """The next batch for somebody who holds `theirs`, and whether there is more."""
    batch: list[Signed] = []
    room = most_bytes
    logs = connection.execute(sa.select(_log.c.log, _log.c.seq, _log.c.hash).order_by(_log.c.log)).all()
    for log, last, digest in logs:
        head = theirs.get(log, Head())
        if head.seq == last and head.hash == digest.hex():
            continue
        for signed in _log_after(connection, log, last, head, most - len(batch) + 1):
            if batch and (len(batch) == most or signed.size > room):
                return batch, True
            batch.append(signed)
            room -= signed.size
    return batch, False


def _log_after(connection: Connection, log: str, last: int, theirs: Head, most: int) -> Iterable[Signed]:
    there = connection.scalar(sa.select(_record.c.hash).where(_record.c.log == log, _record.c.seq == theirs.seq))
    start = first_wanted(Head(last), theirs, there.hex() if there else None)
    question = sa.select(_record).where(_record.c.log == log, _record.c.seq >= start).order_by(_record.c.seq)
    for row in connection.execute(question.limit(most)):
        yield _signed(row)


def heads_of(connection: Connection, logs: Sequence[str]) -> dict[str, Head]:
    """How far these logs are held: what a receipt says."""
    rows = connection.execute(sa.select(_log.c.log, _log.c.seq, _log.c.hash).where(_log.c.log.in_(logs)))
    return {row.log: Head(row.seq, row.hash.hex()) for row in rows}


# The hub's own log


def append(connection: Connection, own: Device, log: str, kind: str, body: Mapping[str, Any], at: datetime) -> None:
    """Add a record to the hub's own log, which this process alone writes."""
    _write(connection, own, log, open_log(connection, own, log, at), kind, body, at)


def open_log(connection: Connection, own: Device, log: str, at: datetime) -> Head:
    """The end of the hub's own log, begun at the first call. It names the log before: a restored hub shows by that."""
    head = heads_of(connection, [log]).get(log, Head())
    if head.seq:
        return head
    parent = _end_of_the_log_before(connection)
    put_setting(connection, _OWN_LOG, log)
    opened = {"parent": parent, "key": own.public, "station": "Hub", "app": __version__}
    return _write(connection, own, log, head, Kind.OPEN, opened, at)


def _end_of_the_log_before(connection: Connection) -> list[Any] | None:
    log = get_setting(connection, _OWN_LOG)
    head = heads_of(connection, [log]).get(log) if log else None
    return [log, head.seq, head.hash] if head else None


def _write(
    connection: Connection, own: Device, log: str, head: Head, kind: str, body: Mapping[str, Any], at: datetime
) -> Head:
    now_ms = to_ms(at)
    hlc = Hlc(*get_setting(connection, _OWN_CLOCK, [0, 0])).next(now_ms)
    put_setting(connection, _OWN_CLOCK, [hlc.wall_ms, hlc.count])
    data = canonical(
        {
            "v": FORMAT,
            "log": log,
            "seq": head.seq + 1,
            "prev": head.hash if head.seq else NO_PREDECESSOR,
            "dev": own.id,
            "hlc": (hlc.wall_ms, hlc.count),
            "wall": now_ms,
            "tz": "+00:00",
            "mono": 0,
            "clk": None,
            "actor": "hub",
            "role": Role.HUB,
            "gate": None,
            "basis": None,
            "kind": kind,
            "crit": kind in CRITICAL,
            "body": body,
        }
    )
    received = take_in(connection, {}, own, [Signed(data, own.key.sign(data))])
    assert received.fates[Fate.TAKEN] == 1, "the hub's own record does not fit its own log"
    return Head(head.seq + 1, record_hash(data).hex())


def announce(
    connection: Connection, own: Device, log: str, devices: Mapping[str, tuple[str, str]], at: datetime
) -> int:
    """Tell stations in the hub's log which devices count: those named (device → key, name), and no others.

    Answers how many records that took; none where they have been told.
    """
    open_log(connection, own, log, at)
    told = {row.device: row.accepted for row in connection.execute(sa.select(_announced))}
    changes = [(device, True) for device in devices if not told.get(device, False)]
    changes += [(device, False) for device, accepted in told.items() if accepted and device not in devices]
    for device, accepted in changes:
        if accepted:
            key, name = devices[device]
            append(connection, own, log, Kind.DEVICE_ADD, {"device": device, "key": key, "name": name}, at)
        else:
            append(connection, own, log, Kind.DEVICE_REVOKE, {"device": device}, at)
        connection.execute(_announced.delete().where(_announced.c.device == device))
        connection.execute(_announced.insert().values(device=device, accepted=accepted))
    return len(changes)


def count(connection: Connection) -> int:
    """How many records there are."""
    return connection.scalar(sa.select(sa.func.count()).select_from(_record)) or 0
