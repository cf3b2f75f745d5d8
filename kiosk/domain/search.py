"""Finding a person by what somebody types: how texts are compared, and which answer is the better one.

Names on a roster and letters at a desk meet in one folded form: no case, no accents, no apostrophes, one word per
Chinese character. Everything here is pure; `storage/search_index.py` keeps the folded forms and asks these functions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from kiosk.domain.nicknames import close_names, other_names
from kiosk.domain.people import Attendee

TEXT_LIMIT = 160
"""Letters of any one text that count; longer ones are pasted by mistake or in malice."""
WORD_LIMIT = 8
"""Words of any one text that count."""
LETTER_LIMIT = 32
"""Letters of any one word that count."""
CODE_LIMIT = 64
"""Letters of a ticket code or an e-mail address that count."""

_APOSTROPHES = "'’‘‛`´′ʹʻʼʽʾʿ＇׳״“”"
_WITHOUT_APOSTROPHES = str.maketrans("", "", _APOSTROPHES)
_APOSTROPHES_AS_SPACES = str.maketrans(_APOSTROPHES, " " * len(_APOSTROPHES))

# What NFKD leaves alone though people type it otherwise: Latin letters with a stroke, Arabic letters with several
# shapes, Hebrew letters as they look at the end of a word.
_LETTERS = str.maketrans(
    {
        "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ŋ": "n", "þ": "th", "ı": "i",
        "ə": "e", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y",
        "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": None,
        "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ",
    }
)  # fmt: skip
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_NOT_ASCII_WORD = re.compile("[^a-z0-9]+")


def fold(text: str) -> str:
    """The form in which texts are compared: lower-case words, one space between them, no accents, no apostrophes.

    Marks, zero-width and bidirectional characters vanish; anything else that is no letter or digit parts words.
    """
    text = text[:TEXT_LIMIT].translate(_WITHOUT_APOSTROPHES)
    if text.isascii():
        return _NOT_ASCII_WORD.sub(" ", text.lower()).strip()
    # Case is folded between two decompositions: either step can uncover work for the other.
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    text = text.translate(_LETTERS).translate(_WITHOUT_APOSTROPHES)
    letters = "".join(letter if letter.isalnum() else " " for letter in text if not _is_silent(letter))
    return " ".join(_HAN.sub(r" \g<0> ", letters).split())


def _is_silent(letter: str) -> bool:
    """Whether a character neither stands for a sound nor parts words: accents, and format characters (bidi marks)."""
    return unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text, as many and as long as count."""
    return tuple(word[:LETTER_LIMIT] for word in fold(text).split()[:WORD_LIMIT])


def code_form(text: str) -> str:
    """The form in which ticket codes, badge numbers and e-mail addresses are compared: letters and digits only."""
    text = text[: 4 * CODE_LIMIT].casefold()
    if text.isascii():
        if text.isalnum():
            return text[:CODE_LIMIT]
        return _NOT_ASCII_WORD.sub("", text)[:CODE_LIMIT]
    return "".join(letter for letter in text if letter.isalnum())[:CODE_LIMIT]


