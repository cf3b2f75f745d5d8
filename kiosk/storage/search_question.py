"""One question to the search index: from typed words to people in order, the sure ways first, then the daring ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from types import ModuleType
from typing import Any

from kiosk.domain.nicknames import other_names
from kiosk.domain.search import (
    CODE,
    HALF_TYPED,
    SLIP,
    Person,
    Rank,
    Slip,
    fit,
    nothing_slipped,
    rank,
    respaced,
    slips,
)

ENOUGH = 6
"""People whose names fit what was typed; with fewer, slips are considered."""
CANDIDATES = 100
"""People weighed at once; more would be felt at the keys."""
NEAR_WORDS = 400
"""Words of the roster weighed for one typed word."""
ALTERNATIVES = 40
"""Words of the roster taken in place of one typed word."""
LIKELY = SLIP + HALF_TYPED
"""What a typed word may cost where one usual slip explains it."""
FAR_LENGTH = 5
"""Letters of a word that still says something after two slips."""

_AFTER = "\U0010ffff"
"""Sorts after every letter: the end of the range of texts with one beginning."""

_CODE_IS = "select n from search_code where key = ? limit ?"
_CODE_BEGINS = "select n, key from search_code where key > ? and key < ? order by key limit ?"
_NAME_BEGINS = """select p.n, p.sort, p.forms, p.others from search_name k join search_person p using (n)
    where k.surname = ? and k.key >= ? and k.key < ? order by k.key limit ?"""
_NAME_BEGINS_ANYWHERE = """select p.n, p.sort, p.forms, p.others from search_name k join search_person p using (n)
    where k.surname in (0, 1) and k.key >= ? and k.key < ? limit ?"""
_HAS_WORDS = """select p.n, p.sort, p.forms, p.others from search_text t cross join search_person p on p.n = t.rowid
    where search_text match ? limit ?"""
_NEAR = "select target from search_near where key = ? limit ?"
_WORD_BEGINS = "select 1 from search_word where word >= ? and word < ? limit 1"
_WORDS_BY_LENGTH = "select word from search_word where word >= ? and word < ? and length(word) between ? and ?"


class Question:
    """What somebody has typed, and the answers found so far."""

    def __init__(self, db: sqlite3.Connection, typed: tuple[str, ...], code: str, limit: int, *, address: bool) -> None:
        self._db = db
        self._typed = typed
        self._code = code
        self._is_code = address or any(letter.isdigit() for letter in code)
        self._limit = limit
        self._ranks: dict[int, Rank] = {}
        self._named: set[int] = set()
        """Those whose names fit, as opposed to agency or code."""
        self._weighed: set[int] = set()
        """Those compared letter by letter."""
        self._slip: Slip = nothing_slipped

    def answers(self) -> list[int]:
        """The people found, best first."""
        self._take_codes()
        if self._typed:
            self._take_names()
            if len(self._ranks) < self._limit:
                self._take_words()
            if len(self._named) < ENOUGH and not (self._is_code and self._ranks):
                self._take_slips()
        return sorted(self._ranks, key=self._ranks.__getitem__)[: self._limit]

    # -- as it was meant -------------------------------------------------------------------------------------------

    def _take_codes(self) -> None:
        for (n,) in self._rows(_CODE_IS, self._code, self._limit):
            self._ranks[n] = (-2, False, False, 0.0, "", n)
        if not self._is_code and len(self._code) < 4:
            return  # so few letters begin half of all e-mail addresses
        cost = -1 if self._is_code else CODE
        for n, key in self._rows(_CODE_BEGINS, self._code, self._code + _AFTER, self._limit):
            self._ranks.setdefault(n, (cost, False, False, 0.0, key, n))

    def _take_names(self) -> None:
        """The typed words side by side in a name; surnames are asked apart lest first names crowd them out."""
        phrase = " ".join(self._typed)
        for surname in (1, 0):
            self._weigh(self._rows(_NAME_BEGINS, surname, phrase, phrase + _AFTER, 2 * self._limit), self._typed)

    def _take_words(self) -> None:
        """Words anywhere in name, agency and title; then with other forms of the names among them."""
        for terms in ([[_begun(word)] for word in self._typed], [_plain(word) for word in self._typed]):
            if len(self._ranks) < self._limit:
                self._weigh(self._matching(_all_of(map(_any_of, terms))), self._typed)

    # -- in spite of slips -----------------------------------------------------------------------------------------

    def _take_slips(self) -> None:
        """Misplaced spaces; then one wrong word, at first by what fingers do; then several; then badly wrong ones."""
        for phrase in respaced(self._typed):
            self._weigh(self._rows(_NAME_BEGINS_ANYWHERE, phrase, phrase + _AFTER, self._limit), phrase.split(), SLIP)
        self._slip = cache(_likeness().slip)
        plain = [_plain(word) for word in self._typed]
        near = [self._near(word) for word in self._typed]
        likely = [[term for cost, term in found if cost <= LIKELY] for found in near]
        daring = [[term for _, term in found] for found in near]
        for alternatives in (likely, daring):
            if replaced := _one_replaced(plain, alternatives):
                self._weigh_slips(_any_of(f"({_all_of(one)})" for one in replaced))
            if len(self._named) >= ENOUGH:
                return
        if len(plain) > 1:
            self._weigh_slips(_all_of(_any_of(terms) for terms in map(_plus, plain, daring)))
        if not self._named:
            far = [self._far(word) for word in self._typed]
            if any(far):
                self._weigh_slips(_all_of(_any_of(terms) for terms in map(_plus, plain, map(_plus, daring, far))))

    def _near(self, typed: str) -> list[tuple[int, str]]:
        """Costs and terms of the roster's words, and beginnings of them, that one typed word may be meant for."""
        like = _likeness()
        spelt = typed if typed.isascii() else like.latin_word(typed)
        keys = {*slips(typed), *slips(spelt), *like.sounds(spelt)}
        targets = {target for key in keys for (target,) in self._rows(_NEAR, key, NEAR_WORDS)}
        weighed: list[tuple[int, str]] = []
        for target in targets:
            word = target.rstrip("*")
            cost = self._slip(typed, word) if word == target else like.begun_slip(spelt, word)
            if cost is not None:
                weighed.append((cost, _whole(word) if word == target else _begun(word)))
        return sorted(weighed)[:ALTERNATIVES]

    def _far(self, typed: str) -> list[str]:
        """Terms for words within two slips of one with which no word begins; its first letter may be missing."""
        if len(typed) < FAR_LENGTH or self._rows(_WORD_BEGINS, typed, typed + _AFTER):
            return []
        lengths = (len(typed) - 2, len(typed) + 2)
        initials = dict.fromkeys(typed[:2])
        known = [row[0] for a in initials for row in self._rows(_WORDS_BY_LENGTH, a, a + _AFTER, *lengths)]
        return [_whole(word) for word in _likeness().nearest(typed, known, ALTERNATIVES)]

    # -- weighing --------------------------------------------------------------------------------------------------

    def _matching(self, expression: str) -> list[Any]:
        return self._rows(_HAS_WORDS, expression, CANDIDATES)

    def _weigh_slips(self, expression: str) -> None:
        rows = [row for row in self._matching(expression) if row[0] not in self._weighed]
        self._weighed.update(row[0] for row in rows)
        self._weigh(rows, self._typed, slip=self._slip)

    def _weigh(self, rows: Iterable[Any], typed: Sequence[str], extra: int = 0, slip: Slip = nothing_slipped) -> None:
        """Keep those who fit, each with the best rank found so far."""
        for row in rows:
            person = Person(*row)
            found = fit(typed, person, slip)
            if found is None:
                continue
            cost, by_name = found
            alike = _likeness().likeness(" ".join(typed), person.sort) if cost >= SLIP else 0.0
            candidate = rank(typed, person, cost + extra, alike)
            self._ranks[person.n] = min(candidate, self._ranks.get(person.n, candidate))
            if by_name:
                self._named.add(person.n)

    def _rows(self, sql: str, *values: object) -> list[Any]:
        return self._db.execute(sql, values).fetchall()


def _likeness() -> ModuleType:
    """The module that loads the libraries of likeness, with the first slip that needs them."""
    from kiosk.storage import likeness

    return likeness


# -- FTS5 expressions; words hold letters and digits only, so quoting them is enough -------------------------------


def _plain(typed: str) -> list[str]:
    """Terms for a typed word that is as it was meant, or a nickname."""
    return [_begun(typed), *map(_whole, sorted(other_names(typed)))]


def _one_replaced(plain: Sequence[list[str]], daring: Sequence[list[str]]) -> list[list[str]]:
    """The words as typed, with each in turn replaced by what may have been meant; nothing where nothing may."""
    as_typed = [_any_of(terms) for terms in plain]
    return [[*as_typed[:i], _any_of(terms), *as_typed[i + 1 :]] for i, terms in enumerate(daring) if terms]


def _plus(some: list[str], more: list[str]) -> list[str]:
    return some + more


def _begun(word: str) -> str:
    return f'"{word}"*'


def _whole(word: str) -> str:
    return f'"{word}"'


def _any_of(terms: Iterable[str]) -> str:
    return f"({' OR '.join(terms)})"


def _all_of(terms: Iterable[str]) -> str:
    return " AND ".join(terms)
