"""Vectors told by what changed, between real stations and a real hub: whatever is lost, doubled or forgotten, they end
as they would with whole vectors.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import msgspec
import pytest

from kiosk.domain.exchange import Head
from kiosk.domain.vectors import EMPTY, Difference, Past
from kiosk.hub import records
from kiosk.sync.client import HubClient
from kiosk.sync.loop import exchange
from kiosk.sync.round import Round
from kiosk.wire.codec import encode
from kiosk.wire.rounds import SyncAnswer, SyncRequest
from tests.builders import Desk, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.meeting import agree, stations_of
from tests.sync.conftest import Stationed, let_in

pytestmark = pytest.mark.timeout(120)


def hub_vector(live: LiveHub) -> dict[str, Head]:
    with live.hub.database.read() as connection:
        return records.vector(connection)


class Way:
    """One station's way to the hub, on which answers get lost and come twice or late."""

    def __init__(self, live: LiveHub, desk: Desk) -> None:
        link = let_in(live, desk)
        self.client, self.round = HubClient(link), Round(desk.store, desk.station, link)
        self.past: list[tuple[SyncRequest, SyncAnswer]] = []

    def ask(self) -> tuple[SyncRequest, SyncAnswer]:
        request = self.round.request()
        self.past.append((request, self.client.ask("POST", "/v1/sync", request, SyncAnswer)))
        return self.past[-1]

    def settle(self) -> None:
        for _ in range(30):
            if not exchange(self.client, self.round).more:
                return
        raise AssertionError("they do not come to an end")


Ways = Callable[..., list[Way]]


@pytest.fixture
def ways_of(live: LiveHub) -> Iterator[Ways]:
    """Ways of desks to the hub, closed after the test."""
    with ExitStack() as closing:

        def open_ways(*desks: Desk) -> list[Way]:
            ways = [Way(live, desk) for desk in desks]
            for way in ways:
                closing.callback(way.client.close)
            return ways

        yield open_ways


@pytest.mark.expect_log
@pytest.mark.parametrize("seed", range(4))
def test_any_history_of_lost_and_doubled_answers_ends_as_with_whole_vectors(
    live: LiveHub, stationed: Stationed, ways_of: Ways, seed: int
) -> None:
    chance = random.Random(seed)
    desks = [stationed(f"Desk {n}") for n in (1, 2)]
    enrol(desks[0].store, some_attendees(30))
    ways = ways_of(*desks)
    for step in range(30):
        n = chance.randrange(2)
        way, scanned = ways[n], f"{step + 1:06}"
        match chance.choice(("scan", "round", "round", "lost", "twice", "late", "start anew", "parked")):
            case "scan":
                desks[n].scan(scanned)
            case "round":
                way.round.answered(*way.ask())
            case "lost":
                way.ask()
            case "twice":
                told = way.ask()
                way.round.answered(*told)
                way.round.answered(*told)
            case "late" if way.past:
                way.round.answered(*chance.choice(way.past))
            case "start anew":
                live.hub.past = Past()
            case "parked":
                live.hub.past = Past(chance.randrange(5))
    for way in (*ways, *ways):
        way.settle()
    assert agree(*desks)
    assert hub_vector(live) == stations_of(desks[0]).vector() == stations_of(desks[1]).vector()
    for way in ways:
        assert way.round.unsent() == 0


def test_a_round_says_what_changed_and_no_more(live: LiveHub, stationed: Stationed, ways_of: Ways) -> None:
    one, two = stationed("Desk 1"), stationed("Desk 2")
    enrol(one.store, some_attendees(9))
    ways = ways_of(one, two)
    for way in (*ways, *ways):
        way.settle()
    one.scan("000001")
    request, answer = ways[0].ask()
    ways[0].round.answered(request, answer)
    assert request.vector is None
    assert request.difference is not None
    assert list(request.difference.heads) == [one.store.journal.log]
    assert answer.vector is None
    assert answer.difference is not None
    assert list(answer.difference.heads) == [one.store.journal.log]
    request, answer = ways[0].ask()
    assert request.difference is not None
    assert answer.difference is not None
    assert (dict(request.difference.heads), dict(answer.difference.heads)) == ({}, {})


def test_a_hub_that_does_not_remember_asks_for_the_whole_vector(
    live: LiveHub, stationed: Stationed, ways_of: Ways
) -> None:
    one, two = stationed("Desk 1"), stationed("Desk 2")
    enrol(one.store, some_attendees(9))
    ways = ways_of(one, two)
    for way in (*ways, *ways):
        way.settle()
    two.scan("000002")
    ways[1].settle()
    live.hub.past = Past()  # another process of the hub, or the same after a start
    one.scan("000001")
    request, answer = ways[0].ask()
    assert answer.vector_wanted
    assert answer.records == []
    assert ways[0].round.answered(request, answer).more
    assert ways[0].round.request().vector is not None
    for way in (*ways, *ways):
        way.settle()
    assert agree(one, two)


def test_a_difference_that_does_not_add_up_is_not_gone_by(live: LiveHub, stationed: Stationed, ways_of: Ways) -> None:
    one = stationed("Desk 1")
    enrol(one.store, some_attendees(9))
    (way,) = ways_of(one)
    way.settle()
    one.scan("000001")
    request = way.round.request()
    assert request.difference is not None
    for lie in (
        Difference("5" * 16, request.difference.mark, request.difference.heads),
        Difference(request.difference.base, "5" * 16, request.difference.heads),
        Difference(EMPTY, request.difference.mark, request.difference.heads),
    ):
        altered = msgspec.structs.replace(request, difference=lie, push=[])
        answer = way.client.ask("POST", "/v1/sync", altered, SyncAnswer)
        assert answer.vector_wanted
        assert answer.records == []
    answer = way.client.ask("POST", "/v1/sync", request, SyncAnswer)
    assert answer.difference is not None
    wrong = Difference(answer.difference.base, "5" * 16, answer.difference.heads)
    way.round.answered(request, msgspec.structs.replace(answer, difference=wrong))
    one.scan("000002")
    assert way.round.request().vector is not None
    way.settle()
    assert way.round.unsent() == 0


def test_a_program_of_yesterday_is_still_understood(live: LiveHub, stationed: Stationed, ways_of: Ways) -> None:
    """It tells and hears whole vectors: it knows neither marks nor differences."""
    one, two = stationed("Desk 1"), stationed("Desk 2")
    enrol(one.store, some_attendees(9))
    ways = ways_of(one, two)
    for way in (*ways, *ways):
        for _ in range(9):
            request, answer = way.ask()
            old = msgspec.structs.replace(answer, mark="", difference=None)
            if not way.round.answered(request, old).more:
                break
            assert way.round.request().difference is None
    assert agree(one, two)
    for way in ways:
        assert way.round.unsent() == 0


def test_what_a_quiet_round_and_a_scan_cost_does_not_grow_with_the_number_of_logs(
    live: LiveHub, stationed: Stationed, ways_of: Ways
) -> None:
    one = stationed("Desk 1")
    (way,) = ways_of(one)
    for _ in range(12):
        one.scan("nobody")
        with one.store.write() as journal:
            journal.begin_log()
        way.settle()
    one.scan("nobody else")
    request, answer = way.ask()
    assert len(stations_of(one).vector()) >= 12
    assert len(encode(request.difference)) + len(encode(answer.difference)) < 800
