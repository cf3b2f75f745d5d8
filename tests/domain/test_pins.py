"""What may be a PIN, and how long a guesser waits, whatever the clocks do."""

from __future__ import annotations

import pytest

from kiosk.domain.pins import FREE_TRIES, check_new, left_s, wait_s
from kiosk.errors import BadInput


@pytest.mark.parametrize(
    "pin", ["", "1234567", "12345678", "87654321", "11111111", "12121212", "1357902x", "１３５７９０２４"]
)
def test_a_pin_that_is_guessed_at_once_is_none(pin: str) -> None:
    with pytest.raises(BadInput):
        check_new(pin)


def test_spaces_are_for_people() -> None:
    assert check_new(" 4071 9382 ") == "40719382"


def test_waiting_grows_and_stays_long() -> None:
    assert [wait_s(n) for n in range(FREE_TRIES + 5)] == [0] * FREE_TRIES + [30, 120, 600, 600, 600]


@pytest.mark.parametrize(
    ("since_s", "now_s", "left"),
    [
        (1000, 1000, 30),
        (1000, 1029, 1),
        (1000, 1030, 0),
        (1000, 5, 25),  # the computer was started anew five seconds ago
        (1000, 31, 0),  # and half a minute ago: the try was before that
    ],
)
def test_what_is_left_of_the_wait(since_s: float, now_s: float, left: float) -> None:
    assert left_s(FREE_TRIES, since_s, now_s) == left
