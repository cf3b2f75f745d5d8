"""The journal's schema: made once, brought forward after a copy, never backward."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kiosk.domain.print_jobs import JobState, Priority
from kiosk.errors import NewerFile
from kiosk.services.verify import verify
from kiosk.storage import migrations, print_jobs
from kiosk.storage.database import connect, scalar, utils
from kiosk.storage.migrations import SCHEMA_VERSION, copy_before, migrate
from kiosk.storage.store import open_store
from kiosk.storage.view import VIEW_VERSION
from tests.builders import ANY_JOB, KEY, a_store, enrol, some_attendees
from tests.faults import knowledge


def test_a_new_file_gets_todays_schema_and_a_second_call_does_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = connect(path, KEY, durable=True)
    migrate(connection, path)
    schema = connection.execute("select sql from sqlite_master order by name").fetchall()
    migrate(connection, path)
    assert connection.execute("select sql from sqlite_master order by name").fetchall() == schema
    assert scalar(connection, "pragma user_version") == SCHEMA_VERSION
    assert [file.name for file in tmp_path.glob("*.before*")] == []
    connection.close()


def test_a_journal_of_a_newer_program_is_refused_in_words_and_left_alone(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        enrol(store, some_attendees(2))
        store.connection.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    before = (tmp_path / "journal.db").read_bytes()
    with pytest.raises(NewerFile, match="newer version"):
        open_store(tmp_path, KEY)
    assert (tmp_path / "journal.db").read_bytes() == before
    assert list(tmp_path.glob("journal.damaged*")) == []


@pytest.mark.expect_log
@pytest.mark.parametrize("version", [VIEW_VERSION - 1, VIEW_VERSION + 1])
def test_a_view_of_another_program_is_folded_anew(tmp_path: Path, version: int) -> None:
    with a_store(tmp_path) as store:
        enrol(store, some_attendees(3))
        before = knowledge(store)
        store.view.connection.execute(f"pragma user_version = {version}")
        store.view.connection.execute("update attendee set first = 'Somebody'")
    with a_store(tmp_path) as store:
        assert knowledge(store) == before
        assert verify(store).problems == ()


def test_a_schema_step_that_was_killed_is_done_at_the_next_start(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        enrol(store, some_attendees(2))
        before = knowledge(store)
        store.connection.execute("pragma user_version = 0")  # killed after the steps, before the number
    with a_store(tmp_path) as store:
        assert scalar(store.connection, "pragma user_version") == SCHEMA_VERSION
        assert knowledge(store) == before


def test_a_copy_that_opens_is_made_before_a_step(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        enrol(store, some_attendees(2))
        copy = copy_before(store.connection, tmp_path / "journal.db", 1)
    connection = connect(copy, KEY, durable=False, read_only=True)
    assert scalar(connection, "pragma integrity_check") == "ok"
    assert scalar(connection, "select count(*) from value") == 2
    connection.close()


@pytest.mark.expect_log
def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_store(tmp_path) as store:
        enrol(store, some_attendees(2))
    steps = migrations._steps()

    @steps()
    def step_that_fails(db: object) -> None:
        db.execute("create table half (x)")  # type: ignore[attr-defined]
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(migrations, "_steps", lambda: steps)
    monkeypatch.setattr(migrations, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    with pytest.raises(Exception, match="full"):
        open_store(tmp_path, KEY)
    monkeypatch.undo()
    with a_store(tmp_path) as store:
        assert scalar(store.connection, "select count(*) from sqlite_master where name = 'half'") == 0
        assert verify(store).problems == ()
    assert len(list(tmp_path.glob(f"journal.db.before-{SCHEMA_VERSION + 1}-*"))) == 1


def an_older_journal(path: Path, stop_before: str, version: int) -> None:
    """A journal as an earlier version of the program left it, with one job in its queue."""
    connection = connect(path, KEY, durable=True)
    migrations._steps().apply(utils(connection), stop_before=stop_before)
    connection.execute(f"pragma user_version = {version}")
    row = ("A-1-1", "A", "C", 1, 1, "first", "station", None, "waiting", "No paper.", 5, 6)
    connection.execute(f"insert into print_job values ({','.join('?' * len(row))})", row)
    connection.close()


def test_a_queue_of_one_printer_becomes_a_queue_of_several(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    an_older_journal(path, "step_002_several_printers", 1)
    connection = connect(path, KEY, durable=True)
    migrate(connection, path)
    [job] = print_jobs.in_states(connection, JobState)
    assert (job.id, job.state, job.detail) == ("A-1-1", JobState.WAITING, "No paper.")
    assert (job.wish, job.batch, job.priority, job.tries, job.unasked) == ("", "", Priority.DESK, 0, False)
    assert print_jobs.next_in_line(connection, ANY_JOB) == job
    connection.close()
    assert len(list(tmp_path.glob("journal.db.before-2-*"))) == 1
