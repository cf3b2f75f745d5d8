"""The search index: from a few typed letters to the people they may mean, fast enough to ask at every key.

Four ways in, from sure to daring; `storage/search_question.py` asks each only while those before found too few:

1. `search_code`: ticket codes, badge numbers and e-mail addresses, exact or begun.
2. `search_name`: every rotation of every form of a name, so that words typed side by side are a range of a B-tree,
   already in the order in which people are listed.
3. `search_text`: all words of a person with agency and title, in FTS5, for words that do not stand side by side. It
   keeps no positions and is never asked for its rank: both cost more than everything else here together.
4. `search_near`: words, and beginnings of words, by what is left when one letter is dropped and by their sound, and
   `search_word`, the list of all words. What they find goes back into 3 in place of the typed word.

`search_person` holds the folded words of each attendee, by which answers are ordered. Nothing is kept in memory.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from types import ModuleType
from typing import Any

from kiosk.domain.people import Attendee
from kiosk.domain.search import (
    LETTER_LIMIT,
    beginnings,
    code_form,
    form_words,
    name_forms,
    read_forms,
    rotations,
    slips,
    sort_form,
    words,
    write_forms,
)
from kiosk.storage.search_question import Question

BATCH = 20_000
"""People written at once: their rows are sorted first, which is what makes writing many fast."""

_SCHEMA = (
    """create table if not exists search_person (
        n integer primary key, sort text not null, forms text not null, others text not null, codes text not null)""",
    """create table if not exists search_name (
        surname integer not null, key text not null, n integer not null,
        primary key (surname, key, n)) without rowid""",
    """create table if not exists search_code (
        key text not null, n integer not null, primary key (key, n)) without rowid""",
    "create table if not exists search_word (word text primary key) without rowid",
    """create table if not exists search_near (
        key text not null, target text not null, primary key (key, target)) without rowid""",
    # The ascii tokenizer takes every letter beyond ASCII as it is: words were parted and folded before they came here.
    """create virtual table if not exists search_text using fts5 (
        words, content='', detail=none, columnsize=0, prefix='1 2 3 4', tokenize='ascii')""",
)
_HASH_BYTES = 16 << 20
"""What FTS5 gathers before it writes a segment. Few large segments: every prefix query asks each of them."""

Entry = tuple[int, Attendee, Sequence[str]]
"""An attendee's integer key in view.db, the attendee, and all codes that are theirs."""


class SearchIndex:
    """Finds attendees by their integer key in view.db. The caller owns the connection and its transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def create(self) -> None:
        """Make the index's tables where they are missing."""
        fresh = not self._all("select 1 from sqlite_master where name = 'search_text'")
        for statement in _SCHEMA:
            self._db.execute(statement)
        if fresh:
            self._db.execute("insert into search_text (search_text, rank) values ('hashsize', ?)", (_HASH_BYTES,))

    def find(self, text: str, limit: int = 12) -> list[int]:
        """The people somebody may mean who typed this much of a name, agency, number, code or e-mail; best first.

        Takes any text. One letter of an alphabet finds nobody; one Chinese character or digit does.
        """
        typed, code = words(text), code_form(text)
        if len(code) < 2 and code.isascii() and not code.isdigit():
            return []
        return Question(self._db, typed, code, limit, address="@" in text).answers()

    def put(self, entries: Iterable[Entry]) -> None:
        """Index people. An entry with the same key is replaced."""
        for batch in _batches(entries, BATCH):
            latest = {n: (attendee, codes) for n, attendee, codes in batch}
            self.drop(latest)
            self._write([_kept(n, attendee, codes) for n, (attendee, codes) in latest.items()])

    def drop(self, ns: Iterable[int]) -> None:
        """Forget people. Their words stay known as possible corrections, which then lead to nobody."""
        ((newest,),) = self._all("select coalesce(max(n), -1) from search_person")
        for n in ns:
            if n > newest:
                continue
            for row in self._all("select n, sort, forms, others, codes from search_person where n = ?", n):
                self._forget(_Kept(*row))

    def _forget(self, kept: _Kept) -> None:
        self._db.execute("delete from search_person where n = ?", (kept.n,))
        self._db.executemany("delete from search_name where surname = ? and key = ? and n = ?", kept.names())
        self._db.executemany("delete from search_code where key = ? and n = ?", kept.code_keys())
        # A contentless table has to be told what it held.
        told = "insert into search_text (search_text, rowid, words) values ('delete', ?, ?)"
        self._db.execute(told, (kept.n, kept.text()))

    def _write(self, people: list[_Kept]) -> None:
        many, texts = self._db.executemany, [kept.text() for kept in people]
        many("insert into search_person values (?, ?, ?, ?, ?)", [kept.row() for kept in people])
        many("insert into search_name values (?, ?, ?)", sorted(row for kept in people for row in kept.names()))
        many("insert into search_code values (?, ?)", sorted(row for kept in people for row in kept.code_keys()))
        many(
            "insert into search_text (rowid, words) values (?, ?)",
            [(kept.n, text) for kept, text in zip(people, texts, strict=True)],
        )
        vocabulary = set(chain.from_iterable(map(str.split, texts)))
        self._write_words(sorted(word for word in vocabulary if len(word) > 1 and word.isalpha()))

    def _write_words(self, vocabulary: list[str]) -> None:
        """Make words findable in spite of slips, those that are not yet."""
        fresh = [word for word in vocabulary if not self._all("select 1 from search_word where word = ?", word)]
        if not fresh:
            return
        sounds = _likeness().sounds
        rows = [(key, word) for word in fresh for key in (*slips(word), *sounds(word))]
        begun = {begun for word in fresh for begun in beginnings(word)}
        rows += [(key, begin + "*") for begin in begun for key in slips(begin)]
        rows.sort()
        self._db.executemany("insert into search_word values (?)", [(word,) for word in fresh])
        self._db.executemany("insert or ignore into search_near values (?, ?)", rows)

    def _all(self, sql: str, *values: object) -> list[Any]:
        return self._db.execute(sql, values).fetchall()


