"""What one station sends another, and what it makes of what arrives: tables of cases."""

from __future__ import annotations

from itertools import permutations

import pytest

from kiosk.domain.exchange import Head, digest_of, first_wanted
from kiosk.domain.incidents import admitted_again
from kiosk.domain.journal import FURTHEST_AHEAD_MS, Hlc
from kiosk.domain.merging import Passage, effective_admission, standing_passages
from kiosk.domain.verdicts import RecordId

NINE = Head(9, "nine")


@pytest.mark.parametrize(
    "theirs, own_hash_there, first",
    [
        (Head(), None, 1),
        (Head(4, "four"), "four", 5),
        (Head(9, "nine"), "nine", 10),
        (Head(12, "twelve"), None, 13),  # they are further: nothing of ours is above that
        (Head(4, "other"), "four", 4),  # two ways: they are shown ours, and what follows
        (Head(4, "other", parked=6), "four", 7),  # and only once
        (Head(4, "four", parked=9), "four", 5),  # what they wait for comes first
    ],
)
def test_the_first_record_to_send(theirs: Head, own_hash_there: str | None, first: int) -> None:
    assert first_wanted(NINE, theirs, own_hash_there) == first


def test_the_digest_is_the_same_exactly_when_the_same_is_held() -> None:
    one = {"A": Head(1, "x"), "B": Head(2, "y", parked=7)}
    assert digest_of(one) == digest_of({"B": Head(2, "y"), "A": Head(1, "x"), "C": Head()})
    assert digest_of(one) != digest_of({**one, "A": Head(1, "z")})
    assert digest_of(one) != digest_of({"A": Head(1, "x")})


def test_a_clock_is_followed_unless_it_is_too_far_ahead() -> None:
    own = Hlc(1000, 5)
    assert own.met(Hlc(900, 9), 1000) == own
    assert own.met(Hlc(1000 + FURTHEST_AHEAD_MS, 2), 1000) == Hlc(1000 + FURTHEST_AHEAD_MS, 2)
    assert own.met(Hlc(1001 + FURTHEST_AHEAD_MS, 0), 1000) == own


def passage(name: str, ms: int, kind: str = "admit", target: str = "", reason: str = "ok", was: str = "") -> Passage:
    return Passage(RecordId.parse(name), Hlc(ms, 0), kind, target, reason, was)


FIRST, SECOND, THIRD = passage("A:1", 10), passage("B:1", 20), passage("C:1", 30)


@pytest.mark.parametrize(
    "passages, incidents",
    [
        ([FIRST], []),
        ([FIRST, SECOND], [(FIRST, SECOND)]),
        ([FIRST, SECOND, THIRD], [(FIRST, SECOND), (FIRST, THIRD)]),
        ([FIRST, passage("A:2", 15, "exit"), SECOND], []),
        ([FIRST, passage("A:2", 25, "exit"), SECOND], [(FIRST, SECOND)]),
        ([FIRST, passage("B:1", 20, reason="override")], []),
        ([FIRST, SECOND, passage("A:2", 40, "undo", "A:1")], []),
        ([FIRST, SECOND, passage("A:2", 40, "undo", "B:1")], []),
    ],
)
def test_who_was_let_in_twice(passages: list[Passage], incidents: list[tuple[Passage, Passage]]) -> None:
    for order in permutations(passages):
        assert admitted_again(order) == incidents


def test_what_was_lost_and_said_anew_is_there_once_when_it_comes_back() -> None:
    anew = passage("D:1", 50, was="A:1")
    assert standing_passages([anew]) == [anew]
    for order in permutations([FIRST, anew, SECOND]):
        assert effective_admission(order) == (FIRST, (SECOND,))


@pytest.mark.parametrize("target", ["A:1", "D:1"])
def test_taking_it_back_takes_back_both(target: str) -> None:
    anew = passage("D:1", 50, was="A:1")
    undo = passage("E:1", 60, "undo", target)
    for order in permutations([FIRST, anew, undo]):
        assert effective_admission(order) == (None, ())
