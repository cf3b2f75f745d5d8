"""The print queue: a table of `journal.db`, so that a transition is on the disk before anything acts on it.

Everything here runs inside `store.write()` (or, to read, `store.reading()`). What happened to a badge is also told in
the journal: `print.ask`, then `print.sent`, `print.done`, `print.unknown`, `print.failed`. The table is where a job
*is*; the records are what others learn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kiosk.domain.journal import Kind, from_ms, to_ms
from kiosk.domain.people import AttendeeId, TicketCode
from kiosk.domain.print_jobs import JobEvent, JobState, PrintJob, Priority, after
from kiosk.domain.printer_turns import Turn
from kiosk.storage.database import Connection
from kiosk.storage.journal import Journal

_COLUMNS = (
    "id, attendee_id, code, issue, copy, reason, asked_by, printer, state, detail, "
    "wish, batch, priority, tries, unasked, asked_at_ms, changed_at_ms"
)

_TOLD = {
    JobState.SENT: Kind.PRINT_SENT,
    JobState.PRINTED: Kind.PRINT_DONE,
    JobState.UNCERTAIN: Kind.PRINT_UNKNOWN,
    JobState.FAILED: Kind.PRINT_FAILED,
}
"""States that others should learn of."""


def add(journal: Journal, job: PrintJob) -> PrintJob:
    """Put a job into the queue and tell the journal who asked.

    A job of the same id already there is the answer, unchanged.
    """
    known = get(journal.connection, job.id)
    if known is not None:
        return known
    row = (
        job.id,
        job.attendee_id,
        job.code,
        job.issue,
        job.copy,
        job.reason,
        job.asked_by,
        job.printer,
        job.state,
        job.detail,
        job.wish,
        job.batch,
        job.priority,
        job.tries,
        job.unasked,
    )
    journal.connection.execute(
        f"insert into print_job ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, to_ms(job.asked_at), to_ms(job.changed_at)),
    )
    body = {**_body(job), "issue": job.issue, "copy": job.copy, "reason": job.reason}
    journal.append(Kind.PRINT_ASK, body, at=job.asked_at, actor=job.asked_by)
    return job


def move(
    journal: Journal,
    job_id: str,
    event: JobEvent,
    at: datetime,
    *,
    actor: str = "station",
    detail: str = "",
    printer: str | None = None,
    wish: str | None = None,
    unasked: bool = False,
) -> PrintJob:
    """Let something happen to a job: its row, and the record that tells of it.

    Raises NotPossible, and KeyError for an unknown job.
    `detail` may name a person or a device in words; it stays on this station.
    """
    job = get(journal.connection, job_id)
    if job is None:
        raise KeyError(job_id)
    state = after(job.state, event)
    journal.connection.execute(
        "update print_job set state = ?, detail = ?, printer = coalesce(?, printer), wish = coalesce(?, wish), "
        "tries = tries + ?, unasked = ?, changed_at_ms = ? where id = ?",
        (state, detail, printer, wish, event is JobEvent.CLAIM, unasked, to_ms(at), job_id),
    )
    if state in _TOLD and state is not job.state:
        journal.append(_TOLD[state], {**_body(job), "event": event.value}, at=at, actor=actor)
    moved = get(journal.connection, job_id)
    assert moved is not None
    return moved


def _body(job: PrintJob) -> dict[str, Any]:
    return {"subject": job.attendee_id, "job": job.id}


def set_code(journal: Journal, job_id: str, code: TicketCode) -> None:
    """Say which code the badge carries, once it has one."""
    journal.connection.execute("update print_job set code = ? where id = ?", (code, job_id))


def set_wish(journal: Journal, job_id: str, wish: str) -> None:
    """Say on which printer somebody wants a job of which nothing was sent."""
    journal.connection.execute("update print_job set wish = ? where id = ?", (wish, job_id))


def make_urgent(journal: Journal, job_id: str) -> None:
    """Somebody waits for it now."""
    journal.connection.execute("update print_job set priority = ? where id = ?", (Priority.DESK, job_id))


def get(connection: Connection, job_id: str) -> PrintJob | None:
    """One job."""
    row = connection.execute(f"select {_COLUMNS} from print_job where id = ?", (job_id,)).fetchone()
    return _job(row) if row else None


def latest(connection: Connection, attendee_id: str) -> PrintJob | None:
    """The newest job of this attendee: of the last issue, the last copy."""
    row = connection.execute(
        f"select {_COLUMNS} from print_job where attendee_id = ? order by issue desc, copy desc limit 1", (attendee_id,)
    ).fetchone()
    return _job(row) if row else None


def in_states(connection: Connection, states: Iterable[JobState]) -> list[PrintJob]:
    """The jobs in any of these states, in the order they were asked for."""
    wanted = list(states)
    rows = connection.execute(
        f"select {_COLUMNS} from print_job where state in ({_marks(wanted)}) order by asked_at_ms, rowid", wanted
    )
    return [_job(row) for row in rows]


def next_in_line(connection: Connection, turn: Turn) -> PrintJob | None:
    """The first job that nothing was sent of, that nobody works on, and that whoever has this turn may take."""
    known, desk, bulk = sorted(turn.known), sorted(turn.desk), sorted(turn.bulk)
    wish = f"case when wish in ({_marks(known)}) then wish else '' end"
    row = connection.execute(
        f"select {_COLUMNS} from print_job where state in ('queued', 'waiting') and "
        f"(priority = {Priority.DESK:d} and {wish} in ({_marks(desk)}) "
        f"or priority <> {Priority.DESK:d} and {wish} in ({_marks(bulk)})) "
        "order by priority, asked_at_ms, rowid limit 1",
        [*known, *desk, *known, *bulk],
    ).fetchone()
    return _job(row) if row else None


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def batch(connection: Connection, name: str) -> dict[JobState, int]:
    """How many jobs of one order of many are in each state."""
    rows = connection.execute("select state, count(*) from print_job where batch = ? group by state", (name,))
    return {JobState(state): number for state, number in rows}


def not_started(connection: Connection, batch: str, limit: int) -> list[PrintJob]:
    """Some jobs of one order of many that nothing was sent of and nobody waits for."""
    rows = connection.execute(
        f"select {_COLUMNS} from print_job where batch = ? and priority <> {Priority.DESK:d} "
        "and state in ('queued', 'waiting') limit ?",
        (batch, limit),
    )
    return [_job(row) for row in rows]


def recent(connection: Connection, limit: int) -> list[PrintJob]:
    """The jobs that changed last, the newest first."""
    rows = connection.execute(
        f"select {_COLUMNS} from print_job order by changed_at_ms desc, rowid desc limit ?", (limit,)
    )
    return [_job(row) for row in rows]


def counts(connection: Connection) -> dict[JobState, int]:
    """How many jobs are in each state, without those that nobody is asked about."""
    rows = connection.execute("select state, count(*) from print_job where not unasked group by state")
    return {JobState(state): number for state, number in rows}


def _job(row: tuple[Any, ...]) -> PrintJob:
    (
        job_id, attendee_id, code, issue, copy, reason, asked_by, printer, state, detail,
        wish, batch, priority, tries, unasked, asked_at_ms, changed_at_ms,
    ) = row  # fmt: skip
    return PrintJob(
        id=job_id,
        attendee_id=AttendeeId(attendee_id),
        code=TicketCode(code),
        issue=issue,
        copy=copy,
        reason=reason,
        asked_by=asked_by,
        state=JobState(state),
        asked_at=from_ms(asked_at_ms),
        changed_at=from_ms(changed_at_ms),
        printer=printer,
        detail=detail,
        wish=wish,
        batch=batch,
        priority=Priority(priority),
        tries=tries,
        unasked=bool(unasked),
    )