@dataclass(frozen=True, slots=True)
class _Kept:
    """One row of `search_person`, and the rows of the other tables that follow from it."""

    n: int
    sort: str
    forms: str
    others: str
    codes: str

    def row(self) -> tuple[int, str, str, str, str]:
        """As it is stored."""
        return (self.n, self.sort, self.forms, self.others, self.codes)

    def names(self) -> set[tuple[int, str, int]]:
        """Rows of `search_name`."""
        if self.forms.isascii() and " " not in self.forms and "\n" not in self.forms:
            given, _bar, family = self.forms.partition("|")
            if given and family:  # nearly everybody
                return {(0, f"{given} {family}", self.n), (1, f"{family} {given}", self.n)}
        return {(int(surname), key, self.n) for form in read_forms(self.forms) for surname, key in rotations(form)}

    def code_keys(self) -> set[tuple[str, int]]:
        """Rows of `search_code`."""
        return {(code, self.n) for code in self.codes.split()}

    def text(self) -> str:
        """The row of `search_text`: every word once."""
        return " ".join(dict.fromkeys((*form_words(self.forms).split(), *self.others.split())))


def _kept(n: int, attendee: Attendee, codes: Sequence[str]) -> _Kept:
    first, last = attendee.first, attendee.last
    if not attendee.badge_name and _PLAIN(first) and _PLAIN(last):  # what `name_forms` makes of nearly everybody
        given, family = first.lower(), last.lower()
        sort, forms = f"{family} {given}", f"{given}|{family}"
    else:
        ways = name_forms(attendee, _latin)
        sort, forms = sort_form(ways[0]), write_forms(ways)
    others = (*_common_words(attendee.agency), *_common_words(attendee.title))
    numbers = (attendee.number, attendee.number.lstrip("0"), attendee.email, *codes)
    return _Kept(
        n,
        sort,
        forms,
        " ".join(dict.fromkeys(others)),
        " ".join(dict.fromkeys(form for number in numbers if (form := code_form(number)))),
    )


_PLAIN = re.compile(f"[A-Za-z]{{1,{LETTER_LIMIT}}}", re.ASCII).fullmatch


@lru_cache(maxsize=1024)
def _common_words(text: str) -> tuple[str, ...]:
    """`words` of a text that many people share, such as their agency."""
    return words(text)


def _batches(entries: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    source = iter(entries)
    while batch := list(islice(source, size)):
        yield batch


def _likeness() -> ModuleType:
    """The module that loads the libraries of likeness, with the first name that needs them."""
    from kiosk.storage import likeness

    return likeness


def _latin(text: str) -> str:
    return str(_likeness().latin(text))
