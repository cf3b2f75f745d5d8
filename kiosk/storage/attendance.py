"""Reading what was recorded of people at the doors of sessions, one person or everyone in one pass; writing decisions
about it, through the journal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kiosk.domain.attendance import ClockFault, Closing, DoorLog, Mark, Recorded, Repair, Way, clocks_ahead
from kiosk.domain.credit import Grant
from kiosk.domain.journal import Hlc, Kind, from_ms, to_ms
from kiosk.domain.programme import SessionId
from kiosk.domain.verdicts import RecordId
from kiosk.storage.clock_view import IS_SURE
from kiosk.storage.database import Connection
from kiosk.storage.journal import Journal

_WAYS = {Kind.ADMIT.value: Way.IN, Kind.EXIT.value: Way.OUT}


@dataclass(slots=True)
class Book:
    """What was recorded, put together by person."""

    people: dict[str, Recorded] = field(default_factory=dict)
    grants: dict[str, list[Grant]] = field(default_factory=dict)
    undone: frozenset[str] = frozenset()
    closings: tuple[Closing, ...] = ()
    clocks: tuple[ClockFault, ...] = ()

    def of(self, attendee_id: str) -> Recorded:
        """One person's; somebody never scanned has only what concerns everyone."""
        return self.people.get(attendee_id) or Recorded((), (), self.closings, self.clocks, self.undone)


def read_book(view: Connection, people: Iterable[str] | None = None) -> Book:
    """The book of these people, or of everyone."""
    wanted = None if people is None else json.dumps(sorted(set(people)))
    book = Book(undone=frozenset(_undone(view, wanted)))
    repairs: dict[str, list[Repair]] = {}
    closings, clocks = [], []
    for subject, decision in _decisions(view, wanted):
        match decision:
            case Repair():
                repairs.setdefault(subject, []).append(decision)
            case Grant():
                book.grants.setdefault(subject, []).append(decision)
            case Closing():
                closings.append(decision)
            case ClockFault():
                clocks.append(decision)
    book.closings, book.clocks = tuple(closings), tuple(clocks)
    blank = Recorded((), (), book.closings, book.clocks, book.undone)
    marks = _marks(view, wanted)
    for subject in {*marks, *repairs}:
        book.people[subject] = replace(blank, marks=marks.get(subject, ()), repairs=repairs.get(subject, ()))
    return book


def _undone(view: Connection, wanted: str | None) -> Iterator[str]:
    some = "" if wanted is None else " and (subject = '' or subject in (select value from json_each(?)))"
    for (target,) in view.execute(f"select target from passage where kind = 'undo'{some}", _given(wanted)):
        yield target


def _given(wanted: str | None) -> list[str]:
    return [] if wanted is None else [wanted]


def _marks(view: Connection, wanted: str | None) -> dict[str, list[Mark]]:
    some = "" if wanted is None else " and p.subject in (select value from json_each(?))"
    found = view.execute(
        "select p.subject, p.log, p.seq, p.hlc_ms, p.hlc_n, coalesce(s.name, ''), p.place, p.kind, p.at_ms, "
        f"p.kind = 'exit' and p.target <> '', p.shift_ms, {IS_SURE}, p.was "
        "from passage p left join staff s on s.id = p.actor left join clock k on k.log = p.log "
        f"where p.kind in ('admit', 'exit') and p.place <> 'desk'{some}",
        _given(wanted),
    )
    rows = found.fetchall()
    known = {f"{row[1]}:{row[2]}" for row in rows}
    marks: dict[str, list[Mark]] = {}
    for subject, log, seq, hlc_ms, hlc_n, by, place, kind, at_ms, moved, shift_ms, sure, was in rows:
        if was in known:
            continue  # written down anew after a loss, and the first record has come back from another station
        head = (RecordId(log, seq), Hlc(hlc_ms, hlc_n), by)
        recorded = from_ms(at_ms - shift_ms) if shift_ms else None
        mark = Mark(*head, SessionId(place), _WAYS[kind], from_ms(at_ms), bool(moved), recorded, bool(sure))
        marks.setdefault(subject, []).append(mark)
    return marks


Decision = Repair | Closing | Grant | ClockFault


def _decisions(view: Connection, wanted: str | None) -> Iterator[tuple[str, Decision]]:
    some = "" if wanted is None else " where subject = '' or subject in (select value from json_each(?))"
    rows = view.execute(
        "select d.subject, d.log, d.seq, d.hlc_ms, d.hlc_n, coalesce(s.name, ''), d.kind, d.session, d.content, d.why "
        f"from decision d left join staff s on s.id = d.actor{some}",
        _given(wanted),
    )
    for subject, log, seq, hlc_ms, hlc_n, by, kind, session, content, why in rows:
        head = (RecordId(log, seq), Hlc(hlc_ms, hlc_n), by)
        try:
            yield subject, _decision(head, kind, SessionId(session), json.loads(content), why)
        except (KeyError, TypeError, ValueError, OverflowError):
            continue  # kept in the journal; a newer program may know what it means


