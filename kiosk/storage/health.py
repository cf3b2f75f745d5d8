"""How the database files are, for the opening self-check."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlcipher3 import dbapi2 as driver

from kiosk.storage.database import MIN_SQLITE, Connection, scalar
from kiosk.storage.journal import last_own


def sqlite_version() -> tuple[str, bool]:
    """The version of the SQLite in use, and whether it is past the bug that damages files."""
    return driver.sqlite_version, driver.sqlite_version_info >= MIN_SQLITE


def sound(connection: Connection) -> bool:
    """Read every page of a database once, each with a code that shows damage: a second for some hundred megabytes."""
    return bool(scalar(connection, "pragma quick_check(1)") == "ok")


def last_offset_ms(connection: Connection, device: str) -> int | None:
    """What the hub's clock had more than this computer's at its newest record; None where they were not compared."""
    last = last_own(connection, device)
    return last.record.clk[0] if last is not None and last.record.clk and not last.record.said else None


def last_record_at(connection: Connection, device: str) -> datetime | None:
    """When the newest record of this device says it was made (aware UTC), None where it has written none."""
    last = last_own(connection, device)
    return last.record.at.astimezone(UTC) if last is not None else None
