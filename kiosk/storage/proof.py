"""Proofs over the files of a station, for `kiosk verify` and the desk's own check."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kiosk.storage import attendance_view, exchange
from kiosk.storage.clock_view import CLOCK_TABLES
from kiosk.storage.database import KEY_BYTES, Connection, DriverError, connect, scalar
from kiosk.storage.journal import check_chains, read_after
from kiosk.storage.store import Store
from kiosk.storage.view import View

_TABLES = {
    # `n` is this view's own numbering, so what is compared goes by attendee id.
    "attendee": "select * from attendee order by id",
    "ticket": "select t.code_key, t.code, a.id, t.kind, t.state, t.replaced_by, t.since_ms, t.since_n from ticket t "
    "join attendee a on a.n = t.n order by 1, 3",
    "source_id": "select s.source_id, a.id from source_id s join attendee a on a.n = s.n order by 1, 2",
    "passage": "select log, seq, hlc_ms, hlc_n, at_ms, shift_ms, order_ms, kind, subject, place, outcome, reason, "
    "code, actor, target from passage order by log, seq",
    "admission": "select * from admission order by attendee_id, place",
    # A count that is back at nothing is none.
    "occupancy": "select * from occupancy where scanned or inside or uncounted order by place",
    "headcount": "select * from headcount order by log, seq",
    "seat_count": "select * from seat_count order by log, seq",
    "waiting": "select * from waiting order by place, attendee_id",
    "staff": "select * from staff order by id",
    "batch": "select * from batch order by batch",
    "log": "select * from log order by log",
    **attendance_view.TABLES,
    **CLOCK_TABLES,
    "touch": "select * from touch order by attendee_id, log, seq, n",
    "incident": "select * from incident order by id",
    "settled": "select * from settled order by id, log, seq",
    "trust": "select * from trust order by log, seq",
    "unread": "select * from unread order by log, seq",
    "unread_name": "select * from unread_name order by name, log, seq",
    "origin": "select * from origin order by log",
    "retention": "select * from retention order by log, seq",
    "conference": "select * from conference order by name",
    "room": "select * from room order by name",
    "session": "select * from session order by id",
    "programme_touch": "select * from programme_touch order by subject, id, log, seq, n",
    "layout": "select * from layout order by id",
    "enrolment": "select * from enrolment order by attendee_id, session_id",
    "enrol_touch": "select * from enrol_touch order by session_id, attendee_id, log, seq, target",
}


def integrity(store: Store) -> Iterator[str]:
    """What SQLite's own check of both files finds; each page also carries a MAC, which reading it proves."""
    for connection, name in ((store.connection, "journal.db"), (store.view.connection, "view.db")):
        try:
            for (line,) in connection.execute("pragma integrity_check(20)"):
                if line != "ok":
                    yield f"{name}: {line}"
        except DriverError as error:
            yield f"{name}: {error}"


def chains(store: Store) -> Iterator[str]:
    """Records and side values that do not hold what they promise."""
    try:
        for problem in check_chains(store.connection, exchange.lost(store.connection)):
            yield f"record {problem.record} {problem.what}"
        for record in exchange.confirmed_and_gone(store.connection):
            yield f"record {record} is missing, though it was confirmed"
    except DriverError as error:
        yield f"journal.db: {error}"


def view_against_fold(store: Store) -> Iterator[str]:
    """Tables of the view that differ from what the records say, folded afresh."""
    with tempfile.TemporaryDirectory(prefix="kiosk-verify-") as scratch:
        # Encrypted like the view itself, under a key that is gone with this call.
        key = secrets.token_bytes(KEY_BYTES)
        connection = connect(Path(scratch) / "fresh.db", key, durable=False)
        try:
            fresh = View(connection, store.values_of, store.record_of, store.journal.device.id)
            connection.execute("begin")
            fresh.create()
            fresh.apply((stored.arrival, stored.record, None) for stored in read_after(store.connection, 0))
            connection.execute("commit")
            should = fingerprints(connection)
            for table, found in fingerprints(store.view.connection).items():
                if found != should[table]:
                    yield f"view.db: {table} is not what the records say"
        except DriverError as error:
            yield f"view.db: {error}"
        finally:
            connection.close()


def fingerprints(view: Connection) -> dict[str, str]:
    """A digest of the content of each table of a view, whatever order its records came in."""
    return {table: _digest(view, sql) for table, sql in _TABLES.items()}


def _digest(connection: Connection, sql: str) -> str:
    digest = hashlib.sha256()
    for row in connection.execute(sql):
        digest.update(repr(tuple(row)[1:] if sql.startswith("select * from attendee") else tuple(row)).encode())
    return digest.hexdigest()


def totals(store: Store) -> tuple[int, int, int]:
    """How many records, logs and side values there are; those that were purged are none."""
    return (
        scalar(store.connection, "select count(*) from record"),
        scalar(store.connection, "select count(distinct log) from record"),
        scalar(store.connection, "select count(*) from value where value is not null"),
    )
