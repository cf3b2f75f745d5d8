"""A contact card typed line by line is one scan; everything else is a scan a line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.scan_lines import LineJoiner

CARD = ["BEGIN:VCARD", "VERSION:3.0", "FN:Jessica Mack", "UID:0000", " 01", "END:VCARD"]


def fed(joiner: LineJoiner, lines: list[str]) -> list[str]:
    return [text for line in lines if (text := joiner.feed(line)) is not None]


def test_ordinary_lines_pass_at_once() -> None:
    assert fed(LineJoiner(), ["000001", "END:VCARD", "000002"]) == ["000001", "END:VCARD", "000002"]


def test_a_card_is_one_scan_and_the_next_line_another() -> None:
    joiner = LineJoiner()
    assert fed(joiner, [*CARD, "000002"]) == ["\n".join(CARD), "000002"]
    assert not joiner.open


def test_a_scanner_that_names_the_symbology_first_is_understood() -> None:
    assert fed(LineJoiner(), ["]Q1BEGIN:VCARD", *CARD[1:]]) == ["]Q1" + "\n".join(CARD)]


def test_a_card_without_end_is_given_out_when_time_is_up() -> None:
    joiner = LineJoiner()
    assert fed(joiner, CARD[:3]) == []
    assert joiner.open
    assert joiner.flush() == "\n".join(CARD[:3])
    assert joiner.flush() is None
    assert fed(joiner, ["000002"]) == ["000002"]


def test_a_card_cut_off_by_the_next_one_loses_neither() -> None:
    assert fed(LineJoiner(), [*CARD[:2], *CARD]) == ["\n".join(CARD[:2]), "\n".join(CARD)]


def test_a_card_that_never_ends_is_given_up() -> None:
    joiner = LineJoiner(most_lines=10)
    assert fed(joiner, ["BEGIN:VCARD", *["X:1"] * 9, "000001"]) == ["BEGIN:VCARD" + "\nX:1" * 9, "000001"]
    joiner = LineJoiner(most_characters=50)
    assert len(fed(joiner, ["BEGIN:VCARD", "X" * 60])) == 1
    assert not joiner.open


@given(st.lists(st.sampled_from([*CARD, "000001", "BEGIN:VEVENT", "END:VEVENT", ""]), max_size=60))
def test_no_line_is_lost(lines: list[str]) -> None:
    joiner = LineJoiner(most_lines=7)
    out = fed(joiner, lines)
    rest = joiner.flush()
    assert "\n".join([*out, *([rest] if rest is not None else [])]).split("\n") == (lines or [""])
