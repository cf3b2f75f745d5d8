"""Badges: asking for one, printing it once, and settling what nobody knows.

A badge has an issue: 1 at the first print, one more at each reprint. Each issue has a code of its own, so that a lost
badge stops opening doors the moment its successor is asked for. The printer's thread comes here for its work and tells
here what became of it.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from kiosk.domain.badge import Badge, badge_of
from kiosk.domain.codes import new_code, read
from kiosk.domain.journal import Kind
from kiosk.domain.people import Attendee, AttendeeId, Ticket, TicketCode, TicketKind, TicketState
from kiosk.domain.print_jobs import JobEvent, JobState, PrintJob, job_id
from kiosk.domain.roster import ChangedAttendee
from kiosk.domain.verdicts import Verdict
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.log import plain
from kiosk.services.station import Station
from kiosk.storage import print_jobs, roster
from kiosk.storage.journal import Journal
from kiosk.storage.store import Store

FIRST = "first"
"""The reason of a first print; any other asks for a reprint."""

REPEAT = timedelta(seconds=5)
"""A reprint asked for again within this time is the same wish: a double click, two hands on one keyboard."""

_CODE_BYTES = 10
_OPEN = (JobState.QUEUED, JobState.WAITING, JobState.CLAIMED, JobState.SENDING, JobState.SENT)
_TROUBLED = (JobState.WAITING, JobState.UNCERTAIN)

OnJob = Callable[[PrintJob], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pending:
    """What the printer has before it."""

    open: int = 0
    """Asked for and not out yet, waiting ones included."""
    waiting: int = 0
    """Of these, held up because the printer needs a hand."""
    uncertain: int = 0
    """Somebody must look whether they came out."""


class Badges:
    """The badges of one station. Safe to use from the desk's thread and the printer's."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station
        self._listeners: list[OnJob] = []
        self._wakers: list[Callable[[], None]] = []

    # Asking

    def on_first_admission(self, journal: Journal, verdict: Verdict) -> None:
        """Ask for the badge of somebody just let in, in the same transaction. A seat without a name gets none yet."""
        attendee = verdict.attendee
        if attendee is not None and not attendee.placeholder:
            self._ask_first(journal, attendee.id, self._station.actor(journal))
            # The printer's thread waits for the writer's lock: it sees the job once it is on the disk, or not at all.
            self._wake()

    def ask(self, attendee_id: str, reason: str = FIRST, by: str | None = None) -> PrintJob:
        """Ask for a badge. The first is printed once however often it is asked for; any other reason makes a new issue.

        With a new issue the code of the badge before stops counting. Raises BadInput for somebody who has no name to
        print or is not on the roster, NotSaved when the disk refuses.
        """
        with self._store.write() as journal:
            attendee = self._attendee(attendee_id)
            badge_of(attendee, TicketCode(""), "")
            actor = self._station.actor(journal, by)
            last = print_jobs.latest(journal.connection, attendee_id)
            if last is None or reason == FIRST:
                job = last or self._ask_first(journal, attendee.id, actor)
            elif self._is_same_wish(last, reason):
                job = last
            else:
                job = self._reissue(journal, last, reason, actor)
        self._wake()
        return job

    def _ask_first(self, journal: Journal, attendee_id: AttendeeId, actor: str) -> PrintJob:
        # Its code is made when it is printed: a scan must not wait for that.
        last = print_jobs.latest(journal.connection, attendee_id)
        return last or self._queue(journal, attendee_id, TicketCode(""), 1, 1, FIRST, actor)

    def _is_same_wish(self, last: PrintJob, reason: str) -> bool:
        """Whether asking again changes nothing.

        Nothing of the last was sent yet, or the same was asked for a moment ago.
        """
        if last.state in (JobState.QUEUED, JobState.WAITING):
            return True
        return last.reason == reason and self._station.clock() - last.asked_at < REPEAT

    def _reissue(self, journal: Journal, last: PrintJob, reason: str, actor: str) -> PrintJob:
        if last.state is JobState.UNCERTAIN:
            self._move(journal, last.id, JobEvent.GIVE_UP, actor=actor, detail=_("A newer badge takes its place."))
        person, old = last.attendee_id, last.code
        code = self._new_code(journal, person, old, actor) if old else self._own_code(journal, person, actor)
        return self._queue(journal, person, code, last.issue + 1, 1, reason, actor)

    def _queue(
        self,
        journal: Journal,
        attendee_id: AttendeeId,
        code: TicketCode,
        issue: int,
        copy: int,
        reason: str,
        actor: str,
    ) -> PrintJob:
        now = self._station.clock()
        name = job_id(attendee_id, issue, copy)
        return print_jobs.add(
            journal, PrintJob(name, attendee_id, code, issue, copy, reason, actor, JobState.QUEUED, now, now)
        )

    # Codes

    def badge(self, attendee_id: str, by: str | None = None) -> Badge:
        """What this person's badge says now, for a file or a preview; makes their own code where they have none yet."""
        with self._store.write() as journal:
            attendee = self._attendee(attendee_id)
            badge_of(attendee, TicketCode(""), "")
            last = print_jobs.latest(journal.connection, attendee_id)
            code = (last.code if last else None) or self._own_code(
                journal, attendee.id, self._station.actor(journal, by)
            )
        return badge_of(attendee, code, self._station.conference.title, last.issue if last else 1)

    def _own_code(self, journal: Journal, attendee_id: AttendeeId, actor: str) -> TicketCode:
        """The person's own live code, made now where there is none."""
        tickets = roster.tickets_of(self._store.view.connection, attendee_id)
        own = (ticket.code for ticket in tickets if ticket.kind is TicketKind.OWN and ticket.state is TicketState.LIVE)
        return next(own, None) or self._new_code(journal, attendee_id, None, actor)

    def _new_code(self, journal: Journal, attendee_id: AttendeeId, old: TicketCode | None, actor: str) -> TicketCode:
        """Give the person a new own code; the old one, where there is one, counts no more and names its successor."""
        code = new_code(secrets.token_bytes(_CODE_BYTES))
        change = ChangedAttendee(
            attendee_id,
            tickets=(Ticket(code, attendee_id, TicketKind.OWN),),
            replaces={old: code} if old else {},
        )
        digest = self._station.code_digest
        body = {"attendee": attendee_id, "old": digest(old) if old else None, "new": digest(code)}
        view, at = self._store.view, self._station.clock()
        roster.write_changes(journal, view, Kind.REISSUE, [change], at=at, actor=actor, body=body)
        return code

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

    def pending(self) -> Pending:
        """How much is before the printer."""
        with self._store.reading():
            found = print_jobs.counts(self._store.connection)
        return Pending(
            open=sum(found.get(state, 0) for state in _OPEN),
            waiting=found.get(JobState.WAITING, 0),
            uncertain=found.get(JobState.UNCERTAIN, 0),
        )

    def troubled(self) -> list[PrintJob]:
        """The jobs that wait for somebody, oldest first: to be shown when the window opens."""
        with self._store.reading():
            return print_jobs.in_states(self._store.connection, _TROUBLED)

    # Settling

    def came_out(self, job: str, yes: bool, by: str | None = None) -> PrintJob:
        """Somebody looked for a badge of which nobody knew. If it did not come out, it is printed again as a new copy.

        Answers the job as it is now, or the new one. Raises BadInput when somebody else has settled it meanwhile.
        """
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            known = self._settleable(job, JobState.UNCERTAIN)
            event = JobEvent.CAME_OUT if yes else JobEvent.DID_NOT_COME_OUT
            settled = self._move(journal, job, event, actor=actor)
            answer = settled if yes else self._copy(journal, known, actor)
        self._wake()
        return answer

    def retry(self, job: str, by: str | None = None) -> PrintJob:
        """Somebody helped the printer: try a waiting job now, print a failed one again as a new copy.

        Raises BadInput for a job that is on its way or was printed.
        """
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            known = self._settleable(job, JobState.WAITING, JobState.FAILED, JobState.QUEUED)
            if known.state is JobState.WAITING:
                known = self._move(journal, job, JobEvent.RETRY, actor=actor)
            elif known.state is JobState.FAILED:
                known = self._copy(journal, known, actor)
        self._wake()
        return known

    def by_hand(self, job: str, by: str | None = None) -> PrintJob:
        """Somebody wrote the badge by hand: take the job out of the queue. A job that has ended stays as it is.

        Raises BadInput while the printer has it.
        """
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            known = self._known(job)
            if known.state.is_final:
                return known
            known = self._settleable(job, JobState.QUEUED, JobState.WAITING, JobState.UNCERTAIN)
            return self._move(journal, known.id, JobEvent.GIVE_UP, actor=actor, detail=_("Written by hand."))

    def _copy(self, journal: Journal, job: PrintJob, actor: str) -> PrintJob:
        last = print_jobs.latest(journal.connection, job.attendee_id) or job
        if last.id != job.id:
            return last  # a newer badge or copy was asked for already
        return self._queue(journal, job.attendee_id, job.code, job.issue, job.copy + 1, job.reason, actor)

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

    # For the printer's thread

    def listen(self, on_job: OnJob) -> None:
        """Call this with every job the printer's thread moved, in that thread, once the move is on the disk."""
        self._listeners.append(on_job)

    def when_asked(self, wake: Callable[[], None]) -> None:
        """Call this whenever there may be something to print."""
        self._wakers.append(wake)

    def recover(self) -> None:
        """After a start.

        What was claimed goes back into the queue, what was being sent becomes a question to a person.
        """
        with self._store.write() as journal:
            left = print_jobs.in_states(journal.connection, (JobState.CLAIMED, JobState.SENDING, JobState.SENT))
            words = _("The program stopped while this badge was printing.")
            moved = [self._move(journal, job.id, JobEvent.RESTART, detail=words) for job in left]
        for job in moved:
            self._tell(job)

    def claim(self, printer: str) -> PrintJob | None:
        """The next job, now the printer's; its code is made where it has none. None when there is nothing to print."""
        if not self._has_work():
            return None
        with self._store.write() as journal:
            job = print_jobs.next_in_line(journal.connection)
            if job is None:
                return None
            if not job.code and roster.by_id(self._store.view.connection, job.attendee_id):
                print_jobs.set_code(journal, job.id, self._own_code(journal, job.attendee_id, "station"))
            claimed = self._move(journal, job.id, JobEvent.CLAIM, printer=printer)
        self._tell(claimed)
        return claimed

    def hold(self, why: str) -> None:
        """The printer needs a hand: the next job waits and says why. Saying it again changes nothing."""
        if not self._has_work(JobState.QUEUED):
            return
        with self._store.write() as journal:
            first = print_jobs.next_in_line(journal.connection)
            if first is None or first.state is not JobState.QUEUED:
                return
            held = self._move(journal, first.id, JobEvent.HOLD, detail=why)
        self._tell(held)

    def badge_for(self, job: PrintJob) -> Badge:
        """What to print: as the roster has the person now, so a corrected name prints corrected. Raises BadInput."""
        with self._store.reading():
            attendee = self._attendee(job.attendee_id)
        return badge_of(attendee, job.code, self._station.conference.title, job.issue)

    def move(self, job: str, event: JobEvent, detail: str = "") -> PrintJob:
        """Something happened to the job; it is on the disk when this returns. Raises NotPossible, NotSaved."""
        with self._store.write() as journal:
            moved = self._move(journal, job, event, detail=detail)
        self._tell(moved)
        return moved

    def _has_work(self, *states: JobState) -> bool:
        """Whether the next in line is in one of these states, any without.

        A look, before the writer's lock is taken.
        """
        with self._store.reading():
            job = print_jobs.next_in_line(self._store.connection)
        return job is not None and (not states or job.state in states)

    def _move(
        self,
        journal: Journal,
        job: str,
        event: JobEvent,
        *,
        actor: str = "station",
        detail: str = "",
        printer: str | None = None,
    ) -> PrintJob:
        at = self._station.clock()
        return print_jobs.move(journal, job, event, at, actor=actor, detail=detail, printer=printer)

    def _tell(self, job: PrintJob) -> None:
        for listener in self._listeners:
            try:
                listener(job)
            except Exception:
                _log.exception("a listener failed on print job %s", plain(job.id))

    def _wake(self) -> None:
        for wake in self._wakers:
            wake()
