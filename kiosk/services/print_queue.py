"""The print queue: where the printers' threads come for work and tell what became of it.

A step is on the disk before anybody acts on it or hears of it. What is printed ahead of time gives way to whoever
stands at the desk, and can be paused without holding up anybody there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from kiosk.domain.print_jobs import JobEvent, JobState, PrintJob
from kiosk.domain.printer_turns import Turn
from kiosk.i18n import _
from kiosk.log import plain
from kiosk.services.badge_codes import BadgeCodes
from kiosk.services.printers import Printers
from kiosk.services.station import Station
from kiosk.storage import print_jobs, roster
from kiosk.storage.journal import Journal
from kiosk.storage.store import Store

_OPEN = (JobState.QUEUED, JobState.WAITING, JobState.CLAIMED, JobState.SENDING, JobState.SENT)
_IN_HAND = (JobState.CLAIMED, JobState.SENDING, JobState.SENT)
_PAUSED_SETTING = "bulk_printing_paused"

OnJob = Callable[[PrintJob], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pending:
    """What the printers have before them."""

    open: int = 0
    """Asked for and not out yet, waiting ones included."""
    waiting: int = 0
    """Of these, held up because a printer needs a hand."""
    uncertain: int = 0
    """Somebody must look whether they came out."""


class PrintQueue:
    """The queue of one station. Safe to use from any thread."""

    def __init__(self, store: Store, station: Station, codes: BadgeCodes, printers: Printers) -> None:
        self._store = store
        self._station = station
        self._codes = codes
        self._printers = printers
        self._listeners: list[OnJob] = []
        self._settled: list[OnJob] = []
        self._wakers: list[Callable[[], None]] = []
        self._paused = bool(store.setting(_PAUSED_SETTING, False))

    # Looking

    def pending(self) -> Pending:
        """How much is before the printers."""
        with self._store.reading():
            found = print_jobs.counts(self._store.connection)
        return Pending(
            open=sum(found.get(state, 0) for state in _OPEN),
            waiting=found.get(JobState.WAITING, 0),
            uncertain=found.get(JobState.UNCERTAIN, 0),
        )

    def jobs(self, *states: JobState) -> list[PrintJob]:
        """The jobs in these states, in the order they were asked for."""
        with self._store.reading():
            return print_jobs.in_states(self._store.connection, states)

    def recent(self, limit: int) -> list[PrintJob]:
        """The jobs that changed last, the newest first."""
        with self._store.reading():
            return print_jobs.recent(self._store.connection, limit)

    def troubled(self) -> list[PrintJob]:
        """The jobs that wait for somebody, oldest first: to be shown when the window opens."""
        found = self.jobs(JobState.WAITING, JobState.UNCERTAIN, JobState.SENT)
        return [job for job in found if job.state is not JobState.SENT or job.is_stuck]

    # Telling

    def listen(self, on_job: OnJob) -> None:
        """Call this with every job a printer's thread moved, in that thread, once the move is on the disk."""
        self._listeners.append(on_job)

    def listen_settled(self, on_job: OnJob) -> None:
        """Call this with every job somebody dealt with, or asked for, in the thread that wrote it down."""
        self._settled.append(on_job)

    def when_asked(self, wake: Callable[[], None]) -> None:
        """Call this whenever there may be something to print."""
        self._wakers.append(wake)

    def no_longer(self, wake: Callable[[], None]) -> None:
        """Stop calling it."""
        with suppress(ValueError):  # closed twice
            self._wakers.remove(wake)

    def wake(self) -> None:
        """There may be something to print, or somebody helped."""
        for wake in tuple(self._wakers):
            wake()

    def tell(self, job: PrintJob) -> None:
        """A printer's thread moved a job."""
        _tell(self._listeners, job)

    def tell_settled(self, job: PrintJob) -> None:
        """Somebody dealt with a job."""
        _tell(self._settled, job)

    # Moving

    def step(
        self,
        journal: Journal,
        job: str,
        event: JobEvent,
        *,
        actor: str = "station",
        detail: str = "",
        printer: str | None = None,
        wish: str | None = None,
        unasked: bool = False,
    ) -> PrintJob:
        """Let something happen to a job in this transaction, and count the label where one came out of a printer."""
        before, at = print_jobs.get(journal.connection, job), self._station.clock()
        moved = print_jobs.move(
            journal, job, event, at, actor=actor, detail=detail, printer=printer, wish=wish, unasked=unasked
        )
        counted = before is not None and before.unasked
        if not counted and (moved.state is JobState.PRINTED or moved.unasked):
            self._printers.label_used(journal, moved.printer)
        return moved

    def move(self, job: str, event: JobEvent, detail: str = "", *, unasked: bool = False) -> PrintJob:
        """Something happened to the job; it is on the disk when this returns. Raises NotPossible, NotSaved."""
        with self._store.write() as journal:
            moved = self.step(journal, job, event, detail=detail, unasked=unasked)
        self.tell(moved)
        return moved

    def recover(self, printers: Collection[str] | None = None, words: str = "") -> None:
        """After a start of the program, or the end of these printers' threads.

        What was claimed goes back into the queue, what was being sent becomes a question to a person, with these words.
        """
        words = words or _("The program stopped while this badge was printing.")
        with self._store.write() as journal:
            left = print_jobs.in_states(journal.connection, _IN_HAND)
            mine = [job for job in left if not job.unasked and (printers is None or job.printer in printers)]
            moved = [self.step(journal, job.id, JobEvent.RESTART, detail=words) for job in mine]
        for job in moved:
            self.tell(job)

    def claim(self, printer: str, turn: Turn) -> PrintJob | None:
        """The next job, now this printer's; its code is made where it has none. None when there is nothing for it."""
        turn = self._as_paused(turn)
        if self._next(turn) is None:  # a look, before the writer's lock is taken
            return None
        with self._store.write() as journal:
            job = print_jobs.next_in_line(journal.connection, turn)
            if job is None or not self._is_at_work(printer):
                return None
            if not job.code and roster.by_id(self._store.view.connection, job.attendee_id):
                print_jobs.set_code(journal, job.id, self._codes.own(journal, job.attendee_id, "station"))
            claimed = self.step(journal, job.id, JobEvent.CLAIM, printer=printer)
        self.tell(claimed)
        return claimed

    def _is_at_work(self, printer: str) -> bool:
        """Whether it was not removed or switched off while it looked for work."""
        return any(profile.id == printer for profile in self._printers.at_work())

    def hold(self, printer: str, turn: Turn, why: str) -> None:
        """This printer needs a hand: the next of its jobs waits and says why. Saying it again changes nothing."""
        turn = self._as_paused(turn)
        first = self._next(turn)
        if first is None or (first.state, first.detail, first.printer) == (JobState.WAITING, why, printer):
            return
        with self._store.write() as journal:
            job = print_jobs.next_in_line(journal.connection, turn)
            if job is None:
                return
            held = self.step(journal, job.id, JobEvent.HOLD, detail=why, printer=printer)
        self.tell(held)

    def _next(self, turn: Turn) -> PrintJob | None:
        with self._store.reading():
            return print_jobs.next_in_line(self._store.connection, turn)

    # Ahead of time

    @property
    def is_paused(self) -> bool:
        """Whether nothing is printed ahead of time now."""
        return self._paused

    def pause(self, paused: bool) -> None:
        """Hold back what is printed ahead of time, or let it go on; the desk's badges are never held.

        Raises NotSaved.
        """
        self._store.set_setting(_PAUSED_SETTING, paused)
        self._paused = paused
        self.wake()

    def _as_paused(self, turn: Turn) -> Turn:
        return replace(turn, bulk=frozenset()) if self._paused else turn


def _tell(listeners: Sequence[OnJob], job: PrintJob) -> None:
    for listener in listeners:
        try:
            listener(job)
        except Exception:
            _log.exception("a listener failed on print job %s", plain(job.id))
