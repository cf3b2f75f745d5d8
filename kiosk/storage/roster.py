"""Reading the roster and who is in, from the view; writing changes to it, through the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from kiosk.domain.codes import code_key
from kiosk.domain.journal import CRITICAL, Kind, Record, from_ms
from kiosk.domain.merging import field_values
from kiosk.domain.people import Attendee, AttendeeId, Status, Ticket, TicketKind, TicketState
from kiosk.domain.roster import FieldValue, NewAttendee, RosterChange
from kiosk.domain.roster_json import write_change
from kiosk.domain.verdicts import Admission, RecordId
from kiosk.storage.clock_view import IS_SURE
from kiosk.storage.database import Connection, scalar
from kiosk.storage.exchange import PURGED_SETTING
from kiosk.storage.journal import Journal
from kiosk.storage.settings import COPY_PREFIX
from kiosk.storage.view import ATTENDEE_COLUMNS, View, writers_of

PAGE = 250
"""People to a record of an import: few records, and none near its 4 KiB."""

_COLUMNS = ", ".join(f"a.{name}" for name in ("id", *ATTENDEE_COLUMNS, "extras"))
_WIDTH = len(ATTENDEE_COLUMNS) + 2
_FLAGS = tuple(ATTENDEE_COLUMNS.index(name) + 1 for name in ("attention", "unpaid", "placeholder"))
_SWORN, _STATUS = (ATTENDEE_COLUMNS.index(name) + 1 for name in ("sworn", "status"))
_STATUSES = {status.value: status for status in Status}


def _attendee(row: Sequence[Any]) -> Attendee:
    values = list(row[:_WIDTH])  # in the order of the class: id, columns, extras
    for at in _FLAGS:
        values[at] = bool(values[at])
    sworn = values[_SWORN]
    values[_SWORN] = None if sworn is None else bool(sworn)
    values[_STATUS] = _STATUSES[values[_STATUS]]
    extras = values[-1]
    values[-1] = json.loads(extras) if extras else {}
    return Attendee(*values)


def _ticket(row: Sequence[Any], attendee_id: AttendeeId) -> Ticket:
    code, kind, state, replaced_by = row
    return Ticket(code, attendee_id, TicketKind(kind), TicketState(state), replaced_by)


def by_code(view: Connection, code: str) -> tuple[Attendee, Ticket] | None:
    """Whose code this is, whatever its state. Where two people have it, it is the one's who was on the roster first."""
    row = view.execute(
        f"select {_COLUMNS}, t.code, t.kind, t.state, t.replaced_by from ticket t join attendee a on a.n = t.n "
        "where t.code_key = ? order by t.since_ms, t.since_n, a.id limit 1",
        (code_key(code),),
    ).fetchone()
    if row is None:
        return None
    attendee = _attendee(row)
    return attendee, _ticket(row[_WIDTH:], attendee.id)


def by_id(view: Connection, attendee_id: str) -> Attendee | None:
    """The attendee of this id."""
    row = view.execute(f"select {_COLUMNS} from attendee a where a.id = ?", (attendee_id,)).fetchone()
    if row is None and attendee_id in _nameless(view):
        return _without_a_name(attendee_id)
    return _attendee(row) if row else None


def _nameless(view: Connection) -> list[str]:
    """After a purge, who came or had a place: nobody knows any more who they were."""
    if scalar(view, "select 1 from state where name = ?", COPY_PREFIX + PURGED_SETTING) is None:
        return []
    known = "select attendee_id from admission union select attendee_id from enrolment except select id from attendee"
    return [row[0] for row in view.execute(f"{known} order by 1")]


def _without_a_name(attendee_id: str) -> Attendee:
    """Somebody of whom only the id is left: it stands where the conference's own number stood."""
    return Attendee(AttendeeId(attendee_id), number=attendee_id)


def by_number(view: Connection, ns: Sequence[int]) -> list[Attendee]:
    """The attendees the search index names, in its order."""
    marks = ",".join("?" * len(ns))
    rows = view.execute(f"select a.n, {_COLUMNS} from attendee a where a.n in ({marks})", list(ns)).fetchall()
    found = {row[0]: _attendee(row[1:]) for row in rows}
    return [found[n] for n in ns if n in found]


def tickets_of(view: Connection, attendee_id: str) -> list[Ticket]:
    """Every code of this attendee."""
    rows = view.execute(
        "select t.code, t.kind, t.state, t.replaced_by from ticket t join attendee a on a.n = t.n where a.id = ?",
        (attendee_id,),
    )
    return [_ticket(row, AttendeeId(attendee_id)) for row in rows]


