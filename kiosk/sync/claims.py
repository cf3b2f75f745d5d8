"""Claims at the hub, within a quarter of a second or not at all.

A hub that does not answer in time costs one scan its quarter second. After that nobody asks, until a question in the
background was answered quickly: a hub that hangs must not make a queue. A network in which that goes to and fro,
because it loses a fifth of everything, is left alone for longer each time.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock

from kiosk.domain.claims import ALONE, Claim, ClaimState
from kiosk.domain.journal import from_ms
from kiosk.domain.verdicts import Admission, RecordId
from kiosk.errors import HubTrouble
from kiosk.services.hub_link import HubLink
from kiosk.sync.client import HubClient
from kiosk.wire.claims import ClaimAnswer, ClaimRequest

BUDGET_S = 0.25
QUICK_S = 0.23
"""A hub that answers a background question this quickly is asked again before people are let in."""
LONGEST_PAUSE_S = 60.0
"""So long nobody asks a hub that fell silent again and again."""
STEADY = 20
"""So many answers in time make that forgotten."""
_AT_THE_HUB = RecordId("claim", 0)
"""In place of the other station's record, which is not here yet."""


class HubClaims:
    """Claims of one station at its hub. `ask` is called where people wait; `probe` from the loop. `close` it."""

    def __init__(self, link: HubLink) -> None:
        self._client = HubClient(link)
        self._asking = ThreadPoolExecutor(1, "claims")
        self._lock = Lock()
        self._open = False
        self._probing: Future[None] | None = None
        self._answers, self._again_at, self._pause_s = 0, 0.0, 0.0

    @property
    def is_open(self) -> bool:
        """Whether the hub is asked."""
        return self._open

    def ask(self, attendee_id: str, place: str) -> Claim:
        """See `services/claims.py`. Takes a quarter of a second at most, and no time at all where the hub is away."""
        if not self._open:
            return ALONE
        request = ClaimRequest(attendee_id, place)
        answer = self._asking.submit(self._client.ask, "POST", "/v1/claim", request, ClaimAnswer)
        try:
            told = answer.result(BUDGET_S)
        except TimeoutError:
            self._fell_silent()
            return ALONE
        except HubTrouble:
            self._open = False  # which cost nobody anything
            return ALONE
        self._answers += 1
        if self._answers == STEADY:
            self._pause_s = 0.0
        if told.granted:
            return Claim(ClaimState.GRANTED)
        return Claim(ClaimState.TAKEN, Admission(_AT_THE_HUB, from_ms(told.at_ms), place, told.station, ""))

    def _fell_silent(self) -> None:
        """Somebody has waited. Once may happen: it is asked again as soon as it answers; after that, ever later."""
        self._open, self._answers = False, 0
        self._again_at = time.monotonic() + self._pause_s
        self._pause_s = min(LONGEST_PAUSE_S, max(2.0, 2 * self._pause_s))

    def probe(self) -> None:
        """Ask in the background whether the hub answers quickly; where nobody asks now, people are let in unasked."""
        if time.monotonic() < self._again_at:
            return
        with self._lock:
            if not self._open and (self._probing is None or self._probing.done()):
                self._probing = self._asking.submit(self._probe)

    def _probe(self) -> None:
        with suppress(HubTrouble):
            self._client.ask("GET", "/v1/hello", None, dict)  # the first one on a connection pays for the handshake
            began = time.monotonic()
            self._client.ask("GET", "/v1/hello", None, dict)
            self._open = time.monotonic() - began <= QUICK_S

    def close(self) -> None:
        """Hang up."""
        self._open = False
        self._client.hang_up()
        self._asking.shutdown(cancel_futures=True)
        self._client.close()
