"""Print jobs: what states a request to print one badge goes through.

    queued ──> claimed ──> sending ──> sent ──> printed
     │  ^         │           │          │
     v  │         v           └────┬─────┴──> failed, where the printer gave it back
    waiting     failed             v
                               uncertain ──> printed or failed, by a person who looked

One rule holds it together: **a job is sent to a printer at most once, ever.** Until the first byte it may be tried
again, at this printer or at one that stands in for it (`printer_turns.py`); from then on it stays with its printer and
ends as printed, or a person is asked whether it came out. Printing once more is a new job with the next copy number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from kiosk.domain.people import AttendeeId, TicketCode


class JobState(StrEnum):
    """Where a job is. Kept on disk: add, never rename."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    """The printer's thread has it; nothing was sent."""
    SENDING = "sending"
    """The first byte may have left."""
    SENT = "sent"
    """All bytes left; whether paper came out is not known yet.

    With a `detail` the printer holds it and needs a hand.
    """
    PRINTED = "printed"
    WAITING = "waiting"
    """The printer needs a hand; nothing was sent."""
    UNCERTAIN = "uncertain"
    """Something was sent and nobody knows whether it came out: a person looks."""
    FAILED = "failed"
    """It did not come out, or cannot be printed; `detail` says why."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self in (JobState.PRINTED, JobState.FAILED)


class JobEvent(StrEnum):
    """What happens to a job."""

    CLAIM = "claim"
    HOLD = "hold"
    """The printer cannot take it now."""
    REFUSE = "refuse"
    """It cannot be drawn, or its printer can never take it."""
    GIVE_UP = "give_up"
    """A person took it out of the queue: the badge was written by hand, or a newer one takes its place."""
    START = "start"
    """About to send the first byte."""
    ALL_SENT = "all_sent"
    STUCK = "stuck"
    """The printer has it all and prints it once somebody helps; `detail` says how. Said again when that changes."""
    TAKEN_BACK = "taken_back"
    """The printer promised that no more of it comes out."""
    CAME_OUT = "came_out"
    LOST = "lost"
    """The connection broke, or no answer came."""
    DID_NOT_COME_OUT = "did_not_come_out"
    """A person looked."""
    RESTART = "restart"
    """The program starts and finds that an earlier run left the job in the middle."""
    RETRY = "retry"
    """Somebody helped the printer."""


_S, _E = JobState, JobEvent

_AFTER: dict[tuple[JobState, JobEvent], JobState] = {
    (_S.QUEUED, _E.CLAIM): _S.CLAIMED,
    (_S.QUEUED, _E.HOLD): _S.WAITING,
    (_S.QUEUED, _E.GIVE_UP): _S.FAILED,
    (_S.WAITING, _E.CLAIM): _S.CLAIMED,
    (_S.WAITING, _E.HOLD): _S.WAITING,
    (_S.WAITING, _E.RETRY): _S.QUEUED,
    (_S.WAITING, _E.GIVE_UP): _S.FAILED,
    (_S.CLAIMED, _E.START): _S.SENDING,
    (_S.CLAIMED, _E.HOLD): _S.WAITING,
    (_S.CLAIMED, _E.REFUSE): _S.FAILED,
    (_S.CLAIMED, _E.RESTART): _S.QUEUED,
    # The driver knows that not one byte left (connection refused, disk full): that is still "not started".
    (_S.SENDING, _E.HOLD): _S.WAITING,
    (_S.SENDING, _E.REFUSE): _S.FAILED,
    (_S.SENDING, _E.ALL_SENT): _S.SENT,
    (_S.SENDING, _E.CAME_OUT): _S.PRINTED,
    (_S.SENDING, _E.LOST): _S.UNCERTAIN,
    (_S.SENDING, _E.RESTART): _S.UNCERTAIN,
    (_S.SENT, _E.STUCK): _S.SENT,
    (_S.SENT, _E.CAME_OUT): _S.PRINTED,
    (_S.SENT, _E.TAKEN_BACK): _S.FAILED,
    (_S.SENT, _E.DID_NOT_COME_OUT): _S.FAILED,
    (_S.SENT, _E.LOST): _S.UNCERTAIN,
    (_S.SENT, _E.RESTART): _S.UNCERTAIN,
    (_S.UNCERTAIN, _E.CAME_OUT): _S.PRINTED,
    (_S.UNCERTAIN, _E.DID_NOT_COME_OUT): _S.FAILED,
    (_S.UNCERTAIN, _E.GIVE_UP): _S.FAILED,
}


class NotPossible(ValueError):
    """This cannot happen to a job in this state: somebody else was faster, or it is a bug."""


def after(state: JobState, event: JobEvent) -> JobState:
    """The state that follows. Raises NotPossible."""
    try:
        return _AFTER[state, event]
    except KeyError:
        raise NotPossible(f"{event} cannot happen to a job that is {state}") from None


class Priority(IntEnum):
    """Which jobs come first. Kept on disk."""

    DESK = 0
    """Somebody stands there and waits."""
    BULK = 1
    """Printed ahead of time, whenever nobody waits."""


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A request to print one badge.

    What it says is looked up when it is printed, so a corrected name prints corrected.
    """

    id: str
    attendee_id: AttendeeId
    code: TicketCode
    """The own code its QR holds; empty until the first print of somebody who has none."""
    issue: int
    copy: int
    """1, and one more each time a person says that nothing came out."""
    reason: str
    """Why it is printed: a short word such as `first`, `lost`, `name`; no personal value."""
    asked_by: str
    state: JobState
    asked_at: datetime
    changed_at: datetime
    printer: str | None = None
    """The id of the printer that has it, or had it last."""
    detail: str = ""
    """What went wrong, as a sentence for staff."""
    wish: str = ""
    """The id of the printer somebody wants it on; empty for whichever comes first."""
    batch: str = ""
    """The order of many badges at once it belongs to; empty for one asked for at the desk."""
    priority: Priority = Priority.DESK
    tries: int = 0
    """How often a printer took it up."""
    unasked: bool = False
    """Its printer never says whether something came out, and nobody is asked: it stays `sent`, which is all there is to
    know.
    """

    @property
    def is_stuck(self) -> bool:
        """Whether the printer has all of it and needs a hand to go on."""
        return self.state is JobState.SENT and bool(self.detail)

    @property
    def has_started(self) -> bool:
        """Whether some of it may be on paper, or in a printer's memory."""
        return self.state not in (JobState.QUEUED, JobState.WAITING, JobState.CLAIMED)


def job_id(attendee_id: AttendeeId, issue: int, copy: int) -> str:
    """The idempotency key of one piece of paper; holds nothing personal, fit for a file name."""
    return f"{attendee_id}-{issue}-{copy}"
