"""What changes the roster: somebody new, or new values for somebody known. Imports, walk-ins and edits all write
these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kiosk.domain.people import Attendee, AttendeeId, Ticket

FieldValue: TypeAlias = str | bool | dict[str, str] | None
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
    replaces: Mapping[str, str] = field(default_factory=dict)
    """Codes that stop counting, each with the code that counts instead."""
    blocks: tuple[str, ...] = ()
    """Codes that no longer open the door."""
    lifts: tuple[str, ...] = ()
    """Records (as text) whose blocks are taken back: exactly those, so a block made elsewhere meanwhile stands."""
    bases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Per field, the records (as text) whose value this change knew of and replaces. Storage fills it in."""


RosterChange: TypeAlias = NewAttendee | ChangedAttendee
