"""The programme's part of the view: rooms, sessions and enrolments, folded from the records that speak of them.

A session or room is always computed from all records that touch it, as people are (`view.py`). An enrolment stands as
long as one record that made it has not been taken back by name; a change of an import that was taken back does not
count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from kiosk.domain.journal import Kind, Record, to_ms
from kiosk.domain.programme_json import (
    Subject,
    read_conference,
    read_programme_change,
    read_room,
    read_session,
)
from kiosk.domain.programme_merging import Merged, Written, merge_programme, standing_changes
from kiosk.domain.verdicts import RecordId
from kiosk.storage.database import Connection

PROGRAMME_KINDS = frozenset({Kind.PROGRAMME, Kind.ENROL, Kind.WITHDRAW})

_SCHEMA = """
create table room (
  name text primary key, content text not null, writers text not null, disputed text not null) without rowid;
create table session (
  id text primary key, code_key text not null, room text not null, start_ms integer not null, end_ms integer not null,
  content text not null, writers text not null, disputed text not null) without rowid;
create table conference (
  name text primary key, content text not null, writers text not null, disputed text not null) without rowid;
create index session_code on session (code_key);
create index session_room on session (room, start_ms);
create table programme_touch (
  subject text not null, id text not null, log text not null, seq integer not null, n integer not null, batch text,
  primary key (subject, id, log, seq, n)) without rowid;
create index programme_touch_batch on programme_touch (batch) where batch is not null;
create table enrol_touch (
  session_id text not null, attendee_id text not null, log text not null, seq integer not null,
  target text not null, batch text, primary key (session_id, attendee_id, log, seq, target)) without rowid;
create index enrol_touch_batch on enrol_touch (batch) where batch is not null;
create table enrolment (
  attendee_id text not null, session_id text not null, primary key (attendee_id, session_id)) without rowid;
