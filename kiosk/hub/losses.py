"""What was said to be lost for ever of the records here (`domain/gaps.py`), and the holes that leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from kiosk.domain.exchange import Head, Opening
from kiosk.domain.gaps import Gap, Holes, contiguous, gap_in, note, said_of
from kiosk.domain.journal import Record
from kiosk.hub.database import Connection
from kiosk.hub.record_tables import aside_table, log_table, record_table
from kiosk.hub.settings import get_setting, put_setting

_GAPS = "gaps"


def gaps_of(connection: Connection, log: str) -> list[Gap]:
    """What was said to be lost of a log, by whoever."""
    return said_of(get_setting(connection, _GAPS, {}), log)


def note_gap(connection: Connection, record: Record) -> None:
    """Remember what a record says to be lost; in the transaction that takes it in."""
    gap = gap_in(record)
    if gap is None:
        return
    said = get_setting(connection, _GAPS, {})
    if note(said, gap):
        put_setting(connection, _GAPS, said)


def heeded(connection: Connection, log: str) -> list[Gap]:
    """What was said to be lost of a log by who may say it."""
    row = connection.execute(sa.select(log_table).where(log_table.c.log == log)).one_or_none()
    opened = Opening(row.device, row.key) if row is not None else None
    return [gap for gap in gaps_of(connection, log) if opened is not None and gap.is_of(opened)]


def first_missing(connection: Connection, gap: Gap) -> int:
    """The first record of a gap that is not here; beyond its last where all came back."""
    missing = gap.first
    for seq in connection.scalars(
        sa.select(record_table.c.seq)
        .where(record_table.c.log == gap.log, record_table.c.seq.between(gap.first, gap.last))
        .order_by(record_table.c.seq)
    ):
        if seq != missing:
            break
        missing += 1
    return missing


def with_holes(connection: Connection, held: dict[str, Head]) -> None:
    """Say in a vector which records before the ends of logs are not here."""
    for log in sorted(set(get_setting(connection, _GAPS, {})) & held.keys()):
        holes = _holes(connection, log)
        if holes:
            held[log] = replace(held[log], holes=holes)


def _holes(connection: Connection, log: str) -> Holes:
    """But for what was left out by an organizer: that lies here, aside."""
    rows: Iterable[tuple[int, bytes]] = (
        (row.seq, bytes(row.hash))
        for row in connection.execute(
            sa.select(record_table.c.seq, record_table.c.hash)
            .where(record_table.c.log == log)
            .order_by(record_table.c.seq)
        )
    )
    holes = contiguous(heeded(connection, log), rows)[2]
    aside = set(connection.scalars(sa.select(aside_table.c.seq).where(aside_table.c.log == log)))
    return tuple(hole for hole in holes if not aside.issuperset(range(hole[0], min(hole[1], hole[0] + len(aside)) + 1)))
