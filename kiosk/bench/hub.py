"""The hub under load: a process of its own, over TLS, with every signature and chain proved.

Beside each rate stands its floor: the same rows put bare into the same database, by one connection, in transactions of
the same size. `KIOSK_BENCH_DATABASE=postgresql://…` measures PostgreSQL instead of SQLite (an empty database: what is
written stays).
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.bench.rows import Row
from kiosk.domain.exchange import Signed
from kiosk.domain.ids import new_id
from kiosk.domain.journal import NO_PREDECESSOR, Kind, canonical, record_hash
from kiosk.domain.trust import PROTOCOL, DeviceRole, fingerprint
from kiosk.hub.devices import DeviceState, KnownDevice, put_device
from kiosk.hub.hub import open_hub
from kiosk.services.hub_link import HubLink
from kiosk.storage.database import connect
from kiosk.storage.keys import PASSPHRASE_VARIABLE, data_key
from kiosk.sync.tls import station_context
from kiosk.wire.codec import encode
from kiosk.wire.rounds import SyncRequest

DATABASE_VARIABLE = "KIOSK_BENCH_DATABASE"
CLIENTS_IN_BULK, BATCH, BATCHES = 8, 500, 4
CLIENTS_AT_ONCE, SINGLES = 64, 12
MIDDLE_CLIENTS, MIDDLE_BATCH, MIDDLE_BATCHES = 8, 50, 10
STREAMS, SCANS = 200, 20
NO_DIGEST = "0" * 16
"""Nobody's vector: the hub then compares, as in a round that brings something."""

_log_table = """create table if not exists bench_record (
  log text not null, seq bigint not null, hash {blob} not null, data {blob} not null, signature {blob} not null,
  primary key (log, seq))"""


@dataclass(frozen=True, slots=True)
class Client:
    """A station that pushes: its place at the hub, and its signed records."""

    link: HubLink
    records: list[Signed]

    def requests(self, batch: int) -> list[bytes]:
        """What it sends, request by request."""
        log = json.loads(self.records[0].data)["log"]
        parts = [self.records[n : n + batch] for n in range(0, len(self.records), batch)]
        bodies = [encode(SyncRequest(PROTOCOL, NO_DIGEST, None, part, [log])) for part in parts]
        return [
            b"POST /v1/sync HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
            % (len(body), body)
            for body in bodies
        ]


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """Every figure of the hub."""
    url = os.environ.get(DATABASE_VARIABLE)
    name = "PostgreSQL" if url else "SQLite"
    rows: list[Row] = []
    for title, clients, records, batch, limit in (
        ("{n} stations x 500", CLIENTS_IN_BULK, BATCH * BATCHES, BATCH, "≥ 0.65"),
        ("{n} stations x 50", MIDDLE_CLIENTS, MIDDLE_BATCH * MIDDLE_BATCHES, MIDDLE_BATCH, ""),
        ("{n} stations x 1", CLIENTS_AT_ONCE, SINGLES, 1, "≥ 1.0"),
    ):
        tell(f"{name}: {clients} stations, {batch} records a request")
        rows += _ingest(f"{name}: {title.format(n=clients)}", url, clients, records, batch, limit)
    tell(f"{name}: {STREAMS} stations listen")
    rows += _news(name, url)
    return rows


# A hub in a process of its own


