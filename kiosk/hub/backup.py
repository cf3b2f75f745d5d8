"""A backup of the hub that needs nothing else: one file, sealed under a passphrase, put back in either database.

It holds the hub's identity and every table, row by row, as they were at one moment; stations go on meanwhile. Rows and
not the database's own file, so that a hub that began on a laptop can go on in PostgreSQL, and because the file must be
readable where the keyring that opened the original is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from kiosk.errors import BadInput
from kiosk.hub.database import HUB_FILE, Connection, Database, metadata, open_database
from kiosk.hub.identity import KEYS_FILE, export_keys, import_keys
from kiosk.hub.schema import STEPS
from kiosk.hub.seats import begin_barrier
from kiosk.i18n import _
from kiosk.wire.sealed import SealedReader, SealedWriter

FORMAT = 1
ROWS = 500
MOST_BYTES = 8 * 1024 * 1024
_SCHEMA = "schema_step"


class _Begin(msgspec.Struct, frozen=True):
    """The first frame."""

    format: int
    keys: dict[str, str]
    steps: list[str]


class _Rows(msgspec.Struct, frozen=True):
    """Rows of one table; bytes are hex in a pair of their own, since JSON has none."""

    table: str
    rows: list[list[Any]]


@dataclass(frozen=True, slots=True)
class Copied:
    """What was written or put back."""

    rows: int
    records: int


def back_up(database: Database, folder: Path, key: bytes, path: Path, passphrase: str) -> Copied:
    """Write the backup. Raises KioskError, in words; a file of that name is replaced when the new one is complete."""
    rows = records = 0
    with SealedWriter(path, passphrase) as sealed, database.snapshot() as connection:
        steps = list(connection.scalars(sa.select(metadata.tables[_SCHEMA].c.name)))
        sealed.write(msgspec.json.encode(_Begin(FORMAT, export_keys(folder, key), steps)))
        for table in _tables():
            for part in _parts(connection, table):
                sealed.write(msgspec.json.encode(_Rows(str(table.name), part)))
                rows += len(part)
                records += len(part) * (table.name == "record")
    return Copied(rows, records)


def restore(folder: Path, key: bytes, url: str | None, path: Path, passphrase: str) -> Copied:
    """Put a backup into an empty folder, and into an empty database. Raises KioskError, in words."""
    if (folder / KEYS_FILE).exists() or (folder / HUB_FILE).exists():
        words = _("{folder} holds a hub already. Choose an empty folder with --data.")
        raise BadInput(words.format(folder=folder))
    reader = SealedReader(path, passphrase)
    for _frame in reader.frames():
        pass  # proves the whole file before anything is written
    frames = reader.frames()
    begin = msgspec.json.decode(next(frames), type=_Begin)
    if begin.format != FORMAT or set(begin.steps) - {name for name, _step in STEPS}:
        raise BadInput(_("The backup was made by a newer version of this program. Update the program."))
    folder.mkdir(parents=True, exist_ok=True)
    database = open_database(folder, key, url, STEPS)
    try:
        copied = database.write(lambda connection: _fill(connection, frames))
        database.write(begin_barrier)  # what it handed out since is not in the backup
    finally:
        database.close()
    import_keys(folder, key, begin.keys)
    return copied


def _tables() -> list[sa.Table]:
    return [table for table in metadata.sorted_tables if table.name != _SCHEMA]


def _parts(connection: Connection, table: sa.Table) -> Iterator[list[list[Any]]]:
    part: list[list[Any]] = []
    size = 0
    with connection.execution_options(yield_per=ROWS).execute(sa.select(table)) as found:
        for row in found:
            values = [_out(value) for value in row]
            size += sum(len(value[0]) for value in values if isinstance(value, list))
            part.append(values)
            if len(part) == ROWS or size > MOST_BYTES:
                yield part
                part, size = [], 0
    if part:
        yield part


def _fill(connection: Connection, frames: Iterator[bytes]) -> Copied:
    rows = records = 0
    for table in _tables():
        if connection.execute(sa.select(table).limit(1)).first() is not None:
            raise BadInput(_("The database is not empty. Choose an empty one."))
    for frame in frames:
        part = msgspec.json.decode(frame, type=_Rows)
        table = metadata.tables[part.table]
        names = [column.name for column in table.columns]
        connection.execute(table.insert(), [dict(zip(names, map(_in, row), strict=True)) for row in part.rows])
        rows += len(part.rows)
        records += len(part.rows) * (part.table == "record")
    return Copied(rows, records)


def _out(value: Any) -> Any:
    return [bytes(value).hex()] if isinstance(value, bytes | memoryview) else value


def _in(value: Any) -> Any:
    return bytes.fromhex(value[0]) if isinstance(value, list) else value