# -- one person's names --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NameForm:
    """One way in which a person's name is written: folded given names and folded surname."""

    given: tuple[str, ...]
    family: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Given names first."""
        return self.given + self.family


def name_forms(attendee: Attendee, to_latin: Callable[[str], str]) -> list[NameForm]:
    """The ways in which somebody may type this person's name, the one on the roster first.

    "Mary Kate O'Neil" is also marykate oneil and mary kate o neil; a name in another script is also what `to_latin`
    makes of it; a badge name counts as well.
    """
    first, last = attendee.first[:TEXT_LIMIT], attendee.last[:TEXT_LIMIT]
    roster = NameForm(words(first), words(last))
    forms = [roster, _joined(roster)]
    if attendee.badge_name:
        forms.append(_badge_form(words(attendee.badge_name), roster.family))
    if any(mark in text for text in (first, last) for mark in _APOSTROPHES):
        parted = (text.translate(_APOSTROPHES_AS_SPACES) for text in (first, last))
        forms.append(NameForm(*(words(text) for text in parted)))
    for form in [form for form in (roster, *forms[2:3]) if not "".join(form.words).isascii()]:
        texts = (first, last) if form is roster else (attendee.badge_name, "")
        latin = NameForm(*(words(to_latin(_HAN.sub(r" \g<0> ", text))) for text in texts))
        forms += [latin, _joined(latin)]
    return [form for form in dict.fromkeys(forms) if form.words] or [roster]


def _joined(form: NameForm) -> NameForm:
    """The same name as people type it who leave out the spaces: marykate, delacruz."""
    return NameForm(*(("".join(part)[:LETTER_LIMIT],) if part else () for part in (form.given, form.family)))


def _badge_form(badge: tuple[str, ...], family: tuple[str, ...]) -> NameForm:
    """A badge name, parted where the surname of the roster begins in it."""
    start = len(badge) - len(family)
    return NameForm(badge[:start], family) if family and badge[start:] == family else NameForm(badge, ())


def rotations(form: NameForm) -> list[tuple[bool, str]]:
    """The name begun at each of its words, and whether that word belongs to the surname.

    Whoever types whole words side by side, in either order, types the beginning of one of these.
    """
    name, surname_from = form.words, len(form.given)
    return [(i >= surname_from, " ".join(name[i:] + name[:i])) for i in range(len(name))]


def sort_form(form: NameForm) -> str:
    """What lists of people are sorted by: surname, then given names."""
    return " ".join(form.family + form.given)


def write_forms(forms: Iterable[NameForm]) -> str:
    """Forms of a name as one text: a line each, given names and surname parted by a bar, which no word contains."""
    return "\n".join(f"{' '.join(form.given)}|{' '.join(form.family)}" for form in forms)


def read_forms(text: str) -> list[NameForm]:
    """What `write_forms` wrote."""
    parted = (line.partition("|") for line in text.split("\n"))
    return [NameForm(tuple(given.split()), tuple(family.split())) for given, _, family in parted]


def form_words(text: str) -> str:
    """All words of what `write_forms` wrote, with one space or more between them."""
    return text.replace("|", " ").replace("\n", " ")


# -- slips of the finger -------------------------------------------------------------------------------------------

REACH = 7
"""Letters at the beginning of a word in which slips are looked for."""
BEGINNINGS = (2, 3, 4, 5, 6)
"""Lengths at which the beginning of a longer word is found in spite of a slip."""


def slips(word: str) -> set[str]:
    """The beginning of a word, and it with any one letter left out.

    Two words that differ by one letter too many, too few, wrong or swapped share one of these (symmetric deletion).
    """
    head = word[:REACH]
    return {head, *(head[:i] + head[i + 1 :] for i in range(len(head)))} - {""}


def beginnings(word: str) -> list[str]:
    """The beginnings of a word that may be all somebody has typed of it yet."""
    return [word[:length] for length in BEGINNINGS if length < len(word)]


_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_PLACES = {key: (row, column + row / 3) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}


def neighbours(key: str, other: str) -> bool:
    """Whether two letters lie side by side on a keyboard (English; others differ in a few letters)."""
    here, there = _PLACES.get(key), _PLACES.get(other)
    return bool(here and there and abs(here[0] - there[0]) <= 1 and abs(here[1] - there[1]) < 1.4)


def one_slip_cost(typed: str, word: str) -> int:
    """What one slip costs that made one word of the other: less for what fingers do, more for any other letter."""
    at = next((i for i, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), min(len(typed), len(word)))
    if len(typed) < len(word) or typed[at : at + 2] == word[at : at + 2][::-1]:
        return SLIP
    nearby = word[max(0, at - 1) : at + 1]
    usual = any(typed[at] == letter or neighbours(typed[at], letter) for letter in nearby)
    if len(typed) == len(word):
        usual = neighbours(typed[at], word[at])
    return SLIP if usual else SLIP + UNUSUAL


def respaced(typed: Sequence[str]) -> list[str]:
    """The typed words with one space missing, too many, or moved: "johnsmith", "jo hn smith", "johns mith"."""
    found = []
    for i, word in enumerate(typed):
        for stretch, end in ((word, i + 1), ("".join(typed[i : i + 2]), i + 2)):
            if end > len(typed):
                continue
            pairs = [f"{stretch[:cut]} {stretch[cut:]}" for cut in range(2, len(stretch) - 1)]
            if end == i + 2:
                pairs.append(stretch)
            found += [" ".join((*typed[:i], pair, *typed[end:])) for pair in pairs]
    return [text for text in dict.fromkeys(found) if text != " ".join(typed)]


# -- the better answer ---------------------------------------------------------------------------------------------

WHOLE, BEGINNING, NICKNAME, COUSIN, CODE, ELSEWHERE, SLIP = 0, 1, 2, 3, 4, 5, 10
"""What a typed word costs by how it fits: a name, its beginning, its nickname or usual form, another nickname of the
same name, a code's beginning, a word of the agency or title, and one slip of the finger."""
UNUSUAL, HALF_TYPED = 3, 3
"""On top of a slip: fingers seldom slip this way; the word is not typed to its end."""
SOUNDS_ALIKE = 15

