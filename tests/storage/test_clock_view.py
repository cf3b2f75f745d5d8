"""Times put right in the view of real stations: everywhere the same, and nothing that was recorded changes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.domain.admission import DESK
from kiosk.domain.journal import Kind, read_record
from kiosk.domain.verdicts import Outcome
from kiosk.services.doctor import examine_data
from kiosk.services.incidents import Incidents
from kiosk.storage import own_clock, passages, roster
from kiosk.storage.proof import fingerprints, view_against_fold
from tests.builders import Desk, an_attendee, enrol
from tests.clocks import Computer, Truth, a_desk_of, compare
from tests.meeting import agree, everything, hand, introduce, meet

HOUR_S = 3600
ADA = an_attendee("Ada", "Lovelace", code="000001", id="ADA")
BOB = an_attendee("Bob", "Young", code="000002", id="BOB")


@contextmanager
def desks(folder: Path, *behind_s: float) -> Iterator[list[Desk]]:
    """Desks whose clocks are behind by so much, in one conference with one truth."""
    truth = Truth()
    with ExitStack() as closing:
        found = [
            closing.enter_context(a_desk_of(folder / f"desk{n}", Computer(truth, each), f"Desk {n}"))
            for n, each in enumerate(behind_s, 1)
        ]
        introduce(*found)
        enrol(found[0].store, ADA, BOB)
        meet(*found)
        yield found


def admitted_at(desk: Desk, attendee_id: str = "ADA") -> datetime:
    found = roster.admission_of(desk.store.view.connection, attendee_id, DESK)
    assert found is not None
    return found.at


def walls(desk: Desk) -> list[datetime]:
    """What the clock said at each admission, by the records themselves."""
    read = (read_record(signed.data) for signed in everything(desk.store))
    return [record.at for record in read if record.kind == Kind.ADMIT]


@pytest.mark.parametrize("behind_s", [HOUR_S, -HOUR_S, 10 * 365 * 24 * HOUR_S, 2520])
def test_a_scan_before_the_first_comparison_is_put_right_and_what_was_recorded_stays(
    tmp_path: Path, behind_s: float
) -> None:
    with desks(tmp_path, behind_s, 0) as (one, two):
        one.scan("000001")
        scanned = one.clock()
        assert admitted_at(one) == scanned - timedelta(seconds=behind_s)
        one.clock.forward(3 * HOUR_S)
        compare(one)
        assert admitted_at(one) == scanned
        one.scan("000002")
        assert admitted_at(one, "BOB") == one.clock()
        assert walls(one) == [scanned - timedelta(seconds=behind_s), one.clock() - timedelta(seconds=behind_s)]
        meet(one, two)
        assert admitted_at(two) == scanned
        assert agree(one, two)


def test_a_clock_that_is_right_is_left_alone(tmp_path: Path) -> None:
    with desks(tmp_path, 0.4) as (one,):
        one.scan("000001")
        before = admitted_at(one)
        compare(one)
        assert admitted_at(one) == before == walls(one)[0]


def test_a_clock_that_is_set_is_noted_and_the_times_stay_true(tmp_path: Path) -> None:
    truth = Truth()
    computer = Computer(truth, HOUR_S)
    with a_desk_of(tmp_path, computer) as desk:
        enrol(desk.store, ADA, BOB)
        desk.scan("000001")
        first = truth()
        computer.behind_s = 0
        desk.scan("000002")
        second = truth()
        notes = [r.body for r in map(read_record, data_of(desk)) if r.kind == Kind.CLOCK]
        assert notes == [{"jumped_ms": HOUR_S * 1000}]
        compare(desk)
        assert [admitted_at(desk), admitted_at(desk, "BOB")] == [first, second]


def test_a_log_that_begins_with_a_clock_just_set_is_opened_once(tmp_path: Path) -> None:
    truth = Truth()
    computer = Computer(truth, HOUR_S)
    with a_desk_of(tmp_path, computer) as desk:
        enrol(desk.store, ADA)
        computer.behind_s = 0
        with desk.store.write() as journal:
            journal.begin_log()
        desk.scan("000001")
        kinds = [read_record(data).kind for data in data_of(desk)]
        assert (kinds.count(Kind.OPEN), kinds.count(Kind.CLOCK)) == (2, 0)


def data_of(desk: Desk) -> list[bytes]:
    return [signed.data for signed in everything(desk.store)]


def test_a_night_asleep_is_no_jump_and_counts(tmp_path: Path) -> None:
    """The stopwatch goes on while the lid is closed; whether this computer's does is asked below."""
    with desks(tmp_path, HOUR_S) as (one,):
        one.scan("000001")
        scanned = one.clock()
        one.clock.forward(12 * HOUR_S)
        compare(one)
        one.scan("000002")
        assert admitted_at(one) == scanned
        assert Kind.CLOCK in [read_record(data).kind for data in data_of(one)]
        assert not [r for r in map(read_record, data_of(one)) if "jumped_ms" in r.body]


