"""Choices made on this station, and who it is: small named JSON values in `journal.db`."""

from __future__ import annotations

import json
from typing import Any

from kiosk.storage.database import Connection

COPY_PREFIX = "setting."
"""Settings are copied into the view's state under this prefix: they come back with it when the journal is lost."""


def get_setting(connection: Connection, name: str, default: Any = None) -> Any:
    """The value of a setting, or the default."""
    row = connection.execute("select value from setting where name = ?", (name,)).fetchone()
    return json.loads(row[0]) if row else default


def put_setting(connection: Connection, name: str, value: Any) -> None:
    """Keep a setting; the caller holds the write transaction."""
    connection.execute(
        "insert into setting (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
        (name, json.dumps(value)),
    )
