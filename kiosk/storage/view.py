"""The view: everything needed to decide and to show, folded from the journal. It can be thrown away at any time and
comes back.

`apply` takes records in any order of arrival. An attendee's entry is always computed from all records that touch it
(`domain/merging.py`), so an old record that arrives late changes exactly what it would have changed on time.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any

from kiosk.domain.admission import DESK
from kiosk.domain.codes import code_key
from kiosk.domain.journal import Hlc, Kind, Record, from_ms, to_ms
from kiosk.domain.merging import Entry, Passage, Touch, current_stay, effective_admission, merge_entry
from kiosk.domain.people import Attendee, AttendeeId, Ticket
from kiosk.domain.roster import NewAttendee
from kiosk.domain.roster_json import read_change
from kiosk.domain.verdicts import RecordId
from kiosk.storage import attendance_view, retention_view, seats_view
from kiosk.storage.clock_view import ClockFold
from kiosk.storage.database import NOT_STORABLE, Connection, scalar
from kiosk.storage.door_view import DOOR_KINDS, DoorFold
from kiosk.storage.exchange_view import EXCHANGE_KINDS, ExchangeFold
from kiosk.storage.layout_view import LAYOUT_KINDS, LayoutFold
from kiosk.storage.programme_view import PROGRAMME_KINDS, ProgrammeFold
from kiosk.storage.search_index import SearchIndex
from kiosk.storage.unread_view import UnreadFold, is_unknown

VIEW_VERSION = 19
"""Raised whenever the tables or the meaning of the fold change: an older view is then folded anew."""

ROSTER_KINDS = frozenset({Kind.IMPORT, Kind.WALKIN, Kind.EDIT, Kind.REISSUE, Kind.REVOKE, Kind.REINSTATE})
PASSAGE_KINDS = frozenset({Kind.ADMIT, Kind.DENY, Kind.EXIT, Kind.UNDO})

ATTENDEE_COLUMNS = tuple(name for name in Attendee.__dataclass_fields__ if name not in ("id", "extras"))

_SCHEMA = f"""
create table state (name text primary key, value, record) without rowid;
create table attendee (
  n integer primary key, id text not null unique, {", ".join(ATTENDEE_COLUMNS)},
  extras text not null, disputed text not null default '', writers text not null default '');
create index attendee_status on attendee (status, placeholder);
create table ticket (
  code_key text not null, n integer not null, code text not null, kind text not null, state text not null,
  replaced_by text, since_ms integer not null, since_n integer not null, primary key (code_key, n)) without rowid;
create index ticket_attendee on ticket (n);
create table source_id (source_id text not null, n integer not null, primary key (source_id, n)) without rowid;
create index source_id_attendee on source_id (n);
create table touch (
  attendee_id text not null, log text not null, seq integer not null, n integer not null,
  batch text, primary key (attendee_id, log, seq, n)) without rowid;
create index touch_batch on touch (batch) where batch is not null;
create table undone_batch (batch text primary key) without rowid;
create table passage (
  arrival integer primary key, log text not null, seq integer not null,
  hlc_ms integer not null, hlc_n integer not null, at_ms integer not null,
  shift_ms integer not null, order_ms integer not null,
  kind text not null, subject text not null, place text not null, outcome text not null, reason text not null,
  code text not null, actor text not null, target text not null, was text not null);
create index passage_subject on passage (subject, place, log, seq);
create table admission (
  attendee_id text not null, place text not null, log text not null, seq integer not null, at_ms integer not null,
  actor text not null, stay text, stay_ms integer, primary key (attendee_id, place)) without rowid;
