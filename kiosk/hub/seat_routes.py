"""Where doors ask for seats."""

from __future__ import annotations

from kiosk.domain.trust import DeviceRole
from kiosk.hub import seats
from kiosk.hub.routes import STATIONS, Call, Refusal, Route
from kiosk.i18n import _
from kiosk.services.seats import seats_to_hand_out
from kiosk.wire.seats import SeatsAnswer, SeatsRequest


async def _lease(call: Call) -> SeatsAnswer:
    hub = call.hub
    wanted: SeatsRequest = call.body
    capacity = await hub.board.ask(lambda store, _station: seats_to_hand_out(store, wanted.session))
    if capacity is None:
        raise Refusal(404, "not_handed_out", _("The seats of this session are not handed out."))
    write = seats.writer(hub.identity.device, hub.boot, hub.clock())
    return await hub.write(lambda connection: seats.hand_out(connection, write, call.device.id, wanted, capacity))


ROUTES = (
    Route(
        "POST",
        "/v1/lease",
        "A door's seats run low: the next portion, if there is one",
        _lease,
        STATIONS - {DeviceRole.KIOSK},
        takes=SeatsRequest,
        gives=SeatsAnswer,
        refuses=(404,),
    ),
)
