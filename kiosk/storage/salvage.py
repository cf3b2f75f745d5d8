"""A damaged journal: set aside, never deleted, and every record that still proves itself is carried over."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from kiosk.domain.journal import read_record, record_hash, value_mac
from kiosk.storage.database import Connection, DriverError, connect

_log = logging.getLogger(__name__)


def set_aside(path: Path) -> Path:
    """Rename a damaged database, with its write-ahead log, so that a sound one can take its place. Answers the new path."""
    stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1000:03}"
    damaged = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(damaged.with_name(damaged.name + suffix))
    return damaged


def salvage(damaged: Path, key: bytes, into: Connection) -> dict[str, int]:
    """Copy what can still be read and proves itself. Answers how many records, values, settings and print jobs that was."""
    saved = {"records": 0, "values": 0, "settings": 0, "jobs": 0}
    try:
        source = connect(damaged, key, durable=False, read_only=True)
    except Exception as error:  # noqa: BLE001  (whatever is wrong with it, the station must start)
        _log.error("nothing can be read from the damaged journal: %s", error)
        return saved
    into.execute("begin immediate")
    try:
        for row in _rows(source, "record", "arrival, log, seq, hash, bytes, signature"):
            if _proves_itself(row):
                into.execute("insert or ignore into record values (?, ?, ?, ?, ?, ?)", row)
                saved["records"] += 1
        for row in _plain_rows(source, "select log, seq, n, mac, salt, value from value"):
            if row[5] is None or value_mac(row[4], row[5]) == row[3]:
                into.execute("insert or ignore into value values (?, ?, ?, ?, ?, ?)", row)
                saved["values"] += 1
        for row in _plain_rows(source, "select name, value from setting"):
            into.execute("insert or replace into setting values (?, ?)", row)
            saved["settings"] += 1
        for row in _plain_rows(source, "select * from print_job"):
            into.execute(f"insert or ignore into print_job values ({','.join('?' * len(row))})", row)
            saved["jobs"] += 1
        into.execute("commit")
    except BaseException:
        into.execute("rollback")
        raise
    finally:
        with suppress(DriverError):
            source.close()
    return saved


def _proves_itself(row: tuple[int, str, int, bytes, bytes, bytes]) -> bool:
    """The hash fits, and the bytes say what the row says. Signatures are checked by `kiosk verify`, with the whole chain."""
    _arrival, log, seq, digest, data, _signature = row
    try:
        record = read_record(data)
    except ValueError:
        return False
    return record_hash(data) == digest and (record.id.log, record.id.seq) == (log, seq)


def _rows(source: Connection, table: str, columns: str) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Rows by their number; a page that cannot be read costs the rows on it, not those after it."""
    try:
        last = source.execute(f"select max(rowid) from {table}").fetchone()[0] or 0
    except DriverError:
        last = 0
    step, start = 64, 0
    while start < last:
        try:
            yield from source.execute(
                f"select {columns} from {table} where rowid > ? and rowid <= ? order by rowid", (start, start + step)
            ).fetchall()
        except DriverError:
            for number in range(start + 1, start + step + 1):
                with suppress(DriverError):
                    yield from source.execute(f"select {columns} from {table} where rowid = ?", (number,)).fetchall()
        start += step


def _plain_rows(source: Connection, sql: str) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Rows in the table's order, up to the first page that cannot be read."""
    with suppress(DriverError):
        yield from source.execute(sql)
