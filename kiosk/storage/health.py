"""How the database files are, for the opening self-check."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlcipher3 import dbapi2 as driver

from kiosk.domain import journal as records
from kiosk.storage.database import MIN_SQLITE, Connection, scalar


def sqlite_version() -> tuple[str, bool]:
    """The version of the SQLite in use, and whether it is past the bug that damages files."""
    return driver.sqlite_version, driver.sqlite_version_info >= MIN_SQLITE


def sound(connection: Connection) -> bool:
    """Read every page of a database once, each with a code that shows damage: a second for some hundred megabytes."""
    return bool(scalar(connection, "pragma quick_check(1)") == "ok")


def last_record_at(journal: Connection) -> datetime | None:
    """When the newest record says it was made (aware UTC), None in an empty journal."""
    data = scalar(journal, "select bytes from record order by arrival desc limit 1")
    return records.read_record(data).at.astimezone(UTC) if data is not None else None