create index enrolment_session on enrolment (session_id, attendee_id)
"""

KEPT_IN = {
    Subject.ROOM: ("room", "name"),
    Subject.SESSION: ("session", "id"),
    Subject.CONFERENCE: ("conference", "name"),
}
"""The table of each subject, and its key."""

_COUNTS = "(batch is null or batch not in (select batch from undone_batch))"
_OF_THESE = "session_id = ? and attendee_id in (select value from json_each(?))"
STANDING = (
    "select * from (select attendee_id, session_id, log || ':' || seq as record from enrol_touch "
    f"where {_OF_THESE} and target = '' and {_COUNTS} except "
    f"select attendee_id, session_id, target from enrol_touch where {_OF_THESE} and target <> '' and {_COUNTS})"
)
"""Who of these people has a place in this session, and the record that says so. Asks for session, people, twice."""

_Seen = tuple[str | None, Written]
"""A change in hand, with its batch."""


class ProgrammeFold:
    """The programme's tables on the view's writing connection."""

    def __init__(
        self,
        connection: Connection,
        values_of: Callable[[RecordId], Sequence[bytes | None]],
        record_of: Callable[[RecordId], Record],
    ) -> None:
        self.connection = connection
        self._values_of = values_of
        self._record_of = record_of
        self.conference_changes = 0
        """Counts on whenever the conference was folded: whoever keeps it in hand looks again."""

    def create(self) -> None:
        """Make the tables of an empty view."""
        for statement in _SCHEMA.strip().split(";\n"):
            self.connection.execute(statement)

    def apply(self, record: Record, values: Sequence[bytes | None] | None) -> None:
        """Fold one record in; `values` are its side values, or None to look them up."""
        if record.kind == Kind.PROGRAMME:
            self._programme(record, values if values is not None else self._values_of(record.id))
        else:
            self._enrolment(record)

    def undo_batch(self, batch: str) -> None:
        """Compute anew whatever this import touched, now that it no longer counts."""
        touched = self.connection.execute("select distinct subject, id from programme_touch where batch = ?", (batch,))
        self._refold({(subject, name): [] for subject, name in touched.fetchall()})
        places = self.connection.execute(
            "select session_id, json_group_array(distinct attendee_id) from enrol_touch where batch = ? group by 1",
            (batch,),
        )
        for session_id, people in places.fetchall():
            self._refold_enrolments(session_id, people)

    # Rooms and sessions

    def _programme(self, record: Record, values: Sequence[bytes | None]) -> None:
        batch = _batch(record)
        seen: dict[tuple[str, str], list[_Seen]] = {}
        rows = []
        for n, value in enumerate(values):
            if value is None:
                continue
            try:
                change = read_programme_change(value)
            except ValueError:
                continue  # kept in the journal; a newer program may know what it means
            rows.append((change.subject.value, change.id, record.id.log, record.id.seq, n, batch))
            written = Written(record.id, n, record.hlc, record.role, change)
            seen.setdefault((change.subject.value, change.id), []).append((batch, written))
        self.connection.executemany("insert or ignore into programme_touch values (?, ?, ?, ?, ?, ?)", rows)
        self._refold(seen)

    def _refold(self, touched: dict[tuple[str, str], list[_Seen]]) -> None:
        undone = {row[0] for row in self.connection.execute("select batch from undone_batch")}
        pages: dict[RecordId, tuple[Record, Sequence[bytes | None]]] = {}
        for (subject, name), in_hand in touched.items():
            written = [written for batch, written in in_hand if batch not in undone]
            rows = self.connection.execute(
                f"select log, seq, n from programme_touch where subject = ? and id = ? and {_COUNTS}", (subject, name)
            ).fetchall()
            # Mostly something new, of which nothing has arrived before: then there is nothing to read back.
            if len(rows) != len(written):
                written = list(self._written(rows, pages))
            self._write(Subject(subject), name, merge_programme(written))

    def _written(
        self,
        rows: Iterable[tuple[str, int, int]],
        pages: dict[RecordId, tuple[Record, Sequence[bytes | None]]],
    ) -> Iterable[Written]:
        """These changes, from the journal; an import's page is read once, whatever it holds."""
        for log, seq, n in rows:
            name = RecordId(log, seq)
            if name not in pages:
                pages[name] = (self._record_of(name), self._values_of(name))
            record, values = pages[name]
            value = values[n] if n < len(values) else None
            if value is not None:
                yield Written(name, n, record.hlc, record.role, read_programme_change(value))

    def _write(self, subject: Subject, name: str, merged: Merged | None) -> None:
        table, key = KEPT_IN[subject]
        self.conference_changes += subject is Subject.CONFERENCE
        row: tuple[str | int, ...] | None = None
        if merged is not None:
            known = (_json(merged.fields), _json(merged.writers), ",".join(merged.disputed))
            try:
                if subject is Subject.ROOM:
                    read_room(name, merged.fields)
                    row = (name, *known)
                elif subject is Subject.CONFERENCE:
                    read_conference(merged.fields)
                    row = (name, *known)
                else:
                    session = read_session(name, merged.fields)
                    times = (to_ms(session.start), to_ms(session.end))
                    row = (name, session_key(session.code), session.room, *times, *known)
            except ValueError:
                row = None  # another program's; what it cannot say here is not shown
        if row is None:
            self.connection.execute(f"delete from {table} where {key} = ?", (name,))
        else:
            self.connection.execute(f"insert or replace into {table} values ({','.join('?' * len(row))})", row)

    def imported_values(self) -> dict[str, dict[str, Any]]:
        """What imports last said of each register of each session, changes made here left out."""
        rows = self.connection.execute(
            f"select log, seq, n from programme_touch where subject = 'session' and batch is not null and {_COUNTS}"
        ).fetchall()
        values: dict[str, dict[str, Any]] = {}
        for written in sorted(self._written(rows, {}), key=lambda written: written.weight):
            values.setdefault(written.change.id, {}).update(written.change.fields)
        return values

    def disputes(self) -> Iterator[tuple[str, str, Written, Written]]:
        """Fields of sessions, and of the conference, to which two changes, neither of which knew of the other, gave
        different values: the id, the field, the change that is heeded and one that is not.
        """
        for subject in (Subject.CONFERENCE, Subject.SESSION):
            table, key = KEPT_IN[subject]
            rows = self.connection.execute(f"select {key}, disputed from {table} where disputed <> '' order by 1")
            for subject_id, names in rows.fetchall():
                changes = self._changes_of(subject, subject_id)
                for name in names.split(","):
                    heeded, *others = standing_changes(changes, name)
                    for other in others:
                        if other.change.fields[name] != heeded.change.fields[name]:
                            yield subject_id, name, heeded, other

    def _changes_of(self, subject: Subject, subject_id: str) -> list[Written]:
        rows = self.connection.execute(
            f"select log, seq, n from programme_touch where subject = ? and id = ? and {_COUNTS}", (subject, subject_id)
        )
        return list(self._written(rows.fetchall(), {}))

    # Enrolments

    def _enrolment(self, record: Record) -> None:
        body, batch = record.body, _batch(record)
        session_id = str(body.get("session", ""))
        where = (record.id.log, record.id.seq)
        if record.kind == Kind.ENROL:
            people = [str(person) for person in _list(body.get("in"))]
            rows = [(session_id, person, *where, "", batch) for person in people]
        else:
            taken = [item for item in _list(body.get("out")) if isinstance(item, list) and item]
            people = [str(person) for person, *_targets in taken]
            rows = [(session_id, str(item[0]), *where, str(target), batch) for item in taken for target in item[1:]]
        self.connection.executemany("insert or ignore into enrol_touch values (?, ?, ?, ?, ?, ?)", rows)
        self._refold_enrolments(session_id, _json(people))

    def _refold_enrolments(self, session_id: str, people: str) -> None:
        """Compute anew which of these people (JSON) have a place in this session."""
        self.connection.execute(f"delete from enrolment where {_OF_THESE}", (session_id, people))
        self.connection.execute(
            f"insert into enrolment select distinct attendee_id, session_id from ({STANDING})",
            (session_id, people, session_id, people),
        )


def session_key(code: str) -> str:
    """The form in which two session codes are compared."""
    return "".join(code.split()).casefold()


def _batch(record: Record) -> str | None:
    batch = record.body.get("batch")
    return None if batch is None else str(batch)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
