"""Seats that are handed out, at a door: which it should ask for now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kiosk.domain.programme import ProgrammeSession
from kiosk.domain.seats import Lease
from kiosk.services.station import Station
from kiosk.storage import programme, seats_view
from kiosk.storage.database import Connection
from kiosk.storage.store import Store

AHEAD = timedelta(minutes=15)
"""So long before a session's door opens its first seats are asked for."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A session of which this door has few seats left."""

    session: str
    lease: Lease


def seats_to_hand_out(store: Store, session_id: str) -> int | None:
    """How many seats a session has that are handed out; None where they are not."""
    with store.reading():
        view = store.view.connection
        session = programme.session(view, session_id)
        return capacity_handed_out(view, session) if session is not None and not session.cancelled else None


def capacity_handed_out(view: Connection, session: ProgrammeSession) -> int | None:
    """The same, of a session that is at hand."""
    room = programme.room(view, session.room)
    if room is None or not room.handed_out:
        return None
    return session.capacity if session.capacity is not None else room.capacity


class Seats:
    """The seats of the room whose door this station is."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    def wanted(self) -> list[Wanted]:
        """What to ask for now: sessions at this door, open or about to be, of which few seats are left here."""
        if not self._station.room:
            return []
        now = self._station.now()
        with self._store.reading():
            view, device = self._store.view.connection, self._store.journal.device.id
            held = programme.sessions_in(view, self._station.room, now, now + _DAY)
            due = [each for each in held if each.opens - AHEAD <= now and not each.cancelled]
            handed_out = [each for each in due if capacity_handed_out(view, each) is not None]
            leases = [Wanted(each.id, seats_view.lease(view, each.id, device)) for each in handed_out]
        return [each for each in leases if each.lease.is_low]
