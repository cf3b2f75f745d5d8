"""Stations and a hub as processes of their own, with everything that may happen to them: kill -9, links that are cut,
that hang, that come back, clocks that are years off. What was shown as done is written down as it is shown.

    python -m tests.processes 20             # so many runs; a seed that fails is printed
"""

from __future__ import annotations

import logging
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from unittest import mock

from kiosk.domain.exchange import Fate
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.journal import read_record
from kiosk.domain.verdicts import RecordId
from kiosk.hub.app import make_app
from kiosk.hub.hub import open_hub
from kiosk.hub.server import HubServer
from kiosk.hub.table import ROUTES
from kiosk.services.check_in import CheckIn
from kiosk.services.hub_link import HubLink
from kiosk.services.incidents import Incidents
from kiosk.services.station import Station
from kiosk.storage import exchange
from kiosk.storage.journal import utc_now
from kiosk.storage.proof import chains, view_against_fold
from kiosk.storage.store import open_store
from kiosk.sync.client import HubClient
from kiosk.sync.loop import SyncLoop
from kiosk.sync.loop import exchange as one_round
from kiosk.sync.round import Round
from tests.builders import KEY, Desk, a_station, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.meeting import agree
from tests.schedules import model
from tests.sync.conftest import let_in

STATIONS, PEOPLE, STEPS = 3, 60, 12
STEP_S = 0.15
_CLOCKS_S = (0, 0, 90, -7200, 10_800, -315_360_000, 315_360_000)


class Broken(AssertionError):
    """A promise that was not kept."""


# The processes


def run_hub(folder: Path, port: int) -> None:
    """A hub until it is killed."""
    hub = open_hub(folder, KEY)
    HubServer(hub, make_app(hub, ROUTES), "127.0.0.1", port).run()


def run_station(folder: Path, skew_s: int, seed: int) -> None:
    """A desk that scans and scans, telling each green on standard output once it is shown; until it is killed."""
    logging.disable(logging.CRITICAL)
    real_ns = time.time_ns

    def wrong_ns() -> int:
        return real_ns() + skew_s * 10**9

    with mock.patch("kiosk.storage.journal.time.time_ns", wrong_ns):
        store = open_store(folder, KEY)
        station = Station(store, lambda: utc_now() + timedelta(seconds=skew_s))
        check_in = CheckIn(store, station)
        loop = SyncLoop(store, station, lambda _status: None)
        check_in.claims = loop
        loop.start()
        chance = random.Random(seed)
        print("READY", flush=True)
        while True:
            verdict = check_in.present(f"{chance.randrange(1, PEOPLE):06}")
            if verdict is not None and verdict.admitted and not verdict.repeat:
                print(f"GREEN {verdict.record}", flush=True)
            time.sleep(chance.uniform(0, 0.05))


# The network


class Link:
    """The way from one station to the hub: open, cut, or hanging."""

    def __init__(self, hub_port: int) -> None:
        self._hub_port = hub_port
        self.state = "open"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._serve, daemon=True).start()

    def turn(self, state: str) -> None:
        """Change it; what is open is cut."""
        self.state = state
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """No more of it."""
        self.turn("cut")
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _address = self._listener.accept()
                threading.Thread(target=self._take, args=(caller,), daemon=True).start()

    def _take(self, caller: socket.socket) -> None:
        self._open.add(caller)
        with suppress(OSError), caller:
            if self.state == "hangs":
                caller.recv(1)  # and then nothing, until the link changes
                while self.state == "hangs" and caller.recv(65536):
                    pass
            elif self.state == "open":
                with socket.create_connection(("127.0.0.1", self._hub_port), 2) as hub:
                    self._open.add(hub)
                    back = threading.Thread(target=_pass, args=(hub, caller), daemon=True)
                    back.start()
                    _pass(caller, hub)
                    back.join()
                    self._open.discard(hub)
        self._open.discard(caller)


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


# One run


@dataclass(slots=True)
class Process:
    """A process that is killed and started again, and what it said."""

    words: list[str]
    said: list[str] = field(default_factory=list)
    _process: subprocess.Popen[str] | None = None
    _reader: threading.Thread | None = None

    def start(self) -> None:
        """Start it (again)."""
        command = [sys.executable, "-m", "tests.processes", *self.words]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):  # what was cut off was not shown
                self.said.append(line.strip())

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None and self._reader is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


@contextmanager
def a_hub(folder: Path, port: int = 0) -> Iterator[LiveHub]:
    """A hub in this process."""
    hub = open_hub(folder, KEY)
    server = HubServer(hub, make_app(hub, ROUTES), "127.0.0.1", port)
    server.start()
    try:
        yield LiveHub(hub, server)
    finally:
        server.stop()
        hub.close()


