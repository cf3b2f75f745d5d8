"""Stations say how they are; an organizer sees it, and may send one away for good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kiosk import __version__
from kiosk.domain.trust import DeviceRole
from tests.hub.conftest import LiveHub

BEAT = {"app": "0.1.0", "unsent": 7, "printer": "paper_out", "labels_left": 12, "place": "desk", "clock_offset_ms": -5}


def station(live: LiveHub, name: str) -> dict[str, Any]:
    told = live.ask("GET", "/v1/fleet", live.enrol(DeviceRole.ORGANIZER, "Office")).json
    found: dict[str, Any] = next(each for each in told["stations"] if each["station"]["name"] == name)
    return found


def test_what_a_station_says_is_what_the_organizer_sees(live: LiveHub) -> None:
    desk = live.enrol(DeviceRole.DESK, "Desk 2")
    assert station(live, "Desk 2")["alarms"] == ["Silent since it joined"]
    heard = live.ask("POST", "/v1/beat", desk, BEAT).json
    assert (heard["name"], heard["role"], heard["revoked"], heard["wipe"]) == ("Desk 2", "desk", False, False)
    live.ask("POST", "/v1/beat", desk, {**BEAT, "unsent": 8})
    seen = station(live, "Desk 2")
    assert seen["station"]["vitals"]["unsent"] == 8
    assert seen["station"]["last_contact"] is not None
    assert seen["alarms"] == ["Its printer needs somebody", "12 labels left"]


def test_a_revoked_station_is_told_so_and_wiped_when_it_is_heard_of(live: LiveHub) -> None:
    organizer, desk = live.enrol(DeviceRole.ORGANIZER, "Office"), live.enrol(DeviceRole.DESK, "Desk 2")
    device = next(iter(set(live.links) - {next(iter(live.links))}))
    assert live.ask("POST", f"/v1/devices/{device}/revoke", organizer).json == {"name": "Desk 2"}
    heard = live.ask("POST", "/v1/beat", desk, BEAT).json
    assert (heard["revoked"], heard["wipe"]) == (True, False)
    assert live.ask("POST", f"/v1/devices/{device}/revoke", organizer).status == 409
    assert live.ask("POST", f"/v1/devices/{device}/wipe", organizer).status == 200
    assert live.ask("POST", "/v1/beat", desk, BEAT).json["wipe"] is True
    assert station(live, "Desk 2")["alarms"] == ["Not wiped yet"]
    live.ask("POST", "/v1/beat", desk, {**BEAT, "wiping": True})
    assert station(live, "Desk 2")["alarms"] == []
    assert live.ask("POST", "/v1/devices/NOBODY/wipe", organizer).status == 409


def test_an_organizer_invites_and_approves_from_elsewhere(live: LiveHub) -> None:
    organizer = live.enrol(DeviceRole.ORGANIZER, "Office")
    invited = live.ask("POST", "/v1/invitations", organizer, {"role": "door", "name": "Room 2"}).json
    assert invited["qr"].endswith(invited["code"])
    assert live.ask("POST", "/v1/approvals", organizer, {"digits": "000 000"}).status == 409
    assert live.ask("POST", "/v1/enrol/X/refuse", organizer).status == 409
    assert live.ask("POST", "/v1/invitations", organizer, {"role": "king"}).status == 400


def test_a_station_hears_where_the_others_may_be_asked(live: LiveHub) -> None:
    """Of those that answer others, and were not sent away; not of itself."""
    one, two, three = (live.enrol(DeviceRole.DESK, f"Desk {n}") for n in (1, 2, 3))
    devices = dict(zip(("one", "two", "three"), live.links, strict=True))
    assert live.ask("POST", "/v1/beat", one, BEAT).json["peers"] == []
    live.ask("POST", "/v1/beat", two, {**BEAT, "addresses": ["10.0.0.2:7444"]})
    live.ask("POST", "/v1/beat", three, BEAT)
    heard = live.ask("POST", "/v1/beat", one, {**BEAT, "addresses": ["10.0.0.1:7444"]}).json
    assert heard["peers"] == [{"device": devices["two"], "addresses": ["10.0.0.2:7444"]}]
    organizer = live.enrol(DeviceRole.ORGANIZER, "Office")
    live.ask("POST", f"/v1/devices/{devices['two']}/revoke", organizer)
    assert live.ask("POST", "/v1/beat", one, BEAT).json["peers"] == []
    assert live.ask("POST", "/v1/beat", two, BEAT).json["peers"] == []
    assert live.ask("POST", "/v1/beat", one, {**BEAT, "addresses": ["x"] * 9}).status == 400


WELL = {"app": __version__, "unsent": 0, "clock_offset_ms": 0, "roster_age_s": 5, "printer": "ready", "labels_left": 90}
ALARMS = [
    ({"unsent": 101}, "101 records are only there"),
    ({"clock_offset_ms": 180_000}, "Its clock is 3 min behind"),
    ({"clock_offset_ms": -180_000}, "Its clock is 3 min ahead"),
    ({"roster_age_s": 2400}, "Knows no news since 40 min"),
    ({"printer": "paper_out"}, "Its printer needs somebody"),
    ({"labels_left": 20}, "20 labels left"),
    ({"app": "0.0.9"}, "Runs version 0.0.9"),
]


def test_every_alarm_stands_on_the_page_and_goes_when_it_is_over(live: LiveHub) -> None:
    desk, board = live.enrol(DeviceRole.DESK, "Desk 2"), live.enrol(DeviceRole.DASHBOARD, "Wall")
    for said, words in ALARMS:
        live.ask("POST", "/v1/beat", desk, {**WELL, **said})
        assert station(live, "Desk 2")["alarms"] == [words]
        live.hub.board._made.clear()
        assert on_the_page(live, board) == ([words], f"▲ {words}")
    live.ask("POST", "/v1/beat", desk, WELL)
    live.hub.board._made.clear()
    assert on_the_page(live, board) == ([], "✓")


def on_the_page(live: LiveHub, link: Any) -> tuple[list[str], str]:
    """What is the matter with Desk 2: among what wants a person, and in the list of stations."""
    told = live.ask("GET", "/v1/dashboard", link).json
    rows = {row[0]: row for row in told["fleet"]["rows"]}
    return [alarm["what"] for alarm in told["numbers"]["alarms"] if alarm["who"] == "Desk 2"], rows["Desk 2"][1]


def test_the_page_lists_how_each_station_is(live: LiveHub) -> None:
    desk = live.enrol(DeviceRole.DESK, "Desk 2")
    live.ask("POST", "/v1/beat", desk, {**WELL, "unsent": 3, "clock_offset_ms": 90_000, "roster_age_s": 61})
    told = live.ask("GET", "/v1/dashboard", live.enrol(DeviceRole.ORGANIZER, "Office")).json["fleet"]
    row = dict(zip(told["headers"], told["rows"][[each[0] for each in told["rows"]].index("Desk 2")], strict=True))
    assert (row["To send"], row["Clock"], row["News"], row["Printer"], row["Labels"], row["Version"]) == (
        *("3", "1 min slow", "1 min", "ready", "90", __version__),
    )
    assert row["Heard"].endswith("s ago")


def test_silence_and_names_that_are_still_there_are_told(live: LiveHub) -> None:
    desk = live.enrol(DeviceRole.DESK, "Desk 2")
    live.ask("POST", "/v1/beat", desk, WELL)
    live.hub.order_purge(live.hub.clock())
    assert station(live, "Desk 2")["alarms"] == ["Names are still on it"]
    live.enrol(DeviceRole.DASHBOARD, "Wall")  # it never had any
    assert "Names are still on it" not in station(live, "Wall")["alarms"]
    live.ask("POST", "/v1/beat", desk, {**WELL, "purged": True})
    assert station(live, "Desk 2")["alarms"] == []
    now = live.hub.clock()
    live.hub.clock = lambda: now + timedelta(minutes=4)
    assert station(live, "Desk 2")["alarms"] == ["Silent 4 min"]
