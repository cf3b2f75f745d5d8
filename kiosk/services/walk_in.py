"""Registering somebody on the spot."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from kiosk.domain.codes import new_code
from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import Kind
from kiosk.domain.people import Attendee, AttendeeId, Ticket, TicketKind
from kiosk.domain.roster import FieldValue, NewAttendee
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.edit import clean_value
from kiosk.services.find import Find, Found
from kiosk.services.station import Station
from kiosk.storage.roster import write_changes
from kiosk.storage.store import Store


class WalkIn:
    """New people at the desk. They are registered here; letting them in is `CheckIn.admit`."""

    def __init__(self, store: Store, station: Station, find: Find) -> None:
        self._store = store
        self._station = station
        self._find = find

    def add(self, fields: Mapping[str, FieldValue], by: str | None = None) -> Attendee:
        """Put a new attendee on the roster, with a code of our own. Raises BadInput without a name."""
        clean = {name: clean_value(name, value) for name, value in fields.items()}
        if not clean.get("last") and not clean.get("first"):
            raise BadInput(_("Enter a name."))
        attendee_id = AttendeeId(new_id(secrets.token_bytes(ID_BYTES)))
        attendee = replace(Attendee(attendee_id, registration_type=_("Walk-in")), **clean)  # type: ignore[arg-type]
        ticket = Ticket(new_code(secrets.token_bytes(10)), attendee_id, TicketKind.OWN)
        change = NewAttendee(attendee, (ticket,))
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            write_changes(
                journal, self._store.view, Kind.WALKIN, [change], at=self._station.clock(), actor=actor,
                body={"attendee": attendee_id},
            )  # fmt: skip
        return attendee

    def similar(self, first: str, last: str) -> list[Found]:
        """People already on the roster who may be the same: to look at before adding. Never merged by themselves."""
        return self._find.find(f"{first} {last}", limit=4)
