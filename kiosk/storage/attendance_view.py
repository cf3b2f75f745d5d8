"""Attendance's part of the view: what people decided about stays and credit, and the certificates that were made.

Scans are in `passage` already. Nothing is computed here: stays and credit follow from the rows when they are asked for
(`domain/attendance.py`, `domain/credit.py`), so a record that comes late counts like one that came in time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from kiosk.domain.journal import Kind, Record, to_ms
from kiosk.storage.database import Connection

DECISIONS = frozenset({Kind.REPAIR, Kind.CLOSE, Kind.GRANT, Kind.CLOCK})
KINDS = DECISIONS | {Kind.CERTIFICATE}

TABLES = {
    "decision": "select * from decision order by log, seq",
    "certificate": "select * from certificate order by log, seq",
}
"""How each table is read to be compared with a fresh fold."""

_SCHEMA = """
create table decision (
  log text not null, seq integer not null, hlc_ms integer not null, hlc_n integer not null, at_ms integer not null,
  kind text not null, subject text not null, session text not null, content text not null, why text not null,
  actor text not null, primary key (log, seq)) without rowid;
create index decision_subject on decision (subject);
create index decision_session on decision (session) where subject = '';
create table certificate (
  log text not null, seq integer not null, at_ms integer not null, code text not null, subject text not null,
  content text not null, paper text not null, actor text not null, primary key (log, seq)) without rowid;
create index certificate_code on certificate (code)
"""


def create(connection: Connection) -> None:
    """Make the tables of an empty view."""
    for statement in _SCHEMA.strip().split(";\n"):
        connection.execute(statement)


def apply(connection: Connection, record: Record, values: Sequence[bytes | None]) -> None:
    """Fold one record in. Words that were purged are empty from then on."""
    if record.kind == Kind.CLOCK and "log" not in record.body:
        return  # a station's own note
    words = next((value.decode("utf-8", "replace") for value in values if value is not None), "")
    head = (record.id.log, record.id.seq)
    subject, content = str(record.body.get("subject", "")), json.dumps(dict(record.body), sort_keys=True)
    if record.kind == Kind.CERTIFICATE:
        code = str(record.body.get("code", ""))
        row = (*head, to_ms(record.at), code, subject, content, words, record.actor)
        connection.execute("insert or ignore into certificate values (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return
    order = (record.hlc.wall_ms, record.hlc.count, to_ms(record.at))
    row_of = (*head, *order, record.kind, subject, record.place or "", content, words, record.actor)
    connection.execute("insert or ignore into decision values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row_of)
