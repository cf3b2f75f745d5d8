"""How a station that has little fetches much: the hub's records page by page, each taken in like a batch of a round.

Every record is proved as in a round, its device's signature too: whoever passes records on passes on what he would have
refused. Where it was is remembered after each page, so whatever ends it, it goes on from there; a page that comes again
changes nothing. What was added meanwhile comes with the rounds that follow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.admission import DESK
from kiosk.domain.placing import Received
from kiosk.domain.sync_state import Fetched
from kiosk.domain.trust import PROTOCOL
from kiosk.errors import HubRefused
from kiosk.storage import roster
from kiosk.storage.store import Store
from kiosk.sync.client import HubClient
from kiosk.sync.round import Round
from kiosk.wire.snapshot import START, SnapshotPage, read_page

SNAPSHOT = "/v1/snapshot"
AGAIN_S = 600.0
"""What was not taken in the first time comes by rounds, before everything is fetched anew."""
_CURSOR_SETTING = "snapshot_after"


@dataclass(slots=True)
class Snapshot:
    """What one station fetches from one hub."""

    store: Store
    hub: str
    gives: bool = True
    """Whether the hub knows of snapshots; one of an older version does not, and everything comes by rounds."""
    _done_at: float = float("-inf")

    def is_wanted(self, *, lacks_most: bool) -> bool:
        """Whether to fetch now: we lack more than we have, or were in the midst of it."""
        again = time.monotonic() - self._done_at > AGAIN_S
        return self.gives and ((lacks_most and again) or self._cursor() is not None)

    def fetch(
        self, client: HubClient, round_: Round, tell: Callable[[Fetched], object], going_on: Callable[[], bool]
    ) -> Received:
        """Fetch a page, and further ones for as long as it may go on. Raises HubTrouble, to go on there later."""
        received, after = Received(), self._cursor() or START
        while True:
            try:
                page = client.fetch(f"{SNAPSHOT}?after={after}", self._read)
            except HubRefused as error:
                if error.code != "no_such_thing":
                    raise
                self.gives = False
                return received
            received.count(round_.heard(page.records))
            after = page.next
            self._keep(after)
            tell(self._fetched(round_.held(), page))
            if after == START:
                self._done_at = time.monotonic()
            if after == START or not going_on():
                return received

    def _read(self, data: bytes) -> SnapshotPage:
        page = read_page(data)
        if page.hub != self.hub or page.protocol != PROTOCOL:
            raise ValueError("is of another hub")
        return page

    def _fetched(self, held: int, page: SnapshotPage) -> Fetched:
        with self.store.reading():
            people = roster.counts(self.store.view.connection, DESK).people
        return Fetched(people, min(1.0, held / page.total) if page.total else 1.0)

    def _cursor(self) -> str | None:
        kept = self.store.setting(_CURSOR_SETTING, ["", ""])
        return kept[1] if kept[0] == self.hub and kept[1] else None

    def _keep(self, after: str) -> None:
        self.store.set_setting(_CURSOR_SETTING, [self.hub, after])
