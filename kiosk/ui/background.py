"""Work off the GUI thread, answer on it.

One worker thread runs use cases one at a time, in the order they were asked for, so a disk that stalls keeps the answer
waiting but never the window. Results arrive on the GUI thread through a queued signal.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

Result = TypeVar("Result")
_Job = Callable[[], Callable[[], object]]

log = logging.getLogger(__name__)


class Background(QObject):
    """One worker thread and its queue. The owner calls `close()`."""

    _finished = Signal(object)

    def __init__(self, name: str = "desk", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closed = False
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name=name)
        self._thread.start()

    def run(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Queue `work`; call `done(result)` or `failed(error)` on the GUI thread.

        Without `failed` an error is logged.
        """

        def job() -> Callable[[], object]:
            try:
                result = work()
            except Exception as error:
                return partial(failed or _log_error, error)
            return partial(done, result) if done else _nothing

        if not self._closed:
            self._jobs.put(job)

    @property
    def is_closed(self) -> bool:
        """Whether it is wanted no more: work that takes long looks now and then, and stops."""
        return self._closed

    def close(self) -> None:
        """Finish what is queued, then stop. Answers that arrive later are dropped."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._finished.emit(job())

    def _deliver(self, answer: Callable[[], object]) -> None:
        if not self._closed:
            answer()


class Awaited(QObject):
    """Answers that other threads will have, delivered on the GUI thread; none once its owner is gone."""

    _answered = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._answered.connect(_call, Qt.ConnectionType.QueuedConnection)

    def wait(
        self, future: Future[Result], done: Callable[[Result], object], failed: Callable[[Exception], object]
    ) -> None:
        """Call `done(result)` or `failed(error)` once there is one."""

        def deliver(ready: Future[Result]) -> None:
            error = ready.exception()
            if isinstance(error, Exception):
                self._send(partial(failed, error))
            else:
                self._send(partial(done, ready.result()))

        future.add_done_callback(deliver)

    def _send(self, answer: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the window is gone
            self._answered.emit(answer)


def _call(answer: Callable[[], object]) -> None:
    answer()


def _log_error(error: Exception) -> None:
    log.error("background work failed", exc_info=error)


def _nothing() -> None:
    """There is nobody to tell."""
