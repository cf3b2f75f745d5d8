"""Rounds with stations nearby while the hub is away, in a thread of its own: one in flight, everybody in turn.

What is written here is told to all that answer within a moment; in between each is asked every few seconds. Who does
not answer is left alone for longer and longer. Where a station may be is a list of addresses that anybody may have
told us; who is there is seen by its certificate before a byte is sent. As long as the hub answers, nobody is asked.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import msgspec

from kiosk.domain.exchange import Fate
from kiosk.domain.peers import MOST_PEERS, Addresses, Peer, PeerState
from kiosk.errors import HubBusy, HubRefused, HubTrouble, StorageError
from kiosk.i18n import _
from kiosk.services.nearby import Nearby
from kiosk.sync.client import understood
from kiosk.sync.http import HubHttp, Patience
from kiosk.sync.listening import Reply
from kiosk.sync.loop import GATHER_S, SYNC, wait_s
from kiosk.sync.peer_round import PeerRound, answer_to
from kiosk.sync.tls import calling_context, device_of
from kiosk.wire.codec import decode, encode
from kiosk.wire.rounds import SyncAnswer, SyncRequest

POLL_S = 2.0
"""So often a station that answers is asked for news, while there are few."""
POLL_EACH_S = 0.5
"""With many, each is asked less often: so long for each of them."""
WATCH_S = 0.5
"""How often it is seen whether the hub is away."""
LAN = Patience(connect_s=1.5, silence_s=8.0)
"""For whom there is nothing but a switch between us."""
TRIED_S = 120.0
"""An address that somebody told of is tried again after so long."""
_MOST_ROUNDS = 200
"""With one station at a time; then it is the next one's turn."""
_BUSY_S = 2.0
"""So long a round waits for the one before it."""

_log = logging.getLogger(__name__)


class Refused(msgspec.Struct, frozen=True):
    """How a refusal looks on the wire, as at the hub."""

    code: str
    text: str


class Answers:
    """This station's answers to others, one round at a time. `heard` is called when records have come."""

    def __init__(self, nearby: Nearby, heard: Callable[[], None]) -> None:
        self._nearby, self._heard = nearby, heard
        self._one = threading.Lock()

    def __call__(self, device: str, path: str, body: bytes) -> Reply:
        """See `listening.Answering`."""
        peer = self._nearby.peers().get(device)
        if peer is None:
            words = _("This station has not heard from the hub that yours belongs to it, or was told that it does not.")
            return _refusal(403, "unknown_device", words)
        if path != SYNC:
            return _refusal(404, "no_such_thing", _("A station has no such thing."))
        if not self._one.acquire(timeout=_BUSY_S):
            return _refusal(503, "busy", _("The station is busy with others."), retry_after_s=1)
        try:
            return self._round(peer, body)
        finally:
            self._one.release()

    def _round(self, peer: Peer, body: bytes) -> Reply:
        try:
            answer, received = answer_to(self._nearby, peer, decode(body, SyncRequest))
        except ValueError:
            return _refusal(400, "not_understood", _("The request is not what a station expects."))
        except HubRefused as error:
            return _refusal(409, error.code, str(error))
        except StorageError as error:
            _log.error("a station nearby was not answered: %s", error)
            return _refusal(503, "not_saved", str(error), retry_after_s=5)
        if received.fates[Fate.TAKEN]:
            self._heard()
        return Reply(200, encode(answer))


def _refusal(status: int, code: str, text: str, retry_after_s: int | None = None) -> Reply:
    return Reply(status, encode(Refused(code, text)), retry_after_s)


@dataclass(slots=True)
class _Course:
    """How it goes with one station."""

    round: PeerRound
    due: float = 0.0
    failures: int = 0
    met: datetime | None = None
    """When a round with it last went well."""
    lacks: int | None = None
    """How many of our own records it had not said to hold then…"""
    own_end: tuple[str, int] = ("", 0)
    """… when our own log went as far as this."""

    @property
    def answers(self) -> bool:
        """Whether it answered when it was asked last."""
        return self.met is not None and not self.failures