def _decision(
    head: tuple[RecordId, Hlc, str], kind: str, session: SessionId, body: Mapping[str, Any], why: str
) -> Decision:
    match kind:
        case Kind.REPAIR:
            way = Way(body["way"]) if "way" in body else None
            at = from_ms(body["to_ms"]) if "to_ms" in body else None
            return Repair(*head, session, why, way, at, tuple(str(target) for target in body.get("targets", ())))
        case Kind.CLOSE:
            return Closing(*head, session, from_ms(body["end_ms"]))
        case Kind.GRANT:
            return Grant(*head, session, int(body["minutes"]), why)
        case _:
            return ClockFault(*head, str(body["log"]), int(body["ahead_s"]), why)


def scanned_at(view: Connection, session_id: str) -> list[str]:
    """Everyone of whom anything was recorded at the door of this session."""
    rows = view.execute(
        "select subject from passage where place = ? and kind in ('admit', 'exit') "
        "union select subject from decision where session = ? and subject <> ''",
        (session_id, session_id),
    )
    return [row[0] for row in rows]


def enrolments(view: Connection) -> dict[str, set[SessionId]]:
    """Everyone's enrolments, in one pass."""
    found: dict[str, set[SessionId]] = {}
    for attendee_id, session_id in view.execute("select attendee_id, session_id from enrolment"):
        found.setdefault(attendee_id, set()).add(SessionId(session_id))
    return found


def door_logs(view: Connection) -> list[DoorLog]:
    """Every log with scans at doors, the newest first, and by how much its clock was wrong as far as somebody said."""
    rows = view.execute(
        "select p.log, coalesce(l.station, ''), count(*), min(p.at_ms), max(p.at_ms) from passage p "
        "left join log l on l.log = p.log where p.kind in ('admit', 'exit') and p.place <> 'desk' "
        "group by p.log order by 5 desc"
    ).fetchall()
    wrong = clocks_ahead(read_book(view, []).of(""))
    return [
        DoorLog(log, station, scans, from_ms(first), from_ms(last), wrong[log].ahead_s if log in wrong else 0)
        for log, station, scans, first, last in rows
    ]


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """A certificate as its record says it; `paper` is what it said, empty where that was purged."""

    code: str
    subject: str
    total: int
    paper: str
    at: datetime
    by: str
    station: str


def certificates(view: Connection, code: str) -> list[StoredCertificate]:
    """What was certified under this code; the first time comes first."""
    rows = view.execute(
        "select c.code, c.subject, c.content, c.paper, c.at_ms, coalesce(s.name, ''), coalesce(l.station, '') "
        "from certificate c left join staff s on s.id = c.actor left join log l on l.log = c.log "
        "where c.code = ? order by c.at_ms, c.log, c.seq",
        (code,),
    )
    return [
        StoredCertificate(code, subject, _total(content), paper, from_ms(at_ms), by, station)
        for code, subject, content, paper, at_ms, by, station in rows
    ]


def _total(content: str) -> int:
    total = json.loads(content).get("total", 0)
    return total if type(total) is int else 0


def is_taken_back(view: Connection, target: RecordId, subject: str, session: str | None) -> bool:
    """Whether an undo names this decision."""
    row = view.execute(
        "select 1 from passage where subject = ? and place = ? and kind = 'undo' and target = ?",
        (subject, session or "", str(target)),
    ).fetchone()
    return row is not None


# Writing, inside `store.write()`


def write_repair(
    journal: Journal,
    subject: str,
    session: SessionId,
    why: str,
    *,
    at: datetime,
    actor: str,
    way: Way | None = None,
    to: datetime | None = None,
    targets: Iterable[RecordId] = (),
) -> RecordId:
    """Append a repair."""
    body: dict[str, Any] = {"subject": subject}
    if way is not None:
        body["way"] = way.value
    if to is not None:
        body["to_ms"] = to_ms(to)
    if names := [str(target) for target in targets]:
        body["targets"] = names
    return journal.append(Kind.REPAIR, body, at=at, actor=actor, place=session, values=[why.encode()]).id


def write_closing(journal: Journal, session: SessionId, end: datetime, *, at: datetime, actor: str) -> RecordId:
    """Append that a session is over."""
    return journal.append(Kind.CLOSE, {"end_ms": to_ms(end)}, at=at, actor=actor, place=session).id


def write_grant(
    journal: Journal, subject: str, session: SessionId, minutes: int, why: str, *, at: datetime, actor: str
) -> RecordId:
    """Append what somebody decided a session is worth."""
    body = {"subject": subject, "minutes": minutes}
    return journal.append(Kind.GRANT, body, at=at, actor=actor, place=session, values=[why.encode()]).id


def write_clock_fault(journal: Journal, log: str, ahead_s: int, why: str, *, at: datetime, actor: str) -> RecordId:
    """Append that the clock was wrong all through a log."""
    body = {"log": log, "ahead_s": ahead_s}
    return journal.append(Kind.CLOCK, body, at=at, actor=actor, values=[why.encode()]).id


def write_undo(
    journal: Journal, target: RecordId, subject: str, session: str | None, *, at: datetime, actor: str
) -> None:
    """Append that a decision is taken back."""
    body = {"subject": subject, "target": str(target)}
    journal.append(Kind.UNDO, body, at=at, actor=actor, place=session)


def write_certificate(
    journal: Journal, subject: str, code: str, total: int, courses: int, paper: bytes, *, at: datetime, actor: str
) -> RecordId:
    """Append that a certificate was made; `paper` is what it says."""
    body = {"subject": subject, "code": code, "total": total, "courses": courses}
    return journal.append(Kind.CERTIFICATE, body, at=at, actor=actor, values=[paper]).id
