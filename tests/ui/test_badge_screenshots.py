"""Pictures of the layout editor and of printing many badges, as `test_screenshots.py` takes those of the desk."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from kiosk.ui.screens.bulk_print import BulkPrintPage
from kiosk.ui.screens.layout_editor import LayoutEditor
from kiosk.ui.theme import Theme
from tests.ui.conftest import Open, Screen
from tests.ui.test_screenshots import colours_of, dress, keep

LOOKS = {"day": Theme(), "night": Theme(dark=True), "200-percent": Theme(text_scale=2.0)}


def open_page(open_screen: Open, qapp: QApplication, look: str, title: str) -> Screen:
    screen = open_screen(theme=dress(qapp, LOOKS[look]))
    if look != "day":
        screen.window.resize(1366, 768)
    screen.window.open_organize(title)
    screen.settle()
    return screen


def drawn(screen: Screen) -> LayoutEditor:
    page = screen.window.desk.page
    assert isinstance(page, LayoutEditor)
    screen.settle()
    screen.bot.waitUntil(lambda: page.table._seen is not None and not page.table._is_drawing)
    return page


@pytest.mark.parametrize("look", list(LOOKS))
def test_the_layout_editor(open_screen: Open, qapp: QApplication, look: str) -> None:
    screen = open_page(open_screen, qapp, look, "Badge layouts")
    page = drawn(screen)
    page.table.choose(7)
    for _n in range(24):
        page.table.view.stretched.emit(-0.5, -0.5)
        page.table.view.nudged.emit(0.5, 0.5)
    page.sample_buttons[1].click()
    drawn(screen)
    assert "telephones need 20 mm" in page.table.remarks.text()
    assert colours_of(keep(screen, f"layouts-{look}")) > 8


def test_a_folded_layout(open_screen: Open, qapp: QApplication) -> None:
    screen = open_page(open_screen, qapp, "day", "Badge layouts")
    page = drawn(screen)
    page.which.setCurrentIndex(page.which.findText("A6, folded over"))
    page.table.side.setCurrentIndex(1)
    page.table.choose(2)
    drawn(screen)
    assert colours_of(keep(screen, "layouts-folded-day")) > 8


def test_the_rules_and_a_check(open_screen: Open, qapp: QApplication) -> None:
    screen = open_page(open_screen, qapp, "day", "Badge layouts")
    page = drawn(screen)
    page.show_rules()
    screen.settle()
    assert colours_of(keep(screen, "layouts-rules-day")) > 8
    page.check_everybody()
    screen.bot.waitUntil(page.report.isVisible, timeout=60_000)
    assert colours_of(keep(screen, "layouts-check-day")) > 8


@pytest.mark.parametrize("look", list(LOOKS))
def test_many_badges(open_screen: Open, qapp: QApplication, look: str, tmp_path: Path) -> None:
    screen = open_page(open_screen, qapp, look, "Print many badges")
    page = screen.window.desk.page
    assert isinstance(page, BulkPrintPage)
    screen.services.badges.queue.pause(True)
    page.type.setCurrentIndex(1)
    page.print_badges()
    screen.bot.waitUntil(lambda: "in the queue" in page.said.text())
    page.type.setCurrentIndex(0)
    screen.settle()
    screen.bot.waitUntil(page.ahead.isVisible)
    assert colours_of(keep(screen, f"many-badges-{look}")) > 8
