"""Proving what the hub holds: chains hold with and without the personal values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kiosk.domain.exchange import Arrived, SideValue, Signed, read_arrived
from kiosk.domain.journal import NO_PREDECESSOR
from kiosk.domain.retention import is_personal
from kiosk.hub.database import Connection, metadata
from kiosk.hub.losses import heeded
from kiosk.storage.exchange import is_signed_by
from kiosk.wire.codec import decode


@dataclass(frozen=True, slots=True)
class Findings:
    """What a proof came to."""

    records: int
    logs: int
    values: int
    """Personal values that are still here."""
    problems: tuple[str, ...]


def verify(connection: Connection) -> Findings:
    """Every log: no gaps but those stated, each record names the one before, hashes, signatures and side values fit."""
    table, logs = metadata.tables["record"], metadata.tables["log"]
    keys = {row.log: row.key for row in connection.execute(sa.select(logs.c.log, logs.c.key))}
    heads = {row.log: row.seq for row in connection.execute(sa.select(logs.c.log, logs.c.seq))}
    records = values = 0
    problems: list[str] = []
    ends: dict[str, tuple[int, str]] = {}
    query = sa.select(table).order_by(table.c.log, table.c.seq)
    with connection.execution_options(yield_per=1000).execute(query) as rows:
        for row in rows:
            records += 1
            seq, prev = ends.get(row.log, (0, NO_PREDECESSOR))
            if row.seq != seq + 1 and _was_lost(connection, row, seq):
                seq, prev = row.seq - 1, ""
            what, here = _look(row, seq + 1, prev, keys.get(row.log, ""))
            values += here
            if what:
                problems.append(f"{row.log}:{row.seq} {what}")
            ends[row.log] = (row.seq, bytes(row.hash).hex())
    problems += [f"{log}:{seq} is missing" for log, seq in heads.items() if ends.get(log, (0, ""))[0] != seq]
    return Findings(records, len(ends), values, tuple(problems))


def _was_lost(connection: Connection, row: sa.Row[Any], end: int) -> bool:
    """Whether it was said that records between are lost for ever."""
    return any(gap.joins(end, row.seq, bytes(row.hash).hex()) for gap in heeded(connection, row.log))


def _look(row: sa.Row[Any], seq: int, prev: str, key: str) -> tuple[str, int]:
    """What is wrong with a record, and how many personal values are with it."""
    try:
        side = decode(bytes(row.side), list[SideValue]) if row.side else []
        signed = Signed(bytes(row.data), bytes(row.signature), tuple(side))
        arrived = read_arrived(signed)
    except ValueError as error:
        return f"cannot be read: {error}", 0
    personal = is_personal(arrived.record.kind)
    return _problem(arrived, row, seq, prev, key), sum(personal and value.value is not None for value in side)


def _problem(arrived: Arrived, row: sa.Row[Any], seq: int, prev: str, key: str) -> str:
    if (arrived.log, arrived.seq) != (row.log, row.seq):
        return "carries another record's name"
    if arrived.hash != bytes(row.hash):
        return "was altered: its hash does not fit"
    if arrived.seq != seq or (prev and arrived.record.prev != prev):
        return "does not follow the record before it"
    if not is_signed_by(key, arrived.signed.signature, arrived.signed.data):
        return "is not signed by its station"
    return ""
