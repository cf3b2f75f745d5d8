"""What may happen between stations and a hub on a random day, and to the hub."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kiosk.domain.trust import DeviceRole
from kiosk.errors import HubTrouble
from kiosk.sync.http import Answer
from kiosk.sync.round import Round
from kiosk.wire.codec import encode
from kiosk.wire.rounds import SyncRequest
from tests.days.acts import Act
from tests.days.machines import Machine, hear, meet_hub

if TYPE_CHECKING:
    from tests.days.day import Day

PORTALS = [Answer(status, "text/html", b"<html>Accept the terms</html>") for status in (200, 200, 302, 511)]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A round's question on its way to the hub."""

    sender: str
    round: Round
    """Of the process that asked: an answer is for nobody else."""
    request: SyncRequest
    data: bytes
    asked_ms: int
    to: str = "hub"

    def arrive(self, day: Day) -> None:
        assert day.hub is not None
        node = day.nodes[self.sender]
        day.turn_to(None)
        cut = day.chance.randrange(len(self.data)) if day.chance.random() < 0.05 else None
        dies = day.chance.random() < day.make.hub_dies
        early = dies and day.chance.random() < 0.6
        answer = day.hub.ask(node.link, self.data, cut=cut, dies=early)
        if answer is not None and (early or not dies):  # it died after it had committed, before it answered
            day.messages.append(Answered("hub", self.sender, self, answer))
        if dies:
            day.hub.restart()


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """An answer on its way to who asked: of the hub, or of something else on the way."""

    sender: str
    to: str
    asked: Asked
    answer: Answer

    def arrive(self, day: Day) -> None:
        node, answer = day.nodes[self.to], self.answer
        if node.round is not self.asked.round:
            return  # whoever asked has died since
        day.turn_to(node)
        if day.chance.random() < 0.08:
            answer = replace(answer, data=answer.data[: day.chance.randrange(len(answer.data))])
        with suppress(HubTrouble):
            hear(node.round, self.asked.request, self.asked.asked_ms, answer)
        day.is_honest(node)


def ask(day: Day, node: Machine) -> None:
    request, asked_ms = node.round.request(), node.round.now_ms()
    asked = Asked(node.name, node.round, request, encode(request), asked_ms)
    if day.chance.random() < day.make.portal:
        day.messages.append(Answered("hub", node.name, asked, day.chance.choice(PORTALS)))
    else:
        day.messages.append(asked)


def meet(day: Day, node: Machine) -> None:
    """Rounds as they are when nothing is wrong."""
    assert day.hub is not None
    if frozenset((node.name, "hub")) not in day.cut:
        meet_hub(node, day.hub)
        day.is_honest(node)


def kill_hub(day: Day, _node: Machine) -> None:
    assert day.hub is not None
    day.hub.restart()


def hub_clock(day: Day, _node: Machine) -> None:
    assert day.hub is not None
    day.hub.skew_ms += day.chance.choice([-24, -1, 1, 24, 30_000]) * 3_600_000


def hub_backup(day: Day, _node: Machine) -> None:
    assert day.hub is not None
    day.backups.append(day.hub.copy())


def hub_restore(day: Day, _node: Machine) -> None:
    assert day.hub is not None
    if not day.backups:
        return
    lost = day.hub.holdings()
    day.hub.put_back(day.chance.choice(day.backups))
    day.gone |= lost - day.held_anywhere()


def demote(day: Day, node: Machine) -> None:
    """The organizer makes a station a door's: what a door may not write is refused from now on."""
    assert day.hub is not None
    device = node.store.journal.device.id
    day.hub.give_role(DeviceRole.DOOR, device)


HUB_ACTS: dict[str, tuple[float, Act]] = {
    "ask": (20, ask), "meet": (4, meet), "kill hub": (2, kill_hub), "hub clock": (1, hub_clock),
    "hub backup": (2.5, hub_backup), "hub restore": (1.5, hub_restore), "demote": (1, demote),
}  # fmt: skip
"""How likely each is where there is a hub."""
