"""Handing out seats at the hub itself: once, however many ask at once, on both databases; and what a shell says."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.commands.main import main
from kiosk.domain.journal import Kind, Role
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput
from kiosk.hub import seat_table, seats, taking
from kiosk.hub.console import Console
from kiosk.hub.hub import Hub, open_hub
from kiosk.services.doors import Door, Doors
from kiosk.services.stations import Stations
from kiosk.wire.seats import SeatsAnswer, SeatsRequest
from tests.builders import NOON, a_session, a_station, enrol, hold, some_attendees
from tests.hub.conftest import KEY, LiveHub
from tests.storage.test_seats_view import record

CAPACITY = 40


def asks(hub: Hub, device: str, granted: int = 0, left: int = 0, session: str = "S") -> SeatsAnswer:
    write = seats.writer(hub.identity.device, hub.boot, NOON)
    wanted = SeatsRequest(session, granted, left)
    return hub.database.write(lambda connection: seats.hand_out(connection, write, device, wanted, CAPACITY))


def held(hub: Hub, session: str = "S") -> dict[str, int]:
    with hub.database.read() as connection:
        return seats.held_of(connection, session)


@pytest.mark.timeout(120)
def test_two_hubs_on_one_database_hand_out_every_seat_once(database_url: str | None, live: LiveHub) -> None:
    hubs = [live.hub]
    if database_url is not None:
        hubs.append(open_hub(live.hub.folder, KEY, database_url))
    doors = [f"door {n}" for n in range(4)]
    granted = dict.fromkeys(doors, 0)

    def take_all(door: str) -> None:
        hub = hubs[int(door[-1]) % len(hubs)]
        for _ in range(60):
            granted[door] += asks(hub, door, granted[door], 0).handed

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(take_all, doors))
    assert sum(granted.values()) == CAPACITY
    assert held(live.hub) == {door: n for door, n in granted.items() if n}
    for hub in hubs[1:]:
        hub.close()


def test_what_a_lost_station_had_not_given_can_be_taken_back(live: LiveHub, tmp_path: Path) -> None:
    link = live.enrol(DeviceRole.DOOR, "Door 1")
    (device,) = live.links
    assert link.name == "Door 1"
    assert asks(live.hub, device).handed == 5
    console = Console(live.hub)
    assert console.seats().held == {"S": {"Door 1": 5}}
    assert console.forfeit_seats("Door 1") == 5
    assert console.forfeit_seats("Door 1") == 0
    assert held(live.hub) == {device: 0}
    assert asks(live.hub, "other").handed == 5
    assert asks(live.hub, device, 5, 0).handed == 5, "it has not heard of it: that is no sign of a restore"
    with pytest.raises(BadInput):
        console.forfeit_seats("nobody")


def test_the_seats_of_whoever_was_let_in_are_not_taken_back(tmp_path: Path) -> None:

    session = a_session()
    with a_station(tmp_path / "door") as desk:
        enrol(desk.store, some_attendees(3))
        hold(desk.store, session)
        desk.clock.now = session.start
        doors = Doors(desk.store, desk.station)
        for n in (1, 2):
            desk.clock.forward(20)
            verdict = doors.present(f"{n:06}", Door(session.room))
            assert verdict is not None
            assert verdict.attendee is not None
            assert doors.override(verdict.attendee.id, Door(session.room), "why", "Rosa").admitted
        hub = open_hub(tmp_path / "hub", KEY)
        stations = Stations(desk.store, desk.station)

        own = stations.own
        batch = stations.batch_after({})
        hub.database.write(lambda connection: taking.take_in(connection, {own.id: own.key}, hub.identity.device, batch))
        assert asks(hub, own.id, session=session.id).handed == 5
        write = seats.writer(hub.identity.device, hub.boot, NOON)
        assert hub.database.write(lambda connection: seats.forfeit(connection, write, own.id)) == 3
        hub.close()


def test_what_stations_write_of_seats_is_not_the_hubs(live: LiveHub) -> None:

    with_role = [record(Kind.SEATS_GRANT, "A", role, None, to="A", session="S", n=9) for role in (Role.DOOR, Role.DESK)]

    live.hub.database.write(lambda connection: seat_table.keep(connection, with_role))
    assert held(live.hub) == {}


def test_a_shell_says_what_is_handed_out_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase of the tests")
    data = str(tmp_path / "data")
    assert main(["hub", "seats", "--data", data]) == 0
    assert "No seats were handed out yet" in capsys.readouterr().out
    assert main(["hub", "seats", "--unsure", "--json", "--data", data]) == 0
    assert json.loads(capsys.readouterr().out) == {"waits_for": [], "held": {}}
    assert main(["hub", "seats", "--without", "Door 9", "--data", data]) == 1
    assert "No seats wait for a station called Door 9" in capsys.readouterr().err
