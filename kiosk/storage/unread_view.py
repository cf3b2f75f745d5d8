"""Records a newer program wrote, which this one cannot read: kept whole, passed on, counted here.

One that is marked critical must not be ignored. Whom it names, in its body or in its side values, is sent to the desk
until this program is updated; then the view is folded anew, and the record is read.

What is named is kept as it was written and looked up at each scan, so it does not matter which came first: the record,
or the person on the roster.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kiosk.domain.codes import code_key
from kiosk.domain.journal import FORMAT, Kind, Record
from kiosk.domain.verdicts import RecordId
from kiosk.storage.database import Connection, scalar

_KNOWN = frozenset(map(str, Kind))
_LONGEST_NAME = 80
_MOST_NAMES = 2_000
"""Of one record; nobody is kept away by what a hostile station writes beyond them."""

_SCHEMA = """
create table unread (
  log text not null, seq integer not null, kind text not null, critical integer not null,
  primary key (log, seq)) without rowid;
create table unread_name (
  name text not null, log text not null, seq integer not null, primary key (name, log, seq)) without rowid
"""


class UnreadFold:
    """These tables on the view's writing connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def create(self) -> None:
        """Make the tables of an empty view."""
        for statement in _SCHEMA.strip().split(";\n"):
            self.connection.execute(statement)

    def keep(self, record: Record, values: Sequence[bytes | None]) -> None:
        """Count a record that cannot be read; where it is critical, keep whom it may be about."""
        at = (record.id.log, record.id.seq)
        row = (*at, record.kind, record.critical)
        self.connection.execute("insert or ignore into unread values (?, ?, ?, ?)", row)
        if record.critical:
            names = [(name, *at) for name in _names_in(record, values)]
            self.connection.executemany("insert or ignore into unread_name values (?, ?, ?)", names)


def is_unknown(record: Record) -> bool:
    """Whether a newer program wrote this, in words this one does not have."""
    return record.kind not in _KNOWN or record.version > FORMAT


def _names_in(record: Record, values: Sequence[bytes | None]) -> set[str]:
    """Everything that may be the name of somebody, or a code: each text that is short enough."""
    found: set[str] = set()
    for content in (record.body, *map(_content, values)):
        for text in _texts(content):
            if len(found) < _MOST_NAMES and text and len(text) <= _LONGEST_NAME:
                found |= {text, code_key(text)}
    return found


def _content(value: bytes | None) -> Any:
    try:
        return json.loads(value) if value else None
    except (ValueError, RecursionError):
        return None


def _texts(content: Any) -> Iterator[str]:
    """Every text in JSON, however deep."""
    waiting = [content]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting += [*item, *item.values()]
        elif isinstance(item, list | tuple):
            waiting += item


def newer_about(view: Connection, attendee_id: str, codes: Sequence[str] = ()) -> str | None:
    """The station that wrote something critical about this person or one of these codes that cannot be read here; empty
    where its name is not known. None where nobody did.
    """
    if scalar(view, "select 1 from unread_name limit 1") is None:
        return None
    names = [attendee_id, *map(code_key, codes)]
    names += [row[0] for row in view.execute(_CODES_OF, (attendee_id,))]
    marks = ",".join("?" * len(names))
    row = view.execute(
        f"select coalesce(l.station, '') from unread_name u left join log l on l.log = u.log "
        f"where u.name in ({marks}) order by u.log, u.seq limit 1",
        names,
    ).fetchone()
    return row[0] if row else None


_CODES_OF = "select t.code_key from ticket t join attendee a on a.n = t.n where a.id = ?"


@dataclass(frozen=True, slots=True)
class Unread:
    """How much of what other stations wrote cannot be read here."""

    records: int = 0
    critical: int = 0
    """Of these, the ones that must not be ignored."""


def unread(view: Connection) -> Unread:
    """How many records of newer programs are here."""
    count, critical = view.execute("select count(*), coalesce(sum(critical), 0) from unread").fetchone()
    return Unread(count, critical)


def people_named(view: Connection, record: RecordId) -> list[str]:
    """The ids of the people on the roster whom this record names."""
    rows = view.execute(
        "select a.id from unread_name u join attendee a on a.id = u.name where u.log = ? and u.seq = ? union "
        "select a.id from unread_name u join ticket t on t.code_key = u.name join attendee a on a.n = t.n "
        "where u.log = ? and u.seq = ? order by 1",
        (record.log, record.seq) * 2,
    )
    return [row[0] for row in rows]
