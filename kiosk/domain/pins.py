"""An organizer's PIN: what may be one, and how long somebody waits who keeps guessing.

A PIN keeps curious hands off a computer that is on; it is no key. Whoever takes the disk needs the data key, and
whoever has that needs no PIN.
"""

from __future__ import annotations

from itertools import pairwise

from kiosk.errors import BadInput
from kiosk.i18n import _

LEAST_DIGITS, MOST_DIGITS = 8, 32
FREE_TRIES = 5
WAITS_S = (30.0, 120.0, 600.0)
"""After each further wrong try; the last from then on."""


class PinNeeded(BadInput):
    """Somebody has a PIN here, and none was given."""

    def __init__(self) -> None:
        super().__init__(_("This needs an organizer's PIN."))


class WrongPin(BadInput):
    """The PIN does not fit, or it is too early to try another."""

    def __init__(self, sentence: str, wait_s: float) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


def check_new(pin: str) -> str:
    """The PIN as it is kept. Raises BadInput for one that is too easy to guess."""
    plain = "".join(pin.split())
    if not (plain.isascii() and plain.isdecimal() and LEAST_DIGITS <= len(plain) <= MOST_DIGITS):
        raise BadInput(_("A PIN has at least {n} digits, and nothing but digits.").format(n=LEAST_DIGITS))
    steps = {int(later) - int(digit) for digit, later in pairwise(plain)}
    if len(steps) == 1 or len(set(plain)) < 3:
        raise BadInput(_("This PIN is too easy to guess. Take other digits."))
    return plain


def wait_s(wrong: int) -> float:
    """How long to wait after so many wrong tries in a row."""
    return 0.0 if wrong < FREE_TRIES else WAITS_S[min(wrong - FREE_TRIES, len(WAITS_S) - 1)]


def left_s(wrong: int, since_s: float, now_s: float) -> float:
    """How much of that is left; both times on the clock that counts since this computer was switched on.

    Setting the wall clock changes nothing. Where the computer was started anew since, its clock is behind the last
    try's; the wait then counts from the start, for at least so long ago was the try.
    """
    waited = now_s - since_s if now_s >= since_s else now_s
    return max(0.0, wait_s(wrong) - waited)


def wait_words(seconds: float) -> str:
    """How long somebody waits, for people."""
    if seconds < 90:
        return _("{n} seconds").format(n=max(1, round(seconds)))
    return _("{n} minutes").format(n=-int(-seconds // 60))
