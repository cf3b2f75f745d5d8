"""Vectors told by what changed: nobody takes a wrong one for a right one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.exchange import Head
from kiosk.domain.vectors import EMPTY, Difference, Past, difference, mark_of, understood

LOGS = [letter * 26 for letter in "ABCD"]
heads = st.builds(
    Head, st.integers(0, 3), st.sampled_from(["0" * 64, "a" * 64, "b" * 64]), st.sampled_from([0, 0, 0, 7])
)
vectors = st.dictionaries(st.sampled_from(LOGS), heads.filter(lambda head: head != Head()))


@given(vectors, vectors)
def test_what_differs_makes_one_vector_of_the_other(one: dict[str, Head], other: dict[str, Head]) -> None:
    told = difference(one, mark_of(one), other)
    assert understood(one, told) == other
    assert told.mark == mark_of(other)
    assert set(told.heads) == {log for log in LOGS if one.get(log) != other.get(log)}


@given(vectors, vectors, st.sampled_from(LOGS), heads)
def test_nothing_is_understood_of_what_was_altered_on_the_way(
    one: dict[str, Head], other: dict[str, Head], log: str, head: Head
) -> None:
    told = difference(one, mark_of(one), other)
    altered = Difference(told.base, told.mark, {**told.heads, log: head})
    assert understood(one, altered) in (None, other)


@given(st.lists(vectors, max_size=12), st.integers(0, 20))
def test_the_past_answers_with_the_vector_of_a_mark_or_with_none(seen: list[dict[str, Head]], most: int) -> None:
    past = Past(most)
    for vector in seen:
        assert past.keep(vector) == mark_of(vector)
    for vector in seen:
        assert past.find(mark_of(vector)) in (None, vector)
    if seen:
        assert past.find(mark_of(seen[-1])) == seen[-1]
    assert past.find("f" * 16) is None
    assert past.find(EMPTY) == {}


def test_the_past_forgets_what_is_long_ago_and_remembers_what_was_lately() -> None:
    past = Past(100)
    marks = [past.keep({LOGS[0]: Head(n, f"{n:064}")}) for n in range(1, 500)]
    assert past.find(marks[0]) is None
    assert past.find(marks[-50]) == {LOGS[0]: Head(450, f"{450:064}")}


def test_a_mark_tells_what_is_kept_aside() -> None:
    assert mark_of({LOGS[0]: Head(1, "a" * 64)}) != mark_of({LOGS[0]: Head(1, "a" * 64, 9)})
    assert understood({}, Difference(EMPTY, "1" * 16, {})) is None
