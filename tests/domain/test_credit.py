"""What minutes in a room are worth: rules, rounding, two rooms at once, eight courses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.attendance import Way
from kiosk.domain.credit import Line, Standing, full_credit, full_minutes, least_minutes
from kiosk.domain.credit_words import hours_words, line_words
from kiosk.domain.programme import CreditKind, CreditRule
from tests.domain.hours import (
    ENTRY,
    MINUTES,
    WHOLE,
    Written,
    a_session,
    at,
    came,
    closed,
    granted,
    left,
    result,
    set_to,
    the_line,
    with_rule,
)

ATLANTA = ZoneInfo("America/New_York")


def said(line: Line) -> str:
    return line_words(line, ATLANTA)


@pytest.mark.parametrize(
    "rule, written, standing, counted, worth",
    [
        (MINUTES, [came(0), left(75)], Standing.COUNTS, 75, 125),
        (MINUTES, [came(-20), left(90)], Standing.COUNTS, 75, 125),  # nothing outside the session
        (MINUTES, [came(3), left(75)], Standing.COUNTS, 72, 120),
        (MINUTES, [came(0), left(20), came(30), left(75)], Standing.COUNTS, 65, 108),  # two stays add up, cut down
        (MINUTES, [came(0), left(59.9)], Standing.TOO_SHORT, 59, 0),
        (MINUTES, [came(0)], Standing.NO_EXIT, 0, 0),
        (MINUTES, [left(75)], Standing.NO_ENTRY, 0, 0),
        (MINUTES, [came(0), left(30), came(40)], Standing.NO_EXIT, 30, 0),
        (MINUTES, [came(0), closed()], Standing.COUNTS, 75, 125),
        (WHOLE, [came(0), left(60)], Standing.COUNTS, 60, 125),  # all or nothing, from 80 percent on
        (WHOLE, [came(0), left(59)], Standing.TOO_SHORT, 59, 0),
        (ENTRY, [came(10)], Standing.COUNTS, 75, 125),
        (ENTRY, [left(10)], Standing.NO_ENTRY, 0, 0),
        (ENTRY, [came(76)], Standing.TOO_SHORT, 0, 0),
        (CreditRule(), [came(0), left(75)], Standing.NO_CREDIT, 0, 0),
    ],
)
def test_what_a_rule_makes_of_scans(
    rule: CreditRule, written: list[Written], standing: Standing, counted: int, worth: int
) -> None:
    line = the_line(*written, session=a_session(rule=rule))
    assert (line.standing, line.counted_min, line.worth) == (standing, counted, worth)


@pytest.mark.parametrize(
    "came_at, left_at, counted", [(5, 75, 75), (5.1, 75, 69), (0, 70, 75), (5, 70, 75), (0, 69.9, 69)]
)
def test_who_is_a_little_late_or_leaves_a_little_early_was_there_all_the_time(
    came_at: float, left_at: float, counted: int
) -> None:
    rule = with_rule(MINUTES, late_grace_min=5)
    assert the_line(came(came_at), left(left_at), session=a_session(rule=rule)).counted_min == counted


def test_breaks_do_not_count() -> None:
    rule = with_rule(MINUTES, breaks=((30, 15),), least_min=50)
    session = a_session(rule=rule)
    assert full_minutes(session) == 60
    line = the_line(came(0), left(75), session=session)
    assert (line.counted_min, line.worth) == (60, 125)
    assert the_line(came(0), left(40), session=session).counted_min == 30


def test_seconds_are_added_up_before_they_are_cut_down() -> None:
    line = the_line(came(0), left(30.5), came(31), left(65.5), session=a_session(rule=MINUTES))
    assert line.counted_min == 65


def test_fifty_minutes_may_be_an_hour() -> None:
    session = a_session(rule=with_rule(MINUTES, hour_min=50))
    assert full_credit(session) == 150
    assert the_line(came(0), left(75), session=session).worth == 150


def test_a_rule_that_promises_more_than_the_session_has_is_cut_down() -> None:
    assert full_credit(a_session(rule=CreditRule(CreditKind.ENTRY, credit_min=600))) == 125


def test_a_share_of_the_session_is_rounded_up_to_whole_minutes() -> None:
    assert least_minutes(a_session(rule=with_rule(WHOLE, least_percent=81))) == 61


def test_where_somebody_was_in_two_rooms_the_minute_counts_in_the_one_entered_last() -> None:
    rule = with_rule(MINUTES, least_min=None)
    found = result(
        came(0, "A"), left(75, "A"), came(60, "B"), left(135, "B"),
        sessions=[a_session("A", rule), a_session("B", rule, start_min=60)],
    )  # fmt: skip
    assert [(line.counted_min, line.elsewhere_min, line.worth) for line in found.lines] == [
        (60, 15, 100),
        (75, 0, 125),
    ]
    assert said(found.lines[0]) == "60 of 75 minutes, counts 1.00 h. 15 minutes count in another room."


def test_an_assumed_exit_takes_no_minute_from_one_that_was_scanned() -> None:
    found = result(
        came(0, "A"), left(75, "A"), came(2, "B"), closed("B"),
        sessions=[a_session("A"), a_session("B")],
    )  # fmt: skip
    assert [(line.standing, line.counted_min) for line in found.lines] == [
        (Standing.COUNTS, 75),
        (Standing.ELSEWHERE, 0),
    ]


def test_two_entries_into_sessions_that_run_at_once_are_paid_once() -> None:
    found = result(came(0, "A"), came(5, "B"), sessions=[a_session("A", ENTRY), a_session("B", ENTRY, start_min=45)])
    assert [(line.counted_min, line.worth) for line in found.lines] == [(45, 75), (75, 125)]


def test_a_session_without_credit_takes_no_minutes_from_one_with() -> None:
    found = result(
        came(0, "A"), left(75, "A"), came(10, "N"), left(70, "N"),
        sessions=[a_session("A"), a_session("N", CreditRule())],
    )  # fmt: skip
    assert [line.worth for line in found.lines] == [125, 0]


def test_of_the_courses_of_a_slot_the_best_counts_and_the_other_says_so() -> None:
    early = a_session("A", with_rule(MINUTES, least_min=20), course_slot=1)
    late = a_session("B", with_rule(MINUTES, least_min=20), course_slot=1)
    found = result(came(0, "A"), left(40, "A"), came(45, "B"), left(75, "B"), sessions=[early, late])
    assert [(line.session.id, line.standing, line.worth) for line in found.lines] == [
        ("A", Standing.COUNTS, 66),
        ("B", Standing.OTHER_COURSE, 50),
    ]
    assert found.total == 66
    assert said(found.lines[1]) == "30 of 75 minutes, worth 0.50 h; another course of this slot counts."


def test_of_two_alike_the_one_enrolled_for_counts() -> None:
    first, second = (
        a_session("A", ENTRY, course_slot=1),
        a_session("B", ENTRY, course_slot=1, start_min=100),
    )
    found = result(came(0, "A"), came(100, "B"), sessions=[first, second], enrolled=["B"])
    assert [line.standing for line in found.lines] == [Standing.OTHER_COURSE, Standing.COUNTS]


def test_a_transcript_has_a_line_for_every_slot() -> None:
    attended, missed = a_session("A", course_slot=1), a_session("B", course_slot=3, start_min=100)
    found = result(came(0), left(75), sessions=[attended, missed], enrolled=["A", "B"])
    slots = found.slots(4)
    assert [line and (line.session.id, line.standing) for line in slots] == [
        ("A", Standing.COUNTS),
        None,
        ("B", Standing.ABSENT),
        None,
    ]


def test_kinds_of_credit_are_kept_apart() -> None:
    law, lead = (with_rule(ENTRY, category=name) for name in ("legal", "leadership"))
    found = result(came(0, "A"), came(100, "B"), sessions=[a_session("A", law), a_session("B", lead, start_min=100)])
    assert found.categories == {"leadership": 125, "legal": 125}
    assert found.total == 250


def test_a_person_may_decide_otherwise_and_says_why() -> None:
    line = the_line(came(0), granted(60))
    assert (line.standing, line.worth) == (Standing.COUNTS, 100)
    assert said(line) == "1.00 h, granted by Deb: helped a colleague."
    denied = the_line(came(0), left(75), granted(0))
    assert denied.standing is Standing.DENIED
    assert said(denied) == "No credit: decided by Deb: helped a colleague."
    assert the_line(granted(600)).worth == 125


def test_a_grant_taken_back_leaves_what_was_scanned() -> None:
    grant = granted(0)
    assert the_line(came(0), left(75), grant, undone=[grant]).worth == 125


def test_a_line_explains_itself() -> None:
    assert said(the_line(came(0), left(72))) == "72 of 75 minutes, counts 1.20 h."
    assert said(the_line(came(0), left(75))) == "75 of 75 minutes, counts 1.25 h."
    assert said(the_line(came(0), left(30))) == "30 of 75 minutes; 60 minutes are the least that counts."
    assert said(the_line(came(0))) == "No exit is recorded: no credit until somebody says when they left."
    assert said(the_line(came(-2), session=a_session(rule=ENTRY))) == "Came in at 1:28 PM, counts 1.25 h."
    assert said(the_line(came(76), session=a_session(rule=ENTRY))) == "Came in after the end."
    assert said(the_line(came(0), closed())).endswith("Exit 2:45 PM, assumed (session closed by Maria).")
    moved = the_line(came(0), left(70, moved=True))
    assert said(moved) == "70 of 75 minutes, counts 1.16 h. Exit 2:40 PM, assumed (seen at another door)."
    mark = left(30)
    assert said(the_line(came(0), mark, set_to(Way.OUT, 70, mark, why="badge read twice"))) == (
        "70 of 75 minutes, counts 1.16 h. Exit 2:40 PM, set by Deb: badge read twice (was 2:00 PM)."
    )


def test_the_night_the_clocks_go_back_pays_elapsed_minutes_not_wall_minutes() -> None:
    start = datetime(2023, 11, 5, 5, 30, tzinfo=UTC)  # 1:30 AM, and 75 minutes later it is 1:45 AM
    session = a_session(start=start, end=start + timedelta(minutes=75))
    offset = (start - at(0)) / timedelta(minutes=1)
    line = the_line(came(offset), left(offset + 75), session=session)
    assert (line.counted_min, line.worth) == (75, 125)


def test_a_session_over_midnight_and_on_29_february_is_one_session() -> None:
    start = datetime(2024, 3, 1, 4, 30, tzinfo=UTC)  # 11:30 PM on 29 February in Atlanta
    session = a_session(start=start, end=start + timedelta(minutes=75))
    offset = (start - at(0)) / timedelta(minutes=1)
    line = the_line(came(offset), left(offset + 75), session=session)
    assert line.worth == 125
    assert said(the_line(came(offset), session=a_session(rule=ENTRY, start=start, end=session.end))).startswith(
        "Came in at 11:30 PM"
    )


def test_hours_are_written_with_two_places() -> None:
    assert [hours_words(hundredths) for hundredths in (0, 5, 125, 1000)] == ["0.00", "0.05", "1.25", "10.00"]


# Whatever was recorded

minutes = st.integers(-30, 200)
names = st.sampled_from("ABC")
rules = st.builds(
    CreditRule,
    kind=st.sampled_from(CreditKind),
    credit_min=st.integers(0, 120),
    least_min=st.none() | st.integers(0, 80),
    least_percent=st.none() | st.integers(0, 100),
    late_grace_min=st.integers(0, 15),
    in_proportion=st.booleans(),
    breaks=st.lists(st.tuples(st.integers(0, 70), st.integers(1, 20)), max_size=2).map(tuple),
)
programme = st.tuples(
    *(
        st.builds(
            lambda rule, start, slot, name=name: a_session(name, rule, start, course_slot=slot),
            rules,
            st.integers(0, 90),
            st.integers(0, 2),
        )
        for name in "ABC"
    )
)
scans = st.lists(
    st.one_of(st.builds(came, minutes, names), st.builds(left, minutes, names), st.builds(closed, names)),
    max_size=10,
)


@given(programme, scans)
def test_credit_never_exceeds_the_session(sessions: tuple, written: list) -> None:
    for line in result(*written, sessions=sessions).lines:
        assert 0 <= line.worth <= full_credit(line.session) <= line.session.minutes * 100 // 60
        assert line.counted_min <= line.full_min


@given(programme, scans)
def test_a_minute_is_never_paid_twice(sessions: tuple, written: list) -> None:
    found = result(*written, sessions=sessions)
    paid = [line.session for line in found.lines if line.counted_min]
    instants = {
        session.start + timedelta(minutes=n) for session in paid for n in range(session.minutes)
    }  # every minute of the day that any of them has
    assert sum(line.counted_min for line in found.lines) <= len(instants)


@given(programme, scans, st.randoms(use_true_random=False))
def test_the_order_of_records_and_sessions_does_not_matter(sessions: tuple, written: list, random: object) -> None:
    straight = result(*written, sessions=sessions)
    shuffled, mixed = [*written, *written], list(sessions)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert result(*shuffled, sessions=mixed) == straight


@given(programme, scans)
def test_at_most_one_course_of_a_slot_counts_and_the_total_is_the_sum_of_the_lines(
    sessions: tuple, written: list
) -> None:
    found = result(*written, sessions=sessions)
    slots = [line.session.course_slot for line in found.counting if line.session.course_slot]
    assert len(slots) == len(set(slots))
    assert found.total == sum(line.credit for line in found.lines) == sum(found.categories.values())
