"""What every printer can do, whatever it is. A driver tells the truth: "sent" is not "printed"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.domain.printers import PrinterProfile, PrinterStatus
from kiosk.printing.bitmap import Page

Stopped = Callable[[], bool]
"""Turns true when the program wants to end; whoever waits asks it often."""


class Sent(StrEnum):
    """What became of a page."""

    PRINTED = "printed"
    """It is out, and the printer says so."""
    SENT = "sent"
    """It took everything and cannot say whether paper came out."""
    HELD = "held"
    """It took everything and will print it once somebody helps: the paper ended or the lid was opened under way."""
    NOT_STARTED = "not_started"
    """It took nothing: the page may be tried again, here or elsewhere. With words and no status it is the page's fault:
    trying again here is no use.
    """
    UNKNOWN = "unknown"
    """It took something, then the trail ends."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page, and how the printer is where it said so."""

    sent: Sent
    status: PrinterStatus | None = None
    words: str = ""
    """A sentence for the desk, only where the status does not say it all."""


class Printer(Protocol):
    """One printer.

    Used by one thread at a time; never raises for what a printer may do, and returns in bounded time.
    """

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def dpi(self) -> int:
        """Dots in an inch of its pages."""
        ...

    @property
    def profile(self) -> PrinterProfile:
        """How it is set up."""
        ...

    @property
    def can_confirm(self) -> bool:
        """Whether it can ever say that a page came out."""
        ...

    def status(self) -> PrinterStatus:
        """How it is, within a second."""
        ...

    def send(self, page: Page, job_id: str, stopped: Stopped) -> Outcome:
        """Print the page. The caller has written down that it starts."""
        ...

    def follow(self, job_id: str, stopped: Stopped) -> Outcome:
        """Ask again about the last job, after HELD or a SENT that was not confirmed; UNKNOWN for one it cannot tell of,
        such as one of an earlier run. Sends no page.
        """
        ...

    def cancel(self) -> bool:
        """Forget what was sent and is not out yet; true only if the printer confirms that nothing more comes out."""
        ...

    def close(self) -> None:
        """Give back what is held of it; nothing is asked of it any more."""
        ...
