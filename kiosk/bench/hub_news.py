"""How soon what one station pushed is known at all the others that listen, and how soon a hub ends under them."""

from __future__ import annotations

import asyncio
import random
import signal
import statistics
import time
from collections.abc import Callable

from kiosk.bench.hub_served import Connection, Served, answered, opened, served, under_load
from kiosk.bench.rows import Row

STREAMS, SCANS = 200, 20
_chance = random.Random(1)


def run(tell: Callable[[str], None], name: str, url: str | None) -> list[Row]:
    """How soon a scan is known at every other station, and how soon the hub ends under all of them."""
    tell(f"{name}: {STREAMS} stations listen")
    with served(url, STREAMS + 1, SCANS + 1) as hub:
        waits, end_s = under_load(_listen(hub))
    waits.sort()
    return [
        Row(f"{name}: scan here, known there, median", statistics.median(waits) * 1e3, "ms", limit="≤ 300 ms"),
        Row(f"{name}: the same, {STREAMS} streams, p99", waits[int(0.99 * len(waits))] * 1e3, "ms", limit="≤ 150 ms"),
        Row(f"{name}: SIGTERM to the end, {STREAMS} streams open", end_s, "s", limit="≤ 2 s"),
    ]  # fmt: skip


async def _listen(hub: Served) -> tuple[list[float], float]:
    """How long after a scan was pushed each listener has it; and how long the hub takes to end under them."""
    pusher, *others = hub.clients
    request, *requests = pusher.requests(1)
    connection = await opened(hub, pusher)
    while not await answered(connection, request):
        await asyncio.sleep(0.05)
    listeners = [await opened(hub, client) for client in others]
    for listener in listeners:
        listener.write(b"GET /v1/news HTTP/1.1\r\nhost: hub\r\n\r\n")
    for listener in listeners:
        await listener.read(b"event: ask\ndata:\n\n")
    waits: list[float] = []

    async def hear(listener: Connection, begun: float) -> None:
        await listener.read(b"data: ")
        await listener.read(b"\n\n")
        waits.append(time.perf_counter() - begun)

    for each in requests:
        await asyncio.sleep(_chance.uniform(0, 0.3))  # scans come when they come
        begun = time.perf_counter()
        heard = [asyncio.ensure_future(hear(listener, begun)) for listener in listeners]
        while not await answered(connection, each):
            await asyncio.sleep(0.01)
        await asyncio.gather(*heard)
    begun = time.perf_counter()
    hub.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(hub.process.wait)
    end_s = time.perf_counter() - begun
    for each_connection in [connection, *listeners]:
        each_connection.close()
    return waits, end_s
