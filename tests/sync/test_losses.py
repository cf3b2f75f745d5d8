"""Records lost for ever from the midst of a log: it is said, what follows counts, and they may be found again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.exchange import Signed, read_arrived
from kiosk.domain.gaps import Gap, body_of
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.journal import Kind, read_record
from kiosk.domain.verdicts import Outcome
from kiosk.hub.console import Console
from kiosk.hub.proof import verify as verify_hub
from kiosk.services.incidents import Incidents
from kiosk.services.stations import Stations
from kiosk.services.verify import verify
from tests.builders import NOON, Desk, a_station, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.meeting import agree, everything, hand, introduce, meet, some_desks, stations_of
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_round import rounds, unsent

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


def lose(desk: Desk, log: str, *lost: int) -> None:
    """What a bad page takes away, and mending cannot bring back."""
    with desk.store.write() as journal:
        for seq in lost:
            journal.connection.execute("delete from record where log = ? and seq = ?", (log, seq))
    desk.store.rebuild_view()


@pytest.fixture
def torn(live: LiveHub, tmp_path: Path) -> Iterator[tuple[Desk, str, list[Signed]]]:
    """A desk with records nobody else has, of which two were lost; its log, and all of it as it was."""
    with ExitStack() as closing:
        one = closing.enter_context(a_station(tmp_path / "one"))
        one.station.set_name("Desk 1")
        let_in(live, one)
        enrol(one.store, some_attendees(9))
        for n in range(1, 7):
            one.scan(f"{n:06}")
        log, whole = one.store.journal.log, everything(one.store)
    with a_station(tmp_path / "one") as one:
        lose(one, log, 4, 5)
        one.clock.forward(3600)
        yield one, log, whole


def lost_at(desk: Desk) -> list[str]:
    found = [each for each in Incidents(desk.store, desk.station).open() if each.kind is IncidentKind.LOST]
    return [f"{each.who}: {each.one.says}" for each in found]


def test_a_station_says_what_it_lost_and_what_follows_counts(
    live: LiveHub, stationed: Stationed, torn: tuple[Desk, str, list[Signed]]
) -> None:
    one, log, whole = torn
    two = stationed("Desk 2")
    let_in(live, two)
    for desk in (one, two, one):
        rounds(desk)
    assert unsent(one) == 0
    assert agree(one, two)
    assert lost_at(one) == lost_at(two) == ["Desk 1: 2 records are lost"]
    assert stations_of(two).vector()[log].holes == ((4, 5),)
    assert [two.scan(f"{n:06}").outcome is Outcome.ALREADY for n in range(1, 7)] == [
        True,
        False,
        False,
        True,
        True,
        True,
    ]
    for desk in (one, two):
        assert verify(desk.store).problems == ()
    with live.hub.database.snapshot() as connection:
        assert verify_hub(connection).problems == ()

    # A third station had them from a stick, and comes only now.
    three = stationed("Desk 3")
    introduce(one, three)
    hand(three, whole)
    let_in(live, three)
    for desk in (three, one, two, three, one, two):
        rounds(desk)
    for desk in (one, two, three):
        assert stations_of(desk).vector()[log].holes == ()
        assert verify(desk.store).problems == ()
        assert unsent(desk) == 0
    assert agree(one, two, three)
    twice = [each for each in Incidents(two.store, two.station).open() if each.kind is IncidentKind.TWICE]
    assert len(twice) == 2, "whom the second desk let in meanwhile, not knowing"


def test_what_the_hub_holds_comes_back_and_nothing_is_said_to_be_lost(
    live: LiveHub, stationed: Stationed, tmp_path: Path
) -> None:
    one = stationed("Desk 1")
    let_in(live, one)
    enrol(one.store, some_attendees(9))
    for n in range(1, 7):
        one.scan(f"{n:06}")
    rounds(one)
    log = one.store.journal.log
    lose(one, log, 4, 5)
    rounds(one)
    rounds(one)
    assert stations_of(one).vector()[log].seq >= 8
    assert lost_at(one) == []
    assert verify(one.store).problems == ()


def test_an_organizer_says_it_for_a_laptop_that_is_gone(
    live: LiveHub, stationed: Stationed, torn: tuple[Desk, str, list[Signed]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, log, _whole = torn
    monkeypatch.setattr(Stations, "say_lost", lambda _self, _held: 0)
    rounds(one)
    two = stationed("Desk 2")
    let_in(live, two)
    rounds(two)
    assert two.scan("000005").outcome is Outcome.ADMITTED, "it waits for what is lost"
    (held,) = Console(live.hub).held_back()
    assert (held.log, held.seq, held.station, held.kind, held.missing, held.waiting) == (log, 6, "Desk 1", "", 2, 3)
    Console(live.hub).leave_out(held.log)
    rounds(two)
    assert two.scan("000004").outcome is Outcome.ALREADY
    assert lost_at(two) == ["Desk 1: 2 records are lost"]


@pytest.mark.parametrize("seed", range(6))
def test_the_order_in_which_it_is_heard_decides_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with some_desks(tmp_path, 4) as (one, two, three, four):
        enrol(one.store, some_attendees(9))
        for n in range(1, 7):
            one.scan(f"{n:06}")
        log, whole = one.store.journal.log, everything(one.store)
        hand(four, whole)
        lose(one, log, 7, 8, 9)
        stations_of(two).receive([each for each in everything(one.store) if each in whole])
        parked = stations_of(two).vector()
        assert parked[log].parked > 9
        assert stations_of(one).say_lost(parked) == 3
        batch = everything(one.store)
        chance.shuffle(batch)
        cut = chance.randrange(len(batch))
        for part in (batch[:cut], batch[cut:], batch):
            hand(three, part)
            hand(two, part[::-1])
        for desk in (two, three):
            assert stations_of(desk).vector()[log] == stations_of(one).vector()[log]
            assert stations_of(desk).vector()[log].holes == ((7, 9),)
        meet(one, two, three, four)  # one still holds them
        assert stations_of(one).vector()[log].holes == ()
        assert agree(one, two, three, four)


def test_nobody_says_of_another_s_log_that_it_goes_on(tmp_path: Path) -> None:
    """A station that says so of a log that is not its own is not heeded."""
    with some_desks(tmp_path, 3) as (one, two, three):
        enrol(one.store, some_attendees(9))
        for n in range(1, 7):
            one.scan(f"{n:06}")
        log = one.store.journal.log
        lose(one, log, 4, 5)
        hand(three, everything(one.store))
        hand(two, everything(one.store))
        follows = read_arrived(next(each for each in everything(one.store) if read_record(each.data).id.seq == 6))
        gap = Gap(log, 4, 5, follows.record.prev, follows.hash.hex(), "")
        with two.store.write() as journal:
            journal.append(Kind.GAP, body_of(gap), at=NOON, actor="station")
        hand(three, everything(two.store))
        assert stations_of(three).vector()[log].seq == 3
        with one.store.write() as journal:
            journal.begin_log()
            journal.append(Kind.GAP, body_of(gap), at=NOON, actor="station")
        hand(three, everything(one.store))
        assert stations_of(three).vector()[log].seq > 6


def test_a_receipt_over_a_log_with_holes_clears_only_what_is_before_them(tmp_path: Path) -> None:
    """Where we still have what the hub was told is lost."""
    with a_station(tmp_path / "one") as one:
        enrol(one.store, some_attendees(9))
        for n in range(1, 7):
            one.scan(f"{n:06}")
        log, stations = one.store.journal.log, stations_of(one)
        head = stations.vector()[log]
        stations.confirmed("HUB", {log: replace(head, holes=((4, 5),))}, None)
        assert stations.unsent("HUB") == head.seq - 3
        stations.confirmed("HUB", {log: head}, None)
        assert stations.unsent("HUB") == 0
