"""Times put right: within two seconds of the truth, whatever was done to clocks, in whatever order logs are known."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kiosk.domain.clocks import Boot, Clocks, LogClock
from kiosk.domain.journal import Hlc, Kind, Record, canonical, from_ms, read_record, to_ms
from kiosk.domain.verdicts import RecordId

TRUE_MS = 1_683_000_000_000
"""When computers are started here, by the hub's clock."""
HOUR_MS = 3_600_000


def a_record(
    seq: int,
    running_ms: int,
    skew_ms: int = 0,
    *,
    log: str = "L",
    started_ms: int = 0,
    clk: bool = False,
    boot: str = "",
    said: bool = False,
) -> Record:
    """What a computer writes that has been running for so long, and whose clock has so much more than the hub's."""
    wall_ms = TRUE_MS + running_ms + skew_ms
    body = {"boot": {"id": boot, "ms": started_ms}} if seq == 1 and boot else {}
    return Record(
        RecordId(log, seq), Kind.OPEN if seq == 1 else Kind.ADMIT, from_ms(wall_ms), Hlc(wall_ms, 0), "D", "a", "desk",
        None, body, mono=running_ms - started_ms, clk=(-skew_ms, 5) if clk else None, said=said,
    )  # fmt: skip


def off_ms(clocks: Clocks, record: Record, running_ms: int) -> int:
    """How far from the truth the time of a record is."""
    return clocks.time_ms(record) - TRUE_MS - running_ms


def knowing(*records: Record) -> Clocks:
    clocks = Clocks()
    for record in records:
        clocks.learn(record)
    return clocks


@pytest.mark.parametrize("skew_ms", [-10 * 365 * 24 * HOUR_MS, -HOUR_MS, -2_500, 2_500, 40 * 60_000, 10**11])
def test_one_comparison_puts_earlier_and_later_records_right(skew_ms: int) -> None:
    early, compared, late = (
        a_record(1, 10, skew_ms),
        a_record(2, HOUR_MS, skew_ms, clk=True),
        a_record(3, 10**8, skew_ms),
    )
    clocks = Clocks()
    assert clocks.learn(early) == set()
    assert clocks.time_ms(early) == to_ms(early.at)
    assert clocks.learn(compared) == {"L"}, "earlier ones move"
    assert clocks.learn(late) == set()
    assert [off_ms(clocks, each, ms) for each, ms in ((early, 10), (compared, HOUR_MS), (late, 10**8))] == [0, 0, 0]


def test_a_clock_that_is_set_in_the_middle_changes_nothing() -> None:
    records = [
        a_record(1, 0, HOUR_MS),
        a_record(2, 60_000, HOUR_MS),
        a_record(3, 120_000, 0),
        a_record(4, 180_000, clk=True),
    ]
    clocks = knowing(*records)
    assert [off_ms(clocks, record, n * 60_000) for n, record in enumerate(records)] == [0, 0, 0, 0]


def test_what_a_clock_said_that_is_right_stands() -> None:
    """Not a second of a station whose clock is right changes when it meets the hub."""
    records = [a_record(1, 0, 300), a_record(2, 60_000, 290, clk=True), a_record(3, 61_000, 310)]
    clocks = knowing(*records)
    assert [clocks.time_ms(record) for record in records] == [to_ms(record.at) for record in records]


def test_within_a_log_times_never_run_backwards_where_a_clock_is_just_about_right() -> None:
    for skew_ms in (990, 1_010):
        records = [a_record(1, 0, skew_ms, clk=True)] + [
            a_record(n, n * 100, skew_ms - (n % 3) * 20) for n in range(2, 40)
        ]
        times = [knowing(*records).time_ms(record) for record in records]
        assert times == sorted(times)


