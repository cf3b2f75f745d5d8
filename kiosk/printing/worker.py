"""A printer's own thread: takes the next badge, draws it for this printer, sends it, writes down what is known.

Nobody ever waits for it. Each step is on the disk before the next is taken, so that after a power cut it is clear what
may be tried again and what a person has to look at. One badge at a time is in a printer's memory: the next one is sent
when the last is out, or when the printer can never say.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from kiosk.domain.badge import Badge
from kiosk.domain.layout_fit import ProblemKind
from kiosk.domain.print_jobs import JobEvent, JobState, NotPossible, PrintJob
from kiosk.domain.printer_turns import is_down, next_change_s, troubles_of, turn_of
from kiosk.domain.printer_words import what_to_do
from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import BadInput, KioskError
from kiosk.i18n import _
from kiosk.log import plain
from kiosk.printing.printer import Outcome, Printer, Sent
from kiosk.printing.render import Drawn
from kiosk.services.badges import Badges

POLL_S = 5.0
"""How often a printer is asked how it is, while it has nothing to do."""

PATIENT_S = 15.0
"""How often at most, once it does not answer."""

FOLLOW_S = 0.25
"""How often a printer is asked whether the badge it has is out."""

CONFIRM_S = 10.0
"""How long a printer may take to say that a badge is out before a person is asked."""

BUSY_S = 120.0
"""The same, while it says that it is at work."""

CLOSE_S = 1.0
"""How long the program's end waits for a printer that does not answer."""

PROOFS = 20
"""About how many badges of an earlier run a printer is asked."""

Draw = Callable[[Badge, PrinterProfile], Drawn]
"""Draws a badge for this printer. Raises BadInput."""

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)


