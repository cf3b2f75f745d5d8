"""Small named JSON values of the hub: choices that every process on the same database shares."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from kiosk.hub.database import Connection, metadata

_setting = sa.Table(
    "setting", metadata, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)


def create(connection: Connection) -> None:
    """The table."""
    _setting.create(connection)


def get_setting(connection: Connection, name: str, default: Any = None) -> Any:
    """The value of a setting, or the default."""
    stored = connection.scalar(sa.select(_setting.c.value).where(_setting.c.name == name))
    return default if stored is None else json.loads(stored)


def put_setting(connection: Connection, name: str, value: Any) -> None:
    """Keep a setting; in a transaction of the writer."""
    connection.execute(_setting.delete().where(_setting.c.name == name))
    connection.execute(_setting.insert().values(name=name, value=json.dumps(value)))
