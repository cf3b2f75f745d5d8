"""Random days of several real stations, and a small model that says what must come of them.

Stations scan, edit, take back, block; messages between them are late, lost, doubled and in any order; stations are
killed, come back from an older copy of their disk, are copied; clocks are years wrong; one program writes kinds the
others do not know. At the end everybody meets everybody, and then the promises are asked for: nothing shown green is
gone, all say the same, one admission counts and every other is an incident, what was written in knowledge of something
does not lose to it.

    python -m tests.schedules 200            # so many days; a seed that fails is printed and can be given again
    python -m tests.schedules --seed 17
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from unittest import mock

from kiosk.domain.exchange import Head, Signed
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.journal import Kind, Record, read_record
from kiosk.domain.verdicts import RecordId
from kiosk.services.check_in import CheckIn
from kiosk.services.edit import Edit
from kiosk.services.incidents import Incidents
from kiosk.services.station import Station
from kiosk.services.stations import Stations
from kiosk.storage import exchange, roster
from kiosk.storage.database import DriverError
from kiosk.storage.proof import chains, fingerprints, view_against_fold
from kiosk.storage.store import Store, open_store
from tests.builders import KEY, NOON, Clock, Desk, an_attendee, enrol
from tests.meeting import hand, introduce, meet

PEOPLE, PLACES, STATIONS, STEPS = 6, ("desk", "door"), 4, 90
_HOUR_MS = 3_600_000
_WRONG_CLOCKS_MS = (0, 0, 120_000, -2 * _HOUR_MS, 3 * _HOUR_MS, -87_600 * _HOUR_MS, 87_600 * _HOUR_MS)


class Broken(AssertionError):
    """A promise that was not kept."""


def code_of(person: int) -> str:
    """The code of one of the people."""
    return f"{person:06}"


def prepare(folder: Path) -> None:
    """Stations that know the same people and have accepted one another, to begin each day from a copy of."""
    with ExitStack() as closing:
        desks = []
        for n in range(STATIONS):
            store = open_store(folder / f"s{n}", KEY)
            closing.callback(store.close)
            station = Station(store, Clock())
            station.set_name(f"s{n}")
            desks.append(Desk(store, station, CheckIn(store, station)))
        enrol(desks[0].store, [an_attendee(f"F{n}", f"L{n}", code=code_of(n)) for n in range(PEOPLE)])
        introduce(*desks)
        meet(*desks)


@dataclass(slots=True)
class Node:
    """One machine with a station's data on it."""

    name: str
    folder: Path
    skew_ms: int = 0
    desk: Desk = field(init=False)
    seen: dict[str, dict[str, Head]] = field(default_factory=dict)
    """What others said to hold when last heard; may be long out of date."""

    def start(self) -> None:
        """Start the program on this disk."""
        store = open_store(self.folder, KEY)
        station = Station(store, Clock())
        self.desk = Desk(store, station, CheckIn(store, station))

    def kill(self) -> None:
        """End the program as a power cut would: nothing is tidied up."""
        store = self.desk.store
        for connection in (store.view.connection, store.connection):
            with suppress(DriverError):
                connection.close()
        store._process_lock.release()

    @property
    def store(self) -> Store:
        """The station's memory."""
        return self.desk.store


@dataclass(frozen=True, slots=True)
class Message:
    """Records on their way, with what the sender holds."""

    sender: str
    to: str
    batch: tuple[Signed, ...]
    vector: dict[str, Head]


