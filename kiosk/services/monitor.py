"""What a room monitor counts and keeps beside the scans: people without a badge, seats taken, who waits for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.journal import Kind
from kiosk.domain.occupancy import SeatCount
from kiosk.domain.people import Attendee
from kiosk.domain.programme import ProgrammeSession
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.answering import somebody
from kiosk.services.station import Station
from kiosk.storage import doors, programme, roster, seats_view
from kiosk.storage.journal import Journal
from kiosk.storage.store import Store

MOST_SEATS = 100_000
"""Nobody counts more by hand."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for a seat."""

    attendee: Attendee
    since: datetime


class Monitor:
    """The use cases of a room monitor. Everything is a record: who, when, where."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    def headcount(self, session_id: str, change: int, by: str | None = None) -> int:
        """So many more people without a badge are in the room, or fewer; answers how many there are now."""
        with self._store.write() as journal:
            known = doors.occupancy(self._store.view.connection, session_id).uncounted
            now = min(MOST_SEATS, max(0, known + change))
            if now != known:
                actor = self._station.actor(journal, by)
                body = {"change": now - known}
                journal.append(Kind.HEADCOUNT, body, at=self._station.clock(), actor=actor, place=session_id)
        return now

    def count_seats(self, session_id: str, counted: int, by: str | None = None) -> SeatCount:
        """Somebody has counted the seats taken; answers how that compares with what is known."""
        if not 0 <= counted <= MOST_SEATS:
            raise BadInput(_("Enter the number of seats taken, such as 142."))
        with self._store.write() as journal:
            known = doors.occupancy(self._store.view.connection, session_id).total
            actor = self._station.actor(journal, by)
            body = {"counted": counted, "known": known}
            journal.append(Kind.SEATS, body, at=self._station.clock(), actor=actor, place=session_id)
        with self._store.reading():
            return doors.seat_counts(self._store.view.connection, session_id)[0]

    def give_seats_back(self, session_id: str, by: str | None = None) -> int:
        """Give back the seats that are left here, so that other doors may have them; answers how many."""
        with self._store.write() as journal:
            left = seats_view.lease(self._store.view.connection, session_id, journal.device.id).left
            if left > 0:
                actor = self._station.actor(journal, by)
                body = {"session": session_id, "n": left}
                journal.append(
                    Kind.SEATS_RELEASE, body, at=self._station.clock(), actor=actor, place=session_id
                )  # fmt: skip
        return max(0, left)

    def join(self, attendee_id: str, session_id: str, by: str | None = None) -> int:
        """Put somebody on the waiting list; answers their place in it, from 1. Raises BadInput when they are inside."""
        with self._store.write() as journal:
            view = self._store.view.connection
            somebody(view, attendee_id)
            if any(each.place == session_id and each.stay for each in doors.presences(view, attendee_id)):
                raise BadInput(_("This person is inside already."))
            if attendee_id not in self._waiting(session_id):
                self._wait(journal, attendee_id, session_id, True, by)
        with self._store.reading():
            return self._waiting(session_id).index(attendee_id) + 1

    def leave(self, attendee_id: str, session_id: str, by: str | None = None) -> None:
        """Take somebody off the waiting list."""
        with self._store.write() as journal:
            if attendee_id in self._waiting(session_id):
                self._wait(journal, attendee_id, session_id, False, by)

    def waiting(self, session_id: str) -> list[Waiting]:
        """Who waits, first come first."""
        with self._store.reading():
            view = self._store.view.connection
            found = [(roster.by_id(view, person), since) for person, since in doors.waiting(view, session_id)]
        return [Waiting(attendee, since) for attendee, since in found if attendee is not None]

    def open_anyway(self, session_id: str, by: str) -> ProgrammeSession:
        """A supervisor opens a session that is not held here now; answers it. Raises BadInput without a name."""
        if not by.strip():
            raise BadInput(_("Say who decides this."))
        with self._store.write() as journal:
            session = programme.session(self._store.view.connection, session_id)
            if session is None:
                raise BadInput(_("This session is no longer in the programme. Look it up again."))
            actor = self._station.actor(journal, by)
            journal.append(Kind.DOOR_ANYWAY, {}, at=self._station.clock(), actor=actor, place=session_id)
        return session

    def _waiting(self, session_id: str) -> list[str]:
        return [person for person, _since in doors.waiting(self._store.view.connection, session_id)]

    def _wait(self, journal: Journal, attendee_id: str, session_id: str, joined: bool, by: str | None) -> None:
        actor = self._station.actor(journal, by)
        body = {"subject": attendee_id, "joined": joined}
        journal.append(Kind.WAIT, body, at=self._station.clock(), actor=actor, place=session_id)
