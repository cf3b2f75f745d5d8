"""What is known of a session follows from the set of records that speak of it, in whatever order they come."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.journal import Hlc, Role
from kiosk.domain.programme import Audience, CreditKind, CreditRule, DoorPolicy, ProgrammeSession, SessionId
from kiosk.domain.programme_json import (
    ProgrammeChange,
    Subject,
    read_programme_change,
    read_session,
    session_changes,
    session_fields,
    write_programme_change,
)
from kiosk.domain.programme_merging import Merged, Written, merge_programme
from kiosk.domain.verdicts import RecordId

START = datetime(2023, 5, 4, 12, 30, tzinfo=UTC)
HP1A = ProgrammeSession(SessionId("s1"), "HP1A", "Partnership", "Salon A", START, START + timedelta(minutes=75))


def write(seq: int, fields: dict[str, object], *, new: bool = False, role: str = Role.ORGANIZER,
          log: str = "a", **bases: list[str]) -> Written:  # fmt: skip
    change = ProgrammeChange(Subject.SESSION, "s1", fields, new, bases=bases)
    return Written(RecordId(log, seq), 0, Hlc(seq, 0), role, change)


MADE = write(1, session_fields(HP1A), new=True)


def merged(*changes: Written) -> Merged:
    result = merge_programme(changes)
    assert result is not None
    return result


def test_a_later_move_that_knew_of_the_first_stands() -> None:
    first = write(2, {"room": "Salon B"}, room=["a:1"])
    second = write(3, {"room": "Salon C"}, room=["a:2"])
    assert merged(second, MADE, first).fields["room"] == "Salon C"


def test_a_move_that_knew_of_another_stands_though_its_clock_was_slow() -> None:
    first = write(9, {"room": "Salon B"}, room=["a:1"])
    second = write(3, {"room": "Salon C"}, room=["a:9"], log="b")
    assert merged(first, second, MADE).fields["room"] == "Salon C"


def test_two_stations_that_did_not_hear_of_each_other_end_with_the_same_room_and_both_are_named() -> None:
    organizer = write(2, {"room": "Salon B"}, room=["a:1"], log="b")
    door = write(3, {"room": "Salon C"}, room=["a:1"], log="c", role=Role.DOOR)
    result = merged(MADE, organizer, door)
    assert result.fields["room"] == "Salon B"
    assert result.writers["room"] == ("b:2", "c:3")


def test_changes_of_different_fields_do_not_disturb_each_other() -> None:
    result = merged(MADE, write(2, {"room": "B"}, room=["a:1"]), write(3, {"capacity": 9}, log="b"))
    assert (result.fields["room"], result.fields["capacity"], result.fields["title"]) == ("B", 9, "Partnership")


def test_nobody_made_it_so_it_is_not_there() -> None:
    assert merge_programme([write(2, {"room": "B"})]) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.integers(0, 5)), max_size=12), st.randoms())
def test_order_and_repeats_do_not_matter(moves: list[tuple[int, str, int]], chance: random.Random) -> None:
    changes = [MADE]
    for seq, (value, log, knew) in enumerate(moves, 2):
        base = changes[knew % len(changes)].record
        role = Role.DOOR if log == "c" else Role.ORGANIZER
        changes.append(write(seq, {"capacity": value}, log=log, role=role, capacity=[str(base)]))
    shuffled = [*changes, *chance.choices(changes, k=3)]
    chance.shuffle(shuffled)
    assert merge_programme(shuffled) == merge_programme(changes)


sessions = st.builds(
    ProgrammeSession,
    id=st.just(SessionId("s1")),
    code=st.text(min_size=1, max_size=8),
    title=st.text(max_size=20),
    room=st.text(max_size=8),
    start=st.integers(0, 10**6).map(lambda minutes: START + timedelta(minutes=minutes)),
    end=st.integers(0, 10**6).map(lambda minutes: START + timedelta(minutes=minutes)),
    capacity=st.none() | st.integers(0, 2000),
    audience=st.builds(
        Audience, st.text(max_size=5), st.lists(st.text(max_size=5), max_size=2).map(tuple),
        st.lists(st.text(max_size=5), max_size=2).map(tuple), st.none() | st.booleans(),
    ),
    door=st.sampled_from(DoorPolicy),
    credit=st.builds(
        CreditRule, st.sampled_from(CreditKind), st.integers(0, 500), st.none() | st.integers(0, 500),
        st.none() | st.integers(0, 100), st.integers(0, 30), st.sampled_from([50, 60]), st.booleans(),
        st.text(max_size=5), st.lists(st.tuples(st.integers(0, 99), st.integers(1, 30)), max_size=2).map(tuple),
    ),
    speakers=st.lists(st.text(max_size=5), max_size=2).map(tuple),
    cancelled=st.booleans(),
)  # fmt: skip


@given(sessions)
def test_a_session_comes_back_from_its_record_as_it_was(session: ProgrammeSession) -> None:
    change = ProgrammeChange(Subject.SESSION, "s1", session_fields(session), new=True)
    again = read_programme_change(write_programme_change(change))
    assert read_session("s1", again.fields) == session


@given(sessions, sessions)
def test_what_differs_is_enough_to_make_the_one_from_the_other(one: ProgrammeSession, other: ProgrammeSession) -> None:
    content = {**session_fields(one), **session_changes(one, other)}
    assert read_session("s1", content) == other
    assert session_changes(other, other) == {}


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_nonsense_is_no_change(data: bytes) -> None:
    try:
        change = read_programme_change(data)
        read_session(change.id, change.fields)
    except ValueError:
        return
