"""What the hub says to anyone on the network: that it is one, which protocol it speaks, what time it has."""

from __future__ import annotations

import msgspec

from kiosk import __version__
from kiosk.domain.journal import to_ms
from kiosk.domain.trust import PROTOCOL
from kiosk.hub.routes import ANYONE, Call, Route


class Hello(msgspec.Struct, frozen=True):
    """Nothing in it says whose conference this is, or how many people there are."""

    protocol: int
    app: str
    hub: str
    boot: str
    time_ms: int


async def _hello(call: Call) -> Hello:
    return Hello(PROTOCOL, __version__, call.hub.identity.id, call.hub.boot, to_ms(call.hub.clock()))


ROUTES = (Route("GET", "/v1/hello", "Which hub this is, and what time it has", _hello, ANYONE, gives=Hello),)
