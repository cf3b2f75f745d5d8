"""Where claims are made."""

from __future__ import annotations

from kiosk.domain.journal import to_ms
from kiosk.domain.trust import DeviceRole
from kiosk.hub.claims import claim
from kiosk.hub.routes import STATIONS, Call, Route
from kiosk.wire.claims import ClaimAnswer, ClaimRequest


async def _claim(call: Call) -> ClaimAnswer:
    now_ms = to_ms(call.hub.clock())
    return await call.hub.write(lambda connection: claim(connection, call.device, call.body, now_ms))


ROUTES = (
    Route(
        "POST",
        "/v1/claim",
        "Somebody is about to be let in: may this station, or was another one first?",
        _claim,
        STATIONS - {DeviceRole.ORGANIZER},
        takes=ClaimRequest,
        gives=ClaimAnswer,
    ),
)
