"""Damaged files: the view comes back, the journal is set aside and salvaged, and nothing of it happens in silence."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.verdicts import Outcome
from kiosk.services.verify import verify
from kiosk.storage.proof import view_against_fold
from tests.builders import a_station, a_store
from tests.faults import DAMAGES, SCANNED, UNDONE, a_morning, damage, damage_often, damage_unseen, knowledge

pytestmark = pytest.mark.expect_log

SEEDS = range(4)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("morning") / "data"
    return folder, a_morning(folder)


@pytest.fixture(scope="module")
def power_cut(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The morning's data as a power cut leaves it: everything since the start is in the write-ahead logs."""
    folder = tmp_path_factory.mktemp("cut")
    return folder / "day", a_morning(folder / "data", cut_off=folder / "day")


@pytest.fixture
def data(morning: tuple[Path, dict[str, Any]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(morning[0], tmp_path / "data"))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_view_is_folded_anew_and_answers_as_before(
    data: Path, morning: tuple[Path, dict[str, Any]], kind: str, seed: int
) -> None:
    damage(data / "view.db", kind, seed)
    with a_store(data) as store:
        assert knowledge(store) == morning[1]
        assert verify(store).problems == ()
        assert store.notices == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_journal_is_set_aside_and_nothing_the_desk_knew_is_lost(
    data: Path, morning: tuple[Path, dict[str, Any]], kind: str, seed: int
) -> None:
    damaged = damage(data / "journal.db", kind, seed)
    with a_station(data) as desk:
        assert desk.store.notices
        assert knowledge(desk.store) == morning[1]
        assert list(view_against_fold(desk.store)) == []
        for number in range(UNDONE + 1, SCANNED + 1):
            assert desk.scan(f"{number:06}").outcome is Outcome.ALREADY
        assert desk.scan("000001").outcome is Outcome.ADMITTED
    aside = [path for path in data.iterdir() if path.name.startswith("journal.damaged-") and path.suffix == ".db"]
    assert [path.read_bytes() for path in aside] == [damaged]


@pytest.mark.parametrize("name", ["journal.db-wal", "view.db-wal"])
@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_write_ahead_log_loses_nothing_the_other_file_knows(
    power_cut: tuple[Path, dict[str, Any]], kind: str, name: str
) -> None:
    day, before = power_cut
    result = damage_often(day, before, name, kind, 4, view=True)
    assert (result.same, result.silent) == (4, 0)


def test_damage_to_both_files_is_never_silent(morning: tuple[Path, dict[str, Any]]) -> None:
    day, before = morning
    for kind in DAMAGES:
        if kind != "empty":  # an empty journal and no view is a station that begins
            assert damage_often(day, before, "journal.db", kind, 3, view=False).silent == 0


@pytest.mark.parametrize("kind", ["a bit", "a zeroed sector", "swapped pages"])
def test_a_disk_that_fails_unnoticed_is_noticed_when_it_matters(
    data: Path, morning: tuple[Path, dict[str, Any]], kind: str
) -> None:
    """The files look as they were left, so nothing is read through at the start; what is read proves itself."""
    for seed in range(6):
        folder = Path(shutil.copytree(data, data.parent / f"{seed}"))
        with a_store(folder):
            pass
        damage_unseen(folder / "view.db", kind, seed)
        with a_station(folder) as desk:
            for number in range(UNDONE + 1, SCANNED + 1):
                assert desk.scan(f"{number:06}").outcome is Outcome.ALREADY
            for number in range(SCANNED + 1, SCANNED + 20):
                assert desk.scan(f"{number:06}").outcome is Outcome.ADMITTED


@pytest.mark.parametrize("kind", ["a zeroed sector", "swapped pages"])
def test_a_journal_that_fails_while_we_work_lets_nobody_in_unsaved_and_is_mended_at_the_next_start(
    data: Path, morning: tuple[Path, dict[str, Any]], kind: str
) -> None:
    for seed in range(8):
        folder = Path(shutil.copytree(data, data.parent / f"{seed}"))
        with a_store(folder):
            pass
        damage_unseen(folder / "journal.db", kind, seed)
        green = []
        with a_station(folder) as desk:
            for number in range(SCANNED + 1, SCANNED + 30):
                if desk.scan(f"{number:06}").admitted:
                    green.append(f"{number:06}")
        with a_station(folder) as desk:
            for code in green:
                assert desk.scan(code, later_s=9000).outcome is Outcome.ALREADY
