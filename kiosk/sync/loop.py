"""The station's rounds with its hub, in a thread of their own: one at a time, for as long as there is something to say.

A record that is written here goes out within a moment; what others push comes as news; in between there is a round now
and then. Where the hub does not answer, waiting doubles from two seconds to a minute, by chance within that, so that a
hall full of stations does not come back in step. A scan never waits for any of this.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from kiosk import __version__
from kiosk.domain.claims import ALONE, Claim
from kiosk.domain.exchange import Fate, Signed
from kiosk.domain.fleet import Vitals
from kiosk.domain.peers import PeerAddress
from kiosk.domain.sync_state import Fetched, SyncState, SyncStatus
from kiosk.errors import HubBusy, HubRefused, HubTrouble, HubUnavailable, StillUnsent, StorageError
from kiosk.services.hub_link import HubLink
from kiosk.services.retention import Retention
from kiosk.services.seats import Seats
from kiosk.services.station import Station
from kiosk.services.wipe import wipe
from kiosk.storage.database import DriverError
from kiosk.storage.store import Store
from kiosk.sync.beat import Heard, beat
from kiosk.sync.claims import HubClaims
from kiosk.sync.client import HubClient
from kiosk.sync.renewal import kept_up
from kiosk.sync.round import Outcome, Round
from kiosk.sync.snapshot import Snapshot
from kiosk.wire.codec import decode
from kiosk.wire.rounds import SyncAnswer, SyncRequest
from kiosk.wire.seats import SeatsAnswer, SeatsRequest

IDLE_S = 20.0
"""A round at least so often, news or none."""
BEAT_S = 30.0
"""How often the hub hears how this station is."""
SEATS_AGAIN_S = 10.0
"""A hub that has no seats to hand out is not asked again for so long."""
GATHER_S = 0.05
"""What is written within so long goes out together."""
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0
REFUSED_WAIT_S = 30.0
"""A hub that refuses is asked again: somebody may have put it right."""

T = TypeVar("T")
Tell = Callable[[SyncStatus], None]
Look = Callable[[Vitals], Vitals]
"""Adds to what is known of this station what only others here know: its printer, its place."""

_log = logging.getLogger(__name__)


SYNC, HANDOVER = "/v1/sync", "/v1/handover"
"""Where rounds are held; and where a station that was sent away gives what it still has."""


def exchange(client: HubClient, round_: Round, path: str = SYNC) -> Outcome:
    """One round over the network."""
    request: SyncRequest = round_.request()
    asked_ms = round_.now_ms()
    answer = client.ask("POST", path, request, SyncAnswer)
    round_.met_clock(asked_ms, answer)
    return round_.answered(request, answer)


def wait_s(failures: int, chance: random.Random) -> float:
    """How long to wait after so many failures in a row: anything up to a limit that doubles."""
    return chance.uniform(0.2, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures, 10)))


class SyncLoop:
    """Starts with `start`, is woken by what is written here, ends with `close`. `tell` is called in its threads."""

    def __init__(self, store: Store, station: Station, tell: Tell, look: Look = lambda vitals: vitals) -> None:
        self._store, self._station, self._tell, self._look = store, station, tell, look
        self._beaten_at = float("-inf")
        self._status = SyncStatus()
        self._woken, self._hurry, self._closing = threading.Event(), threading.Event(), threading.Event()
        self._clients: list[HubClient] = []
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True)
            for run, name in ((self._run, "sync"), (self._listen, "sync-news"))
        ]
        self._chance = random.Random()
        self._round: Round | None = None
        self._snapshot: Snapshot | None = None
        self.claims: HubClaims | None = None
        """Of the hub that this station belongs to now."""
        self._round_lock = threading.Lock()
        self.on_written: Callable[[], None] = lambda: None
        """Called, like `wake`, when this station has written a record."""
        self.on_peers: Callable[[Sequence[PeerAddress]], None] = lambda _peers: None
        """Told where the hub has seen other stations."""
        self._retention = Retention(store, station)
        self._seats = Seats(store, station)
        self._seats_asked: dict[str, float] = {}
        """When the hub last had no seats of a session for us."""
        self.on_purge: Callable[[], None] = lambda: None
        """Called in the loop's thread when personal data was removed: whoever shows some should let go of it."""

    def start(self) -> None:
        """Begin."""
        self._store.on_record = self._written
        for thread in self._threads:
            thread.start()

    @property
    def status(self) -> SyncStatus:
        """How things stand."""
        return self._status

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    def rejoined(self) -> None:
        """This station has come to belong to a hub, or to another one: hang up, and ask there at once."""
        self._woken.set()
        self._hurry.set()
        for client in list(self._clients):
            client.hang_up()

    def _written(self) -> None:
        self.wake()
        self.on_written()

    def close(self) -> None:
        """Hang up and end; waits for what is being written."""
        self._store.on_record = None
        self._closing.set()
        self._woken.set()
        self._hurry.set()
        for client in list(self._clients):
            client.hang_up()
        for thread in self._threads:
            thread.join()
        if self.claims is not None:
            self.claims.close()

    # Rounds

    def _run(self) -> None:
        failures = 0
        while not self._closing.is_set():
            self._hurry.clear()
            link = HubLink.read(self._store)
            if link is None:
                self._say(SyncStatus())
                self._pause(IDLE_S)
                continue
            self._keep_retention(link)
            client = self._client(link, patient=failures % 2 == 1)  # a hub that is gone is not waited for every time
            try:
                failures = self._rounds(client, link, failures)
            finally:
                self._hang_up(client)

    def _rounds(self, client: HubClient, link: HubLink, failures: int) -> int:
        """Rounds on one connection, until one fails; answers how many have failed in a row by then."""
        while not self._closing.is_set():
            try:
                self._woken.clear()
                outcome = exchange(client, self._round_with(link))
                if self._fetches_much(client, link, outcome):
                    continue
            except HubBusy as error:
                self._pause(error.retry_after_s + self._chance.uniform(0, 1), wakes=False)
                return failures
            except HubRefused as error:
                self._refused(client, link, error)
                return failures
            except Exception as error:
                if not isinstance(error, HubUnavailable | StorageError):
                    _log.exception("a round failed")
                self._failed(link, error)
                self._pause(wait_s(failures, self._chance), wakes=False)
                return failures + 1
            failures = 0
            if self._hurry.is_set():
                return failures  # it belongs to another hub by now
            link.reached_at(self._store, client.address)
            if self.claims is not None:
                self.claims.probe()
            self._online(link, outcome)
            if not outcome.more:
                self._keep_retention(link)
                self._ask_for_seats(client)
                if self._beat(client, link):
                    return failures
                self._pause(IDLE_S)
        return failures

    def _fetches_much(self, client: HubClient, link: HubLink, outcome: Outcome) -> bool:
        """Whether what is lacking here was so much that it was fetched otherwise than round by round."""
        if self._snapshot is None or self._snapshot.hub != link.hub:
            self._snapshot = Snapshot(self._store, link.hub)
        if not self._snapshot.is_wanted(lacks_most=outcome.lacks_most):
            return False
        self._online(link, outcome)

        def tell(fetched: Fetched) -> None:
            self._say(replace(self._status, fetching=fetched))

        # What is written here meanwhile is not to wait for the last page; the next ones come after it.
        self._snapshot.fetch(client, self._round_with(link), tell, lambda: not self._woken.is_set())
        return True

    def _round_with(self, link: HubLink) -> Round:
        with self._round_lock:
            if self._round is None or not self._round.is_with(link):
                self._round = Round(self._store, self._station, link)
                if self.claims is not None:
                    self.claims.close()
                self.claims = HubClaims(link)
            return self._round

    def ask(self, attendee_id: str, place: str) -> Claim:
        """Claims, as `services/claims.py` has them: at the hub that this station belongs to now."""
        claims = self.claims
        return claims.ask(attendee_id, place) if claims is not None else ALONE

    def _pause(self, seconds: float, *, wakes: bool = True) -> None:
        if wakes:
            if self._woken.wait(seconds) and not self._closing.is_set():
                time.sleep(GATHER_S)
            self._woken.clear()
        else:
            self._hurry.wait(seconds)

    # What to say

    def _online(self, link: HubLink, outcome: Outcome) -> None:
        unsent = self._round_with(link).unsent()
        confirmed_at = self._status.confirmed_at if unsent else self._station.clock()
        offset_ms = self._round_with(link).clock_offset_ms
        self._say(SyncStatus(SyncState.ONLINE, unsent, confirmed_at, clock_offset_ms=offset_ms))
        if outcome.received.refusals:
            _log.warning("the hub sent %s records that were refused", len(outcome.received.refusals))

    def _failed(self, link: HubLink, error: Exception) -> None:
        _log.info("the hub: %s", error)
        if isinstance(error.__cause__, ssl.SSLCertVerificationError):
            self._try_former(link)
        unsent = self._round_with(link).unsent()
        self._say(replace(self._status, state=SyncState.OFFLINE, unsent=unsent, says=str(error)))

    def _beat(self, client: HubClient, link: HubLink) -> bool:
        """Say how we are, now and then; and do what was ordered. Whether to connect anew, with other keys."""
        if time.monotonic() - self._beaten_at < BEAT_S:
            return False
        try:
            heard = beat(client, self._vitals(link))
            self._beaten_at = time.monotonic()
            self.on_peers(heard.peers)
            if heard.wipe:
                self._wipe(client, link)
                return False
            return self._keep_up(client, heard)
        except HubTrouble as error:
            _log.info("the hub does not hear how we are: %s", error)
        return False

    def _keep_up(self, client: HubClient, heard: Heard) -> bool:
        """Renew our keys, or follow the hub to its new authority, where it is time to."""
        link = HubLink.read(self._store)
        if link is None:
            return False
        after = kept_up(client, link, heard.authorities, ordered=heard.renew)
        if after == link:
            return False
        after.write(self._store)
        self._beaten_at = float("-inf")  # the hub is to hear us under the new ones
        return True

    def _try_former(self, link: HubLink) -> None:
        """A hub that came back from a backup knows what we showed it before."""
        if link.former is not None:
            link.swapped().write(self._store)

    def _vitals(self, link: HubLink) -> Vitals:
        round_, heard_at = self._round_with(link), self._store.journal.hub_heard_at
        age_s = None if heard_at is None else int(time.monotonic() - heard_at)
        vitals = Vitals(__version__, round_.unsent(), round_.clock_offset_ms, age_s, purged=self._retention.is_purged())
        return self._look(vitals)

    def _wipe(self, client: HubClient, link: HubLink) -> None:
        """Destroy this station's data, once all of it is at the hub."""
        vitals = self._vitals(link)
        try:
            wipe(self._store, self._round_with(link).unsent)
        except StillUnsent as error:
            self._say(replace(self._status, state=SyncState.REFUSED, says=str(error)))
            return
        _log.warning("the data of this station was destroyed as ordered")
        self._closing.set()
        with suppress(HubTrouble):
            beat(client, vitals, wiping=True)
        self._say(SyncStatus(SyncState.WIPED))

    def _ask_for_seats(self, client: HubClient) -> None:
        """Where this is a door, and few of its seats are left: the next portion comes as a record of the hub."""
        for each in self._seats.wanted():
            if self._seats_asked.get(each.session, float("-inf")) > time.monotonic() - SEATS_AGAIN_S:
                continue
            request = SeatsRequest(each.session, each.lease.granted, each.lease.left)
            try:
                answer = client.ask("POST", "/v1/lease", request, SeatsAnswer)
            except HubTrouble as error:
                _log.info("no seats from the hub: %s", error)
                return
            if answer.handed:
                self.wake()
            else:
                self._seats_asked[each.session] = time.monotonic()

    def _keep_retention(self, link: HubLink) -> None:
        """Let go of names when the conference is over. It needs no network: the order lies here."""
        try:
            if self._retention.obey(link.hub, self._round_with(link).unsent):
                self.on_purge()
        except StorageError as error:
            _log.error("personal data could not be removed: %s", error)

    def _refused(self, client: HubClient, link: HubLink, error: HubRefused) -> None:
        _log.warning("the hub refuses: %s", error.code)
        if error.code == "revoked" and not link.revoked:
            replace(link, revoked=True).write(self._store)
        if error.code == "revoked":
            self._hand_over(client, link)
        if error.code == "unknown_device":
            self._try_former(link)
        unsent = self._round_with(link).unsent()
        self._say(replace(self._status, state=SyncState.REFUSED, unsent=unsent, says=str(error)))
        self._beat(client, link)
        self._pause(REFUSED_WAIT_S)

    def _hand_over(self, client: HubClient, link: HubLink) -> None:
        """What was written here and is nowhere else: the hub keeps it aside until an organizer has looked at it."""
        with suppress(HubTrouble):
            while not self._closing.is_set() and exchange(client, self._round_with(link), HANDOVER).more:
                pass

    def _say(self, status: SyncStatus) -> None:
        self._status = status
        self._tell(status)

    # News

    def _listen(self) -> None:
        failures = 0
        while not self._closing.is_set():
            link = self._link_while_there()
            if link is None or self._status.state is not SyncState.ONLINE:
                self._closing.wait(0.2)
                continue
            client = self._client(link)
            try:
                for event, data in client.news():
                    if self._closing.is_set():
                        break  # it was connecting when all others were hung up on
                    failures = 0
                    self._heard(link, event, data)
            except (HubUnavailable, StorageError) as error:
                _log.info("news of the hub: %s", error)
            except Exception:
                _log.exception("news of the hub")
            finally:
                self._hang_up(client)
            self._closing.wait(wait_s(failures, self._chance))
            failures += 1

    def _link_while_there(self) -> HubLink | None:
        """None also where this station's data has just been destroyed, as ordered."""
        with suppress(StorageError, DriverError):
            return HubLink.read(self._store)
        return None

    def _heard(self, link: HubLink, event: str, data: bytes) -> None:
        if event == "ask":
            self.wake()
            return
        try:
            batch = decode(data, list[Signed])
        except ValueError as error:
            raise HubUnavailable("not news") from error
        fates = self._round_with(link).heard(batch).fates
        if fates[Fate.GAP] or fates[Fate.STRANGER]:
            self.wake()  # it came before what it follows

    def _client(self, link: HubLink, *, patient: bool = False) -> HubClient:
        client = HubClient(link, patient=patient)
        self._clients.append(client)
        return client

    def _hang_up(self, client: HubClient) -> None:
        client.close()
        self._clients.remove(client)
