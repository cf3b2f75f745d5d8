"""The seats' part of the view: what was handed to whom, and which admissions take a seat.

Sums over sets of records, each of which says by name what it undoes: no order and no clock has a say. A seat is taken
by an admission, and free again when the admission is taken back, or when a way out names it as what it ended and is
not taken back itself.
"""

from __future__ import annotations

from kiosk.domain.admission import DESK
from kiosk.domain.journal import Kind, Record, Role
from kiosk.domain.seats import Lease
from kiosk.storage.database import Connection, scalar

SEAT_KINDS = frozenset({Kind.SEATS_GRANT, Kind.SEATS_RELEASE, Kind.SEATS_FORFEIT})

_SCHEMA = """
create table seat_lease (
  log text not null, seq integer not null, place text not null, device text not null, n integer not null,
  primary key (log, seq)) without rowid;
create index seat_lease_of on seat_lease (place, device);
create table seat_taken (
  place text not null, subject text not null, record text not null, device text not null,
  primary key (place, subject, record)) without rowid;
create table seat_freed (target text not null, record text not null, primary key (target, record)) without rowid
"""

_FREE = (
    "exists (select 1 from seat_freed f where f.target = t.record "
    "and not exists (select 1 from seat_freed u where u.target = f.record))"
)
_MOST = 1_000_000


def create(connection: Connection) -> None:
    """Make the tables of an empty view."""
    for statement in _SCHEMA.strip().split(";\n"):
        connection.execute(statement)


def passed(connection: Connection, record: Record) -> None:
    """Fold in that somebody went in or out, or that this was taken back."""
    if record.place is None or record.place == DESK:
        return
    name = str(record.id)
    if record.kind == Kind.ADMIT:
        row = (record.place, str(record.body.get("subject", "")), name, record.device)
        connection.execute("insert or ignore into seat_taken values (?, ?, ?, ?)", row)
        return
    targets = [record.body.get("target")] if record.kind == Kind.UNDO else record.body.get("ends", [])
    rows = [(target, name) for target in targets if isinstance(target, str)] if isinstance(targets, list) else []
    connection.executemany("insert or ignore into seat_freed values (?, ?)", rows)


def apply(connection: Connection, record: Record) -> None:
    """Fold in that seats were handed out, given back or taken. Only the hub's word hands out and takes."""
    body = record.body
    n = body.get("n")
    if type(n) is not int or not 0 < n < _MOST:
        return
    if record.kind == Kind.SEATS_RELEASE:
        device, n = record.device, -n
    elif record.role == Role.HUB:
        device, n = str(body.get("to", "")), n if record.kind == Kind.SEATS_GRANT else -n
    else:
        return
    row = (record.id.log, record.id.seq, str(body.get("session", "")), device, n)
    connection.execute("insert or ignore into seat_lease values (?, ?, ?, ?, ?)", row)


def lease(view: Connection, place: str, device: str) -> Lease:
    """What a device holds of a session's seats."""
    granted = scalar(view, "select sum(n) from seat_lease where place = ? and device = ?", place, device)
    sql = f"select count(*) from seat_taken t where t.place = ? and t.device = ? and not {_FREE}"
    return Lease(granted or 0, scalar(view, sql, place, device) + _uncounted(view, place, device))


def _uncounted(view: Connection, place: str, device: str) -> int:
    """People without a badge that this device counted in, less those it counted out."""
    sql = "select sum(h.change) from headcount h join log l on l.log = h.log where h.place = ? and l.device = ?"
    return max(0, scalar(view, sql, place, device) or 0)


def held_by(view: Connection, subject: str, place: str) -> list[str]:
    """The admissions by which this person takes seats there: their way out ends all of them."""
    sql = f"select t.record from seat_taken t where t.place = ? and t.subject = ? and not {_FREE} limit 20"
    return [record for (record,) in view.execute(sql, (place, subject))]
