"""What every printer can do, whatever it is. A driver tells the truth: "sent" is not "printed"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.printing.bitmap import Page


class PrinterState(StrEnum):
    """How a printer is, as far as it says."""

    READY = "ready"
    NEEDS_HAND = "needs_hand"
    """Paper, lid, folder: somebody must do something; `words` says what."""
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What a printer says of itself, and one line for the desk."""

    state: PrinterState
    words: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether it would take a job now."""
        return self.state is PrinterState.READY


class Sent(StrEnum):
    """What became of a page."""

    PRINTED = "printed"
    """It is out, and the printer says so."""
    SENT = "sent"
    """It took everything and cannot say whether paper came out."""
    NOT_STARTED = "not_started"
    """It took nothing: the page may be tried again."""
    UNKNOWN = "unknown"
    """It took something, then the trail ends."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page, and one line for the desk where that is not simply good."""

    sent: Sent
    words: str = ""


class Printer(Protocol):
    """One printer.

    Used by one thread at a time; never raises for what a printer may do, and returns in bounded time.
    """

    name: str
    dpi: int

    def status(self) -> PrinterStatus:
        """How it is, within a second."""
        ...

    def send(self, page: Page, job_id: str, stopped: Callable[[], bool]) -> Outcome:
        """Print the page.

        The caller has written down that it starts; `stopped` turns true when the program wants to end.
        """
        ...
