"""The codes on badges: each issue of a badge has one of its own, and only the newest opens doors."""

from __future__ import annotations

import secrets

from kiosk.domain.codes import new_code
from kiosk.domain.journal import Kind
from kiosk.domain.people import AttendeeId, Ticket, TicketCode, TicketKind, TicketState
from kiosk.domain.roster import ChangedAttendee
from kiosk.services.station import Station
from kiosk.storage import roster
from kiosk.storage.journal import Journal
from kiosk.storage.store import Store

_CODE_BYTES = 10


class BadgeCodes:
    """Finds and makes codes, inside the transaction that needs them."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    def own(self, journal: Journal, attendee_id: AttendeeId, actor: str) -> TicketCode:
        """The person's own live code, made now where there is none."""
        tickets = roster.tickets_of(self._store.view.connection, attendee_id)
        own = (ticket.code for ticket in tickets if ticket.kind is TicketKind.OWN and ticket.state is TicketState.LIVE)
        return next(own, None) or self.new(journal, attendee_id, None, actor)

    def new(self, journal: Journal, attendee_id: AttendeeId, old: TicketCode | None, actor: str) -> TicketCode:
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