class _Errands:
    """What others want done in the printer's thread."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[tuple[Callable[[Printer], Any], Future[Any]]] = SimpleQueue()

    def put(self, work: Callable[[Printer], Answer]) -> Future[Answer]:
        future: Future[Answer] = Future()
        self._waiting.put((work, future))
        return future

    def run(self, printer: Printer) -> bool:
        """Do what waits; answers whether there was anything."""
        done = False
        while True:
            try:
                work, future = self._waiting.get_nowait()
            except Empty:
                return done
            done = True
            try:
                future.set_result(work(printer))
            except Exception as error:
                future.set_exception(error)


class PrintWorker:
    """One thread for one printer. `start` it once, `close` it at the end."""

    def __init__(
        self,
        badges: Badges,
        printer: Printer,
        draw: Draw,
        poll_s: float = POLL_S,
        after: PrintWorker | None = None,
    ) -> None:
        self.profile = printer.profile
        self._badges = badges
        self._queue = badges.queue
        self._printers = badges.printers
        self._clock_s = badges.printers.clock_s
        self._printer = printer
        self._draw = draw
        self._poll_s = self._wait_s = poll_s
        self._after = after
        self._refusing: PrinterStatus | None = None
        self._unconfirmed: list[tuple[float, str]] = []
        self._errands, self._at_once = _Errands(), _Errands()
        self._wake = threading.Event()
        self._stop = threading.Event()
        # A daemon: a driver that hangs must not keep the program from ending. Its job is then "sending" on the disk.
        self._thread = threading.Thread(target=self._run, name=f"printer {printer.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._queue.when_asked(self._wake.set)
        self._thread.start()

    @property
    def can_confirm(self) -> bool:
        """Whether its printer can ever say that a badge came out."""
        return self._printer.can_confirm

    def stop(self) -> None:
        """Let the thread end as soon as the printer lets go of it."""
        self._stop.set()
        self._wake.set()
        self._queue.no_longer(self._wake.set)

    def close(self) -> bool:
        """End the thread; False when the printer held it longer than a second.

        A badge being sent is settled at the next start.
        """
        self.stop()
        if self._thread.ident is None:
            return True
        self._thread.join(CLOSE_S)
        return not self._thread.is_alive()

    def errand(self, work: Callable[[Printer], Answer], *, at_once: bool = False) -> Future[Answer]:
        """Do something with the printer in its thread, between two badges; `at_once` also while it holds one."""
        future = (self._at_once if at_once else self._errands).put(work)
        self._wake.set()
        return future

    def _run(self) -> None:
        if self._after is not None:  # two threads never use one printer
            self._after._thread.join()
        sound = False
        while not self._stop.is_set():
            self._wake.clear()
            try:
                if not sound:
                    self._queue.recover({self.profile.id})
                    self._look_for_proof()
                sound = True
                self._work()
            except Exception as error:
                sound = False  # a job may be left in the middle
                _log.error("printing pauses: %s", error, exc_info=None if isinstance(error, KioskError) else error)
            self._wake.wait(self._until_next_look_s())
        self._leave()

    def _leave(self) -> None:
        """The printer is removed or set up anew, or the program ends: nobody follows what it still has."""
        self._printer.close()
        words = _("{printer} was stopped while this badge was in it.").format(printer=self.profile.name)
        try:
            self._queue.recover({self.profile.id}, words)
        except KioskError as error:  # the next start does it
            _log.warning("what %s had in hand is not settled: %s", plain(self.profile.name), error)

    def _work(self) -> None:
        """Everything there is to do now."""
        self._ask_about_unconfirmed()
        busy = True
        while busy and not self._stop.is_set():
            self._at_once.run(self._printer)
            self._errands.run(self._printer)
            busy = self._print_next()

    def _until_next_look_s(self) -> float:
        now = self._clock_s()
        waits = [self._wait_s, *(due - now for due, _job in self._unconfirmed)]
        change = next_change_s(self._printers.standings(), now)
        return max(min([*waits, change] if change is not None else waits), 0.01)

    # How it is

    def _look(self) -> PrinterStatus:
        """Ask the printer how it is, and tell; less often while it does not answer."""
        status = self._printer.status()
        if status.state is PrinterState.OFFLINE:
            self._wait_s = min(self._wait_s + self._poll_s, max(PATIENT_S, self._poll_s))
        else:
            self._wait_s = self._poll_s
        self._printers.told(self.profile.id, self._refusing or status)
        return status

    def _words(self, outcome: Outcome) -> str:
        """What the desk is told of an outcome."""
        return outcome.words or (what_to_do(self.profile, outcome.status) if outcome.status else "")

    # One badge

    def _print_next(self) -> bool:
        """Print one badge; False when there is nothing to do, or nothing can be done, until somebody acts."""
        status = self._look()
        standings = self._printers.standings()
        if not status.state.takes_jobs:
            if is_down(status):
                words = what_to_do(self.profile, status)
                self._queue.hold(self.profile.id, troubles_of(self.profile.id, standings), words)
            return False
        job = self._queue.claim(self.profile.id, turn_of(self.profile.id, standings, self._clock_s()))
        if job is None:
            return False
        try:
            drawn = self._drawn(job)
        except BadInput as error:
            self._queue.move(job.id, JobEvent.REFUSE, str(error))
            return True
        except Exception:
            _log.exception("badge %s could not be drawn", plain(job.id))
            self._queue.move(job.id, JobEvent.REFUSE, _("The badge could not be drawn. Write it by hand."))
            return True
        self._queue.move(job.id, JobEvent.START)
        return self._settle(job, self._asked(lambda: self._printer.send(drawn.page, job.id, self._stop.is_set)))

    def _drawn(self, job: PrintJob) -> Drawn:
        drawn = self._draw(self._badges.badge_for(job), self.profile)
        for problem in drawn.problems:
            if problem.kind is ProblemKind.MISSING_GLYPHS:
                raise BadInput(problem.sentence())
        return drawn

    def _asked(self, driver: Callable[[], Outcome]) -> Outcome:
        try:
            outcome = driver()
        except Exception:
            _log.exception("the driver of %s failed", plain(self._printer.name))
            return Outcome(Sent.UNKNOWN, words=_("The printer stopped answering."))
        if outcome.sent is Sent.NOT_STARTED:
            if not _is_pages_fault(outcome):
                self._refuses(outcome.status)
        elif outcome.sent is Sent.HELD:
            self._printers.told(self.profile.id, _in_trouble(outcome.status, PrinterState.ERROR))
        elif outcome.status is not None:
            self._printers.told(self.profile.id, outcome.status)
        return outcome

    def _refuses(self, status: PrinterStatus | None) -> None:
        """It said that it is ready and took nothing: until it takes something, others may stand in for it."""
        self._refusing = _in_trouble(status, PrinterState.OFFLINE)
        self._printers.told(self.profile.id, self._refusing)

    def _settle(self, job: PrintJob, outcome: Outcome) -> bool:
        """Write down what became of a page; False when the printer is better left alone for a while."""
        if _is_pages_fault(outcome):
            self._move(job, JobEvent.REFUSE, outcome.words)
            return True
        if outcome.sent is Sent.NOT_STARTED:
            words = self._words(outcome) or what_to_do(self.profile, _in_trouble(outcome.status, PrinterState.OFFLINE))
            self._move(job, JobEvent.HOLD, words)
            return False
        self._refusing = None
        if outcome.sent in (Sent.SENT, Sent.HELD):
            self._handed_over(job, outcome)
        else:
            self._end(job, outcome)
        return True

    def _end(self, job: PrintJob, outcome: Outcome) -> None:
        self._move(job, JobEvent.CAME_OUT if outcome.sent is Sent.PRINTED else JobEvent.LOST, self._words(outcome))

    def _handed_over(self, job: PrintJob, outcome: Outcome) -> None:
        """The printer has all of it."""
        trusted = outcome.sent is Sent.SENT and not self._printer.can_confirm and not self.profile.ask
        self._move(job, JobEvent.ALL_SENT, unasked=trusted)
        if outcome.sent is Sent.HELD or self._printer.can_confirm:
            self._follow(job, outcome)
        elif not trusted:
            self._unconfirmed.append((self._clock_s() + CONFIRM_S, job.id))

    # Until it is out

    def _follow(self, job: PrintJob, outcome: Outcome) -> None:
        """Ask until the badge is out, the trail ends, somebody takes it back, or the program ends."""
        begun = self._clock_s()
        said = ""
        while not self._stop.is_set():
            if outcome.sent not in (Sent.SENT, Sent.HELD):
                self._end(job, outcome)
                return
            words = self._stuck_words(outcome)
            if words != said:
                self._move(job, JobEvent.STUCK, words)
                said = words
            if outcome.sent is Sent.HELD:
                begun = self._clock_s()
            elif self._clock_s() - begun >= _patience_s(outcome.status):
                self._lost_sight_of(job)
                return
            self._wake.wait(FOLLOW_S)
            self._wake.clear()
            if self._at_once.run(self._printer) and not self._is_sent(job):
                return
            outcome = self._asked(lambda: self._printer.follow(job.id, self._stop.is_set))

    def _stuck_words(self, outcome: Outcome) -> str:
        if outcome.sent is not Sent.HELD:
            return ""
        return self._words(outcome) or what_to_do(self.profile, PrinterStatus(PrinterState.ERROR))

    def _is_sent(self, job: PrintJob) -> bool:
        return any(known.id == job.id for known in self._queue.jobs(JobState.SENT))

    def _lost_sight_of(self, job: PrintJob) -> None:
        words = _("{printer} took the badge and does not say whether it came out.")
        self._move(job, JobEvent.LOST, words.format(printer=self.profile.name))

    def _ask_about_unconfirmed(self) -> None:
        """Badges of a printer that can never say: after a while a person is asked."""
        now = self._clock_s()
        due = [job for at, job in self._unconfirmed if at <= now]
        self._unconfirmed = [(at, job) for at, job in self._unconfirmed if at > now]
        for job in self._queue.jobs(JobState.SENT):
            if job.id in due:
                self._lost_sight_of(job)

    def _look_for_proof(self) -> None:
        """Of what was left in the middle: some printers can still say that it came out, and then nobody is asked."""
        unsure = [job for job in self._queue.jobs(JobState.UNCERTAIN) if job.printer == self.profile.id]
        for job in unsure[-PROOFS:]:
            if self._asked(partial(self._printer.follow, job.id, self._stop.is_set)).sent is Sent.PRINTED:
                self._move(job, JobEvent.CAME_OUT)

    def _move(self, job: PrintJob, event: JobEvent, detail: str = "", *, unasked: bool = False) -> None:
        try:
            self._queue.move(job.id, event, detail, unasked=unasked)
        except NotPossible as error:  # somebody settled it meanwhile, who saw more than a printer says
            _log.info("print job %s was settled meanwhile: %s", plain(job.id), error)


def _is_pages_fault(outcome: Outcome) -> bool:
    return outcome.sent is Sent.NOT_STARTED and outcome.status is None and bool(outcome.words)


def _in_trouble(status: PrinterStatus | None, otherwise: PrinterState) -> PrinterStatus:
    """What the printer says of its trouble, where it says anything of the kind."""
    return status if status is not None and is_down(status) else PrinterStatus(otherwise)


def _patience_s(status: PrinterStatus | None) -> float:
    return BUSY_S if status is not None and status.state is PrinterState.BUSY else CONFIRM_S
