"""`kiosk hub adopt`: a hub on another computer begins with what a station exported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.commands.main import main
from kiosk.storage.keys import data_key
from kiosk.storage.store import open_store
from tests.builders import enrol, some_attendees

pytestmark = pytest.mark.timeout(60)


def test_a_hub_begins_with_a_station_s_bundle_and_says_who_is_to_join(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase for tests")
    monkeypatch.setenv("KIOSK_BUNDLE_PASSPHRASE", "another one for bundles")
    station, hub, bundle = tmp_path / "station", tmp_path / "hub", tmp_path / "all.kiosk"
    station.mkdir()
    store = open_store(station, data_key(station))
    enrol(store, some_attendees(30))
    store.close()
    assert main(["--data", str(station), "export-bundle", str(bundle)]) == 0
    capsys.readouterr()
    assert main(["--data", str(hub), "hub", "adopt", str(bundle)]) == 0
    assert "2 records came from Desk 1. Stations that are to join this hub: 1." in capsys.readouterr().out
    assert main(["--data", str(hub), "hub", "devices", "--json"]) == 0
    (listed,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (listed["state"], listed["name"]) == ("expected", "Desk 1")
    assert main(["--data", str(hub), "hub", "verify"]) == 0
    assert main(["--data", str(hub), "hub", "held"]) == 0
    assert "Nothing is held back." in capsys.readouterr().out
    assert main(["--data", str(hub), "hub", "held", "--let-count", "X" * 26]) == 1
    assert "Look at the list again" in capsys.readouterr().err
    bundle.write_bytes(bundle.read_bytes()[:-40])
    assert main(["--data", str(tmp_path / "other"), "hub", "adopt", str(bundle)]) == 1
