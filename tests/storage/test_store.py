"""The one write path: kept whole or not at all, one process, one decision at a time, never on a stale view."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import tempfile
import threading
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2 as driver

from kiosk.domain.journal import Kind
from kiosk.domain.verdicts import Outcome
from kiosk.errors import AlreadyRunning, NotSaved, StorageError
from kiosk.services.find import Find
from kiosk.services.verify import verify
from kiosk.storage import roster
from kiosk.storage.opening import CLOSED_FILE
from kiosk.storage.store import BALLAST_FILE, Store, open_store
from tests.builders import KEY, NOON, Clock, Desk, a_station, a_store, an_attendee, enrol, some_attendees


class Failing:
    """A connection that refuses some statements, as a disk would."""

    def __init__(self, connection: Any, refused: str, error: Exception) -> None:
        self._connection, self.refused, self._error = connection, refused, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *parameters: Any) -> Any:
        if self.refused and sql.startswith(self.refused):
            raise self._error
        return self._connection.execute(sql, *parameters)


def refuse(store: Store, statement: str, error: Exception) -> Failing:
    """Let the journal's connection refuse such statements from now on; set `refused` to "" to end it."""
    failing = Failing(store.connection, statement, error)
    store.connection = failing  # type: ignore[assignment]
    return failing


def records(store: Store) -> int:
    count: int = store.connection.execute("select count(*) from record").fetchone()[0]
    return count


def admitted(desk: Desk) -> int:
    return roster.counts(desk.store.view.connection, "desk").checked_in


def test_what_was_written_is_there_at_the_next_start(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(3))
        first = desk.scan("000002")
    with a_station(tmp_path) as desk:
        again = desk.scan("000002", later_s=600)
        assert again.outcome is Outcome.ALREADY
        assert again.first is not None
        assert again.first.record == first.record
        assert verify(desk.store).problems == ()


def test_an_exception_inside_a_write_keeps_nothing(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        enrol(store, an_attendee(code="1"))
        before = records(store)
        with contextlib.suppress(RuntimeError), store.write() as journal:
            journal.append(Kind.REVEAL, {"subject": "x"}, at=NOON, actor="station", values=[b"secret"])
            raise RuntimeError("a bug")
        assert records(store) == before
        enrol(store, an_attendee(code="2"))
        assert verify(store).problems == ()


@pytest.mark.expect_log
@pytest.mark.parametrize(
    "error, said",
    [
        (driver.OperationalError("database or disk is full"), "full"),
        (driver.OperationalError("attempt to write a readonly database"), "cannot be written"),
        (driver.OperationalError("disk I/O error"), "did not save"),
        (driver.OperationalError("database is locked"), "in use"),
    ],
)
@pytest.mark.parametrize("statement", ["begin", "insert into record", "commit"])
def test_nobody_is_let_in_unless_the_disk_has_it(
    tmp_path: Path, statement: str, error: sqlite3.Error, said: str
) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="000001"))
        before = records(desk.store)
        failing = refuse(desk.store, statement, error)
        desk.store.journal.connection = failing  # type: ignore[assignment]
        verdict = desk.scan("000001")
        assert verdict.outcome is Outcome.NOT_SAVED
        assert said in verdict.looks_like
        assert not verdict.admitted
        failing.refused = ""
        assert records(desk.store) == before
        assert admitted(desk) == 0
        assert desk.scan("000001").outcome is Outcome.ADMITTED
        assert verify(desk.store).problems == ()


@pytest.mark.expect_log
def test_a_full_disk_is_red_and_goes_on_when_there_is_room_again(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(400))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = max(path.stat().st_size for path in tmp_path.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, limits[1]))
        try:
            verdicts = [desk.scan(f"{n:06}") for n in range(1, 400)]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        green = sum(verdict.admitted for verdict in verdicts)
        assert {verdict.outcome for verdict in verdicts} == {Outcome.ADMITTED, Outcome.NOT_SAVED}
        assert desk.scan("000399").outcome is Outcome.ADMITTED
        assert admitted(desk) == green + 1
    with a_station(tmp_path) as desk:
        assert admitted(desk) == green + 1
        assert verify(desk.store).problems == ()


