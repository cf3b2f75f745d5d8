"""In the view: until when personal data may be kept, as each device said it. Who is to be obeyed is asked elsewhere."""

from __future__ import annotations

from kiosk.domain.journal import Kind, Record
from kiosk.storage.database import Connection, scalar

RETENTION_KINDS = frozenset({Kind.PURGE})

_SCHEMA = """
create table retention (
  log text not null, seq integer not null, hlc_ms integer not null, hlc_n integer not null, device text not null,
  on_ms integer not null, primary key (log, seq)) without rowid
"""


def create(connection: Connection) -> None:
    """Make the table of an empty view."""
    connection.execute(_SCHEMA)


def apply(connection: Connection, record: Record) -> None:
    """Fold one record in."""
    at = (record.id.log, record.id.seq, record.hlc.wall_ms, record.hlc.count, record.device, int(record.body["on"]))
    connection.execute("insert or ignore into retention values (?, ?, ?, ?, ?, ?)", at)


def purge_on_ms(view: Connection, device: str) -> int | None:
    """From when on this device wants personal data to be gone; its last word counts. None where it said nothing."""
    found: int | None = scalar(
        view,
        "select on_ms from retention where device = ? order by hlc_ms desc, hlc_n desc, log desc, seq desc limit 1",
        device,
    )
    return found
