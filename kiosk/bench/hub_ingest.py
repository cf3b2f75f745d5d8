"""How fast a hub takes in what stations push: over TLS, with every signature and chain proved, beside the bare rows."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kiosk.bench.hub_floors import floor
from kiosk.bench.hub_served import Connection, Served, answered, opened, served, under_load
from kiosk.bench.rows import Row


@dataclass(frozen=True, slots=True)
class Load:
    """So many stations push so many records each, so many in a request, one request after the other."""

    clients: int
    batch: int
    batches: int
    limit: str = ""
    cpu_limit: str = ""

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.clients} stations x {self.batch}"


BULK = Load(8, 500, 8, "≥ 0.65")
MIDDLE = Load(8, 50, 20, cpu_limit="≤ 45 us")
SINGLE = Load(64, 1, 24, "≥ 1.0")


def run(tell: Callable[[str], None], name: str, url: str | None) -> list[Row]:
    """Every figure of taking in, and on PostgreSQL what more processes of the hub do beside one."""
    rows: list[Row] = []
    for load in (BULK, MIDDLE, SINGLE):
        tell(f"{name}: {load.title} records a request")
        rows += _ingest(f"{name}: {load.title}", url, load)
    for load in (BULK, SINGLE) if url else ():
        for processes in (2, 4):
            tell(f"{name}: {load.title} records a request, {processes} processes")
            rows += _ingest(f"{name}: {load.title}, {processes} processes", url, load, processes)
    return rows


def _ingest(name: str, url: str | None, load: Load, processes: int = 1) -> list[Row]:
    with served(url, load.clients, load.batch * load.batches, processes=processes) as hub:
        before = floor(hub, load.batch)
        cpu = hub.cpu_s()
        spent, waits = under_load(_push(hub, load.batch))
        cpu = hub.cpu_s() - cpu
        bare = (before + floor(hub, load.batch)) / 2  # others may use the machine, before or after
    records = load.clients * load.batch * load.batches
    rate = records / spent
    single = processes == 1
    return [
        Row(f"{name}: records a second", rate, "/s", bare, rate / bare, load.limit if single else ""),
        Row(
            f"{name}: processor of the hub, a record", cpu / records * 1e6, "us", limit=load.cpu_limit if single else ""
        ),
        Row(f"{name}: wait for the answer, median", statistics.median(waits) * 1e3, "ms"),
    ]


async def _push(hub: Served, batch: int) -> tuple[float, list[float]]:
    """Every station pushes all it has, each as soon as it was answered; (seconds, waits)."""
    waits: list[float] = []
    hubs = [hub, *hub.others]
    prepared = [(hubs[n % len(hubs)], client, client.requests(batch)) for n, client in enumerate(hub.clients)]
    connections = [await opened(one, client) for one, client, _requests in prepared]

    async def push(connection: Connection, requests: Sequence[bytes]) -> None:
        for request in requests:
            begun = time.perf_counter()
            while not await answered(connection, request):
                await asyncio.sleep(0.05)  # a station comes back in a moment, and so do we
            waits.append(time.perf_counter() - begun)

    for connection, (_one, client, _requests) in zip(connections, prepared, strict=True):
        await answered(connection, client.request([]))  # they have met before
    begun = time.perf_counter()
    await asyncio.gather(*(push(c, requests) for c, (_o, _c, requests) in zip(connections, prepared, strict=True)))
    spent = time.perf_counter() - begun
    for _reader, writer in connections:
        writer.close()
    return spent, waits
