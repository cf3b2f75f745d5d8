"""The records of all stations at the hub: how far each log is held, what is sent on, and the hub's own log.

Taking in is `taking`, the tables are `record_tables`. Everything here runs in a transaction of the writer, or reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kiosk import __version__
from kiosk.domain.exchange import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, Fate, Head, Signed, Vector, first_wanted
from kiosk.domain.journal import CRITICAL, FORMAT, NO_PREDECESSOR, Hlc, Kind, Role, canonical, record_hash, to_ms
from kiosk.domain.trust import DeviceRole
from kiosk.hub.database import Connection
from kiosk.hub.losses import with_holes
from kiosk.hub.record_tables import announced_table, aside_table, log_table, record_table, signed_of
from kiosk.hub.settings import get_setting, put_setting
from kiosk.hub.taking import end_of, take_in
from kiosk.storage.journal import Device

_OWN_LOG, _OWN_CLOCK = "own_log", "own_clock"
_AT_ONCE = 50
"""Records of a page read together: an import's are large."""
_TOLD_ROLES = "told_roles"
"""What each device was last said to be for."""
_TOLD_GONE = "told_gone"
"""Devices of which it was said how far they counted."""
_ENDS_A_RECORD = 60
"""Of logs; a record holds 4 KiB."""

# What is here


def vector(connection: Connection) -> dict[str, Head]:
    """How far every log is held."""
    rows = connection.execute(sa.select(log_table.c.log, log_table.c.seq, log_table.c.hash))
    held = {row.log: Head(row.seq, row.hash.hex()) for row in rows}
    for log in list(connection.scalars(sa.select(aside_table.c.log).distinct())):
        end = end_of(connection, log)
        furthest = connection.scalar(
            sa.select(sa.func.max(aside_table.c.seq)).where(
                aside_table.c.log == log, aside_table.c.why != str(Fate.STRANGER)
            )
        )
        if connection.scalar(_FORBIDDEN, {"log": log}):
            held[log] = Head(end.seq, end.hash, kept=furthest or 0)
        else:
            held[log] = Head(end.seq, end.hash, furthest or 0)
    with_holes(connection, held)
    return held


_FORBIDDEN = (
    sa.select(sa.func.count())
    .select_from(aside_table)
    .where(aside_table.c.log == sa.bindparam("log"), aside_table.c.why == str(Fate.FORBIDDEN))
)


def records_after(
    connection: Connection,
    theirs: Vector,
    own: str = "",
    *,
    most: int = MAX_BATCH_RECORDS,
    most_bytes: int = MAX_BATCH_BYTES,
) -> tuple[list[Signed], bool]:
    """The next batch for somebody who holds `theirs`, and whether there is more. What the hub (the device `own`) wrote
    itself comes first: it says whose records count.
    """
    batch: list[Signed] = []
    room = most_bytes
    logs = connection.execute(
        sa.select(log_table.c.log, log_table.c.seq, log_table.c.hash).order_by(
            log_table.c.device != own, log_table.c.log
        )
    ).all()
    for log, last, digest in logs:
        head = theirs.get(log, Head())
        if head.seq == last and head.hash == digest.hex() and not head.holes:
            continue
        for signed in _log_after(connection, log, last, head, most - len(batch) + 1):
            if batch and (len(batch) == most or signed.size > room):
                return batch, True
            batch.append(signed)
            room -= signed.size
    return batch, False


def _log_after(connection: Connection, log: str, last: int, theirs: Head, most: int) -> Iterable[Signed]:
    there = connection.scalar(
        sa.select(record_table.c.hash).where(record_table.c.log == log, record_table.c.seq == theirs.seq)
    )
    start = first_wanted(Head(last), theirs, there.hex() if there else None)
    wanted = [record_table.c.seq.between(first, last) for first, last in theirs.holes]
    question = (
        sa.select(record_table)
        .where(record_table.c.log == log, sa.or_(record_table.c.seq >= start, *wanted))
        .order_by(record_table.c.seq)
    )
    for row in connection.execute(question.limit(most)):
        yield signed_of(row)


