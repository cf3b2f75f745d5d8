"""The benchmark of the hub runs, with few stations; what it measures is for `kiosk bench`."""

from __future__ import annotations

import pytest

from kiosk.bench import hub, hub_ingest, hub_news, hub_returning
from kiosk.bench.hub_ingest import Load


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
