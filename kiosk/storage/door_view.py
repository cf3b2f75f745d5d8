"""The doors' part of the view: who is in which room, counted; waiting lists; what room monitors have counted.

Counts are kept per session as people come and go, so that a door knows its fill at once however many records there are.
They follow from where each person stands (`admission`), which is computed anew from all records of that person there:
a record that arrives late, or takes another back, moves a count by exactly the difference it makes.
"""

from __future__ import annotations

from kiosk.domain.journal import Kind, Record, to_ms
from kiosk.storage import seats_view
from kiosk.storage.database import Connection

DOOR_KINDS = frozenset({Kind.HEADCOUNT, Kind.SEATS, Kind.WAIT}) | seats_view.SEAT_KINDS

Standing = tuple[bool, bool]
"""Whether somebody has been let in, and whether they are inside."""

_SCHEMA = """
create table occupancy (
  place text primary key, scanned integer not null, inside integer not null, uncounted integer not null) without rowid;
create table headcount (
  log text not null, seq integer not null, place text not null, at_ms integer not null, change integer not null,
  actor text not null, primary key (log, seq)) without rowid;
create table seat_count (
  log text not null, seq integer not null, place text not null, at_ms integer not null, counted integer not null,
  known integer not null, actor text not null, primary key (log, seq)) without rowid;
create table waiting (
  place text not null, attendee_id text not null, hlc_ms integer not null, hlc_n integer not null, log text not null,
  seq integer not null, at_ms integer not null, joined integer not null, primary key (place, attendee_id)
) without rowid
"""


class DoorFold:
    """The doors' tables on the view's writing connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def create(self) -> None:
        """Make the tables of an empty view."""
        for statement in _SCHEMA.strip().split(";\n"):
            self.connection.execute(statement)
        seats_view.create(self.connection)

    def standing(self, attendee_id: str, place: str) -> Standing:
        """Where somebody stands before a record is folded in."""
        row = self.connection.execute(
            "select stay is not null from admission where attendee_id = ? and place = ?", (attendee_id, place)
        ).fetchone()
        return (row is not None, row is not None and bool(row[0]))

    def moved(self, place: str, before: Standing, now: Standing) -> None:
        """Move the counts of a place by what has become of one person there."""
        scanned, inside = now[0] - before[0], now[1] - before[1]
        if scanned or inside:
            self._count(place, scanned, inside, 0)

    def apply(self, record: Record) -> None:
        """Fold in what a room monitor counted, or whom they put on the waiting list; seats that were handed out."""
        if record.kind in seats_view.SEAT_KINDS:
            seats_view.apply(self.connection, record)
        elif record.kind == Kind.HEADCOUNT:
            self._headcount(record)
        elif record.kind == Kind.SEATS:
            self.connection.execute(
                "insert or ignore into seat_count values (?, ?, ?, ?, ?, ?, ?)",
                (
                    record.id.log,
                    record.id.seq,
                    record.place or "",
                    to_ms(record.at),
                    _number(record, "counted"),
                    _number(record, "known"),
                    record.actor,
                ),
            )
        else:
            self._wait(record)

    def _headcount(self, record: Record) -> None:
        place, change = record.place or "", _number(record, "change")
        added = self.connection.execute(
            "insert or ignore into headcount values (?, ?, ?, ?, ?, ?)",
            (record.id.log, record.id.seq, place, to_ms(record.at), change, record.actor),
        )
        if added.rowcount:
            self._count(place, 0, 0, change)

    def _wait(self, record: Record) -> None:
        """Of several records about one person the last one counts, in whatever order they came."""
        self.connection.execute(
            "insert into waiting values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (place, attendee_id) do update set "
            "hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n, log = excluded.log, seq = excluded.seq, "
            "at_ms = excluded.at_ms, joined = excluded.joined "
            "where (excluded.hlc_ms, excluded.hlc_n, excluded.log, excluded.seq) > (hlc_ms, hlc_n, log, seq)",
            (
                record.place or "",
                str(record.body.get("subject", "")),
                record.hlc.wall_ms,
                record.hlc.count,
                record.id.log,
                record.id.seq,
                to_ms(record.at),
                bool(record.body.get("joined")),
            ),
        )

    def _count(self, place: str, scanned: int, inside: int, uncounted: int) -> None:
        self.connection.execute(
            "insert into occupancy values (?, ?, ?, ?) on conflict (place) do update set "
            "scanned = scanned + excluded.scanned, inside = inside + excluded.inside, "
            "uncounted = uncounted + excluded.uncounted",
            (place, scanned, inside, uncounted),
        )


def _number(record: Record, name: str) -> int:
    """A number of a record; 0 for what is none, so that a foreign record cannot stop the fold."""
    value = record.body.get(name)
    return value if type(value) is int and abs(value) < _MOST else 0


_MOST = 1_000_000
