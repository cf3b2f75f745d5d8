"""The printers' threads of this station: one for each printer at work, replaced when it is set up anew."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from kiosk.domain.print_jobs import PrintJob
from kiosk.domain.printer_words import what_to_do
from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.printer import Printer, Sent
from kiosk.printing.worker import FOLLOW_S, POLL_S, Draw, PrintWorker
from kiosk.services.badges import Badges
from kiosk.services.printers import Printers

TEST_PAGE = "test-page"
"""What the ruler page is called among the jobs of a printer."""
TEST_PATIENCE_S = 20.0

Answer = TypeVar("Answer")
MakePrinter = Callable[[PrinterProfile], Printer]

_log = logging.getLogger(__name__)


class Crew:
    """All printers at work. `start` once, `close` at the end."""

    def __init__(self, badges: Badges, make: MakePrinter, draw: Draw, poll_s: float = POLL_S) -> None:
        self._badges = badges
        self._make = make
        self._draw = draw
        self._poll_s = poll_s
        self._lock = threading.Lock()
        self._workers: dict[str, tuple[PrinterProfile, PrintWorker]] = {}
        self._leaving: dict[str, PrintWorker] = {}
        """The last of each printer that was told to end; its successor waits for it."""

    def start(self) -> None:
        """Settle what an earlier run left, then let every printer begin."""
        self._badges.queue.recover()
        self._badges.printers.when_set_up(self.apply)
        self.apply()

    def apply(self) -> None:
        """Bring the threads in line with the printers as they are set up now. Waits for none of them."""
        with self._lock:
            wanted = {profile.id: profile for profile in self._badges.printers.at_work()}
            for printer_id, (profile, worker) in list(self._workers.items()):
                if wanted.get(printer_id) != profile:
                    del self._workers[printer_id]
                    worker.stop()
                    self._leaving[printer_id] = worker
            for printer_id, profile in wanted.items():
                if printer_id not in self._workers:
                    self._begin(profile, self._leaving.get(printer_id))
        self._badges.queue.wake()

    def _begin(self, profile: PrinterProfile, after: PrintWorker | None) -> None:
        try:
            printer = self._make(profile)
        except Exception as error:  # the others still print
            _log.error("a printer cannot be used: %s", error, exc_info=None if isinstance(error, BadInput) else error)
            self._badges.printers.told(profile.id, PrinterStatus(PrinterState.ERROR, str(error)))
            return
        worker = PrintWorker(self._badges, printer, self._draw, self._poll_s, after)
        self._workers[profile.id] = profile, worker
        worker.start()

    def errand(self, printer_id: str, work: Callable[[Printer], Answer]) -> Future[Answer]:
        """Do something with a printer in its thread. Raises BadInput for one that is not at work."""
        return self._worker(printer_id).errand(work)

    def print_test_page(self, printer_id: str) -> Future[str]:
        """Print the ruler page between two badges; answers in words what became of it. Raises BadInput."""
        return self._worker(printer_id).errand(lambda printer: _ruler_page(printer, self._badges.printers))

    def can_confirm(self, printer_id: str) -> bool:
        """Whether a printer can ever say that a badge came out; one that is not at work needs not to."""
        with self._lock:
            found = self._workers.get(printer_id)
        return found is None or found[1].can_confirm

    def take_back(self, job: PrintJob, wish: str | None, by: str | None = None) -> Future[PrintJob]:
        """Let a printer forget a badge it holds, then print it elsewhere, or not at all (`Badges.taken_back`)."""

        def ask(printer: Printer) -> PrintJob:
            return self._badges.taken_back(job.id, printer.cancel(), wish, by)

        return self._worker(job.printer or "").errand(ask, at_once=True)

    def _worker(self, printer_id: str) -> PrintWorker:
        with self._lock:
            found = self._workers.get(printer_id)
        if found is None:
            raise BadInput(_("This printer is switched off. Switch it on in the list of printers."))
        return found[1]

    def close(self) -> bool:
        """End all threads; False when a printer held one longer than a second."""
        with self._lock:
            workers = [*self._leaving.values(), *(worker for _profile, worker in self._workers.values())]
            self._workers, self._leaving = {}, {}
        ended = [worker.close() for worker in workers]
        return all(ended)


def _ruler_page(printer: Printer, printers: Printers) -> str:
    """In the printer's thread: print it, wait while the printer holds it, count the label."""
    from kiosk.printing.ruler_page import ruler_page

    outcome = printer.send(ruler_page(printer.profile), TEST_PAGE, _never)
    for _second in range(round(TEST_PATIENCE_S / FOLLOW_S)):
        if outcome.sent not in (Sent.SENT, Sent.HELD) or not printer.can_confirm:
            break
        time.sleep(FOLLOW_S)
        outcome = printer.follow(TEST_PAGE, _never)
    if outcome.sent is not Sent.NOT_STARTED:
        printers.count_label(printer.profile.id)
    to_do = outcome.words or (what_to_do(printer.profile, outcome.status) if outcome.status else "")
    return {
        Sent.PRINTED: _("The test page is out."),
        Sent.SENT: _("The test page was sent."),
        Sent.HELD: to_do,
        Sent.NOT_STARTED: to_do or _("The printer did not take the test page."),
        Sent.UNKNOWN: _("The test page may or may not come out. {why}").format(why=to_do).strip(),
    }[outcome.sent]


def _never() -> bool:
    return False
