"""How many boxes somebody ticked on a form that joins answers by commas, when the answers have commas of their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

FEWEST_ANSWERS = 12
"""Below this many answers chance neighbours cannot be told from parts of one title."""

_NUMBERS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
}


def asked_for(header: str) -> int:
    """How many choices a question asks for: `Which eight courses…` → 8; 0 where it does not say."""
    found = re.search(rf"\b({'|'.join(_NUMBERS)}|[1-9]\d?)\b", header.casefold())
    if not found:
        return 0
    word = found.group(1)
    return int(word) if word.isdigit() else _NUMBERS[word]


class ChoiceCounter:
    """Counts the titles in a cell.

    Pieces that stand side by side in *every* answer are one title with a comma in it.
    """

    def __init__(self, answers: Sequence[str]) -> None:
        self._enough = sum(1 for answer in answers if answer) >= FEWEST_ANSWERS
        pieces: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for answer in answers:
            split = answer.strip().split(", ")
            pieces.update(split)
            pairs.update(pairwise(split))
        self._joined = {
            pair for pair, times in pairs.items() if times > 2 and times == pieces[pair[0]] == pieces[pair[1]]
        }
        self._usual = Counter(self._count(answer) for answer in answers if answer).most_common(1)

    def count(self, answer: str) -> int:
        """Titles in this answer; the usual number where there are too few answers to tell."""
        return self._count(answer) if self._enough else self._usual[0][0]

    def _count(self, answer: str) -> int:
        split = answer.strip().split(", ")
        return len(split) - sum(pair in self._joined for pair in pairwise(split))
