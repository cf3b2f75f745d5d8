"""The answer to a scan: what it is, why, and the facts a screen needs to say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.domain.people import Attendee, TicketCode


class Outcome(StrEnum):
    """What the person at the desk sees first: each has its own colour, shape, word and sound."""

    ADMITTED = "admitted"
    ATTENTION = "attention"
    """Admitted, and one more thing."""
    ALREADY = "already"
    REDIRECT = "redirect"
    """Right person, other place."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SAVED = "not_saved"
    """The disk refused: nothing was decided, nobody is let go."""


class Reason(StrEnum):
    """Why. The codes are kept in records for ever: add, never rename."""

    OK = "ok"
    OVERRIDE = "override"
    PLACEHOLDER = "placeholder"
    UNPAID = "unpaid"
    TO_SIGN = "to_sign"
    ACCESS_NEED = "access_need"
    ATTENTION = "attention"
    NOTE = "note"
    ALREADY_IN = "already_in"
    PENDING = "pending"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    REPLACED = "replaced"
    WRONG_CONFERENCE = "wrong_conference"
    UNKNOWN_CODE = "unknown_code"
    NOT_SAVED = "not_saved"


@dataclass(frozen=True, slots=True)
class RecordId:
    """Names one record for ever: the log it is in and its place there (from 1, without gaps)."""

    log: str
    seq: int

    def __str__(self) -> str:
        return f"{self.log}:{self.seq}"

    @classmethod
    def parse(cls, text: str) -> RecordId:
        """Read `LOG:SEQ`. Raises ValueError on anything else."""
        log, _, seq = text.rpartition(":")
        if not log or not seq.isascii() or not seq.isdigit():
            raise ValueError(f"not a record id: {text!r}")
        return cls(log, int(seq))


@dataclass(frozen=True, slots=True)
class Admission:
    """That somebody was let in: when (aware UTC), where and by whom."""

    record: RecordId
    at: datetime
    place: str
    station: str
    by: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer to one scan.

    `reason` is the first thing to say; `more` are the other things of an ATTENTION answer. `looks_like` says what an
    unknown code resembles, in a few words. `record` is None for a silent repeat of an answer that is on disk already,
    see `repeat`.
    """

    outcome: Outcome
    reason: Reason
    at: datetime
    place: str
    attendee: Attendee | None = None
    code: TicketCode | None = None
    """The code that was found in the scan, or the scanned text's printable beginning where none was."""
    more: tuple[Reason, ...] = ()
    first: Admission | None = None
    """The earlier admission an ALREADY answer is about."""
    replaced_by: TicketCode | None = None
    looks_like: str = ""
    record: RecordId | None = None
    repeat: bool = False
    """The same code at the same place within five seconds: the same answer, nothing written, no new sound."""

    @property
    def admitted(self) -> bool:
        """Whether this answer lets the person in."""
        return self.outcome in (Outcome.ADMITTED, Outcome.ATTENTION)