create table log (log text primary key, device text not null, station text not null) without rowid;
create table staff (id text primary key, name text not null) without rowid;
create table batch (
  batch text primary key, name text not null, at_ms integer not null, actor text not null,
  undone integer not null default 0
) without rowid;
"""

ValuesOf = Callable[[RecordId], Sequence[bytes | None]]
"""Looks up the side values of a record in the journal."""

RecordOf = Callable[[RecordId], Record]
"""Looks up a record in the journal."""


_Row = tuple[Any, ...]

Arrived = tuple[int, Record, Sequence[bytes | None] | None]
"""A record to fold in: its arrival, itself, and its side values where they are at hand."""

NOT_UNDERSTOOD = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, *NOT_STORABLE)
"""What a record that makes no sense may raise, as opposed to a disk that refuses."""

_log = logging.getLogger(__name__)


class View:
    """The tables of `view.db` on one writing connection; the store holds the transaction."""

    def __init__(self, connection: Connection, values_of: ValuesOf, record_of: RecordOf, own_device: str = "") -> None:
        self.connection = connection
        self.search = SearchIndex(connection)
        self.exchange = ExchangeFold(connection)
        self.unread = UnreadFold(connection)
        self.programme = ProgrammeFold(connection, values_of, record_of)
        self.layouts = LayoutFold(connection, values_of)
        self.doors = DoorFold(connection)
        self.clocks = ClockFold(connection, record_of)
        self._values_of = values_of
        self._record_of = record_of
        self._own_device = own_device

    def create(self) -> None:
        """Make the tables of an empty view."""
        for statement in _SCHEMA.strip().split(";\n"):
            self.connection.execute(statement)
        attendance_view.create(self.connection)
        self.search.create()
        self.programme.create()
        self.layouts.create()
        self.doors.create()
        self.exchange.create()
        self.unread.create()
        retention_view.create(self.connection)
        self.clocks.create()
        self.connection.execute(f"pragma user_version = {VIEW_VERSION}")

    def applied(self) -> int:
        """Up to which arrival of the journal this view is folded."""
        return self.last_applied()[0]

    def last_applied(self) -> tuple[int, str]:
        """The last record folded in: its arrival and its name. Passages carry theirs, so that a scan writes a page
        less.
        """
        noted = self.connection.execute("select value, record from state where name = 'applied'").fetchone()
        passed = self.connection.execute(
            "select arrival, log || ':' || seq from passage order by arrival desc limit 1"
        ).fetchone()
        return max(noted or (0, ""), passed or (0, ""))

    def apply(self, arrived: Iterable[Arrived], *, hopeful: bool = False) -> None:
        """Fold records in: (arrival, record, side values or None to look them up). The caller commits.

        A record of another station that makes no sense is set aside with its name; one of our own must make sense.
        Who is `hopeful` gets an error of NOT_UNDERSTOOD instead, and a view to throw away: being ready to go back
        costs more than folding.
        """
        page = list(arrived)
        if hopeful or all(record.device == self._own_device for _arrival, record, _values in page):
            self._apply_page(page)
            return
        try:
            with self._all_or_nothing():
                self._apply_page(page)
        except NOT_UNDERSTOOD:
            for item in page:
                self._apply_alone(item)

    def _apply_alone(self, item: Arrived) -> None:
        arrival, record, values = item
        try:
            with self._all_or_nothing():
                self._apply_page([item])
        except NOT_UNDERSTOOD:
            if record.device == self._own_device:
                raise
            _log.exception("the record %s says nothing to this program", record.id)
            self._not_read(record, values)
            self._note_applied(arrival, record)

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        self.connection.execute("savepoint page")
        try:
            yield
        except BaseException:
            self.connection.execute("rollback to page")
            raise
        finally:
            self.connection.execute("release page")

    def _apply_page(self, page: Sequence[Arrived]) -> None:
        work = _Work()
        noted = None
        self.clocks.learn([record for _arrival, record, _values in page])
        for arrival, record, values in page:
            if is_unknown(record):
                noted = (arrival, record)
                self._not_read(record, values)
            elif record.kind in PASSAGE_KINDS:
                self._passage(arrival, record)
            else:
                noted = (arrival, record)
                self._apply_one(record, values, work)
        if work.changes or work.touches:
            self._refold(work)
        self.clocks.put_right(self._move_passage, PASSAGE_KINDS)
        if noted:
            self._note_applied(*noted)

    def _not_read(self, record: Record, values: Sequence[bytes | None] | None) -> None:
        """Keep that this record says nothing to this program. A newer kind that is not critical may be ignored."""
        if record.critical or not is_unknown(record):
            self.exchange.not_understood(record)
        if record.critical and values is None:
            values = self._values_of(record.id)
        self.unread.keep(record, values or ())

    def _note_applied(self, arrival: int, record: Record) -> None:
        self.connection.execute("insert or replace into state values ('applied', ?, ?)", (arrival, str(record.id)))

    def _apply_one(self, record: Record, values: Sequence[bytes | None] | None, work: _Work) -> None:
        kind = record.kind
        if kind in ROSTER_KINDS:
            self._roster(record, values if values is not None else self._values_of(record.id), work)
        elif kind == Kind.IMPORT_NAME:
            self._name_batch(record, values if values is not None else self._values_of(record.id))
        elif kind == Kind.IMPORT_UNDO:
            self._undo_batch(record, work)
        elif kind in PROGRAMME_KINDS:
            self._note_batch_of(record)
            self.programme.apply(record, values)
        elif kind in LAYOUT_KINDS:
            self.layouts.apply(record, values)
        elif kind == Kind.OPEN and record.id.seq == 1:
            self.connection.execute(
                "insert or replace into log (log, device, station) values (?, ?, ?)",
                (record.id.log, record.device, str(record.body.get("station", ""))),
            )
            self.exchange.opened(record)
        elif kind in attendance_view.KINDS:
            values = values if values is not None else self._values_of(record.id)
            attendance_view.apply(self.connection, self._dated(record), values)
        elif kind in DOOR_KINDS:
            self.doors.apply(self._dated(record))
        elif kind in EXCHANGE_KINDS:
            self.exchange.apply(self._dated(record) if kind == Kind.SETTLE else record)
        elif kind in retention_view.RETENTION_KINDS:
            retention_view.apply(self.connection, record)
        elif kind == Kind.STAFF:
            self._staff(values if values is not None else self._values_of(record.id))

    def _dated(self, record: Record) -> Record:
        """The record with the time that counts."""
        at_ms, _order_ms = self.clocks.dated(record)
        return record if at_ms == to_ms(record.at) else replace(record, at=from_ms(at_ms))

    # Passages

    def _passage(self, arrival: int, record: Record) -> None:
        body, (at_ms, order_ms) = record.body, self.clocks.dated(record)
        subject = str(body.get("subject", ""))
        place = record.place or ""
        self.connection.execute(
            "insert or ignore into passage values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                arrival,
                record.id.log,
                record.id.seq,
                record.hlc.wall_ms,
                record.hlc.count,
                at_ms,
                at_ms - to_ms(record.at),
                order_ms,
                record.kind,
                subject,
                place,
                str(body.get("outcome", "")),
                str(body.get("reason", "")),
                str(body.get("code", "")),
                record.actor,
                str(body.get("target", "")),
                str(body.get("was", "")),
            ),
        )
        if record.kind != Kind.DENY:
            self._refold_admission(subject, place)
            seats_view.passed(self.connection, record)

    def _move_passage(self, record: Record, at_ms: int, order_ms: int) -> None:
        subject, place = str(record.body.get("subject", "")), record.place or ""
        self.connection.execute(
            "update passage set at_ms = ?, shift_ms = ?, order_ms = ? "
            "where subject = ? and place = ? and log = ? and seq = ?",
            (at_ms, at_ms - to_ms(record.at), order_ms, subject, place, record.id.log, record.id.seq),
        )
        if record.kind != Kind.DENY:
            self._refold_admission(subject, place)

    def _refold_admission(self, subject: str, place: str) -> None:
        rows = self.connection.execute(
            "select log, seq, hlc_ms, hlc_n, kind, target, reason, was, order_ms, at_ms, actor from passage "
            "where subject = ? and place = ?",
            (subject, place),
        ).fetchall()
        before = None if place == DESK else self.doors.standing(subject, place)
        alone = len(rows) == 1 and rows[0][4] == Kind.ADMIT
        first, stay = (rows[0], rows[0]) if alone else self._weigh(subject, place, rows)
        if first is None:
            self.connection.execute("delete from admission where attendee_id = ? and place = ?", (subject, place))
        else:
            here = (f"{stay[0]}:{stay[1]}", stay[9]) if stay else (None, None)
            self.connection.execute(
                "insert or replace into admission values (?, ?, ?, ?, ?, ?, ?, ?)",
                (subject, place, first[0], first[1], first[9], first[10], *here),
            )
        if before is not None:
            self.doors.moved(place, before, (first is not None, stay is not None))

    def _weigh(self, subject: str, place: str, rows: Sequence[_Row]) -> tuple[_Row | None, _Row | None]:
        """The rows of the admission that counts and of the one that began the present stay; that there are others is
        an incident.
        """
        by_record = {RecordId(row[0], row[1]): row for row in rows}
        passages = [Passage(record, Hlc(row[2], row[3]), *row[4:9]) for record, row in by_record.items()]
        self.exchange.passages(subject, place, passages, {record: row[9] for record, row in by_record.items()})
        effective, _further = effective_admission(passages)
        stay = current_stay(passages)
        return by_record[effective.record] if effective else None, by_record[stay.record] if stay else None

    # Roster

    def _roster(self, record: Record, values: Sequence[bytes | None], work: _Work) -> None:
        imported = record.kind == Kind.IMPORT
        batch = self._note_batch_of(record) if imported else None
        for n, value in enumerate(values):
            if value is None:
                continue
            try:
                change = read_change(value)
            except ValueError:
                if record.critical:
                    self._not_read(record, [value])
                continue  # kept in the journal; a newer program may know what it means
            attendee_id = change.attendee.id if isinstance(change, NewAttendee) else change.attendee_id
            work.touches.append((attendee_id, record.id.log, record.id.seq, n, batch))
            touch = Touch(record.id, record.hlc, record.role, change, imported, n)
            work.changes.setdefault(attendee_id, []).append((batch, touch))

    def _note_batch_of(self, record: Record) -> str | None:
        """The import this record belongs to."""
        batch = record.body.get("batch")
        if batch is None:
            return None
        self._note_batch(record, str(batch))
        return str(batch)

    def _note_batch(self, record: Record, batch: str, name: str = "") -> None:
        self.connection.execute(
            "insert into batch (batch, name, at_ms, actor, undone) "
            "values (?, ?, ?, ?, exists (select 1 from undone_batch where batch = ?)) "
            "on conflict (batch) do update set name = excluded.name where excluded.name <> ''",
            (batch, name, to_ms(record.at), record.actor, batch),
        )

    def _name_batch(self, record: Record, values: Sequence[bytes | None]) -> None:
        for value in values:
            if value is not None:
                self._note_batch(record, str(record.body.get("batch", "")), value.decode("utf-8", "replace"))

    def _undo_batch(self, record: Record, work: _Work) -> None:
        batch = str(record.body.get("batch", ""))
        self.connection.execute("insert or ignore into undone_batch (batch) values (?)", (batch,))
        self.connection.execute("update batch set undone = 1 where batch = ?", (batch,))
        self.programme.undo_batch(batch)
        self._write_touches(work)
        touched = self.connection.execute("select distinct attendee_id from touch where batch = ?", (batch,))
        for (attendee_id,) in touched:
            work.changes.setdefault(AttendeeId(attendee_id), [])

    def _write_touches(self, work: _Work) -> None:
        self.connection.executemany("insert or ignore into touch values (?, ?, ?, ?, ?)", work.touches)
        work.touches.clear()

    def _refold(self, work: _Work) -> None:
        """Compute anew the entry of everyone the new records touch."""
        self._write_touches(work)
        known = self._look_up("select id, n from attendee where id in ({})", work.changes)
        counted = self._look_up(
            "select attendee_id, sum(batch is null or batch not in (select batch from undone_batch)) "
            "from touch where attendee_id in ({}) group by attendee_id",
            work.changes,
        )
        undone = {row[0] for row in self.connection.execute("select batch from undone_batch")}
        entries: list[tuple[int | None, AttendeeId, Entry | None]] = []
        for attendee_id, in_hand in work.changes.items():
            touches = [touch for batch, touch in in_hand if batch not in undone]
            # Mostly somebody new, of whom nothing has arrived before: then there is nothing to read back.
            if len(touches) != counted.get(attendee_id):
                touches = self.touches(attendee_id)
            entries.append((known.get(attendee_id), attendee_id, merge_entry(touches)))
        self._write_entries(entries)

    def _look_up(self, sql: str, ids: Iterable[AttendeeId]) -> dict[AttendeeId, int]:
        wanted = list(ids)
        found: dict[AttendeeId, int] = {}
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            found.update(self.connection.execute(sql.format(",".join("?" * len(part))), part).fetchall())
        return found

    def touches(self, attendee_id: AttendeeId) -> list[Touch]:
        """Every change of this attendee that counts, from the journal."""
        rows = self.connection.execute(
            "select log, seq, n, batch from touch where attendee_id = ? "
            "and (batch is null or batch not in (select batch from undone_batch))",
            (attendee_id,),
        ).fetchall()
        touches = []
        for log, seq, n, batch in rows:
            record = self._record_of(RecordId(log, seq))
            value = self._values_of(record.id)[n]
            if value is not None:
                touches.append(Touch(record.id, record.hlc, record.role, read_change(value), batch is not None, n))
        return touches

    def _write_entries(self, entries: Sequence[tuple[int | None, AttendeeId, Entry | None]]) -> None:
        gone = [n for n, _id, entry in entries if entry is None and n is not None]
        standing = [(n, entry) for n, _id, entry in entries if entry is not None]
        old = [n for n, _entry in standing if n is not None]
        for n in (*gone, *old):
            self.connection.execute("delete from ticket where n = ?", (n,))
            self.connection.execute("delete from source_id where n = ?", (n,))
        self.connection.executemany("delete from attendee where n = ?", [(n,) for n in gone])
        if gone:
            self.search.drop(gone)
        next_n = (scalar(self.connection, "select max(n) from attendee") or 0) + 1
        rows, tickets, sources, indexed = [], [], [], []
        for known, entry in standing:
            n = known or next_n
            next_n += known is None
            rows.append(_attendee_row(n, entry))
            tickets += [_ticket_row(n, ticket, entry.since) for ticket in entry.tickets]
            sources += [(source_id, n) for source_id in entry.source_ids]
            indexed.append((n, entry.attendee, [ticket.code for ticket in entry.tickets]))
        marks = ",".join("?" * (len(ATTENDEE_COLUMNS) + 5))
        self.connection.executemany(f"insert or replace into attendee values ({marks})", rows)
        self.connection.executemany("insert or ignore into ticket values (?, ?, ?, ?, ?, ?, ?, ?)", tickets)
        self.connection.executemany("insert or ignore into source_id values (?, ?)", sources)
        if indexed:
            self.search.put(indexed)

    def _staff(self, values: Sequence[bytes | None]) -> None:
        for value in values:
            if value is not None:
                content = json.loads(value)
                self.connection.execute(
                    "insert or replace into staff (id, name) values (?, ?)", (content["staff"], content["name"])
                )


@dataclass(slots=True)
class _Work:
    """What a batch of records has touched and not yet computed."""

    touches: list[tuple[Any, ...]] = field(default_factory=list)
    changes: dict[AttendeeId, list[tuple[str | None, Touch]]] = field(default_factory=dict)
    """Everyone touched, with the touches in hand and their batches."""


_columns_of = attrgetter(*ATTENDEE_COLUMNS)
_STATUS = ATTENDEE_COLUMNS.index("status")
_FLAGS = tuple(ATTENDEE_COLUMNS.index(name) for name in ("sworn", "attention", "unpaid", "placeholder"))


def _attendee_row(n: int, entry: Entry) -> tuple[Any, ...]:
    attendee = entry.attendee
    columns = list(_columns_of(attendee))
    columns[_STATUS] = attendee.status.value  # the driver takes plain values much faster than what only behaves so
    for at in _FLAGS:
        columns[at] = None if columns[at] is None else int(columns[at])
    extras = json.dumps(dict(attendee.extras), ensure_ascii=False) if attendee.extras else ""
    return (n, attendee.id, *columns, extras, ",".join(entry.disputed), _writers(entry))


def _writers(entry: Entry) -> str:
    """Who wrote each field, as JSON: one record for most people, so it is written once as the default (`*`)."""
    writers = set(entry.writers.values())
    if len(writers) == 1:
        return _only_writer(*writers)
    common = max(Counter(entry.writers.values()).items(), key=itemgetter(1), default=((), 0))[0]
    rest = {name: by for name, by in entry.writers.items() if by != common}
    return json.dumps({"*": common, **rest} if common else rest, separators=(",", ":"))


@lru_cache(maxsize=64)
def _only_writer(by: tuple[str, ...]) -> str:
    return json.dumps({"*": by}, separators=(",", ":"))


def writers_of(text: str, fields: Iterable[str]) -> dict[str, list[str]]:
    """Read back `_writers`: the records whose value stands, for each of these fields that has one."""
    content = json.loads(text) if text else {}
    common = content.get("*", [])
    return {name: list(content.get(name, common)) for name in fields if content.get(name, common)}


def _ticket_row(n: int, ticket: Ticket, since: Hlc) -> tuple[Any, ...]:
    key, state = code_key(ticket.code), ticket.state.value
    return (key, n, ticket.code, ticket.kind.value, state, ticket.replaced_by, since.wall_ms, since.count)
