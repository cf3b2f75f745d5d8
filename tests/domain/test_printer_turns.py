from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain.printer_turns import TAKE_OVER_S, Standing, next_change_s, team, troubles_of, turn_of
from kiosk.domain.printers import Media, PrinterProfile

FIRST = PrinterProfile("a", "A", "zpl", "tcp", media=Media(62), order=0)
SECOND = replace(FIRST, id="b", order=1)
THIRD = replace(FIRST, id="c", order=2)
PAPER = replace(FIRST, id="paper", order=3, media=Media(105, 148))


def standing(profile: PrinterProfile, down_s: float | None = None) -> Standing:
    return Standing(profile, down_since_s=None if down_s is None else 100 - down_s)


def may(printer: str, *standings: Standing, wish: str = "") -> bool:
    return wish in turn_of(printer, standings, 100).desk


def test_the_first_in_order_prints_and_the_others_stand_by() -> None:
    all_well = standing(THIRD), standing(FIRST), standing(SECOND)
    assert [one for one in "abc" if may(one, *all_well)] == ["a"]


@pytest.mark.parametrize("down_s, taken_over", [(0, False), (TAKE_OVER_S - 0.1, False), (TAKE_OVER_S, True)])
def test_the_next_takes_over_after_a_while_and_not_before(down_s: float, taken_over: bool) -> None:
    standings = standing(FIRST, down_s), standing(SECOND), standing(THIRD)
    assert may("b", *standings) is taken_over
    assert may("c", *standings) is False


def test_the_last_takes_over_only_from_all_before_it() -> None:
    assert may("c", standing(FIRST, 60), standing(SECOND, 60), standing(THIRD))


def test_printers_of_the_same_number_share() -> None:
    twin = replace(FIRST, id="twin")
    assert may("a", standing(FIRST), standing(twin))
    assert may("twin", standing(FIRST), standing(twin))


def test_other_labels_or_another_group_never_stand_in() -> None:
    assert not may("paper", standing(FIRST, 60), standing(PAPER))
    here, there = replace(FIRST, group="hall"), replace(SECOND, group="lobby")
    assert not may("b", standing(here, 60), standing(there))
    assert may("b", standing(FIRST, 60), standing(there)), "no group says nothing against it"


def test_a_wish_is_for_that_printer_while_it_works() -> None:
    standings = standing(FIRST), standing(SECOND), standing(PAPER)
    assert [one for one in ("a", "b", "paper") if may(one, *standings, wish="b")] == ["b"]
    assert [one for one in ("a", "b", "paper") if may(one, *standings, wish="paper")] == ["paper"]
    assert may("a", standing(FIRST), standing(SECOND, 60), wish="b"), "the first stands in for the second, too"


def test_a_wish_for_a_twin_is_not_shared() -> None:
    twin = replace(FIRST, id="twin")
    assert not may("a", standing(FIRST), standing(twin), wish="twin")


def test_a_wish_for_a_printer_that_is_gone_is_as_good_as_none() -> None:
    turn = turn_of("a", [standing(FIRST)], 100)
    assert "gone" not in turn.known
    assert team("gone", [standing(FIRST), standing(SECOND)])[0].profile is FIRST


def test_what_is_printed_ahead_goes_to_all_of_the_same_labels() -> None:
    standings = standing(FIRST), standing(SECOND), standing(PAPER)
    assert [one for one in ("a", "b", "paper") if "" in turn_of(one, standings, 100).bulk] == ["a", "b"]


def test_trouble_is_told_by_the_printer_the_job_belongs_to() -> None:
    standings = standing(FIRST, 1), standing(SECOND, 1)
    assert "" in troubles_of("a", standings).desk
    assert "" not in troubles_of("b", standings).desk
    assert "b" in troubles_of("b", standings).desk


def test_no_trouble_is_told_while_a_twin_prints() -> None:
    twin = replace(FIRST, id="twin")
    assert "" not in troubles_of("a", (standing(FIRST, 60), standing(twin))).desk
    assert "" in troubles_of("a", (standing(FIRST, 60), standing(twin, 1))).desk
    assert "" not in troubles_of("a", (standing(FIRST, 60), standing(SECOND))).bulk


def test_when_to_look_again() -> None:
    assert next_change_s([standing(FIRST)], 100) is None
    assert next_change_s([standing(FIRST, 3), standing(SECOND, 5), standing(THIRD, 60)], 100) == TAKE_OVER_S - 5


def test_without_printers_nobody_has_a_turn() -> None:
    assert turn_of("a", [], 100).desk == frozenset()
    assert team("", []) == []
