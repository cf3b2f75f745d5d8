"""Looking at the roster: one person, everyone, how many."""

from __future__ import annotations

from kiosk.domain.admission import DESK
from kiosk.domain.people import Attendee, Ticket
from kiosk.services.station import Station
from kiosk.storage import roster
from kiosk.storage.roster import Counts
from kiosk.storage.store import Store


class Roster:
    """Reads through the writer's connection, under its lock."""

    def __init__(self, store: Store, station: Station, place: str = DESK) -> None:
        self._store = store
        self._station = station
        self._place = place

    def attendee(self, attendee_id: str) -> Attendee | None:
        """One person, as the roster has them now."""
        with self._store.reading():
            return roster.by_id(self._store.view.connection, attendee_id)

    def holder(self, code: str) -> Attendee | None:
        """Whose code this is."""
        with self._store.reading():
            found = roster.by_code(self._store.view.connection, code)
        return found[0] if found else None

    def tickets(self, attendee_id: str) -> list[Ticket]:
        """Every code of one person."""
        with self._store.reading():
            return roster.tickets_of(self._store.view.connection, attendee_id)

    def counts(self) -> Counts:
        """How many are known, expected and in."""
        with self._store.reading():
            return roster.counts(self._store.view.connection, self._place)

    def agencies(self, beginning: str) -> list[str]:
        """Agencies that begin so, the most frequent first."""
        with self._store.reading():
            return roster.agencies(self._store.view.connection, beginning)
