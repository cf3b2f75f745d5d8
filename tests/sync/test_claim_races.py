"""One code at two stations within 50 ms, two hundred times: one green while the hub answers, an incident where not.

Real desks and doors, a real hub, TLS over a way that can be slow or break off. Half of the races are run on each
database: `RACES` says how many of which kind.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kiosk.bench.ways import UP, Fault, FaultProxy
from kiosk.domain.claims import ClaimState
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.programme import DoorPolicy
from kiosk.domain.verdicts import Verdict
from kiosk.hub import claim_routes
from kiosk.hub.app import make_app
from kiosk.hub.hub import open_hub
from kiosk.hub.server import HubServer
from kiosk.hub.table import ROUTES
from kiosk.services.doors import Door, Doors
from kiosk.services.hub_link import HubLink
from kiosk.services.incidents import Incident, Incidents
from kiosk.storage.journal import utc_now
from kiosk.sync import claims as claims_module
from kiosk.sync import loop as loop_module
from kiosk.sync.claims import HubClaims
from kiosk.sync.loop import SyncLoop
from tests.builders import KEY, Desk, a_session, a_station, enrol, hold, some_attendees
from tests.databases import SQLITE, fresh, kinds
from tests.hub.conftest import LiveHub
from tests.sync.conftest import let_in
from tests.sync.test_loop import wait_for
from tests.sync.test_round import rounds

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]

RACES = {"near": 76, "far": 8, "killed": 16}
"""On each database: through a quick network, with 200 ms to the hub and back, with a hub that is killed meanwhile."""
APART_S = (0.0, 0.0, 0.0, 0.0, 0.0, 0.001, 0.002, 0.005, 0.02, 0.05)
FAR = Fault(delay_s=0.1)
DOWN = Fault(refuses=lambda _n: True)
MEETING_S = 5.0
"""So soon after stations have met an incident is shown."""
PATIENCE_S = 20.0

Present = Callable[[str], Verdict | None]


@dataclass(slots=True)
class Rivals:
    """Two stations that know the same people, and the way of each to their hub."""

    live: LiveHub
    desks: tuple[Desk, Desk]
    doors: tuple[Present, Present]
    claims: tuple[HubClaims, HubClaims]
    ways: tuple[FaultProxy, FaultProxy]
    chance: random.Random
    threads: ThreadPoolExecutor
    numbers: Iterator[int]

    def turn(self, fault: Fault) -> None:
        """Another network between both stations and their hub."""
        for way in self.ways:
            way.turn(fault)

    def ask_again(self) -> None:
        """Until both would ask the hub before they let anybody in."""
        for claims in self.claims:
            claims.probe()
            wait_for(lambda claims=claims: claims.is_open)  # type: ignore[misc]

    def code(self) -> str:
        """Of somebody nobody has seen yet."""
        return f"{next(self.numbers):06}"

    def race(
        self, places: Sequence[Present], code: str, meanwhile: Callable[[], object] = lambda: None
    ) -> list[Verdict]:
        """Present one code at both, one of them up to 50 ms later."""
        start, apart_s, late = threading.Barrier(3), self.chance.choice(APART_S), self.chance.randrange(2)

        def present(n: int) -> Verdict:
            start.wait()
            if n == late:
                threading.Event().wait(apart_s)  # what the race is about: nobody waits for anything to have happened
            verdict = places[n](code)
            assert verdict is not None
            return verdict

        answers = [self.threads.submit(present, n) for n in (0, 1)]
        start.wait()
        meanwhile()
        return [answer.result() for answer in answers]

    def at(self, what: str) -> Sequence[Present]:
        """Where people are scanned: at the desks, or at two doors of one session."""
        return self.doors if what == "door" else [desk.scan for desk in self.desks]

    def incidents(self, codes: set[str]) -> list[list[Incident]]:
        """What each station says about these people, once they have met."""
        return [
            [each for each in Incidents(desk.store, desk.station).all() if numbers_of(each) in codes]
            for desk in self.desks
        ]


def numbers_of(incident: Incident) -> str:
    """The code of whom it is about: they are called First7 Last7."""
    return f"{int(incident.who.rpartition('Last')[2]):06}"


@pytest.fixture(scope="module", params=kinds())
def rivals(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rivals]:
    url = None if request.param == SQLITE else fresh(request.getfixturevalue("postgresql"), "races")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as closing:
        patch.setattr(claims_module, "BUDGET_S", 20.0)  # a busy machine is no hub that hangs
        patch.setattr(claims_module, "QUICK_S", 20.0)
        yield closing.enter_context(_rivals(tmp_path_factory.mktemp("races"), url))


@contextmanager
def _rivals(folder: Path, url: str | None) -> Iterator[Rivals]:
    with ExitStack() as closing:
        hub = open_hub(folder / "hub", KEY, url)
        closing.callback(hub.close)
        server = HubServer(hub, make_app(hub, ROUTES), "127.0.0.1", 0)
        closing.callback(server.stop)
        server.start()
        live = LiveHub(hub, server, url)
        desks, ways, claims, doors = [], [], [], []
        for name in ("Desk 1", "Desk 2"):
            desk = closing.enter_context(a_station(folder / name))
            desk.station.set_name(name)
            link = let_in(live, desk)
            way = FaultProxy(server.port)
            closing.callback(way.close)
            asking = HubClaims(replace(link, addresses=(way.address,)))
            closing.callback(asking.close)
            desk.check_in.claims = asking
            desks.append(desk)
            ways.append(way)
            claims.append(asking)
        hub.clock = utc_now  # a claim is forgotten after ten seconds
        session = a_session(door=DoorPolicy.ANYONE, start=utc_now(), minutes=600)
        hold(desks[0].store, session)
        enrol(desks[0].store, some_attendees(400))
        for desk in (desks[0], desks[1], desks[0]):
            rounds(desk)
        for desk in desks:
            door = Doors(desk.store, desk.station)
            door.claims = desk.check_in.claims
            doors.append(lambda code, door=door: door.present(code, Door(session.room)))
        threads = closing.enter_context(ThreadPoolExecutor(2))
        pairs = (tuple(each) for each in (desks, doors, claims, ways))
        yield Rivals(live, *pairs, random.Random(1), threads, count(1))  # type: ignore[arg-type]


def meet(rivals: Rivals) -> None:
    one, two = rivals.desks
    for desk in (one, two, one):
        rounds(desk)


def asked(desk: Desk, verdict: Verdict) -> ClaimState:
    """What the record of an answer says came of asking the hub."""
    assert verdict.record is not None
    with desk.store.reading():
        basis = desk.store.record_of(verdict.record).basis
    return ClaimState((basis or {}).get("claim", ""))


@pytest.mark.parametrize("what", ["desk", "door"])
@pytest.mark.parametrize("network", ["near", "far"])
def test_while_the_hub_answers_exactly_one_is_green(rivals: Rivals, network: str, what: str) -> None:
    rivals.turn(FAR if network == "far" else UP)
    rivals.ask_again()
    codes = set()
    for _ in range(RACES[network] // 2):
        codes.add(code := rivals.code())
        verdicts = rivals.race(rivals.at(what), code)
        assert sorted(verdict.admitted for verdict in verdicts) == [False, True]
        states = [asked(desk, verdict) for desk, verdict in zip(rivals.desks, verdicts, strict=True)]
        assert sorted(states) == [ClaimState.GRANTED, ClaimState.TAKEN]
        (refused,) = [verdict for verdict in verdicts if not verdict.admitted]
        assert refused.first is not None
        assert refused.first.station in ("Desk 1", "Desk 2")
    rivals.turn(UP)
    meet(rivals)
    assert rivals.incidents(codes) == [[], []]


@pytest.mark.parametrize("what", ["desk", "door"])
def test_a_hub_killed_meanwhile_leaves_an_incident_for_whoever_was_let_in_twice(
    rivals: Rivals, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, held, dead = claim_routes.claim, threading.Event(), threading.Event()
    left: list[int] = []

    def held_back(*question: Any) -> Any:
        """Decided and on the disk; the answer never leaves: of the first question, or of the second."""
        answer = claim(*question)
        left[0] -= 1
        if left[0] == 0:
            held.set()
            assert dead.wait(PATIENCE_S)
        return answer

    def killed() -> None:
        assert held.wait(PATIENCE_S), "nobody has asked"
        rivals.turn(DOWN)
        dead.set()

    monkeypatch.setattr(claim_routes, "claim", held_back)
    twice = set()
    for n in range(RACES["killed"] // 2):
        rivals.turn(UP)
        rivals.ask_again()
        left[:] = [1 + n % 2]
        held.clear()
        dead.clear()
        twice.add(code := rivals.code())
        verdicts = rivals.race(rivals.at(what), code, killed)
        assert [verdict.admitted for verdict in verdicts] == [True, True]
        states = {asked(desk, verdict) for desk, verdict in zip(rivals.desks, verdicts, strict=True)}
        assert ClaimState.ALONE in states
        assert ClaimState.TAKEN not in states
    rivals.turn(UP)
    meet(rivals)
    for shown in rivals.incidents(twice):
        assert {numbers_of(each) for each in shown} == twice
        assert {each.kind for each in shown} == {IncidentKind.TWICE}
    at_the_hub = rivals.live.hub.board.now()
    alone = at_the_hub.station_headers.index("Decided alone")
    assert sum(int(row[alone]) for row in at_the_hub.stations) >= len(twice)
    assert len(at_the_hub.alarms) >= len(twice)


def test_an_incident_is_seen_within_seconds_once_they_meet(rivals: Rivals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "wait_s", lambda _failures, _chance: 0.02)
    before = len(rivals.live.hub.board.now().alarms)
    rivals.turn(DOWN)
    codes = {rivals.code() for _ in range(4)}
    for desk in rivals.desks:
        desk.check_in.claims = None
        assert all(desk.scan(code).admitted for code in sorted(codes))
    with ExitStack() as closing:
        for desk, way in zip(rivals.desks, rivals.ways, strict=True):
            link = HubLink.read(desk.store)
            assert link is not None
            replace(link, addresses=(way.address,)).write(desk.store)
            loop = SyncLoop(desk.store, desk.station, lambda _status: None)
            closing.callback(loop.close)
            loop.start()
        for way in rivals.ways:
            assert way.met(PATIENCE_S)
        rivals.turn(UP)
        began = time.monotonic()
        wait_for(lambda: all({numbers_of(each) for each in shown} == codes for shown in rivals.incidents(codes)))
        wait_for(lambda: len(rivals.live.hub.board.now().alarms) >= before + len(codes))
        assert time.monotonic() - began < MEETING_S
