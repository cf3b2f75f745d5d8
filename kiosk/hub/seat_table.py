"""Seats handed out, as the hub's own records say: a row for each, written with the record it comes from.

So the hub knows what it has handed out from its records alone, those it wrote and those stations gave back to it after
it had lost them.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from kiosk.domain.journal import Kind, Record, Role
from kiosk.hub.database import Connection, metadata

_MOST = 1_000_000

seat_table = sa.Table(
    "seat",
    metadata,
    sa.Column("log", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
)
heard_table = sa.Table(
    "seat_heard", metadata, sa.Column("device", sa.Text, primary_key=True), sa.Column("why", sa.Text, nullable=False)
)

_SIGNS = {Kind.SEATS_GRANT.value: 1, Kind.SEATS_FORFEIT.value: -1, Kind.SEATS_RELEASE.value: -1}


def create(connection: Connection) -> None:
    """The tables."""
    seat_table.create(connection)
    heard_table.create(connection)


def keep(connection: Connection, records: Iterable[Record]) -> None:
    """Keep what these say of seats; in the transaction that takes them in."""
    rows = [row for record in records if (row := _row(record)) is not None]
    if rows:
        connection.execute(seat_table.insert(), rows)


def _row(record: Record) -> dict[str, object] | None:
    """As `storage/seats_view.py` has it: what makes no sense is not counted."""
    sign, body = _SIGNS.get(record.kind), record.body
    if sign is None or type(body.get("n")) is not int or not 0 < body["n"] < _MOST:
        return None
    gives_back = record.kind == Kind.SEATS_RELEASE
    if not gives_back and record.role != Role.HUB:
        return None
    device = record.device if gives_back else str(body.get("to", ""))
    at = {"log": record.id.log, "seq": record.id.seq, "kind": str(record.kind)}
    return {**at, "session": str(body.get("session", "")), "device": device, "n": sign * body["n"]}