@pytest.mark.expect_log
def test_the_reserve_is_given_up_once_so_that_the_queue_moves_on(tmp_path: Path) -> None:
    full = driver.OperationalError("database or disk is full")
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(3))
        desk.store.lay_ballast(1 << 20)
        assert (tmp_path / BALLAST_FILE).stat().st_size == 1 << 20

        class FullUntilThereIsRoom(Failing):
            def execute(self, sql: str, *parameters: Any) -> Any:
                self.refused = "commit" if (tmp_path / BALLAST_FILE).exists() else ""
                return super().execute(sql, *parameters)

        desk.store.connection = FullUntilThereIsRoom(desk.store.connection, "", full)  # type: ignore[assignment]
        assert desk.scan("000001").outcome is Outcome.ADMITTED
        assert "free some space" in desk.store.notices[-1]
        desk.store.connection = Failing(desk.store.connection, "commit", full)  # type: ignore[assignment]
        assert desk.scan("000002").outcome is Outcome.NOT_SAVED


@pytest.mark.expect_log
@pytest.mark.parametrize("name", ["journal.db", "journal.db-wal"])
def test_a_journal_that_was_deleted_under_us_takes_no_more(tmp_path: Path, name: str) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(2))
        (tmp_path / name).rename(tmp_path / "elsewhere")
        verdict = desk.scan("000001")
        assert verdict.outcome is Outcome.NOT_SAVED
        assert name in verdict.looks_like
        (tmp_path / "elsewhere").rename(tmp_path / name)
        assert desk.scan("000001").outcome is Outcome.ADMITTED


@pytest.mark.expect_log
@pytest.mark.parametrize("error", [driver.OperationalError("disk I/O error"), RuntimeError("a bug in the fold")])
def test_a_view_that_fell_behind_catches_up_before_the_next_decision(tmp_path: Path, error: Exception) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="000001"))
        view = desk.store.view
        view.connection = Failing(view.connection, "commit", error)  # type: ignore[assignment]
        assert desk.scan("000001").outcome is Outcome.ADMITTED
        assert admitted(desk) == 0, "the view should have failed"
        failing: Any = view.connection
        # While it cannot catch up, nobody is let in.
        assert desk.store.view is view
        with pytest.raises((StorageError, RuntimeError)):
            desk.store.write().__enter__()
        failing.refused = ""
        assert desk.scan("000001").outcome is Outcome.ALREADY
        assert verify(desk.store).problems == ()


@pytest.mark.expect_log
def test_a_view_that_fell_behind_and_was_killed_catches_up_at_the_next_start(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="000001"))
        view = desk.store.view
        view.connection = Failing(view.connection, "commit", driver.OperationalError("x"))  # type: ignore[assignment]
        assert desk.scan("000001").outcome is Outcome.ADMITTED
    with a_station(tmp_path) as desk:
        assert desk.scan("000001", later_s=600).outcome is Outcome.ALREADY


def test_of_two_threads_with_one_code_exactly_one_lets_in(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(20))
        for number in range(1, 21):
            verdicts: list[Any] = []
            barrier = threading.Barrier(4)

            def present(code: str = f"{number:06}", barrier: Any = barrier, verdicts: list[Any] = verdicts) -> None:
                barrier.wait()
                verdicts.append(desk.check_in.present(code))

            threads = [threading.Thread(target=present) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            fresh = [verdict for verdict in verdicts if verdict.admitted and not verdict.repeat]
            assert len(verdicts) == 4
            assert len(fresh) == 1
        assert admitted(desk) == 20


def test_a_second_instance_is_refused_in_words_and_the_first_works_on(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="000001"))
        with pytest.raises(AlreadyRunning, match="already running"):
            open_store(tmp_path, KEY)
        assert desk.scan("000001").outcome is Outcome.ADMITTED
    with a_store(tmp_path) as store:
        assert records(store) > 0


def test_a_store_closed_in_another_thread_lets_the_next_one_in(tmp_path: Path) -> None:
    store = open_store(tmp_path, KEY)
    closing = threading.Thread(target=store.close)
    closing.start()
    closing.join()
    with a_store(tmp_path):
        pass


def _open_as_nobody(folder: str, pipe: Any) -> None:
    if os.geteuid() == 0:
        os.setuid(65534)  # whoever may do anything is stopped by no permission
    try:
        open_store(Path(folder), KEY)
        pipe.send("opened")
    except Exception as error:
        pipe.send(f"{type(error).__mro__[1].__name__} {type(error).__name__}: {error}")