def writers(connection: Connection) -> dict[str, str]:
    """The keys of the devices that wrote what is here, be they gone by now."""
    return {row.device: row.key for row in connection.execute(sa.select(log_table.c.device, log_table.c.key))}


Place = tuple[str, int]
"""A log and a place in it. Before all others: `("", 0)`."""


def page_after(
    connection: Connection, where: Place, *, most: int, most_bytes: int
) -> tuple[list[Signed], Place | None]:
    """The records after a place, in the order of logs and places, and the last one's place where there are more."""
    page: list[Signed] = []
    room = most_bytes
    while True:
        rows = connection.execute(_after(where)).all()
        for row in rows:
            signed = signed_of(row)
            if page and (len(page) == most or signed.size > room):
                return page, where
            page.append(signed)
            room -= signed.size
            where = (row.log, row.seq)
        if len(rows) < _AT_ONCE:
            return page, None


def _after(where: Place) -> sa.Select[Any]:
    place = sa.tuple_(record_table.c.log, record_table.c.seq)
    order = (record_table.c.log, record_table.c.seq)
    return sa.select(record_table).where(place > sa.tuple_(*where)).order_by(*order).limit(_AT_ONCE)


def held(connection: Connection) -> int:
    """How many records are held without a gap."""
    return int(connection.scalar(sa.select(sa.func.sum(log_table.c.seq))) or 0)


def heads_of(connection: Connection, logs: Sequence[str]) -> dict[str, Head]:
    """How far these logs are held: what a receipt says."""
    rows = connection.execute(
        sa.select(log_table.c.log, log_table.c.seq, log_table.c.hash).where(log_table.c.log.in_(logs))
    )
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


@dataclass(frozen=True, slots=True)
class Announced:
    """A device as the hub's own log tells stations of it."""

    key: str
    name: str
    role: DeviceRole
    """Stations that exchange without the hub go by it."""


def announce(connection: Connection, own: Device, log: str, devices: Mapping[str, Announced], at: datetime) -> int:
    """Tell stations in the hub's log which devices count: those named, and no others; what each is for; and of those
    that count no more, how far they did: a station that comes later takes that in.

    Answers how many records that took; none where they have been told.
    """
    open_log(connection, own, log, at)
    told = {row.device for row in connection.execute(sa.select(announced_table)) if row.accepted}
    roles: dict[str, str] = get_setting(connection, _TOLD_ROLES, {})
    new = [device for device, said in devices.items() if device not in told or roles.get(device) != said.role]
    told_gone = set(get_setting(connection, _TOLD_GONE, [])) - set(devices)
    written = set(connection.scalars(sa.select(log_table.c.device).distinct())) - {own.id}
    gone = sorted((told | written) - set(devices) - told_gone)
    for device in new:
        said = devices[device]
        body = {"device": device, "key": said.key, "name": said.name, "role": str(said.role)}
        append(connection, own, log, Kind.DEVICE_ADD, body, at)
    for device in gone:
        for body in _revocations(connection, device):
            append(connection, own, log, Kind.DEVICE_REVOKE, body, at)
    for device in (*new, *gone):
        connection.execute(announced_table.delete().where(announced_table.c.device == device))
        connection.execute(announced_table.insert().values(device=device, accepted=device in devices))
    if new or gone:
        put_setting(connection, _TOLD_ROLES, {device: str(said.role) for device, said in devices.items()})
        put_setting(connection, _TOLD_GONE, sorted(told_gone | set(gone)))
    return len(new) + len(gone)


def _revocations(connection: Connection, device: str) -> Iterator[dict[str, Any]]:
    """That a device counts no more, with where its logs end that did: as many records as they need."""
    rows = connection.execute(sa.select(log_table).where(log_table.c.device == device).order_by(log_table.c.log)).all()
    if not rows:
        yield {"device": device}
    for key in sorted({row.key for row in rows}):
        ends = [(row.log, row.seq) for row in rows if row.key == key]
        for n in range(0, len(ends), _ENDS_A_RECORD):
            yield {"device": device, "key": key, "ends": dict(ends[n : n + _ENDS_A_RECORD])}


def count(connection: Connection) -> int:
    """How many records there are."""
    return connection.scalar(sa.select(sa.func.count()).select_from(record_table)) or 0