def test_a_crystal_that_drifts_is_followed() -> None:
    """200 millionths for four days: the program's time is off by 69 seconds by then."""
    clocks, worst = Clocks(), 0
    for seq, hour in enumerate(range(96), 1):
        drifted_ms = hour * HOUR_MS // 5_000
        record = replace(a_record(seq, hour * HOUR_MS, HOUR_MS, clk=True), mono=hour * HOUR_MS + drifted_ms)
        clocks.learn(record)
        worst = max(worst, abs(off_ms(clocks, record, hour * HOUR_MS)))
    assert worst < 2_000
    assert not clocks.of("L").contradicts  # type: ignore[union-attr]


def test_a_log_without_a_comparison_takes_that_of_the_next_of_the_same_boot() -> None:
    offline, later = (
        a_record(1, 50_000, HOUR_MS, log="A", started_ms=40_000, boot="b"),
        a_record(2, 60_000, HOUR_MS, log="A", started_ms=40_000),
    )
    opened = a_record(1, 7 * HOUR_MS, -HOUR_MS, log="B", started_ms=7 * HOUR_MS, boot="b", clk=True)
    clocks = knowing(offline, later)
    assert clocks.time_ms(later) == to_ms(later.at)
    assert clocks.learn(opened) == {"A", "B"}
    assert [
        off_ms(clocks, record, ms) for record, ms in ((offline, 50_000), (later, 60_000), (opened, 7 * HOUR_MS))
    ] == [0, 0, 0]


@pytest.mark.parametrize("other", [{"boot": "c"}, {"boot": ""}])
def test_and_not_that_of_another_boot_or_another_computer(other: dict[str, str]) -> None:
    offline = a_record(1, 50_000, HOUR_MS, log="A", boot="b")
    clocks = knowing(offline, a_record(1, 90_000, HOUR_MS, log="B", clk=True, **other))
    assert clocks.time_ms(offline) == to_ms(offline.at)
    clocks.learn(replace(a_record(1, 90_000, HOUR_MS, log="C", clk=True, boot="b"), device="another"))
    assert clocks.time_ms(offline) == to_ms(offline.at)
    assert clocks.anchor("A", 1) is None


def test_of_several_comparisons_of_a_boot_the_next_ones_counts() -> None:
    logs = {"A": 100, "B": 200, "C": 300, "D": 400}
    opened = [a_record(1, ms, HOUR_MS, log=log, started_ms=ms, boot="b", clk=log != "B") for log, ms in logs.items()]
    opened[2] = replace(opened[2], clk=(-HOUR_MS + 9, 5))
    for order in (opened, opened[::-1]):
        assert off_ms(knowing(*order), opened[1], 200) == 9


def test_what_somebody_said_stands_and_says_nothing_about_the_clock() -> None:
    said, compared = a_record(2, 10, -HOUR_MS, said=True, clk=True), a_record(3, 20, HOUR_MS, clk=True)
    clocks = knowing(a_record(1, 0, HOUR_MS), said)
    assert clocks.anchor("L", 1) is None
    clocks.learn(compared)
    assert clocks.time_ms(said) == to_ms(said.at)
    restated = replace(a_record(4, 30, HOUR_MS), body={"was": "K:9"})
    assert clocks.time_ms(restated) == to_ms(restated.at), "written down anew after a loss, with the time it had"


def test_a_reading_that_ran_ahead_because_the_clock_was_set_back_gives_way_to_the_time() -> None:
    ahead = Hlc(TRUE_MS + 10**11, 3)
    compared = replace(a_record(2, 60_000, clk=True), hlc=ahead)
    assert knowing(a_record(1, 0, 10**11), compared).dated(compared) == (TRUE_MS + 60_000, TRUE_MS + 60_000)
    followed = replace(a_record(3, 70_000), hlc=Hlc(TRUE_MS + 90_000, 1))
    assert knowing(compared, followed).dated(followed) == (TRUE_MS + 70_000, TRUE_MS + 90_000), "it follows others"


