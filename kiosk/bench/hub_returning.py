"""A fleet that comes back at once after an outage.

Every station pushes what it has in one round, tells how far it holds every log, is given what it lacks as far as a
round goes, and a receipt. Of every fourth the first answer is lost, so that it sends all again.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

import sqlalchemy as sa

from kiosk.bench.hub_floors import floor
from kiosk.bench.hub_served import Client, Connection, Served, answer, answered, opened, served, under_load
from kiosk.bench.rows import Row
from kiosk.domain.exchange import Head
from kiosk.domain.journal import record_hash
from kiosk.hub.hub import open_hub
from kiosk.hub.record_tables import record_table
from kiosk.hub.records import heads_of
from kiosk.wire.codec import decode
from kiosk.wire.rounds import Receipt, SyncAnswer

STATIONS, RECORDS = 200, 360
LOST_ANSWER = 4
_chance = random.Random(1)


def run(tell: Callable[[str], None], name: str, url: str | None) -> list[Row]:
    """How long until all have their receipts, and what lies at the hub then."""
    tell(f"{name}: {STATIONS} stations come back")
    with served(url, STATIONS, RECORDS) as hub:
        bare = floor(hub, RECORDS)
        spent, confirmed = under_load(_come_back(hub))
        hub.process.terminate()
        hub.process.wait()
        held = _held(hub)
    expected = {client.log: _end_of(client) for client in hub.clients}
    lost = sum(RECORDS for log, end in expected.items() if confirmed.get(log) != end or held.get(log) != (end, end.seq))
    double = sum(max(0, rows - end.seq) for end, rows in held.values())
    title = f"{name}: {STATIONS * RECORDS:,} records from {STATIONS} stations that come back"
    floor_s = STATIONS * RECORDS / bare
    return [
        Row(title, spent, "s", floor_s, spent / floor_s, "≤ 8 s"),
        Row(f"{name}: of these lost", lost, "records", limit="0"),
        Row(f"{name}: of these twice", double, "records", limit="0"),
    ]


def _end_of(client: Client) -> Head:
    return Head(len(client.records), record_hash(client.records[-1].data).hex())


async def _come_back(hub: Served) -> tuple[float, dict[str, Head]]:
    """Seconds until every station has a receipt, and what the receipts say."""
    connections = [await opened(hub, client) for client in hub.clients]
    confirmed: dict[str, Head] = {}

    async def station(n: int, client: Client) -> None:
        request = client.request(client.records, {client.log: _end_of(client)})
        if n % LOST_ANSWER == 0:
            await _until_answered(connections[n], request)
        body = await _until_answered(connections[n], request)
        receipt = decode(decode(body, SyncAnswer).receipt.content, Receipt)
        confirmed.update({log: head for log, head in receipt.heads.items() if log == client.log})

    await answered(connections[0], hub.clients[0].request([]))
    begun = time.perf_counter()
    await asyncio.gather(*(station(n, client) for n, client in enumerate(hub.clients)))
    spent = time.perf_counter() - begun
    for connection in connections:
        connection.close()
    return spent, confirmed


async def _until_answered(connection: Connection, request: bytes) -> bytes:
    while (body := await answer(connection, request)) is None:
        await asyncio.sleep(1 + _chance.random())
    return body


def _held(hub: Served) -> dict[str, tuple[Head, int]]:
    """Where every log ends at the hub, and how many records of it lie there."""
    opened_again = open_hub(hub.folder, hub.key, hub.url)
    try:
        with opened_again.database.read() as connection:
            counted = sa.select(record_table.c.log, sa.func.count()).group_by(record_table.c.log)
            rows = {row[0]: row[1] for row in connection.execute(counted)}
            return {log: (head, rows[log]) for log, head in heads_of(connection, list(rows)).items()}
    finally:
        opened_again.close()
