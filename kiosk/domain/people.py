"""Who is expected: attendees and the codes that stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

AttendeeId = NewType("AttendeeId", str)
"""26 Crockford base32 characters, 128 random bits; never derived from anything about the person."""

TicketCode = NewType("TicketCode", str)
"""What a ticket's QR holds, as its seller wrote it: leading zeros and letter case kept."""


class Status(StrEnum):
    """What the roster says about somebody's place at the conference."""

    COMING = "coming"
    PENDING = "pending"
    CANCELLED = "cancelled"
    WAITLISTED = "waitlisted"


class TicketState(StrEnum):
    """Whether a code still opens the door."""

    LIVE = "live"
    REPLACED = "replaced"
    BLOCKED = "blocked"


class TicketKind(StrEnum):
    """Where a code comes from."""

    OWN = "own"
    """Made here, 16 Crockford characters, printed on our badges."""
    NUMBER = "number"
    """The conference's own attendee number (`000001`)."""
    VENDOR = "vendor"
    """A ticket seller's barcode, secret or confirmation number."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """One person on the roster. Texts are plain and may be empty; nothing in them is markup."""

    id: AttendeeId
    first: str = ""
    last: str = ""
    badge_name: str = ""
    pronoun: str = ""
    title: str = ""
    """Rank or title: Sgt., Chaplain, Dr."""
    agency: str = ""
    agency_type: str = ""
    """Local, State, Federal, Tribal, Campus…"""
    sworn: bool | None = None
    registration_type: str = ""
    status: Status = Status.COMING
    email: str = ""
    phone: str = ""
    access_need: str = ""
    note: str = ""
    """For the desk, shown at check-in."""
    attention: bool = False
    """Call somebody over: VIP, speaker, press."""
    unpaid: bool = False
    to_sign: str = ""
    """A document this person still has to sign."""
    language: str = ""
    number: str = ""
    """The conference's own number, leading zeros kept."""
    placeholder: bool = False
    """A seat whose person is not named yet ("TBD TBD")."""
    extras: Mapping[str, str] = field(default_factory=dict)
    """Columns of the roster we have no field for, by their header."""

    @property
    def name(self) -> str:
        """How staff say it: badge name where given, else title, first and last."""
        return self.badge_name or self.full_name

    @property
    def full_name(self) -> str:
        """Title, first and last name."""
        return " ".join(part for part in (self.title, self.first, self.last) if part)


FIELDS: tuple[str, ...] = tuple(name for name in Attendee.__dataclass_fields__ if name not in ("id", "extras"))
"""Names of the fields a roster or an edit may set, in the order of the class."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right somebody presents: a code and whether it still counts."""

    code: TicketCode
    attendee_id: AttendeeId
    kind: TicketKind = TicketKind.VENDOR
    state: TicketState = TicketState.LIVE
    replaced_by: TicketCode | None = None