def test_comparisons_that_cannot_both_be_right_are_told() -> None:
    one, other = a_record(1, 0, clk=True), replace(a_record(2, 1_000, clk=True), clk=(HOUR_MS, 5))
    assert knowing(one, other).of("L").contradicts  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "hostile",
    [{"mono": "1"}, {"mono": 2**70}, {"clk": [1]}, {"clk": [10**40, 1]}, {"clk": [1, -1]}, {"clk": [True, 0]},
     {"clk": "x"}, {"clk": [10**14, 1]}, {"mono": True}, {"mono": None}],
)  # fmt: skip
def test_what_makes_no_sense_puts_nothing_right(hostile: dict[str, object]) -> None:
    content = {
        "log": "L", "seq": 1, "kind": "admit", "wall": TRUE_MS, "hlc": [1, 1], "dev": "D", "actor": "a", "role": "desk",
        "gate": None, "body": {}, "prev": "", "crit": False, "mono": 5, "clk": [HOUR_MS, 1], **hostile,
    }  # fmt: skip
    record = read_record(canonical(content))
    clocks = knowing(record)
    assert clocks.time_ms(record) in (TRUE_MS, 10**14 + TRUE_MS)
    assert from_ms(clocks.time_ms(record))


@dataclass(frozen=True)
class Story:
    """One log as it came about: every record with its true time."""

    records: tuple[tuple[Record, int], ...]
    compared: bool


@some.composite
def stories(draw: some.DrawFn) -> list[Story]:
    """Logs of computers whose clocks are anything and are set at any time, some of which meet a hub at some time."""
    told, running = [], 0
    for n in range(draw(some.integers(1, 4))):
        running += draw(some.integers(0, 10 * HOUR_MS))
        started, skew = running, draw(some.integers(-(10**11), 10**11))
        meets = draw(some.none() | some.integers(1, 8))
        records = []
        for seq in range(1, draw(some.integers(2, 9))):
            running += draw(some.integers(0, HOUR_MS))
            skew = draw(some.just(skew) | some.integers(-(10**11), 10**11))
            record = a_record(
                seq, running, skew, log=f"L{n}", started_ms=started, boot="b", clk=meets is not None and seq >= meets
            )
            records.append((record, running))
        told.append(Story(tuple(records), any(record.clk for record, _ms in records)))
    return told


@given(told=stories(), seed=some.integers(0, 2**32))
def test_whatever_order_logs_are_known_in_the_times_are_the_same_and_right(told: list[Story], seed: int) -> None:
    chance, answers = random.Random(seed), []
    for _ in range(2):
        left = [list(story.records) for story in told]
        clocks = Clocks()
        while any(left):
            clocks.learn(chance.choice([log for log in left if log]).pop(0)[0])
        answers.append([clocks.time_ms(record) for story in told for record, _ms in story.records])
    assert answers[0] == answers[1]
    if any(story.compared for story in told):
        truth = [TRUE_MS + ms for story in told for _record, ms in story.records]
        assert max(abs(found - true) for found, true in zip(answers[0], truth, strict=True)) <= 2_000


@given(told=stories(), seed=some.integers(0, 2**32))
def test_whoever_folds_hears_of_every_log_that_moves(told: list[Story], seed: int) -> None:
    """Times written down when a record came, and anew for the logs that `learn` names, are the times that count."""
    chance = random.Random(seed)
    left = [list(story.records) for story in told]
    clocks, known, written = Clocks(), list[Record](), dict[RecordId, int]()
    while any(left):
        record, _ms = chance.choice([log for log in left if log]).pop(0)
        moved = clocks.learn(record)
        known.append(record)
        written[record.id] = clocks.time_ms(record)
        written |= {each.id: clocks.time_ms(each) for each in known if each.id.log in moved}
    assert written == {each.id: clocks.time_ms(each) for each in known}


def test_a_boot_is_read_with_care() -> None:
    for body in (
        {"boot": 1},
        {"boot": {"id": 1, "ms": 1}},
        {"boot": {"id": "b", "ms": "1"}},
        {"boot": {"id": "", "ms": 1}},
    ):
        clocks = knowing(replace(a_record(1, 0), body=body))
        assert clocks.of("L") == LogClock("L", "D")
    assert knowing(a_record(1, 9, boot="b")).of("L") == LogClock("L", "D", Boot("b", 0))
