"""Looking at the roster: one person, everyone, how many."""

from __future__ import annotations

from datetime import timedelta

from kiosk.domain.journal import to_ms
from kiosk.domain.people import Attendee, Ticket
from kiosk.services.check_in import DESK
from kiosk.services.station import Station
from kiosk.storage import passages, roster
from kiosk.storage.roster import Counts
from kiosk.storage.store import Store

RATE_WINDOW = timedelta(minutes=10)


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

    def tickets(self, attendee_id: str) -> list[Ticket]:
        """Every code of one person."""
        with self._store.reading():
            return roster.tickets_of(self._store.view.connection, attendee_id)

    def counts(self) -> Counts:
        """How many are known, expected and in."""
        with self._store.reading():
            return roster.counts(self._store.view.connection, self._place)

    def per_minute(self) -> float:
        """People let in a minute, over the last ten minutes."""
        since = to_ms(self._station.clock() - RATE_WINDOW)
        with self._store.reading():
            admitted = passages.admitted_since(self._store.view.connection, self._place, since)
        return admitted / (RATE_WINDOW / timedelta(minutes=1))

    def agencies(self, beginning: str) -> list[str]:
        """Agencies that begin so, the most frequent first."""
        with self._store.reading():
            return roster.agencies(self._store.view.connection, beginning)
