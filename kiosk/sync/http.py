"""Asking a hub: one question, one answer, over TLS that trusts nobody but this hub's own authority.

Redirects are never followed, proxies never asked, and an answer that does not come from a hub (a hotel's login page, a
cut-off reply) is trouble like no answer at all. It is the standard library's HTTP: one connection, kept open.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kiosk.errors import HubRefused, HubTrouble, HubUnavailable
from kiosk.i18n import _
from kiosk.wire.compress import PACKED, QUICK, WORTH_PACKING_BYTES, pack, unpack

CONNECT_S = 4.0
PATIENT_S = 12.0
"""So long it may take to whoever is patient: a network may be five seconds late each way."""
SILENCE_S = 20.0
"""A hub that says nothing for so long is taken for gone."""
ANSWER_S = 60.0
"""A whole answer takes no longer than this."""
MAX_ANSWER_BYTES = 32 * 1024 * 1024
_MAX_LINE_BYTES = 4 * 1024 * 1024
_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub said, done or refused."""

    status: int
    media_type: str
    data: bytes
    retry_after_s: float | None = None
    """When to ask again, where the hub said so."""

    @property
    def done(self) -> bool:
        """Whether it did what was asked."""
        return self.status == 200

    def json(self) -> dict[str, Any]:
        """The JSON object in it. Raises HubRefused where the hub refused, HubTrouble where it is no hub that speaks."""
        try:
            content = json.loads(self.data)
            if not isinstance(content, dict):
                raise ValueError("no object")
            if not self.done:
                raise HubRefused(str(content["code"])[:40], str(content["text"])[:500])
        except (ValueError, KeyError, RecursionError) as error:
            raise not_the_hub() from error
        return content


def not_the_hub() -> HubUnavailable:
    """What there is to say of a login page, or of anything else that is not the hub."""
    return HubUnavailable(
        _("Something else than the hub answered, perhaps the login page of this network. Check the network.")
    )


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for somebody, in seconds."""

    connect_s: float
    silence_s: float


def patience(*, patient: bool = False) -> Patience:
    """With a hub."""
    return Patience(PATIENT_S if patient else CONNECT_S, SILENCE_S)


IsTheOne = Callable[[ssl.SSLSocket], bool]
"""Whether who shows this certificate is whom we want to speak with."""


class _Connection(http.client.HTTPConnection):
    """HTTP over TLS to an address; the name in the certificate is the hub's, whatever the address."""

    def __init__(
        self,
        host: str,
        port: int,
        server_name: str | None,
        context: ssl.SSLContext,
        is_the_one: IsTheOne,
        wait: Patience,
    ) -> None:
        super().__init__(host, port, timeout=wait.silence_s)
        self._server_name, self._context = server_name, context
        self._is_the_one, self._connect_s = is_the_one, wait.connect_s

    def connect(self) -> None:
        """Connect, and see who answers before a byte is sent."""
        plain = socket.create_connection((self.host, self.port), self._connect_s)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            secure = self._context.wrap_socket(plain, server_hostname=self._server_name)
            plain = secure
            if not self._is_the_one(secure):
                raise ssl.SSLCertVerificationError("somebody else")
            self.sock = secure
            self.sock.settimeout(self.timeout)
        except BaseException:
            plain.close()
            raise


class HubHttp:
    """A connection to one address of a hub, kept open between questions; for one thread. `close` it."""

    def __init__(
        self,
        address: str,
        server_name: str | None,
        context: ssl.SSLContext,
        is_the_one: IsTheOne = lambda _secure: True,
        wait: Patience | None = None,
    ) -> None:
        host, colon, port = address.rpartition(":")
        if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise HubTrouble(_("{address} is no address of a hub.").format(address=address))
        self._address = address
        wait = wait or patience()
        self._connection = _Connection(host.strip("[]"), int(port), server_name, context, is_the_one, wait)
        self._packs = False
        """Whether who answers on this connection has said that it takes packed questions."""

    def ask(self, method: str, path: str, body: bytes | None = None, media_type: str = "application/json") -> Answer:
        """Ask, and hear the whole answer. Raises HubUnavailable, in words."""
        kept = self._connection.sock is not None
        try:
            return self._ask(method, path, body, media_type)
        except HubUnavailable:
            if not kept:
                raise
        return self._ask(method, path, body, media_type)  # what was kept had died; asking twice changes nothing

    def _ask(self, method: str, path: str, body: bytes | None, media_type: str) -> Answer:
        headers = {"content-type": media_type} if body is not None else {}
        headers["accept-encoding"] = PACKED
        if body is not None and self._packs and len(body) >= WORTH_PACKING_BYTES:
            body, headers["content-encoding"] = pack(body, QUICK), PACKED
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            data = _whole(response, time.monotonic() + ANSWER_S)
            self._packs = response.getheader("accept-encoding") == PACKED
            if response.getheader("content-encoding") == PACKED:
                data = unpack(data, MAX_ANSWER_BYTES)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise HubUnavailable(_trouble(error, self._address)) from error
        media = response.getheader("content-type") or ""
        return Answer(response.status, media, data, _seconds(response.getheader("retry-after")))

    def events(self, path: str, silence_s: float) -> Iterator[tuple[str, bytes]]:
        """Server-sent events as (event, data), until the connection breaks. Raises HubUnavailable, in words."""
        try:
            self._connection.timeout = silence_s
            self._connection.request("GET", path, headers={"accept": "text/event-stream"})
            response = self._connection.getresponse()
            if response.status != 200:
                raise HubUnavailable(_("The hub gives no news now."))
            yield from _events(response)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise HubUnavailable(_trouble(error, self._address)) from error
        finally:
            self.close()

    def hang_up(self) -> None:
        """From another thread: whatever is being asked or heard ends now."""
        sock = self._connection.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up."""
        self._packs = False
        self._connection.close()


def _whole(response: http.client.HTTPResponse, until: float) -> bytes:
    """The body, bounded in size and in time. Raises ValueError for more."""
    parts, size = [], 0
    while part := response.read(_PIECE_BYTES):
        size += len(part)
        if size > MAX_ANSWER_BYTES or time.monotonic() > until:
            raise ValueError("more than an answer")
        parts.append(part)
    if response.length:
        raise http.client.IncompleteRead(b"")
    return b"".join(parts)


def _events(response: http.client.HTTPResponse) -> Iterator[tuple[str, bytes]]:
    event = ""
    while line := response.readline(_MAX_LINE_BYTES):
        if not line.endswith(b"\n"):
            raise ValueError("a line without an end")
        name, _colon, value = line.rstrip(b"\r\n").partition(b":")
        if name == b"event":
            event = value.strip().decode("ascii", "replace")
        elif name == b"data":
            yield event, value.strip()
        elif not line.strip():
            event = ""


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else None


def _trouble(error: Exception, address: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("What answers at {address} is not this hub. Nothing was sent to it.").format(address=address)
    if isinstance(error, ConnectionRefusedError | socket.gaierror) or (
        isinstance(error, OSError) and not isinstance(error, ssl.SSLError | ConnectionError | TimeoutError)
    ):
        words = _("No hub answers at {address}. Is it running, and are both in the same network?")
        return words.format(address=address)
    if isinstance(error, TimeoutError):
        return _("The hub at {address} does not answer in time. Is the network overloaded?").format(address=address)
    return _("The connection to the hub at {address} broke off. Try again.").format(address=address)
