"""Devices that the organizer's station vouches for: those of a hub that is gone, and whoever was accepted there before.

What they signed counts here from the first moment, so nothing waits for a laptop that will never come back. They may
not speak with the hub before they have joined it: they have no certificate of this one's.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from kiosk.domain.messages import Vouched
from kiosk.hub.database import Connection, metadata

_vouched = sa.Table(
    "vouched",
    metadata,
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("since_ms", sa.BigInteger, nullable=False),
)


def create(connection: Connection) -> None:
    """The table."""
    _vouched.create(connection)


def vouch(connection: Connection, who: Iterable[Vouched], now_ms: int) -> None:
    """Let these count from now on; in a transaction of the writer. Of one that is known already nothing changes."""
    known = {each.device for each in vouched(connection)}
    rows = [{**_row(each), "since_ms": now_ms} for each in who if each.device not in known]
    if rows:
        connection.execute(_vouched.insert(), rows)


def _row(each: Vouched) -> dict[str, str]:
    return {"device": each.device, "key": each.key, "name": each.name, "role": each.role}


def vouched(connection: Connection) -> list[Vouched]:
    """Who is vouched for, by name."""
    rows = connection.execute(sa.select(_vouched).order_by(_vouched.c.name, _vouched.c.device))
    return [Vouched(row.device, row.key, row.name, row.role, row.since_ms) for row in rows]
