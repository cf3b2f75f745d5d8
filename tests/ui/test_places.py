"""How a place decides is chosen in the window, and seen where nobody is let in without the hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kiosk.domain.journal import Kind, Role
from kiosk.domain.programme import ClaimPolicy, Room
from kiosk.domain.verdicts import Outcome
from kiosk.services.programme import Programme
from kiosk.services.station import Station
from kiosk.storage.store import Store
from kiosk.ui.screens.programme_page import ProgrammePage
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.theme import Theme, load_scripts
from kiosk.ui.widgets.panel import FormPanel
from tests.builders import Clock, a_session, hold
from tests.ui.conftest import Open, Screen
from tests.ui.doors import HERE, ROOM, OpenDoor, a_door_window

FOLDER = os.environ.get("KIOSK_SCREENSHOTS", "")
KEPT = ("form-seats", "desk-day", "door-night", "seats-day", "seats-full-day")
"""What is worth a picture in docs/screenshots."""


def keep(window: QWidget, name: str) -> None:
    if FOLDER and name in KEPT:
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        assert window.grab().save(str(Path(FOLDER) / f"places-{name}.png"))


@pytest.fixture
def open_door(qtbot: QtBot, store: Store, services: DeskServices, info: DeskInfo, clock: Clock) -> Iterator[OpenDoor]:
    with a_door_window(qtbot, store, services, info, clock) as opener:
        yield opener


def rooms_of(screen: Screen) -> ProgrammePage:
    screen.window.open_organize("Programme")
    screen.settle()
    page = screen.window.desk.page
    assert isinstance(page, ProgrammePage)
    page.rooms_button.click()
    screen.settle()
    return page


def test_the_desk_and_a_room_are_set_and_the_strip_says_strict(screen: Screen, store: Store) -> None:
    hold(store, a_session(room="Salon A"), rooms=[Room("Salon A", 180, "same floor, left")])
    page = rooms_of(screen)
    form = page.rooms
    assert form.names.currentText() == "Salon A"
    form.claim.choose(ClaimPolicy.ALONE)
    screen.click("Save")
    assert screen.services.programme.rooms() == [Room("Salon A", 180, "same floor, left", ClaimPolicy.ALONE)]
    assert "Salon A · 180 seats · same floor, left · decides alone" in form.list.text()
    form.names.setCurrentIndex(0)
    assert not form.capacity.isEnabled()
    form.claim.choose(ClaimPolicy.STRICT)
    assert "unless a supervisor" in form.claim_words.text()
    screen.settle()
    keep(screen.window, "form")
    screen.click("Save")
    assert screen.services.programme.desk_claim is ClaimPolicy.STRICT
    assert "Only with the hub" in screen.words(screen.window.strip)
    assert page.page is form
    assert form.names.currentText() == "Registration desk"
    form.claim.choose(ClaimPolicy.ASK)
    screen.click("Save")
    assert "Only with the hub" not in screen.words(screen.window.strip)


def test_a_new_name_is_a_new_room_even_after_the_desk(screen: Screen) -> None:
    form = rooms_of(screen).rooms
    form.names.setEditText("Atrium")
    assert form.capacity.isEnabled()
    form.capacity.setText("40")
    screen.click("Save")
    assert screen.services.programme.rooms() == [Room("Atrium", 40)]


@pytest.mark.parametrize("look", ["day", "night"])
def test_a_strict_desk_without_a_hub_sends_to_the_supervisor(
    open_screen: Open, station: Station, store: Store, qapp: QApplication, look: str
) -> None:
    theme = Theme(dark=look == "night")
    theme.apply(qapp)
    load_scripts()
    Programme(store, station).change_desk(ClaimPolicy.STRICT)
    screen = open_screen(theme=theme)
    screen.window.show_strict(True)
    screen.scan("000008")
    screen.settle()
    assert screen.outcome() is Outcome.REDIRECT
    assert "ASK A SUPERVISOR" in screen.card()
    assert "The hub does not answer" in screen.card()
    keep(screen.window, f"desk-{look}")
    screen.window.call_supervisor()
    form = screen.form()
    form.inputs["by"].setText("Rosa")
    form.inputs["why"].setText("The network is away")
    form.submit()
    screen.settle()
    assert screen.outcome() is Outcome.ADMITTED


@pytest.mark.parametrize("look, size", [("day", (1280, 800)), ("night", (1366, 768)), ("small", (600, 960))])
def test_a_strict_door_says_so_at_its_head(
    open_door: OpenDoor, station: Station, store: Store, qapp: QApplication, look: str, size: tuple[int, int]
) -> None:
    theme = Theme(dark=look == "night")
    theme.apply(qapp)
    load_scripts()
    user = open_door(theme=theme, size=size)
    Programme(store, station).change_room(Room(ROOM, 180, "", ClaimPolicy.STRICT))
    user.window.flow.look()
    user.settle()
    assert "only with the hub" in user.window.door.head.where.text()
    user.scan("in")
    assert user.outcome() is Outcome.REDIRECT
    assert "ASK A SUPERVISOR" in user.card()
    assert "Send to the desk" in user.buttons()
    keep(user.window, f"door-{look}")
    user.click("Supervisor")
    assert isinstance(user.window.door.page, FormPanel)


def handed(store: Store, station: Station, seats: int) -> None:
    """The hub hands this door so many seats."""
    Programme(store, station).change_room(Room(ROOM, 180, handed_out=True))
    body = {"to": store.journal.device.id, "session": HERE.id, "n": seats}
    with store.write() as journal:
        journal.append(Kind.SEATS_GRANT, body, at=station.clock(), actor="hub", role=Role.HUB)


@pytest.mark.parametrize("look, size", [("day", (1280, 800)), ("night", (1366, 768)), ("small", (600, 960))])
def test_a_door_says_how_many_of_its_seats_are_left_and_gives_them_back(
    open_door: OpenDoor, station: Station, store: Store, qapp: QApplication, look: str, size: tuple[int, int]
) -> None:
    theme = Theme(dark=look == "night")
    theme.apply(qapp)
    load_scripts()
    user = open_door(theme=theme, size=size)
    handed(store, station, 20)
    user.services.monitor.headcount(HERE.id, 7)
    user.scan("in")
    keep(user.window, f"seats-{look}")
    assert "8 in the room · 12 of your 20 seats left" in user.card()
    user.window.flow.look()
    user.settle()
    assert "12 of your 20 seats left" in user.window.door.head.fill.words()
    user.press(Qt.Key.Key_Escape)
    user.press(Qt.Key.Key_F9)
    keep(user.window, f"seats-more-{look}")
    user.click("Give seats back")
    assert "0 of your 8 seats left" in user.window.door.head.fill.words()
    user.scan("ada")
    assert "NO SEAT TO GIVE" in user.card()
    assert {"Waiting list", "Supervisor"} <= set(user.buttons())
    keep(user.window, f"seats-full-{look}")
    user.press(Qt.Key.Key_Escape)
    user.press(Qt.Key.Key_F9)
    assert "Give seats back" not in user.buttons()


def test_seats_are_handed_out_where_there_are_any(screen: Screen, store: Store) -> None:
    hold(store, a_session(room="Salon A"), rooms=[Room("Salon A")])
    form = rooms_of(screen).rooms
    form.handed_out.setChecked(True)
    screen.click("Save")
    assert "how many seats there are" in form.problem.text()
    form.capacity.setText("40")
    screen.click("Save")
    assert screen.services.programme.rooms() == [Room("Salon A", 40, handed_out=True)]
    assert "seats handed out" in form.list.text()
    screen.settle()
    keep(screen.window, "form-seats")
