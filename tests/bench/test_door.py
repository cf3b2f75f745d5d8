"""The benchmark of the door runs, on a journal small enough for a test; what it measures is for `kiosk bench`."""

from __future__ import annotations

import pytest

from kiosk.bench import door


def test_it_scans_everybody_at_the_desk_and_at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in (("PEOPLE", 60), ("RECORDS", 200), ("ROOMS", 3), ("SLOTS", 2), ("SCANS", 20), ("WARM_UP", 10)):
        monkeypatch.setattr(door, name, small)
    rows = door.run()
    assert [row.limit for row in rows] == ["≤ 1.2", "≤ 1.2", "≤ 1 ms"]
    assert all(row.value > 0 for row in rows)
