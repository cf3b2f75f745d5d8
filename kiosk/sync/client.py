"""The hub as the loop speaks with it: at whatever address answers, and nothing but the hub's own answers count.

A portal's page, a cut reply, a redirect or an error leave everything as it was, and are said in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from kiosk.errors import HubBusy, HubTrouble, HubUnavailable
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.sync.http import Answer, HubHttp, not_the_hub, patience
from kiosk.sync.tls import station_context
from kiosk.wire.codec import decode, encode

NEWS_SILENCE_S = 40.0
"""The hub sends an empty line every fifteen seconds."""
_BUSY = (408, 429, 502, 503, 504)

T = TypeVar("T")


def understood(answer: Answer, kind: type[T]) -> T:
    """What was answered. Raises HubBusy, HubRefused with the hub's words, HubUnavailable where it is no answer."""
    return _content(answer, "application/json", lambda data: decode(data, kind))


def _content(answer: Answer, media_type: str, read: Callable[[bytes], T]) -> T:
    if answer.status in _BUSY:
        raise HubBusy(_("The hub is busy."), answer.retry_after_s or 1.0)
    if not answer.done:
        answer.json()  # raises what the hub says, or that it is none
    try:
        if not answer.media_type.startswith(media_type):
            raise ValueError("not what was asked for")
        return read(answer.data)
    except ValueError as error:
        raise not_the_hub() from error


class HubClient:
    """The hub of one link, for one thread at a time. `close` it. `patient`: over a network that may be very slow."""

    def __init__(self, link: HubLink, *, patient: bool = False) -> None:
        self._link, self._patient = link, patient
        self._context = station_context(link)
        self._http: HubHttp | None = None
        self.address = ""
        """Where the hub answered last."""

    def ask(self, method: str, path: str, body: Any, kind: type[T]) -> T:
        """Ask the hub. Raises HubUnavailable where nothing of ours answers, HubBusy, or HubRefused with its words."""
        return understood(self._somewhere(method, path, encode(body) if body is not None else None), kind)

    def fetch(self, path: str, read: Callable[[bytes], T]) -> T:
        """Fetch something packed. `read` raises ValueError where it is not what was asked for."""
        return _content(self._somewhere("GET", path, None), "application/zstd", read)

    def _somewhere(self, method: str, path: str, data: bytes | None) -> Answer:
        """Ask at every address the hub may have, the last good one first."""
        if self._http is not None:
            return self._http.ask(method, path, data)
        trouble: HubTrouble = HubUnavailable(_("The hub has no address. Join it again."))
        for address in self._link.addresses:
            http = self._at(address)
            try:
                answer = http.ask(method, path, data)
            except HubUnavailable as error:
                self.close()
                trouble = error
                continue
            self.address = address
            return answer
        raise trouble

    def _at(self, address: str) -> HubHttp:
        self._http = HubHttp(address, self._link.server_name, self._context, wait=patience(patient=self._patient))
        return self._http

    def news(self) -> Iterator[tuple[str, bytes]]:
        """What other stations push, as (event, data), until the connection breaks. Raises HubUnavailable."""
        for address in self._link.addresses[:1]:
            yield from self._at(address).events("/v1/news", NEWS_SILENCE_S)

    def hang_up(self) -> None:
        """From another thread: whatever is being asked or listened to ends now."""
        if self._http is not None:
            self._http.hang_up()

    def close(self) -> None:
        """Let go of the connection."""
        http, self._http = self._http, None
        if http is not None:
            http.close()
