"""A station among others of its hub, on the network: answering them, and asking them while the hub is away.

It stands beside the loop that speaks with the hub (`sync/loop.py`), hears from it how that goes, and adds to what the
strip says only what another station has signed for.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kiosk.domain.fleet import Vitals
from kiosk.domain.peers import DEFAULT_PEER_PORT, MOST_ADDRESSES, NOBODY_NEARBY, NearbyView, PeerAddress
from kiosk.domain.sync_state import SyncState, SyncStatus
from kiosk.errors import StorageError
from kiosk.services.addresses import own_addresses
from kiosk.services.hub_link import HubLink
from kiosk.services.nearby import Nearby
from kiosk.services.station import Station

if TYPE_CHECKING:
    from kiosk.sync.finding import Finding
    from kiosk.sync.listening import Listener
    from kiosk.sync.loop import SyncLoop
    from kiosk.sync.peers import PeerLoop
    from kiosk.wire.board import Board

AWAY_S = 10.0
"""A hub that has failed for so long is away: stations nearby are asked."""
QUIET_S = 35.0
"""So is one of which nothing was heard at all; a round with it is due every twenty seconds."""
_log = logging.getLogger(__name__)

Tell = Callable[[SyncStatus], None]


class Relay:
    """Everything about stations nearby, for one station. `tell` is handed on what the loop with the hub says."""

    def __init__(
        self,
        station: Station,
        tell: Tell,
        host: str = "0.0.0.0",  # noqa: S104
        port: int = DEFAULT_PEER_PORT,
        board: Callable[[], Board] | None = None,
        named: Sequence[str] = (),
    ) -> None:
        """`named`: addresses at which somebody said that stations may be."""
        self._named = named
        self._station, self._tell, self._host, self._port, self._board = station, tell, host, port, board
        self._changing, self._saying = threading.RLock(), threading.Lock()
        self._status = SyncStatus()
        self._online_at = time.monotonic()
        self._loop: SyncLoop | None = None
        self._wanted: tuple[HubLink, bool] | None = None
        """At which place of which hub, and whether others are answered: what runs is for that."""
        self._nearby: Nearby | None = None
        self._listener: Listener | None = None
        self._peers: PeerLoop | None = None
        self._finding: Finding | None = None
        self._trouble = ""
        self._closed = False

    @property
    def status(self) -> SyncStatus:
        """How things stand, for whoever asks the window."""
        return self._status

    def start(self, loop: SyncLoop) -> None:
        """Begin, beside this loop, which is not started yet."""
        self._loop = loop
        loop.on_written, loop.on_peers = self._wake, self._told
        threading.Thread(target=self.keep_up, name="nearby-start", daemon=True).start()  # nobody waits for a key

    def close(self) -> None:
        """Hang up and end."""
        with self._changing:
            self._closed = True
            self._end()

    # What the loop with the hub says

    def tell(self, status: SyncStatus) -> None:
        """How it goes with the hub; in a thread of the loop."""
        if status.state is SyncState.ONLINE:
            self._online_at = time.monotonic()
        self._say(status)
        if status.state is SyncState.WIPED:
            self.close()
        else:
            self.keep_up()

    def _say(self, status: SyncStatus | None = None) -> None:
        with self._saying:
            if status is not None:
                self._status = replace(status, also_at=())
            if self._status.state is SyncState.OFFLINE and self._nearby is not None and self._peers is not None:
                unsent = self._nearby.stations.unsent(self._nearby.link.hub)
                self._status = replace(self._status, unsent=unsent, also_at=self._peers.holders())
            self._tell(self._status)

    def _met(self) -> None:
        """Stations nearby were asked: how it went may be worth a word. What was written since they hear in a moment."""
        peers = self._peers
        if peers is None or self._status.state is not SyncState.OFFLINE:
            return
        if peers.holders() or not peers.somebody_answers:
            self._say()

    def _is_away(self) -> bool:
        since = time.monotonic() - self._online_at
        failing = self._status.state is SyncState.OFFLINE and since > AWAY_S
        return failing or (since > QUIET_S and self._status.state is not SyncState.REFUSED)

    def _wake(self) -> None:
        peers = self._peers
        if peers is not None:
            peers.wake()

    def _told(self, peers: Sequence[PeerAddress]) -> None:
        """The hub says where others were seen."""
        nearby = self._nearby
        if nearby is not None:
            for peer in peers:
                nearby.may_be_at(peer.device, peer.addresses)

    def _came(self) -> None:
        """Records came from a station nearby: the hub shall have them as soon as it can."""
        if self._loop is not None:
            self._loop.wake()

    # What runs

    def keep_up(self) -> None:
        """Be what the link with the hub and the switch say: they may have changed."""
        with self._changing:
            if self._closed or self._loop is None:
                return
            link = HubLink.read(self._station.store)
            nearby = Nearby(self._station.store, self._station, link) if link is not None and not link.revoked else None
            wanted = (_place(link), nearby is not None and nearby.listens) if link is not None else None
            if wanted == self._wanted:
                return
            self._end()
            self._wanted = wanted
            if nearby is not None:
                self._begin(nearby)

    def _begin(self, nearby: Nearby) -> None:
        from kiosk.sync.peers import PeerLoop

        self._nearby = nearby
        try:
            peers = PeerLoop(nearby, self._is_away, self._came, self._met)
            self._listener = self._listen(nearby) if nearby.listens else None
        except (OSError, ValueError) as error:  # the link holds no certificate that can be used
            _log.warning("no station nearby can be met: %s", error)
            return
        peers.somebody_at(self._named)
        self._finding = self._find(peers)
        peers.start()
        self._peers = peers

    def _find(self, peers: PeerLoop) -> Finding:
        from kiosk.sync.finding import Finding
        from kiosk.wire.board import Board

        finding = Finding(self._is_away, self._own_addresses, peers.somebody_at, self._board or Board)
        finding.start()
        return finding

    def _own_addresses(self) -> tuple[str, ...]:
        """Where others may ask this station; empty where they may not."""
        listener = self._listener
        return own_addresses(listener.port)[:MOST_ADDRESSES] if listener is not None else ()

    def _listen(self, nearby: Nearby) -> Listener | None:
        from kiosk.sync.listening import Listener
        from kiosk.sync.peers import Answers
        from kiosk.sync.tls import answering_context

        try:
            return Listener(answering_context(nearby.link), Answers(nearby, self._came), self._host, self._port)
        except StorageError as error:
            self._trouble = str(error)
            _log.warning("%s", error)
            return None

    def _end(self) -> None:
        running = (self._finding, self._peers, self._listener)
        self._finding = self._peers = self._listener = self._nearby = None
        self._trouble = ""
        for each in running:
            if each is not None:
                each.close()

    # What the window asks

    def view(self) -> NearbyView:
        """How it goes with stations nearby."""
        peers, finding = self._peers, self._finding
        if peers is None:
            return NOBODY_NEARBY
        own, asking = self._own_addresses(), self._is_away()
        trouble = self._trouble or (finding.trouble if finding is not None and asking else "")
        return NearbyView(True, bool(own), own[0] if own else "", asking, peers.states(), trouble)

    def listen(self, on: bool) -> None:
        """Answer others from now on, or no more."""
        nearby = self._nearby
        if nearby is not None:
            nearby.listen(on)
            self.keep_up()

    def be_somewhere(self, vitals: Vitals) -> Vitals:
        """The same, with where other stations may ask this one."""
        return replace(vitals, addresses=self._own_addresses())


def _place(link: HubLink) -> HubLink:
    """The place at the hub, wherever the hub is reached."""
    return replace(link, addresses=())
