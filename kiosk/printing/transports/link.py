"""A line to a printer that carries bytes both ways, for as long as one job takes.

Two kinds of failure are told apart, because everything depends on it: `NotReached` is raised before anything was sent,
so the job may be tried again; `Broken` says how many bytes had left.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from kiosk.domain.printers import PrinterState, PrinterStatus
from kiosk.printing.printer import Stopped

CONNECT_S = 2.0
STALL_S = 10.0
"""A printer that takes no byte for so long will not take the rest."""
_PAUSE_S = 0.05
_READ_BYTES = 4096

Whole = Callable[[bytes], bool]
"""Whether what came so far is a whole answer."""


class NotReached(Exception):
    """There is no line to the printer; nothing was sent. `status` says how that looks from here."""

    def __init__(self, state: PrinterState, detail: str) -> None:
        super().__init__(detail)
        self.status = PrinterStatus(state, detail)


class Broken(Exception):
    """The line is gone, or the printer takes nothing more; `sent` bytes of what was to be written had left."""

    def __init__(self, reason: str, sent: int = 0) -> None:
        super().__init__(reason)
        self.sent = sent


class Ended(Broken):
    """The printer closed the line in good order."""


class Link(ABC):
    """One open line. Close it."""

    def write(self, data: bytes, stopped: Stopped = lambda: False) -> None:
        """Send all of it; returns when the system has taken the last byte. Raises Broken.

        A program that wants to end still finishes what flows, and gives up what is stuck.
        """
        view, sent, moved_at = memoryview(data), 0, time.monotonic()
        while sent < len(data):
            try:
                taken = self._write_some(view[sent:])
            except OSError as error:
                raise Broken(str(error), sent) from error
            if taken:
                sent, moved_at = sent + taken, time.monotonic()
                continue
            if stopped() or time.monotonic() - moved_at > STALL_S:
                raise Broken("the printer takes nothing more", sent)
            self._wait(_PAUSE_S, to_write=True)

    def read(self, wait_s: float) -> bytes:
        """What came, waiting so long for the first byte; empty when nothing came. Raises Broken."""
        until = time.monotonic() + wait_s
        while True:
            try:
                data = self._read_some(_READ_BYTES)
            except OSError as error:
                raise Broken(str(error)) from error
            left = until - time.monotonic()
            if data or left <= 0:
                return data
            self._wait(min(left, _PAUSE_S), to_write=False)

    def finish(self) -> bool:
        """Say that nothing more will be sent; false where the line cannot, and the other end will not say that it read
        to the end.
        """
        return False

    @abstractmethod
    def close(self) -> None:
        """Give the line back."""

    @abstractmethod
    def _write_some(self, data: memoryview) -> int:
        """Send what can be sent now; 0 when nothing can. Raises OSError."""

    @abstractmethod
    def _read_some(self, most: int) -> bytes:
        """What is there now, possibly nothing. Raises OSError, or Ended."""

    @abstractmethod
    def _wait(self, seconds: float, *, to_write: bool) -> None:
        """Wait until something can be sent or has come, at most so long."""


def ask(link: Link, question: bytes, is_whole: Whole, wait_s: float) -> bytes:
    """Ask, and collect what comes until it is a whole answer or the time is over. Raises Broken."""
    link.write(question)
    until, answer = time.monotonic() + wait_s, b""
    while not is_whole(answer):
        left = until - time.monotonic()
        if left <= 0:
            break
        answer += link.read(left)
    return answer
