"""What was imported together: to refuse a plan that has gone stale, and to take a batch back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.journal import from_ms
from kiosk.domain.own_codes import code_key
from kiosk.domain.roster import NewAttendee, RosterChange
from kiosk.storage.database import Connection


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One import."""

    id: str
    source: str
    at: datetime
    undone: bool


def batches(view: Connection, limit: int = 20) -> list[BatchRow]:
    """The last imports of a roster, newest first."""
    rows = view.execute(
        "select batch, name, at_ms, undone from batch b where exists (select 1 from touch t where t.batch = b.batch) "
        "order by at_ms desc, batch limit ?",
        (limit,),
    )
    return [BatchRow(batch, name, from_ms(at_ms), bool(undone)) for batch, name, at_ms, undone in rows]


def batch(view: Connection, batch_id: str) -> BatchRow | None:
    """The import of this id."""
    row = view.execute("select batch, name, at_ms, undone from batch where batch = ?", (batch_id,)).fetchone()
    return BatchRow(row[0], row[1], from_ms(row[2]), bool(row[3])) if row else None


def people_in(view: Connection, batch_id: str) -> int:
    """How many people an import made or changed."""
    count: int = view.execute("select count(distinct attendee_id) from touch where batch = ?", (batch_id,)).fetchone()[
        0
    ]
    return count


def checked_in_of(view: Connection, batch_id: str) -> int:
    """How many of the people of an import are in."""
    count: int = view.execute(
        "select count(distinct t.attendee_id) from touch t join admission a on a.attendee_id = t.attendee_id "
        "where t.batch = ?",
        (batch_id,),
    ).fetchone()[0]
    return count


def is_stale(view: Connection, changes: Iterable[RosterChange]) -> bool:
    """Whether the roster has moved on since the plan: codes given out, registrations known, people gone."""
    codes = {row[0] for row in view.execute("select code_key from ticket")}
    sources = {row[0] for row in view.execute("select source_id from source_id")}
    ids = {row[0] for row in view.execute("select id from attendee")}
    for change in changes:
        if isinstance(change, NewAttendee):
            if not sources.isdisjoint(change.source_ids) or any(
                code_key(ticket.code) in codes for ticket in change.tickets
            ):
                return True
        elif change.attendee_id not in ids:
            return True
    return False
