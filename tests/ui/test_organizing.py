"""The organizer's pages: opened by a key, left by Esc, and never in the way of a scan."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from kiosk.domain.verdicts import Outcome
from kiosk.ui.organizing import openings
from kiosk.ui.screens.organize import OrganizePage
from tests.ui.conftest import Screen

TITLES = [opening.title for opening in openings()]


def organize(screen: Screen) -> OrganizePage:
    screen.press(Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    page = screen.window.desk.page
    assert isinstance(page, OrganizePage)
    return page


def test_every_page_is_named_and_says_what_it_is_for(screen: Screen) -> None:
    page = organize(screen)
    assert [button.accessibleName() for button in page.buttons] == TITLES
    assert all(button.accessibleDescription() for button in page.buttons)
    assert page.buttons[0].hasFocus()


@pytest.mark.parametrize("title", TITLES)
def test_escape_leads_back_a_step_at_a_time(screen: Screen, title: str) -> None:
    page = organize(screen)
    screen.click(title)
    assert screen.window.desk.page is not page
    screen.press(Qt.Key.Key_Escape)
    assert screen.window.desk.page is page
    screen.press(Qt.Key.Key_Escape)
    assert screen.window.desk.page is screen.window.desk.ready_page


@pytest.mark.parametrize("title", TITLES)
def test_a_scan_is_answered_wherever_somebody_is(screen: Screen, title: str) -> None:
    organize(screen)
    screen.click(title)
    assert screen.scan("000001").outcome is Outcome.ADMITTED
    assert screen.window.desk.page is screen.window.desk.answer_page


@pytest.mark.parametrize("title", ["", *TITLES])
def test_undo_never_takes_back_a_check_in_that_is_out_of_sight(screen: Screen, title: str) -> None:
    screen.scan("000001")
    screen.window.open_organize(title)
    screen.settle()
    screen.window.desk.setFocus()
    screen.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert screen.services.history.recent()[0].undone is False
    while screen.window.desk.page is not screen.window.desk.ready_page:
        screen.press(Qt.Key.Key_Escape)
    screen.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert screen.services.history.recent()[0].undone is True, "at the desk it is still one key"


def test_a_narrow_window_has_fewer_columns_and_nothing_is_lost(screen: Screen) -> None:
    page = organize(screen)
    across = len({button.x() for button in page.buttons})
    screen.window.resize(800, 1200)
    screen.settle()
    QApplication.processEvents()
    assert across == 4
    assert len({button.x() for button in page.buttons}) == 2
    assert all(button.isVisible() for button in page.buttons)