class Day:
    """One random day; `run` it."""

    def __init__(self, template: Path, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.now_ms = 1_700_000_000_000
        self.at: Node | None = None
        self.nodes: dict[str, Node] = {}
        self.messages: list[Message] = []
        self.green: dict[RecordId, bytes] = {}
        self.gone: set[RecordId] = set()
        """Shown green, and lost with a disk before anybody else had it: the one case in which nothing can be done."""
        self.knowing: list[tuple[str, RecordId, RecordId]] = []
        """Edits made in knowledge of another: (person, the one it replaced, itself)."""
        self.copied: set[str] = set()
        """Stations of which two disks were at work."""
        self.cut: set[frozenset[str]] = set()
        for n in range(self.chance.randint(2, STATIONS)):
            shutil.copytree(template / f"s{n}", folder / f"s{n}")
            node = Node(f"s{n}", folder / f"s{n}", self.chance.choice(_WRONG_CLOCKS_MS))
            self.nodes[node.name] = node
            node.start()
        weights = {name: weight * self.chance.choice((0, 0.5, 1, 1, 4)) for name, weight in _WEIGHTS.items()}
        for always in ("scan", "send", "deliver"):
            weights[always] = max(weights[always], 12)
        self.acts, self.weights = list(weights), list(weights.values())

    def clock_ns(self) -> int:
        """What the clock of the machine at work says."""
        return (self.now_ms + (self.at.skew_ms if self.at else 0)) * 1_000_000

    def run(self, steps: int = STEPS) -> tuple[int, int]:
        """Live through the day. Answers how many records there were and how many admissions were incidents.

        Raises Broken when a promise was not kept.
        """
        with mock.patch("kiosk.storage.journal.time.time_ns", self.clock_ns):
            try:
                for _ in range(steps):
                    self.step()
                self.converge()
                return self.check()
            finally:
                for node in self.nodes.values():
                    with suppress(Exception):
                        node.store.close()

    def step(self) -> None:
        """One thing happens somewhere."""
        self.now_ms += self.chance.choice([10, 500, 30_000, 600_000])
        node = self.at = self.chance.choice(list(self.nodes.values()))
        self.desk_time(node)
        (act,) = self.chance.choices(self.acts, self.weights)
        getattr(self, act)(node)

    def desk_time(self, node: Node) -> None:
        """Let the desk's own clock say what the machine's says."""
        node.desk.clock.now = NOON + timedelta(milliseconds=self.clock_ns() // 1_000_000 - 1_700_000_000_000)
        node.desk.station.clock = node.desk.clock

    # What may happen

    def scan(self, node: Node) -> None:
        person, place = self.chance.randrange(PEOPLE), self.chance.choice(PLACES)
        verdict = node.desk.check_in.present(code_of(person), place)
        assert verdict is not None
        if verdict.admitted and not verdict.repeat:
            assert verdict.record is not None
            self.green[verdict.record] = self.hash_at(node, verdict.record) or b""

    def edit(self, node: Node) -> None:
        view = node.store.view
        found = roster.by_code(view.connection, code_of(self.chance.randrange(PEOPLE)))
        assert found is not None
        person = found[0].id
        before = [touch.record for touch in view.touches(person) if "note" in _fields(touch.change)]
        Edit(node.store, node.desk.station).set(person, {"note": f"{self.chance.random()}"})
        (written,) = {t.record for t in view.touches(person) if "note" in _fields(t.change)} - set(before)
        self.knowing += [(person, record, written) for record in before]

    def undo(self, node: Node) -> None:
        rows = node.store.view.connection.execute("select log, seq from admission").fetchall()
        if rows:
            node.desk.check_in.undo(RecordId(*self.chance.choice(rows)))

    def block(self, node: Node) -> None:
        code = code_of(self.chance.randrange(PEOPLE))
        found = roster.by_code(node.store.view.connection, code)
        assert found is not None
        Edit(node.store, node.desk.station).block(found[0].id, code)

    def future(self, node: Node) -> None:
        with node.store.write() as journal:
            journal.append("future.kind", {"x": self.chance.getrandbits(8)}, at=NOON, actor="station")

    def send(self, node: Node) -> None:
        other = self.chance.choice(list(self.nodes))
        if other != node.name:
            stations = Stations(node.store, node.desk.station)
            batch = stations.batch_after(node.seen.get(other, {}))
            part = self.chance.choice([len(batch), 8, 3])
            self.messages.append(Message(node.name, other, tuple(batch[:part]), dict(stations.vector())))

    def deliver(self, _node: Node) -> None:
        if not self.messages:
            return
        message = self.chance.choice(self.messages)  # any order
        if self.chance.random() < 0.85:  # else it comes once more
            self.messages.remove(message)
        if self.chance.random() < 0.12 or frozenset((message.sender, message.to)) in self.cut:
            return
        to = self.at = self.nodes[message.to]
        self.desk_time(to)
        hand(to.desk, self.chance.sample(message.batch, len(message.batch)))
        to.seen[message.sender] = message.vector

    def kill(self, node: Node) -> None:
        node.kill()
        node.start()

    def clock(self, node: Node) -> None:
        node.skew_ms += self.chance.choice([-24, -1, 1, 24, 30_000]) * _HOUR_MS

    def link(self, node: Node) -> None:
        other = self.chance.choice(list(self.nodes))
        if other != node.name:
            self.cut ^= {frozenset((node.name, other))}

    def backup(self, node: Node) -> None:
        node.kill()
        shutil.rmtree(self.folder / f"{node.name}.copy", ignore_errors=True)
        shutil.copytree(node.folder, self.folder / f"{node.name}.copy")
        node.start()

    def restore(self, node: Node) -> None:
        copy = self.folder / f"{node.name}.copy"
        if not copy.exists():
            return
        lost = self.holdings(node)
        node.kill()
        shutil.rmtree(node.folder)
        shutil.copytree(copy, node.folder)
        node.start()
        elsewhere = {at for other in self.nodes.values() for at in self.holdings(other)}
        self.gone |= lost - elsewhere
        self.copied.add(node.name)

    def clone(self, node: Node) -> None:
        name = f"{node.name}'"
        if len(self.nodes) > STATIONS or name in self.nodes or node.name.endswith("'"):
            return
        node.kill()
        shutil.copytree(node.folder, self.folder / name)
        node.start()
        self.nodes[name] = Node(name, self.folder / name, node.skew_ms)
        self.nodes[name].start()
        self.copied |= {node.name, name}

    # The end of the day

    def holdings(self, node: Node) -> set[RecordId]:
        return {RecordId(*row) for row in node.store.connection.execute("select log, seq from record")}

    def hash_at(self, node: Node, at: RecordId) -> bytes | None:
        row = node.store.connection.execute(
            "select hash from record where log = ? and seq = ?", (at.log, at.seq)
        ).fetchone()
        return row[0] if row else None

    def converge(self) -> None:
        """The network is whole again, and everybody meets everybody."""
        nodes = list(self.nodes.values())
        self.at = None
        for _ in range(40):
            before = [exchange.vector(node.store.connection) for node in nodes]
            if all(vector == before[0] for vector in before):
                return
            for node in nodes:
                for other in nodes:
                    if node is not other:
                        stations = Stations(node.store, node.desk.station)
                        theirs = Stations(other.store, other.desk.station)
                        hand(other.desk, stations.batch_after(theirs.vector()))
        raise Broken("they do not come to hold the same")

    def check(self) -> tuple[int, int]:
        """Ask for every promise."""
        nodes = list(self.nodes.values())
        tables = [fingerprints(node.store.view.connection) for node in nodes]
        if any(table != tables[0] for table in tables):
            differ = [name for name in tables[0] if len({table[name] for table in tables}) > 1]
            raise Broken(f"they hold the same and say other things: {differ}")
        for node in nodes:
            problems = [*chains(node.store), *view_against_fold(node.store)]
            if problems:
                raise Broken(f"{node.name}: {problems}")
            if exchange.waiting(node.store.connection):
                raise Broken(f"{node.name} keeps records aside")
            for at, digest in self.green.items():
                if at not in self.gone and self.hash_at(node, at) != digest:
                    raise Broken(f"{at} was shown green and is gone at {node.name}")
        rows = nodes[0].store.connection.execute("select bytes from record").fetchall()
        records = [read_record(row[0]) for row in rows]
        again = self.check_admissions(nodes[0], records)
        self.check_edits(nodes[0], {record.id for record in records})
        self.check_copies(nodes[0], records)
        return len(records), again

    def check_admissions(self, node: Node, records: Sequence[Record]) -> int:
        """One admission counts, and every other one is an incident: as a model says that knows nothing but sets."""
        effective, further = model(records)
        view = node.store.view.connection
        found = {(row[0], row[1]): RecordId(row[2], row[3]) for row in view.execute(
            "select attendee_id, place, log, seq from admission")}  # fmt: skip
        if found != effective:
            raise Broken("another admission counts than the model says")
        incidents = {
            incident.other.record
            for incident in Incidents(node.store, node.desk.station).all()
            if incident.kind is IncidentKind.TWICE
        }
        if incidents != {str(record.id) for record in further}:
            raise Broken("an admission is neither the one that counts nor an incident")
        devices = {other.store.journal.device.id: name for name, other in self.nodes.items()}
        by_station: dict[tuple[str, str, str], int] = defaultdict(int)
        standing = [record for record in records if record.id in effective.values()] + further
        for record in standing:
            by_station[record.device, str(record.body["subject"]), str(record.place)] += 1
        for (device, _subject, _place), count in by_station.items():
            if count > 1 and devices[device].rstrip("'") not in {name.rstrip("'") for name in self.copied}:
                raise Broken("one station let somebody in twice")
        return len(further)

    def check_edits(self, node: Node, held: set[RecordId]) -> None:
        for person, old, new in self.knowing:
            rows = node.store.view.connection.execute("select writers from attendee where id = ?", (person,)).fetchall()
            if new in held and any(f'"{old}"' in row[0].partition('"note"')[2].partition("]")[0] for row in rows):
                raise Broken("an edit made in knowledge of another lost to it")

    def check_copies(self, node: Node, records: Sequence[Record]) -> None:
        parents = [tuple(r.body["parent"]) for r in records if r.kind == Kind.OPEN and r.body["parent"]]
        twins = len(parents) - len(set(parents))
        kinds = [incident.kind for incident in Incidents(node.store, node.desk.station).all()]
        if bool(twins) != (IncidentKind.CLONE in kinds):
            raise Broken("a copied disk was not noticed")


def model(records: Sequence[Record]) -> tuple[dict[tuple[str, str], RecordId], list[Record]]:
    """Which admission counts for each person and place, and which others stand beside it."""
    undone = {record.body["target"] for record in records if record.kind == Kind.UNDO}
    effective: dict[tuple[str, str], RecordId] = {}
    further = []
    for record in sorted(records, key=lambda record: (record.hlc, record.id.log, record.id.seq)):
        if record.kind != Kind.ADMIT or str(record.id) in undone:
            continue
        if effective.setdefault((record.body["subject"], record.place or ""), record.id) != record.id:
            further.append(record)
    return effective, further


def _fields(change: object) -> object:
    return getattr(change, "fields", {})


_WEIGHTS = {
    "scan": 30, "edit": 5, "undo": 2, "block": 2, "future": 1, "send": 23, "deliver": 22,
    "kill": 3, "clock": 2, "link": 2, "backup": 2, "restore": 1.5, "clone": 0.7,
}  # fmt: skip


def live_through(template: Path, seed: int, steps: int = STEPS) -> tuple[int, int]:
    """One day in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="kiosk-day-") as folder:
        return Day(template, Path(folder), seed).run(steps)


def main(arguments: list[str]) -> int:
    """Live through many days; answers the exit status."""
    import logging

    logging.disable(logging.CRITICAL)
    seeds = [int(arguments[1])] if arguments[:1] == ["--seed"] else range(int(arguments[0]) if arguments else 100)
    broken = total = incidents = 0
    with tempfile.TemporaryDirectory(prefix="kiosk-days-") as template:
        prepare(Path(template))
        for seed in seeds:
            try:
                records, again = live_through(Path(template), seed)
            except Broken as error:
                broken += 1
                print(f"--seed {seed}: {error}", flush=True)
            else:
                total, incidents = total + records, incidents + again
    print(f"{len(seeds)} days, {total} records, {incidents} admissions were incidents, {broken} promises broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
