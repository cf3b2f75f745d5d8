"""Reading the programme and who is enrolled, from the view; writing changes to both, through the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from kiosk.domain.journal import Kind, to_ms
from kiosk.domain.people import AttendeeId
from kiosk.domain.programme import ProgrammeSession, Room, SessionId
from kiosk.domain.programme_json import (
    CONFERENCE_ID,
    ProgrammeChange,
    Subject,
    read_conference,
    read_room,
    read_session,
    register_values,
    room_fields,
    write_programme_change,
)
from kiosk.storage.database import Connection, scalar
from kiosk.storage.journal import Journal
from kiosk.storage.programme_view import KEPT_IN, STANDING, session_key

PAGE = 250
"""Rooms and sessions to a record of an import; they are side values, so that no record comes near its 4 KiB."""
ENROLLED_BYTES = 2800
"""Of people named in one record; the rest of its 4 KiB is for the record itself."""


def session(view: Connection, session_id: str) -> ProgrammeSession | None:
    """The session of this id."""
    row = view.execute("select id, content from session where id = ?", (session_id,)).fetchone()
    return _session(row) if row else None


def session_by_code(view: Connection, code: str) -> ProgrammeSession | None:
    """The session people call by this code. Where two are called so, one that takes place goes before one that does
    not.
    """
    rows = view.execute("select id, content from session where code_key = ? order by id", (session_key(code),))
    return min(map(_session, rows), key=lambda found: found.cancelled, default=None)


def sessions_in(view: Connection, room: str, since: datetime, until: datetime) -> list[ProgrammeSession]:
    """What is held in this room at any moment between these two, cancelled ones too, by their start."""
    rows = view.execute(
        "select id, content from session where room = ? and start_ms < ? and end_ms > ? order by start_ms, id",
        (room, to_ms(until), to_ms(since)),
    )
    return [_session(row) for row in rows]


def all_sessions(view: Connection) -> list[ProgrammeSession]:
    """The whole programme, by start and room."""
    return [_session(row) for row in view.execute("select id, content from session order by start_ms, room, id")]


def rooms(view: Connection) -> list[Room]:
    """Every room, by name."""
    return [read_room(name, json.loads(text)) for name, text in view.execute("select name, content from room")]


def room(view: Connection, name: str) -> Room | None:
    """The room of this name."""
    text = scalar(view, "select content from room where name = ?", name)
    return None if text is None else _read_room(name, text)


def room_names(view: Connection) -> set[str]:
    """Every room there is, whether it was described or only stands beside a session."""
    found = view.execute("select name from room union select room from session where room <> ''")
    return {name for (name,) in found}


@lru_cache(maxsize=1024)
def _read_room(name: str, content: str) -> Room:
    """A door asks for its room several times a scan, too."""
    return read_room(name, json.loads(content))


def _session(row: Sequence[Any]) -> ProgrammeSession:
    return _read(row[0], row[1])


@lru_cache(maxsize=4096)
def _read(session_id: str, content: str) -> ProgrammeSession:
    """A session is read from its words once: a door asks for the same few at each scan."""
    return read_session(session_id, json.loads(content))


def disputed_fields(view: Connection, session_id: str) -> frozenset[str]:
    """The registers of a session to which two stations gave different values at the same time."""
    return frozenset(
        filter(None, (scalar(view, "select disputed from session where id = ?", session_id) or "").split(","))
    )


# Enrolments


def enrolled_in(view: Connection, session_id: str) -> list[AttendeeId]:
    """Everyone with a place in this session."""
    rows = view.execute("select attendee_id from enrolment where session_id = ? order by attendee_id", (session_id,))
    return [AttendeeId(row[0]) for row in rows]


def enrolments_of(view: Connection, attendee_id: str) -> list[SessionId]:
    """Every session this attendee has a place in."""
    rows = view.execute("select session_id from enrolment where attendee_id = ? order by session_id", (attendee_id,))
    return [SessionId(row[0]) for row in rows]


def is_enrolled(view: Connection, attendee_id: str, session_id: str) -> bool:
    """Whether this attendee has a place in this session."""
    sql = "select 1 from enrolment where attendee_id = ? and session_id = ?"
    return scalar(view, sql, attendee_id, session_id) is not None


def enrolled_count(view: Connection, session_id: str) -> int:
    """How many have a place in this session."""
    count: int = scalar(view, "select count(*) from enrolment where session_id = ?", session_id)
    return count


def enrolled_counts(view: Connection) -> dict[str, int]:
    """How many have a place, by session; sessions without anybody are left out."""
    return dict(view.execute("select session_id, count(*) from enrolment group by session_id").fetchall())


def let_in_counts(view: Connection) -> dict[str, int]:
    """How many were let in at some time, by session; sessions without anybody are left out."""
    rows = view.execute("select place, scanned from occupancy join session on session.id = place where scanned > 0")
    return dict(rows.fetchall())


def pairs(view: Connection) -> set[tuple[str, str]]:
    """Everyone with a place, with the session's id."""
    return set(view.execute("select attendee_id, session_id from enrolment").fetchall())


def imported_pairs(view: Connection) -> set[tuple[str, str]]:
    """Whose place was given by a list, whether it still stands or not."""
    return set(
        view.execute(
            "select distinct attendee_id, session_id from enrol_touch where target = '' and batch is not null "
            "and batch not in (select batch from undone_batch)"
        ).fetchall()
    )


