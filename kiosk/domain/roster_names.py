"""Names as rosters write them: splitting a full name, and proposals for names that look wrong.

Proposals are shown, not applied.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kiosk.domain.roster_values import fold

_RANKS = frozenset(
    "chief deputy assistant asst major maj captain capt lieutenant lt sergeant sgt corporal cpl detective "
    "det officer ofc sheriff "
    "undersheriff dep colonel col msgt trooper tpr special agent asac insp inspector marshal ranger "
    "investigator director commander "
    "cmdr chaplain rev reverend dr prof professor mr mrs ms mx rabbi imam father us superintendent".split()
)
_SPELT = frozenset({"SA", "P.O.", "SAC", "M/Sgt.", "U.S."})
"""Ranks that are names in any other spelling: Sa and Po are people."""
_SUFFIXES = frozenset("jr sr ii iii iv phd md esq mdiv dmin cpp edd jd msw mpa".split())
_PARTICLES = frozenset(
    "de la del las los da das do dos van von der den ten ter di du le el al bin ibn bint y st san".split()
)
_NICKNAME = re.compile(r"\s*[\"“”„«]([^\"“”„«»]{1,40})[\"“”»]\s*")


class FullName(NamedTuple):
    """One cell's name in parts, and how it was written."""

    rank: str
    first: str
    last: str
    suffix: str = ""
    nickname: str = ""
    last_first: bool = False


def is_rank(word: str) -> bool:
    """Whether a word stands before names as a rank or title."""
    return word in _SPELT or word.rstrip(".,").casefold().replace(".", "") in _RANKS


def leading_rank(name: str, leave: int = 1) -> tuple[str, str]:
    """The rank a name begins with, and the rest, which keeps at least `leave` words: `Lt. Col. Ann` → `Lt.

    Col.`, `Ann`.
    """
    words = name.split(" ")
    count = 0
    while count < len(words) - leave and is_rank(words[count]):
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])


def split_full_name(text: str) -> FullName:
    """A name in one cell.

    Particles stay with the surname; a lone word is a first name unless a comma says otherwise.
    """
    nickname = ""
    if found := _NICKNAME.search(text):
        nickname = found.group(1).strip()
        text = (text[: found.start()] + " " + text[found.end() :]).strip()
    parts = [part.strip() for part in text.split(",")]
    suffix = ""
    while len(parts) > 1 and _is_suffix(parts[-1]):
        suffix = f"{parts.pop()} {suffix}".strip()
    if len(parts) > 1 and parts[1]:
        rank, first = leading_rank(" ".join(parts[1:]))
        return FullName(rank, first, parts[0], suffix, nickname, last_first=True)
    rank, rest = leading_rank(parts[0], leave=2)
    words = rest.split()
    while len(words) > 2 and _is_suffix(words[-1]):
        suffix = f"{words.pop()} {suffix}".strip()
    start = len(words) - 1
    while start > 1 and words[start - 1].casefold() in _PARTICLES:
        start -= 1
    return FullName(rank, " ".join(words[:start]) or rest, " ".join(words[start:]) if start else "", suffix, nickname)


def _is_suffix(word: str) -> bool:
    return word.casefold().replace(".", "") in _SUFFIXES


def name_key(first: str, last: str) -> str:
    """For telling whether two names are one person's: no case, accents, punctuation, rank or suffix."""
    name = f"{first} {last}"
    if name.isascii() and "." not in name and "," not in name:
        folded = name.casefold().replace("'", "").replace("-", " ")
        words = folded.split()
    else:
        words = fold(name).split()
    while len(words) > 2 and words[0] in _RANKS:
        del words[0]
    while len(words) > 2 and words[-1] in _SUFFIXES:
        words.pop()
    return " ".join(words)


FEWEST_LETTERS = 3
"""Below so many letters with case nothing can be said about Caps Lock: `J. B.`, `성진 T. 김`."""


def all_caps(first: str, last: str) -> bool:
    """Whether somebody's Caps Lock was on. Scripts without case never are."""
    name = first + last
    return name == name.upper() and _cased_letters(name) > FEWEST_LETTERS


def lower_case(first: str, last: str) -> bool:
    """Whether a whole name is written small."""
    name = first + last
    return name == name.lower() and _cased_letters(name) >= FEWEST_LETTERS


def _cased_letters(name: str) -> int:
    return sum(1 for letter in name if letter.upper() != letter.lower())


_WORD = re.compile(r"[^\W\d_]+")
_AFTER_APOSTROPHE = re.compile(r"\b(o|d|l)(['’])(\w)", re.IGNORECASE)


def mixed_case(name: str) -> str:
    """The name as it is usually written: `MCKENNA O'NEIL` → `McKenna O'Neil`."""
    text = _WORD.sub(lambda match: _capital(match.group()), name.lower())
    return _AFTER_APOSTROPHE.sub(lambda match: match.group(1).upper() + match.group(2) + match.group(3).upper(), text)


def _capital(word: str) -> str:
    if word.startswith("mc") and len(word) > 4:
        return "Mc" + word[2:].capitalize()
    return word if word in ("de", "la", "van", "von", "der", "del", "da", "dos") else word.capitalize()
