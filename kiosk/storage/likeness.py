"""How likely one word was typed for another: slips of the finger, half-typed words, sound-alikes, other scripts.

The libraries behind this are loaded with this module, so it is imported by the first name or the first slip that needs
it; a window that opens does not wait for it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from anyascii import anyascii
from doublemetaphone import doublemetaphone
from rapidfuzz import process
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import token_sort_ratio

from kiosk.domain.search import HALF_TYPED, SLIP, SOUNDS_ALIKE, one_slip_cost, words

_SHORT = 4
"""Letters of a word in which two slips would leave nothing of it."""


def latin(text: str) -> str:
    """The text as it might be written in ASCII."""
    return str(anyascii(text))


def latin_word(word: str) -> str:
    """A folded word of another script as one folded word in ASCII."""
    return "".join(words(latin(unicodedata.normalize("NFC", word))))


def likeness(typed: str, name: str) -> float:
    """How alike two texts are whatever the order of their words, 0 to 100."""
    return token_sort_ratio(typed, name)


@lru_cache(maxsize=4096)
def sounds(word: str) -> tuple[str, ...]:
    """The double metaphone codes of a folded word: capitals, so that they never equal a word."""
    if len(word) < 3 or not word.isascii():
        return ()
    return tuple({code for code in doublemetaphone(word) if len(code) > 1})


def slip(typed: str, word: str) -> int | None:
    """What it costs to take a typed word for this one: by wrong, missing, extra, swapped letters or sound; or None."""
    if word.isascii() and not typed.isascii():
        typed = latin_word(typed)
        if typed == word:
            return SLIP
    cost = _distance_cost(typed, word)
    if len(word) > len(typed) and (cost is None or cost > SLIP):
        begun = begun_slip(typed, word)
        cost = begun if cost is None else cost if begun is None else min(cost, begun)
    if (cost is None or cost > SOUNDS_ALIKE) and not set(sounds(typed)).isdisjoint(sounds(word)):
        return SOUNDS_ALIKE
    return cost


def begun_slip(typed: str, word: str) -> int | None:
    """What it costs to take what was typed for the beginning of a longer word; or None."""
    length = len(typed)
    ends = [length, length + 1]
    # Something too many is one slip as well, but at the end of what was typed it is as likely the next letter.
    if length > 2 and typed[-1] == word[length - 2 : length - 1]:
        ends.append(length - 1)
    costs = [cost for end in ends if (cost := _distance_cost(typed, word[:end])) is not None]
    return min(costs) + HALF_TYPED if costs else None


def nearest(typed: str, vocabulary: Sequence[str], limit: int) -> list[str]:
    """The words within two slips, nearest first."""
    return [word for word, _, _ in process.extract(typed, vocabulary, scorer=OSA.distance, score_cutoff=2, limit=limit)]


def _distance_cost(typed: str, word: str) -> int | None:
    allowed = 1 if len(typed) <= _SHORT else 2
    distance = OSA.distance(typed, word, score_cutoff=allowed)
    if distance > allowed:
        return None
    if distance != 1:
        return SLIP * distance
    cost = one_slip_cost(typed, word)
    return cost if len(typed) > 2 or cost == SLIP else None  # of two letters only a likely slip is one
