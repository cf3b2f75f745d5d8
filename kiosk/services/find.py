"""Finding somebody by what a volunteer types."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.admission import DESK
from kiosk.domain.people import Attendee
from kiosk.domain.verdicts import Admission
from kiosk.storage import programme, roster
from kiosk.storage.search_index import SearchIndex
from kiosk.storage.store import Store
from kiosk.storage.view_reader import ViewReader

WIDER = 8
"""At a door so many times as many are looked at: those enrolled there may not be among the best matches."""

LONGEST_QUERY = 200
"""Characters looked at: nobody types more, and a paste must not stop the desk."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody the search found, and whether they are in."""

    attendee: Attendee
    admission: Admission | None
    enrolled: bool = False
    """Has a place in the session that was asked about."""


class Find:
    """Search on a reading connection of its own, in whatever one thread calls it first."""

    def __init__(self, store: Store, place: str = DESK) -> None:
        self._store = store
        self._place = place
        self._reader = ViewReader(store)

    def find(self, text: str, limit: int = 12, session: str = "") -> list[Found]:
        """Who this may be, best first; nobody for fewer than two letters. At the door of a session, those enrolled in
        it come first.
        """
        text = text[:LONGEST_QUERY].strip()
        if len(text) < 2 and not any(ord(letter) > 0x2E7F for letter in text):  # one Chinese character is a surname
            return []
        view = self._reader.connection()
        looked_at = limit * WIDER if session else limit
        attendees = roster.by_number(view, SearchIndex(view).find(text, looked_at))
        place = session or self._place
        found = [
            Found(
                attendee,
                roster.admission_of(view, attendee.id, place),
                bool(session) and programme.is_enrolled(view, attendee.id, session),
            )
            for attendee in attendees
        ]
        return sorted(found, key=lambda each: not each.enrolled)[:limit]

    def close(self) -> None:
        """Give the connection back."""
        self._reader.close()