class PeerLoop:
    """Starts with `start`, is woken by what is written here, ends with `close`.

    `is_needed`: whether the hub is away. `heard` is called when records have come, `met` when everybody was asked
    whose turn it was; both in this thread.
    """

    def __init__(
        self, nearby: Nearby, is_needed: Callable[[], bool], heard: Callable[[], None], met: Callable[[], None]
    ) -> None:
        self._nearby, self._is_needed, self._heard, self._met = nearby, is_needed, heard, met
        self._context = calling_context(nearby.link)
        self._woken, self._closing = threading.Event(), threading.Event()
        self._line: HubHttp | None = None
        self._chance = random.Random()
        self._courses: dict[str, _Course] = {}
        self._asked = False
        self._strangers: dict[str, None] = {}
        self._tried: dict[str, float] = {}
        """Addresses at which a stranger was met, or nobody, and when to try again."""
        self._thread = threading.Thread(target=self._run, name="peers", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to tell."""
        self._woken.set()

    def close(self) -> None:
        """Hang up and end; waits for what is being written."""
        self._closing.set()
        self._woken.set()
        line = self._line
        if line is not None:
            line.hang_up()
        self._thread.join()

    def somebody_at(self, addresses: Sequence[str]) -> None:
        """There may be stations at these addresses, whoever said so."""
        known = {address for found in self._nearby.addresses().values() for address in found[:1]}
        now = time.monotonic()
        self._tried = {address: until for address, until in self._tried.items() if until > now}
        for address in addresses:
            if len(self._strangers) < MOST_PEERS and address not in known and address not in self._tried:
                self._strangers[address] = None

    def ask_everybody(self, addresses: Sequence[str]) -> None:
        """Once, in the caller's thread: rounds with everybody, and first see who is at these addresses."""
        self.somebody_at(addresses)
        while self._strangers:
            self._see_who_is_there()
        known = self._nearby.addresses()
        for course in self._courses_with(known):
            self._ask(course, known[course.round.peer.device], POLL_S)

    def states(self) -> list[PeerState]:
        """How it goes with everybody the hub has told of."""
        courses = dict(self._courses)
        peers = sorted(self._nearby.peers().values(), key=lambda peer: peer.name)
        return [self._state_of(peer, courses.get(peer.device)) for peer in peers]

    def _state_of(self, peer: Peer, course: _Course | None) -> PeerState:
        stations = self._nearby.stations
        lacks = stations.unsent(peer.device) if stations.receipts_of(peer.device) else None
        if course is None:
            return PeerState(peer.name, peer.role, None, lacks)
        return PeerState(peer.name, peer.role, course.met, lacks, course.answers)

    def holders(self) -> list[str]:
        """Stations that have said, and signed, that they hold all that was written here until this moment."""
        end = self._own_end()
        return sorted(c.round.peer.name for c in list(self._courses.values()) if c.lacks == 0 and c.own_end == end)

    @property
    def somebody_answers(self) -> bool:
        """Whether anybody answered when asked last."""
        return any(course.answers for course in list(self._courses.values()))

    def _own_end(self) -> tuple[str, int]:
        journal = self._nearby.store.journal
        return journal.log, journal.end

    # Whose turn it is

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                pause_s = self._turn() if self._is_needed() else WATCH_S
            except Exception:
                _log.exception("stations nearby")
                pause_s = wait_s(1, self._chance)
            if self._woken.wait(pause_s) and not self._closing.is_set():
                self._closing.wait(GATHER_S)
                self._woken.clear()
                self._tell_all()

    def _tell_all(self) -> None:
        """Something is new: everybody who answers hears it at once."""
        for course in self._courses.values():
            if not course.failures:
                course.due = 0.0

    def _turn(self) -> float:
        """Ask whoever's turn it is; answers how long to wait then."""
        self._see_who_is_there()
        addresses = self._nearby.addresses()
        courses = self._courses_with(addresses)
        at_most_s = WATCH_S if self._strangers else POLL_S
        if not courses:
            return at_most_s
        course, now = min(courses, key=lambda each: each.due), time.monotonic()
        if course.due > now:
            self._tell_met()
            return min(course.due - now, at_most_s)
        self._ask(course, addresses[course.round.peer.device], max(POLL_S, POLL_EACH_S * len(courses)))
        return 0.0

    def _courses_with(self, addresses: Addresses) -> list[_Course]:
        """Everybody who counts, and whose address is known."""
        peers = self._nearby.peers()
        for device in [device for device in self._courses if device not in peers]:
            del self._courses[device]
        for device, peer in peers.items():
            if device not in self._courses or self._courses[device].round.peer != peer:
                self._courses[device] = _Course(PeerRound(self._nearby, peer))
        return [course for device, course in self._courses.items() if addresses.get(device)]

    def _tell_met(self) -> None:
        """Everybody was asked whose turn it was: say how it stands, once and not after each."""
        asked, self._asked = self._asked, False
        if asked:
            self._met()

    def _ask(self, course: _Course, addresses: Sequence[str], poll_s: float) -> None:
        try:
            self._hold_rounds(course, addresses)
            course.failures = 0
            course.met = self._nearby.station.clock()
            with self._nearby.store.reading():
                course.own_end = self._own_end()
                course.lacks = self._nearby.stations.unsent(course.round.peer.device)
            course.due = time.monotonic() + poll_s * self._chance.uniform(0.75, 1.25)
        except HubBusy as error:
            course.due = time.monotonic() + error.retry_after_s + self._chance.uniform(0, 1)
        except (HubTrouble, StorageError) as error:
            _log.info("a station nearby: %s", error)
            course.due = time.monotonic() + wait_s(course.failures, self._chance)
            course.failures += 1
        self._asked = True

    # On the line

    def _hold_rounds(self, course: _Course, addresses: Sequence[str]) -> None:
        """Rounds with one station, at whichever address it is. Raises HubTrouble, StorageError."""
        device, trouble = course.round.peer.device, HubTrouble(_("No address of the station is known."))
        for address in addresses:
            if self._closing.is_set():
                break
            try:
                line = self._dial(address, lambda secure: device_of(secure) == device)
                try:
                    self._speak(line, course.round)
                finally:
                    self._put_down(line)
            except (HubBusy, HubRefused):
                raise
            except HubTrouble as error:
                trouble = error
                continue
            self._nearby.may_be_at(device, [address])
            return
        raise trouble

    def _speak(self, line: HubHttp, round_: PeerRound) -> None:
        for _n in range(_MOST_ROUNDS):
            request = round_.request()
            answer = understood(line.ask("POST", SYNC, encode(request)), SyncAnswer)
            outcome = round_.answered(request, answer)
            if outcome.received.fates[Fate.TAKEN]:
                self._heard()
            if not outcome.more or self._closing.is_set():
                return

    def _see_who_is_there(self) -> None:
        """Who is at an address that somebody told of? A handshake says it. One a turn: known stations do not wait."""
        if not self._strangers:
            return
        address = next(iter(self._strangers))
        del self._strangers[address]
        self._tried[address] = time.monotonic() + TRIED_S
        device = self._who_is_at(address)
        if device in self._nearby.peers():
            assert device is not None
            self._nearby.may_be_at(device, [address])
            if device in self._courses:
                self._courses[device].due = 0.0

    def _who_is_at(self, address: str) -> str | None:
        shown: list[str | None] = []

        def see_and_leave(secure: ssl.SSLSocket) -> bool:
            shown.append(device_of(secure))
            return False

        line = self._dial(address, see_and_leave)
        with suppress(HubTrouble):
            line.ask("POST", SYNC)
        self._put_down(line)
        return shown[0] if shown else None

    def _dial(self, address: str, is_the_one: Callable[[ssl.SSLSocket], bool]) -> HubHttp:
        self._line = line = HubHttp(address, None, self._context, is_the_one, LAN)
        return line

    def _put_down(self, line: HubHttp) -> None:
        self._line = None
        line.close()