@dataclass(slots=True)
class Served:
    """A hub that serves, and its stations."""

    process: subprocess.Popen[str]
    port: int
    clients: list[Client]
    folder: Path
    key: bytes

    def cpu_s(self) -> float:
        """Processor time it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _served(url: str | None, clients: int, records: int) -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as made:
        folder = Path(made)
        os.environ.setdefault(PASSPHRASE_VARIABLE, "only for the bench")
        key = data_key(folder)
        hub = open_hub(folder, key, url)
        try:
            stations = [_client(hub, records) for _ in range(clients)]
        finally:
            hub.close()
        database = ["--database", url] if url else []
        command = [
            sys.executable,
            "-m",
            "kiosk",
            "--data",
            made,
            "hub",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            *database,
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            port = int("".join(filter(str.isdigit, process.stdout.readline())))
            yield Served(process, port, stations, folder, key)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait()
            process.stdout.close()


def _client(hub: Any, records: int) -> Client:
    """A station that was let in, with so many records to push."""
    tls, key = ec.generate_private_key(ec.SECP256R1()), Ed25519PrivateKey.generate()
    public = tls.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    device, identity = new_id(secrets.token_bytes(16)), hub.identity
    certificate = identity.certify(device, public)
    role = DeviceRole.DESK
    known = KnownDevice(
        device, "Bench", role, DeviceState.ACTIVE, key.public_key().public_bytes_raw().hex(), certificate,
        fingerprint(certificate), 1,
    )  # fmt: skip
    hub.database.write(lambda connection: put_device(connection, known))
    pem = tls.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    link = HubLink(
        identity.id, ("127.0.0.1:0",), identity.device.public, identity.ca_pem, certificate.hex(), pem.decode(),
        role, "Bench",
    )  # fmt: skip
    return Client(link, _records(device, key, records))


def _records(device: str, key: Ed25519PrivateKey, count: int) -> list[Signed]:
    log, prev, made = new_id(secrets.token_bytes(16)), NO_PREDECESSOR, []
    for seq in range(1, count + 1):
        opens = {"parent": None, "key": key.public_key().public_bytes_raw().hex(), "station": "Bench", "app": "0"}
        admits = {"attendee": new_id(secrets.token_bytes(16)), "how": "qr"}
        data = canonical(
            {
                "v": 1, "log": log, "seq": seq, "prev": prev, "dev": device, "hlc": (1_700_000_000_000 + seq, 0),
                "wall": 1_700_000_000_000 + seq, "tz": "-04:00", "mono": seq, "clk": None, "actor": "station",
                "role": "desk", "gate": None if seq == 1 else "desk", "basis": {"vvd": "0" * 16, "hub_age_s": None},
                "kind": Kind.OPEN if seq == 1 else Kind.ADMIT, "crit": False, "body": opens if seq == 1 else admits,
            }
        )  # fmt: skip
        prev = record_hash(data).hex()
        made.append(Signed(data, key.sign(data)))
    return made


# Taking in


def _ingest(name: str, url: str | None, clients: int, records: int, batch: int, limit: str) -> list[Row]:
    with _served(url, clients, records) as served:
        everything = [signed for client in served.clients for signed in client.records]
        floor = _floor(url, served, everything, batch)
        cpu = served.cpu_s()
        spent, waits = asyncio.run(_push(served, batch))
        cpu = served.cpu_s() - cpu
    rate = len(everything) / spent
    return [
        Row(f"{name}: records a second", rate, "/s", floor, rate / floor, limit),
        Row(f"{name}: processor of the hub, a record", cpu / len(everything) * 1e6, "us", limit="≤ 45 us in 50s"),
        Row(f"{name}: wait for the answer, median", statistics.median(waits) * 1e3, "ms"),
    ]


async def _push(served: Served, batch: int) -> tuple[float, list[float]]:
    """Every station pushes all it has, each as soon as it was answered; (seconds, waits)."""
    waits: list[float] = []
    prepared = [(client, client.requests(batch)) for client in served.clients]
    opened = [await _open(served, client) for client, _requests in prepared]

    async def push(connection: Connection, requests: Sequence[bytes]) -> None:
        for request in requests:
            begun = time.perf_counter()
            while not await _answered(connection, request):
                await asyncio.sleep(0.05)  # eight at a time; a station comes back in a moment, and so do we
            waits.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(push(connection, r) for connection, (_c, r) in zip(opened, prepared, strict=True)))
    spent = time.perf_counter() - begun
    for _reader, writer in opened:
        writer.close()
    return spent, waits


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _open(served: Served, client: Client) -> Connection:
    context: ssl.SSLContext = station_context(client.link)
    return await asyncio.open_connection(
        "127.0.0.1", served.port, ssl=context, server_hostname=client.link.server_name, limit=1 << 20
    )


async def _answered(connection: Connection, request: bytes) -> bool:
    """One request, its answer read; False where the hub was busy."""
    reader, writer = connection
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    size = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(size)
    if b" 503 " in head[:16]:
        return False
    if b" 200 " not in head[:16]:
        raise RuntimeError(body[:300].decode())
    return True


def _floor(url: str | None, served: Served, records: Sequence[Signed], batch: int) -> float:
    """Rows a second, bare: one connection, idempotent, one transaction a batch."""
    rows = [(str(n), 1, record_hash(s.data), s.data, s.signature) for n, s in enumerate(records)]
    batches = [rows[n : n + batch] for n in range(0, len(rows), batch)]
    if url:
        return _postgresql_floor(url, batches)
    connection = connect(served.folder / "floor.db", served.key, durable=True)
    connection.execute(_log_table.format(blob="blob"))
    begun = time.perf_counter()
    for part in batches:
        connection.execute("begin immediate")
        connection.executemany("insert into bench_record values (?, ?, ?, ?, ?) on conflict do nothing", part)
        connection.execute("commit")
    spent = time.perf_counter() - begun
    connection.close()
    return len(rows) / spent


def _postgresql_floor(url: str, batches: Sequence[Sequence[tuple[Any, ...]]]) -> float:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop table if exists bench_record")
        connection.execute(_log_table.format(blob="bytea"))
        begun = time.perf_counter()
        for part in batches:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany("insert into bench_record values (%s, %s, %s, %s, %s) on conflict do nothing", part)
        return sum(map(len, batches)) / (time.perf_counter() - begun)


# News


def _news(name: str, url: str | None) -> list[Row]:
    with _served(url, STREAMS + 1, SCANS + 1) as served:
        waits, end_s = asyncio.run(_listen(served))
    waits.sort()
    return [
        Row(f"{name}: scan here, known there, median", statistics.median(waits) * 1e3, "ms", limit="≤ 300 ms"),
        Row(f"{name}: the same, {STREAMS} streams, p99", waits[int(0.99 * len(waits))] * 1e3, "ms", limit="≤ 150 ms"),
        Row(f"{name}: SIGTERM to the end, {STREAMS} streams open", end_s, "s", limit="≤ 2 s"),
    ]  # fmt: skip


async def _listen(served: Served) -> tuple[list[float], float]:
    """How long after a scan was pushed each listener has it; and how long the hub takes to end under them."""
    pusher, *others = served.clients
    request, *requests = pusher.requests(1)
    connection = await _open(served, pusher)
    while not await _answered(connection, request):
        await asyncio.sleep(0.05)
    listeners = [await _open(served, client) for client in others]
    for _reader, writer in listeners:
        writer.write(b"GET /v1/news HTTP/1.1\r\nhost: hub\r\n\r\n")
    for reader, _writer in listeners:
        await reader.readuntil(b"event: ask\ndata:\n\n")
    waits: list[float] = []

    async def hear(reader: asyncio.StreamReader, begun: float) -> None:
        await reader.readuntil(b"data: ")
        await reader.readuntil(b"\n\n")
        waits.append(time.perf_counter() - begun)

    for each in requests:
        begun = time.perf_counter()
        heard = [asyncio.ensure_future(hear(reader, begun)) for reader, _writer in listeners]
        while not await _answered(connection, each):
            await asyncio.sleep(0.01)
        await asyncio.gather(*heard)
    begun = time.perf_counter()
    served.process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(served.process.wait)
    end_s = time.perf_counter() - begun
    for _reader, writer in [connection, *listeners]:
        writer.transport.abort()
    return waits, end_s
