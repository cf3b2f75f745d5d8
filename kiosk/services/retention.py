"""The end of a conference at a station: its people's names go when the hub it belongs to has said so, and not before.

Three things are asked first: that the order stands in the log of the hub this station joined, whose signature proves
it; that its date has come, by the hub's clock where that was measured; and that the hub has confirmed everything this
station wrote, so that nothing is removed that is nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from kiosk.domain.journal import from_ms
from kiosk.domain.retention import over_words
from kiosk.errors import StillUnsent
from kiosk.i18n import ngettext
from kiosk.services.station import Station
from kiosk.storage.purge import holds_names, purge, purged_at
from kiosk.storage.retention_view import purge_on_ms
from kiosk.storage.store import Store


class Retention:
    """How long this station keeps who its records are about."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    def obey(self, hub: str, unsent: Callable[[], int]) -> bool:
        """Remove personal data if this hub has ordered it, its date has come, and nothing of this station is here
        only. Answers whether there was any.
        """
        on = self.ordered(hub)
        if on is None or on > self._now() or not holds_names(self._store):
            return False
        with self._store.reading():  # no scan is written between the question and the end
            if unsent():
                return False
            purge(self._store, self._station.clock())
        return True

    def ordered(self, hub: str) -> datetime | None:
        """From when on this hub wants personal data to be gone."""
        with self._store.reading():
            on_ms = purge_on_ms(self._store.view.connection, hub)
        return None if on_ms is None else from_ms(on_ms)

    def purge(self, unsent: Callable[[], int]) -> int:
        """Remove personal data because somebody here wants it; answers how many values.

        Raises StillUnsent, and changes nothing, while the hub has not confirmed everything.
        """
        with self._store.reading():
            left = unsent()
            if left:
                words = ngettext(
                    "{n} record of this station is not at the hub yet. Let it be sent first: kiosk sync --once",
                    "{n} records of this station are not at the hub yet. Let them be sent first: kiosk sync --once",
                    left,
                )
                raise StillUnsent(words.format(n=left))
            return purge(self._store, self._station.clock())

    def is_purged(self) -> bool:
        """Whether there is no personal data here any more."""
        return purged_at(self._store) is not None

    def told(self) -> str:
        """What there is to say of it; empty while personal data is kept."""
        at = purged_at(self._store)
        return over_words(at, self._station.conference.zone_info) if at is not None else ""

    def _now(self) -> datetime:
        """The hub's clock, where it was measured."""
        return self._station.now()
