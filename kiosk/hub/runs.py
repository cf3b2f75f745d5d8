"""Many pushes, one transaction: what nearly every station pushes nearly always is placed with a handful of statements.

A run (`reading.py`) that follows what is held of its log is put there. Everything else – what came before, what does
not follow, a log of which something is kept aside – is for `taking.py`, whose answer and whose rows would be the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any, TypeAlias

from kiosk.domain.exchange import Fate, Head, Opening
from kiosk.domain.placing import Received
from kiosk.hub.database import Connection, driver_cursor
from kiosk.hub.reading import Row, Run
from kiosk.hub.record_tables import lock, log_table

_End: TypeAlias = tuple[str, str, Head]
"""Whose log it is (device and key), and how far it is held."""
_NOT_HERE: _End = ("", "", Head())
"""In place of the end of a log that takes no run: something of it is kept aside."""
_END = """select named.value, log.device, log.key, log.seq, log.hash,
    exists (select 1 from aside where aside.log = named.value)
    from {logs} left join log on log.log = named.value"""
_ENDS = {
    "sqlite": _END.format(logs="json_each(?) as named"),
    "postgresql": _END.format(logs="unnest(%s::text[]) as named (value)"),
}
_ROWS_AT_ONCE = 100
"""Rows in one statement of SQLite: while it works, other threads do."""
_ONE_ON_SQLITE = "insert into record (log, seq, hash, data, signature) values (?, ?, ?, ?, ?)"
_MANY_ON_SQLITE = _ONE_ON_SQLITE + ", (?, ?, ?, ?, ?)" * (_ROWS_AT_ONCE - 1)
_END_ON_SQLITE = "update log set seq = ?, hash = ? where log = ?"
_ALL_ON_POSTGRESQL = """with kept as (
        insert into record (log, seq, hash, data, signature)
        select * from unnest(%b::text[], %b::bigint[], %b::bytea[], %b::bytea[], %b::bytea[])
    ) update log set seq = ended.seq, hash = ended.hash
    from unnest(%b::bigint[], %b::bytea[], %b::text[]) as ended (seq, hash, log) where log.log = ended.log"""


def take_in_runs(connection: Connection, pushes: Sequence[Sequence[Run] | None]) -> list[Received | None]:
    """Place what was pushed, each push whole or not at all: None for those that are left to `taking.take_in`."""
    logs = {run.log for push in pushes for run in push or ()}
    if not logs:
        return [None] * len(pushes)
    ends = _ends(connection, list(logs))
    fitting = [push if push and _fits(ends, push) else None for push in pushes]
    taken = [run for push in fitting for run in push or ()]
    if taken:
        _keep(connection, taken)
    return [_received(push) if push else None for push in fitting]


def _ends(connection: Connection, logs: Sequence[str]) -> dict[str, _End]:
    """Where these logs end, locked until this transaction has ended; those that are not here are not named."""
    lock(connection, logs)
    named = logs if connection.dialect.name == "postgresql" else json.dumps(logs)
    cursor = driver_cursor(connection)
    cursor.execute(_ENDS[connection.dialect.name], (named,))
    ends = {}
    for log, device, key, seq, hash_, has_aside in cursor.fetchall():
        if has_aside:
            ends[log] = _NOT_HERE
        elif device is not None:
            ends[log] = (device, key, Head(seq, hash_.hex()))
    return ends


def _fits(ends: dict[str, _End], push: Sequence[Run]) -> bool:
    """Whether every run follows what is held; then `ends` is where logs end after it."""
    after: dict[str, _End] = {}
    for run in push:
        begins = (run.device, run.key, Head())
        if after.get(run.log, ends.get(run.log, begins)) != (run.device, run.key, run.before):
            return False
        after[run.log] = (run.device, run.key, run.end)
    ends.update(after)
    return True


def _keep(connection: Connection, taken: Sequence[Run]) -> None:
    last = {run.log: run.end for run in taken}
    new = {run.log: run.opened for run in taken if run.opened is not None}
    if new:
        connection.execute(log_table.insert(), [_log_row(log, opened, last.pop(log)) for log, opened in new.items()])
    heads = [(end.seq, bytes.fromhex(end.hash), log) for log, end in last.items()]
    rows = [row for run in taken for row in run.rows]
    cursor = driver_cursor(connection)
    if connection.dialect.name == "postgresql":
        cursor.execute(_ALL_ON_POSTGRESQL, (*_columns(rows), *(_columns(heads) or ([], [], []))))
        return
    _keep_on_sqlite(cursor, rows)
    if heads:
        cursor.executemany(_END_ON_SQLITE, heads)


def _keep_on_sqlite(cursor: Any, rows: Sequence[Row]) -> None:
    whole = len(rows) - len(rows) % _ROWS_AT_ONCE
    for start in range(0, whole, _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        cursor.execute(_MANY_ON_SQLITE, tuple(chain.from_iterable(part)))
    if rest := rows[whole:]:
        cursor.executemany(_ONE_ON_SQLITE, rest)


def _columns(rows: Sequence[tuple[object, ...]]) -> tuple[list[object], ...]:
    return tuple(map(list, zip(*rows, strict=True)))


def _log_row(log: str, opened: Opening, end: Head) -> dict[str, object]:
    who = {"device": opened.device, "key": opened.key, "station": opened.station}
    return {"log": log, **who, "seq": end.seq, "hash": bytes.fromhex(end.hash)}


def _received(push: Sequence[Run]) -> Received:
    received = Received()
    for run in push:
        received.fates[Fate.TAKEN] += len(run.rows)
        received.kinds += run.kinds
        received.taken += run.records
    return received
