"""Once an organizer has a PIN, nobody decides anything at the hub without one; guessing takes for ever."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.commands.main import main
from kiosk.domain.pins import FREE_TRIES, PinNeeded, WrongPin
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput
from kiosk.hub import pins as pins_module
from kiosk.hub.console import Console
from kiosk.hub.hub import Hub, open_hub
from kiosk.hub.pins import Pins, What
from kiosk.storage.journal import utc_now
from tests.hub.conftest import KEY, LiveHub

PIN, OTHER = "40719382", "77215003"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins_module, "PASSES", 1)
    monkeypatch.setattr(pins_module, "MEMORY_KIB", 64)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    opened = open_hub(tmp_path / "hub", KEY)
    yield opened
    opened.close()


def deciding(console: Console) -> dict[str, Callable[[], object]]:
    """Everything that decides: each must ask."""
    return {
        "approve": lambda: console.approve("000 000"),
        "refuse": lambda: console.refuse("nobody"),
        "revoke": lambda: console.revoke("door"),
        "wipe": lambda: console.revoke("door", wipe=True),
        "page with names": lambda: console.page_code(names=True),
        "purge": console.order_purge,
        "backup": lambda: console.back_up(Path("/nonexistent/file"), "a long passphrase"),
    }


def test_nothing_is_decided_without_a_pin_once_there_is_one(live: LiveHub) -> None:
    live.enrol(DeviceRole.DOOR, "door")
    console = Console(live.hub)
    assert console.revoke("door").revoked is not None  # nobody has one: nobody is asked
    live.enrol(DeviceRole.DOOR, "door")
    console.pins.set("Maria", PIN, "")
    for decide in deciding(Console(live.hub)).values():
        with pytest.raises(PinNeeded):
            decide()
    assert sorted(each.revoked is None for each in console.stations()) == [False, True]
    console.prove("Maria", PIN)
    assert console.revoke("door").revoked is not None
    kept = [(each.who, each.what, each.about) for each in console.decisions()]
    assert kept == [
        ("Maria", What.REVOKED, "door"),
        ("Maria", What.PIN_SET, "Maria"),
        ("", What.REVOKED, "door"),
    ]


def test_a_pin_is_changed_by_who_has_one_and_by_nobody_else(hub: Hub) -> None:
    pins = Pins(hub.database, hub.clock)
    pins.set("Maria", PIN, "")
    with pytest.raises(BadInput, match="Another organizer"):
        pins.set("Mallory", OTHER, "")
    pins.set("Tom", OTHER, pins.prove("Maria", PIN))
    assert pins.prove("Tom", OTHER) == "Tom"
    with pytest.raises(WrongPin):
        pins.prove("Tom", PIN)
    with pytest.raises(BadInput, match="Nobody called"):
        pins.prove("Mallory", PIN)
    pins.remove("Tom", "Maria")
    assert pins.names() == ["Maria"]


def guess_until_it_waits(hub: Hub, now_s: float) -> None:
    pins = Pins(hub.database, hub.clock, lambda: now_s)
    for _try in range(FREE_TRIES):
        with pytest.raises(WrongPin, match="not the PIN"):
            pins.prove("Maria", OTHER)
    with pytest.raises(WrongPin, match="Wait 30 seconds"):
        pins.prove("Maria", PIN)  # the right one does not help now


def test_a_guesser_waits_through_restarts_and_whatever_the_wall_clock_says(tmp_path: Path) -> None:
    hub = open_hub(tmp_path / "hub", KEY)
    Pins(hub.database, hub.clock).set("Maria", PIN, "")
    guess_until_it_waits(hub, 1000.0)
    hub.close()
    hub = open_hub(tmp_path / "hub", KEY, clock=lambda: utc_now() + timedelta(days=365))
    try:
        for now_s in (1001.0, 1029.0, 3.0):  # the last: the computer, too, was started anew
            with pytest.raises(WrongPin, match="Wait"):
                Pins(hub.database, hub.clock, lambda now_s=now_s: now_s).prove("Maria", PIN)
        assert Pins(hub.database, hub.clock, lambda: 1031.0).prove("Maria", PIN) == "Maria"
        with pytest.raises(WrongPin, match="4 more tries"):
            Pins(hub.database, hub.clock, lambda: 1031.0).prove("Maria", OTHER)
        assert sum(each.what is What.WRONG_PIN for each in Console(hub).decisions()) == FREE_TRIES + 1
    finally:
        hub.close()


def test_every_further_guess_takes_longer(hub: Hub) -> None:
    Pins(hub.database, hub.clock).set("Maria", PIN, "")
    guess_until_it_waits(hub, 0.0)
    now_s, waits = 0.0, []
    for _try in range(3):
        now_s += 601
        with pytest.raises(WrongPin) as wrong:
            Pins(hub.database, hub.clock, lambda now_s=now_s: now_s).prove("Maria", OTHER)
        waits.append(wrong.value.wait_s)
    assert waits == [120, 600, 600]


def test_another_organizer_need_not_wait(hub: Hub) -> None:
    pins = Pins(hub.database, hub.clock)
    pins.set("Maria", PIN, "")
    pins.set("Tom", OTHER, "Maria")
    guess_until_it_waits(hub, 0.0)
    assert pins.prove("Tom", OTHER) == "Tom"


def test_over_the_network_an_organizers_station_is_asked_too(live: LiveHub) -> None:
    organizer = live.enrol(DeviceRole.ORGANIZER)
    live.enrol(DeviceRole.DOOR, "door")
    Pins(live.hub.database, live.hub.clock).set("Maria", PIN, "")
    asked = "POST", "/v1/devices/door/revoke", organizer
    assert (live.ask(*asked, {}).status, live.ask(*asked, {}).json["code"]) == (403, "pin")
    assert live.ask(*asked).status == 403  # a program of yesterday, which sends no body
    assert live.ask(*asked, {"by": "Maria", "pin": OTHER}).status == 403
    assert live.ask(*asked, {"by": "Mallory", "pin": PIN}).status == 403
    for _try in range(FREE_TRIES - 1):
        told = live.ask(*asked, {"pin": OTHER})
    assert told.status == 429
    assert int(told.headers["retry-after"]) >= 30
    assert live.ask(*asked, {"pin": PIN}).status == 429
    pins_module.Pins(live.hub.database, live.hub.clock).set("Tom", OTHER, "Maria")
    assert live.ask(*asked, {"by": "Tom", "pin": OTHER}).json == {"name": "door"}
    assert next((each.who, each.about) for each in Console(live.hub).decisions()) == ("Tom", "door")


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase for tests")
    for name in ("KIOSK_PIN", "KIOSK_ORGANIZER", "KIOSK_NEW_PIN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_in_the_shell(shell: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KIOSK_NEW_PIN", PIN)
    assert main(["hub", "pin", "--name", "Maria"]) == 0
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["hub", "purge", "--yes"]) == 1
    assert "organizer's PIN" in capsys.readouterr().err
    monkeypatch.setenv("KIOSK_PIN", OTHER)
    assert main(["hub", "purge", "--yes"]) == 1
    assert "not the PIN" in capsys.readouterr().err
    monkeypatch.setenv("KIOSK_PIN", PIN)
    monkeypatch.setenv("KIOSK_NEW_PIN", OTHER)
    assert main(["hub", "pin", "--name", "Tom"]) == 0
    monkeypatch.setenv("KIOSK_ORGANIZER", "Tom")
    monkeypatch.setenv("KIOSK_PIN", OTHER)
    assert main(["hub", "purge", "--yes", "--on", "2099-01-01"]) == 0
    capsys.readouterr()
    assert main(["hub", "decisions", "--json"]) == 0
    out = capsys.readouterr().out
    assert '"who": "Tom", "what": "purge", "about": "2099-01-01' in out
    assert '"what": "wrong_pin"' in out
    assert PIN not in out
