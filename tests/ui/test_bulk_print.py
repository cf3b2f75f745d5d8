"""Many badges at once, as an organizer prints them the evening before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from PySide6.QtWidgets import QComboBox, QFileDialog

from kiosk.domain.printers import Media
from kiosk.domain.sheets import SHEETS, SheetsWritten
from kiosk.domain.verdicts import Outcome
from kiosk.ui.screens.bulk_print import BulkPrintPage
from tests.ui.conftest import Screen


@pytest.fixture
def page(screen: Screen) -> BulkPrintPage:
    screen.window.open_organize("Print many badges")
    found = screen.window.desk.page
    assert isinstance(found, BulkPrintPage)
    settle(screen)
    return found


def settle(screen: Screen) -> None:
    for _n in range(2):
        done: list[None] = []
        screen.window._slow.run(lambda: None, done.append)
        screen.bot.waitUntil(lambda done=done: bool(done))  # type: ignore[misc]
        screen.settle()


def pick(combo: QComboBox, words: str) -> None:
    assert combo.findText(words) >= 0, words
    combo.setCurrentIndex(combo.findText(words))


def names(page: BulkPrintPage) -> list[str]:
    return [page.names.item(row).text() for row in range(page.names.count())]


def clean(text: str) -> str:
    return "".join(character for character in text if character not in "\u2068\u2069")


def test_whoever_is_coming_has_a_name_and_no_badge_yet_is_proposed(screen: Screen, page: BulkPrintPage) -> None:
    assert page.count.text() == "10 badges"
    assert "Print 10 badges" in page.print_button.text()
    shown = [clean(line) for line in names(page)]
    assert not any("Gone" in line or "TBD" in line for line in shown)
    assert [line.split(" · ")[0] for line in shown if "Smith" in line] == ["Smith, John"] * 3
    assert shown.index(next(line for line in shown if "Lovelace" in line)) < shown.index(
        next(line for line in shown if "O’Sullivan" in line)
    )
    screen.scan("000001")
    assert screen.window.desk.page is screen.window.desk.answer_page
    screen.window.open_organize("Print many badges")
    settle(screen)
    assert page.count.text() == "9 badges"
    page.not_yet.setChecked(False)
    assert page.count.text() == "10 badges"
    assert any("Lovelace" in line and "in the queue" in line for line in names(page))


def test_it_can_be_narrowed_down_and_sorted(page: BulkPrintPage) -> None:
    pick(page.type, "Attendee")
    assert page.count.text() == "5 badges"
    page.agency.setText("gainesville")
    pick(page.agency_type, "Local")
    assert page.count.text() == "5 badges"
    page.agency.setText("savannah")
    assert page.count.text() == "Nobody like that."
    assert not page.print_button.isEnabled()
    pick(page.agency_type, "all")
    pick(page.type, "all")
    assert [clean(line) for line in names(page)] == ["Smith, John · Savannah Police"]
    page.agency.setText("")
    pick(page.status, "everybody")
    assert page.count.text() == "11 badges"
    pick(page.order, "agency, then last name")
    agencies = [clean(line).split(" · ")[1] for line in names(page) if "Smith" in line]
    assert agencies == ["Emory University Police", "Fulton County Sheriff", "Savannah Police"]


def test_printing_asks_for_each_once_and_can_be_held_and_taken_back(screen: Screen, page: BulkPrintPage) -> None:
    screen.services.badges.queue.pause(True)
    pick(page.type, "Attendee")
    screen.click("Print 5 badges")
    settle(screen)
    assert "5 badges are in the queue." in page.said.text()
    assert page.count.text() == "Nobody like that."
    assert screen.services.badges.ahead().to_print == 5
    assert page.ahead.isVisible()
    assert "0 of 5 printed · paused" in page.ahead.words.text()
    screen.click("Go on")
    settle(screen)
    assert screen.services.badges.queue.is_paused is False
    assert "paused" not in page.ahead.words.text()
    screen.click("Take the rest out")
    settle(screen)
    assert "5 badges were taken out." in page.said.text()
    assert page.count.text() == "5 badges"


def save_in(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_more: (str(path), ""))


def test_sheets_are_a_pdf_and_count_as_printed_once_somebody_says_so(
    screen: Screen, page: BulkPrintPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_in(monkeypatch, tmp_path / "sheets")
    pick(page.type, "Attendee")
    page.right.setValue(1.5)
    screen.click("Sheets as PDF")
    screen.bot.waitUntil(lambda: "badges" in page.said.text(), timeout=30_000)
    assert f"5 badges on 1 pages are in {tmp_path / 'sheets.pdf'}" in page.said.text()
    assert "true size" in page.said.text()
    [sheet] = PdfReader(tmp_path / "sheets.pdf").pages
    assert len(sheet.images) == 5
    assert f"{18 + 1.5 / 25.4 * 72:.4f}" in sheet.get_contents().get_data().decode()
    assert page.count.text() == "5 badges"  # a file is not paper
    screen.click("Count them as printed")
    settle(screen)
    assert "5 badges count as printed." in page.said.text()
    assert page.count.text() == "Nobody like that."
    screen.scan("000001")
    assert screen.services.badges.queue.pending().open == 0  # there is one in the pile


def test_sheets_can_be_stopped_and_leave_no_file(
    screen: Screen, page: BulkPrintPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sheets(*args: Any) -> SheetsWritten:
        tell: Callable[[int, int], None] = args[5]
        stopped: Callable[[], bool] = args[6]
        tell(3, 500)
        while not stopped():
            pass
        return SheetsWritten(3, 0, stopped=True)

    monkeypatch.setattr(type(screen.services.badge_tools()), "sheets", staticmethod(sheets))
    page.save_sheets(tmp_path / "sheets.pdf")
    screen.bot.waitUntil(lambda: page.bar.maximum() == 500)
    assert not page.print_button.isEnabled()
    assert screen.scan("000001").outcome is Outcome.ADMITTED
    screen.window.open_organize("Print many badges")
    settle(screen)
    screen.click("Stop")
    screen.bot.waitUntil(lambda: "Stopped. No file" in page.said.text())
    assert not page.count_button.isVisible()


def test_the_list_on_paper_is_saved(
    screen: Screen, page: BulkPrintPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_in(monkeypatch, tmp_path / "list.pdf")
    pick(page.paper, "A4")
    screen.click("List on paper")
    screen.bot.waitUntil(lambda: "1 page is saved" in page.said.text())
    [sheet] = PdfReader(tmp_path / "list.pdf").pages
    assert "Lovelace" in sheet.extract_text()
    page.save_list(tmp_path / "no" / "folder.pdf")
    screen.bot.waitUntil(lambda: "cannot be written" in page.said.text())


def test_a_sheet_no_layout_fits_is_said(screen: Screen, page: BulkPrintPage, tmp_path: Path) -> None:
    page.sheet.clear()
    page.sheet.addItem("odd", replace(SHEETS[0], cell=Media(33, 44)))
    page.save_sheets(tmp_path / "odd.pdf")
    screen.bot.waitUntil(lambda: "No badge layout fits labels of 33 × 44 mm" in page.said.text())
    assert not (tmp_path / "odd.pdf").exists()


def test_every_input_has_a_name(page: BulkPrintPage) -> None:
    for widget in (*page.findChildren(QComboBox), page.agency, page.right, page.down, page.names, page.not_yet):
        assert widget.accessibleName()
