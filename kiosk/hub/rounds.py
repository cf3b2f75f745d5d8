"""The round: a station pushes what the hub lacks, and gets what it lacks and a receipt. Any number of times.

What is acknowledged is on the hub's disk. The hub interprets nothing: it keeps and passes on. Who calls is proved by
their certificate; whose records count, by the devices the organizer accepted, which the hub's own log tells everybody.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from kiosk.domain.exchange import Fate, Head, Signed, Vector
from kiosk.domain.journal import to_ms
from kiosk.domain.messages import Sealed
from kiosk.domain.scope import for_role
from kiosk.domain.trust import PROTOCOL
from kiosk.domain.vectors import Difference, difference, understood
from kiosk.hub import records, seats
from kiosk.hub.devices import DeviceState
from kiosk.hub.hub import Hub
from kiosk.hub.intake import take_in
from kiosk.hub.routes import STATIONS, Call, Refusal, Route, Stream
from kiosk.i18n import _
from kiosk.wire.codec import encode
from kiosk.wire.rounds import MAX_ROUND_BYTES, RECEIPT_SIGNED_AS, Receipt, SyncAnswer, SyncRequest

MAX_UNDER_WAY = 64 * 1024 * 1024
"""Bytes of records that are taken in at a time; whoever pushes more is told to come back in a moment, so that a
returning fleet does not fill the memory.
"""


async def _sync(call: Call) -> SyncAnswer:
    received_ms = to_ms(call.hub.clock())
    request: SyncRequest = call.body
    if request.protocol != PROTOCOL:
        words = _("This station's program speaks another version of the protocol than the hub. Update the older one.")
        raise Refusal(409, "protocol", words)
    with _counted(call.hub, request.push):
        received = await take_in(call.hub, call.device, request.push)
        return await _answer(call, request, received.fates[Fate.REFUSED], received_ms)


@contextmanager
def _counted(hub: Hub, push: Sequence[Signed]) -> Iterator[None]:
    """While this is under way. Raises Refusal where too much is."""
    weight = sum(len(signed.data) if not signed.values else signed.size for signed in push)
    if hub.under_way and hub.under_way + weight > MAX_UNDER_WAY:
        raise Refusal(503, "busy", _("The hub is busy with other stations. Try again in a moment."), retry_after_s=1)
    hub.under_way += weight
    try:
        yield
    finally:
        hub.under_way -= weight


async def _answer(call: Call, request: SyncRequest, refused: int, received_ms: int) -> SyncAnswer:
    hub = call.hub
    ends = await hub.ends.now()
    held, digest = ends.vector, ends.digest
    same, theirs = digest == request.digest, _vector_told(hub, request)
    if hub.barrier.is_up and request.boot == hub.boot and (same or _holds_all(held, theirs)):
        await hub.write(lambda connection: seats.hear(connection, call.device.id))
        hub.barrier.forget()
    batch, more = list[Signed](), False
    if theirs is not None and not same and call.device.state is DeviceState.ACTIVE and _lacks(theirs, held):
        async with hub.sending:
            batch, more = await hub.read(lambda connection: records.records_after(connection, theirs, hub.identity.id))
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
        mark=ends.mark,
        difference=changed,
    )


def _holds_all(held: Vector, theirs: Vector | None) -> bool:
    """Whether everything the station holds is here by now."""
    return theirs is not None and seats.holds_all(held, theirs)


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


def _lacks(theirs: Vector, held: Vector) -> bool:
    """Whether there may be something to send."""
    nowhere = Head()
    for log, head in held.items():
        there = theirs.get(log, nowhere)
        if there.seq != head.seq or there.hash != head.hash or there.holes != head.holes:
            return True
    return False


async def _news(call: Call) -> Stream:
    return Stream(_while_as_it_was(call, call.hub.news.frames(call.device, call.hub.feed)))


async def _while_as_it_was(call: Call, frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The frames, until the station is sent away or is to be something else."""
    async for frame in frames:
        now = call.caller_now
        if now is None or (now.state, now.role) != (call.device.state, call.device.role):
            return
        yield frame


async def _hand_over(call: Call) -> SyncAnswer:
    """A device that was sent away gives what it has, so that it may be wiped. It is kept aside, and nothing comes
    back but the receipt.
    """
    received_ms = to_ms(call.hub.clock())
    request: SyncRequest = call.body
    with _counted(call.hub, request.push):
        received = await take_in(call.hub, call.device, request.push)
        answer = await _answer(call, request, received.fates[Fate.REFUSED], received_ms)
    return msgspec.structs.replace(answer, records=[], more=False)


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
