"""Stations and a hub as processes of their own, with everything that may happen to them: kill -9, links that are cut,
that hang, that come back, a hub put back from an old copy of its disk, clocks that are years off. What was shown as
done is written down as it is shown. Then the network is whole again, and they are left alone until all hold the same.

    python -m tests.processes 20             # so many runs; a seed that fails is printed
"""

from __future__ import annotations

import logging
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from kiosk.domain.exchange import Fate
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.journal import Kind, Record, read_record
from kiosk.domain.verdicts import RecordId
from kiosk.hub import records
from kiosk.hub.app import make_app
from kiosk.hub.hub import open_hub
from kiosk.hub.server import HubServer
from kiosk.hub.table import ROUTES
from kiosk.services.hub_link import HubLink
from kiosk.services.incidents import Incidents
from kiosk.storage import exchange
from kiosk.sync.client import HubClient
from kiosk.sync.loop import exchange as one_round
from kiosk.sync.round import Round
from tests.builders import KEY, Desk, a_station, enrol, some_attendees
from tests.days.promises import model
from tests.hub.conftest import LiveHub
from tests.meeting import agree, everything
from tests.station_process import PEOPLE
from tests.sync.conftest import let_in

STATIONS, STEPS = 3, 12
STEP_S = 0.15
PATIENCE_S = 60.0
"""So long after the network is whole again everybody knows everything, at the latest."""
_CLOCKS_S = (0, 0, 90, -7200, 10_800, -315_360_000, 315_360_000)


class Broken(AssertionError):
    """A promise that was not kept."""


# The processes


def run_hub(folder: Path, port: int) -> None:
    """A hub until it is killed."""
    hub = open_hub(folder, KEY)
    HubServer(hub, make_app(hub, ROUTES), "127.0.0.1", port).run()


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
        self._process = subprocess.Popen(
            [sys.executable, "-m", *self.words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):  # what was cut off was not shown
                self.said.append(line.strip())

    def tell(self, words: str) -> None:
        """A line on its standard input."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None and self._reader is not None:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            for end in (self._process.stdin, self._process.stdout):
                assert end is not None
                end.close()
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


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one run."""

    green: int
    incidents: int
    """Greens beside the ones that count."""
    whole_s: float
    """How long it took, once the network was whole, until all held the same and nothing was unsent."""


def a_run(folder: Path, seed: int) -> Run:
    """Live through one run. Raises Broken when a promise was not kept."""
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
    hub = Process(["tests.processes", "hub", str(folder / "hub"), str(port)])
    stations = [
        Process(["tests.station_process", str(folder / f"s{n}"), str(chance.choice(_CLOCKS_S)), str(seed * 10 + n)])
        for n in range(STATIONS)
    ]
    for process in (hub, *stations):
        process.start()
    try:
        for station in stations:
            _until(lambda station=station: bool(station.said), "a station does not start")
        for _ in range(STEPS):
            time.sleep(STEP_S)
            _something(chance, folder, hub, stations, links)
        whole_s = _heal(stations, links)
    finally:
        for process in (hub, *stations):
            process.kill()
        for link in links:
            link.close()
    green = [RecordId.parse(line.split()[1]) for station in stations for line in station.said if "GREEN" in line]
    return Run(len(green), check(folder, green), whole_s)


def _something(chance: random.Random, folder: Path, hub: Process, stations: list[Process], links: list[Link]) -> None:
    """One thing happens."""
    what, copy = chance.random(), folder / "hub.copy"
    if what < 0.35:
        killed = chance.choice([hub, *stations])
        killed.kill()
        killed.start()
    elif what < 0.45:
        hub.kill()
        if copy.exists():  # and comes back as it was
            shutil.rmtree(folder / "hub")
            copy.rename(folder / "hub")
        else:
            shutil.copytree(folder / "hub", copy)
        hub.start()
    else:
        chance.choice(links).turn(chance.choice(["open", "open", "cut", "hangs"]))


def _heal(stations: list[Process], links: list[Link]) -> float:
    """The network is whole, nobody scans any more: wait until all hold the same. Answers how long that took."""
    for station in stations:
        station.tell("REST")
    for link in links:
        link.turn("open")
    begun = time.monotonic()

    def agreed() -> bool:
        held = {station.said[-1] for station in stations if station.said}
        return len(held) == 1 and held.pop().startswith("HOLDS ") and stations[0].said[-1].endswith(" 0")

    _until(agreed, "the network is whole again, and they do not come to hold the same")
    return time.monotonic() - begun


def _until(true: Callable[[], bool], otherwise: str) -> None:
    """Wait for it. Raises Broken."""
    until = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > until:
            raise Broken(otherwise)
        time.sleep(0.01)


def check(folder: Path, green: list[RecordId]) -> int:
    """Ask every disk for every promise, as it was left; answers how many greens are incidents."""
    with a_hub(folder / "hub") as live, ExitStack() as closing:
        desks = [closing.enter_context(a_station(folder / f"s{n}")) for n in range(STATIONS)]
        if not agree(*desks):
            raise Broken("they hold the same and say other things")
        with live.hub.database.read() as connection:
            at_hub, _more = records.records_after(connection, {}, most=1_000_000, most_bytes=1 << 40)
        for desk in desks:
            if everything(desk.store) != at_hub:
                raise Broken("the hub holds other records than a station")
            if exchange.waiting(desk.store.connection):
                raise Broken("records are kept aside")
        held = [read_record(signed.data) for signed in at_hub]
        if lost := set(green) - {record.id for record in held}:
            raise Broken(f"{len(lost)} were shown green and are gone")
        return check_admissions(desks, held)


def check_admissions(desks: list[Desk], held: list[Record]) -> int:
    """One admission of each person counts, each other one is an incident, and no station let anybody in twice."""
    effective, further = model(held)
    for desk in desks:
        rows = desk.store.view.connection.execute("select attendee_id, place, log, seq from admission").fetchall()
        if {(row[0], row[1]): RecordId(row[2], row[3]) for row in rows} != effective:
            raise Broken("another admission counts than the model says")
        twice = [each for each in Incidents(desk.store, desk.station).all() if each.kind is IncidentKind.TWICE]
        if {incident.other.record for incident in twice} != {str(record.id) for record in further}:
            raise Broken("an admission is neither the one that counts nor an incident")
    by_station = Counter((record.device, record.body["subject"]) for record in held if record.kind == Kind.ADMIT)
    if max(by_station.values(), default=0) > 1:
        raise Broken("one station let somebody in twice")
    return len(further)


def main(arguments: list[str]) -> int:
    """The hub's process; or so many runs."""
    match arguments:
        case ["hub", folder, port]:
            run_hub(Path(folder), int(port))
        case _:
            logging.disable(logging.CRITICAL)
            return _runs(range(int(arguments[0]) if arguments else 6))
    return 0


def _runs(seeds: range) -> int:
    broken, runs = 0, []
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="kiosk-fleet-") as folder:
            try:
                runs.append(a_run(Path(folder), seed))
            except Broken as error:
                broken += 1
                print(f"seed {seed}: {error}", flush=True)
    print(f"{len(seeds)} runs, {told(runs)}, {broken} promises broken")
    return 1 if broken else 0


def told(runs: list[Run]) -> str:
    """What came of them, in words."""
    green, incidents = sum(run.green for run in runs), sum(run.incidents for run in runs)
    slowest_s = max((run.whole_s for run in runs), default=0.0)
    return f"{green} shown green, {incidents} of them incidents; all the same {slowest_s:.1f} s after at most"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
