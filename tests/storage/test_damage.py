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
from tests.faults import DAMAGES, SCANNED, UNDONE, a_morning, damage, knowledge

pytestmark = pytest.mark.expect_log

SEEDS = range(4)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("morning") / "data"
    return folder, a_morning(folder)


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
