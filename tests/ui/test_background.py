"""Work leaves the GUI thread, and its answers come back to it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from kiosk.ui.background import Background


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[Background]:
    made = Background("test")
    yield made
    made.close()


def test_answers_come_in_order_and_on_the_gui_thread(background: Background, qtbot: QtBot) -> None:
    answers: list[tuple[int, bool, bool]] = []
    gui = threading.current_thread()
    for number in range(50):
        background.run(
            lambda number=number: (number, threading.current_thread() is gui),
            lambda answer: answers.append((*answer, threading.current_thread() is gui)),
        )
    qtbot.waitUntil(lambda: len(answers) == 50)
    assert answers == [(number, False, True) for number in range(50)]


def test_an_error_goes_to_whoever_asked_and_stops_nothing(background: Background, qtbot: QtBot) -> None:
    errors: list[Exception] = []
    done: list[int] = []
    background.run(lambda: 1 // 0, done.append, errors.append)
    background.run(lambda: 7, done.append, errors.append)
    qtbot.waitUntil(lambda: bool(done))
    assert done == [7]
    assert isinstance(errors[0], ZeroDivisionError)


@pytest.mark.expect_log
def test_an_error_nobody_asked_for_is_logged(
    background: Background, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    background.run(lambda: 1 // 0)
    qtbot.waitUntil(lambda: "background work failed" in caplog.text)


def test_closing_finishes_what_was_asked_for(qtbot: QtBot) -> None:
    background = Background("test")
    done: list[int] = []
    for number in range(20):
        background.run(lambda number=number: done.append(number))
    background.close()
    assert done == list(range(20))
    background.close()
    background.run(lambda: done.append(99))
    assert done[-1] == 19


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is not counted there")
def test_qt_takes_no_reference_from_none(background: Background, qtbot: QtBot) -> None:
    """A version of Qt's Python did, and killed the interpreter after some thousand calls."""
    done: list[int] = []
    before = sys.getrefcount(None)
    for number in range(500):
        background.setObjectName(str(number))
        background.run(lambda: 0, done.append)
    qtbot.waitUntil(lambda: len(done) == 500)
    assert sys.getrefcount(None) > before - 250