def test_this_computers_stopwatch_counts_sleep_where_the_system_has_one_that_does() -> None:
    import time

    if hasattr(time, "CLOCK_BOOTTIME"):
        assert abs(own_clock.running_ms() - time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000) < 1_000
    assert own_clock.boot_id("one") == own_clock.boot_id("one")
    assert own_clock.boot_id("one") == "" or own_clock.boot_id("one") != own_clock.boot_id("two")


def test_a_log_that_never_met_a_hub_is_put_right_by_the_next_of_the_same_boot(tmp_path: Path) -> None:
    truth = Truth()
    computer = Computer(truth, HOUR_S)
    with a_desk_of(tmp_path, computer) as desk:
        enrol(desk.store, ADA, BOB)
        desk.scan("000001")
        scanned = truth()
    truth.forward(HOUR_S)
    with a_desk_of(tmp_path, computer) as desk:
        if not own_clock.boot_id("x"):
            return  # a system that does not name its starts
        compare(desk)
        desk.scan("000002")
        assert admitted_at(desk) == scanned
        assert list(view_against_fold(desk.store)) == []


def test_of_two_who_let_somebody_in_the_one_who_really_was_first_counts(tmp_path: Path) -> None:
    """The second desk's clock is an hour slow, so by clocks alone it would have been the first."""
    with desks(tmp_path, 0, HOUR_S) as (one, two):
        one.scan("000001")
        first = one.clock()
        two.scan("000001", later_s=600)
        meet(one, two)
        (wrongly,) = Incidents(one.store, one.station).all()
        assert wrongly.one.station == "Desk 2", "nobody knows better yet"
        Incidents(one.store, one.station).settle(wrongly.id, "came with a copy", "Deb")
        compare(two)
        meet(one, two)
        for desk in (one, two):
            assert admitted_at(desk) == first
            (incident,) = Incidents(desk.store, desk.station).all()
            assert incident.settled_by == "Deb", "what was looked into stays so"
            assert (incident.one.station, incident.other.station) == ("Desk 1", "Desk 2")
            assert incident.other.at == one.clock()
        assert agree(one, two)


def test_who_went_out_at_a_slow_laptop_is_out(tmp_path: Path) -> None:
    """In at ten by a clock that is right, out at half past by one that says half past nine."""
    with desks(tmp_path, 0, HOUR_S) as (one, two):
        one.clock.forward(600)
        one.check_in.present("000001", "door")
        two.clock.forward(1800)
        leave(two)
        meet(one, two)
        assert is_inside(one), "nobody knows better yet"
        compare(two)
        meet(one, two)
        assert not is_inside(one)
        assert agree(one, two)


def test_a_clock_that_was_set_back_keeps_nobody_inside(tmp_path: Path) -> None:
    """Ten years ahead until noon, then right: its hybrid clock stays ten years ahead, its comparisons say better."""
    with desks(tmp_path, -10 * 365 * 24 * HOUR_S, 0) as (one, two):
        one.clock.forward(60)
        compare(one)
        one.check_in.present("000001", "door")
        meet(one, two)
        two.clock.forward(60)
        leave(two)
        meet(one, two)
        assert not is_inside(one)
        assert not is_inside(two)


def leave(desk: Desk) -> None:
    with desk.store.write() as journal:
        body = {"subject": "ADA", "outcome": "admitted", "reason": "out"}
        journal.append(Kind.EXIT, body, at=desk.station.clock(), actor="station", place="door")


