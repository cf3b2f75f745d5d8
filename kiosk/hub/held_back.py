"""Records the hub holds back, because one stops the rest of its log; and what an organizer can do about it.

One that its device may not write is let count, or left out. Where records are missing that nobody has any more, those
behind are let count without them. Either way the rest of the log flows, and everybody is told by a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from kiosk.domain.exchange import Arrived, Fate, read_arrived
from kiosk.domain.fleet import HeldBack
from kiosk.domain.gaps import Gap, body_of
from kiosk.domain.journal import Kind
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput
from kiosk.hub import records, taking
from kiosk.hub.database import Connection
from kiosk.hub.devices import all_devices
from kiosk.hub.record_tables import aside_table, log_table, signed_of
from kiosk.i18n import _
from kiosk.storage.journal import Device

_STOPS = (str(Fate.FORBIDDEN), str(Fate.GAP))


def held_back(connection: Connection) -> list[HeldBack]:
    """What is held back, and why; one entry a log. A log that is not opened here has nothing to be held back from."""
    logs = sa.select(aside_table.c.log).where(aside_table.c.why.in_(_STOPS)).distinct()
    rows = connection.execute(sa.select(log_table).where(log_table.c.log.in_(logs)).order_by(log_table.c.log)).all()
    return [_held_back(connection, row) for row in rows]


def _held_back(connection: Connection, row: sa.Row[tuple[object, ...]]) -> HeldBack:
    first, waiting = _first(connection, row.log)
    forbidden = _why(connection, first) == Fate.FORBIDDEN
    kind, missing = (first.record.kind, 0) if forbidden else ("", first.seq - row.seq - 1)
    name = {each.id: each.name for each in all_devices(connection)}.get(row.device, row.station)
    return HeldBack(row.log, first.seq, row.device, name, kind, missing, waiting)


def _first(connection: Connection, log: str) -> tuple[Arrived, int]:
    """The record that stops the others, and how many wait with it."""
    stopped = (aside_table.c.log == log, aside_table.c.why.in_(_STOPS))
    row = connection.execute(sa.select(aside_table).where(*stopped).order_by(aside_table.c.seq).limit(1)).one_or_none()
    if row is None:
        raise BadInput(_("Nothing of this log is held back any more. Look at the list again."))
    waiting = connection.scalar(sa.select(sa.func.count()).select_from(aside_table).where(*stopped)) or 0
    return read_arrived(signed_of(row)), waiting


def _here(item: Arrived) -> sa.ColumnElement[bool]:
    return sa.and_(aside_table.c.log == item.log, aside_table.c.seq == item.seq, aside_table.c.hash == item.hash)


def _why(connection: Connection, item: Arrived) -> str:
    return str(connection.scalar(sa.select(aside_table.c.why).where(_here(item))))


def let_count(connection: Connection, own: Device, log: str) -> None:
    """Let the record that stops this log count, whatever its device may write; what waits behind it flows.

    In a transaction of the writer. Raises BadInput, in words.
    """
    first, _waiting = _first(connection, log)
    if _why(connection, first) != Fate.FORBIDDEN:
        raise BadInput(_("Records are missing here: they cannot be let count. Let those behind them count."))
    connection.execute(aside_table.delete().where(_here(first)))
    keys, roles = _keys(connection, log), _roles(connection)
    taking.take_in(connection, keys, own, [first.signed], roles, allowed={first.hash})


def leave_out(connection: Connection, own: Device, boot: str, log: str, at: datetime) -> None:
    """Let what waits in this log count without the record that stops it, or without those that are missing.
    `own`: the hub; `boot`: the log it writes now.

    In a transaction of the writer. Raises BadInput, in words.
    """
    first, waiting = _first(connection, log)
    if _why(connection, first) == Fate.FORBIDDEN:
        connection.execute(aside_table.update().where(_here(first)).values(why=str(Fate.FORK)))
        if waiting == 1:
            return
        gap_from, (follows, _left) = first.seq, _first(connection, log)
    else:
        gap_from, follows = records.heads_of(connection, [log])[log].seq + 1, first
    gap = Gap(log, gap_from, follows.seq - 1, follows.record.prev, follows.hash.hex(), "")
    records.append(connection, own, boot, Kind.GAP, body_of(gap), at)
    taking.release(connection, _keys(connection, log), own, _roles(connection))


def _keys(connection: Connection, log: str) -> dict[str, str]:
    """Whoever wrote this log counts, as far as it goes: a person has just looked at it."""
    row = connection.execute(sa.select(log_table).where(log_table.c.log == log)).one()
    return {row.device: row.key}


def _roles(connection: Connection) -> Mapping[str, DeviceRole]:
    return {device.id: device.role for device in all_devices(connection)}
