"""The power goes, the process is killed: whatever was shown as done is done, and everything else never happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import kills

ROUNDS = 60


def test_whatever_was_answered_before_a_kill_is_on_the_disk(tmp_path: Path) -> None:
    tally = kills.kill_while_scanning(tmp_path / "data", ROUNDS)
    assert tally.lost == []
    assert tally.problems == []
    assert tally.acknowledged > ROUNDS
    assert tally.slowest_start_s <= kills.RECOVERY_S


def test_a_killed_import_is_there_wholly_or_not_at_all(tmp_path: Path) -> None:
    tally = kills.kill_while_importing(tmp_path, ROUNDS)
    assert tally.lost == []
    assert tally.problems == []
    assert 0 < tally.acknowledged < ROUNDS, "every kill came too early, or every one too late"
    assert tally.slowest_start_s <= kills.RECOVERY_S


def test_a_first_start_that_was_killed_does_not_stand_in_the_way_of_the_second(tmp_path: Path) -> None:
    assert kills.kill_while_starting(tmp_path, 20).clean


@pytest.mark.expect_log
def test_a_start_that_was_killed_while_it_mended_costs_nothing(tmp_path: Path) -> None:
    tally = kills.kill_while_mending(tmp_path, 21)
    assert tally.lost == []
    assert tally.problems == []
