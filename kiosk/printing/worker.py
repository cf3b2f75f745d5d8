"""The printer's own thread: takes the next badge, draws it, sends it, writes down what is known.

Nobody ever waits for it. Each step is on the disk before the next is taken, so that after a power cut it is clear what
may be tried again and what a person has to look at.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from kiosk.domain.badge import Badge
from kiosk.domain.layout_fit import ProblemKind
from kiosk.domain.print_jobs import JobEvent, PrintJob
from kiosk.domain.printer_words import what_to_do
from kiosk.errors import BadInput, KioskError
from kiosk.i18n import _
from kiosk.log import plain
from kiosk.printing.printer import Outcome, Printer, Sent
from kiosk.printing.render import Drawn
from kiosk.services.badges import Badges

POLL_S = 5.0
"""How often a printer that needs a hand is asked again."""

CLOSE_S = 1.0
"""How long the program's end waits for a printer that does not answer."""

Draw = Callable[[Badge, int], Drawn]
"""Draws a badge at so many dots per inch. Raises BadInput."""

_EVENT_OF = {
    Sent.PRINTED: JobEvent.CAME_OUT,
    Sent.NOT_STARTED: JobEvent.HOLD,
    Sent.UNKNOWN: JobEvent.LOST,
    Sent.SENT: JobEvent.LOST,
    Sent.HELD: JobEvent.LOST,
}

_log = logging.getLogger(__name__)


class PrintWorker:
    """One thread for one printer. `start` it once, `close` it at the end."""

    def __init__(self, badges: Badges, printer: Printer, draw: Draw, poll_s: float = POLL_S) -> None:
        self._badges = badges
        self._printer = printer
        self._draw = draw
        self._poll_s = poll_s
        self._wake = threading.Event()
        self._stop = threading.Event()
        # A daemon: a driver that hangs must not keep the program from ending. Its job is then "sending" on the disk.
        self._thread = threading.Thread(target=self._run, name=f"printer {printer.name}", daemon=True)

    def start(self) -> None:
        """Begin, with whatever an earlier run left."""
        self._badges.when_asked(self._wake.set)
        self._thread.start()

    def close(self) -> bool:
        """End the thread; False when the printer held it longer than a second.

        A badge being sent is settled at the next start.
        """
        self._stop.set()
        self._wake.set()
        if self._thread.ident is None:
            return True
        self._thread.join(CLOSE_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        sound = False
        while not self._stop.is_set():
            self._wake.clear()
            try:
                if not sound:
                    self._badges.recover()
                sound = True
                while not self._stop.is_set() and self._print_next():
                    pass
            except Exception as error:
                sound = False  # a job may be left in the middle
                _log.error("printing pauses: %s", error, exc_info=None if isinstance(error, KioskError) else error)
            self._wake.wait(self._poll_s)

    def _print_next(self) -> bool:
        """Print one badge; False when there is nothing to do, or nothing can be done, until somebody acts."""
        status = self._printer.status()
        if not status.state.takes_jobs:
            self._badges.hold(what_to_do(self._printer.profile, status))
            return False
        job = self._badges.claim(self._printer.name)
        if job is None:
            return False
        try:
            drawn = self._drawn(job)
        except BadInput as error:
            self._badges.move(job.id, JobEvent.REFUSE, str(error))
            return True
        except Exception:
            _log.exception("badge %s could not be drawn", plain(job.id))
            self._badges.move(job.id, JobEvent.REFUSE, _("The badge could not be drawn. Write it by hand."))
            return True
        self._badges.move(job.id, JobEvent.START)
        outcome = self._send(job, drawn)
        return self._settle(job, outcome)

    def _drawn(self, job: PrintJob) -> Drawn:
        drawn = self._draw(self._badges.badge_for(job), self._printer.dpi)
        for problem in drawn.problems:
            if problem.kind is ProblemKind.MISSING_GLYPHS:
                raise BadInput(problem.sentence())
        return drawn

    def _send(self, job: PrintJob, drawn: Drawn) -> Outcome:
        try:
            return self._printer.send(drawn.page, job.id, self._stop.is_set)
        except Exception:
            _log.exception("the driver of %s failed", plain(self._printer.name))
            return Outcome(Sent.UNKNOWN, words=_("The printer stopped answering."))

    def _settle(self, job: PrintJob, outcome: Outcome) -> bool:
        if outcome.sent in (Sent.SENT, Sent.HELD):
            self._badges.move(job.id, JobEvent.ALL_SENT)
        words = outcome.words or (what_to_do(self._printer.profile, outcome.status) if outcome.status else "")
        self._badges.move(job.id, _EVENT_OF[outcome.sent], words)
        return outcome.sent is not Sent.NOT_STARTED
