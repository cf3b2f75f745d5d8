"""Claims at the hub, within a quarter of a second or not at all.

A hub that does not answer in time costs one scan its quarter second. After that nobody asks, until a question in the
background was answered quickly: a hub that hangs must not make a queue.
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
        except (TimeoutError, HubTrouble):
            self._open = False
            return ALONE
        if told.granted:
            return Claim(ClaimState.GRANTED)
        return Claim(ClaimState.TAKEN, Admission(_AT_THE_HUB, from_ms(told.at_ms), place, told.station, ""))

    def probe(self) -> None:
        """Ask in the background whether the hub answers quickly; where nobody asks now, people are let in unasked."""
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