def admission_of(view: Connection, attendee_id: str, place: str) -> Admission | None:
    """The admission that counts for this attendee at this place."""
    row = view.execute(
        f"select a.log, a.seq, a.at_ms, a.place, coalesce(l.station, ''), coalesce(s.name, ''), {IS_SURE} "
        "from admission a left join log l on l.log = a.log left join staff s on s.id = a.actor "
        "left join clock k on k.log = a.log where a.attendee_id = ? and a.place = ?",
        (attendee_id, place),
    ).fetchone()
    return Admission(RecordId(row[0], row[1]), from_ms(row[2]), row[3], row[4], row[5], bool(row[6])) if row else None


def staff_id(view: Connection, name: str) -> str | None:
    """The id under which records know this member of staff."""
    found: str | None = scalar(view, "select id from staff where name = ?", name)
    return found


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the desk is."""

    people: int = 0
    """On the roster, whatever their status; seats without a name too."""
    expected: int = 0
    """Coming."""
    checked_in: int = 0


def counts(view: Connection, place: str) -> Counts:
    """How many are known, expected, and in."""
    nameless = len(_nameless(view))
    people = scalar(view, "select count(*) from attendee") + nameless
    expected = scalar(view, "select count(*) from attendee where status = 'coming'") + nameless
    return Counts(people, expected, scalar(view, "select count(*) from admission where place = ?", place))


def agencies(view: Connection, beginning: str, limit: int = 8) -> list[str]:
    """Agencies on the roster that begin so, for completing what is typed."""
    like = beginning.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = view.execute(
        "select agency from attendee where agency like ? escape '\\' and agency <> '' "
        "group by agency order by count(*) desc limit ?",
        (like, limit),
    )
    return [row[0] for row in rows]


@dataclass(frozen=True, slots=True)
class Known:
    """One attendee with everything an import compares."""

    attendee: Attendee
    tickets: tuple[Ticket, ...]
    source_ids: tuple[str, ...]
    admitted: bool
    """Whether this attendee is in, at any place."""


def everyone(view: Connection) -> Iterator[Known]:
    """The whole roster, for imports and reports."""
    tickets: dict[int, list[tuple[Any, ...]]] = {}
    for n, *row in view.execute("select n, code, kind, state, replaced_by from ticket"):
        tickets.setdefault(n, []).append(tuple(row))
    sources: dict[int, list[str]] = {}
    for n, source_id in view.execute("select n, source_id from source_id"):
        sources.setdefault(n, []).append(source_id)
    inside = {row[0] for row in view.execute("select distinct attendee_id from admission")}
    for n, *row in view.execute(f"select a.n, {_COLUMNS} from attendee a order by a.n"):
        attendee = _attendee(row)
        own = tuple(_ticket(ticket, attendee.id) for ticket in tickets.get(n, ()))
        yield Known(attendee, own, tuple(sources.get(n, ())), attendee.id in inside)
    for attendee_id in _nameless(view):
        yield Known(_without_a_name(attendee_id), (), (), attendee_id in inside)


def imported_values(view: View, attendee_id: str) -> dict[str, FieldValue]:
    """What imports last said of each field of this attendee, edits at the desk left out."""
    values: dict[str, FieldValue] = {}
    touches = [touch for touch in view.touches(AttendeeId(attendee_id)) if touch.imported]
    for touch in sorted(touches, key=lambda touch: touch.order):
        values.update(field_values(touch.change))
    return values


def edited_attendees(view: Connection) -> list[str]:
    """Whoever was changed other than by an import: their files' values may be older than what the desk knows."""
    return [row[0] for row in view.execute("select distinct attendee_id from touch where batch is null")]


# Writing


def write_changes(
    journal: Journal,
    view: View,
    kind: Kind,
    changes: Iterable[RosterChange],
    *,
    at: datetime,
    actor: str,
    body: Mapping[str, Any] | None = None,
    place: str | None = None,
    role: str | None = None,
) -> list[Record]:
    """Append roster changes, a page of people to a record, each naming the values it replaces. Inside
    `store.write()`.
    """
    records: list[Record] = []
    size, left = 1 if kind in CRITICAL else PAGE, iter(changes)
    while page := list(islice(left, size)):
        head = {"page": len(records) + 1, **(body or {})} if kind is Kind.IMPORT else dict(body or {})
        if kind in CRITICAL:
            head["subject"] = _subject(page[0])
        values = [write_change(_with_bases(view.connection, change)) for change in page]
        records.append(journal.append(kind, head, at=at, actor=actor, place=place, values=values, role=role))
    return records


def _subject(change: RosterChange) -> AttendeeId:
    return change.attendee.id if isinstance(change, NewAttendee) else change.attendee_id


def _with_bases(view: Connection, change: RosterChange) -> RosterChange:
    if isinstance(change, NewAttendee) or not change.fields:
        return change
    writers = scalar(view, "select writers from attendee where id = ?", change.attendee_id) or ""
    return replace(change, bases=writers_of(writers, field_values(change)))
