"""Attendance at work: what doors saw, what people set right, and what it is worth; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.domain.attendance import How, Way
from kiosk.domain.credit import Standing
from kiosk.domain.credit_words import line_words
from kiosk.domain.journal import Kind, Record
from kiosk.errors import BadInput
from kiosk.services.attendance import Attendance, MissingExit, PersonHours, missing_exits
from kiosk.services.doors import Door, Doors
from kiosk.services.programme import Programme
from kiosk.services.verify import verify
from kiosk.storage import doors
from kiosk.storage.journal import read_after
from tests.builders import Desk, a_station, an_attendee, enrol, hold
from tests.doors import MINUTES, a_course, attend, give_places, pass_door

ADA, BOB, CHEN = ("0" * 25 + mark for mark in "ABC")
ONE = a_course("A1", course_slot=1)
OTHER = a_course("B1", course_slot=1, room="Salon B")
LATER = a_course("A2", 90, course_slot=2)


@dataclass
class House:
    desk: Desk
    attendance: Attendance

    def hours(self, attendee_id: str = ADA) -> PersonHours:
        return self.attendance.of(attendee_id)

    def worth(self, attendee_id: str = ADA) -> list[tuple[str, int]]:
        return [(line.session.code, line.credit) for line in self.hours(attendee_id).result.lines]

    def records(self, kind: Kind) -> list[Record]:
        return [each.record for each in read_after(self.desk.store.connection, 0) if each.record.kind == kind]

    def missing(self) -> list[MissingExit]:
        return list(missing_exits(self.attendance.everyone(), self.desk.clock.now))

    def at(self, minute: float) -> datetime:
        return ONE.start + timedelta(minutes=minute)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_station(tmp_path) as desk:
        enrol(
            desk.store,
            an_attendee("Ada", "Lovelace", id=ADA),
            an_attendee("Bob", "Young", id=BOB),
            an_attendee("安怡", "张", id=CHEN),
        )
        hold(desk.store, ONE, OTHER, LATER)
        house = House(desk, Attendance(desk.store, desk.station))
        yield house
        assert verify(desk.store).problems == ()


def test_scans_become_stays_and_credit(house: House) -> None:
    attend(house.desk.store, ADA, ONE, 3)
    attend(house.desk.store, ADA, LATER)
    assert house.worth() == [("A1", 120), ("A2", 125)]
    assert house.hours().result.total == 245


def test_an_enrolment_alone_is_a_line_that_says_so(house: House) -> None:
    give_places(house.desk.store, ONE, ADA)
    (line,) = house.hours().result.lines
    assert (line.standing, line.enrolled) == (Standing.ABSENT, True)


def test_a_repair_adds_an_exit_and_is_explained_by_name_and_reason(house: House) -> None:
    attend(house.desk.store, ADA, ONE, left_min=None)
    assert house.worth() == [("A1", 0)]
    hours = house.attendance.repair(ADA, ONE.id, Way.OUT, house.at(70), "walked past the scanner", "Deb")
    (line,) = hours.result.lines
    assert line_words(line, ZoneInfo("America/New_York")) == (
        "70 of 75 minutes, counts 1.16 h. Exit 1:10 PM, set by Deb: walked past the scanner."
    )


def test_a_repair_corrects_a_scan_which_stays_on_record(house: House) -> None:
    attend(house.desk.store, ADA, ONE, left_min=10)
    (stay,) = house.hours().stays
    assert stay.left is not None
    hours = house.attendance.repair(ADA, ONE.id, Way.OUT, house.at(75), "wrong badge", "Deb", stay.left.record)
    assert hours.result.total == 125
    assert len(house.records(Kind.EXIT)) == 1
    (repair,) = house.records(Kind.REPAIR)
    house.attendance.undo(repair.id, "Deb")
    assert house.worth() == [("A1", 0)]


def test_a_repair_is_undone_once_however_often_it_is_asked_for(house: House) -> None:
    attend(house.desk.store, ADA, ONE, left_min=None)
    house.attendance.repair(ADA, ONE.id, Way.OUT, house.at(70), "forgot", "Deb")
    (repair,) = house.records(Kind.REPAIR)
    for _ in range(2):
        house.attendance.undo(repair.id, "Deb")
    assert len(house.records(Kind.UNDO)) == 1
    assert house.worth() == [("A1", 0)]


@pytest.mark.parametrize("why, by", [("", "Deb"), ("forgot", " ")])
def test_nothing_is_set_right_without_a_name_and_a_reason(house: House, why: str, by: str) -> None:
    attend(house.desk.store, ADA, ONE, left_min=None)
    with pytest.raises(BadInput, match="who decides this, and why"):
        house.attendance.repair(ADA, ONE.id, Way.OUT, house.at(70), why, by)
    with pytest.raises(BadInput, match="who decides this, and why"):
        house.attendance.grant(ADA, ONE.id, 75, why, by)
    assert house.records(Kind.REPAIR) == house.records(Kind.GRANT) == []


def test_a_time_that_cannot_be_is_refused_with_the_times_that_can(house: House) -> None:
    attend(house.desk.store, ADA, ONE, left_min=None)
    with pytest.raises(BadInput, match=r"A1 is from 12:00 PM to 1:15 PM. .* between 10:30 AM and 2:15 PM"):
        house.attendance.repair(ADA, ONE.id, Way.OUT, house.at(12 * 60 + 70), "forgot", "Deb")
    with pytest.raises(BadInput, match="No entry comes before this time"):
        house.attendance.repair(ADA, ONE.id, Way.OUT, house.at(-5), "forgot", "Deb")
    with pytest.raises(BadInput, match="inside at that time already"):
        house.attendance.repair(ADA, ONE.id, Way.IN, house.at(20), "forgot", "Deb")
    assert house.records(Kind.REPAIR) == []


def test_an_entry_nobody_scanned_is_set_before_an_exit_that_was(house: House) -> None:
    pass_door(house.desk.store, ADA, ONE, Way.OUT, 75)
    house.attendance.repair(ADA, ONE.id, Way.IN, house.at(0), "came with the speaker", "Deb")
    assert house.worth() == [("A1", 125)]


def test_a_withdrawn_stay_does_not_count_and_stays_on_record(house: House) -> None:
    attend(house.desk.store, ADA, ONE)
    (stay,) = house.hours().stays
    targets = [moment.record for moment in stay.moments]
    house.attendance.withdraw(ADA, ONE.id, targets, "somebody else wore the badge", "Deb")
    assert house.hours().stays == ()
    assert len(house.records(Kind.ADMIT)) == 1


def test_closing_a_session_sends_everyone_out_at_its_end_and_marks_it(house: House) -> None:
    attend(house.desk.store, ADA, ONE, left_min=None)
    attend(house.desk.store, BOB, ONE, 0, 70)
    house.desk.clock.now = ONE.end
    assert house.attendance.close_session(ONE.id, "Maria") == 1
    assert doors.is_closed(house.desk.store.view.connection, ONE.id)
    (stay,) = house.hours().stays
    assert stay.left is not None
    assert (stay.left.at, stay.left.how, stay.left.by) == (ONE.end, How.ASSUMED, "Maria")
    assert house.worth(BOB) == [("A1", 116)]
    assert house.attendance.session(ONE.id).inside == ()


def test_a_closing_counts_for_scans_that_arrive_later_and_is_written_once(house: House) -> None:
    house.desk.clock.now = ONE.end
    house.attendance.close_session(ONE.id, "Maria")
    house.attendance.close_session(ONE.id, "Maria")
    assert len(house.records(Kind.CLOSE)) == 1
    attend(house.desk.store, ADA, ONE, left_min=None)
    attend(house.desk.store, BOB, ONE, 0, 62)
    assert (house.worth(), house.worth(BOB)) == ([("A1", 125)], [("A1", 103)])


def test_a_session_is_not_closed_while_it_runs_nor_by_nobody(house: House) -> None:
    house.desk.clock.now = ONE.end - timedelta(minutes=16)
    with pytest.raises(BadInput, match="runs until 1:15 PM"):
        house.attendance.close_session(ONE.id, "Maria")
    house.desk.clock.now = ONE.end
    with pytest.raises(BadInput, match="who closes"):
        house.attendance.close_session(ONE.id, "")
    with pytest.raises(BadInput, match="no session nowhere"):
        house.attendance.close_session("nowhere", "Maria")


def test_a_closing_taken_back_leaves_the_exits_missing(house: House) -> None:
    attend(house.desk.store, ADA, ONE, left_min=None)
    house.desk.clock.now = ONE.end
    house.attendance.close_session(ONE.id, "Maria")
    (close,) = house.records(Kind.CLOSE)
    house.attendance.undo(close.id, "Maria")
    assert [each.attendee.first for each in house.missing()] == ["Ada"]
    assert not doors.is_closed(house.desk.store.view.connection, ONE.id)


def test_a_grant_overrules_the_scans_within_the_session(house: House) -> None:
    house.attendance.grant(ADA, ONE.id, 75, "spoke in the next room", "Deb")
    assert house.worth() == [("A1", 125)]
    house.attendance.grant(ADA, ONE.id, 0, "on second thoughts", "Deb")
    assert house.worth() == [("A1", 0)]
    with pytest.raises(BadInput, match="between 0 and 75"):
        house.attendance.grant(ADA, ONE.id, 76, "generous", "Deb")


def test_a_rule_changed_afterwards_changes_what_is_counted(house: House) -> None:
    attend(house.desk.store, ADA, ONE, 0, 50)
    assert house.worth() == [("A1", 0)]
    Programme(house.desk.store, house.desk.station).change(ONE.id, {"credit": replace(MINUTES, least_min=50)})
    assert house.worth() == [("A1", 83)]


def test_a_laptop_clock_20_minutes_wrong_is_corrected_for_all_its_scans(house: House) -> None:
    attend(house.desk.store, ADA, ONE, 20, 95)
    assert house.worth() == [("A1", 0)]
    (log,) = house.attendance.door_logs()
    assert (log.scans, log.first, log.last) == (2, house.at(20), house.at(95))
    house.attendance.correct_clock(log.log, 20 * 60, "twenty minutes fast", "Deb")
    assert house.worth() == [("A1", 125)]
    assert [each.at for each in house.records(Kind.ADMIT)] == [house.at(20)]


def test_overlaps_and_missing_exits_are_found_over_everyone(house: House) -> None:
    attend(house.desk.store, ADA, ONE, 0, 75)
    attend(house.desk.store, ADA, OTHER, 50, 75)
    attend(house.desk.store, BOB, OTHER, left_min=None)
    (ada,) = (person for person in house.attendance.everyone() if person.overlaps)
    assert ada.attendee.first == "Ada"
    assert [overlap.end - overlap.start for overlap in ada.overlaps] == [timedelta(minutes=25)]
    assert house.missing() == []  # the session still runs
    house.desk.clock.now = OTHER.end
    assert [(each.attendee.first, each.session.code) for each in house.missing()] == [("Bob", "B1")]


def test_everyone_is_counted_in_one_pass_as_each_alone(house: House) -> None:
    give_places(house.desk.store, LATER, ADA, CHEN)
    attend(house.desk.store, ADA, ONE, 0, 75)
    attend(house.desk.store, BOB, OTHER, 5, 75)
    house.attendance.grant(CHEN, ONE.id, 60, "interpreted", "Deb")
    house.attendance.repair(BOB, OTHER.id, Way.IN, house.at(-1), "forgot", "Deb", house.hours(BOB).stays[0].came.record)  # type: ignore[union-attr]
    told: list[tuple[int, int]] = []
    everyone = house.attendance.everyone(lambda done, of: told.append((done, of)))
    assert everyone == [house.hours(each) for each in (ADA, BOB, CHEN)]
    assert told[-1] == (3, 3)


def test_a_session_shows_who_was_expected_who_came_and_who_is_inside(house: House) -> None:
    give_places(house.desk.store, ONE, ADA, CHEN)
    attend(house.desk.store, ADA, ONE, left_min=None)
    attend(house.desk.store, BOB, ONE)
    sheet = house.attendance.session(ONE.id)
    assert [(row.attendee.first, row.line.enrolled, row.is_inside) for row in sheet.rows] == [
        ("Ada", True, True),
        ("Bob", False, False),
        ("安怡", True, False),
    ]


def test_hours_survive_a_damaged_view(house: House) -> None:
    attend(house.desk.store, ADA, ONE, left_min=None)
    house.attendance.repair(ADA, ONE.id, Way.OUT, house.at(70), "forgot", "Deb")
    before = house.hours()
    house.desk.store.rebuild_view()
    assert house.hours() == before


def test_the_night_the_clocks_go_back_counts_elapsed_minutes(house: House) -> None:
    start = datetime(2023, 11, 5, 5, 30, tzinfo=UTC)
    night = a_course("N1", start=start)
    hold(house.desk.store, night)
    attend(house.desk.store, ADA, night)
    assert house.worth() == [("N1", 125)]


def test_somebody_unknown_is_refused_in_words(house: House) -> None:
    with pytest.raises(BadInput, match="no longer on the roster"):
        house.attendance.of("nobody")


def test_decisions_are_listed_until_they_are_taken_back(house: House) -> None:
    attend(house.desk.store, ADA, ONE, left_min=None)
    house.attendance.repair(ADA, ONE.id, Way.OUT, house.at(70), "forgot", "Deb")
    house.attendance.grant(ADA, ONE.id, 75, "spoke", "Maria")
    exit_set, granted = house.attendance.decisions(ADA)
    assert (exit_set.words, exit_set.by) == ("Exit at 1:10 PM: forgot", "Deb")
    assert (granted.words, granted.by) == ("75 minutes of credit: spoke", "Maria")
    house.attendance.undo(exit_set.record, "Deb")
    assert [decided.by for decided in house.attendance.decisions(ADA)] == ["Maria"]


@pytest.mark.parametrize(
    "text, minute",
    [("1:10 PM", 70), ("13:10", 70), ("1:10 pm", 70), ("2023-05-02 13:10", 70), ("12:00 PM", 0)],
)
def test_a_typed_time_is_the_one_nearest_to_the_session(house: House, text: str, minute: int) -> None:
    assert house.attendance.time_of(text, ONE) == house.at(minute)


def test_a_time_after_midnight_is_on_the_next_day(house: House) -> None:
    late = a_course("L1", start=datetime(2024, 3, 1, 4, 30, tzinfo=UTC))  # 11:30 PM on 29 February
    assert house.attendance.time_of("12:20 AM", late) == late.start + timedelta(minutes=50)
    assert house.attendance.time_of("11:40 PM", late) == late.start + timedelta(minutes=10)
    with pytest.raises(BadInput, match="is no time"):
        house.attendance.time_of("soon", late)


def test_who_is_let_in_at_another_door_left_here_by_assumption(house: House) -> None:
    doors_here = Doors(house.desk.store, house.desk.station)
    for room, minute in (("Salon A", 0), ("Salon B", 30)):
        house.desk.clock.now = house.at(minute)
        verdict = doors_here.admit(ADA, Door(room))
        assert verdict.admitted or doors_here.let_in(ADA, Door(room), "Maria").admitted
    first = next(stay for stay in house.hours().stays if stay.session == ONE.id)
    assert first.left is not None
    assert (first.left.at, first.left.how, first.left.moved) == (house.at(30), How.ASSUMED, True)
