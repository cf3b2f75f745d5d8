"""A scan while the way to the hub is as hotels have it, beside the same scan at a station that has joined no hub.

Both stations are processes of their own, as in life, and scan in turns, so that whatever else the machine does hits
both; between two scans there is a moment, in which the first one's rounds go on. What it asks the hub before it lets
somebody in (a claim) is measured apart: that is a round trip, or a quarter of a second once where the hub falls silent.
"""

from __future__ import annotations

import multiprocessing
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.bench.rows import Row
from kiosk.bench.scan import IDLE_EVERY, code_of, percentile, store_of
from kiosk.bench.ways import GETS_THROUGH, NETWORKS, UP, FaultProxy
from kiosk.domain.claims import Claim
from kiosk.domain.trust import DeviceRole, fingerprint
from kiosk.hub.app import make_app
from kiosk.hub.devices import DeviceState, KnownDevice, put_device
from kiosk.hub.hub import Hub, open_hub
from kiosk.hub.server import HubServer
from kiosk.hub.table import ROUTES
from kiosk.services.check_in import CheckIn
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station
from kiosk.services.stations import Device, Stations
from kiosk.sync import loop as loop_module
from kiosk.sync.claims import BUDGET_S
from kiosk.sync.loop import SyncLoop

SCANS, WARM_UP = 120, 60
"""In each network, of each station."""
PEOPLE = (SCANS + WARM_UP) * (len(NETWORKS) + 1)
PAUSE_S = 0.03
"""After each scan: some fifty times faster than a queue moves."""
AWAKE_S = 0.003
PATIENCE_S = 60.0

Tell = Callable[[str], None]


def run(tell: Tell = lambda words: None) -> list[Row]:
    """Median and late scans by network, each over the same without a hub; and what claims cost."""
    rows: list[Row] = []
    every: list[Scans] = []
    with ExitStack() as stack:
        joined, alone = (stack.enter_context(_a_station()) for _n in range(2))
        proxy = stack.enter_context(_a_way_to_a_hub(joined))
        _take_turns(joined, alone, 0, WARM_UP)
        for n, name in enumerate(NETWORKS, 1):
            tell(name)
            _meet(joined, proxy)
            proxy.turn(NETWORKS[name])
            if not proxy.met(PATIENCE_S):
                raise RuntimeError("the station does not ask its hub any more")
            scans = _take_turns(joined, alone, n * (SCANS + WARM_UP), SCANS)
            rows += scans.rows(name)
            every.append(scans)
    return [*rows, *_all(every)]


@dataclass(slots=True)
class Scans:
    """What scans took, in seconds, without what was asked of the hub; and that."""

    joined: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    claims: list[float] = field(default_factory=list)

    def rows(self, name: str) -> list[Row]:
        """The figures of one network."""
        return [
            _row(f"{name}: median", statistics.median(self.joined), statistics.median(self.alone), "≤ 1.1"),
            _row(f"{name}: 99th percentile", percentile(self.joined, 99), percentile(self.alone, 99), ""),
        ]

    @property
    def waited_out(self) -> int:
        """How many waited for an answer until there was no more time for one."""
        return sum(seconds >= 0.9 * BUDGET_S for seconds in self.claims)


def _row(name: str, value_s: float, floor_s: float, limit: str) -> Row:
    return Row(f"scan, network {name}", value_s * 1000, "ms", floor_s * 1000, value_s / floor_s, limit)


def _all(every: list[Scans]) -> list[Row]:
    joined = [seconds for scans in every for seconds in scans.joined]
    alone = [seconds for scans in every for seconds in scans.alone]
    by_name = dict(zip(NETWORKS, every, strict=True))
    up = by_name["up"]
    silent = max(scans.waited_out for name, scans in by_name.items() if name not in GETS_THROUGH)
    lossy = max(scans.waited_out for name, scans in by_name.items() if name in GETS_THROUGH)
    return [
        _row("any: median", statistics.median(joined), statistics.median(alone), "≤ 1.1"),
        _row("any: 99th percentile", percentile(joined, 99), percentile(alone, 99), "≤ 1.1"),
        Row("what is asked of the hub, network up: median", statistics.median(up.claims) * 1000, "ms"),
        Row("the same: 99th percentile", percentile(up.claims, 99) * 1000, "ms", limit="≤ 250 ms"),
        Row("scans that waited for a silent hub, of one network through which nothing comes", silent, "", limit="≤ 1"),
        Row("the same, of one through which everything comes in the end", lossy, ""),
    ]


# The hub, and the way to it


