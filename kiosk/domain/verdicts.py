"""The answer to a scan: what it is, why, and the facts a screen needs to say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.domain.people import Attendee, TicketCode
from kiosk.domain.programme import ProgrammeSession
from kiosk.domain.seats import Lease


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
    ADDED = "added"
    """At a session's door from here on. Let in and put on the list: anybody may come."""
    MOVED = "moved"
    """Let in here, and by that out of the room they were last seen in."""
    NOT_CHECKED_IN = "not_checked_in"
    """Not been at the registration desk yet."""
    WRONG_ROOM = "wrong_room"
    """Enrolled in another session at this time."""
    STILL_ELSEWHERE = "still_elsewhere"
    """Scanned into another room and not out of it."""
    ROOM_FULL = "room_full"
    NOT_ENROLLED = "not_enrolled"
    WRONG_TYPE = "wrong_type"
    """The session is for others: sworn only, one kind of agency."""
    TOO_EARLY = "too_early"
    OVER = "over"
    NO_SESSION = "no_session"
    """Nothing is held here, as far as this station knows."""
    OUT = "out"
    OUT_WITHOUT_IN = "out_without_in"
    """Going out, and nobody saw them come in."""
    ALREADY_OUT = "already_out"
    UPDATE_FIRST = "update_first"
    """A station with a newer program wrote something about this person that must not be ignored, and that this one
    cannot read.
    """
    HUB_SILENT = "hub_silent"
    """The place lets nobody in without the hub's answer, and there was none."""


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
    sure: bool = True
    """Whether the time is known to be right: the clock it was written by was compared with the hub's."""


@dataclass(frozen=True, slots=True)
class Doorway:
    """What the answer of a session's door is about, besides the person. Times are aware UTC."""

    room: str
    session: ProgrammeSession | None = None
    """Whose door it is; None where nothing is held here."""
    out: bool = False
    """Whether people are scanned on their way out."""
    inside: int = 0
    """How many are in the room, this answer counted: those scanned, and those counted without a badge."""
    capacity: int | None = None
    lease: Lease | None = None
    """What this door holds of the seats, where they are handed out."""
    opens: datetime | None = None
    """When the session's door opens, in a room that may still be in use."""
    right: ProgrammeSession | None = None
    """Where this person is enrolled at this time."""
    directions: str = ""
    """How to get there."""
    left: ProgrammeSession | None = None
    """The other session they were still in."""
    left_since: datetime | None = None
    anyway: bool = False
    """Whether a supervisor opened this door, whatever the time."""

    @property
    def free(self) -> int | None:
        """Seats this door may give; None where nobody counts."""
        if self.capacity is None:
            return None
        known = max(0, self.capacity - self.inside)
        return known if self.lease is None else max(0, min(known, self.lease.left))

    @property
    def lacks_lease(self) -> bool:
        """Whether there are seats in the room, as far as this door knows, and none of them is this door's to give."""
        known = self.lease is not None and self.capacity is not None
        return known and self.free == 0 and self.inside < (self.capacity or 0)


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
    """The same code at the same place within seconds: the same answer, nothing written, no new sound."""
    doorway: Doorway | None = None
    """At a session's door."""
    newer_at: str = ""
    """The station whose program is newer than this one, in an UPDATE_FIRST answer."""

    @property
    def admitted(self) -> bool:
        """Whether this answer lets the person in."""
        return self.outcome in (Outcome.ADMITTED, Outcome.ATTENTION)
