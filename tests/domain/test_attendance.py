"""Marks at doors and what people set right become stays; order and repeats cannot matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.attendance import ClockFault, How, Mark, Recorded, Stay, Way, overlaps, stays
from kiosk.domain.programme import SessionId
from tests.domain.hours import at, came, closed, head, left, recorded, set_to


def ends(stay: Stay) -> tuple[float | None, float | None]:
    """Both ends in minutes after half past one."""
    minute = timedelta(minutes=1)
    return tuple(None if end is None else (end.at - at(0)) / minute for end in (stay.came, stay.left))  # type: ignore[return-value]


def all_ends(*written: object, **more: object) -> list[tuple[float | None, float | None]]:
    return [ends(stay) for stay in stays(recorded(*written, **more))]  # type: ignore[arg-type]


def test_in_and_out_are_a_stay() -> None:
    (stay,) = stays(recorded(came(-2), left(70)))
    assert ends(stay) == (-2, 70)
    assert stay.seconds == 72 * 60
    assert stay.is_whole
    assert not stay.is_known_by(How.ASSUMED)


def test_somebody_may_leave_and_come_back() -> None:
    assert all_ends(came(0), left(20), came(30), left(75)) == [(0, 20), (30, 75)]


def test_a_second_entry_leaves_the_first_standing_and_is_kept() -> None:
    (stay,) = stays(recorded(came(0), came(5), left(75)))
    assert ends(stay) == (0, 75)
    assert [moment.at for moment in stay.again] == [at(5)]


def test_a_second_exit_leaves_the_first_standing_and_is_kept() -> None:
    (stay,) = stays(recorded(came(0), left(40), left(75)))
    assert ends(stay) == (0, 40)
    assert [moment.at for moment in stay.again] == [at(75)]


def test_a_missing_exit_and_an_exit_without_an_entry_are_said_as_such() -> None:
    assert all_ends(came(0)) == [(0, None)]
    assert all_ends(left(75)) == [(None, 75)]
    assert stays(recorded(came(0)))[0].seconds == 0


def test_an_exit_at_the_next_door_does_not_end_a_stay_here() -> None:
    assert all_ends(came(0, "A"), left(75, "B")) == [(0, None), (None, 75)]


def test_a_closing_sends_whoever_is_still_inside_home_at_the_end_and_marks_it_assumed() -> None:
    (stay,) = stays(recorded(came(0), closed()))
    assert ends(stay) == (0, 75)
    assert stay.left is not None
    assert (stay.left.how, stay.left.by) == (How.ASSUMED, "Maria")


def test_a_scan_that_arrives_after_the_closing_counts_before_it() -> None:
    closing = closed()
    assert all_ends(closing, came(0), left(50)) == [(0, 50)]


def test_a_closing_does_not_keep_somebody_inside_who_was_seen_at_another_door() -> None:
    assert all_ends(came(0, "A"), closed("A"), came(40, "B")) == [(0, 40), (40, None)]


def test_an_exit_that_follows_from_another_door_is_assumed_and_gives_way_to_one_that_was_scanned() -> None:
    moved = left(40, moved=True)
    (stay,) = stays(recorded(came(0), moved))
    assert ends(stay) == (0, 40)
    assert stay.left is not None
    assert (stay.left.how, stay.left.moved) == (How.ASSUMED, True)
    (stay,) = stays(recorded(came(0), moved, left(75)))
    assert ends(stay) == (0, 75)
    assert not stay.is_known_by(How.ASSUMED)
    assert stay.again == ()


def test_who_comes_after_the_end_stays_for_no_time_at_all() -> None:
    assert all_ends(came(80), closed()) == [(80, 80)]


def test_a_closing_taken_back_leaves_the_exit_missing() -> None:
    closing = closed()
    assert all_ends(came(0), closing, undone=[closing]) == [(0, None)]


def test_a_repair_adds_what_nobody_scanned_and_explains_itself() -> None:
    (stay,) = stays(recorded(came(0), set_to(Way.OUT, 70, why="walked past the scanner")))
    assert ends(stay) == (0, 70)
    assert stay.left is not None
    assert (stay.left.how, stay.left.by, stay.left.why) == (How.REPAIRED, "Deb", "walked past the scanner")


def test_a_repair_corrects_a_scan_and_says_what_it_was() -> None:
    mark = left(30)
    (stay,) = stays(recorded(came(0), mark, set_to(Way.OUT, 70, mark)))
    assert ends(stay) == (0, 70)
    assert stay.left is not None
    assert stay.left.was == at(30)


def test_of_two_repairs_the_later_counts_and_still_says_what_was_scanned() -> None:
    mark = left(30)
    first, second = set_to(Way.OUT, 60, mark), set_to(Way.OUT, 70, mark)
    (stay,) = stays(recorded(came(0), second, first, mark))
    assert ends(stay) == (0, 70)
    assert stay.left is not None
    assert stay.left.was == at(30)


def test_a_stay_is_withdrawn_by_saying_that_its_ends_do_not_count() -> None:
    entry, leave = came(0), left(75)
    assert all_ends(entry, leave, set_to(Way.IN, None, entry, leave)) == []


def test_an_undo_takes_back_scans_and_repairs_alike() -> None:
    mark, late = left(30), came(31)
    repair = set_to(Way.OUT, 70, mark)
    assert all_ends(came(0), mark, repair, undone=[repair]) == [(0, 30)]
    assert all_ends(came(0), mark, late, undone=[late, mark]) == [(0, None)]


def test_a_laptop_clock_20_minutes_wrong_is_set_right_for_all_its_scans_at_once() -> None:
    marks = [came(20, log="DOOR"), left(95, log="DOOR"), came(0, "B", log="OTHER")]
    fault = ClockFault(*head("Deb"), "DOOR", 20 * 60, "laptop was 20 minutes fast")
    found = {stay.session: stay for stay in stays(Recorded(marks, clocks=[fault]))}
    assert ends(found[SessionId("A")]) == (0, 75)
    assert ends(found[SessionId("B")]) == (0, None)
    entry = found[SessionId("A")].came
    assert entry is not None
    assert (entry.was, entry.by, entry.how) == (at(20), "Deb", How.SCANNED)
    undone = Recorded(marks, clocks=[fault], undone=frozenset({str(fault.record)}))
    assert ends(next(stay for stay in stays(undone) if stay.session == "A")) == (20, 95)


def test_a_time_set_right_says_what_was_recorded_even_where_the_clock_was_wrong_too() -> None:
    leave = left(95, log="DOOR")
    fault = ClockFault(*head("Deb"), "DOOR", 20 * 60, "twenty minutes fast")
    repair = set_to(Way.OUT, 70, leave)
    (stay,) = stays(Recorded([came(20, log="DOOR"), leave], [repair], clocks=[fault]))
    assert ends(stay) == (0, 70)
    assert stay.left is not None
    assert stay.left.was == at(95)


def test_minutes_of_the_night_the_clocks_go_back_are_elapsed_minutes() -> None:
    # 1:30 AM EDT to 1:15 AM EST: a quarter to on the wall, 45 minutes in the room.
    inside = Mark(*head(), SessionId("A"), Way.IN, datetime(2023, 11, 5, 5, 30, tzinfo=UTC))
    outside = Mark(*head(), SessionId("A"), Way.OUT, datetime(2023, 11, 5, 6, 15, tzinfo=UTC))
    (stay,) = stays(recorded(inside, outside))
    assert stay.seconds == 45 * 60


def test_a_stay_over_midnight_of_29_february_is_as_long_as_it_is() -> None:
    inside = Mark(*head(), SessionId("A"), Way.IN, datetime(2024, 2, 29, 23, 40, tzinfo=UTC))
    outside = Mark(*head(), SessionId("A"), Way.OUT, datetime(2024, 3, 1, 0, 20, tzinfo=UTC))
    (stay,) = stays(recorded(inside, outside))
    assert stay.seconds == 40 * 60


def test_overlaps_are_found_between_sessions_only() -> None:
    found = list(overlaps(stays(recorded(
        came(0, "A"), left(75, "A"), came(60, "B"), left(90, "B"), came(80, "C"), came(90, "D"), left(100, "D"),
    ))))  # fmt: skip
    assert [(each.one.session, each.other.session, each.start, each.end) for each in found] == [
        ("A", "B", at(60), at(75))
    ]


minutes = st.integers(-30, 120)
sessions = st.sampled_from("ABC")
written = st.lists(
    st.one_of(
        st.builds(came, minutes, sessions),
        st.builds(left, minutes, sessions, moved=st.booleans()),
        st.builds(set_to, st.sampled_from(Way), minutes, session=sessions),
        st.builds(closed, sessions),
    ),
    max_size=12,
)


@given(written, st.randoms(use_true_random=False), st.data())
def test_neither_order_nor_repeats_of_records_matter(records: list, random: object, data: st.DataObject) -> None:
    undone = data.draw(st.lists(st.sampled_from(records), max_size=3)) if records else []
    straight = stays(recorded(*records, undone=undone))
    shuffled = [*records, *records[:5]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert stays(recorded(*shuffled, undone=undone)) == straight


@given(written, st.data())
def test_undoing_a_record_is_as_if_it_had_never_been(records: list, data: st.DataObject) -> None:
    undone = data.draw(st.lists(st.sampled_from(records), unique_by=id)) if records else []
    without = [each for each in records if each not in undone]
    assert stays(recorded(*records, undone=undone)) == stays(recorded(*without))
