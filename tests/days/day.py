"""One random day of several real stations and a hub, and the promises that are asked for at its end.

Every day is of another make: with a hub or without one, with stations that also meet each other or do not, with some
faults left out and others many times as likely.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from unittest import mock

from kiosk.domain.exchange import Head
from kiosk.domain.journal import Record, read_record, to_ms
from kiosk.domain.roles import may_write
from kiosk.domain.trust import DeviceRole
from kiosk.domain.verdicts import RecordId
from kiosk.storage import exchange
from kiosk.sync.round import AGAIN_S
from tests.builders import NOON, a_station, an_attendee, enrol
from tests.days.acts import ACTS, PEOPLE, STATIONS, Act, code_of
from tests.days.hub_acts import HUB_ACTS
from tests.days.machines import HubMachine, Machine, a_folder, meet_hub
from tests.days.promises import PROMISES, Broken
from tests.meeting import hand
from tests.sync.conftest import let_in

_HOUR_MS = 3_600_000
_WRONG_CLOCKS_MS = (0, 0, 120_000, -2 * _HOUR_MS, 3 * _HOUR_MS, -87_600 * _HOUR_MS, 87_600 * _HOUR_MS)
_BEGIN_MS = to_ms(NOON)
REFUSED_KINDS: frozenset[str] = frozenset()
"""What the hub does not take until somebody has updated it; set by broken programs."""
MOST_PASSES = 8
"""So often everybody asks the hub before all hold the same."""


class Message(Protocol):
    """Something on its way."""

    @property
    def sender(self) -> str: ...
    @property
    def to(self) -> str: ...
    def arrive(self, day: Day) -> None: ...


@dataclass(frozen=True, slots=True)
class Make:
    """What a day is made of: each switches some faults off and exaggerates others (swarm testing)."""

    steps: int
    acts: list[Act]
    weights: list[float]
    hub_dies: float
    """How likely the hub dies while it answers."""
    portal: float
    """How likely something else answers in its place."""

    @classmethod
    def by_chance(cls, chance: random.Random, *, with_hub: bool) -> Make:
        acts = {**ACTS, **(HUB_ACTS if with_hub else {})}
        weights = {name: weight * chance.choice((0, 0.5, 1, 1, 4)) for name, (weight, _act) in acts.items()}
        for always in ("scan", "ask" if with_hub else "send", "deliver"):
            weights[always] = max(weights[always], 12)
        if with_hub and chance.random() < 0.5:
            weights["send"] = 0  # stations that cannot see each other
        if with_hub:
            weights |= chance.choice(_FOCUS)
        return cls(
            steps=chance.choice((20, 30, 45, 60, 90)),
            acts=[act for _weight, act in acts.values()],
            weights=[weights[name] for name in acts],
            hub_dies=chance.choice((0, 0, 0.05, 0.25)),
            portal=chance.choice((0, 0.05, 0.05, 0.3)),
        )


_FOCUS: list[dict[str, float]] = [
    {},
    {"hub backup": 5, "hub restore": 6, "ask": 30},
    {"demote": 5, "edit": 15, "meet": 15, "kill": 0, "backup": 0, "hub restore": 0},
]
"""What is too rare to meet by chance alone."""


class Day:
    """One random day; `run` it."""

    def __init__(
        self, template: Path, folder: Path, seed: int, url: str | None = None, *, with_hub: bool | None = None
    ) -> None:
        self.seed, self.chance = seed, random.Random(seed)
        self.folder = folder
        self.now_ms = _BEGIN_MS
        self.at: Machine | None = None
        """The machine at work; the hub where it is none."""
        self.nodes: dict[str, Machine] = {}
        self.messages: list[Message] = []
        self.green: dict[RecordId, bytes] = {}
        """What was shown green, with its hash."""
        self.gone: set[RecordId] = set()
        """Lost with a disk before anybody else had it: the one case in which nothing can be done."""
        self.knowing: list[tuple[str, RecordId, RecordId]] = []
        """Edits made in knowledge of another: (person, the one it replaced, itself)."""
        self.copied: set[str] = set()
        """Stations of which two disks were at work."""
        self.cut: set[frozenset[str]] = set()
        self.backups: list[Any] = []
        """Of the hub."""
        self.incidents = 0
        """Admissions beside the one that counts, in the end."""
        for n in range(self.chance.randint(2, STATIONS)):
            shutil.copytree(template / f"s{n}", folder / f"s{n}")
            self.nodes[f"s{n}"] = Machine(f"s{n}", folder / f"s{n}", self.chance.choice(_WRONG_CLOCKS_MS))
        self.hub: HubMachine | None = None
        """Unless the stations only meet each other."""
        if with_hub or (with_hub is None and self.chance.random() < 0.8):
            shutil.copytree(template / "hub", folder / "hub")
            self.hub = HubMachine(folder / "hub", self.hub_clock)
            self.hub.skew_ms = self.chance.choice(_WRONG_CLOCKS_MS)
            if url is not None:
                self.hub.move_to(url)
        self.make = Make.by_chance(self.chance, with_hub=self.hub is not None)

    # Time

    def hub_clock(self) -> datetime:
        """What the hub's clock says."""
        return NOON + timedelta(milliseconds=self.now_ms - _BEGIN_MS + (self.hub.skew_ms if self.hub else 0))

    def clock_ns(self) -> int:
        """What the clock of the machine at work says."""
        return (self.now_ms + (self.at.skew_ms if self.at else 0)) * 1_000_000

    def monotonic_s(self) -> float:
        """What a stopwatch says, which nobody sets."""
        return (self.now_ms - _BEGIN_MS) / 1000

    def turn_to(self, node: Machine | None) -> None:
        """Now this machine is at work; the hub where it is none."""
        self.at = node
        if node is not None:
            node.desk.clock.now = NOON + timedelta(milliseconds=self.clock_ns() // 1_000_000 - _BEGIN_MS)
            node.desk.station.clock = node.desk.clock

    @contextmanager
    def clocks(self) -> Iterator[None]:
        """The day's time is everybody's, and so is its chance: a seed gives the same day again."""
        with (
            mock.patch("time.time_ns", self.clock_ns),
            mock.patch("time.monotonic", self.monotonic_s),
            mock.patch("secrets.token_bytes", random.Random(self.seed).randbytes),
        ):
            yield

    # The day

    def run(self) -> tuple[int, int]:
        """Live through the day. Answers how many records there were and how many admissions were incidents.

        Raises Broken when a promise was not kept.
        """
        with self.clocks(), ExitStack() as closing:
            if self.hub is not None:
                self.hub.start()
                closing.callback(lambda: self.hub and self.hub.kill())
            closing.callback(self._close)
            for node in self.nodes.values():
                node.start()
            for _ in range(self.make.steps):
                self.step()
            self.converge()
            return self.check()

    def _close(self) -> None:
        for node in self.nodes.values():
            with suppress(Exception):
                node.store.close()

    def step(self) -> None:
        """One thing happens somewhere."""
        self.now_ms += self.chance.choice([10, 500, 30_000, 600_000])
        node = self.chance.choice(list(self.nodes.values()))
        self.turn_to(node)
        (act,) = self.chance.choices(self.make.acts, self.make.weights)
        act(self, node)

    def held_anywhere(self) -> set[RecordId]:
        """The records on any disk that is at work."""
        disks: list[Machine | HubMachine] = [*self.nodes.values(), *([self.hub] if self.hub else [])]
        return {at for disk in disks for at in disk.holdings()}

    def is_honest(self, node: Machine) -> None:
        """A receipt is for what has been on the hub's disk; what a station says of what is unsent rests on it."""
        assert self.hub is not None
        for log, head in node.stations.receipts_of(node.link.hub).items():
            if head.seq > self.hub.held.get(log, 0):
                raise Broken(f"{node.name} takes for sent what the hub never held")

    # The end of the day

    def converge(self) -> None:
        """The network is whole again, and everybody meets everybody."""
        self.cut.clear()
        self.messages.clear()
        self.now_ms += int(2 * AGAIN_S * 1000)
        if self.hub is None:
            self._meet_each_other()
            return
        self._ask_the_hub()
        self._flows()
        self.hub.give_role(DeviceRole.DESK)
        self.now_ms += int(2 * AGAIN_S * 1000)
        if not self._ask_the_hub():
            raise Broken("they do not come to hold the same")

    def _meet_each_other(self) -> None:
        nodes = list(self.nodes.values())
        for _ in range(40):
            before = [exchange.vector(node.store.connection) for node in nodes]
            if all(vector == before[0] for vector in before):
                return
            for node in nodes:
                for other in nodes:
                    if node is not other:
                        self.turn_to(other)
                        hand(other.desk, node.stations.batch_after(other.stations.vector()))
        raise Broken("they do not come to hold the same")

    def _ask_the_hub(self) -> bool:
        """Rounds of all, until nobody learns anything; whether all hold the same then."""
        assert self.hub is not None
        before, vectors = None, self._vectors()
        for _ in range(MOST_PASSES):
            if vectors == before:
                break  # and the last pass gave everybody their receipts
            for node in self.nodes.values():
                self.turn_to(node)
                meet_hub(node, self.hub)
                self.is_honest(node)
            before, vectors = vectors, self._vectors()
        return all(vector == vectors[0] for vector in vectors)

    def _vectors(self) -> list[dict[str, Head]]:
        assert self.hub is not None
        return [self.hub.vector(), *(exchange.vector(node.store.connection) for node in self.nodes.values())]

    def _flows(self) -> None:
        """A record that the hub does not take holds up its own log, from there on, and nothing else."""
        assert self.hub is not None
        held = self.hub.vector()
        roles = {device.id: device.role for device in self.hub.hub.devices.all()}
        for node in self.nodes.values():
            stuck: set[str] = set()
            for record in records_of(node):
                role = roles.get(record.device)
                if record.kind in REFUSED_KINDS or (role is not None and not may_write(role, record)):
                    stuck.add(record.id.log)
                if record.id.log not in stuck and record.id.seq > held.get(record.id.log, Head()).seq:
                    raise Broken(f"{node.name} does not get through what nothing holds up")

    def check(self) -> tuple[int, int]:
        """Ask for every promise."""
        records = records_of(next(iter(self.nodes.values())))
        for promise in PROMISES:
            promise(self, records)
        return len(records), self.incidents


def records_of(node: Machine) -> list[Record]:
    """All that is on a station's disk, log by log."""
    rows = node.store.connection.execute("select bytes from record order by log, seq").fetchall()
    return [read_record(row[0]) for row in rows]


def prepare(folder: Path) -> None:
    """A hub and stations that have joined it and know the same people, to begin each day from a copy of."""
    hub = HubMachine(folder / "hub")
    with mock.patch("secrets.token_bytes", random.Random(0).randbytes):
        _prepare(folder, hub)


def _prepare(folder: Path, hub: HubMachine) -> None:
    hub.start()
    try:
        names = [f"s{n}" for n in range(STATIONS)]
        for name in names:
            with a_station(folder / name) as desk:
                desk.station.set_name(name)
                let_in(hub.live(), desk)
                if name == "s0":
                    enrol(desk.store, [an_attendee(f"F{n}", f"L{n}", code=code_of(n)) for n in range(PEOPLE)])
        for name in (*names, *names):
            machine = Machine(name, folder / name)
            machine.start()
            meet_hub(machine, hub)
            machine.store.close()
    finally:
        hub.kill()


def live_through(template: Path, seed: int) -> tuple[int, int]:
    """One day in a folder of its own."""
    with a_folder() as folder:
        return Day(template, folder, seed).run()
