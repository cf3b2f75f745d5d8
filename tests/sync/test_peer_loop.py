"""Whose turn it is among stations nearby, where they may be, and what is said of it: the loop beside the hub's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from kiosk.domain.peers import MOST_ADDRESSES, MOST_PEERS
from kiosk.services.doctor import State
from kiosk.services.doctor_nearby import examine_nearby
from kiosk.services.hub_link import HubLink
from kiosk.sync.listening import Listener, Reply
from kiosk.sync.peers import PeerLoop
from kiosk.sync.tls import answering_context
from tests.hub.conftest import Serve
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_loop import known_at, wait_for
from tests.sync.test_peers import DESK, DOOR, Meeting, Nearbies, Side, beside, database_url, fleet

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]

__all__ = ["beside", "database_url", "fleet"]


@dataclass(slots=True)
class Loops:
    """Loops that end with the test."""

    closing: ExitStack

    def start(self, side: Side, needed: Callable[[], bool] = lambda: True) -> PeerLoop:
        loop = PeerLoop(side.nearby, needed, lambda: None, lambda: None)
        side.desk.store.on_record = loop.wake
        self.closing.callback(loop.close)
        loop.start()
        return loop


@pytest.fixture
def loops() -> Iterator[Loops]:
    with ExitStack() as closing:
        yield Loops(closing)


def test_stations_that_know_where_the_others_are_go_on_by_themselves(fleet: Meeting, loops: Loops) -> None:
    meeting = fleet(DESK, DESK, DESK)
    one, two, three = meeting.sides
    meeting.live.server.stop()
    one.nearby.may_be_at(two.device, ["127.0.0.1:1", two.address])
    three.nearby.may_be_at(two.device, [two.address])
    first = loops.start(one)
    loops.start(three)
    assert one.desk.scan("000001").admitted
    wait_for(lambda: known_at(two.desk, "000001"))
    wait_for(lambda: known_at(three.desk, "000001"))  # which has never heard of the first one's address
    wait_for(lambda: first.holders() == ["Station 2"])
    assert one.nearby.addresses()[two.device][0] == two.address, "where it answered comes first"
    (_state, other) = first.states()
    assert (other.answers, other.met) == (False, None)
    assert three.desk.scan("000002").admitted
    assert first.holders() == ["Station 2"], "what another one wrote is not our own"
    assert one.desk.scan("000003").admitted
    wait_for(lambda: known_at(two.desk, "000003"))


def test_how_it_stands_is_said_once_for_all_and_not_after_each(fleet: Meeting, loops: Loops) -> None:
    one, two, three = fleet(DESK, DESK, DESK).sides
    for other in (two, three):
        one.nearby.may_be_at(other.device, [other.address])
    said: list[list[str]] = []
    loop = PeerLoop(one.nearby, lambda: True, lambda: None, lambda: said.append(loop.holders()))
    loops.closing.callback(loop.close)
    loop.start()
    wait_for(lambda: bool(said))
    assert said[0] == ["Station 2", "Station 3"]


def test_where_else_it_lies_is_said_of_what_was_written_until_then(fleet: Meeting) -> None:
    one, two = fleet(DESK, DESK).sides
    loop = PeerLoop(one.nearby, lambda: True, lambda: None, lambda: None)
    assert loop.holders() == []
    loop.ask_everybody([two.address])
    assert loop.holders() == ["Station 2"]
    assert one.desk.scan("000001").admitted
    assert loop.holders() == [], "the newest record is only here"
    loop.ask_everybody([])
    assert loop.holders() == ["Station 2"]
    two.listener.close()
    assert one.desk.scan("000002").admitted
    loop.ask_everybody([])
    assert loop.holders() == []


def test_whoever_sits_where_a_station_was_is_not_taken_for_it(fleet: Meeting) -> None:
    one, two, three = fleet(DESK, DESK, DESK).sides
    asked: list[str] = []
    loop = PeerLoop(one.nearby, lambda: True, lambda: None, lambda: None)
    listener = Listener(
        answering_context(two.nearby.link),
        lambda device, _path, _body: asked.append(device) or Reply(404, b"{}"),  # type: ignore[func-returns-value]
        "127.0.0.1",
        0,
    )
    one.nearby.may_be_at(three.device, [f"127.0.0.1:{listener.port}"])
    loop.ask_everybody([])
    listener.close()
    assert asked == []
    assert not any(state.answers for state in loop.states())


def test_nobody_is_asked_while_the_hub_answers(fleet: Meeting, loops: Loops) -> None:
    one, two = fleet(DESK, DESK).sides
    asked, needed = threading.Event(), threading.Event()
    one.nearby.may_be_at(two.device, [two.address])

    def is_needed() -> bool:
        asked.set()
        return needed.is_set()

    loop = loops.start(one, is_needed)
    assert one.desk.scan("000001").admitted
    for _n in range(2):
        asked.clear()
        assert asked.wait(20)
    assert loop.states()[0].met is None
    needed.set()
    loop.wake()
    wait_for(lambda: known_at(two.desk, "000001"))


def test_an_address_somebody_tells_of_is_tried_and_believed_only_if_it_is_one_of_us(
    fleet: Meeting, loops: Loops, serve: Serve, stationed: Stationed, beside: Nearbies
) -> None:
    one, two = fleet(DESK, DESK).sides
    stranger = stationed("Stranger")
    let_in(serve(folder=one.desk.store.folder.parent / "other hub"), stranger)
    foreign = beside(stranger)
    loop = loops.start(one)
    loop.somebody_at([foreign.address, one.address, "127.0.0.1:1", two.address])
    loop.wake()
    assert one.desk.scan("000001").admitted
    wait_for(lambda: known_at(two.desk, "000001"))
    assert one.nearby.addresses() == {two.device: (two.address,)}
    assert not foreign.heard


def test_thousands_of_addresses_are_not_kept(fleet: Meeting) -> None:
    one, two = fleet(DESK, DESK).sides
    loop = PeerLoop(one.nearby, lambda: False, lambda: None, lambda: None)
    loop.somebody_at([f"10.1.{n // 250}.{n % 250}:7444" for n in range(5000)])
    assert len(loop._strangers) == MOST_PEERS
    for n in range(200):
        one.nearby.may_be_at(two.device, [f"10.0.0.{n}:7444", "x" * 5000, "not an address", "a:99999"])
    assert len(one.nearby.addresses()[two.device]) == MOST_ADDRESSES


def test_the_self_check_counts_them(fleet: Meeting) -> None:
    one, two = fleet(DESK, DOOR).sides
    one.nearby.may_be_at(two.device, [two.address])
    (check,) = examine_nearby(one.desk.station)
    assert check.value == "1 other known, of 1 it is known where they are; others may ask this one, on port 7444"
    (check,) = examine_nearby(two.desk.station, "There is no multicast here.")
    assert check.value == "1 other known, of 0 it is known where they are; others may not ask this one"
    assert (check.state, check.fix) == (State.LOOK, "There is no multicast here.")
    HubLink.forget(one.desk.store)
    assert list(examine_nearby(one.desk.station)) == []
