"""Importing a programme: a dry run writes nothing, a second import is a diff, a late change survives the old file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.journal import Kind
from kiosk.domain.programme import CreditKind, DoorPolicy, Room
from kiosk.domain.programme_faults import Fault
from kiosk.domain.programme_json import WHEN
from kiosk.domain.programme_plan import Count, Gone, ProgrammePlan
from kiosk.domain.verdicts import Reason
from kiosk.errors import BadInput
from kiosk.services.check_in import CheckIn
from kiosk.services.doors import Door, Doors
from kiosk.services.import_programme import ImportProgramme
from kiosk.services.programme import Programme
from kiosk.services.programme_report import in_words, write_decisions
from kiosk.services.verify import verify
from kiosk.storage import programme
from kiosk.storage.journal import read_after
from tests.builders import Desk, a_station, enrol, some_attendees
from tests.files.test_programme import SAMPLES, sample

SESSION = {
    "code": "A1", "title": "Ethics", "room": "Salon A", "start": "2023-05-04T08:30:00-04:00", "minutes": 75,
    "clock_hours": 1.25, "kind": "course",
}  # fmt: skip


@dataclass
class House:
    desk: Desk
    imports: ImportProgramme
    programme: Programme
    folder: Path

    def plan(self, *sessions: dict[str, Any], gone: Gone = Gone.KEEP, **more: Any) -> ProgrammePlan:
        file = self.folder / "p.json"
        file.write_text(json.dumps({"sessions": sessions, **more}), "utf-8")
        return self.imports.plan(file, gone)

    def read(self, *sessions: dict[str, Any], **more: Any) -> ProgrammePlan:
        plan = self.plan(*sessions, **more)
        self.imports.write(plan)
        return plan

    def records(self) -> int:
        return sum(1 for _ in read_after(self.desk.store.connection, 0))

    def someone(self) -> str:
        enrol(self.desk.store, some_attendees(1))
        row = self.desk.store.view.connection.execute("select id from attendee").fetchone()
        return str(row[0])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_station(tmp_path / "data") as desk:
        yield House(desk, ImportProgramme(desk.store, desk.station), Programme(desk.store, desk.station), tmp_path)
        assert verify(desk.store).problems == ()


def counts(plan: ProgrammePlan) -> dict[str, int]:
    return {count.value: number for count, number in plan.counts.items() if number}


def kinds(plan: ProgrammePlan) -> list[Fault]:
    return [finding.kind for finding in plan.findings]


def test_a_dry_run_writes_nothing(house: House) -> None:
    plan = house.imports.plan(sample(SAMPLES[0]))
    assert counts(plan) == {"new": 87}
    assert house.records() == 0
    assert house.programme.sessions() == []


@pytest.mark.parametrize("first", SAMPLES)
def test_the_same_programme_in_another_form_is_the_same(house: House, first: str) -> None:
    house.imports.write(house.imports.plan(sample(first)))
    before = house.records()
    for name in SAMPLES:
        plan = house.imports.plan(sample(name))
        assert plan.counts[Count.NEW] == plan.counts[Count.GONE] == plan.counts[Count.NEEDS_DECISION] == 0, name
        if first == SAMPLES[0]:
            assert counts(plan) == {"same": 87}
            assert house.imports.write(plan).count == 0
    assert house.records() == before or first != SAMPLES[0]


def test_what_the_sample_means(house: House) -> None:
    house.imports.write(house.imports.plan(sample(SAMPLES[0])))
    course, caucus, plenary = (house.programme.session(code) for code in ("HP1A", "CX04", "PL1"))
    assert course is not None
    assert caucus is not None
    assert plenary is not None
    assert (course.credit.kind, course.credit.credit_min, course.course_slot) == (CreditKind.MINUTES, 75, 1)
    assert (course.door, plenary.door) == (DoorPolicy.ASK, DoorPolicy.ANYONE)
    assert caucus.audience.agency_types == ("Tribal",)
    assert plenary.credit.kind is CreditKind.NONE
    assert {room.name: room.capacity for room in house.programme.rooms()}["Executive Boardroom"] == 28
    assert len({session.course_slot for session in house.programme.sessions()}) == 9


def test_the_tricky_calendar(house: House) -> None:
    plan = house.imports.plan(sample("tricky.ics"))
    assert counts(plan) == {"new": 8, "skipped": 1, "needs_decision": 2}
    house.imports.write(plan)
    sessions = {session.code: session for session in house.programme.sessions()}
    assert sessions["OP"].room == "Grand Ballroom"
    assert sessions["CC"].cancelled
    assert sessions["OP"].id != sessions["SUAO"].id
    again = house.imports.plan(sample("tricky.ics"))
    assert counts(again) == {"same": 8, "skipped": 1, "needs_decision": 2}
    written = write_decisions(again, house.folder / "decide.csv")
    assert written is not None
    assert len(written.read_text("utf-8-sig").splitlines()) == 3


def test_changes_are_told_field_by_field_and_who_is_concerned(house: House) -> None:
    house.read(SESSION)
    person = house.someone()
    house.programme.enrol(person, "code:a1")
    CheckIn(house.desk.store, house.desk.station).present("000001", place="code:a1")
    left = Doors(house.desk.store, house.desk.station).present("000001", Door("Salon A", "code:a1"), out=True)
    assert left is not None
    assert left.reason is Reason.OUT, "who has left was let in all the same"
    plan = house.plan({**SESSION, "room": "Salon B", "start": "2023-05-04T09:00:00-04:00"})
    (item,) = plan.items
    assert {difference.field for difference in item.differences} == {"room", WHEN}
    assert (item.enrolled, item.let_in) == (1, 1)
    words = "\n".join(in_words(plan, house.desk.station.conference.zone_info))
    assert "room: Salon A → Salon B; time: Thu May 4 8:30 – 9:45 AM → Thu May 4 9:00 – 10:15 AM" in words
    assert "1 has a place in it, 1 was let in" in words
    assert Fault.PEOPLE_AFFECTED in kinds(plan)


def test_a_late_change_survives_the_old_file(house: House) -> None:
    house.read(SESSION)
    house.programme.change("code:a1", {"room": "Salon A", "capacity": 12, "cancelled": True})
    house.programme.change_room(Room("Salon B", 100))
    house.programme.change("code:a1", {"room": "Salon B"})
    plan = house.read(SESSION)
    assert counts(plan) == {"same": 1}
    assert kinds(plan) == [Fault.KEPT_HERE]
    session = house.programme.session("A1")
    assert session is not None
    assert (session.room, session.capacity, session.cancelled) == ("Salon B", 12, True)


def test_changed_here_and_in_the_file_a_person_decides(house: House) -> None:
    house.read(SESSION)
    house.programme.change_room(Room("Salon B", 100))
    house.programme.change("code:a1", {"room": "Salon B"})
    plan = house.read({**SESSION, "room": "Salon C"})
    assert counts(plan) == {"needs_decision": 1}
    assert kinds(plan) == [Fault.CHANGED_HERE]
    session = house.programme.session("A1")
    assert session is not None
    assert session.room == "Salon B"


def test_the_file_has_come_round_to_what_was_changed_here(house: House) -> None:
    house.read(SESSION)
    house.programme.change("code:a1", {"title": "Ethics II"})
    assert counts(house.plan({**SESSION, "title": "Ethics II"})) == {"same": 1}


def test_sessions_that_are_gone_are_kept_and_asked(house: House) -> None:
    house.read(SESSION, {**SESSION, "code": "B1", "room": "Salon B"})
    house.read(SESSION)
    assert len(house.programme.sessions()) == 2
    plan = house.plan(SESSION, gone=Gone.CANCEL)
    assert counts(plan) == {"same": 1, "gone": 1}
    house.imports.write(plan)
    session = house.programme.session("B1")
    assert session is not None
    assert session.cancelled


def test_a_session_added_here_is_not_gone_because_no_file_names_it(house: House) -> None:
    house.read(SESSION)
    start = house.programme.sessions()[0].start
    house.programme.add({"code": "X1", "title": "Overflow", "start": start, "end": start + timedelta(hours=1)})
    assert counts(house.plan(SESSION, gone=Gone.CANCEL)) == {"same": 1}


def test_ids_are_stable_though_the_code_is_corrected(house: House) -> None:
    guid = "328E939C-57F0-5771-87F0-F93076C3B197"
    house.read({**SESSION, "guid": guid})
    plan = house.read({**SESSION, "guid": guid.lower() + "@plecet.example", "code": "A9"})
    assert [difference.field for item in plan.items for difference in item.differences] == ["code"]
    session = house.programme.session("A9")
    assert session is not None
    assert session.id == guid.lower()


def test_without_a_guid_the_code_names_a_session(house: House) -> None:
    house.read({**SESSION, "guid": "328e939c-57f0-5771-87f0-f93076c3b197"})
    plan = house.plan({**SESSION, "title": "Ethics II"})
    assert counts(plan) == {"changed": 1}


def test_an_empty_cell_erases_nothing(house: House) -> None:
    house.read({**SESSION, "capacity": 40, "audience": "Sworn only", "speakers": ["Ana"]})
    empty = {**SESSION, "capacity": "", "audience": "", "room": "", "clock_hours": "", "speakers": []}
    assert counts(house.plan(empty)) == {"same": 1}


@pytest.mark.parametrize(
    "change, fault, count",
    [
        ({"title": ""}, Fault.NO_TITLE, "needs_decision"),
        ({"start": ""}, Fault.NO_START, "needs_decision"),
        ({"minutes": ""}, Fault.NO_END, "needs_decision"),
        ({"minutes": 0}, Fault.BACKWARDS, "needs_decision"),
        ({"end": "2023-05-04T08:00:00-04:00"}, Fault.BACKWARDS, "needs_decision"),
        ({"minutes": 99999}, Fault.TOO_LONG, "needs_decision"),
        ({"start": "soon"}, Fault.BAD_TIME, "needs_decision"),
        ({"start": "2023-05-04"}, Fault.ALL_DAY, "skipped"),
        ({"capacity": "about 40"}, Fault.BAD_NUMBER, "new"),
        ({"clock_hours": "some"}, Fault.BAD_NUMBER, "new"),
        ({"code": ""}, Fault.CODE_MADE, "new"),
        ({"room": ""}, Fault.NO_ROOM, "new"),
        ({"title": "T" * 400}, Fault.TEXT_CUT, "new"),
        ({"start": "2023-11-05 01:30"}, Fault.TWO_SUCH_TIMES, "new"),
        ({"start": "2023-03-12 02:30"}, Fault.NO_SUCH_TIME, "new"),
        ({"cancelled": True}, Fault.CANCELLED, "new"),
    ],
)
def test_what_is_odd_is_said_with_its_place(house: House, change: dict[str, Any], fault: Fault, count: str) -> None:
    plan = house.read({**SESSION, **change})
    assert counts(plan) == {count: 1}
    assert kinds(plan) == [fault]
    assert plan.findings[0].place == "session 1"
    assert all(in_words(plan, house.desk.station.conference.zone_info))


def test_half_a_character_does_not_stop_an_import(house: House) -> None:
    house.read({**SESSION, "title": "Ethics \ud83d", "speakers": ["\ud83d"], "room": "A\ud83d"})
    assert [session.title for session in house.programme.sessions()] == ["Ethics ?"]


def test_one_code_twice_and_one_session_twice(house: House) -> None:
    other = {**SESSION, "title": "Another", "room": "Salon B"}
    plan = house.plan({**SESSION, "guid": "g1"}, {**other, "guid": "g2"}, {**SESSION, "guid": "g1"})
    assert kinds(plan).count(Fault.TWICE) == 1
    assert Fault.CODE_TWICE in kinds(plan)
    assert plan.counts[Count.NEW] == 1


def test_two_sessions_in_one_room_and_more_seats_than_it_has(house: House) -> None:
    other = {**SESSION, "code": "A2", "start": "2023-05-04T09:00:00-04:00", "capacity": 500}
    plan = house.plan(SESSION, other, rooms=[{"name": "salon a", "capacity": 200}])
    assert kinds(plan) == [Fault.ROOM_TAKEN, Fault.MORE_THAN_ROOM] or kinds(plan) == [
        Fault.MORE_THAN_ROOM, Fault.ROOM_TAKEN,
    ]  # fmt: skip
    assert counts(plan) == {"new": 2}


def test_a_room_is_one_room_however_it_is_written(house: House) -> None:
    house.read(SESSION, rooms=[{"name": "Salon A", "capacity": 200, "directions": "left"}])
    plan = house.read({**SESSION, "room": "SALON  a"}, rooms=[{"name": "salon a", "capacity": 180}])
    assert counts(plan) == {"same": 1}
    assert (plan.rooms_new, plan.rooms_changed) == (0, 1)
    (room,) = house.programme.rooms()
    assert (room.name, room.capacity, room.directions) == ("Salon A", 180, "left")


def test_courses_without_a_number_are_numbered_by_their_start(house: House) -> None:
    later = {**SESSION, "code": "B1", "start": "2023-05-04T10:15:00-04:00"}
    house.read(later, SESSION, {**SESSION, "code": "A2", "room": "B"}, {**later, "code": "P", "kind": "plenary"})
    slots = {session.code: session.course_slot for session in house.programme.sessions()}
    assert slots == {"A1": 1, "A2": 1, "B1": 2, "P": 0}


def test_a_file_s_own_zone_is_the_zone_of_its_times(house: House) -> None:
    house.read({**SESSION, "start": "2023-05-04 08:30"}, event={"time_zone": "America/Denver"})
    session = house.programme.session("A1")
    assert session is not None
    assert session.start.hour == 14
    house.read({**SESSION, "code": "Z", "start": "2023-05-04 08:30"}, event={"time_zone": "Mars/Base"})
    session = house.programme.session("Z")
    assert session is not None
    assert session.start.hour == 12


def test_an_import_is_taken_back_as_a_whole(house: House) -> None:
    first = house.imports.write(house.plan(SESSION))
    second = house.imports.write(house.plan({**SESSION, "title": "Ethics II"}, {**SESSION, "code": "B1"}))
    house.imports.undo(second.id)
    (session,) = house.programme.sessions()
    assert session.title == "Ethics"
    house.imports.undo(first.id)
    assert house.programme.sessions() == []
    with pytest.raises(BadInput, match="could be taken back"):
        house.imports.undo(first.id)
    house.read(SESSION)
    assert len(house.programme.sessions()) == 1


def test_an_import_people_have_a_place_in_is_not_taken_back(house: House) -> None:
    batch = house.imports.write(house.plan(SESSION))
    person = house.someone()
    house.programme.enrol(person, "code:a1")
    with pytest.raises(BadInput, match="no longer be taken back"):
        house.imports.undo(batch.id)
    house.programme.withdraw(person, "code:a1")
    house.imports.undo(batch.id)
    assert programme.all_sessions(house.desk.store.view.connection) == []


def test_a_plan_goes_stale_when_a_session_is_changed_meanwhile(house: House) -> None:
    house.read(SESSION)
    plan = house.plan({**SESSION, "title": "Ethics II"})
    house.programme.change("code:a1", {"title": "Ethics III"})
    before = house.records()
    with pytest.raises(BadInput, match="Plan the import again"):
        house.imports.write(plan)
    assert house.records() == before


def test_hundreds_of_sessions_go_into_few_records(house: House) -> None:
    sessions = [
        {
            **SESSION,
            "code": f"S{n}",
            "room": f"Room {n % 35}",
            "title": "T" * 250,
            "start": f"2023-05-04 {n % 20:02}:00",
        }
        for n in range(900)
    ]
    plan = house.read(*sessions)
    assert plan.counts[Count.NEW] == 900
    kinds = [stored.record.kind for stored in read_after(house.desk.store.connection, 0)]
    assert kinds.count(Kind.PROGRAMME) == 4


def test_the_clock_of_the_laptop_plays_no_part(house: House) -> None:
    house.read({**SESSION, "start": "2023-05-04 08:30"})
    house.desk.clock.forward(timedelta(days=-4000).total_seconds())
    assert counts(house.plan({**SESSION, "start": "2023-05-04 08:30"})) == {"same": 1}
