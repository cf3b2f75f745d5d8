"""The round: a station pushes what the hub lacks, and gets what it lacks and a receipt. Any number of times.

What is acknowledged is on the hub's disk. The hub interprets nothing: it keeps and passes on. Who calls is proved by
their certificate; whose records count, by the devices the organizer accepted, which the hub's own log tells everybody.
"""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain.exchange import Fate, Vector, digest_of
from kiosk.domain.journal import to_ms
from kiosk.domain.messages import Sealed, Vouched
from kiosk.domain.placing import Received
from kiosk.domain.scope import for_role
from kiosk.domain.trust import PROTOCOL
from kiosk.domain.vectors import Difference, difference, understood
from kiosk.hub import records, taking
from kiosk.hub.database import Connection, note
from kiosk.hub.devices import DeviceState, KnownDevice, role_of
from kiosk.hub.hub import Hub
from kiosk.hub.news import RECORDS
from kiosk.hub.records import Announced
from kiosk.hub.routes import STATIONS, Call, Refusal, Route, Stream
from kiosk.i18n import _
from kiosk.wire.codec import encode
from kiosk.wire.rounds import MAX_ROUND_BYTES, RECEIPT_SIGNED_AS, Receipt, SyncAnswer, SyncRequest

MAX_ROUNDS = 8
"""So many at a time; others are told to come back in a moment, so that a returning fleet is no storm."""


async def _sync(call: Call) -> SyncAnswer:
    received_ms = to_ms(call.hub.clock())
    request: SyncRequest = call.body
    if request.protocol != PROTOCOL:
        words = _("This station's program speaks another version of the protocol than the hub. Update the older one.")
        raise Refusal(409, "protocol", words)
    if call.hub.rounds >= MAX_ROUNDS:
        raise Refusal(503, "busy", _("The hub is busy with other stations. Try again in a moment."), retry_after_s=1)
    call.hub.rounds += 1
    try:
        received = await _take_in(call, request)
        refused = received.fates[Fate.REFUSED]
        return await call.hub.read(lambda connection: _answer(connection, call, request, refused, received_ms))
    finally:
        call.hub.rounds -= 1


async def _take_in(call: Call, request: SyncRequest) -> Received:
    hub = call.hub
    devices = hub.devices.all()
    if not request.push and hub.told is devices:
        return Received()
    received = await hub.write(lambda connection: _placed(connection, hub, request, devices, call.device.id))
    hub.told = devices
    if received.fates[Fate.TAKEN]:
        hub.news.tell(received.taken, by=call.device.id)
    return received


def _placed(
    connection: Connection, hub: Hub, request: SyncRequest, devices: Sequence[KnownDevice], by: str
) -> Received:
    own, counting = hub.identity.device, _counting(devices, hub.devices.expected())
    keys = {device: said.key for device, said in counting.items()}
    roles = {device.id: device.role for device in devices}
    received = taking.take_in(connection, keys, own, request.push, roles, by)
    if hub.told is not devices and records.announce(connection, own, hub.boot, counting, hub.clock()):
        received.add(taking.release(connection, keys, own, roles))
    if received.fates[Fate.TAKEN]:
        note(connection, RECORDS)
    return received


def _counting(devices: Sequence[KnownDevice], expected: Sequence[Vouched]) -> dict[str, Announced]:
    """Devices whose records count: those let in, and those that are to join anew."""
    counting = {each.device: Announced(each.key, each.name, role_of(each)) for each in expected}
    active = [device for device in devices if device.state is DeviceState.ACTIVE]
    return counting | {device.id: Announced(device.sign_key, device.name, device.role) for device in active}


def _answer(connection: Connection, call: Call, request: SyncRequest, refused: int, received_ms: int) -> SyncAnswer:
    hub = call.hub
    held = records.vector(connection)
    digest, mark = digest_of(held), hub.past.keep(held)
    same, theirs = digest == request.digest, _vector_told(hub, request)
    gives = theirs is not None and not same and call.device.state is DeviceState.ACTIVE
    batch, more = records.records_after(connection, theirs or {}) if gives else ([], False)
    changed = _changed(hub, request, held)
    heads = {log: held[log] for log in request.unconfirmed if log in held}
    receipt = encode(Receipt(hub.identity.id, hub.boot, call.device.id, heads))
    return SyncAnswer(
        protocol=PROTOCOL,
        hub=hub.identity.id,
        boot=hub.boot,
        digest=digest,
        vector=None if same or changed else held,
        vector_wanted=not same and theirs is None,
        records=for_role(call.device.role, batch),
        more=more,
        receipt=Sealed(receipt, hub.identity.device.key.sign(RECEIPT_SIGNED_AS + receipt)),
        refused=refused,
        received_ms=received_ms,
        sent_ms=to_ms(hub.clock()),
        mark=mark,
        difference=changed,
    )


def _vector_told(hub: Hub, request: SyncRequest) -> Vector | None:
    """How far the station holds every log; None where it did not say, or we do not remember what it starts from."""
    if request.vector is not None or request.difference is None:
        return request.vector
    base = hub.past.find(request.difference.base)
    return None if base is None else understood(base, request.difference)


def _changed(hub: Hub, request: SyncRequest, held: Vector) -> Difference | None:
    """Our own vector as what differs from the one the station remembers, where we do, too."""
    base = hub.past.find(request.difference.base) if request.difference is not None else None
    return None if base is None or request.difference is None else difference(base, request.difference.base, held)


async def _news(call: Call) -> Stream:
    return Stream(call.hub.news.frames(call.device, call.hub.feed))


async def _hand_over(call: Call) -> SyncAnswer:
    """A device that was sent away gives what it has, so that it may be wiped. It is kept aside, and nothing comes
    back but the receipt.
    """
    received_ms = to_ms(call.hub.clock())
    request: SyncRequest = call.body
    received = await _take_in(call, request)
    refused = received.fates[Fate.REFUSED]
    return await call.hub.read(lambda c: _answer(c, call, request, refused, received_ms))


ROUTES = (
    Route(
        "POST",
        "/v1/sync",
        "One round: records and a vector in, records, a vector and a receipt out",
        _sync,
        STATIONS,
        takes=SyncRequest,
        gives=SyncAnswer,
        max_bytes=MAX_ROUND_BYTES,
        refuses=(409,),
    ),
    Route(
        "POST",
        "/v1/handover",
        "What a station that was sent away still has: kept aside, until an organizer has looked at it",
        _hand_over,
        STATIONS,
        takes=SyncRequest,
        gives=SyncAnswer,
        max_bytes=MAX_ROUND_BYTES,
        even_revoked=True,
    ),
    Route(
        "GET",
        "/v1/news",
        "What other stations push, as it comes: a frame of records, or that there is more than a frame holds",
        _news,
        STATIONS,
        gives=Stream,
        media_type="text/event-stream",
    ),
)
