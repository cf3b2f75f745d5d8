"""Many badges at once: who there is, what their badges say, what is left to print."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.domain.badge import Badge, badge_of
from kiosk.domain.bulk_badges import Person, values_of
from kiosk.domain.layout_samples import TRIAL_CODE
from kiosk.domain.people import Attendee
from kiosk.errors import BadInput
from kiosk.services.badges import Badges
from kiosk.services.station import Station
from kiosk.storage import badge_list
from kiosk.storage.store import Store


class BulkBadges:
    """Reads through the writer's connection, under its lock."""

    def __init__(self, store: Store, station: Station, badges: Badges) -> None:
        self._store = store
        self._station = station
        self._badges = badges

    def people(self) -> list[Person]:
        """Everybody on the roster, with what became of their badges."""
        with self._store.reading():
            return list(badge_list.people(self._store.connection, self._store.view.connection))

    def types(self) -> list[str]:
        """The registration types on the roster, the most frequent first."""
        return values_of(self.people(), "registration_type")

    def trial(self, attendee: Attendee) -> Badge:
        """What somebody's badge would say, with a code that opens no door: to look at, not to hand out.

        Raises BadInput for a seat without a name.
        """
        return badge_of(attendee, TRIAL_CODE, self._station.conference.title)

    def trials(self, people: Iterable[Person]) -> list[Badge]:
        """The trial badges of everybody who has a name."""
        badges = []
        for person in people:
            try:
                badges.append(self.trial(person.attendee))
            except BadInput:
                continue
        return badges

    def badge(self, attendee_id: str, by: str | None = None) -> Badge:
        """What goes onto a sheet: the badge with its own code, made now where there is none. Raises BadInput."""
        return self._badges.badge(attendee_id, by)
