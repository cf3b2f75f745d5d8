"""Random days at the doors of a room whose seats are handed out, with a hub that comes back from backups."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.hub import feed
from tests.days.promises import Broken
from tests.days.seats import BROKEN_SEATS, live_through, prepare_seats

pytestmark = [pytest.mark.expect_log, pytest.mark.timeout(300)]

PORTIONS, DAYS = 4, 10
ON_EITHER = 3
"""Days lived through on each of the databases a hub may have."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors")
    prepare_seats(folder)
    return folder


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_every_seat_is_given_once(template: Path, portion: int) -> None:
    for seed in range(portion * DAYS, (portion + 1) * DAYS):
        live_through(template, seed)


def test_every_seat_is_given_once_whatever_database_the_hub_has(
    template: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LOOK_S", 0.02)  # so long a hub on PostgreSQL takes to end
    for seed in range(ON_EITHER):
        live_through(template, seed, database_url)


@pytest.mark.parametrize("how", BROKEN_SEATS)
def test_a_hub_that_hands_out_wrongly_is_caught(template: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN_SEATS[how](monkeypatch)
    with pytest.raises(Broken, match="seats of"):
        live_through_all(template)


def live_through_all(template: Path) -> None:
    for seed in range(10 * PORTIONS * DAYS):
        live_through(template, seed)
