"""Where records lie at the hub: what was taken in, how far every log is held, and what is kept aside."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from kiosk.domain.exchange import Fate, SideValue, Signed
from kiosk.hub.database import Connection, driver_cursor, metadata
from kiosk.wire.codec import decode, encode

ENDS = "ends"
"""The feed's topic: a log ends elsewhere now, or more of it is kept aside."""

log_table = sa.Table(
    "log",
    metadata,
    sa.Column("log", sa.Text, primary_key=True),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("station", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
record_table = sa.Table(
    "record",
    metadata,
    sa.Column("log", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("side", sa.LargeBinary),
)
aside_table = sa.Table(
    "aside",
    metadata,
    sa.Column("log", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("side", sa.LargeBinary),
    sa.Column("why", sa.Text, nullable=False),
)
announced_table = sa.Table(
    "announced",
    metadata,
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("accepted", sa.Boolean, nullable=False),
)


def create(connection: Connection) -> None:
    """The tables."""
    for table in (log_table, record_table, aside_table, announced_table):
        table.create(connection)


def columns_of(signed: Signed) -> dict[str, Any]:
    """What a row holds of a record."""
    side = encode(list(signed.values)) if signed.values else None
    return {"data": signed.data, "signature": signed.signature, "side": side}


def signed_of(row: sa.Row[Any]) -> Signed:
    """The record of a row. Of one whose values were damaged here, none are given: whoever gets it sees that it is not
    whole, and others get what is.
    """
    values: list[SideValue] = []
    with suppress(ValueError):
        values = decode(row.side, list[SideValue]) if row.side else []
    return Signed(bytes(row.data), bytes(row.signature), tuple(values))


def rows_aside(connection: Connection, log: str, why: Fate, seq: int | None = None) -> list[Signed]:
    """What is kept aside of a log for this reason, in order; of one place only where it is named."""
    question = (
        sa.select(aside_table)
        .where(aside_table.c.log == log, aside_table.c.why == str(why))
        .order_by(aside_table.c.seq)
    )
    if seq is not None:
        question = question.where(aside_table.c.seq == seq)
    return [signed_of(row) for row in connection.execute(question)]


def lock(connection: Connection, logs: Iterable[str]) -> None:
    """Nobody else places records of these logs until this transaction has ended, not even where none are here yet:
    several hubs may be handed the same at once. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        driver_cursor(connection).execute(
            _LOCK, (sorted(logs),)
        )  # all in one order, so that two never wait for each other


_LOCK = """select pg_advisory_xact_lock(hashtextextended(named.log, 0))
    from (select unnest(%s::text[]) as log) as named"""
