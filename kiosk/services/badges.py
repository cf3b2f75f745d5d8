"""Badges: asking for one, printing it once, and settling what nobody knows.

A badge has an issue: 1 at the first print, one more at each reprint. Each issue has a code of its own, so that a lost
badge stops opening doors the moment its successor is asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from kiosk.domain.badge import Badge, badge_of
from kiosk.domain.codes import read
from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.people import Attendee, AttendeeId, TicketCode
from kiosk.domain.print_jobs import JobEvent, JobState, PrintJob, Priority, job_id
from kiosk.domain.printers import SelfPrinting
from kiosk.domain.verdicts import Verdict
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.badge_codes import BadgeCodes
from kiosk.services.print_queue import PrintQueue
from kiosk.services.printers import Printers
from kiosk.services.station import Station
from kiosk.storage import print_jobs, roster
from kiosk.storage.journal import Journal
from kiosk.storage.store import Store

SHEETS = "sheets"
"""The batch of what was printed on sheets."""

FIRST = "first"
"""The reason of a first print; any other asks for a reprint."""

REPEAT = timedelta(seconds=5)
"""A reprint asked for again within this time is the same wish: a double click, two hands on one keyboard."""

AT_ONCE = 20
"""How many badges are asked for in one transaction: a scan waits for no more than these."""

_BATCH_SETTING = "bulk_printing"
_LISTED = (
    JobState.UNCERTAIN, JobState.WAITING, JobState.SENDING, JobState.SENT, JobState.CLAIMED, JobState.QUEUED,
)  # fmt: skip
"""The states of jobs that are not over, in the order in which somebody wants to read of them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of asking for many badges at once."""

    batch: str
    asked: int
    """New jobs."""
    already: int
    """Asked for before, by this or in another way; nothing is printed twice."""
    refused: tuple[tuple[AttendeeId, str], ...]
    """Who gets none, each with the reason as a sentence."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """How far the badges are that were last asked for at once."""

    batch: str = ""
    total: int = 0
    printed: int = 0
    sent: int = 0
    """On their way through a printer, or through one that never says more."""
    to_print: int = 0
    uncertain: int = 0
    not_printed: int = 0
    """Taken out of the queue, or they could not be drawn."""
    paused: bool = False


class Badges:
    """The badges of one station. Safe to use from the desk's thread and the printers'."""

    def __init__(self, store: Store, station: Station, printers: Printers | None = None) -> None:
        self._store = store
        self._station = station
        self._codes = BadgeCodes(store, station)
        self.printers = printers or Printers(store)
        self.queue = PrintQueue(store, station, self._codes, self.printers)

    # Asking

    def on_first_admission(self, journal: Journal, verdict: Verdict) -> None:
        """Ask for the badge of somebody just let in, in the same transaction, where this station prints by itself.

        A seat without a name gets none yet.
        """
        attendee = verdict.attendee
        if attendee is None or attendee.placeholder or self.printers.self_printing is not SelfPrinting.AUTOMATIC:
            return
        self._ask_first(journal, attendee.id, self._station.actor(journal))
        # The printer's thread waits for the writer's lock: it sees the job once it is on the disk, or not at all.
        self.queue.wake()

    def ask(self, attendee_id: str, reason: str = FIRST, by: str | None = None, wish: str = "") -> PrintJob:
        """Ask for a badge, on the printer with the id `wish` where one is wanted.

        The first is printed once however often it is asked for; any other reason makes a new issue, and the code of
        the badge before stops counting. Raises BadInput for somebody who has no name to print or is not on the roster,
        NotSaved when the disk refuses.
        """
        with self._store.write() as journal:
            job = self._ask(journal, attendee_id, reason, self._station.actor(journal, by), wish=wish)
        self.queue.wake()
        return job

    def ask_many(self, attendee_ids: Iterable[str], reason: str = FIRST, by: str | None = None) -> Asked:
        """Ask for many badges that nobody waits for: they give way to the desk's, and `queue.pause` holds them back.

        Asked for a few at a time, so that a scan never waits long. Raises NotSaved when the disk refuses; what was
        asked for until then stays asked for.
        """
        batch = new_id(secrets.token_bytes(ID_BYTES))
        self._store.set_setting(_BATCH_SETTING, batch)
        asked = already = 0
        refused: list[tuple[AttendeeId, str]] = []
        people = iter(dict.fromkeys(attendee_ids))
        while some := list(islice(people, AT_ONCE)):
            with self._store.write() as journal:
                actor = self._station.actor(journal, by)
                for attendee_id in some:
                    try:
                        job = self._ask(journal, attendee_id, reason, actor, batch=batch)
                    except BadInput as error:
                        refused.append((AttendeeId(attendee_id), str(error)))
                        continue
                    asked += job.batch == batch
                    already += job.batch != batch
            self.queue.wake()
        return Asked(batch, asked, already, tuple(refused))

    def on_sheets(self, attendee_ids: Iterable[str], by: str | None = None) -> int:
        """Somebody printed these on sheets and has them in hand: they count as printed. Answers how many of them.

        Whoever's badge was asked for in another way is left to the printer.
        """
        counted = 0
        people = iter(dict.fromkeys(attendee_ids))
        while some := list(islice(people, AT_ONCE)):
            with self._store.write() as journal:
                actor = self._station.actor(journal, by)
                counted += sum(self._on_sheet(journal, AttendeeId(attendee_id), actor) for attendee_id in some)
        return counted

    def _on_sheet(self, journal: Journal, attendee_id: AttendeeId, actor: str) -> bool:
        if print_jobs.latest(journal.connection, attendee_id) is not None:
            return False
        code = self._codes.own(journal, attendee_id, actor)
        job = self._queue(journal, attendee_id, code, 1, 1, FIRST, actor, batch=SHEETS)
        for event in (JobEvent.CLAIM, JobEvent.START, JobEvent.CAME_OUT):
            self.queue.step(journal, job.id, event, actor=actor, detail=_("Printed on a sheet."))
        return True

    def ahead(self) -> Ahead:
        """How far the last order of many is."""
        batch: str = self._store.setting(_BATCH_SETTING, "")
        with self._store.reading():
            found = print_jobs.batch(self._store.connection, batch) if batch else {}
        return Ahead(
            batch=batch,
            total=sum(found.values()),
            printed=found.get(JobState.PRINTED, 0),
            sent=found.get(JobState.SENDING, 0) + found.get(JobState.SENT, 0),
            to_print=sum(found.get(s, 0) for s in (JobState.QUEUED, JobState.WAITING, JobState.CLAIMED)),
            uncertain=found.get(JobState.UNCERTAIN, 0),
            not_printed=found.get(JobState.FAILED, 0),
            paused=self.queue.is_paused,
        )

    def cancel_ahead(self, by: str | None = None) -> int:
        """Take out of the queue what was asked for at once last and has not started. Answers how many."""
        batch: str = self._store.setting(_BATCH_SETTING, "")
        cancelled = 0
        while batch:
            with self._store.write() as journal:
                some = print_jobs.not_started(journal.connection, batch, AT_ONCE)
                actor = self._station.actor(journal, by)
                words = _("Taken out of the queue before it was printed.")
                gone = [self.queue.step(journal, job.id, JobEvent.GIVE_UP, actor=actor, detail=words) for job in some]
            for job in gone:
                self.queue.tell_settled(job)
            cancelled += len(gone)
            if len(gone) < AT_ONCE:
                break
        return cancelled

    def _ask(
        self, journal: Journal, attendee_id: str, reason: str, actor: str, *, batch: str = "", wish: str = ""
    ) -> PrintJob:
        attendee = self._attendee(attendee_id)
        badge_of(attendee, TicketCode(""), "")
        last = print_jobs.latest(journal.connection, attendee_id)
        if last is None or reason == FIRST:
            return self._ask_first(journal, attendee.id, actor, batch=batch, wish=wish)
        if not self._is_same_wish(last, reason):
            return self._reissue(journal, last, reason, actor, batch=batch, wish=wish)
        return last if batch else self._now(journal, last, wish)

    def _ask_first(
        self, journal: Journal, attendee_id: AttendeeId, actor: str, *, batch: str = "", wish: str = ""
    ) -> PrintJob:
        # Its code is made when it is printed: a scan must not wait for that.
        last = print_jobs.latest(journal.connection, attendee_id)
        if last is None:
            return self._queue(journal, attendee_id, TicketCode(""), 1, 1, FIRST, actor, batch=batch, wish=wish)
        if last.batch and last.state is JobState.FAILED:  # there is none in the pile, and here somebody wants it
            return self._copy(journal, last, actor, batch=batch, wish=wish)
        return last if batch else self._now(journal, last, wish)

    def _now(self, journal: Journal, job: PrintJob, wish: str) -> PrintJob:
        """A job asked for before, brought forward where somebody stands and waits for it now."""
        if job.has_started or (job.priority is Priority.DESK and wish in ("", job.wish)):
            return job
        print_jobs.make_urgent(journal, job.id)
        if wish:
            print_jobs.set_wish(journal, job.id, wish)
        return print_jobs.get(journal.connection, job.id) or job

    def _is_same_wish(self, last: PrintJob, reason: str) -> bool:
        """Whether asking again changes nothing.

        Nothing of the last was sent yet, or the same was asked for a moment ago.
        """
        if last.state in (JobState.QUEUED, JobState.WAITING):
            return True
        return last.reason == reason and self._station.clock() - last.asked_at < REPEAT

    def _reissue(
        self, journal: Journal, last: PrintJob, reason: str, actor: str, *, batch: str = "", wish: str = ""
    ) -> PrintJob:
        if last.state is JobState.UNCERTAIN:
            words = _("A newer badge takes its place.")
            self.queue.step(journal, last.id, JobEvent.GIVE_UP, actor=actor, detail=words)
        person, old = last.attendee_id, last.code
        code = self._codes.new(journal, person, old, actor) if old else self._codes.own(journal, person, actor)
        return self._queue(journal, person, code, last.issue + 1, 1, reason, actor, batch=batch, wish=wish)

    def _queue(
        self,
        journal: Journal,
        attendee_id: AttendeeId,
        code: TicketCode,
        issue: int,
        copy: int,
        reason: str,
        actor: str,
        *,
        batch: str = "",
        wish: str = "",
    ) -> PrintJob:
        now = self._station.clock()
        job = PrintJob(
            job_id(attendee_id, issue, copy), attendee_id, code, issue, copy, reason, actor, JobState.QUEUED, now, now,
            batch=batch, wish=wish, priority=Priority.BULK if batch else Priority.DESK,
        )  # fmt: skip
        return print_jobs.add(journal, job)

    # What it says

    def badge(self, attendee_id: str, by: str | None = None) -> Badge:
        """What this person's badge says now, for a file or a preview; makes their own code where they have none yet."""
        with self._store.write() as journal:
            attendee = self._attendee(attendee_id)
            badge_of(attendee, TicketCode(""), "")
            last = print_jobs.latest(journal.connection, attendee_id)
            code = (last.code if last else None) or self._codes.own(
                journal, attendee.id, self._station.actor(journal, by)
            )
        return badge_of(attendee, code, self._station.conference.title, last.issue if last else 1)

    def badge_for(self, job: PrintJob) -> Badge:
        """What to print: as the roster has the person now, so a corrected name prints corrected. Raises BadInput."""
        with self._store.reading():
            attendee = self._attendee(job.attendee_id)
        return badge_of(attendee, job.code, self._station.conference.title, job.issue)

    # Looking

    def find(self, text: str) -> Attendee | None:
        """Whose code this text holds, whatever the code's state."""
        with self._store.reading():
            for code in read(text, self._station.conference.code_rules).candidates:
                found = roster.by_code(self._store.view.connection, code)
                if found is not None:
                    return found[0]
        return None

    def latest(self, attendee_id: str) -> PrintJob | None:
        """The newest job of this person."""
        with self._store.reading():
            return print_jobs.latest(self._store.connection, attendee_id)

    def lines(self, limit: int) -> list[tuple[PrintJob, Attendee | None]]:
        """What is on its way or needs somebody, that first, then what changed last; each with whose badge it is."""
        with self._store.reading():
            first = self.queue.jobs(*_LISTED)
            known = {job.id for job in first}
            jobs = sorted(first, key=lambda job: _LISTED.index(job.state))
            jobs += [job for job in self.queue.recent(limit) if job.id not in known]
            view = self._store.view.connection
            return [(job, roster.by_id(view, job.attendee_id)) for job in jobs[:limit]]

    # Settling

    def came_out(self, job: str, yes: bool, by: str | None = None) -> PrintJob:
        """Somebody looked for a badge of which nobody knew. If it did not come out, it is printed again as a new copy.

        Answers the job as it is now, or the new one. Raises BadInput when somebody else has settled it meanwhile.
        """
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            known = self._known(job)
            if not known.unasked:
                self._settleable(job, JobState.UNCERTAIN)
            event = JobEvent.CAME_OUT if yes else JobEvent.DID_NOT_COME_OUT
            settled = self.queue.step(journal, job, event, actor=actor)
            answer = settled if yes else self._copy(journal, known, actor)
        return self._tell(answer, settled)

    def retry(self, job: str, by: str | None = None) -> PrintJob:
        """Somebody helped the printer: try a waiting job now, print a failed one again as a new copy.

        Raises BadInput for a job that is on its way or was printed.
        """
        return self._again(job, by, None)

    def print_on(self, job: str, printer_id: str, by: str | None = None) -> PrintJob:
        """Print a job on this printer, of which nothing was sent yet; a failed one as a new copy.

        Raises BadInput for a job that is on its way or was printed: `taken_back` is for one that a printer holds.
        """
        return self._again(job, by, printer_id)

    def _again(self, job: str, by: str | None, wish: str | None) -> PrintJob:
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            known = self._settleable(job, JobState.WAITING, JobState.FAILED, JobState.QUEUED)
            if known.state is JobState.WAITING:
                known = self.queue.step(journal, job, JobEvent.RETRY, actor=actor)
            if known.state is JobState.FAILED:
                known = self._copy(journal, known, actor, wish=wish or "")
            elif wish is not None:
                known = self._now(journal, known, wish)
        return self._tell(known)

    def taken_back(self, job: str, confirmed: bool, wish: str | None, by: str | None = None) -> PrintJob:
        """A printer that holds a badge was asked to forget it, and confirmed that nothing more comes out, or did not.

        If it did, the badge is printed anew on the printer with the id `wish`, "" for any; with None it was written by
        hand. Otherwise a person looks. Raises BadInput when it came out meanwhile.
        """
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            known = self._settleable(job, JobState.SENT)
            printer = self.printers.name_of(known.printer)
            if not confirmed:
                words = _("{printer} does not say whether it can still come out.").format(printer=printer)
                settled = self.queue.step(journal, job, JobEvent.LOST, actor=actor, detail=words)
                answer = settled
            else:
                words = (
                    _("Written by hand.") if wish is None else _("Taken back from {printer}.").format(printer=printer)
                )
                settled = self.queue.step(journal, job, JobEvent.TAKEN_BACK, actor=actor, detail=words)
                answer = settled if wish is None else self._copy(journal, known, actor, wish=wish)
        return self._tell(answer, settled)

    def by_hand(self, job: str, by: str | None = None) -> PrintJob:
        """Somebody wrote the badge by hand: take the job out of the queue. A job that has ended stays as it is.

        Raises BadInput while a printer has it.
        """
        return self._give_up(job, by, _("Written by hand."))

    def cancel(self, job: str, by: str | None = None) -> PrintJob:
        """Nobody wants this badge: take it out of the queue. Raises BadInput while a printer has it."""
        return self._give_up(job, by, _("Taken out of the queue."))

    def _give_up(self, job: str, by: str | None, words: str) -> PrintJob:
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            known = self._known(job)
            if known.state.is_final:
                return known
            known = self._settleable(job, JobState.QUEUED, JobState.WAITING, JobState.UNCERTAIN)
            known = self.queue.step(journal, known.id, JobEvent.GIVE_UP, actor=actor, detail=words)
        return self._tell(known)

    def _copy(self, journal: Journal, job: PrintJob, actor: str, *, batch: str = "", wish: str = "") -> PrintJob:
        last = print_jobs.latest(journal.connection, job.attendee_id) or job
        if last.id != job.id:
            return last  # a newer badge or copy was asked for already
        person, number = job.attendee_id, job.copy + 1
        return self._queue(journal, person, job.code, job.issue, number, job.reason, actor, batch=batch, wish=wish)

    def _tell(self, answer: PrintJob, *also: PrintJob) -> PrintJob:
        """Tell of what was settled, and that there may be something to print."""
        for job in dict.fromkeys((*also, answer)):
            self.queue.tell_settled(job)
        self.queue.wake()
        return answer

    def _settleable(self, job: str, *states: JobState) -> PrintJob:
        known = self._known(job)
        if known.state not in states:
            raise BadInput(_("This badge was dealt with already. Nothing was changed."))
        return known

    def _known(self, job: str) -> PrintJob:
        known = print_jobs.get(self._store.connection, job)
        if known is None:
            raise BadInput(_("This print job is not known on this computer."))
        return known

    def _attendee(self, attendee_id: str) -> Attendee:
        attendee = roster.by_id(self._store.view.connection, attendee_id)
        if attendee is None:
            raise BadInput(_("This person is no longer on the roster. Search again."))
        return attendee
