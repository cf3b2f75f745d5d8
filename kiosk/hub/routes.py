"""What a route of the hub is: one table says who may call it, what it takes, what it gives and how it refuses.

The same table serves requests (`app.py`) and describes them (`openapi.py`), so that the description is true.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kiosk.domain.trust import DeviceRole
from kiosk.hub.devices import KnownDevice
from kiosk.hub.hub import Hub

ANYONE: frozenset[DeviceRole] = frozenset()
"""Whoever reaches the hub, with or without a certificate."""
DEVICES = frozenset(DeviceRole)
"""Every device that was accepted."""
STATIONS = DEVICES - {DeviceRole.DASHBOARD}
"""Devices at which people work."""

SMALL_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked: who calls, and what they say."""

    hub: Hub
    caller: KnownDevice | None
    """The device whose certificate was shown; None only where anyone may call."""
    body: Any
    """What `Route.takes` names, decoded; bytes where it is bytes; None where there is none."""
    path: Mapping[str, str]
    query: Mapping[str, str]
    address: str
    """Where the call comes from: for limits, never for trust."""
    cookies: Mapping[str, str] = field(default_factory=dict)

    @property
    def device(self) -> KnownDevice:
        """The caller, where only devices may call."""
        assert self.caller is not None
        return self.caller

    @property
    def caller_now(self) -> KnownDevice | None:
        """The caller as the organizer has it at this moment: while an answer streams, it may be sent away."""
        return self.hub.devices.with_certificate(self.caller.fingerprint) if self.caller is not None else None


class Refusal(Exception):
    """The request is refused: a status, a code for programs, a sentence for people."""

    def __init__(self, status: int, code: str, text: str, retry_after_s: int | None = None) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.retry_after_s = status, code, text, retry_after_s


class Refused(msgspec.Struct, frozen=True):
    """How every refusal looks on the wire."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that is not JSON."""

    data: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """Its own; they take the place of the strict ones of the same name."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer in pieces, as server-sent events or as one long body. It ends when the hub closes."""

    pieces: AsyncIterator[bytes]
    media_type: str = "text/event-stream"


Answer = msgspec.Struct | Raw | Stream
Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """One thing a hub can be asked."""

    method: str
    path: str
    """As in `/v1/devices/{id}/revoke`."""
    summary: str
    handler: Handler
    roles: frozenset[DeviceRole]
    takes: type | None = None
    """A msgspec struct (JSON), or `bytes` for a body the handler reads itself."""
    gives: type = Raw
    """A msgspec struct (JSON), `Raw` or `Stream`."""
    media_type: str = "application/json"
    """Of what it gives."""
    max_bytes: int = SMALL_BYTES
    """A longer body is refused before it is read."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Names of what may stand behind the `?`, with what each is for."""
    even_revoked: bool = False
    """Whether a device that was revoked is still heard: to hand over what it has, and to be told to wipe itself."""
    refuses: tuple[int, ...] = ()
    """Statuses of its own refusals, beside those every route has."""
