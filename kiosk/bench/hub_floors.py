"""What the database alone takes, without a hub: the very rows that stations push, bare.

The same columns under the same key, idempotent, one connection, one transaction a batch, durable: SQLite through
sqlcipher as the hub opens it (WAL, synchronous=FULL); PostgreSQL as it is set up, which the rows' names say, in the
quickest of the ways tried (arrays for a batch, a prepared statement for one row). Nothing is read, proved, signed or
sent over a network.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest
from typing import TypeAlias

import psycopg

from kiosk.bench.hub_served import Client, Served
from kiosk.domain.journal import record_hash
from kiosk.storage.database import connect

_TABLE = """create table bench_record (
  log text not null, seq bigint not null, hash {blob} not null, data {blob} not null, signature {blob} not null,
  side {blob}, primary key (log, seq))"""
_ON_SQLITE = "insert into bench_record values (?, ?, ?, ?, ?, null) on conflict do nothing"
_ONE_ON_POSTGRESQL = "insert into bench_record values (%b, %b, %b, %b, %b, null) on conflict do nothing"
_MANY_ON_POSTGRESQL = """insert into bench_record (log, seq, hash, data, signature)
  select * from unnest(%b::text[], %b::bigint[], %b::bytea[], %b::bytea[], %b::bytea[]) on conflict do nothing"""

Row: TypeAlias = tuple[str, int, bytes, bytes, bytes]


def name_of(url: str | None) -> str:
    """What the database is, and how durable."""
    if url is None:
        return "SQLite"
    with psycopg.connect(url) as connection:
        (version, fsync, commits) = connection.execute(
            "select current_setting('server_version_num')::int / 10000, current_setting('fsync'),"
            " current_setting('synchronous_commit')"
        ).fetchone() or (0, "", "")
    durable = fsync == "on" and commits != "off"
    return f"PostgreSQL {version}" if durable else f"PostgreSQL {version}, not durable"


def floor(hub: Served, batch: int) -> float:
    """Rows a second, of all that the hub's stations have to push, in their order: a batch of each, and again."""
    batches = [
        part for turn in zip_longest(*(_batches(client, batch) for client in hub.clients)) for part in turn if part
    ]
    seconds = _on_postgresql(hub.url, batches) if hub.url else _on_sqlite(hub, batches)
    return sum(map(len, batches)) / seconds


def _batches(client: Client, batch: int) -> list[list[Row]]:
    rows = [
        (client.log, n, record_hash(each.data), each.data, each.signature) for n, each in enumerate(client.records, 1)
    ]
    return [rows[n : n + batch] for n in range(0, len(rows), batch)]


def _timed(batches: Sequence[Sequence[Row]], put: Callable[[Sequence[Row]], object]) -> float:
    begun = time.perf_counter()
    for part in batches:
        put(part)
    return time.perf_counter() - begun


def _on_sqlite(hub: Served, batches: Sequence[Sequence[Row]]) -> float:
    path = hub.folder / "floor.db"
    connection = connect(path, hub.key, durable=True)
    connection.execute(_TABLE.format(blob="blob"))

    def put(part: Sequence[Row]) -> None:
        connection.execute("begin immediate")
        connection.executemany(_ON_SQLITE, part)
        connection.execute("commit")

    try:
        return _timed(batches, put)
    finally:
        connection.close()
        path.unlink()


def _on_postgresql(url: str, batches: Sequence[Sequence[Row]]) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLE.format(blob="bytea"))
        try:
            if len(batches[0]) == 1:
                rows = list(chain.from_iterable(batches))
                return _timed(
                    [rows], lambda part: [connection.execute(_ONE_ON_POSTGRESQL, row, prepare=True) for row in part]
                )
            return _timed(
                batches,
                lambda part: connection.execute(
                    _MANY_ON_POSTGRESQL, [*map(list, zip(*part, strict=True))], prepare=True
                ),
            )
        finally:
            connection.execute("drop table bench_record")
