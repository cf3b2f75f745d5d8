"""A scan is told from typing by its pace; what is held comes back or is a scan, and nothing is lost between."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.scanning.wedge import Decision, WedgeReader


class Desk:
    """Plays keys to a reader as a window would, the quiet after them too, and notes scans and typing in order."""

    def __init__(self) -> None:
        self.reader = WedgeReader()
        self.at_ms = 1000.0
        self.held: list[str | None] = []
        self.seen: list[str] = []

    def wait(self, ms: float) -> Desk:
        wait_ms = self.reader.wait_ms
        if wait_ms is not None and ms > wait_ms:
            self._obey(self.reader.quiet())
        self.at_ms += ms
        return self

    def key(self, character: str | None) -> Desk:
        decision = self.reader.press(character, self.at_ms)
        self._obey(decision)
        if decision.hold:
            self.held.append(character)
        elif not decision.eat:
            self.seen.append("key")
        return self

    def keys(self, text: str, gap_ms: float) -> Desk:
        for place, character in enumerate(text):
            if place:
                self.wait(gap_ms)
            self.key(character)
        return self

    def done(self) -> list[str]:
        while self.reader.wait_ms is not None:
            self.wait(1000)
        assert not self.held
        return self.seen

    def _obey(self, decision: Decision) -> None:
        scan, release = decision.scan, decision.release
        assert not (scan is not None and release)
        if scan is not None:
            self.seen.append(f"scan {scan}")
            self.held = []
        elif release:
            self.seen += [f"typed {character!r}" for character in self.held]
            self.held = []


def typed(text: str) -> list[str]:
    return [f"typed {character!r}" for character in text]


@pytest.mark.parametrize("gap_ms", [0, 1, 5, 15, 35])
@pytest.mark.parametrize("ending", ["\r", "\t", "\r\n", "\r\r", ""])
def test_a_burst_is_a_scan_with_any_ending_and_none(gap_ms: float, ending: str) -> None:
    assert Desk().keys("000001" + ending, gap_ms).done() == ["scan 000001"]


def test_a_scan_without_ending_is_known_after_eighty_quiet_milliseconds() -> None:
    desk = Desk().keys("000001", 5)
    desk.wait(79)
    assert desk.seen == []
    desk.at_ms -= 79
    desk.wait(81)
    assert desk.seen == ["scan 000001"]


def test_a_code_with_spaces_is_one_scan() -> None:
    assert Desk().keys(" PLC 000001 \r", 5).done() == ["scan  PLC 000001 "]


def test_uneven_gaps_count_by_their_average() -> None:
    desk = Desk()
    for character, gap_ms in zip("K7Q291XF\r", (4, 40, 4, 70, 4, 4, 60, 4, 4), strict=True):
        desk.key(character).wait(gap_ms)
    assert desk.done() == ["scan K7Q291XF"]


@pytest.mark.parametrize("gap_ms", [36, 45, 60, 100, 250])
def test_typing_comes_back_key_by_key(gap_ms: float) -> None:
    assert Desk().keys("smith\r", gap_ms).done() == typed("smith\r")


def test_two_fast_keys_of_a_person_are_no_scan() -> None:
    """Fingers of two hands roll over: `th` comes within some milliseconds."""
    desk = Desk().keys("th", 12).wait(110).keys("e", 0).wait(90).keys("re", 18).wait(120).key("\r")
    assert desk.done() == typed("there\r")


def test_two_fast_keys_and_a_fast_enter_are_no_scan() -> None:
    assert Desk().keys("jo", 25).wait(25).key("\r").done() == typed("jo\r")


def test_a_short_code_counts_at_a_pace_no_finger_has() -> None:
    assert Desk().keys("42\r", 4).done() == ["scan 42"]
    assert Desk().keys("42", 4).done() == typed("42")
    assert Desk().keys("4\r", 4).done() == typed("4\r")


def test_a_lone_enter_or_tab_comes_back_at_once_enough() -> None:
    desk = Desk().key("\r")
    assert desk.reader.wait_ms == 50
    assert desk.done() == typed("\r")
    assert Desk().key("\t").wait(200).key("\t").done() == typed("\t\t")


def test_typing_right_before_a_scan_is_kept_apart() -> None:
    assert Desk().keys("smi", 120).wait(120).keys("000001\r", 4).done() == [*typed("smi"), "scan 000001"]


def test_typing_right_after_a_scan_is_typing() -> None:
    assert Desk().keys("000001\r", 4).wait(150).keys("smith\r", 100).done() == ["scan 000001", *typed("smith\r")]


def test_scans_back_to_back_stay_two() -> None:
    assert Desk().keys("000001\r000002\r", 4).done() == ["scan 000001", "scan 000002"]
    assert Desk().keys("000001", 4).wait(100).keys("000002", 4).done() == ["scan 000001", "scan 000002"]


def test_short_lines_behind_a_scan_belong_to_it() -> None:
    assert Desk().keys("BEGIN:VCARD\rN\r 1\r\rEND:VCARD\r", 4).done() == [
        "scan BEGIN:VCARD",
        "scan N",
        "scan  1",
        "scan END:VCARD",
    ]


def test_a_held_key_is_no_scan() -> None:
    desk = Desk().key("a").wait(500)
    for _ in range(20):
        desk.key(None).wait(33)
    assert desk.done() == [*typed("a"), *["key"] * 20]


def test_a_key_no_scanner_sends_goes_on_behind_what_was_held() -> None:
    assert Desk().keys("ab", 10).wait(10).key(None).done() == [*typed("ab"), "key"]


def test_control_characters_and_prefix_keys_are_part_of_a_scan() -> None:
    assert Desk().keys("\x1d000001\r", 4).done() == ["scan \x1d000001"]
    assert Desk().keys("\x1a\x1a0000\x01\r", 4).done() == ["scan \x1a\x1a0000\x01"]
    assert Desk().key("").wait(4).keys("000001\r", 4).done() == ["scan 000001"]


def test_a_function_key_by_hand_comes_back() -> None:
    assert Desk().key("").done() == ["typed ''"]


def test_keys_that_waited_behind_a_busy_window_tell_their_own_time() -> None:
    """No quiet was noticed between them, the times alone show a person."""
    desk = Desk()
    for character in "smith":
        desk.key(character)
        desk.at_ms += 110
    assert desk.done() == typed("smith")


def test_a_clock_that_began_anew_makes_no_scan() -> None:
    desk = Desk().key("a")
    desk.at_ms = 0
    assert desk.keys("bcd", 30).done() == typed("abcd")


def test_an_endless_scan_is_cut_and_not_kept() -> None:
    desk = Desk().keys("A" * 10_000 + "\r", 1)
    [scan] = desk.done()
    assert scan == "scan " + "A" * 4096


characters = st.sampled_from(["a", "1", " ", "\r", "\t", "", None, "\x1d"])
strokes = st.lists(st.tuples(characters, st.sampled_from([0, 3, 20, 36, 60, 90, 300])), max_size=60)


@given(strokes)
def test_every_key_is_typed_once_scanned_once_or_an_ending(keys: list[tuple[str | None, float]]) -> None:
    desk = Desk()
    for character, gap_ms in keys:
        desk.key(character).wait(gap_ms)
    seen = desk.done()
    out = "".join(
        ast.literal_eval(entry[6:]) if entry.startswith("typed") else entry[5:] for entry in seen if entry != "key"
    )
    given_in = "".join(character or "" for character, _ in keys)
    assert [c for c in out if c not in "\r\t"] == [c for c in given_in if c not in "\r\t"]
    assert seen.count("key") == sum(character is None for character, _ in keys)


@given(st.text(alphabet="abc 12\r\t", max_size=40), st.floats(36, 500))
def test_nobody_types_a_scan_at_a_steady_pace_slower_than_a_scanners(text: str, gap_ms: float) -> None:
    assert Desk().keys(text, gap_ms).done() == typed(text)
