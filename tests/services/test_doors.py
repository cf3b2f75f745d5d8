"""A door at work: what is answered, what is kept, who is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.door import House
from kiosk.domain.journal import Kind
from kiosk.domain.occupancy import Occupancy
from kiosk.domain.programme import DoorPolicy, Room
from kiosk.domain.verdicts import Outcome, Reason
from kiosk.errors import BadInput, NotSaved
from kiosk.services.attendance import Attendance
from kiosk.services.doors import Door
from kiosk.services.find import Find
from kiosk.services.programme import Programme
from kiosk.services.verify import verify
from kiosk.storage import doors, programme, roster
from kiosk.storage.journal import read_after
from tests.builders import START, DoorStation, a_door, a_session, an_attendee, enrol, hold, place

HERE = a_session("HP1A", "Salon A")
THERE = a_session("BC1B", "Salon B", title="Building Connections")
NEXT = a_session("CC2A", "Salon A", START + timedelta(minutes=105))
ADA = an_attendee("Ada", "Lovelace", code="1")
BOB = an_attendee("Bob", "Brown", code="2")
CLEO = an_attendee("Cleo", "Clark", code="3")


def furnish(station: DoorStation, *, at_desk: bool = True) -> None:
    """Three people: Ada is enrolled here, Bob in the room next door, Cleo nowhere."""
    enrol(station.store, ADA, BOB, CLEO)
    hold(station.store, HERE, THERE, NEXT, rooms=[Room("Salon A", 2), Room("Salon B", 2, "same floor, left")])
    place(station.store, HERE, ADA)
    place(station.store, THERE, BOB)
    if at_desk:
        for person in (ADA, BOB, CLEO):
            check_in(station, person.attendee.id)


def check_in(station: DoorStation, attendee_id: str) -> None:
    from kiosk.services.check_in import CheckIn

    assert CheckIn(station.store, station.station).admit(attendee_id).admitted


@pytest.fixture
def station(tmp_path: Path) -> DoorStation:  # type: ignore[misc]
    with a_door(tmp_path) as opened:
        furnish(opened)
        yield opened  # type: ignore[misc]


def kinds(station: DoorStation) -> list[str]:
    return [stored.record.kind for stored in read_after(station.store.connection, 0)]


def test_in_a_stutter_already_in_out_and_in_again(station: DoorStation) -> None:
    answers = [
        station.scan("1"),
        station.scan("1", later_s=9),
        station.scan("1", later_s=60),
        station.scan("1", out=True),
        station.scan("1", out=True),
        station.scan("1"),
    ]
    assert [each.reason for each in answers] == [
        Reason.OK, Reason.OK, Reason.ALREADY_IN, Reason.OUT, Reason.ALREADY_OUT, Reason.OK,
    ]  # fmt: skip
    assert answers[1].repeat
    assert answers[2].first is not None
    assert answers[2].first.record == answers[0].record
    assert station.inside(HERE) == 1
    assert answers[0].place == HERE.id


def test_a_second_stay_is_what_already_in_is_about(station: DoorStation) -> None:
    station.scan("1")
    station.scan("1", out=True)
    back = station.scan("1")
    again = station.scan("1")
    assert again.first is not None
    assert (again.first.record, again.first.at) == (back.record, back.at)


def test_let_in_once_more_while_inside_the_stay_is_still_the_first_one(station: DoorStation) -> None:
    first = station.scan("1")
    station.doors.override(ADA.attendee.id, station.door, "somebody else with this badge", "Rosa")
    again = station.scan("1")
    assert (again.first.record if again.first else None, station.inside(HERE)) == (first.record, 1)


def test_wrong_room_says_which_is_right_and_how_to_get_there(station: DoorStation) -> None:
    verdict = station.scan("2")
    assert (verdict.outcome, verdict.reason, verdict.admitted) == (Outcome.REDIRECT, Reason.WRONG_ROOM, False)
    assert verdict.doorway is not None
    assert (verdict.doorway.right, verdict.doorway.directions) == (THERE, "same floor, left")
    assert station.inside(HERE) == 0


def test_one_tap_lets_in_is_kept_as_an_override_and_puts_on_the_list(station: DoorStation) -> None:
    station.station.set_operator("Rosa")
    station.scan("3")
    verdict = station.doors.let_in(CLEO.attendee.id, station.door)
    assert (verdict.admitted, verdict.reason) == (True, Reason.OVERRIDE)
    assert verdict.record is not None
    record = station.store.record_of(verdict.record)
    assert record.body["override"] is True
    assert programme.is_enrolled(station.store.view.connection, CLEO.attendee.id, HERE.id)
    assert station.scan("3").first is not None


def test_a_session_for_enrolled_people_needs_a_supervisor(station: DoorStation) -> None:
    Programme(station.store, station.station).change(HERE.id, {"door": DoorPolicy.REGISTERED})
    assert station.scan("3").outcome is Outcome.REFUSED
    assert not station.doors.let_in(CLEO.attendee.id, station.door).admitted
    with pytest.raises(BadInput):
        station.doors.override(CLEO.attendee.id, station.door, "", "Rosa")
    verdict = station.doors.override(CLEO.attendee.id, station.door, "speaker's guest", "Rosa")
    assert verdict.admitted
    assert verdict.record is not None
    assert station.store.values_of(verdict.record) == [b"speaker's guest"]


def test_where_anyone_may_come_they_are_added_marked_as_walk_in(station: DoorStation) -> None:
    Programme(station.store, station.station).change(HERE.id, {"door": DoorPolicy.ANYONE})
    assert station.scan("3").reason is Reason.ADDED
    [added] = [s.record for s in read_after(station.store.connection, 0) if s.record.body.get("how") == "walk_in"]
    assert (added.kind, added.body["in"]) == (Kind.ENROL, [CLEO.attendee.id])


def test_undo_takes_back_what_the_admission_brought_with_it(station: DoorStation) -> None:
    Programme(station.store, station.station).change(HERE.id, {"door": DoorPolicy.ANYONE})
    other = Door("Salon B")
    station.doors.override(CLEO.attendee.id, other, "late", "Rosa")
    assert station.inside(THERE) == 1
    assert station.scan("3").reason is Reason.WRONG_ROOM, "they are on that list now"
    moved = station.doors.let_in(CLEO.attendee.id, station.door)
    assert (station.inside(THERE), station.inside(HERE)) == (0, 1)
    assert moved.record is not None
    station.doors.undo(moved.record)
    assert (station.inside(THERE), station.inside(HERE)) == (1, 0), "back where they were"
    assert not programme.is_enrolled(station.store.view.connection, CLEO.attendee.id, HERE.id)
    assert programme.is_enrolled(station.store.view.connection, CLEO.attendee.id, THERE.id), "that one was not undone"
    before = kinds(station)
    station.doors.undo(moved.record)
    assert kinds(station) == before


def test_undo_of_a_way_out_leaves_the_person_inside_since_they_came(station: DoorStation) -> None:
    entered = station.scan("1")
    left = station.scan("1", out=True)
    assert left.record is not None
    station.doors.undo(left.record)
    assert station.inside(HERE) == 1
    again = station.scan("1")
    assert (again.reason, again.first.record if again.first else None) == (Reason.ALREADY_IN, entered.record)


def test_whoever_is_still_in_another_room_is_let_in_and_both_times_are_kept(station: DoorStation) -> None:
    place(station.store, THERE, ADA)
    first = station.scan("1")
    moved = station.scan("1", door=Door("Salon B"))
    assert (moved.admitted, moved.reason) == (True, Reason.MOVED)
    assert moved.doorway is not None
    assert (moved.doorway.left, moved.doorway.left_since) == (HERE, first.at)
    assert (station.inside(HERE), station.inside(THERE)) == (0, 1)


def test_the_search_at_a_door_finds_those_on_its_list_first(station: DoorStation) -> None:
    brown = [an_attendee("Amy", "Brown", code=f"B{n}") for n in range(20)]
    enrol(station.store, brown)
    place(station.store, HERE, brown[17])
    find = Find(station.store)
    try:
        found = find.find("bro", limit=5, session=HERE.id)
        assert (found[0].attendee.id, found[0].enrolled, len(found)) == (brown[17].attendee.id, True, 5)
        station.doors.admit(brown[17].attendee.id, station.door)
        assert find.find("bro", limit=5, session=HERE.id)[0].admission is not None
    finally:
        find.close()


def test_or_kept_until_they_scan_out_where_the_organizer_wants_that(station: DoorStation) -> None:
    place(station.store, THERE, ADA)
    station.doors.set_house(House(moving_ends_stay=False))
    station.scan("1")
    assert station.scan("1", door=Door("Salon B")).reason is Reason.STILL_ELSEWHERE
    station.scan("1", out=True)
    assert station.scan("1", door=Door("Salon B")).admitted


def test_a_session_that_is_over_keeps_nobody(station: DoorStation) -> None:
    station.scan("1")
    place(station.store, NEXT, ADA)
    station.clock.now = NEXT.start
    verdict = station.scan("1")
    assert (verdict.reason, verdict.place) == (Reason.OK, NEXT.id)
    assert kinds(station).count(Kind.EXIT) == 0


def test_not_been_at_the_desk_is_flagged_or_sent_there(tmp_path: Path) -> None:
    with a_door(tmp_path) as station:
        furnish(station, at_desk=False)
        station.doors.set_house(House(unchecked_may_enter=False))
        assert station.scan("1").reason is Reason.NOT_CHECKED_IN
        assert station.inside(HERE) == 0
        station.doors.set_house(House())
        verdict = station.scan("1")
        assert (verdict.outcome, verdict.admitted) == (Outcome.ATTENTION, True)


def test_the_house_is_remembered(tmp_path: Path) -> None:
    with a_door(tmp_path) as station:
        station.doors.set_house(House(unchecked_may_enter=False))
    with a_door(tmp_path) as station:
        assert station.doors.house == House(unchecked_may_enter=False)


def test_a_full_room_lets_nobody_in_without_a_name_for_it(station: DoorStation) -> None:
    Programme(station.store, station.station).change(HERE.id, {"door": DoorPolicy.ANYONE})
    station.monitor.headcount(HERE.id, +1)
    assert station.scan("1").admitted
    full = station.scan("3")
    assert (full.outcome, full.reason) == (Outcome.REFUSED, Reason.ROOM_FULL)
    assert not station.doors.let_in(CLEO.attendee.id, station.door).admitted
    assert station.inside(HERE) == 2
    assert station.doors.override(CLEO.attendee.id, station.door, "stands at the back", "Rosa").admitted
    assert station.inside(HERE) == 3
    assert station.doors.now(station.door).capacity == 2


def test_a_seat_that_becomes_free_is_for_the_first_who_waits(station: DoorStation) -> None:
    Programme(station.store, station.station).change(HERE.id, {"door": DoorPolicy.ANYONE, "capacity": 1})
    station.scan("1")
    assert station.monitor.join(CLEO.attendee.id, HERE.id) == 1
    assert station.monitor.join(BOB.attendee.id, HERE.id) == 2
    assert station.monitor.join(CLEO.attendee.id, HERE.id) == 1, "joining twice is joining once"
    assert station.doors.now(station.door).waiting == 2
    with pytest.raises(BadInput):
        station.monitor.join(ADA.attendee.id, HERE.id)
    station.scan("1", out=True)
    assert [each.attendee.first for each in station.monitor.waiting(HERE.id)] == ["Cleo", "Bob"]
    assert station.scan("3").admitted
    assert [each.attendee.first for each in station.monitor.waiting(HERE.id)] == ["Bob"]
    station.monitor.leave(BOB.attendee.id, HERE.id)
    assert station.monitor.waiting(HERE.id) == []


def test_people_without_a_badge_are_counted_and_the_count_never_falls_below_none(station: DoorStation) -> None:
    assert [station.monitor.headcount(HERE.id, change) for change in (+1, +1, -1, -1, -1)] == [1, 2, 1, 0, 0]
    assert kinds(station).count(Kind.HEADCOUNT) == 4, "nothing is written where nothing changed"


def test_seats_counted_are_compared_with_what_is_known(station: DoorStation) -> None:
    station.scan("1")
    station.monitor.headcount(HERE.id, +1)
    check = station.monitor.count_seats(HERE.id, 5, by="Rosa")
    assert (check.counted, check.known, check.difference, check.by) == (5, 2, 3, "Rosa")
    with pytest.raises(BadInput):
        station.monitor.count_seats(HERE.id, -1)


def test_the_door_knows_what_it_is_for_and_what_comes(station: DoorStation) -> None:
    station.scan("1")
    now = station.doors.now(station.door)
    assert (now.session, now.timetable.coming, now.occupancy.inside, now.enrolled) == (HERE, NEXT, 1, 1)
    station.clock.now = NEXT.start
    now = station.doors.now(station.door)
    assert (now.session, now.occupancy.inside, now.left_behind) == (NEXT, 0, 1)
    attendance = Attendance(station.store, station.station)
    attendance.close_session(HERE.id, "Rosa")
    assert station.doors.now(station.door).left_behind == 0
    closed = attendance.session(HERE.id).closed
    assert closed is not None
    attendance.undo(closed.record, "Rosa")
    assert station.doors.now(station.door).left_behind == 1, "the closing was taken back"


def test_when_the_next_door_is_open_leaving_still_counts_for_what_one_was_in(station: DoorStation) -> None:
    station.scan("1")
    station.clock.now = NEXT.opens + timedelta(minutes=5)
    assert station.doors.now(station.door).session == NEXT
    left = station.scan("1", out=True)
    assert (left.reason, left.place) == (Reason.OUT, HERE.id)


def test_who_overslept_the_end_leaves_what_they_were_in_while_the_next_session_runs(station: DoorStation) -> None:
    station.scan("1")
    station.clock.now = NEXT.start + timedelta(minutes=10)
    left = station.scan("1", out=True)
    assert (left.reason, left.place, station.inside(HERE)) == (Reason.OUT, HERE.id, 0)


def test_nothing_held_here_is_an_answer_too_and_is_kept(station: DoorStation) -> None:
    verdict = station.scan("3", door=Door("Broom cupboard"))
    assert (verdict.reason, verdict.place) == (Reason.NO_SESSION, "Broom cupboard")
    assert station.store.record_of(verdict.record).place == "Broom cupboard"  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        station.doors.override(CLEO.attendee.id, Door("Broom cupboard"), "why not", "Rosa")


def test_a_supervisor_opens_a_session_that_is_not_held_now(station: DoorStation) -> None:
    place(station.store, NEXT, ADA)
    with pytest.raises(BadInput):
        station.monitor.open_anyway(NEXT.id, " ")
    session = station.monitor.open_anyway(NEXT.id, "Rosa")
    opened = Door("Salon A", session.id, anyway=True)
    verdict = station.scan("1", door=opened)
    assert (verdict.admitted, verdict.place) == (True, NEXT.id)
    assert Kind.DOOR_ANYWAY in kinds(station)


def test_a_door_is_named_by_a_code_or_a_room(station: DoorStation) -> None:
    assert station.doors.door_of("bc1b") == Door("Salon B", THERE.id)
    assert station.doors.door_of("SALON a") == Door("Salon A")
    with pytest.raises(BadInput):
        station.doors.door_of("Salon Z")


def test_codes_nobody_knows_are_kept_once(station: DoorStation) -> None:
    assert station.scan("http://menu.example").outcome is Outcome.UNKNOWN
    assert station.scan("http://menu.example", later_s=5).repeat
    assert station.doors.present("\r\n", station.door) is None


def test_a_session_moved_while_people_are_inside_is_followed_by_the_next_scan(station: DoorStation) -> None:
    place(station.store, HERE, CLEO)
    station.scan("1")
    Programme(station.store, station.station).change(HERE.id, {"room": "Salon B"})
    Programme(station.store, station.station).change(THERE.id, {"room": "Salon A"})
    there = station.scan("3")
    assert (there.reason, there.doorway.right.room if there.doorway and there.doorway.right else "") == (
        Reason.WRONG_ROOM,
        "Salon B",
    )
    moved_door = Door("Salon B")
    assert station.scan("3", door=moved_door).admitted
    again = station.scan("1", door=moved_door)
    assert again.reason is Reason.ALREADY_IN, "who was inside moved with the session"
    assert station.inside(HERE) == 2


def test_a_laptop_clock_twenty_minutes_wrong_does_not_keep_anybody_inside(station: DoorStation) -> None:
    """The clock is fast when Ada comes in, is put right while she listens, and then says she left before she came."""
    station.clock.now = START + timedelta(minutes=20)
    entered = station.scan("1", later_s=0)
    station.clock.now = START + timedelta(minutes=5)
    left = station.scan("1", later_s=0, out=True)
    assert left.at < entered.at
    assert (left.reason, station.inside(HERE)) == (Reason.OUT, 0)
    assert station.scan("1").reason is Reason.OK


def test_scanned_at_another_time_is_answered_for_that_time(station: DoorStation) -> None:
    early = station.doors.present("1", station.door, at=HERE.opens - timedelta(minutes=1))
    assert early is not None
    assert early.reason is Reason.TOO_EARLY


def test_the_view_is_what_the_records_say_however_often_it_is_folded(station: DoorStation) -> None:
    for code in ("1", "2", "3"):
        station.scan(code)
    station.doors.let_in(CLEO.attendee.id, station.door)
    station.monitor.headcount(HERE.id, +1)
    station.monitor.count_seats(HERE.id, 4)
    station.monitor.join(BOB.attendee.id, HERE.id)
    station.scan("1", out=True)
    before = station.doors.now(station.door)
    assert verify(station.store).problems == ()
    station.store.rebuild_view()
    assert station.doors.now(station.door) == before
    assert doors.seat_counts(station.store.view.connection, HERE.id)[0].counted == 4


@pytest.mark.expect_log
def test_what_was_counted_comes_back_with_the_view_when_the_journal_is_lost(tmp_path: Path) -> None:
    with a_door(tmp_path) as station:
        furnish(station)
        place(station.store, THERE, ADA)
        station.scan("1")
        station.scan("1", door=Door("Salon B"))
        station.monitor.headcount(HERE.id, +2)
        station.monitor.count_seats(HERE.id, 4, by="Rosa")
        station.monitor.join(CLEO.attendee.id, HERE.id)
        before = station.doors.now(station.door)
    (tmp_path / "journal.db").unlink()
    with a_door(tmp_path) as station:
        station.clock.now = before.at
        assert station.doors.now(station.door) == before
        assert station.inside(THERE) == 1
        [check] = doors.seat_counts(station.store.view.connection, HERE.id)
        assert (check.counted, check.known, check.by) == (4, 2, "Rosa")
        assert verify(station.store).problems == ()
    with a_door(tmp_path) as station:
        assert station.inside(HERE) == 2, "not counted twice at the start after that"


@pytest.mark.expect_log
def test_what_the_disk_refuses_lets_nobody_in(station: DoorStation, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise NotSaved("The disk is full.")

    monkeypatch.setattr(station.store, "write", refuse)
    verdict = station.scan("1")
    assert (verdict.outcome, verdict.record, station.inside(HERE)) == (Outcome.NOT_SAVED, None, 0)


def test_the_desk_is_not_counted_as_a_room(station: DoorStation) -> None:
    assert doors.occupancy(station.store.view.connection, "desk") == Occupancy()
    assert roster.counts(station.store.view.connection, "desk").checked_in == 3


def test_the_room_of_a_session_that_says_nothing_has_the_rooms_seats(station: DoorStation) -> None:
    assert station.doors.now(station.door).capacity == 2
    hold(station.store, replace(a_session("X", "Hall"), capacity=None))
    assert station.doors.now(Door("Hall")).capacity is None
    for code in ("1", "2", "3"):
        station.doors.override(
            {"1": ADA, "2": BOB, "3": CLEO}[code].attendee.id, Door("Hall"), "open house", "Rosa"
        )  # fmt: skip
    assert station.doors.now(Door("Hall")).occupancy.total == 3
