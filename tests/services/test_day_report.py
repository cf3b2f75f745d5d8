"""The day report: what the dashboard says, on paper and in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from kiosk.printing.paper_press import PaperPress
from kiosk.services.attendance import Attendance
from kiosk.services.figures import LocalFigures
from kiosk.services.report_files import Order, Reports
from kiosk.services.station import Conference
from tests.builders import NOON, Desk, a_session, a_station, enrol, hold, some_attendees
from tests.meeting import introduce, meet

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Three came, one was taken back; two desks let the first one in."""
    with a_station(tmp_path / "one") as one, a_station(tmp_path / "two") as two:
        two.station.set_name("=Desk 2")
        one.station.set_conference(Conference("PLECET", "PLECET 2023", "America/New_York", demo=True))
        enrol(one.store, some_attendees(5))
        room = a_session("C1", "Salon A", NOON, capacity=4, kind="plenary")
        hold(one.store, room)
        introduce(one, two)
        meet(one, two)
        one.scan("000001", later_s=300)
        one.scan("000002", later_s=300)
        verdict = one.scan("000003", later_s=300)
        assert verdict.record is not None
        one.check_in.undo(verdict.record)
        one.check_in.present("000001", place=room.id)
        two.clock.forward(3600)
        two.scan("000001")
        meet(one, two)
        one.clock.forward(timedelta(hours=1).total_seconds())
        yield one


def save(desk: Desk, file: Path) -> Path:
    Reports(desk.store, desk.station, Attendance(desk.store, desk.station), PaperPress).save(Order("day"), file)
    return file


def test_a_spreadsheet_has_every_part(desk: Desk, tmp_path: Path) -> None:
    with save(desk, tmp_path / "day.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [tuple(row) for row in csv.reader(stream)]
    assert rows[0] == ("Part", "What", "Number", "Of", "More")
    said = {(part, what): (number, of, more) for part, what, number, of, more in rows[1:]}
    assert said["Report", "Made"][2].startswith("Made May 2, 2023")
    assert "EDT" in said["Report", "Made"][2]
    figures = LocalFigures(desk.store, desk.station)
    for headline in figures.dashboard().headlines:
        assert said["Numbers", headline.title] == (headline.value, "", headline.base)
    figures.close()
    assert said["Numbers", "Checked in"][0] == "2"
    assert said["Corrections", "Taken back"] == ("1", "", "Corrected: 1 check-in taken back.")
    assert sum(int(row[2]) for row in rows if row[0] == "Arrivals") == 2
    assert said["Rooms", "C1 · Salon A"] == ("1", "4", "25 %")
    assert said["Stations", "Desk 1"][0] == "2"
    (incident,) = [row for row in rows if row[0] == "Incidents"]
    assert "two stations" in incident[1]
    assert incident[4] == "First1 Last1 · open"


def test_no_cell_is_a_formula(desk: Desk, tmp_path: Path) -> None:
    with save(desk, tmp_path / "day.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert not [cell for row in csv.reader(stream) for cell in row if cell.startswith(("=", "+", "@"))]
    sheet = openpyxl.load_workbook(save(desk, tmp_path / "day.xlsx")).active
    assert sheet is not None
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n"}


def test_on_paper_it_has_its_chart_and_says_when_it_was_made(desk: Desk, tmp_path: Path) -> None:
    reader = PdfReader(save(desk, tmp_path / "day.pdf"))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for words in ("Day report", "Checked in", "Check-ins each 10 minutes", "C1 · Salon A", "Desk 1", "Corrected: 1"):
        assert words in text
    assert "Made May 2, 2023" in text
    assert "DEMO DATA" in text
