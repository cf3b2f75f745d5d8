"""The switch in the window: a hub beside the station, in a process of its own, that ends with the window."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.domain.trust import DeviceRole
from kiosk.errors import StorageError
from kiosk.hub import hosting
from kiosk.hub.hosting import Hosting
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station
from kiosk.storage.store import open_store
from kiosk.sync.http import HubHttp
from kiosk.sync.tls import station_context
from tests.hub.conftest import KEY


@pytest.fixture(autouse=True)
def _any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "DEFAULT_PORT", 0)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    store = open_store(tmp_path / "station", KEY)
    yield Station(store)
    store.close()


def hello(link: HubLink) -> int:
    http = HubHttp(link.addresses[0], link.server_name, station_context(link))
    try:
        return http.ask("GET", "/v1/fleet").status
    finally:
        http.close()


def test_one_switch_and_the_station_belongs_to_its_own_hub(station: Station) -> None:
    hosting = Hosting(station, KEY)
    try:
        hosting.switch_on()
        link = HubLink.read(station.store)
        assert link is not None
        assert (link.role, hello(link)) == (DeviceRole.ORGANIZER, 200)
        assert [each.name for each in hosting.console().stations()] == [station.name]
        invitation = hosting.console().invite(DeviceRole.DOOR, "Room 2")
        assert invitation.addresses[0].endswith(link.addresses[0].partition(":")[2])
        hosting.switch_on()  # again, by a second click
    finally:
        hosting.close()
    assert not hosting.is_on
    assert hosting.is_wanted


def test_a_hub_under_a_window_writes_numbers_where_the_environment_says(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "figures.json"
    monkeypatch.setenv("KIOSK_HUB_FIGURES_TO", str(file))
    hosting = Hosting(station, KEY)
    try:
        hosting.switch_on()
        until(file.exists)
    finally:
        hosting.close()
    assert "checked_in" in file.read_text()


def until(there: Callable[[], bool]) -> None:
    for _ in range(600):
        if there():
            return
        time.sleep(0.05)
    raise AssertionError("it does not come")


def test_it_comes_back_with_the_window_and_stays_off_when_switched_off(station: Station) -> None:
    first = Hosting(station, KEY)
    first.switch_on()
    first.close()
    again = Hosting(station, KEY)
    again.resume()
    assert again.is_on
    assert len(again.console().stations()) == 1
    again.switch_off()
    third = Hosting(station, KEY)
    third.resume()
    assert not third.is_on


def test_a_second_hub_on_this_data_says_so(station: Station) -> None:
    first, second = Hosting(station, KEY), Hosting(station, KEY)
    first.switch_on()
    try:
        with pytest.raises(StorageError, match="already running"):
            second.switch_on()
        assert not second.is_on
    finally:
        second.close()
        first.close()


def test_a_hub_that_dies_is_seen(station: Station) -> None:
    hosting = Hosting(station, KEY)
    hosting.switch_on()
    assert hosting._process is not None
    hosting._process.send_signal(signal.SIGKILL)
    hosting._process.wait()
    assert not hosting.is_on
    hosting.resume()
    assert hosting.is_on
    hosting.close()
