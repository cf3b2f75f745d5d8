"""Where stations may be, and what is said of those nearby."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.domain.peers import (
    MOST_ADDRESSES,
    MOST_PEERS,
    NearbyView,
    PeerState,
    added,
    holds_words,
    is_near,
    met_words,
    nearby_words,
    seen_first,
)
from kiosk.domain.sync_state import SyncState, SyncStatus, sync_words
from kiosk.domain.trust import DeviceRole, device_named, server_name
from tests.builders import NOON


def test_where_a_station_answered_last_comes_first_and_there_is_an_end_to_them() -> None:
    known = added({}, "A", ["10.0.0.1:7444", "10.0.0.2:7444"])
    known = added(known, "A", ["10.0.0.2:7444"])
    assert known == {"A": ("10.0.0.2:7444", "10.0.0.1:7444")}
    for n in range(9):
        known = added(known, "A", [f"10.0.1.{n}:7444"])
    assert known["A"][0] == "10.0.1.8:7444"
    assert len(known["A"]) == MOST_ADDRESSES


@pytest.mark.parametrize("hostile", ["", "x" * 10_000, "10.0.0.1:99999", "a b:1", "10.0.0.1:7444\n", "http://a:1/b"])
def test_what_is_no_address_is_left_out(hostile: str) -> None:
    assert added({}, "A", [hostile]) in ({}, {"A": ("10.0.0.1:7444",)})


def test_there_is_an_end_to_stations_but_those_known_stay() -> None:
    known: dict[str, tuple[str, ...]] = {}
    for n in range(1000):
        known = added(known, f"D{n}", ["10.0.0.1:7444"])
    assert len(known) == MOST_PEERS
    assert added(known, "D0", ["10.0.0.9:7444"])["D0"][0] == "10.0.0.9:7444"


@pytest.mark.parametrize(
    "address, near",
    [
        ("192.168.1.20:7444", True),
        ("10.0.0.1:7444", True),
        ("100.64.0.9:7444", True),
        ("169.254.3.4:7444", True),
        ("[fe80::1]:7444", True),
        ("8.8.8.8:53", False),
        ("[2606:4700::1111]:443", False),
        ("example.com:443", False),
        ("", False),
    ],
)
def test_what_a_stranger_announces_is_asked_in_a_network_of_ones_own_only(address: str, near: bool) -> None:
    assert is_near(address) is near


@pytest.mark.parametrize(
    "host, first",
    [
        ("10.0.0.5", "10.0.0.5:7444"),
        ("fd00::5", "[fd00::5]:7444"),
        ("127.0.0.1", "10.9.9.9:7444"),
        ("?", "10.9.9.9:7444"),
    ],
)
def test_a_station_is_likeliest_where_the_hub_has_seen_it(host: str, first: str) -> None:
    addresses = seen_first(host, ["10.9.9.9:7444", "10.8.8.8:7444"])
    assert addresses[0] == first
    assert "10.9.9.9:7444" in addresses
    assert seen_first(host, []) == (), "whoever answers nobody is nowhere"


def test_the_name_in_a_certificate_says_which_device_it_is() -> None:
    device = "0123456789ABCDEFGHJKMNPQRS"
    assert device_named(server_name("device", device)) == device
    for other in (server_name("hub", device), "device-x.checkin.internal", "device-" + "a" * 26 + ".example.com", ""):
        assert device_named(other) is None


@pytest.mark.parametrize(
    "status, words",
    [
        (SyncStatus(SyncState.OFFLINE, 37), "○ Offline – saving here, 37 to send"),
        (
            SyncStatus(SyncState.OFFLINE, 37, also_at=("Desk 2",)),
            "○ Offline – saving here, 37 to send · also at Desk 2",
        ),
        (
            SyncStatus(SyncState.OFFLINE, 3, also_at=("A", "B")),
            "○ Offline – saving here, 3 to send · also at 2 stations",
        ),
        (SyncStatus(SyncState.OFFLINE, 0, also_at=("A",)), "○ Offline – saving here, 0 to send"),
        (SyncStatus(SyncState.ONLINE, 2, also_at=("A",)), "● Online · 2 to send"),
    ],
)
def test_the_strip_counts_against_the_hub_and_says_where_else_it_lies(status: SyncStatus, words: str) -> None:
    assert sync_words(status, NOON) == words


def test_how_things_stand_is_said_as_it_is() -> None:
    answers = PeerState("Desk 2", DeviceRole.DESK, NOON, 0, answers=True)
    silent = PeerState("Desk 3", DeviceRole.DESK, NOON, 2)
    assert "joined one" in nearby_words(NearbyView())
    assert "The hub answers" in nearby_words(NearbyView(joined=True, peers=[silent]))
    assert "small router" in nearby_words(NearbyView(joined=True, asking=True, peers=[silent]))
    assert "tell each other" in nearby_words(NearbyView(joined=True, asking=True, peers=[silent, answers]))
    assert holds_words(answers) == "all of this station"
    assert holds_words(silent) == "all of this station but 2 records"
    assert holds_words(PeerState("New", DeviceRole.DOOR)) == "not heard yet"
    assert met_words(silent, NOON + timedelta(minutes=3)) == "3 min ago"
    assert met_words(PeerState("New", DeviceRole.DOOR), NOON) == "never"
