"""News for connected stations: what one station pushed is sent on to the others at once, not at their next round.

A frame holds the records themselves, encoded once for each kind of listener; who falls behind, or is told of more than
a frame holds, is told to ask for a round instead. Nothing rests on news: whatever is missed comes with the next round.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from kiosk.domain.exchange import Signed
from kiosk.domain.scope import for_role
from kiosk.hub.devices import KnownDevice
from kiosk.hub.feed import Feed, Watch
from kiosk.wire.codec import encode

RECORDS = "records"
"""The feed's topic: something was taken in."""
FRAME_S = 0.08
"""Nobody gets frames oftener than that: what comes within so long of the one before is one frame."""
SETTLE_S = 0.02
"""So long after it rang, what was committed together has been handed over, and the first frame of a lull leaves."""
HEARTBEAT_S = 15.0
"""An empty line now and then, so that both ends notice when the other is gone."""
MAX_FRAME_BYTES = 256 * 1024
ASK = b"event: ask\ndata:\n\n"
"""There is more than a frame holds: ask for a round."""


@dataclass(slots=True, eq=False)
class _Listener:
    device: KnownDevice
    watch: Watch
    spoke: bool = False
    """What rang was its own push."""
    waiting: list[bytes] = field(default_factory=list)
    size: int = 0


class News:
    """Who listens, in the server's loop."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()

    def tell(self, batch: Sequence[Signed], by: str) -> None:
        """These records were taken in, pushed by this device."""
        roles = {listener.device.role for listener in self._listeners}
        frames = {role: encode(for_role(role, batch)) for role in roles}
        for listener in self._listeners:
            if listener.device.id == by:
                listener.spoke = True
            else:
                frame = frames[listener.device.role]
                listener.size += len(frame)
                listener.waiting.append(frame if listener.size <= MAX_FRAME_BYTES else b"")

    async def frames(self, device: KnownDevice, feed: Feed) -> AsyncIterator[bytes]:
        """Server-sent events for one station, until it hangs up."""
        listener = _Listener(device, feed.watch(RECORDS))
        self._listeners.add(listener)
        try:
            yield ASK  # what came before it listened
            last = 0.0
            while True:
                try:
                    await asyncio.wait_for(listener.watch.next(), HEARTBEAT_S)
                except TimeoutError:
                    yield b":\n\n"
                    continue
                await asyncio.sleep(max(SETTLE_S, last + FRAME_S - time.monotonic()))
                last = time.monotonic()
                if frame := _frame(listener):
                    yield frame
        finally:
            listener.watch.close()
            self._listeners.discard(listener)


def _frame(listener: _Listener) -> bytes:
    waiting, listener.waiting, listener.size = listener.waiting, [], 0
    spoke, listener.spoke = listener.spoke, False
    if b"" in waiting or not (waiting or spoke):
        return ASK  # more than fits, or another process of the hub took it in
    return b"".join(b"data: " + frame + b"\n\n" for frame in waiting)
