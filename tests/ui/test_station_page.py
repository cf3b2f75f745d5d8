"""A desk becomes a door and a door a desk, from the page of the organizer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.app import build_window
from kiosk.domain.door import House
from kiosk.storage.store import Store
from kiosk.ui.background import Background
from kiosk.ui.door_window import DoorWindow
from kiosk.ui.main_window import MainWindow
from kiosk.ui.screens.station_page import StationPage
from kiosk.ui.services import DeskInfo, DeskServices
from tests.builders import a_session, hold


@pytest.fixture
def desk() -> Iterator[Background]:
    thread = Background("desk")
    yield thread
    thread.close()


def opened(qtbot: QtBot, services: DeskServices, info: DeskInfo, desk: Background) -> tuple[StationPage, list[str]]:
    back: list[str] = []
    page = StationPage(services, info, desk, lambda: back.append("back"))
    qtbot.addWidget(page)
    page.start()
    return page, back


def test_a_desk_becomes_the_door_of_a_room(
    qtbot: QtBot, store: Store, services: DeskServices, info: DeskInfo, desk: Background
) -> None:
    hold(store, a_session(room="Salon D"), a_session("X", room="Salon A"))
    page, _back = opened(qtbot, services, info, desk)
    qtbot.waitUntil(lambda: page.what.count() == 3)
    assert [page.what.itemText(row) for row in range(3)] == ["A desk", "The door of Salon A", "The door of Salon D"]
    page.what.setCurrentIndex(2)
    page.unchecked.setChecked(False)
    with qtbot.waitSignal(page.became):
        page.save.click()
    assert store.setting("door_room", "") == "Salon D"
    assert services.doors.house == House(unchecked_may_enter=False)


def test_a_door_becomes_a_desk_again_and_a_room_nobody_knows_is_not_lost(
    qtbot: QtBot, services: DeskServices, info: DeskInfo, desk: Background
) -> None:
    services.be_door("Salon D")
    page, _back = opened(qtbot, services, replace(info, room="Salon D"), desk)
    assert page.what.currentData() == "Salon D"
    page.what.setCurrentIndex(0)
    with qtbot.waitSignal(page.became):
        page.save.click()


def test_saving_the_rules_alone_leads_back(
    qtbot: QtBot, services: DeskServices, info: DeskInfo, desk: Background
) -> None:
    page, back = opened(qtbot, services, info, desk)
    page.moving.setChecked(False)
    page.save.click()
    qtbot.waitUntil(lambda: back == ["back"])
    assert not services.doors.house.moving_ends_stay


def test_the_window_is_the_one_that_belongs_to_the_station(qapp: QApplication, info: DeskInfo) -> None:
    for room, kind in (("", MainWindow), ("Salon D", DoorWindow)):
        shown = build_window(qapp, replace(info, room=room))
        assert type(shown.window) is kind
        shown.close()
