"""Random days of stations and a hub against a small model (`tests/days/`), and broken programs that they catch."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.hub import feed
from tests.days.broken import BROKEN_PROGRAMS
from tests.days.day import Day, live_through, prepare
from tests.days.machines import a_folder
from tests.days.promises import Broken

pytestmark = [pytest.mark.expect_log, pytest.mark.timeout(300)]

PORTIONS, DAYS = 40, 50
ON_EITHER = 12
"""Days lived through on each of the databases a hub may have."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stations")
    prepare(folder)
    return folder


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_every_promise_is_kept_on_random_days(template: Path, portion: int) -> None:
    for seed in range(portion * DAYS, (portion + 1) * DAYS):
        live_through(template, seed)


def test_every_promise_is_kept_whatever_database_the_hub_has(
    template: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LOOK_S", 0.02)  # so long a hub on PostgreSQL takes to end
    for seed in range(ON_EITHER):
        with a_folder() as folder:
            Day(template, folder, seed, database_url, with_hub=True).run()


@pytest.mark.parametrize("how", BROKEN_PROGRAMS)
def test_a_broken_program_is_caught(template: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN_PROGRAMS[how](monkeypatch)
    with pytest.raises(Broken):
        live_through_all(template)


def live_through_all(template: Path) -> None:
    for seed in range(PORTIONS * DAYS):
        live_through(template, seed)


def test_a_day_can_be_lived_through_again(template: Path) -> None:
    assert [live_through(template, seed) for seed in range(4)] == [live_through(template, seed) for seed in range(4)]