def given_up_pairs(view: Connection) -> set[tuple[str, str]]:
    """Whose place was taken back here, not by a list."""
    return set(
        view.execute(
            "select distinct attendee_id, session_id from enrol_touch where target <> '' and batch is null"
        ).fetchall()
    )


def is_enrolment_batch(view: Connection, batch: str) -> bool:
    """Whether an import was one of enrolments."""
    return scalar(view, "select 1 from enrol_touch where batch = ?", batch) is not None


def is_programme_batch(view: Connection, batch: str) -> bool:
    """Whether an import was one of the programme."""
    return scalar(view, "select 1 from programme_touch where batch = ?", batch) is not None


def sessions_that_hold(view: Connection, batch: str) -> int:
    """How many sessions an import touched in which somebody has a place or was let in."""
    touched = view.execute("select distinct id from programme_touch where subject = 'session' and batch = ?", (batch,))
    held = {*enrolled_counts(view), *let_in_counts(view)}
    return sum(1 for (session_id,) in touched if session_id in held)


def conference(view: Connection) -> tuple[dict[str, Any], frozenset[str]] | None:
    """What the records say of the conference, and which of it is disputed; None where they say nothing."""
    row = view.execute("select content, disputed from conference where name = ?", (CONFERENCE_ID,)).fetchone()
    return None if row is None else (read_conference(json.loads(row[0])), frozenset(filter(None, row[1].split(","))))


# Writing, inside `store.write()`


def is_stale(view: Connection, changes: Iterable[ProgrammeChange]) -> bool:
    """Whether what a plan was made in knowledge of is no longer so: something it makes is known, or what it changes
    is not as it was.
    """
    for change in changes:
        if change.subject is Subject.ROOM:
            known = room(view, change.id)
            values = room_fields(known) if known else None
        else:
            found = session(view, change.id)
            values = register_values(found, list(change.was)) if found else None
        if change.new != (values is None) or any((values or {}).get(name) != change.was[name] for name in change.was):
            return True
    return False


def write_changes(
    journal: Journal,
    view: Connection,
    changes: Iterable[ProgrammeChange],
    *,
    at: datetime,
    actor: str,
    batch: str | None = None,
    role: str | None = None,
) -> None:
    """Append changes of rooms and sessions, a page to a record, each naming the values it replaces."""
    values = [write_programme_change(_with_bases(view, change)) for change in changes]
    for start in range(0, len(values), PAGE):
        body = {} if batch is None else {"batch": batch, "page": start // PAGE + 1}
        page = values[start : start + PAGE]
        journal.append(Kind.PROGRAMME, body, at=at, actor=actor, values=page, role=role)


def _with_bases(view: Connection, change: ProgrammeChange) -> ProgrammeChange:
    table, key = KEPT_IN[change.subject]
    text = scalar(view, f"select writers from {table} where {key} = ?", change.id)
    writers = json.loads(text) if text else {}
    return replace(change, bases={name: writers[name] for name in change.fields if name in writers})


def enrol(
    journal: Journal,
    view: Connection,
    session_id: str,
    people: Iterable[str],
    *,
    at: datetime,
    actor: str,
    batch: str | None = None,
    role: str | None = None,
    how: str = "",
) -> int:
    """Give these people a place in this session; answers how many had none. `how` marks places not planned before:
    `walk_in` at the door.
    """
    wanted = list(dict.fromkeys(people))
    alone = len(wanted) == 1  # at a door, where nobody waits for the whole list to be read
    had = {wanted[0]} if alone and is_enrolled(view, wanted[0], session_id) else set()
    had |= set() if alone else set(enrolled_in(view, session_id))
    new = [person for person in wanted if person not in had]
    _append_places(journal, Kind.ENROL, "in", session_id, new, at, actor, batch, role, how)
    return len(new)


def withdraw(
    journal: Journal,
    view: Connection,
    session_id: str,
    people: Iterable[str],
    *,
    at: datetime,
    actor: str,
    batch: str | None = None,
    role: str | None = None,
) -> int:
    """Take back these people's places in this session; answers how many had one."""
    asked = json.dumps(list(people))
    targets: dict[str, list[str]] = {}
    rows = view.execute(STANDING, (session_id, asked, session_id, asked))
    for attendee_id, _session_id, record in rows:
        targets.setdefault(attendee_id, [attendee_id]).append(record)
    _append_places(journal, Kind.WITHDRAW, "out", session_id, list(targets.values()), at, actor, batch, role)
    return len(targets)


def _append_places(
    journal: Journal,
    kind: Kind,
    word: str,
    session_id: str,
    items: Sequence[Any],
    at: datetime,
    actor: str,
    batch: str | None,
    role: str | None,
    how: str = "",
) -> None:
    body = {"session": session_id} | ({} if batch is None else {"batch": batch}) | ({"how": how} if how else {})
    for page in _pages(items):
        journal.append(kind, {**body, word: page}, at=at, actor=actor, role=role)


def _pages(items: Sequence[Any]) -> Iterator[list[Any]]:
    page: list[Any] = []
    held = 0
    for item in items:
        size = len(json.dumps(item)) + 1
        if page and held + size > ENROLLED_BYTES:
            yield page
            page, held = [], 0
        page.append(item)
        held += size
    if page:
        yield page
