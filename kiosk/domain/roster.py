"""What changes the roster: somebody new, or new values for somebody known. Imports, walk-ins and edits all write these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kiosk.domain.people import Attendee, AttendeeId, Ticket

FieldValue: TypeAlias = str | bool | None | dict[str, str]
"""What an attendee's field may hold; `extras` is the mapping, merged by key."""


@dataclass(frozen=True, slots=True)
class NewAttendee:
    """Somebody the roster did not know."""

    attendee: Attendee
    tickets: tuple[Ticket, ...] = ()
    source_ids: tuple[str, ...] = ()
    """Names other systems have for this registration, `system:id`, such as `eventbrite:11880000000`."""


@dataclass(frozen=True, slots=True)
class ChangedAttendee:
    """New values for somebody known, with the values the change was made in knowledge of."""

    attendee_id: AttendeeId
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    was: Mapping[str, FieldValue] = field(default_factory=dict)
    tickets: tuple[Ticket, ...] = ()
    """Codes to add; a code already known to belong to this person is added once."""
    source_ids: tuple[str, ...] = ()


RosterChange: TypeAlias = NewAttendee | ChangedAttendee
