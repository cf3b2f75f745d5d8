"""A hub and stations as processes that are killed, cut off and wrong about the time (`tests/processes.py`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import processes

pytestmark = [pytest.mark.expect_log, pytest.mark.timeout(150)]


@pytest.mark.parametrize("seed", range(6))
def test_no_green_is_lost_and_all_come_to_say_the_same(tmp_path: Path, seed: int) -> None:
    assert processes.a_run(tmp_path, seed).green > 0