def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        outer, folder = Path(made), Path(made) / "data"
        with a_store(folder) as store:
            enrol(store, an_attendee(code="1"))
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        outer.chmod(0o755)
        folder.chmod(0o555)
        for path in folder.iterdir():
            path.chmod(0o444)
        context = get_context("forkserver")
        ours, theirs = context.Pipe()
        process = context.Process(target=_open_as_nobody, args=(str(folder), theirs))
        process.start()
        said = ours.recv()
        process.join()
        folder.chmod(0o755)
        assert said.startswith("KioskError StorageError: The data folder"), said
        assert str(folder) in said
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_a_folder_that_cannot_be_is_refused_in_words(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be used"):
        open_store(tmp_path / where, KEY)


def test_a_clock_that_jumps_back_years_changes_no_answer(tmp_path: Path) -> None:
    clock = Clock()
    with a_station(tmp_path, clock=clock) as desk:
        enrol(desk.store, some_attendees(3))
        desk.scan("000001")
        clock.now -= timedelta(days=3650)
        assert desk.scan("000001").outcome is Outcome.ALREADY
        first = desk.scan("000002")
        desk.check_in.undo(first.record)  # type: ignore[arg-type]
        clock.now += timedelta(days=9000)
        assert desk.scan("000002").outcome is Outcome.ADMITTED
    clock.now -= timedelta(days=12_000)
    with a_station(tmp_path, clock=clock) as desk:
        assert desk.scan("000002").outcome is Outcome.ALREADY
        assert desk.scan("000003").outcome is Outcome.ADMITTED
        assert verify(desk.store).problems == ()


def test_the_order_of_records_goes_forward_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = iter([2_000_000_000, 1_000_000_000, 1_500_000_000, 3_000_000_000, 1])
    monkeypatch.setattr("kiosk.storage.journal.time.time_ns", lambda: next(hands) * 1_000_000_000)
    order = []
    for _ in range(2):
        with a_store(tmp_path) as store:
            with store.write() as journal:
                order.append(journal.append(Kind.REVEAL, {"subject": "x"}, at=NOON, actor="station").order)
            monkeypatch.setattr("kiosk.storage.journal.time.time_ns", lambda: 10**18)
    assert order == sorted(order)
    assert order[1][0] > order[0][0]


def test_a_search_goes_on_after_the_view_was_folded_anew(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee("Ada", "Lovelace", code="1"))
        find = Find(desk.store)
        assert [found.attendee.last for found in find.find("lovelace")] == ["Lovelace"]
        desk.store.rebuild_view()
        enrol(desk.store, an_attendee("Grace", "Hopper", code="2"))
        assert [found.attendee.last for found in find.find("hopper")] == ["Hopper"]
        find.close()


def test_a_setting_is_kept_and_a_refused_one_is_not(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        store.set_setting("colour", {"wall": "green"})
        failing = refuse(store, "commit", driver.OperationalError("disk I/O error"))
        with pytest.raises(NotSaved):
            store.set_setting("colour", "red")
        failing.refused = ""
    with a_store(tmp_path) as store:
        assert store.setting("colour", None) == {"wall": "green"}


@pytest.mark.expect_log
def test_after_a_page_that_could_not_be_read_the_next_start_reads_everything(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee(code="000001"))
    assert (tmp_path / CLOSED_FILE).exists()
    with a_station(tmp_path) as desk:
        malformed = driver.DatabaseError("database disk image is malformed")
        desk.store.journal.connection = Failing(desk.store.connection, "insert", malformed)  # type: ignore[assignment]
        assert desk.scan("000001").outcome is Outcome.NOT_SAVED
    assert not (tmp_path / CLOSED_FILE).exists()


@pytest.mark.expect_log
def test_who_we_are_survives_the_loss_of_one_file_after_the_other(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        desk.station.set_operator("Marta Vieira")
        enrol(desk.store, an_attendee(code="000001"))
        device = desk.store.journal.device
    (tmp_path / "view.db").unlink()
    with a_store(tmp_path):
        pass
    (tmp_path / "journal.db").unlink()
    with a_station(tmp_path) as desk:
        assert desk.station.operator == "Marta Vieira"
        assert desk.store.journal.device.id == device.id
        assert desk.store.journal.device.public == device.public
