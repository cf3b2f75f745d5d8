"""The clocks' part of the view: how each log's clock compares with the hub's, and times put right by it.

What a record says of its time is in the journal and stays there; the view's tables hold the time that counts. Where a
comparison comes after records that it puts right, their rows are written anew. That happens once for a log, and only
where its clock was wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any

from kiosk.domain.clocks import Anchor, Boot, Clocks, LogClock, boot_of
from kiosk.domain.journal import Kind, Record, from_ms
from kiosk.domain.verdicts import RecordId
from kiosk.storage.database import Connection

CLOCK_TABLES = {"clock": "select * from clock order by log"}
"""How the table is read to be compared with a fresh fold."""

_SCHEMA = """
create table clock (
  log text primary key, device text not null, boot text not null, boot_ms integer not null, anchors text not null,
  state integer not null) without rowid;
create index clock_boot on clock (device, boot) where boot <> ''
"""
_UNKNOWN, _KNOWN, _CONTRADICTS = range(3)

IS_SURE = "(coalesce(k.state, 0) = 1 or not exists (select 1 from clock where state))"
"""Whether somebody vouches for the times of a log (`left join clock k on k.log = …`). Where no hub is known, nobody is
asked to.
"""

_TABLE_OF = {
    Kind.HEADCOUNT: "headcount",
    Kind.SEATS: "seat_count",
    Kind.WAIT: "waiting",
    Kind.REPAIR: "decision",
    Kind.CLOSE: "decision",
    Kind.GRANT: "decision",
    Kind.CLOCK: "decision",
    Kind.CERTIFICATE: "certificate",
    Kind.SETTLE: "settled",
}
"""Where the time of a record stands, but for passages."""

MovePassage = Callable[[Record, int, int], object]
"""Writes a passage anew: its record, its time, and where it stands in time."""


class ClockFold:
    """This table on the view's writing connection."""

    def __init__(self, connection: Connection, record_of: Callable[[RecordId], Record]) -> None:
        self.connection = connection
        self._record_of = record_of
        self._before: dict[str, LogClock] = {}
        self._now = Clocks()
        self._moved: dict[str, int] = {}

    def create(self) -> None:
        """Make the tables of an empty view."""
        for statement in _SCHEMA.strip().split(";\n"):
            self.connection.execute(statement)

    def learn(self, page: Sequence[Record]) -> None:
        """Take in what a page of records says of clocks, before any of them is folded."""
        begins: dict[str, Record] = {}
        for record in page:
            begins.setdefault(record.id.log, record)
        compared = {record.id.log for record in page if record.clk is not None}
        known = {
            clock.log: clock
            for log, record in begins.items()
            for clock in _load(self.connection, record, compared=log in compared)
        }
        self._before, self._now = known, Clocks(known.values())
        moved = {log for record in page for log in self._now.learn(record)}
        for log in {*begins, *moved}:
            clock = self._now.of(log)
            if clock is not None and (log in moved or clock is not known.get(log)):
                self._write(clock)
        self._moved = {log: begins[log].id.seq if log in begins else 0 for log in moved}

    def _write(self, clock: LogClock) -> None:
        known = _KNOWN if self._now.anchor(clock.log, 1) else _UNKNOWN
        self.connection.execute(
            "insert or replace into clock values (?, ?, ?, ?, ?, ?)",
            (
                clock.log,
                clock.device,
                clock.boot.id if clock.boot else "",
                clock.boot.ms if clock.boot else 0,
                json.dumps([astuple(anchor) for anchor in clock.anchors]),
                _CONTRADICTS if clock.contradicts else known,
            ),
        )

    def dated(self, record: Record) -> tuple[int, int]:
        """When a record of the page was written, as far as that is known, and where it stands in time."""
        return self._now.dated(record)

    def put_right(self, move_passage: MovePassage, passage_kinds: Iterable[str]) -> None:
        """Write anew what was folded before the page, and is at another time now."""
        if not self._moved:
            return
        passages, before = frozenset(passage_kinds), Clocks(self._before.values())
        for log, begins in self._moved.items():
            for record in self._earlier(log, begins):
                at_ms, order_ms = self._now.dated(record)
                if (at_ms, order_ms) == before.dated(record):
                    continue
                if record.kind in passages:
                    move_passage(record, at_ms, order_ms)
                elif record.kind in _TABLE_OF:
                    sql = f"update {_TABLE_OF[Kind(record.kind)]} set at_ms = ? where log = ? and seq = ?"
                    self.connection.execute(sql, (at_ms, log, record.id.seq))

    def _earlier(self, log: str, begins: int) -> Iterator[Record]:
        """The records of a log before this place; all that are held where that is 0."""
        for seq in range(1, begins) if begins else count(1):
            try:
                yield self._record_of(RecordId(log, seq))
            except KeyError:
                return


_SELECT = "select log, device, boot, boot_ms, anchors, state from clock"


def _load(view: Connection, record: Record, *, compared: bool) -> Iterator[LogClock]:
    """What is known of a record's log; without a comparison of its own, of those its computer wrote in the same boot,
    too: where there is one among them, or they need it because this log is `compared` now.
    """
    row = view.execute(f"{_SELECT} where log = ?", (record.id.log,)).fetchone()
    clock = _clock(row) if row else None
    if clock is not None:
        yield clock
    boot = clock.boot if clock else boot_of(record) if record.kind == Kind.OPEN else None
    if boot is not None and not (clock and (clock.anchors or (row[5] == _UNKNOWN and not compared))):
        for other in view.execute(f"{_SELECT} where device = ? and boot = ?", (record.device, boot.id)).fetchall():
            yield _clock(other)


@lru_cache(maxsize=64)
def _clock(row: tuple[Any, ...]) -> LogClock:
    log, device, boot, boot_ms, anchors, _state = row
    return LogClock(
        log, device, Boot(boot, boot_ms) if boot else None, tuple(Anchor(*each) for each in json.loads(anchors))
    )


def time_of(view: Connection, record: Record) -> datetime:
    """When a record was written, by the hub's clock as far as that is known here."""
    return from_ms(Clocks(_load(view, record, compared=False)).time_ms(record))
