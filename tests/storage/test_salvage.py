"""What comes back from a damaged journal with no view to help, and that mending survives being killed."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.print_jobs import JobState
from kiosk.domain.verdicts import Outcome
from kiosk.errors import KeyUnavailable, StorageError
from kiosk.services.badges import Badges
from kiosk.services.verify import verify
from kiosk.storage import pages, print_jobs, salvage
from kiosk.storage.journal import read_after
from kiosk.storage.proof import view_against_fold
from kiosk.storage.salvage import set_aside
from kiosk.storage.store import open_store
from tests.builders import KEY, a_station, a_store, an_attendee, enrol, some_attendees
from tests.faults import DAMAGES, a_morning, damage, knowledge
from tests.storage.test_migrations import an_older_journal

pytestmark = pytest.mark.expect_log


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("morning") / "data"
    return folder, a_morning(folder)


@pytest.fixture
def data(morning: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(morning[0], tmp_path / "data"))


def without_view(data: Path) -> None:
    (data / "view.db").unlink()


def records(path: Path) -> set[bytes]:
    with a_store(path) as store:
        return {item.data for item in read_after(store.connection, 0)}


def test_every_row_of_a_sound_file_is_found_without_sqlite(data: Path) -> None:
    with a_store(data) as store:
        rows = store.connection.execute("select log, seq, hash, bytes, signature from record")
        stored = {(None, *row) for row in rows}
        stored |= set(store.connection.execute("select * from value").fetchall())
        stored |= set(store.connection.execute("select * from setting").fetchall())
        assert stored <= {row for _number, row in pages.rows(data / "journal.db", KEY)}
    assert stored <= {row for _number, row in pages.rows(data / "journal.db", KEY)}


def test_a_lost_first_page_alone_costs_nothing(data: Path, morning: tuple[Path, dict[str, Any]]) -> None:
    damage(data / "journal.db", "first page", 1)
    without_view(data)
    with a_store(data) as store:
        assert knowledge(store) == morning[1]
        assert verify(store).problems == ()
        assert "damaged" in store.notices[0]


def test_a_lost_page_costs_the_rows_on_it_and_no_others(data: Path, morning: tuple[Path, dict[str, Any]]) -> None:
    before = records(data)
    whole = (data / "journal.db").read_bytes()
    for number in range(len(whole) // 4096):
        broken = bytearray(whole)
        broken[number * 4096 : (number + 1) * 4096] = random.Random(number).randbytes(4096)
        (data / "journal.db").write_bytes(broken)
        found = [row for _number, row in pages.rows(data / "journal.db", KEY)]
        lost = before - {row[4] for row in found if len(row) == 6 and row[0] is None}
        assert len(lost) <= 8, f"page {number}"


def test_badges_asked_for_before_a_column_was_added_come_back(tmp_path: Path) -> None:
    an_older_journal(tmp_path / "journal.db", "step_002_several_printers", 1)
    ada = an_attendee()
    with a_station(tmp_path) as desk:
        enrol(desk.store, ada)
        Badges(desk.store, desk.station).ask_many([ada.attendee.id])
        before = print_jobs.in_states(desk.store.connection, JobState)
    assert len(before) == 2
    damage(tmp_path / "journal.db", "first page", 1)
    without_view(tmp_path)
    with a_store(tmp_path) as store:
        assert print_jobs.in_states(store.connection, JobState) == before


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", [kind for kind in DAMAGES if kind not in ("empty", "a foreign file")])
def test_with_neither_file_sound_the_station_starts_and_says_so(data: Path, kind: str, seed: int) -> None:
    damage(data / "journal.db", kind, seed)
    damage(data / "view.db", "a foreign file", seed)
    if not any(pages.rows(data / "journal.db", KEY)):
        # Cut so short that nothing proves the key: better to ask than to condemn.
        with pytest.raises(KeyUnavailable, match="Nothing was changed"):
            open_store(data, KEY)
        return
    with a_station(data) as desk:
        assert desk.store.notices
        assert not any("view.db" in problem for problem in verify(desk.store).problems)
        enrol(desk.store, some_attendees(1, first_number=900_000))
        assert desk.scan("900000").outcome is Outcome.ADMITTED


def test_a_file_that_answers_to_nothing_is_not_condemned(data: Path) -> None:
    damage(data / "journal.db", "a foreign file", 1)
    damage(data / "view.db", "a foreign file", 2)
    before = {path.name: path.read_bytes() for path in data.iterdir() if path.suffix == ".db"}
    with pytest.raises(KeyUnavailable, match="Nothing was changed"):
        open_store(data, KEY)
    after = {path.name: path.read_bytes() for path in data.iterdir() if path.suffix == ".db"}
    assert {name: after[name] for name in before} == before


def test_a_deleted_journal_comes_back_from_the_view(data: Path, morning: tuple[Path, dict[str, Any]]) -> None:
    (data / "journal.db").unlink()
    with a_station(data) as desk:
        assert desk.store.notices
        assert knowledge(desk.store) == morning[1]
        assert verify(desk.store).problems == ()
        assert desk.station.operator == "Marta Vieira", "settings come back with the view"


def test_an_older_copy_of_the_journal_is_brought_up_to_what_the_view_knows(
    data: Path, morning: tuple[Path, dict[str, Any]]
) -> None:
    backup = (data / "journal.db").read_bytes()
    with a_station(data) as desk:
        enrol(desk.store, some_attendees(2, first_number=5000))
        desk.scan("005000", later_s=9000)
        desk.scan("000110", later_s=60)
        after = knowledge(desk.store)
    (data / "journal.db").write_bytes(backup)
    with a_station(data) as desk:
        assert "lost records" in desk.store.notices[0]
        assert knowledge(desk.store) == after
        assert verify(desk.store).problems == ()
        assert desk.scan("005000", later_s=20_000).outcome is Outcome.ALREADY


def test_the_same_loss_is_mended_once(data: Path) -> None:
    (data / "journal.db").unlink()
    with a_store(data) as store:
        count = len(list(read_after(store.connection, 0)))
        assert store.notices
    with a_store(data) as store:
        assert store.notices == []
        assert len(list(read_after(store.connection, 0))) == count


def test_the_view_of_another_station_is_not_believed(data: Path, tmp_path: Path) -> None:
    with a_store(tmp_path / "other") as store:
        enrol(store, some_attendees(3))
        before = knowledge(store)
    shutil.copy(data / "view.db", tmp_path / "other" / "view.db")
    with a_store(tmp_path / "other") as store:
        assert knowledge(store) == before
        assert verify(store).problems == ()


def test_what_was_taken_back_since_does_not_return(data: Path) -> None:
    """The lost record is an admission; its undo survived. The person stays out."""
    with a_station(data) as desk:
        admitted = desk.scan("000090", later_s=9000)
        assert admitted.record is not None
        desk.check_in.undo(admitted.record)
        name = (admitted.record.log, admitted.record.seq)
        desk.store.connection.execute("delete from record where log = ? and seq = ?", name)
        desk.store.set_setting(salvage.MENDED_SETTING, True)
    with a_station(data) as desk:
        assert desk.scan("000090", later_s=20_000).outcome is Outcome.ADMITTED


def test_damage_that_the_files_time_does_not_tell_is_mended_too(
    data: Path, morning: tuple[Path, dict[str, Any]]
) -> None:
    with a_store(data):
        pass  # leaves the note of an orderly close
    path = data / "journal.db"
    stamp = path.stat()
    broken = bytearray(path.read_bytes())
    for page in range(2, len(broken) // 4096):
        broken[page * 4096 + 40] ^= 1
    path.write_bytes(broken)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    with a_store(data) as store:
        assert store.notices
        assert knowledge(store) == morning[1]


@pytest.mark.parametrize("step", ["_carry_over", "set_aside", "finish_mending", "_sync_folder"])
def test_mending_that_is_cut_off_is_finished_by_the_next_start(
    data: Path, morning: tuple[Path, dict[str, Any]], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(data / "journal.db", "swapped pages", 3)

    def power_cut(*_arguments: object) -> None:
        raise StorageError("the power is gone")

    monkeypatch.setattr(salvage, step, power_cut)
    with pytest.raises(StorageError, match="the power is gone"):
        open_store(data, KEY)
    monkeypatch.undo()
    with a_store(data) as store:
        assert knowledge(store) == morning[1]
    assert not list(data.glob("journal.mend*"))


@pytest.mark.parametrize("loss", ["all", "some"])
@pytest.mark.parametrize("step", ["_recover", "_put_in_place"])
def test_recovery_that_is_cut_off_is_finished_by_the_next_start(
    data: Path, morning: tuple[Path, dict[str, Any]], loss: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if loss == "all":
        (data / "journal.db").unlink()
    else:
        with a_store(data) as store:
            store.connection.execute("delete from record where seq between 4 and 12")
            store.set_setting(salvage.MENDED_SETTING, True)

    def power_cut(*_arguments: object, **_named: object) -> None:
        raise StorageError("the power is gone")

    monkeypatch.setattr(f"kiosk.storage.store.Store.{step}", power_cut)
    with pytest.raises(StorageError, match="the power is gone"):
        open_store(data, KEY)
    monkeypatch.undo()
    with a_store(data) as store:
        assert knowledge(store) == morning[1]
        assert list(view_against_fold(store)) == []


def test_what_was_never_committed_does_not_come_back(tmp_path: Path) -> None:
    """A power cut in the midst of an import leaves pages of it in the write-ahead log: nobody was told it was done."""
    with a_store(tmp_path / "data") as store:
        enrol(store, some_attendees(20))
        before = store.connection.execute("select count(*) from value").fetchone()[0]
        enrol(store, some_attendees(200, first_number=1000))
        shutil.copytree(tmp_path / "data", tmp_path / "cut")
    log = tmp_path / "cut" / "journal.db-wal"
    log.write_bytes(log.read_bytes()[: -(4096 + 24)])  # the last page of a transaction is what commits it
    found = {row for _number, row in pages.rows(tmp_path / "cut" / "journal.db", KEY) if len(row) == 6 and row[0]}
    assert len(found) == before


def test_a_lost_value_does_not_shift_the_others(data: Path) -> None:
    with a_store(data) as store:
        record = next(item.record.id for item in read_after(store.connection, 0) if item.record.kind == "import")
        values = store.values_of(record)
        store.connection.execute("delete from value where n in (0, 3) and seq = ?", (record.seq,))
        assert store.values_of(record) == [None, *values[1:3], None, *values[4:]]


def test_a_damaged_file_is_spoken_of_in_our_words_only(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    damage(data / "journal.db", "a bit", 1)
    damage(data / "view.db", "a zeroed sector", 1)
    with a_store(data):
        pass
    assert capfd.readouterr() == ("", "")


def test_a_mended_journal_that_has_no_name_yet_gets_it_at_the_next_start(
    data: Path, morning: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(data / "journal.db", "first page", 3)
    without_view(data)

    def power_cut(path: Path) -> Path:
        set_aside(path)
        raise StorageError("the power is gone")

    monkeypatch.setattr(salvage, "set_aside", power_cut)
    with pytest.raises(StorageError, match="the power is gone"):
        open_store(data, KEY)
    assert not (data / "journal.db").exists()
    monkeypatch.undo()
    with a_store(data) as store:
        assert knowledge(store) == morning[1]