def prepare(folder: Path) -> None:
    """Stations that have joined a hub and know the same people."""
    with a_hub(folder / "hub") as live, ExitStack() as closing:
        desks = [closing.enter_context(a_station(folder / f"s{n}")) for n in range(STATIONS)]
        for n, desk in enumerate(desks):
            desk.station.set_name(f"s{n}")
            let_in(live, desk)
        enrol(desks[0].store, some_attendees(PEOPLE))
        converge(desks)


def converge(desks: list[Desk]) -> None:
    """Rounds of all, until nobody learns anything."""
    for _ in range(40):
        moved = 0
        for desk in desks:
            link = HubLink.read(desk.store)
            assert link is not None
            client, round_ = HubClient(link), Round(desk.store, desk.station, link)
            outcome = one_round(client, round_)
            client.close()
            moved += outcome.more + outcome.sent + outcome.received.fates[Fate.TAKEN]
        if not moved:
            return
    raise Broken("they do not come to hold the same")


def a_run(folder: Path, seed: int) -> tuple[int, int]:
    """Live through one run; answers how many greens there were and how many of them were incidents.

    Raises Broken when a promise was not kept.
    """
    chance = random.Random(seed)
    prepare(folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    links = [Link(port) for _ in range(STATIONS)]
    for n, link in enumerate(links):
        with a_station(folder / f"s{n}") as desk:
            joined = HubLink.read(desk.store)
            assert joined is not None
            replace(joined, addresses=(f"127.0.0.1:{link.port}",)).write(desk.store)
    hub = Process(["hub", str(folder / "hub"), str(port)])
    stations = [
        Process(["station", str(folder / f"s{n}"), str(chance.choice(_CLOCKS_S)), str(seed * 10 + n)])
        for n in range(STATIONS)
    ]
    for process in (hub, *stations):
        process.start()
    try:
        for station in stations:
            _until_ready(station)
        for _ in range(STEPS):
            time.sleep(STEP_S)
            if chance.random() < 0.35:
                killed = chance.choice([hub, *stations])
                killed.kill()
                killed.start()
            else:
                chance.choice(links).turn(chance.choice(["open", "open", "cut", "hangs"]))
    finally:
        for process in (hub, *stations):
            process.kill()
        for link in links:
            link.close()
    green = [RecordId.parse(line.split()[1]) for station in stations for line in station.said if "GREEN" in line]
    return len(green), check(folder, green)


def _until_ready(station: Process) -> None:
    for _ in range(3000):
        if station.said:
            return
        time.sleep(0.01)
    raise Broken("a station did not start")


def check(folder: Path, green: list[RecordId]) -> int:
    """The network is whole again: ask for every promise."""
    with a_hub(folder / "hub") as live, ExitStack() as closing:
        desks = [closing.enter_context(a_station(folder / f"s{n}")) for n in range(STATIONS)]
        for desk in desks:
            joined = HubLink.read(desk.store)
            assert joined is not None
            replace(joined, addresses=(f"127.0.0.1:{live.server.port}",)).write(desk.store)
            if problems := [*chains(desk.store), *view_against_fold(desk.store)]:
                raise Broken(f"after a kill: {problems}")
        converge(desks)
        if not agree(*desks):
            raise Broken("they hold the same and say other things")
        for desk in desks:
            for at in green:
                try:
                    desk.store.record_of(at)
                except KeyError:
                    raise Broken(f"{at} was shown green and is gone") from None
            if exchange.waiting(desk.store.connection):
                raise Broken("records are kept aside")
        rows = desks[0].store.connection.execute("select bytes from record").fetchall()
        _effective, further = model([read_record(row[0]) for row in rows])
        incidents = [
            incident
            for incident in Incidents(desks[0].store, desks[0].station).all()
            if incident.kind is IncidentKind.TWICE
        ]
        if {incident.other.record for incident in incidents} != {str(record.id) for record in further}:
            raise Broken("an admission is neither the one that counts nor an incident")
        return len(further)


def main(arguments: list[str]) -> int:
    """One of the processes; or so many runs."""
    match arguments:
        case ["hub", folder, port]:
            run_hub(Path(folder), int(port))
        case ["station", folder, skew_s, seed]:
            run_station(Path(folder), int(skew_s), int(seed))
        case _:
            logging.disable(logging.CRITICAL)
            return _runs(range(int(arguments[0]) if arguments else 6))
    return 0


def _runs(seeds: range) -> int:
    broken = greens = incidents = 0
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="kiosk-fleet-") as folder:
            try:
                green, again = a_run(Path(folder), seed)
            except Broken as error:
                broken += 1
                print(f"seed {seed}: {error}", flush=True)
            else:
                greens, incidents = greens + green, incidents + again
    print(f"{len(seeds)} runs, {greens} shown green, {incidents} of them incidents, {broken} promises broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