def is_inside(desk: Desk) -> bool:
    (row,) = desk.store.view.connection.execute("select stay from admission where place = 'door'").fetchall()
    return row[0] is not None


@pytest.mark.parametrize("seed", range(12))
def test_in_whatever_order_records_come_every_station_says_the_same(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with desks(tmp_path, *(chance.choice([0, 0.3, HOUR_S, -HOUR_S, 10**8]) for _ in range(3)), 0) as (*some, last):
        for _ in range(14):
            desk = chance.choice(some)
            act = chance.randrange(4)
            if act == 0:
                compare(desk)
            elif act == 1:
                one, other = chance.sample(some, 2)
                hand(other, chance.sample(batch := everything(one.store), len(batch))[: chance.randint(1, 30)])
            else:
                desk.scan(chance.choice(["000001", "000002"]), later_s=chance.choice([1, 60, 4000]))
        batch = [signed for desk in some for signed in everything(desk.store)]
        hand(last, chance.sample(batch, len(batch)))
        meet(*some, last)
        assert agree(*some, last)
        rebuilt = fingerprints(last.store.view.connection)
        last.store.rebuild_view()
        assert fingerprints(last.store.view.connection) == rebuilt


def test_a_stutter_is_known_as_one_before_and_after_a_comparison(tmp_path: Path) -> None:
    with desks(tmp_path, HOUR_S) as (one,):
        first = one.scan("000001")
        compare(one)
        again = one.scan("000001", later_s=2)
        assert (first.repeat, again.repeat) == (False, True)
        assert again.at == one.clock() - timedelta(seconds=2), "what is shown is the true time"
        assert one.scan("000001", later_s=60).outcome is Outcome.ALREADY


def test_history_shows_true_times_and_whether_anybody_vouches_for_them(tmp_path: Path) -> None:
    with desks(tmp_path, HOUR_S, 0) as (one, two):
        one.scan("000001")
        assert [row.sure for row in passages.of(one.store.view.connection, "ADA")] == [True], "there is no hub"
        compare(two)
        two.scan("000002")
        meet(one, two)
        view = one.store.view.connection
        assert [row.sure for row in passages.of(view, "ADA")] == [False]
        assert [row.sure for row in passages.of(view, "BOB")] == [True]
        first, bobs = (roster.admission_of(view, who, DESK) for who in ("ADA", "BOB"))
        assert first is not None
        assert bobs is not None
        assert (first.sure, bobs.sure) == (False, True)
        compare(one)
        assert [row.sure for row in passages.of(view, "ADA")] == [True]


@pytest.mark.parametrize("behind_s, says", [(0, "agree"), (2520, "42 min behind"), (-7200, "120 min ahead")])
def test_doctor_says_how_far_the_clock_was_off(tmp_path: Path, behind_s: int, says: str) -> None:
    with desks(tmp_path, behind_s) as (one,):
        one.scan("000001")
        compare(one)
        one.scan("000002")
        (check,) = [check for check in examine_data(one.store, one.clock()) if check.name == "clock_hub"]
        assert says in check.value
        assert bool(check.fix) == bool(behind_s)


def test_doctor_says_nothing_of_it_where_there_is_no_hub(tmp_path: Path) -> None:
    with desks(tmp_path, HOUR_S) as (one,):
        one.scan("000001")
        assert "clock_hub" not in {check.name for check in examine_data(one.store, one.clock())}


def test_times_are_instants_on_the_night_clocks_change(tmp_path: Path) -> None:
    """In the hour that comes twice, and over the one that does not come, an hour off is an hour."""
    for n, night in enumerate(
        (datetime.fromisoformat("2023-11-05T05:30:00+00:00"), datetime.fromisoformat("2023-03-12T06:30:00+00:00"))
    ):
        with desks(tmp_path / str(n), HOUR_S) as (one,):
            one.clock.now = night
            one.scan("000001", later_s=0)
            one.scan("000002", later_s=HOUR_S)
            compare(one)
            assert admitted_at(one) == night
            assert admitted_at(one, "BOB") - admitted_at(one) == timedelta(hours=1)
