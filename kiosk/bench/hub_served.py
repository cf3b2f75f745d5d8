"""A hub in a process of its own for the benchmarks, stations that were let in, and what they push."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import psycopg
import psycopg.sql
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from uvicorn.loops.auto import auto_loop_factory

from kiosk.domain.exchange import Head, Signed
from kiosk.domain.ids import new_id
from kiosk.domain.journal import NO_PREDECESSOR, Kind, canonical, record_hash
from kiosk.domain.trust import PROTOCOL, DeviceRole, fingerprint
from kiosk.hub.devices import DeviceState, KnownDevice, put_device
from kiosk.hub.hub import Hub, open_hub
from kiosk.services.hub_link import HubLink
from kiosk.storage.journal import Device
from kiosk.storage.keys import PASSPHRASE_VARIABLE, data_key
from kiosk.sync.tls import station_context
from kiosk.wire.codec import encode
from kiosk.wire.rounds import SyncRequest

T = TypeVar("T")
NO_DIGEST = "0" * 16
"""Nobody's vector: the hub then compares, as in a round that brings something."""


@dataclass(frozen=True, slots=True)
class Client:
    """A station that pushes: its place at the hub, and its signed records."""

    link: HubLink
    records: list[Signed]
    device: Device

    @property
    def log(self) -> str:
        """The log it has written."""
        log: str = json.loads(self.records[0].data)["log"]
        return log

    def requests(self, batch: int) -> list[bytes]:
        """What it sends, request by request."""
        parts = [self.records[n : n + batch] for n in range(0, len(self.records), batch)]
        return [self.request(part) for part in parts]

    def request(self, push: list[Signed], vector: dict[str, Head] | None = None) -> bytes:
        """A round in which it pushes this."""
        body = encode(SyncRequest(PROTOCOL, NO_DIGEST, vector, push, [self.log]))
        return (
            b"POST /v1/sync HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
            % (len(body), body)
        )


@dataclass(slots=True)
class Served:
    """A hub that serves, and its stations."""

    process: subprocess.Popen[str]
    port: int
    clients: list[Client]
    folder: Path
    key: bytes
    url: str | None
    """Of its part of the PostgreSQL, which is emptied afterwards."""
    others: list[Served] = field(default_factory=list)
    """Further processes of the same hub, on the same database."""

    def cpu_s(self) -> float:
        """Processor time it has used, all processes together."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return own + sum(other.cpu_s() for other in self.others)


def _nothing(_hub: Hub) -> None: ...


@contextmanager
def served(
    url: str | None, clients: int, records: int, fill: Callable[[Hub], object] = _nothing, processes: int = 1
) -> Iterator[Served]:
    """A hub that serves, and so many stations with so many records to push; `fill` puts in what it holds before."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-bench-")))
        if PASSPHRASE_VARIABLE not in os.environ:  # the hub's own process needs it, too
            os.environ[PASSPHRASE_VARIABLE] = "only for the bench"
            closing.callback(os.environ.pop, PASSPHRASE_VARIABLE, None)
        key = data_key(folder)
        part = closing.enter_context(_part_of(url)) if url else None
        hub = open_hub(folder, key, part)
        try:
            stations = [let_in(hub, records) for _ in range(clients)]
            fill(hub)
        finally:
            hub.close()
        others = []
        for n in range(1, processes):
            shutil.copytree(folder, folder / f"process{n}", ignore=shutil.ignore_patterns("process*"))
            others.append(closing.enter_context(_process(folder / f"process{n}", part, stations, key)))
        first = closing.enter_context(_process(folder, part, stations, key))
        first.others.extend(others)
        yield first


@contextmanager
def _process(folder: Path, url: str | None, stations: list[Client], key: bytes) -> Iterator[Served]:
    place = ["--host", "127.0.0.1", "--port", "0", *(["--database", url] if url else [])]
    command = [sys.executable, "-m", "kiosk", "--data", str(folder), "hub", "--no-announce", *place]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port = int("".join(filter(str.isdigit, process.stdout.readline())))
        yield Served(process, port, stations, folder, key, url)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait()
        process.stdout.close()


@contextmanager
def _part_of(url: str) -> Iterator[str]:
    """The address of an empty part (a schema) of that PostgreSQL, gone afterwards."""
    schema = f"bench_{secrets.token_hex(6)}"
    named = psycopg.sql.Identifier(schema)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("create schema {}").format(named))
        try:
            part = sa.make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
            yield part.render_as_string(hide_password=False)
        finally:
            connection.execute(psycopg.sql.SQL("drop schema {} cascade").format(named))


def under_load(work: Coroutine[Any, Any, T]) -> T:
    """Run the stations' side in the hub's own kind of loop, which takes less of what is measured."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(work)


def let_in(hub: Hub, records: int) -> Client:
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
    return Client(link, records_of(device, key, records), Device(device, key))


def records_of(device: str, key: Ed25519PrivateKey, count: int) -> list[Signed]:
    """A log of this device: it opens, then lets people in."""
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


class Connection(asyncio.Protocol):
    """A station's connection: one request at a time, with as little work as may be for the machine that is measured."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._wanted: bytes | int = b""
        """What is waited for: so many bytes, or all until these."""
        self._waiting: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is done."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Something came."""
        self._heard += data
        self._look()

    def connection_lost(self, error: Exception | None) -> None:
        """One of both hung up."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionError("the hub hung up"))

    def write(self, data: bytes) -> None:
        """Say this."""
        self._transport.write(data)

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()

    async def read(self, wanted: bytes | int) -> bytes:
        """So many bytes, or all until these, with them."""
        self._wanted, self._waiting = wanted, asyncio.get_running_loop().create_future()
        self._look()
        return await self._waiting

    def _look(self) -> None:
        if self._waiting is None or self._waiting.done():
            return
        end = self._wanted
        if isinstance(end, bytes):
            at = self._heard.find(end)
            end = at + len(end) if at >= 0 else len(self._heard) + 1
        if end <= len(self._heard):
            self._waiting.set_result(bytes(self._heard[:end]))
            del self._heard[:end]


async def opened(served: Served, client: Client) -> Connection:
    """A connection of this station."""
    context: ssl.SSLContext = station_context(client.link)
    _transport, connection = await asyncio.get_running_loop().create_connection(
        Connection, "127.0.0.1", served.port, ssl=context, server_hostname=client.link.server_name
    )
    return connection


async def answered(connection: Connection, request: bytes) -> bool:
    """One request, its answer read; False where the hub was busy."""
    return await answer(connection, request) is not None


async def answer(connection: Connection, request: bytes) -> bytes | None:
    """The answer to one request; None where the hub was busy."""
    connection.write(request)
    head = (await connection.read(b"\r\n\r\n")).lower()
    size = head.index(b"content-length:") + 15
    body = await connection.read(int(head[size : head.index(b"\r\n", size)]))
    if b" 503 " in head[:16]:
        return None
    if b" 200 " not in head[:16]:
        raise RuntimeError(body[:300].decode())
    return body