@contextmanager
def _a_way_to_a_hub(joined: _Remote) -> Iterator[FaultProxy]:
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder, ExitStack() as closing:
        hub = open_hub(Path(folder), secrets.token_bytes(32))
        closing.callback(hub.close)
        server = HubServer(hub, make_app(hub, ROUTES), "127.0.0.1", 0)
        server.start()
        closing.callback(server.stop)
        proxy = FaultProxy(server.port)
        closing.callback(proxy.close)
        own: Device = joined.ask("own")
        joined.ask("join", _let_in(hub, own, proxy.address))
        yield proxy


def _let_in(hub: Hub, own: Device, address: str) -> HubLink:
    key = ec.generate_private_key(ec.SECP256R1())
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    certificate = hub.identity.certify(own.id, spki)
    known = KnownDevice(
        own.id, own.name, DeviceRole.DESK, DeviceState.ACTIVE, own.key, certificate, fingerprint(certificate), 1
    )
    hub.database.write(lambda connection: put_device(connection, known))
    hub.devices.forget()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    identity = hub.identity
    return HubLink(
        identity.id, (address,), identity.device.public, identity.ca_pem, certificate.hex(), pem.decode(),
        DeviceRole.DESK, own.name,
    )  # fmt: skip


def _meet(joined: _Remote, proxy: FaultProxy) -> None:
    """Until the station has found its hub again and asks it before it lets somebody in."""
    proxy.turn(UP)
    until = time.monotonic() + PATIENCE_S
    while not joined.ask("asks"):
        if time.monotonic() > until:
            raise RuntimeError("the station does not find its hub again")
        time.sleep(0.05)


# The stations


@dataclass(slots=True)
class _Remote:
    """A station in another process."""

    pipe: Connection

    def ask(self, *words: Any) -> Any:
        """Let it do something; what it answers."""
        self.pipe.send(words)
        return self.pipe.recv()


@contextmanager
def _a_station() -> Iterator[_Remote]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    process.start()
    there.close()
    try:
        yield _Remote(here)
    finally:
        here.close()  # it ends by that
        process.join()


class _Watched:
    """The hub's claims, and how long the last one took."""

    def __init__(self, loop: SyncLoop) -> None:
        self._loop, self.took_s = loop, 0.0

    def ask(self, attendee_id: str, place: str) -> Claim:
        begun = time.perf_counter()
        try:
            return self._loop.ask(attendee_id, place)
        finally:
            self.took_s = time.perf_counter() - begun


def _soon(failures: int, chance: random.Random) -> float:
    """A hub that does not answer is asked again far sooner than in life, so that it is asked all the time."""
    return chance.uniform(0.1, 0.5)


def _wake_up() -> None:
    """Whoever asks the hub first is wide awake when it decides; let nobody begin colder than the other."""
    until = time.perf_counter() + AWAKE_S
    while time.perf_counter() < until:
        pass


def serve(pipe: Connection) -> None:
    """One station, doing what it is told until nobody tells it anything more."""
    loop_module.wait_s = _soon
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder, store_of(Path(folder), PEOPLE) as store:
        station = Station(store)
        desk, loop = CheckIn(store, station), SyncLoop(store, station, lambda _status: None)
        watched = _Watched(loop)

        def scan(code: str) -> tuple[float, float]:
            _wake_up()
            watched.took_s, begun = 0.0, time.perf_counter()
            verdict = desk.present(code)
            took_s = time.perf_counter() - begun
            assert verdict is not None
            assert verdict.admitted
            return took_s, watched.took_s

        def join(link: HubLink) -> None:
            link.write(store)
            desk.claims = watched
            loop.start()

        def asks() -> bool:
            return loop.claims is not None and loop.claims.is_open

        acts: dict[str, Callable[..., object]] = {
            "own": lambda: Stations(store, station).own, "join": join, "asks": asks, "scan": scan,
            "idle": store.checkpoint,
        }  # fmt: skip
        try:
            while True:
                act, *given = pipe.recv()
                pipe.send(acts[act](*given))
        except EOFError:
            if desk.claims is not None:
                loop.close()


def _take_turns(joined: _Remote, alone: _Remote, first: int, scans: int) -> Scans:
    taken = Scans()
    for turn in range(scans):
        if turn % IDLE_EVERY == 0:
            for station in (joined, alone):
                station.ask("idle")
        for station in (joined, alone) if turn % 2 else (alone, joined):
            took_s, claim_s = station.ask("scan", code_of(first + turn))
            if station is joined:
                taken.joined.append(took_s - claim_s)
                taken.claims.append(claim_s)
            else:
                taken.alone.append(took_s)
            time.sleep(PAUSE_S)
    return taken
