"""`kiosk sync --once`, as a script uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.commands.main import main
from kiosk.storage.keys import data_key
from kiosk.storage.store import open_store
from tests.builders import Clock, Desk, enrol, some_attendees
from tests.hub.conftest import LiveHub, live, serve
from tests.sync.conftest import let_in

__all__ = ["live", "serve"]

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "station"
    folder.mkdir()
    monkeypatch.setenv("KIOSK_DATA", str(folder))
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase for tests")
    return folder


def test_a_station_of_no_hub_is_told_how_to_join(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", "--once"]) == 1
    assert "kiosk join" in capsys.readouterr().err


def test_sync_once_sends_everything_and_says_what_is_left(
    data: Path, live: LiveHub, capsys: pytest.CaptureFixture[str]
) -> None:
    from kiosk.services.check_in import CheckIn
    from kiosk.services.station import Station

    store = open_store(data, data_key(data))
    station = Station(store, Clock())
    let_in(live, Desk(store, station, CheckIn(store, station)))
    enrol(store, some_attendees(30))
    store.close()
    assert main(["sync", "--once", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["unsent"]) == (True, 0)
    assert answer["sent"] > 1
    assert main(["sync", "--once"]) == 0
    assert "0 to send" in capsys.readouterr().out
    live.server.stop()
    assert main(["sync", "--once", "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["ok"] is False
    assert "hub" in said.err