Slip: TypeAlias = Callable[[str, str], int | None]
"""What it costs to take a typed word for a word of the roster; None where nobody would."""
Rank: TypeAlias = tuple[int, bool, bool, float, str, int]


@dataclass(frozen=True, slots=True)
class Person:
    """What the index knows of one attendee. Hundreds are weighed at one key, so the texts stay as they are stored."""

    n: int
    sort: str
    """The name as lists of people are sorted by it, see `sort_form`."""
    forms: str
    """All forms of the name, see `write_forms`."""
    others: str
    """Words of agency and title."""


def nothing_slipped(typed: str, word: str) -> int | None:
    """A `Slip` for those who type without any."""
    return None


def fit(typed: Iterable[str], person: Person, slip: Slip = nothing_slipped) -> tuple[int, bool] | None:
    """How well all typed words fit a person, 0 being best, and whether all fit the name; None where one fits not."""
    names, others = f" {form_words(person.forms)} ", f" {person.others} "
    total, by_name = 0, True
    for word in typed:
        found = _word_fit(word, names, others, slip)
        if found is None:
            return None
        total += found[0]
        by_name = by_name and found[1]
    return total, by_name


def _word_fit(typed: str, names: str, others: str, slip: Slip) -> tuple[int, bool] | None:
    """How well one typed word fits: the least of the costs above, and whether it fits the name."""
    if f" {typed}" in names:
        return (WHOLE if f" {typed} " in names else BEGINNING), True
    nicknames = other_names(typed)
    if nicknames and not nicknames.isdisjoint(names.split()):
        return (COUSIN if close_names(typed).isdisjoint(names.split()) else NICKNAME), True
    if f" {typed}" in others:
        return ELSEWHERE, False
    if slip is nothing_slipped:
        return None
    fits = [(cost, True) for word in names.split() if (cost := slip(typed, word)) is not None]
    fits += [(cost + ELSEWHERE, False) for word in others.split() if (cost := slip(typed, word)) is not None]
    return min(fits, default=None)


def rank(typed: Sequence[str], person: Person, cost: int, likeness: float = 0.0) -> Rank:
    """The order of answers, least first: cost; the whole name typed; a whole surname typed; likeness; the alphabet."""
    forms = read_forms(person.forms)
    whole = len(typed) == len(forms[0].words)
    surname = any(word in form.family for form in forms for word in typed)
    return (cost, not whole, not surname, -likeness, person.sort, person.n)
