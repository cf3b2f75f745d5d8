"""Enrolments: whoever can be found gets the place, all else is said; again is a diff; what was done here stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.enrolment_plan import EnrolmentPlan, Fault, Leave
from kiosk.domain.enrolment_table import split_cell
from kiosk.domain.programme import Room
from kiosk.errors import BadInput
from kiosk.services.enrolment_report import in_words, write_decisions
from kiosk.services.import_enrolments import ImportEnrolments
from kiosk.services.programme import Programme
from kiosk.services.verify import verify
from kiosk.storage import programme
from tests.builders import START, Desk, a_session, a_station, an_attendee, enrol
from tests.services.test_programme import APlan


@dataclass
class House:
    desk: Desk
    imports: ImportEnrolments
    programme: Programme
    folder: Path

    def plan(self, text: str, leave: Leave = Leave.KEEP) -> EnrolmentPlan:
        file = self.folder / "enrolments.csv"
        file.write_text(text, "utf-8")
        return self.imports.plan(file, leave)

    def read(self, text: str, leave: Leave = Leave.KEEP) -> EnrolmentPlan:
        plan = self.plan(text, leave)
        self.imports.write(plan)
        return plan

    def places(self) -> dict[str, list[str]]:
        view = self.desk.store.view.connection
        rows = view.execute("select id, number from attendee order by number").fetchall()
        names = {session.id: session.code for session in programme.all_sessions(view)}
        return {
            number: sorted(names[each] for each in programme.enrolments_of(view, attendee_id))
            for attendee_id, number in rows
            if programme.enrolments_of(view, attendee_id)
        }

    def id_of(self, number: str) -> str:
        row = self.desk.store.view.connection.execute("select id from attendee where number = ?", (number,)).fetchone()
        return str(row[0])


LATER = START + timedelta(hours=2)
COMMAS = "Before, During, and After"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_station(tmp_path / "data") as desk:
        house = House(desk, ImportEnrolments(desk.store, desk.station), Programme(desk.store, desk.station), tmp_path)
        enrol(
            desk.store,
            an_attendee("Ana", "Silva", code="000001", number="000001", email="ana@a.example"),
            an_attendee("Bo", "Li", code="000002", number="000002", email="both@a.example"),
            an_attendee("Cy", "Li", code="000003", number="000003", email="both@a.example"),
        )
        sessions = (
            a_session("A1", capacity=1),
            a_session("A2", "Salon B"),
            a_session("B1", start=LATER, title=COMMAS),
            a_session("B2", "Salon B", start=LATER, title="Twice"),
            a_session("C2", "Salon B", start=LATER + timedelta(hours=2), title="Twice"),
        )
        house.programme.write(APlan(sessions))
        yield house
        assert verify(desk.store).problems == ()


def counts(plan: EnrolmentPlan) -> dict[str, int]:
    return {count.value: number for count, number in plan.counts.items() if number}


def kinds(plan: EnrolmentPlan) -> list[Fault]:
    return [finding.kind for finding in plan.findings]


@pytest.mark.parametrize(
    "text",
    [
        "badge_no,session_code\n000001,A1\n000001,B1\n",
        "E-mail;Sessions\nANA@A.example;A1; B1\n".replace("A1; B1", '"A1; B1"'),
        "Badge Number,Agenda Items\n000001,A1; B1\n",
        f"Email Address,Which courses would you like to take?\nana@a.example,\"About A1, {COMMAS}\"\n",
        "Report of today\n\nticket code,course 1,course 2\n000001,a1,b1\n",
        "badge,code\n1,A1\n1.0,B1\n",
        "badge_no,sessions\n000001,A1; B1\n",
        "Attendee,Session\n000001,About A1\n000001,b 1\n".replace("b 1", "B1"),
    ],
)  # fmt: skip
def test_a_list_however_it_is_made(house: House, text: str) -> None:
    plan = house.read(text)
    assert counts(plan) == {"new": 2}
    assert house.places() == {"000001": ["A1", "B1"]}


def test_the_attendee_id_names_a_person_too(house: House) -> None:
    house.read(f"attendee_id,session\n{house.id_of('000003')},A2\n")
    assert house.places() == {"000003": ["A2"]}


def test_one_address_for_two_people_needs_a_name(house: House) -> None:
    plan = house.read("email,first name,last name,session\nboth@a.example,Cy,Li,A2\nboth@a.example,,,A2\n")
    assert house.places() == {"000003": ["A2"]}
    assert kinds(plan) == [Fault.SEVERAL_PEOPLE]
    assert counts(plan) == {"new": 1, "needs_decision": 1}


def test_a_dry_run_writes_nothing(house: House) -> None:
    house.plan("badge_no,session_code\n000001,A1\n")
    assert house.places() == {}


@pytest.mark.parametrize(
    "line, fault, count",
    [
        ("000009,A1", Fault.UNKNOWN_PERSON, "needs_decision"),
        (",A1", Fault.NO_PERSON, "needs_decision"),
        ("000001,Z9", Fault.UNKNOWN_SESSION, "needs_decision"),
        ("000001,Twice", Fault.SEVERAL_SESSIONS, "needs_decision"),
        ("000001,", Fault.NO_SESSION, "skipped"),
    ],
)
def test_what_cannot_be_placed_is_listed_with_its_row(house: House, line: str, fault: Fault, count: str) -> None:
    plan = house.read(f"badge_no,session_code\n000002,A2\n{line}\n")
    assert counts(plan) == {"new": 1, count: 1}
    assert [(finding.kind, finding.row) for finding in plan.findings] == [(fault, 3)]
    assert all(in_words(plan))
    written = write_decisions(plan, house.folder / "decide.csv")
    assert (written is not None) == (count == "needs_decision")


def test_a_title_held_twice_means_the_one_there_is_a_place_in(house: House) -> None:
    house.read("badge_no,session_code\n000001,C2\n")
    assert counts(house.plan("badge_no,session_code\n000001,Twice\n")) == {"same": 1}


def test_clashes_crowds_and_cancelled_sessions_are_said(house: House) -> None:
    house.programme.change("id-B1", {"cancelled": True})
    plan = house.read("badge_no,session_code\n000001,A1\n000002,A1\n000002,A2\n000003,B1\n000003,B1\n")
    assert counts(plan) == {"new": 4, "skipped": 1}
    assert set(kinds(plan)) == {Fault.CLASH, Fault.OVER_CAPACITY, Fault.CANCELLED_SESSION, Fault.DUPLICATE}
    words = "\n".join(in_words(plan))
    assert "row 4: Bo Li: A1, A2" in words
    assert "A1: 2 > 1" in words


def test_the_room_counts_where_the_session_does_not(house: House) -> None:
    assert house.programme.change_room(Room("Salon B", 1)) == Room("Salon B", 1)
    plan = house.read("badge_no,session_code\n000001,A2\n000002,A2\n")
    assert kinds(plan) == [Fault.OVER_CAPACITY]


def test_the_next_list_is_a_diff(house: House) -> None:
    house.read("badge_no,session_code\n000001,A1\n000001,B1\n000002,A2\n")
    again = "badge_no,session_code\n000001,A2\n000001,B1\n000003,B2\n"
    plan = house.read(again)
    assert counts(plan) == {"changed": 1, "same": 1, "new": 1}
    assert house.places() == {"000001": ["A2", "B1"], "000002": ["A2"], "000003": ["B2"]}
    assert counts(house.plan(again)) == {"same": 3}


def test_a_place_that_is_gone_from_the_list_is_kept_and_asked(house: House) -> None:
    house.read("badge_no,session_code\n000001,A1\n000001,B1\n")
    shorter = "badge_no,session_code\n000001,A1\n"
    assert counts(house.read(shorter)) == {"same": 1, "gone": 1}
    assert house.places() == {"000001": ["A1", "B1"]}
    house.read(shorter, Leave.WITHDRAW)
    assert house.places() == {"000001": ["A1"]}


def test_nothing_is_taken_from_somebody_of_whom_the_list_says_more_than_was_understood(house: House) -> None:
    house.read("badge_no,session_code\n000001,A1\n000001,B1\n")
    house.read("badge_no,session_code\n000001,A1\n000001,Z9\n", Leave.WITHDRAW)
    assert house.places() == {"000001": ["A1", "B1"]}


def test_what_was_given_up_or_given_here_outlives_the_old_list(house: House) -> None:
    text = "badge_no,session_code\n000001,A1\n"
    house.read(text)
    house.programme.withdraw(house.id_of("000001"), "id-A1")
    house.programme.enrol(house.id_of("000001"), "id-A2")
    plan = house.read(text, Leave.WITHDRAW)
    assert kinds(plan) == [Fault.CHANGED_HERE]
    assert house.places() == {"000001": ["A2"]}


def test_a_list_is_taken_back_as_a_whole(house: House) -> None:
    first = house.imports.write(house.plan("badge_no,session_code\n000001,A1\n000001,B1\n"))
    second = house.imports.write(house.plan("badge_no,session_code\n000001,A2\n000001,B1\n000002,A2\n"))
    assert house.places() == {"000001": ["A2", "B1"], "000002": ["A2"]}
    house.imports.undo(second.id)
    assert house.places() == {"000001": ["A1", "B1"]}
    house.imports.undo(first.id)
    assert house.places() == {}
    with pytest.raises(BadInput, match="could be taken back"):
        house.imports.undo(first.id)


def test_without_a_programme_there_is_nowhere_to_go(tmp_path: Path) -> None:
    with a_station(tmp_path / "data") as desk:
        file = tmp_path / "e.csv"
        file.write_text("badge_no,session_code\n1,A1\n")
        with pytest.raises(BadInput, match="Bring in the programme first"):
            ImportEnrolments(desk.store, desk.station).plan(file)
        file.write_text("badge_no,colour\n1,red\n")
        with pytest.raises(BadInput, match="who goes where"):
            ImportEnrolments(desk.store, desk.station).plan(file)


@pytest.mark.parametrize(
    "cell, names",
    [
        ("A1; B1;", ["A1", "B1"]),
        ("a, b, c", ["a, b", "c"]),
        ("c, a, b", ["c", "a, b"]),
        ("x, y, c", ["x, y", "c"]),
        ("c, c", ["c", "c"]),
        (" ", []),
    ],
)
def test_several_sessions_in_one_cell(cell: str, names: list[str]) -> None:
    assert split_cell(cell, {"a b": 1, "c": 1, "a1": 1, "b1": 1}) == names
