"""What may happen to stations on a random day. An act takes the day and the machine it happens at."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.domain.exchange import Head, Signed
from kiosk.domain.verdicts import RecordId
from kiosk.services.edit import Edit
from kiosk.storage import roster
from tests.builders import NOON
from tests.days.machines import Machine
from tests.meeting import hand

if TYPE_CHECKING:
    from tests.days.day import Day

Act = Callable[["Day", Machine], None]

PEOPLE, PLACES, STATIONS = 6, ("desk", "door"), 4
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Records on their way from one station to another, with what the sender holds."""

    sender: str
    to: str
    records: tuple[Signed, ...]
    vector: dict[str, Head]

    def arrive(self, day: Day) -> None:
        to = day.nodes[self.to]
        day.turn_to(to)
        hand(to.desk, day.chance.sample(self.records, len(self.records)))
        to.seen[self.sender] = self.vector


def code_of(person: int) -> str:
    """The code of one of the people."""
    return f"{person:06}"


def scan(day: Day, node: Machine) -> None:
    person, place = day.chance.randrange(PEOPLE), day.chance.choice(PLACES)
    verdict = node.desk.check_in.present(code_of(person), place)
    assert verdict is not None
    if verdict.admitted and not verdict.repeat:
        assert verdict.record is not None
        day.green[verdict.record] = node.hash_at(verdict.record) or b""


def edit(day: Day, node: Machine) -> None:
    view = node.store.view
    found = roster.by_code(view.connection, code_of(day.chance.randrange(PEOPLE)))
    assert found is not None
    person = found[0].id
    before = [touch.record for touch in view.touches(person) if "note" in _fields(touch.change)]
    Edit(node.store, node.desk.station).set(person, {"note": f"{day.chance.random()}"})
    (written,) = {t.record for t in view.touches(person) if "note" in _fields(t.change)} - set(before)
    day.knowing += [(person, record, written) for record in before]


def _fields(change: object) -> object:
    return getattr(change, "fields", {})


def undo(day: Day, node: Machine) -> None:
    rows = node.store.view.connection.execute("select log, seq from admission").fetchall()
    if rows:
        node.desk.check_in.undo(RecordId(*day.chance.choice(rows)))


def block(day: Day, node: Machine) -> None:
    code = code_of(day.chance.randrange(PEOPLE))
    found = roster.by_code(node.store.view.connection, code)
    assert found is not None
    Edit(node.store, node.desk.station).block(found[0].id, code)


def future(day: Day, node: Machine) -> None:
    """A program that is newer than the others writes something."""
    with node.store.write() as journal:
        journal.append("future.kind", {"x": day.chance.getrandbits(8)}, at=NOON, actor="station")


def send(day: Day, node: Machine) -> None:
    other = day.chance.choice(list(day.nodes))
    if other != node.name:
        batch = node.stations.batch_after(node.seen.get(other, {}))
        part = day.chance.choice([len(batch), 8, 3])
        day.messages.append(Batch(node.name, other, tuple(batch[:part]), dict(node.stations.vector())))


def deliver(day: Day, _node: Machine) -> None:
    if not day.messages:
        return
    message = day.chance.choice(day.messages)  # any order
    if day.chance.random() < 0.85:  # else it comes once more
        day.messages.remove(message)
    if day.chance.random() < 0.12 or frozenset((message.sender, message.to)) in day.cut:
        return
    message.arrive(day)


def kill(_day: Day, node: Machine) -> None:
    node.kill()
    node.start()


def clock(day: Day, node: Machine) -> None:
    node.skew_ms += day.chance.choice([-24, -1, 1, 24, 30_000]) * _HOUR_MS


def link(day: Day, node: Machine) -> None:
    other = day.chance.choice([*day.nodes, *(["hub"] if day.hub else [])])
    if other != node.name:
        day.cut ^= {frozenset((node.name, other))}


def backup(day: Day, node: Machine) -> None:
    node.kill()
    shutil.rmtree(day.folder / f"{node.name}.copy", ignore_errors=True)
    shutil.copytree(node.folder, day.folder / f"{node.name}.copy")
    node.start()


def restore(day: Day, node: Machine) -> None:
    copy = day.folder / f"{node.name}.copy"
    if not copy.exists():
        return
    lost = node.holdings()
    node.kill()
    shutil.rmtree(node.folder)
    shutil.copytree(copy, node.folder)
    node.start()
    day.gone |= lost - day.held_anywhere()
    day.copied.add(node.name)


def clone(day: Day, node: Machine) -> None:
    name = f"{node.name}'"
    if len(day.nodes) > STATIONS or name in day.nodes or node.name.endswith("'"):
        return
    node.kill()
    shutil.copytree(node.folder, day.folder / name)
    node.start()
    day.nodes[name] = Machine(name, day.folder / name, node.skew_ms)
    day.nodes[name].start()
    day.copied |= {node.name, name}


ACTS: dict[str, tuple[float, Act]] = {
    "scan": (30, scan), "edit": (5, edit), "undo": (2, undo), "block": (2, block), "future": (1, future),
    "send": (23, send), "deliver": (22, deliver), "kill": (3, kill), "clock": (2, clock), "link": (2, link),
    "backup": (2, backup), "restore": (1.5, restore), "clone": (0.7, clone),
}  # fmt: skip
"""How likely each is, before a day switches some off and exaggerates others."""
