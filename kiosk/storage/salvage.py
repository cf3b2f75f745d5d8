"""A damaged journal: set aside, never deleted, and every record that still proves itself is carried over.

A sound journal is first made beside the damaged one and only then takes its name, so that a power cut in between loses
nothing: the next start finishes, or begins again.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from kiosk.domain.journal import Kind, read_record, record_hash, value_mac
from kiosk.errors import KeyUnavailable
from kiosk.i18n import _
from kiosk.storage import pages
from kiosk.storage.database import Connection, connect, scalar
from kiosk.storage.journal import Journal, load_device, utc_now
from kiosk.storage.migrations import migrate
from kiosk.storage.settings import put_setting

_log = logging.getLogger(__name__)

MENDED_SETTING = "mended"
"""Stands in a journal that was mended until the view has been compared with it: the view may know what was lost."""
SIDE_FILES = ("", "-wal", "-shm")
"""What SQLite adds to the name of a database for the files that belong to it."""

OLDEST_JOB_COLUMNS = 12
"""How many columns a print job had at first."""


def set_aside(path: Path) -> Path:
    """Rename a database with its write-ahead log, so that another can take its place. Answers the new path."""
    stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1_000_000:06}"
    aside = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    for suffix in SIDE_FILES:
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


def remove(path: Path) -> None:
    """Delete a database with its write-ahead log."""
    for suffix in reversed(SIDE_FILES):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def mend(path: Path, key: bytes, *, certain: bool) -> str:
    """Put a sound journal in the place of a damaged one, with all that could be saved. Answers a sentence about it.

    `certain` says that the key is known to be this folder's. Otherwise, if nothing in the file answers to the key, it
    may be the key that is wrong: KeyUnavailable is raised and nothing is touched.
    """
    beside, ready = _beside(path, "mending"), _beside(path, "mended")
    remove(beside)
    connection = connect(beside, key, durable=True)
    try:
        migrate(connection, beside)
        connection.execute("begin immediate")
        saved = _carry_over(path, key, connection)
        if not certain and not saved["records"] and _holds_something(path) and not pages.fits(path, key):
            connection.execute("rollback")
            raise KeyUnavailable(
                _(
                    "The key does not fit the file {name}, or that file is damaged from end to end. Nothing was "
                    "changed. Put {name} and key.json back from one copy, or move them away to begin anew."
                ).format(name=path.name)
            )
        if saved["records"]:
            journal = Journal(connection, load_device(connection), "")
            journal.append(Kind.RECOVER, {"from": "pages", **saved}, at=utc_now(), actor="station")
        put_setting(connection, MENDED_SETTING, True)
        connection.execute("commit")
        connection.execute("pragma wal_checkpoint(truncate)").fetchall()
    finally:
        connection.close()
    beside.rename(ready)
    finish_mending(path)
    return _(
        "The journal on this computer was damaged. {records} records were saved from it; the damaged file "
        "was kept beside it. Tell the organizer before you go on."
    ).format(records=saved["records"])


def finish_mending(path: Path) -> None:
    """Let a mended journal take its place where one is ready: after `mend`, or after a power cut in the midst of it."""
    ready = _beside(path, "mended")
    if ready.exists():
        aside = set_aside(path)
        ready.rename(path)
        _sync_folder(path.parent)
        _log.warning("a damaged journal was set aside at %s", aside)


def is_lost(path: Path) -> bool:
    """Whether there is no journal although there was one: an empty file, or none, beside what only a journal leaves."""
    if path.exists() and path.stat().st_size > 0:
        return False
    return _holds_something(path) or _holds_something(path.with_name("view.db"))


def _holds_something(path: Path) -> bool:
    parts = (path, path.with_name(path.name + "-wal"))
    return any(part.exists() and part.stat().st_size > 0 for part in parts)


def _beside(path: Path, word: str) -> Path:
    return path.with_name(f"{path.stem}.{word}{path.suffix}")


def _carry_over(damaged: Path, key: bytes, into: Connection) -> dict[str, int]:
    """Copy what proves itself. Answers how many records, values, settings and print jobs there are now."""
    columns = [name for _n, name, *_rest in into.execute("pragma table_info(print_job)")]
    for number, row in _readable(damaged, key):
        # A row of another shape than its table's is refused by the table, whose columns are typed.
        with suppress(ValueError, TypeError, OverflowError, into.IntegrityError):
            if len(row) == 6 and row[0] is None:
                _take_record(into, number, row)
            elif len(row) == 6:
                _take_value(into, row)
            elif len(row) == 2 and isinstance(row[0], str) and isinstance(row[1], str):
                json.loads(row[1])
                into.execute("insert or ignore into setting values (?, ?)", row)
            elif len(row) in _BY_COLUMNS:
                into.execute(f"insert or ignore into {_BY_COLUMNS[len(row)]} values ({','.join('?' * len(row))})", row)
            elif OLDEST_JOB_COLUMNS <= len(row) <= len(columns):
                # A row written before a column was added does not hold it.
                named, marks = ",".join(columns[: len(row)]), ",".join("?" * len(row))
                into.execute(f"insert or ignore into print_job ({named}) values ({marks})", row)
    tables = {"records": "record", "values": "value", "settings": "setting", "jobs": "print_job"}
    return {name: scalar(into, f"select count(*) from {table}") for name, table in tables.items()}


def _readable(damaged: Path, key: bytes) -> Iterator[tuple[int | None, pages.Row]]:
    try:
        yield from pages.rows(damaged, key)
    except (OSError, MemoryError) as error:
        _log.error("no more can be read from the damaged journal: %s", error)


def _take_record(into: Connection, number: int | None, row: pages.Row) -> None:
    """A record whose hash fits and whose bytes say what the row says. `kiosk verify` checks signatures and chains."""
    _none, log, seq, digest, data, _signature = row
    record = read_record(data)
    if record_hash(data) == digest and (record.id.log, record.id.seq) == (log, seq):
        into.execute("insert or ignore into record values (?, ?, ?, ?, ?, ?)", (number, *row[1:]))


def _take_value(into: Connection, row: pages.Row) -> None:
    _log_id, _seq, _n, mac, salt, value = row
    if value is None or value_mac(salt, value) == mac:
        into.execute("insert or ignore into value values (?, ?, ?, ?, ?, ?)", row)


_BY_COLUMNS = {7: "aside", 4: "receipt"}
"""Tables whose rows are known by how many columns they have; their columns are typed, and refuse any other row."""


def _sync_folder(folder: Path) -> None:
    """Make renames durable, where the system has a way to."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
