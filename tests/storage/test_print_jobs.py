from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.people import AttendeeId, TicketCode
from kiosk.domain.print_jobs import JobEvent, JobState, NotPossible, PrintJob, job_id
from kiosk.storage import print_jobs
from kiosk.storage.journal import read_after
from kiosk.storage.store import Store
from tests.builders import ANY_JOB, NOON, a_store, an_id


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_store(tmp_path) as store:
        yield store


def a_job(attendee_id: AttendeeId | None = None, issue: int = 1, copy: int = 1, later_s: float = 0) -> PrintJob:
    attendee_id = attendee_id or an_id()
    at = NOON + timedelta(seconds=later_s)
    name = job_id(attendee_id, issue, copy)
    return PrintJob(name, attendee_id, TicketCode("C"), issue, copy, "first", "station", JobState.QUEUED, at, at)


def queue(store: Store, *jobs: PrintJob) -> None:
    with store.write() as journal:
        for job in jobs:
            print_jobs.add(journal, job)


def move(store: Store, job: PrintJob, *events: JobEvent, detail: str = "") -> PrintJob:
    moved = job
    for event in events:
        with store.write() as journal:
            moved = print_jobs.move(journal, job.id, event, NOON, detail=detail, printer="PDF")
    return moved


def told(store: Store) -> list[str]:
    return [s.record.kind for s in read_after(store.connection, 0) if s.record.kind.startswith("print.")]


def test_a_job_comes_back_as_it_went_in(store: Store) -> None:
    job = a_job()
    queue(store, job)
    assert print_jobs.get(store.connection, job.id) == job
    assert print_jobs.get(store.connection, "nobody-1-1") is None


def test_one_piece_of_paper_is_asked_for_once(store: Store) -> None:
    job = a_job()
    queue(store, job)
    with store.write() as journal:
        again = print_jobs.add(journal, replace(job, reason="other"))
    assert again == job
    assert told(store) == ["print.ask"]


def test_the_queue_keeps_the_order_of_asking(store: Store) -> None:
    third, first, second = a_job(later_s=3), a_job(later_s=1), a_job(later_s=1)
    queue(store, third, first, second)
    order = []
    while (job := print_jobs.next_in_line(store.connection, ANY_JOB)) is not None:
        order.append(job.id)
        move(store, job, JobEvent.CLAIM)
    assert order == [first.id, second.id, third.id]


def test_the_journal_tells_what_became_of_each_badge(store: Store) -> None:
    good, lost = a_job(), a_job()
    queue(store, good, lost)
    move(store, good, JobEvent.CLAIM, JobEvent.START, JobEvent.ALL_SENT, JobEvent.CAME_OUT)
    move(store, lost, JobEvent.CLAIM, JobEvent.START, JobEvent.LOST, JobEvent.DID_NOT_COME_OUT)
    assert told(store) == ["print.ask"] * 2 + ["print.sent", "print.done", "print.unknown", "print.failed"]
    bodies = b"".join(stored.data for stored in read_after(store.connection, 0))
    assert b'"code"' not in bodies


def test_what_cannot_happen_changes_nothing(store: Store) -> None:
    job = a_job()
    queue(store, job)
    with pytest.raises(NotPossible):
        move(store, job, JobEvent.CAME_OUT)
    with pytest.raises(KeyError):
        move(store, a_job(), JobEvent.CLAIM)
    assert print_jobs.get(store.connection, job.id) == job
    assert told(store) == ["print.ask"]


def test_a_job_remembers_its_printer_and_what_went_wrong(store: Store) -> None:
    job = a_job()
    queue(store, job)
    held = move(store, job, JobEvent.CLAIM, JobEvent.HOLD, detail="Out of labels.")
    assert (held.printer, held.detail, held.state) == ("PDF", "Out of labels.", JobState.WAITING)
    assert move(store, job, JobEvent.RETRY).detail == ""


def test_the_newest_badge_of_somebody(store: Store) -> None:
    who = an_id()
    jobs = [a_job(who, issue, copy) for issue, copy in ((1, 1), (2, 1), (1, 2), (2, 2))]
    queue(store, *jobs, a_job())
    assert print_jobs.latest(store.connection, who) == jobs[-1]
    assert print_jobs.latest(store.connection, an_id()) is None


def test_jobs_are_counted_and_found_by_state(store: Store) -> None:
    jobs = [a_job(later_s=n) for n in range(3)]
    queue(store, *jobs)
    move(store, jobs[0], JobEvent.CLAIM)
    assert print_jobs.counts(store.connection) == {JobState.QUEUED: 2, JobState.CLAIMED: 1}
    assert [job.id for job in print_jobs.in_states(store.connection, [JobState.QUEUED])] == [jobs[1].id, jobs[2].id]


def test_a_transaction_that_fails_asks_for_nothing(store: Store) -> None:
    job = a_job()

    def fail() -> None:
        with store.write() as journal:
            print_jobs.add(journal, job)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        fail()
    assert print_jobs.get(store.connection, job.id) is None


def test_the_queue_outlives_the_program(tmp_path: Path) -> None:
    job = a_job()
    with a_store(tmp_path / "data") as store:
        queue(store, job)
        move(store, job, JobEvent.CLAIM)
    with a_store(tmp_path / "data") as store:
        kept = print_jobs.get(store.connection, job.id)
    assert kept is not None
    assert kept.state is JobState.CLAIMED
