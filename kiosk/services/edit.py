"""Changing what the roster says of somebody, at the desk: a note, a badge name, the name of an unnamed seat."""

from __future__ import annotations

import json
from collections.abc import Mapping

from kiosk.domain.journal import Kind
from kiosk.domain.people import FIELDS, Attendee, AttendeeId, Status
from kiosk.domain.roster import ChangedAttendee, FieldValue
from kiosk.domain.typed import one_line
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.station import Station
from kiosk.storage import roster
from kiosk.storage.roster import write_changes
from kiosk.storage.store import Store

LONGEST_TEXT = 500
"""Characters of a field typed by hand."""

_FLAGS = frozenset({"attention", "unpaid", "placeholder"})


class Edit:
    """Edits made on this station."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    def set(self, attendee_id: str, fields: Mapping[str, FieldValue], by: str | None = None) -> Attendee:
        """Give fields new values and answer the person as they are now. Values already there are not written again.

        Raises BadInput, in words, for a field or value that cannot be; NotSaved when the disk refuses.
        """
        clean = {name: clean_value(name, value) for name, value in fields.items()}
        with self._store.write() as journal:
            view = self._store.view
            now = roster.by_id(view.connection, attendee_id)
            if now is None:
                raise BadInput(_("This person is no longer on the roster. Search again."))
            if now.placeholder and clean.get("last") and "placeholder" not in clean:
                clean["placeholder"] = False  # the seat has a name now
            new = {name: value for name, value in clean.items() if getattr(now, name) != value}
            if not new:
                return now
            was: dict[str, FieldValue] = {name: getattr(now, name) for name in new}
            change = ChangedAttendee(AttendeeId(attendee_id), new, was)
            actor = self._station.actor(journal, by)
            write_changes(journal, view, Kind.EDIT, [change], at=self._station.clock(), actor=actor)
        with self._store.reading():
            changed = roster.by_id(self._store.view.connection, attendee_id)
        return changed or now

    def block(self, attendee_id: str, code: str, by: str | None = None) -> None:
        """Stop a code from opening the door: a lost or stolen badge."""
        change = ChangedAttendee(AttendeeId(attendee_id), blocks=(code,))
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            write_changes(journal, self._store.view, Kind.REVOKE, [change], at=self._station.clock(), actor=actor)

    def revealed(self, attendee_id: str, by: str | None = None) -> None:
        """Keep that somebody looked at masked contact details."""
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            journal.append(Kind.REVEAL, {"subject": attendee_id}, at=self._station.clock(), actor=actor)


def clean_value(name: str, value: FieldValue) -> FieldValue:
    """A typed value as the roster keeps it. Raises BadInput for what does not belong there."""
    if name not in FIELDS:
        raise BadInput(_("There is no field called {name}.").format(name=json.dumps(name)))
    if name in _FLAGS:
        return bool(value)
    if name == "sworn":
        return None if value is None else bool(value)
    text = one_line(str(value or ""))
    if len(text) > LONGEST_TEXT:
        raise BadInput(_("This is too long: {n} characters at most.").format(n=LONGEST_TEXT))
    if name == "status":
        try:
            return Status(text)
        except ValueError as error:
            raise BadInput(_("A status is one of: {list}.").format(list=", ".join(Status))) from error
    return text
