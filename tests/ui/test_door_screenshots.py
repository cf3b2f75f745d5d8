"""Takes the pictures of the door for docs/screenshots, on a laptop and on an 8-inch tablet held upright."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.errors import NotSaved
from kiosk.storage.store import Store
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.theme import Theme, load_scripts
from tests.builders import Clock
from tests.ui.doors import HERE, DoorScreenUser, OpenDoor, a_door_window
from tests.ui.test_screenshots import colours_of

FOLDER = os.environ.get("KIOSK_SCREENSHOTS", "")
SIZES = {"laptop": (1280, 800), "tablet": (800, 1280), "small": (600, 960)}


@pytest.fixture
def open_door(qtbot: QtBot, store: Store, services: DeskServices, info: DeskInfo, clock: Clock) -> Iterator[OpenDoor]:
    with a_door_window(qtbot, store, services, info, clock) as opener:
        yield opener


def keep(user: DoorScreenUser, name: str) -> QImage:
    """Grab the window; write it where it is new."""
    user.settle()
    picture = user.window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    if FOLDER:
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        file = Path(FOLDER) / f"door-{name.replace(' ', '-')}.png"
        if QImage(str(file)).convertToFormat(QImage.Format.Format_RGB888) != picture:
            assert picture.save(str(file), "PNG")  # type: ignore[call-overload]
    return picture


def crowd(user: DoorScreenUser, count: int) -> None:
    """So many are inside already."""
    user.services.monitor.headcount(HERE.id, count)
    user.window.flow.refresh()
    user.settle()


def out(user: DoorScreenUser, who: str) -> None:
    user.press(Qt.Key.Key_F7)
    user.scan(who)


STATES: dict[str, Callable[[DoorScreenUser], object]] = {
    "ready": lambda user: crowd(user, 141),
    "in": lambda user: (crowd(user, 141), user.scan("ada"), user.scan("http://menu.example"), user.scan("in")),
    "already": lambda user: (user.scan("in"), user.scan("in", later_s=1200)),
    "other room": lambda user: (crowd(user, 141), user.scan("elsewhere")),
    "not on the list": lambda user: user.scan("nowhere"),
    "desk later": lambda user: user.scan("unchecked"),
    "full": lambda user: (crowd(user, 180), user.scan("in")),
    "tight": lambda user: crowd(user, 166),
    "stop": lambda user: user.scan("blocked"),
    "unknown": lambda user: user.scan("http://menu.example"),
    "out ready": lambda user: (crowd(user, 141), user.press(Qt.Key.Key_F7)),
    "out": lambda user: (user.scan("in"), out(user, "in")),
    "out without in": lambda user: out(user, "ada"),
    "access need": lambda user: user.scan("need"),
    "longest name": lambda user: user.scan("longest"),
    "arabic": lambda user: user.scan("arabic"),
    "no badge": lambda user: (user.press(Qt.Key.Key_F2), user.bot.keyClicks(user.window.focusWidget(), "lov")),
    "more": lambda user: (crowd(user, 3), user.press(Qt.Key.Key_F9)),
    "clock off": lambda user: user.window.flow.set_clock_offset(252),
}


PICTURES = [
    *((state, "day") for state in STATES),
    *((state, "night") for state in ("ready", "in", "other room", "full", "out", "out ready", "no badge", "more")),
    *((state, "tablet") for state in ("ready", "in", "other room", "out", "more")),
    *((state, "small") for state in ("in", "other room", "full", "out ready", "unknown")),
    *((state, "200 percent") for state in ("ready", "in", "other room")),
]


@pytest.mark.parametrize("state, look", PICTURES)
def test_each_state_of_the_door(open_door: OpenDoor, qapp: QApplication, state: str, look: str) -> None:
    theme = Theme(dark=look == "night", text_scale=2.0 if look == "200 percent" else 1.0)
    theme.apply(qapp)
    load_scripts()
    user = open_door(theme=theme, size=SIZES.get(look, (1366, 768) if look == "200 percent" else SIZES["laptop"]))
    STATES[state](user)
    name = state if look == "day" else f"{state} {look}"
    assert colours_of(keep(user, name)) > 4


def test_nothing_is_held_here_now(open_door: OpenDoor, qapp: QApplication) -> None:
    Theme().apply(qapp)
    user = open_door(theme=Theme(), now=HERE.opens - timedelta(hours=2))
    assert colours_of(keep(user, "nothing")) > 4


@pytest.mark.expect_log
def test_not_saved(open_door: OpenDoor, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    Theme().apply(qapp)
    user = open_door(theme=Theme())

    def refuse() -> None:
        raise NotSaved("The disk is full. Free some space, then scan again.")

    monkeypatch.setattr(user.store, "write", refuse)
    user.scan("in")
    assert colours_of(keep(user, "not saved")) > 4
    user.press(Qt.Key.Key_Escape)
