"""The benchmark of the hub runs, with few stations; what it measures is for `kiosk bench`."""

from __future__ import annotations

import os

import pytest

from kiosk.bench import hub, hub_ingest, hub_news, hub_returning, hub_stations
from kiosk.bench.hub_ingest import Load
from kiosk.storage.keys import PASSPHRASE_VARIABLE


def test_it_takes_in_brings_back_and_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_ingest, "LOADS", (Load(3, 2, 2, "≥ 1.0"),))
    for module, name, small in (
        (hub_returning, "STATIONS", 5),
        (hub_returning, "RECORDS", 4),
        (hub_news, "STREAMS", 3),
        (hub_news, "SCANS", 2),
    ):
        monkeypatch.setattr(module, name, small)
    monkeypatch.setattr(hub, "PARTS", (hub_ingest, hub_returning, hub_news))
    monkeypatch.delenv(hub.DATABASE_VARIABLE, raising=False)
    values = {row.name.partition(": ")[2]: row.value for row in hub.run()}
    assert values.pop("of these lost") == values.pop("of these twice") == 0
    assert all(value > 0 for name, value in values.items() if "processor" not in name)
    assert PASSPHRASE_VARIABLE not in os.environ, "the bench's passphrase opens nothing else"


def test_a_new_station_one_that_was_away_and_a_thin_line(monkeypatch: pytest.MonkeyPatch) -> None:
    small = (("PEOPLE", 5_000), ("WEEK", 5_000), ("SCANS", 3), ("STATIONS", 2), ("RECORDS", 10), ("BATCH", 5))
    for name, value in small:
        monkeypatch.setattr(hub_stations, name, value)
    rows = hub_stations.run(lambda _words: None, "SQLite", None)
    assert all(row.value >= 0 for row in rows)
    (wire,) = [row.value for row in rows if "on the wire" in row.name]
    assert 0 < wire < 0.4
