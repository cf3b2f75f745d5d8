"""Reports about sessions, hours and papers: what stands in each row, and what is chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kiosk.domain.attendance import Way
from kiosk.domain.papers import Document, Fields, Grid, Imprint, PaperSize, Sheet, Sheets, Table, Text
from kiosk.errors import BadInput
from kiosk.services.attendance import Attendance
from kiosk.services.paper_reports import Form
from kiosk.services.report_files import Order, Reports
from kiosk.services.report_source import Choice
from kiosk.services.reports import REPORTS
from kiosk.services.station import Conference
from kiosk.services.verify import verify
from tests.builders import NOON, Desk, a_station, an_attendee, enrol, hold
from tests.doors import ENTRY, a_course, attend, give_places, pass_door

ADA, BOB, CHEN = ("0" * 25 + mark for mark in "ABC")
NUMBERS = {"ORI": "GA069", "POST ID": "P-7"}
ONE = a_course("A1", course_slot=1, speakers=("Dr. Reyes",))
OTHER = a_course("B1", course_slot=1, room="Salon B")
LATER = a_course("A2", 90, rule=ENTRY, course_slot=2)


@dataclass
class FakePress:
    """Keeps what it is given to draw."""

    sheets: list[Sheet] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    imprint: Imprint | None = None

    def save(self, document: Document, file: Path, size: PaperSize, imprint: Imprint, tell: Any) -> None:
        self.draw(document, None, size, imprint, tell)
        file.write_bytes(b"%PDF")

    def draw(self, document: Document, device: Any, size: PaperSize, imprint: Imprint, tell: Any) -> None:
        self.imprint = imprint
        if isinstance(document, Sheets):
            for number, sheet in enumerate(document.sheets, 1):
                self.sheets.append(sheet)
                tell(number, document.count)
        else:
            self.tables.append(document)


@dataclass
class Office:
    desk: Desk
    attendance: Attendance
    press: FakePress
    reports: Reports

    def rows(self, name: str, **choice: Any) -> list[tuple[str, ...]]:
        return list(self.reports.table(Order(name, Choice(**choice))).rows)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with a_station(tmp_path / "data") as desk:
        riverford = {"agency": "Riverford PD"}
        enrol(
            desk.store,
            an_attendee("Ada", "Lovelace", id=ADA, code="000001", number="000001", extras=NUMBERS, **riverford),
            an_attendee("Bob", "Young", id=BOB, code="000002", number="000002", **riverford),
            an_attendee("安怡", "张", id=CHEN, code="000003", number="000003", agency="=cmd|calc"),
        )  # fmt: skip
        hold(desk.store, ONE, OTHER, LATER)
        give_places(desk.store, ONE, ADA, BOB)
        give_places(desk.store, LATER, CHEN)
        attend(desk.store, ADA, ONE, 3)
        attend(desk.store, ADA, LATER, left_min=None)
        attend(desk.store, CHEN, OTHER, 0, None)
        attendance, press = Attendance(desk.store, desk.station), FakePress()
        desk.clock.now = NOON + timedelta(hours=4)
        yield Office(desk, attendance, press, Reports(desk.store, desk.station, attendance, lambda: press))
        assert verify(desk.store).problems == ()


def test_every_report_can_be_made_of_everything_and_has_as_many_cells_as_headers(office: Office) -> None:
    for name, kind in REPORTS.items():
        table = office.reports.table(Order(name))
        assert {len(row) for row in table.rows} <= {len(table.headers)}, name
        assert kind.title()


def test_sessions_have_their_figures(office: Office) -> None:
    rows = {row[0]: row for row in office.rows("sessions")}
    assert rows["A1"][1:6] == ("About A1", "Salon A", "2023-05-02", "12:00 PM", "1:15 PM EDT")
    assert rows["A1"][7:] == ("2", "1", "1", "0", "1", "")
    assert rows["B1"][7:] == ("0", "1", "0", "1", "0", "")


def test_the_attendance_of_a_session_explains_itself(office: Office) -> None:
    ada, bob = office.rows("attendance", session="A1")
    assert ada[4:9] == ("yes", "12:03 PM", "1:15 PM", "72", "1.20")
    assert ada[9] == "72 of 75 minutes, counts 1.20 h."
    assert bob[5:9] == ("", "", "0", "0.00")


def test_a_course_roster_is_there_to_be_signed(office: Office) -> None:
    table = office.reports.table(Order("roster", Choice(session="A1")))
    assert table.to_write == ("Signature",)
    assert ("Instructor", "Dr. Reyes") in table.facts
    assert [row[1:] for row in table.rows] == [("Ada Lovelace", "Riverford PD", "12:03 PM", "1:15 PM", "1.20")]
    everything = office.rows("roster")
    assert [row[0] for row in everything] == ["A1 · About A1", "B1 · About B1", "A2 · About A2"]


def test_hours_stand_by_course_and_in_all(office: Office) -> None:
    ada, bob, chen = office.rows("credits")
    assert (ada[4], ada[5:7], ada[14]) == ("2", ("1.20", "1.25"), "2.45")
    assert bob[14] == chen[14] == "0.00"
    assert len(office.rows("credits", agency="riverford pd")) == 2
    assert [row[0] for row in office.rows("credits", people=("000003", BOB))] == ["000002", "000003"]


def test_a_transcript_has_a_line_for_every_course_with_why(office: Office) -> None:
    rows = office.rows("transcripts", people=("000001",))
    assert [(row[4], row[5], row[9], row[10]) for row in rows] == [
        ("1", "A1", "1.20", "72 of 75 minutes, counts 1.20 h."),
        ("2", "A2", "1.25", "Came in at 1:30 PM, counts 1.25 h."),
    ]
    (chen, expected) = office.rows("transcripts", people=("000003",))
    assert chen[10].startswith("No exit is recorded")
    assert expected[10] == "No scan at this session."


def test_no_shows_are_those_with_a_place_in_what_is_over(office: Office) -> None:
    assert [(row[0], row[5]) for row in office.rows("no-shows")] == [("A1", "Bob"), ("A2", "安怡")]
    assert [row[5] for row in office.rows("no-shows", session="A1")] == ["Bob"]
    office.desk.clock.now = ONE.end - timedelta(minutes=1)
    assert office.rows("no-shows") == []


def test_conflicts_are_open_until_somebody_sets_them_right(office: Office) -> None:
    attend(office.desk.store, ADA, OTHER, 30, 60)
    found = [row[:4] for row in office.rows("conflicts")]
    assert found == [
        ("open", "In two rooms", "Ada Lovelace", "Riverford PD"),
        ("open", "No exit", "安怡 张", "=cmd|calc"),
    ]
    office.attendance.repair(CHEN, OTHER.id, Way.OUT, OTHER.end, "sat in the back", "Deb")
    office.attendance.grant(BOB, ONE.id, 75, "spoke here", "Deb")
    settled = [(row[0], row[1], row[5]) for row in office.rows("conflicts") if row[0] != "open"]
    assert ("Deb", "Set right", "Exit at 1:15 PM: sat in the back") in settled
    assert ("Deb", "Set right", "75 minutes of credit: spoke here") in settled
    assert [row[1] for row in office.rows("conflicts", session="A2")] == []


def test_a_roll_call_has_who_is_in_a_room_and_nobody_else(office: Office) -> None:
    office.desk.clock.now = OTHER.start + timedelta(minutes=20)
    pass_door(office.desk.store, BOB, ONE, Way.IN, 1)
    table = office.reports.table(Order("roll-call"))
    assert table.group == 0
    assert [row[:3] for row in table.rows] == [
        ("Salon A", "Bob Young", "Riverford PD"),
        ("Salon B", "安怡 张", "=cmd|calc"),
    ]
    assert ("In rooms now", "2") in table.facts
    pass_door(office.desk.store, BOB, OTHER, Way.IN, 10)  # seen at another door since
    assert [row[:2] for row in office.rows("roll-call")] == [("Salon B", "Bob Young"), ("Salon B", "安怡 张")]
    pass_door(office.desk.store, BOB, OTHER, Way.OUT, 15)
    assert [row[:2] for row in office.rows("roll-call")] == [("Salon B", "安怡 张")]
    office.desk.clock.now = LATER.end + timedelta(hours=1)
    assert office.rows("roll-call") == []


@pytest.mark.parametrize(
    "name, choice, words",
    [
        ("gossip", {}, "no report called gossip"),
        ("credits", {"session": "A1"}, "not about one session"),
        ("sessions", {"agency": "Riverford PD"}, "about everyone"),
        ("attendance", {"session": "Z9"}, "no session Z9"),
        ("credits", {"people": ("999999",)}, "Nobody on the roster has the code"),
        ("credits", {"agency": "Nowhere PD"}, "Nobody on the roster is of the agency"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(office: Office, name: str, choice: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        office.reports.table(Order(name, Choice(**choice)))


# Papers


def words_of(sheet: Sheet) -> str:
    said = []
    for block in sheet.blocks:
        match block:
            case Text():
                said.append(block.words)
            case Fields():
                said += [f"{name}: {value}" for name, value in block.rows]
            case Grid():
                said += [" | ".join(row) for row in block.table.rows]
            case _:
                pass
    return "\n".join(said)


def test_a_certificate_says_who_what_and_how_many_hours_and_carries_its_code(office: Office, tmp_path: Path) -> None:
    saved = office.reports.save(Order("certificates"), tmp_path / "all.pdf")
    assert saved.count == 1  # nobody else has earned anything
    (sheet,) = office.press.sheets
    said = words_of(sheet)
    assert "Ada Lovelace" in said
    assert "2.45 hours of training" in said
    assert "1 | A1 · About A1 | May 2, 2023 | 72 of 75 | 1.20" in said
    assert "ORI: GA069" in said
    assert "Officer certificate: P-7" in said
    assert "Provider number" not in said
    person = office.attendance.of(ADA)
    assert office.reports.certificates.code_of(person) in said


def test_a_transcript_on_paper_has_a_line_for_each_of_eight_slots(office: Office, tmp_path: Path) -> None:
    office.reports.save(Order("transcripts", Choice(people=("000001",))), tmp_path / "t.pdf")
    (grid,) = (block for block in office.press.sheets[0].blocks if isinstance(block, Grid))
    assert [row[0] for row in grid.table.rows] == [str(slot) for slot in range(1, 9)]
    assert [row[1] for row in grid.table.rows][1:3] == ["A2 · About A2", "no course"]


def test_papers_of_a_demo_say_that_nobody_exists(office: Office, tmp_path: Path) -> None:
    office.desk.station.set_conference(Conference("Demo", demo=True))
    office.reports.save(Order("certificates"), tmp_path / "c.pdf")
    assert office.press.imprint is not None
    assert office.press.imprint.mark == "DEMO DATA – nobody here exists"


def test_a_provider_may_be_named_and_a_form_of_ones_own_used(office: Office, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"format": 1, "title": "X", "blocks": [{"text": "{provider}: {name}"}]}))
    form = Form(own, {"provider": "MovementForward"})
    office.reports.save(Order("affidavits", form=form), tmp_path / "a.pdf")
    assert words_of(office.press.sheets[0]) == "MovementForward: Ada Lovelace"


@pytest.mark.parametrize(
    "form, words",
    [
        (Form(values={"ssn": "078-05-1120"}), "social security"),
        (Form(values={"provider": "SSN on file"}), "social security"),
        (Form(values={"name": "Somebody Else"}), "no value called name"),
        (Form(template=Path("/nowhere/form.json")), "cannot be read"),
    ],
)
def test_a_form_that_cannot_be_used_issues_nothing(office: Office, tmp_path: Path, form: Form, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        office.reports.save(Order("certificates", form=form), tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


def test_papers_may_be_a_file_each_whose_names_say_nothing_of_the_person(office: Office, tmp_path: Path) -> None:
    saved = office.reports.save(Order("transcripts", one_file_each=True), tmp_path / "papers")
    assert saved.count == 3
    assert sorted(file.name for file in saved.file.iterdir()) == ["000001.pdf", "000002.pdf", "000003.pdf"]
    rosters = office.reports.save(Order("roster", one_file_each=True), tmp_path / "rosters")
    assert sorted(file.stem for file in rosters.file.iterdir()) == ["A1", "A2", "B1"]


def test_nobody_with_hours_is_said_in_words(office: Office, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has earned any hours"):
        office.reports.save(Order("certificates", Choice(people=("000002",))), tmp_path / "x.pdf")


def test_a_spreadsheet_has_no_formula_from_the_roster(office: Office, tmp_path: Path) -> None:
    office.reports.save(Order("credits"), tmp_path / "hours.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "hours.xlsx").active
    assert sheet is not None
    assert [cell.data_type for cell in sheet["D"]] == ["s"] * 4
    assert sheet["O2"].value == 2.45


def test_an_ending_nobody_knows_is_refused_with_those_there_are(office: Office, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.pdf, \.csv, \.xlsx"):
        office.reports.save(Order("credits"), tmp_path / "hours.docx")


def test_every_page_says_when_and_where_it_was_made(office: Office, tmp_path: Path) -> None:
    office.reports.save(Order("credits"), tmp_path / "hours.pdf")
    assert office.press.imprint == Imprint("Conference", "Made May 2, 2023, 4:00 PM EDT at Desk 1")


def test_making_a_report_keeps_no_scan_waiting(office: Office) -> None:
    """It reads through a connection of its own: the writer's lock is free all the while."""

    def tell(_done: int, _of: int) -> None:
        assert office.desk.scan("000001").record is not None

    office.reports.table(Order("credits"), tell)
