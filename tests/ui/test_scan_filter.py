"""Scanning in a real window: widgets and shortcuts never notice a scan, and never miss what a person does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence, QShortcut, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMainWindow, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kiosk.scanning.wedge import Decision, WedgeReader
from kiosk.ui.scan_filter import ScanFilter

Key = Qt.Key
NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def strike(
    window: QWindow, key: str | Qt.Key, modifier: Qt.KeyboardModifier = NONE, how: Callable[..., None] = QTest.keyClick
) -> None:
    """Send a key as the window system does, above widgets and shortcuts."""
    how(window, key, modifier)


class PacedReader(WedgeReader):
    """The reader with times as the keys were meant, so that a slow computer does not turn a scan into typing."""

    pace_ms = 4.0
    now_ms = 0.0

    def press(self, character: str | None, at_ms: float) -> Decision:
        self.now_ms += self.pace_ms
        return super().press(character, self.now_ms)


class Desk(QMainWindow):
    """A search field, a button, an action and shortcuts, and a list of all that happened."""

    def __init__(self) -> None:
        super().__init__()
        self.happened: list[str] = []
        self.reader = PacedReader()
        middle = QWidget()
        layout = QVBoxLayout(middle)
        self.search, self.button = QLineEdit(), QPushButton("Admit anyway")
        layout.addWidget(self.search)
        layout.addWidget(self.button)
        self.setCentralWidget(middle)
        self.search.returnPressed.connect(lambda: self.happened.append("search"))
        self.search.textEdited.connect(lambda _: self.happened.append("edited"))
        self.button.clicked.connect(lambda: self.happened.append("pressed"))
        for keys in ("F2", "Ctrl+]", "Esc"):
            QShortcut(QKeySequence(keys), self).activated.connect(lambda keys=keys: self.happened.append(keys))
        self.undo = QAction("Undo", self)
        self.undo.setShortcut(QKeySequence("Ctrl+Z"))
        self.undo.triggered.connect(lambda: self.happened.append("undo"))
        self.addAction(self.undo)

    def scan(self, text: str) -> None:
        """Type as a scanner does: at once, control characters as Ctrl and a letter."""
        self.reader.pace_ms = 4
        for character in text:
            if character in "\r\t":
                strike(self.windowHandle(), Key.Key_Return if character == "\r" else Key.Key_Tab)
            elif character < " ":
                strike(self.windowHandle(), Key(ord(character) + 64), CTRL)
            else:
                strike(self.windowHandle(), character)

    def type(self, *keys: str | Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        """Type as a person does: 90 ms between keys, pressed for 30 ms of them."""
        self.reader.pace_ms = 90
        for key in keys:
            strike(self.windowHandle(), key, modifier, QTest.keyPress)
            QTest.qWait(30)
            strike(self.windowHandle(), key, modifier, QTest.keyRelease)
            QTest.qWait(60)
        self.settle()

    def settle(self) -> None:
        """Wait until the reader has made up its mind about everything."""
        end_s = time.monotonic() + 5
        while self.reader.wait_ms is not None and time.monotonic() < end_s:
            QTest.qWait(5)
        QTest.qWait(1)


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    window = Desk()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


@pytest.fixture
def scans(desk: Desk) -> Iterator[list[str]]:
    found: list[str] = []
    scan_filter = ScanFilter(desk.reader)
    scan_filter.scanned.connect(found.append)
    yield found
    scan_filter.close()


def test_a_scan_into_the_search_field_leaves_its_text_alone(desk: Desk, scans: list[str]) -> None:
    desk.search.setFocus()
    desk.search.setText("smi")
    desk.scan("000001\r")
    desk.settle()
    assert scans == ["000001"]
    assert desk.search.text() == "smi"
    assert desk.happened == []
    assert not desk.search.isUndoAvailable()


def test_a_scan_without_enter_is_caught_too(desk: Desk, scans: list[str]) -> None:
    desk.search.setFocus()
    desk.scan("000001")
    assert scans == []
    desk.settle()
    assert scans == ["000001"]
    assert desk.search.text() == ""


@pytest.mark.parametrize("code", ["PLC 000001\r", " 000001 \r", "    1    \t", "000001\r\r", "42\r"])
def test_a_scan_never_presses_the_button_with_the_focus(desk: Desk, scans: list[str], code: str) -> None:
    desk.button.setFocus()
    desk.scan(code)
    desk.settle()
    assert [scan.strip() for scan in scans] == [code.strip()]
    assert desk.happened == []
    assert desk.button.hasFocus()


@pytest.mark.parametrize("code", ["\x1d000001\r", "\x1a000001\r", "00\x1a0001\r", "000001\x1a\r", "\x1b000001\r"])
def test_control_characters_in_a_code_fire_no_shortcut(desk: Desk, scans: list[str], code: str) -> None:
    desk.scan(code)
    desk.settle()
    assert scans == [code.rstrip("\r")]
    assert desk.happened == []


def test_control_characters_do_not_cut_the_search_field(desk: Desk, scans: list[str]) -> None:
    desk.search.setFocus()
    desk.search.setText("smith")
    desk.scan("\x010000\x180001\r")
    desk.settle()
    assert desk.search.text() == "smith"
    assert scans == ["\x010000\x180001"]


def test_a_function_key_as_prefix_does_nothing_by_itself(desk: Desk, scans: list[str]) -> None:
    strike(desk.windowHandle(), Key.Key_F2)
    desk.scan("000001\r")
    desk.settle()
    assert scans == ["000001"]
    assert desk.happened == []


def test_capitals_by_shift_are_read(desk: Desk, scans: list[str]) -> None:
    for character in "K7Q2-91":
        shift = Qt.KeyboardModifier.ShiftModifier if character.isupper() else NONE
        strike(desk.windowHandle(), character, shift)
    desk.settle()
    assert scans == ["K7Q2-91"]


def test_a_person_types_and_searches_as_ever(desk: Desk, scans: list[str]) -> None:
    desk.search.setFocus()
    desk.type(*"jo smyth", Key.Key_Backspace, Key.Key_Return)
    desk.settle()
    assert desk.search.text() == "jo smyt"
    assert desk.happened == [*["edited"] * 9, "search"]
    assert scans == []


def test_two_fast_keys_of_a_person_arrive_in_order(desk: Desk, scans: list[str]) -> None:
    desk.search.setFocus()
    desk.scan("th")
    desk.settle()
    desk.type("e")
    desk.settle()
    assert desk.search.text() == "the"
    assert scans == []


@pytest.mark.parametrize("key", [Key.Key_Space, Key.Key_Return])
def test_a_person_presses_a_button_by_key(desk: Desk, scans: list[str], key: Qt.Key) -> None:
    desk.button.setFocus()
    desk.button.setAutoDefault(True)
    desk.type(key)
    assert desk.happened == ["pressed"]
    assert not desk.button.isDown()


def test_enter_on_a_dialogs_button_works_and_scans_are_still_caught_inside(
    desk: Desk, scans: list[str], qtbot: QtBot
) -> None:
    dialog = QDialog(desk)
    yes = QPushButton("Yes", dialog)
    yes.clicked.connect(dialog.accept)
    qtbot.addWidget(dialog)
    dialog.open()
    qtbot.waitUntil(lambda: QApplication.focusWindow() is dialog.windowHandle())
    yes.setFocus()
    desk.reader.pace_ms = 4
    for character in "000001":
        strike(dialog.windowHandle(), character)
    strike(dialog.windowHandle(), Key.Key_Return)
    desk.settle()
    assert scans == ["000001"]
    assert dialog.isVisible()
    desk.reader.pace_ms = 90
    strike(dialog.windowHandle(), Key.Key_Return)
    qtbot.waitUntil(lambda: not dialog.isVisible())


def test_a_dialog_opened_by_a_given_back_key_can_be_scanned_into(desk: Desk, scans: list[str], qtbot: QtBot) -> None:
    """The key that opens it is still being delivered while the dialog runs its own loop."""

    def ask() -> None:
        dialog = QDialog(desk)

        def scan_and_leave() -> None:
            desk.reader.pace_ms = 4
            for character in "000001":
                strike(dialog.windowHandle(), character)
            desk.settle()
            dialog.accept()

        QTimer.singleShot(50, scan_and_leave)
        dialog.exec()

    desk.button.clicked.connect(ask)
    desk.button.setFocus()
    desk.type(Key.Key_Space)
    qtbot.waitUntil(lambda: scans == ["000001"])


def test_shortcuts_and_actions_work_by_hand(desk: Desk, scans: list[str]) -> None:
    desk.button.setFocus()
    desk.type(Key.Key_F2)
    desk.type(Key.Key_Z, modifier=CTRL)
    desk.type(Key.Key_Escape)
    assert desk.happened == ["F2", "undo", "Esc"]


def test_a_shortcut_that_does_not_count_now_stays_silent(desk: Desk, scans: list[str]) -> None:
    desk.undo.setEnabled(False)
    desk.button.setFocus()
    desk.type(Key.Key_Z, modifier=CTRL)
    hidden = QWidget(desk)
    QShortcut(QKeySequence("F8"), hidden).activated.connect(lambda: desk.happened.append("hidden"))
    desk.type(Key.Key_F8)
    assert desk.happened == []


def test_a_text_fields_own_keys_come_before_shortcuts(desk: Desk, scans: list[str]) -> None:
    desk.search.setFocus()
    desk.type("a", "b")
    desk.type(Key.Key_Z, modifier=CTRL)
    assert desk.search.text() == ""
    assert "undo" not in desk.happened


def test_tab_moves_the_focus_by_hand(desk: Desk, scans: list[str]) -> None:
    desk.search.setFocus()
    desk.type(Key.Key_Tab)
    assert desk.button.hasFocus()


def test_a_contact_card_typed_line_by_line_is_one_scan(desk: Desk, scans: list[str]) -> None:
    desk.button.setFocus()
    desk.scan("BEGIN:VCARD\rN:Mack\rUID:0000\r 01\rEND:VCARD\r000002\r")
    desk.settle()
    assert scans == ["BEGIN:VCARD\nN:Mack\nUID:0000\n 01\nEND:VCARD", "000002"]
    assert desk.happened == []


def test_a_cut_off_card_is_reported_in_the_end(desk: Desk, scans: list[str], qtbot: QtBot) -> None:
    desk.scan("BEGIN:VCARD\rUID:000001\r")
    qtbot.waitUntil(lambda: scans == ["BEGIN:VCARD\nUID:000001"])


class NotingReader:
    """Holds every key and notes what it was asked, with the times."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.times_ms: list[float] = []

    @property
    def wait_ms(self) -> float | None:
        return None if self.asked[-1:] == ["quiet"] else 20

    def press(self, character: str | None, at_ms: float) -> Decision:
        self.asked.append(f"press {character}")
        self.times_ms.append(at_ms)
        return Decision(hold=True)

    def quiet(self) -> Decision:
        self.asked.append("quiet")
        return Decision(release=True)


