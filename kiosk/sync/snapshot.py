"""How a station that has little fetches much: the hub's records page by page, each taken in like a batch of a round.

Every record is proved as in a round, its device's signature too: whoever passes records on passes on what he would have
refused. Where it was is remembered after each page, so whatever ends it, it goes on from there; a page that comes again
changes nothing. What was added meanwhile comes with the rounds that follow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.domain.placing import Received
from kiosk.domain.sync_state import Fetched
from kiosk.domain.trust import PROTOCOL
from kiosk.errors import HubRefused, HubTrouble
from kiosk.storage.store import Store
from kiosk.sync.client import HubClient
from kiosk.sync.round import Round
from kiosk.wire.snapshot import START, SnapshotPage, read_page

Tell = Callable[[Fetched], object]

SNAPSHOT = "/v1/snapshot"
AGAIN_S = 600.0
"""What was not taken in the first time comes by rounds, before everything is fetched anew."""
FOLDED_EVERY_S = 60.0
"""Where pages come slowly, what has come is known after so long; less often where that takes its time."""
_CURSOR_SETTING = "snapshot_after"


@dataclass(slots=True)
class Snapshot:
    """What one station fetches from one hub."""

    store: Store
    hub: str
    gives: bool = True
    """Whether the hub knows of snapshots; one of an older version does not, and everything comes by rounds."""
    _done_at: float = float("-inf")
    _folded_at: float = field(default_factory=time.monotonic)
    _fold_s: float = 0.0
    _share: float = 0.0

    def is_wanted(self, *, lacks_most: bool) -> bool:
        """Whether to fetch now: we lack more than we have, or were in the midst of it."""
        again = time.monotonic() - self._done_at > AGAIN_S
        return self.gives and ((lacks_most and again) or self._cursor() is not None)

    def fetch(self, client: HubClient, round_: Round, tell: Tell, going_on: Callable[[], bool]) -> Received:
        """Fetch a page, and further ones for as long as it may go on. Raises HubTrouble, to go on there later."""
        received = Received()
        try:
            while self._page(client, round_, received, tell):
                if time.monotonic() - self._folded_at > max(FOLDED_EVERY_S, 20 * self._fold_s):
                    self._fold(tell)
                if not going_on():
                    return received
        except HubTrouble:
            self._fold(tell)  # what has come is known, for as long as the rest does not come
            raise
        self._fold(tell)
        return received

    def _page(self, client: HubClient, round_: Round, received: Received, tell: Tell) -> bool:
        """Fetch the next page; whether there are more."""
        after = self._cursor() or START
        try:
            page = client.fetch(f"{SNAPSHOT}?after={after}", self._read)
        except HubRefused as error:
            if error.code != "no_such_thing":
                raise
            self.gives = False
            return False
        received.count(round_.heard(page.records, later=True))
        self._keep(page.next)
        self._share = min(1.0, round_.held() / page.total) if page.total else 1.0
        tell(Fetched(self._share))
        if page.next == START:
            self._done_at = time.monotonic()
        return page.next != START

    def _fold(self, tell: Tell) -> None:
        begun = time.monotonic()
        self.store.fold_the_rest(lambda people: tell(Fetched(self._share, people)))
        self._folded_at = time.monotonic()
        self._fold_s = self._folded_at - begun

    def _read(self, data: bytes) -> SnapshotPage:
        page = read_page(data)
        if page.hub != self.hub or page.protocol != PROTOCOL:
            raise ValueError("is of another hub")
        return page

    def _cursor(self) -> str | None:
        kept = self.store.setting(_CURSOR_SETTING, ["", ""])
        return kept[1] if kept[0] == self.hub and kept[1] else None

    def _keep(self, after: str) -> None:
        self.store.set_setting(_CURSOR_SETTING, [self.hub, after])
