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


LOADS = (
    Load(8, 500, 8, "≥ 0.65"),
    Load(8, 50, 20, cpu_limit="≤ 45 us"),
    Load(64, 1, 24, "≥ 1.0"),
)
PROCESSES = (1, 2, 4)
"""Of the hub, on one PostgreSQL."""


def run(tell: Callable[[str], None], name: str, url: str | None) -> list[Row]:
    """Every figure of taking in; on PostgreSQL, what more processes of the hub do beside one, too."""
    rows: list[Row] = []
    for load in LOADS:
        for processes in PROCESSES if url else (1,):
            title = load.title if processes == 1 else f"{load.title}, {processes} processes"
            tell(f"{name}: {title}")
            rows += _ingest(f"{name}: {title}", url, load, processes)
    return rows


def _ingest(name: str, url: str | None, load: Load, processes: int) -> list[Row]:
    with served(url, load.clients, load.batch * load.batches, processes=processes) as hub:
        before = floor(hub, load.batch)
        spent, cpu, waits = under_load(_push(hub, load.batch))
        bare = (before + floor(hub, load.batch)) / 2  # others may use the machine, before or after
    records = load.clients * load.batch * load.batches
    rate = records / spent
    limit, cpu_limit = (load.limit, load.cpu_limit) if processes == 1 else ("", "")
    return [
        Row(f"{name}: records a second", rate, "/s", bare, rate / bare, limit),
        Row(f"{name}: processor of the hub, a record", cpu / records * 1e6, "us", limit=cpu_limit),
        Row(f"{name}: wait for the answer, median", statistics.median(waits) * 1e3, "ms"),
    ]


async def _push(hub: Served, batch: int) -> tuple[float, float, list[float]]:
    """Every station pushes all it has, each as soon as it was answered; (seconds, the hub's processor's, waits)."""
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
    begun, cpu = time.perf_counter(), hub.cpu_s()
    await asyncio.gather(*(push(c, requests) for c, (_o, _c, requests) in zip(connections, prepared, strict=True)))
    spent, cpu = time.perf_counter() - begun, hub.cpu_s() - cpu
    for connection in connections:
        connection.close()
    return spent, cpu, waits
