"""`kiosk sync --once`, as a script uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.commands.main import main
from kiosk.services.check_in import CheckIn
from kiosk.services.hub_link import HubLink
from kiosk.services.nearby import Nearby
from kiosk.services.station import Station
from kiosk.storage.keys import data_key
from kiosk.storage.store import open_store
from kiosk.sync.listening import Listener
from kiosk.sync.peers import Answers
from kiosk.sync.tls import answering_context
from tests.builders import Clock, Desk, a_station, enrol, some_attendees
from tests.hub.conftest import LiveHub, live, serve
from tests.sync.conftest import let_in
from tests.sync.test_round import rounds

__all__ = ["live", "serve"]

pytestmark = [pytest.mark.timeout(60), pytest.mark.expect_log]


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


def test_without_the_hub_a_station_nearby_is_asked(
    data: Path, live: LiveHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_station(tmp_path / "other") as other:
        other.station.set_name("Desk 2")
        let_in(live, other)
        store = open_store(data, data_key(data))
        station = Station(store, Clock())
        let_in(live, Desk(store, station, CheckIn(store, station)))
        store.close()
        assert main(["sync", "--once"]) == 0
        assert "was met" not in capsys.readouterr().out
        rounds(other)
        live.server.stop()
        enrol(other.store, some_attendees(3))
        assert main(["sync", "--once"]) == 1
        assert "No station nearby was met." in capsys.readouterr().out
        link = HubLink.read(other.store)
        assert link is not None
        answers = Answers(Nearby(other.store, other.station, link), lambda: None)
        listener = Listener(answering_context(link), answers, "127.0.0.1", 0)
        address = f"127.0.0.1:{listener.port}"
        try:
            assert main(["sync", "--once", "--at", address, "--json"]) == 1, "the hub is still away"
            told = json.loads(capsys.readouterr().out)
            assert told["nearby"] == [{"name": "Desk 2", "role": "desk", "lacks": 0}]
            assert not told["ok"]
            assert main(["sync", "--once"]) == 1
            assert "Desk 2 was met; it holds all of this station." in capsys.readouterr().out, "it is remembered"
        finally:
            listener.close()
    assert main(["find", "First2"]) == 0
    assert "Last2" in capsys.readouterr().out
    assert main(["sync", "--once", "--at", "no address"]) == 1
    assert "192.168.1.21:7444" in capsys.readouterr().err
