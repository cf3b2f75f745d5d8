"""Badge layouts in the view: each, and the rules that choose between them, is a register in which the newest record
stands, whatever the order of arrival. A layout that was removed leaves its place marked, or an older record that
arrives late would bring it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kiosk.domain.journal import Kind, Record
from kiosk.domain.verdicts import RecordId
from kiosk.storage.database import Connection

LAYOUT_KINDS = frozenset({Kind.LAYOUT, Kind.LAYOUT_RULES})
RULES = "rules"
"""The row of the rules; layouts have the ids of the journal, which are longer."""

_SCHEMA = """
create table layout (
  id text primary key, content blob, hlc_ms integer not null, hlc_n integer not null, log text not null,
  seq integer not null) without rowid
"""


class LayoutFold:
    """The table of layouts on the view's writing connection."""

    def __init__(self, connection: Connection, values_of: Callable[[RecordId], Sequence[bytes | None]]) -> None:
        self.connection = connection
        self._values_of = values_of

    def create(self) -> None:
        """Make the table of an empty view."""
        self.connection.execute(_SCHEMA)

    def apply(self, record: Record, values: Sequence[bytes | None] | None) -> None:
        """Fold one record in; `values` are its side values, or None to look them up."""
        name = RULES if record.kind == Kind.LAYOUT_RULES else str(record.body.get("layout", ""))
        content = None
        if not record.body.get("removed"):
            content = next(iter(values if values is not None else self._values_of(record.id)), None)
            if content is None:
                return  # its value was purged: there is nothing left to say
        self.connection.execute(
            "insert into layout values (?, ?, ?, ?, ?, ?) on conflict (id) do update set content = excluded.content, "
            "hlc_ms = excluded.hlc_ms, hlc_n = excluded.hlc_n, log = excluded.log, seq = excluded.seq "
            "where (excluded.hlc_ms, excluded.hlc_n, excluded.log, excluded.seq) > (hlc_ms, hlc_n, log, seq)",
            (name, content, record.hlc.wall_ms, record.hlc.count, record.id.log, record.id.seq),
        )


def layouts(view: Connection) -> dict[str, bytes]:
    """The layouts that stand, by id."""
    rows = view.execute("select id, content from layout where content is not null and id <> ? order by id", (RULES,))
    return {row[0]: bytes(row[1]) for row in rows}


def rules(view: Connection) -> bytes | None:
    """The rules that stand; None before anybody made some."""
    row = view.execute("select content from layout where id = ?", (RULES,)).fetchone()
    return bytes(row[0]) if row else None