def test_keys_that_wait_behind_a_busy_window_are_asked_about_before_the_quiet(desk: Desk, qtbot: QtBot) -> None:
    reader = NotingReader()
    scan_filter = ScanFilter(reader)
    strike(desk.windowHandle(), "1")
    time.sleep(0.1)  # the window is busy: the quiet is overdue, and another key waits behind it
    QTimer.singleShot(0, lambda: strike(desk.windowHandle(), "2"))
    qtbot.waitUntil(lambda: "quiet" in reader.asked)
    scan_filter.close()
    assert reader.asked[:3] == ["press 1", "press 2", "quiet"]
    assert reader.times_ms[1] - reader.times_ms[0] >= 90


def test_what_is_held_at_the_end_is_given_back(desk: Desk) -> None:
    scan_filter = ScanFilter(desk.reader)
    desk.search.setFocus()
    desk.scan("a")
    assert desk.search.text() == ""
    scan_filter.close()
    assert desk.search.text() == "a"
    desk.scan("000001")
    assert desk.search.text() == "a000001"


def test_a_passphrase_is_never_a_scan_however_fast_it_comes(desk: Desk, scans: list[str]) -> None:
    desk.search.setEchoMode(QLineEdit.EchoMode.Password)
    desk.search.setFocus()
    desk.scan("correct horse\r")
    desk.settle()
    assert scans == []
    assert desk.search.text() == "correct horse"
    assert desk.happened[-1] == "search"
