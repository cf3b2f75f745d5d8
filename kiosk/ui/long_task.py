"""Work of minutes on a thread of its own: how far it is, and a way to stop it. Scanning goes on meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from kiosk.ui.background import Background

Result = TypeVar("Result")
Tell = Callable[[int, int], object]
Stopped = Callable[[], bool]


class LongTask(QObject):
    """One piece of work at a time. The owner calls `close()`."""

    progressed = Signal(int, int)
    """So many of so many are done."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._stop = threading.Event()
        self._thread: Background | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is work on its way."""
        return self._thread is not None

    def start(
        self,
        work: Callable[[Tell, Stopped], Result],
        done: Callable[[Result], object],
        failed: Callable[[Exception], object],
    ) -> None:
        """Begin; `work` tells how far it is and asks whether to stop. What runs already goes on instead."""
        if self._thread is not None:
            return
        self._stop.clear()
        self._thread = Background(self._name)
        self._thread.run(
            lambda: work(self.progressed.emit, self._stop.is_set),
            lambda result: self._ended(lambda: done(result)),
            lambda error: self._ended(lambda: failed(error)),
        )

    def stop(self) -> None:
        """Ask the work to end; what it has done until then is told by `done`."""
        self._stop.set()

    def close(self) -> None:
        """Stop and wait for the thread; nothing is told any more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.close()
            self._thread = None

    def _ended(self, tell: Callable[[], object]) -> None:
        if self._thread is not None:
            self._thread.close()
            self._thread = None
            tell()
