"""What is introduced to a window, once it is there: the rounds with a hub that is joined while it is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from kiosk import app as app_module
from kiosk.app import AGAIN
from kiosk.config import Settings
from kiosk.desk import Desk, open_desk
from kiosk.domain.sync_state import SyncState, SyncStatus
from kiosk.domain.trust import DeviceRole
from kiosk.relay_rooms import Relay
from kiosk.services.hub_link import HubLink
from kiosk.services.retention import Retention
from kiosk.services.station import Conference
from kiosk.sync import loop as loop_module
from kiosk.ui.services import DeskInfo
from tests.builders import KEY, enrol, some_attendees


class Window(QObject):
    """As much of a window as is told about rounds."""

    def __init__(self, info: DeskInfo) -> None:
        super().__init__()
        self.info = info

    def say(self, _what: str, words: str) -> None:
        """Nobody reads it here."""

    def show_sync(self, status: SyncStatus) -> None:
        """Nor this."""

    def show_strict(self, _strict: object) -> None:
        """Nor that."""

    def set_info(self, info: DeskInfo) -> None:
        """What the window is called now."""
        self.info = info


class Loop:
    """In place of the rounds: what was begun."""

    made: list[Loop]

    def __init__(self, _store: object, _station: object, tell: Any, _look: object) -> None:
        self.tell, self.started, self.woken = tell, 0, 0
        self.made.append(self)

    def start(self) -> None:
        self.started += 1

    def rejoined(self) -> None:
        self.woken += 1

    def close(self) -> None:
        """Nothing to end."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[Desk]:
    monkeypatch.setattr(Loop, "made", [], raising=False)
    monkeypatch.setattr(loop_module, "SyncLoop", Loop)
    monkeypatch.setattr(Relay, "start", lambda _relay, _loop: None)
    desk = open_desk(Settings(data=tmp_path / "data"), KEY)
    yield desk
    desk.close()


def test_a_hub_that_is_joined_in_the_window_is_met_at_once(desk: Desk, qapp: QApplication) -> None:
    window: Any = Window(desk.info())
    app_module._keep_in_step(qapp, window, desk)
    assert Loop.made == []
    HubLink("hub", ("127.0.0.1:1",), "", "", "", "", DeviceRole.ORGANIZER, "Desk").write(desk.store)
    desk.hubs.on_join()
    (loop,) = Loop.made
    assert (loop.started, loop.woken) == (1, 0)
    assert desk.services.check_in.claims is desk.services.doors.claims is loop
    desk.hubs.on_join()  # it left, and has joined again
    assert (Loop.made, loop.started, loop.woken) == ([loop], 1, 1)


def test_the_window_is_headed_as_other_stations_say(desk: Desk, qapp: QApplication) -> None:
    HubLink("hub", ("127.0.0.1:1",), "", "", "", "", DeviceRole.ORGANIZER, "Desk").write(desk.store)
    window: Any = Window(desk.info())
    app_module._keep_in_step(qapp, window, desk)
    desk.station.set_conference(Conference("PLECET 2023", "PLECET", "America/Chicago"))
    Loop.made[0].tell(SyncStatus(SyncState.ONLINE))
    assert (window.info.conference, window.info.zone.key) == ("PLECET 2023", "America/Chicago")


def test_when_names_are_gone_another_window_takes_the_place_of_this_one_and_says_so(
    desk: Desk, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    HubLink("hub", ("127.0.0.1:1",), "", "", "", "", DeviceRole.DESK, "Desk").write(desk.store)
    window: Any = Window(desk.info())
    app_module._keep_in_step(qapp, window, desk)
    ended: list[int] = []
    monkeypatch.setattr(qapp, "exit", ended.append)
    enrol(desk.store, some_attendees(3))
    assert desk.services.find.find("Last1")
    Retention(desk.store, desk.station).purge(lambda: 0)
    Loop.made[0].on_purge()
    assert ended == [AGAIN]
    assert not desk.services.find.find("Last1")
    folder = desk.settings.data
    desk.close()
    again = open_desk(Settings(data=folder), KEY)
    try:
        assert any("The conference is over" in notice for notice in again.store.notices)
    finally:
        again.close()
