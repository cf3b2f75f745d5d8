"""From the last key of a scan to the verdict on the screen, through the key filter, the desk thread and an encrypted
store.

The floor is a window of one label that changes its text and colour at a key. Both take turns in one process.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.app import application, build_window
from kiosk.bench.rows import Row
from kiosk.bench.scan import code_of, percentile, put_people
from kiosk.config import Settings
from kiosk.desk import open_desk

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel, QWidget

SCANS = 120
WARM_UP = 20
PEOPLE = 1_000
TIMEOUT_S = 10


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """Key to paint, beside a bare repaint."""
    app = application(offscreen=True)
    tell(f"{SCANS} scans")
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        desk = open_desk(Settings(data=Path(folder)), bytes(32))
        put_people(desk.store, PEOPLE)
        shown = build_window(app, desk.info(), desk)
        bare = _bare()
        try:
            for window in (bare, shown.window):
                window.resize(1280, 800)
                window.show()
            shown.window.activateWindow()  # the key filter listens to the window that has the focus
            _until(lambda: app.focusWindow() is shown.window.windowHandle() and bare.isVisible())
            verdict_s, bare_s = [], []
            for n in range(SCANS + WARM_UP):
                bare_s.append(_time_bare(bare, n))
                verdict_s.append(_time_scan(shown.window, n))
        finally:
            bare.close()
            shown.close()
            desk.close()
    median, floor = statistics.median(verdict_s[WARM_UP:]) * 1000, statistics.median(bare_s[WARM_UP:]) * 1000
    late = percentile(verdict_s[WARM_UP:], 99) * 1000
    return [
        Row("last key of a scan to verdict painted", median, "ms", floor, median / floor, "≤ 4"),
        Row("the same, 99th percentile", late, "ms"),
    ]


def _bare() -> QLabel:
    from PySide6.QtGui import QColor, QKeyEvent
    from PySide6.QtWidgets import QLabel

    class Bare(QLabel):
        """Answers a key with another text on another colour."""

        def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
            palette = self.palette()
            palette.setColor(self.backgroundRole(), QColor("#2EB88A" if event.text() == "a" else "#8C1D18"))
            self.setPalette(palette)
            self.setText(event.text() * 8)

    made = Bare("Hello")
    made.setAutoFillBackground(True)
    font = made.font()
    font.setPixelSize(96)
    made.setFont(font)
    return made


def _time_bare(bare: QLabel, n: int) -> float:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    painted = _Painted(bare, lambda: True)
    begun = time.perf_counter()
    QTest.keyClick(bare, Qt.Key.Key_A if n % 2 else Qt.Key.Key_B)
    return painted.wait() - begun


def _time_scan(window, n: int) -> float:  # type: ignore[no-untyped-def]  # MainWindow, imported late
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    handle = window.windowHandle()
    for letter in code_of(n):
        QTest.keyClick(handle, ord(letter))
    before = window.flow.verdict
    painted = _Painted(window.desk.card, lambda: window.flow.verdict is not before)
    begun = time.perf_counter()
    QTest.keyClick(handle, Qt.Key.Key_Return)
    took = painted.wait() - begun
    assert window.flow.verdict is not None
    assert window.flow.verdict.admitted
    return took


class _Painted:
    """Notes when a widget has been painted, once what it shows is new."""

    def __init__(self, widget: QWidget, is_new: Callable[[], bool]) -> None:
        from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer

        self._at: float | None = None
        self._loop = QEventLoop()

        def done() -> None:
            if self._at is None:
                self._at = time.perf_counter()
                self._widget.removeEventFilter(self._watch)
                self._loop.quit()

        class Watch(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
                if event.type() == QEvent.Type.Paint and is_new():
                    QTimer.singleShot(0, done)  # after the painting itself
                return False

        self._watch = Watch(widget)
        self._widget = widget
        widget.installEventFilter(self._watch)

    def wait(self) -> float:
        """When it was painted; sleeps in Qt's own loop until then, so that the desk thread can work."""
        from PySide6.QtCore import QTimer

        if self._at is None:
            QTimer.singleShot(TIMEOUT_S * 1000, self._loop, self._loop.quit)
            self._loop.exec()
        if self._at is None:
            raise TimeoutError("nothing was painted within ten seconds")
        return self._at


def _until(done: Callable[[], bool]) -> None:
    """Wait in Qt's own loop, which sleeps and lets the desk thread work."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    look = QTimer(loop)
    look.setInterval(1)
    look.timeout.connect(lambda: loop.quit() if done() else None)
    look.start()
    QTimer.singleShot(TIMEOUT_S * 1000, loop, loop.quit)
    loop.exec()
    if not done():
        raise TimeoutError("nothing was painted within ten seconds")
