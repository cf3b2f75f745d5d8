"""A printer behind Windows' spooler, in its own language: what the spooler took is sent, and no more is known."""

from __future__ import annotations

from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import BadInput
from kiosk.printing.bitmap import Page
from kiosk.printing.checks import not_fit
from kiosk.printing.languages import encode
from kiosk.printing.printer import Outcome, Sent, Stopped
from kiosk.printing.transports.winspool import WindowsQueue


class SpoolPrinter:
    """One queue; used by one thread at a time."""

    can_confirm = False

    def __init__(self, profile: PrinterProfile, queue: WindowsQueue) -> None:
        self.profile = profile
        self.name = profile.name
        self.dpi = profile.dpi
        self._queue = queue

    def status(self) -> PrinterStatus:
        """What the printer's port monitor told the spooler, if it tells anything."""
        try:
            return self._queue.status()
        except OSError as error:
            return PrinterStatus(PrinterState.OFFLINE, str(error))

    def send(self, page: Page, job_id: str, stopped: Stopped) -> Outcome:
        """Hand the page over in one document. What a spooler took before it refused, nobody knows."""
        unfit = not_fit(page, self.profile)
        if unfit:
            return Outcome(Sent.NOT_STARTED, words=unfit)
        status = self.status()
        if not status.state.takes_jobs:
            return Outcome(Sent.NOT_STARTED, status)
        try:
            data = encode(page, self.profile)
        except BadInput as error:
            return Outcome(Sent.NOT_STARTED, words=str(error))
        try:
            taken = self._queue.hand_over(data, job_id)
        except OSError as error:
            return Outcome(Sent.UNKNOWN, PrinterStatus(PrinterState.ERROR, str(error)))
        return Outcome(Sent.SENT if taken == len(data) else Sent.UNKNOWN, self.status())

    def follow(self, job_id: str, stopped: Stopped) -> Outcome:
        """The spooler does not say what became of a page."""
        return Outcome(Sent.SENT, self.status())

    def cancel(self) -> bool:
        """Nor does it say that a page was thrown away."""
        return False

    def close(self) -> None:
        """Nothing is held between two pages."""
