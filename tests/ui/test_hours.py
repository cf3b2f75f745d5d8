"""The organizer's pages about sessions, hours and reports."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from kiosk.domain.attendance import Way
from kiosk.domain.journal import Kind
from kiosk.domain.verdicts import Outcome
from kiosk.storage.journal import read_after
from kiosk.ui.screens.clocks_page import ClocksPage
from kiosk.ui.screens.hours_page import HoursPage
from kiosk.ui.screens.reports_page import ReportsPage
from kiosk.ui.screens.sessions_page import SessionsPage
from kiosk.ui.theme import Theme
from tests.builders import hold
from tests.doors import a_course, attend, give_places, pass_door
from tests.ui.conftest import Open, Screen
from tests.ui.test_screenshots import colours_of, dress, keep

ONE = a_course("A1", course_slot=1, room="Ballroom Salon A", speakers=("Dr. Reyes",))
TWO = a_course("B1", 90, course_slot=2, room="Ballroom Salon B")


def the_id(screen: Screen, last: str, first: str = "") -> str:
    sql = "select id from attendee where last = ? and (? = '' or first = ?)"
    (found,) = screen.store.view.connection.execute(sql, (last, first, first)).fetchone()
    return str(found)


def a_morning(screen: Screen) -> Screen:
    """Two sessions, three people: one whole, one without an exit, one who did not come."""
    hold(screen.store, ONE, TWO)
    ada, marykate, carl = (the_id(screen, last) for last in ("Lovelace", "O’Sullivan", "Gone"))
    give_places(screen.store, ONE, ada, marykate, carl)
    give_places(screen.store, TWO, ada)
    attend(screen.store, ada, ONE, 3)
    attend(screen.store, ada, TWO, 0, 70)
    attend(screen.store, marykate, ONE, -2, None)
    pass_door(screen.store, the_id(screen, "العبدالله"), ONE, Way.IN, 1)
    screen.clock.now = ONE.end
    return screen


@pytest.fixture
def morning(screen: Screen) -> Screen:
    return a_morning(screen)


def settle(screen: Screen) -> None:
    for _ in range(2):
        done: list[None] = []
        screen.window._slow.run(lambda: None, done.append)
        screen.bot.waitUntil(lambda done=done: bool(done))  # type: ignore[misc]
        screen.settle()


def opened(screen: Screen, title: str) -> QWidget:
    screen.window.open_organize(title)
    settle(screen)
    return screen.window.desk.page


def cells(page: ReportsPage | HoursPage | SessionsPage) -> list[tuple[str, ...]]:
    box = {ReportsPage: "table", HoursPage: "lines", SessionsPage: "people"}[type(page)]
    return list(getattr(page, box).model_of_rows.table.rows)


# Reports


@pytest.fixture
def reports(morning: Screen) -> tuple[Screen, ReportsPage]:
    page = opened(morning, "Reports")
    assert isinstance(page, ReportsPage)
    return morning, page


def choose(screen: Screen, page: ReportsPage, name: str, session: str = "") -> None:
    page.choose(name)
    if session:
        page.session.setCurrentIndex(page.session.findData(session))
    settle(screen)


def test_a_report_is_looked_at_before_it_is_saved(reports: tuple[Screen, ReportsPage]) -> None:
    screen, page = reports
    choose(screen, page, "attendance", ONE.id)
    assert ("Lovelace", "12:03 PM") in [(row[1], row[5]) for row in cells(page)]
    assert "4 rows" in page.facts.text()
    assert "Session: A1 · About A1" in page.facts.text()


@pytest.mark.parametrize("ending", [".pdf", ".csv", ".xlsx"])
def test_what_is_shown_is_saved(reports: tuple[Screen, ReportsPage], tmp_path: Path, ending: str) -> None:
    screen, page = reports
    choose(screen, page, "credits")
    page.save_to(tmp_path / "hours", ending)
    settle(screen)
    file = tmp_path / f"hours{ending}"
    assert page.state.text() == f"Saved: {file}"
    if ending == ".csv":
        assert len(list(csv.reader(file.read_text("utf-8-sig").splitlines()))) == len(cells(page)) + 1
    if ending == ".pdf":
        assert "Lovelace" in PdfReader(file).pages[0].extract_text()


def test_a_certificate_for_one_person_is_one_page(reports: tuple[Screen, ReportsPage], tmp_path: Path) -> None:
    screen, page = reports
    choose(screen, page, "certificates")
    page.person.setText("000001")
    page.save_to(tmp_path / "one.pdf", ".pdf")
    settle(screen)
    (only,) = PdfReader(tmp_path / "one.pdf").pages
    assert "Ada Lovelace" in only.extract_text()


def test_papers_may_be_a_file_each(reports: tuple[Screen, ReportsPage], tmp_path: Path) -> None:
    screen, page = reports
    choose(screen, page, "roster")
    assert page.each.isVisible()
    page.each.setChecked(True)
    page.save_to(tmp_path / "rosters", ".pdf")
    settle(screen)
    assert sorted(file.name for file in (tmp_path / "rosters").iterdir()) == ["A1.pdf", "B1.pdf"]


def test_cancel_stops_and_leaves_nothing(reports: tuple[Screen, ReportsPage], tmp_path: Path) -> None:
    screen, page = reports
    choose(screen, page, "certificates")
    page.save_to(tmp_path / "all.pdf", ".pdf")
    assert page.cancel.isVisible()
    page._cancel()
    settle(screen)
    assert page.state.text() == "Stopped. Nothing was written."
    assert not (tmp_path / "all.pdf").exists()
    choose(screen, page, "credits")
    assert cells(page)


def test_what_cannot_be_saved_is_said_and_can_be_tried_again(
    reports: tuple[Screen, ReportsPage], tmp_path: Path
) -> None:
    screen, page = reports
    choose(screen, page, "credits")
    page.save_to(tmp_path / "nowhere" / "hours.csv", ".csv")
    settle(screen)
    assert "cannot be written" in page.problem.text()
    assert page.saves[".csv"].isEnabled()


def test_an_agency_nobody_is_of_is_said_in_words(reports: tuple[Screen, ReportsPage]) -> None:
    screen, page = reports
    choose(screen, page, "credits")
    page.agency.setText("Nowhere PD")
    page._preview()
    settle(screen)
    assert "Nobody on the roster is of the agency Nowhere PD" in page.problem.text()
    assert cells(page) == []


def test_only_what_a_report_can_be_about_can_be_chosen(reports: tuple[Screen, ReportsPage]) -> None:
    screen, page = reports
    choose(screen, page, "roster")
    assert (page.session.isEnabled(), page.agency.isEnabled()) == (True, False)
    choose(screen, page, "credits")
    assert (page.session.isEnabled(), page.agency.isEnabled()) == (False, True)
    choose(screen, page, "xapi")
    assert page.json.isVisible()


def test_the_roll_call_is_one_key_away_and_ready_to_be_printed(morning: Screen) -> None:
    morning.clock.now = ONE.start + timedelta(minutes=30)
    morning.press(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    settle(morning)
    page = morning.window.desk.page
    assert isinstance(page, ReportsPage)
    assert [row[:2] for row in cells(page)] == [
        ("Ballroom Salon A", "Sgt. Mary-Kate O’Sullivan"),
        ("Ballroom Salon A", "محمد العبدالله"),
    ]
    assert page.print_button.hasFocus()
    morning.window.open_keys()
    assert "Roll call" in morning.words()


def test_a_scan_is_answered_while_a_report_is_written(reports: tuple[Screen, ReportsPage], tmp_path: Path) -> None:
    screen, page = reports
    choose(screen, page, "certificates")
    page.save_to(tmp_path / "all.pdf", ".pdf")
    assert screen.scan("000001").outcome is Outcome.ADMITTED
    settle(screen)
    assert (tmp_path / "all.pdf").exists()


def test_the_provider_is_given_once_for_all_papers_and_kept(
    reports: tuple[Screen, ReportsPage], tmp_path: Path
) -> None:
    screen, page = reports
    choose(screen, page, "credits")
    assert not page.values_button.isVisible()
    choose(screen, page, "certificates")
    screen.click("Provider…")
    settle(screen)
    form = page._forms.panel
    assert form is not None
    form.inputs["provider"].setText("SSN on file")
    screen.click("Keep")
    settle(screen)
    assert "social security number" in form.problem.text()
    form.inputs["provider"].setText("MovementForward, Inc.")
    screen.click("Keep")
    settle(screen)
    assert page._forms.panel is None
    page.save_to(tmp_path / "all.pdf", ".pdf")
    settle(screen)
    assert "MovementForward, Inc." in PdfReader(tmp_path / "all.pdf").pages[0].extract_text()
    screen.click("Provider…")
    settle(screen)
    assert page._forms.panel is not None
    assert page._forms.panel.inputs["provider"].text() == "MovementForward, Inc."
    screen.press(Qt.Key.Key_Escape)
    assert page._forms.panel is None
    assert screen.window.desk.page is page


def test_papers_may_have_a_form_of_ones_own(reports: tuple[Screen, ReportsPage], tmp_path: Path) -> None:
    screen, page = reports
    choose(screen, page, "certificates")
    own = tmp_path / "own.json"
    own.write_text('{"format": 1, "title": "Own", "blocks": [{"text": "Well done, {first}"}]}')
    page.use_form(own)
    page.save_to(tmp_path / "all.pdf", ".pdf")
    settle(screen)
    assert "Well done, Ada" in PdfReader(tmp_path / "all.pdf").pages[0].extract_text()
    own.write_text("{")
    page.save_to(tmp_path / "again.pdf", ".pdf")
    settle(screen)
    assert "own.json cannot be used as a template" in page.problem.text()


class Endless:
    """Reports that never end unless somebody stops them."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def save(self, _order: object, _path: Path, tell: Callable[[int, int], object]) -> None:
        while True:
            tell(1, 2)
            self.begun.set()
            self.begun.wait(0.001)


def test_closing_the_window_does_not_wait_for_a_report(reports: tuple[Screen, ReportsPage], tmp_path: Path) -> None:
    screen, page = reports
    endless = Endless()
    page._reports = endless  # type: ignore[assignment]
    page.save_to(tmp_path / "all.pdf", ".pdf")
    assert endless.begun.wait(10)
    screen.window.close()
    assert not screen.window._slow._thread.is_alive()


# Hours of a person


def hours_of(screen: Screen, last: str) -> HoursPage:
    page = opened(screen, "Hours of a person")
    assert isinstance(page, HoursPage)
    page.open_person(the_id(screen, last))
    settle(screen)
    return page


def test_the_hours_of_a_person_are_found_by_name_and_explained(morning: Screen) -> None:
    page = opened(morning, "Hours of a person")
    assert isinstance(page, HoursPage)
    morning.bot.keyClicks(page.search.input, "lovelace")
    morning.bot.waitUntil(lambda: page.search.results.rowCount() == 1)
    settle(morning)
    morning.press(Qt.Key.Key_Return)
    settle(morning)
    assert page.name.text() == "Ada Lovelace · Gainesville Police Department"
    assert page.total.text() == "2.36 h in 2 sessions"
    assert page.why.text() == "A1: 72 of 75 minutes, counts 1.20 h."


def test_a_time_is_set_right_and_taken_back(morning: Screen) -> None:
    page = hours_of(morning, "O’Sullivan")
    assert cells(page)[0][4] == "inside"
    morning.click("Set the times…")
    form = page._forms.panel
    assert form is not None
    assert form.inputs["in"].text() == "11:58 AM"
    assert form.inputs["by"].text() == "Maria R."
    form.inputs["out"].setText("1:10 PM")
    morning.click("Set right")
    assert "fill in Why" in form.problem.text()
    form.inputs["why"].setText("walked past the scanner")
    morning.click("Set right")
    assert cells(page)[0][4:7] == ("✎ 1:10 PM", "70 / 75", "1.16")
    assert "set by Maria R.: walked past the scanner" in page.why.text()
    morning.click("Take back…")
    morning.click("Take back")
    assert cells(page)[0][4] == "inside"
    kinds = [each.record.kind for each in read_after(morning.store.connection, 0)]
    assert (kinds.count(Kind.REPAIR), kinds.count(Kind.UNDO)) == (1, 1)


def test_the_time_of_a_scan_is_corrected_and_the_scan_stays_on_record(morning: Screen) -> None:
    page = hours_of(morning, "Lovelace")
    morning.click("Set the times…")
    form = page._forms.panel
    assert form is not None
    form.inputs["in"].setText("12:00 PM")
    form.inputs["why"].setText("the scanner slept")
    morning.click("Set right")
    assert cells(page)[0][3:6] == ("✎ 12:00 PM", "1:15 PM", "75 / 75")
    assert "(was 12:03 PM)" in page.why.text()


def test_a_time_that_cannot_be_stays_in_the_form(morning: Screen) -> None:
    page = hours_of(morning, "O’Sullivan")
    morning.click("Set the times…")
    form = page._forms.panel
    assert form is not None
    form.inputs["why"].setText("forgot")
    for typed, words in (("soon", "is no time"), ("9:00 PM", "A1 is from 12:00 PM"), ("11:50 AM", "No entry comes")):
        form.inputs["out"].setText(typed)
        morning.click("Set right")
        assert words in form.problem.text()
        assert form.inputs["out"].text() == typed
    morning.press(Qt.Key.Key_Escape)
    assert page._forms.panel is None
    assert morning.window.desk.page is page


def test_credit_is_decided_and_a_stay_withdrawn(morning: Screen) -> None:
    page = hours_of(morning, "O’Sullivan")
    morning.click("Decide the credit…")
    form = page._forms.panel
    assert form is not None
    form.inputs["minutes"].setText("75")
    form.inputs["why"].setText("helped at the door")
    morning.click("Decide")
    assert page.total.text() == "1.25 h in 1 session"
    morning.click("Does not count…")
    form = page._forms.panel
    assert form is not None
    form.inputs["why"].setText("somebody else wore the badge")
    morning.click("Does not count")
    assert cells(page)[0][3:5] == ("–", "–")


# Sessions


def test_a_session_shows_who_came_and_is_closed_and_opened_again(morning: Screen) -> None:
    page = opened(morning, "Sessions")
    assert isinstance(page, SessionsPage)
    page.session.setCurrentIndex(page.session.findData(ONE.id))
    settle(morning)
    assert page.figures.text() == "3 enrolled   3 came   2 inside, no exit yet"
    morning.click("End of session…")
    form = page._forms.panel
    assert form is not None
    morning.click("Close the session")
    assert "0 inside" in page.figures.text()
    assert "closed by Maria R.: everyone still inside left at 1:15 PM" in page.figures.text()
    assert ("Sgt. Mary-Kate O’Sullivan", "≈ 1:15 PM") in [(row[0], row[4]) for row in cells(page)]
    morning.click("Take back the closing…")
    morning.click("Take back")
    assert "2 inside" in page.figures.text()


def test_a_session_that_runs_is_not_closed(morning: Screen) -> None:
    morning.clock.now = ONE.start + timedelta(minutes=10)
    page = opened(morning, "Sessions")
    assert isinstance(page, SessionsPage)
    assert page.session.currentData() == ONE.id  # the one that runs
    morning.click("End of session…")
    form = page._forms.panel
    assert form is not None
    morning.click("Close the session")
    assert "runs until 1:15 PM" in form.problem.text()


def test_from_a_session_to_the_hours_of_somebody_in_it(morning: Screen) -> None:
    page = opened(morning, "Sessions")
    assert isinstance(page, SessionsPage)
    page.session.setCurrentIndex(page.session.findData(ONE.id))
    settle(morning)
    row = [row[0] for row in cells(page)].index("Ada Lovelace")
    page.people.selectRow(row)
    morning.click("Hours of this person")
    settle(morning)
    hours = morning.window.desk.page
    assert isinstance(hours, HoursPage)
    assert hours.name.text().startswith("Ada Lovelace")


def test_without_a_programme_the_page_says_what_to_do(screen: Screen) -> None:
    page = opened(screen, "Sessions")
    assert isinstance(page, SessionsPage)
    assert "no programme yet" in page.figures.text()


# Clocks


def test_a_clock_that_was_wrong_is_set_right_for_all_its_scans(morning: Screen) -> None:
    page = opened(morning, "Clocks of doors")
    assert isinstance(page, ClocksPage)
    assert [row[1:] for row in page.table.model_of_rows.table.rows] == [("6", "Tue 11:58 AM", "Tue 2:40 PM", "")]
    morning.click("This clock was wrong…")
    form = page._forms.panel
    assert form is not None
    form.inputs["why"].setText("fast by the wall clock")
    for typed, words in (("soon", "whole minutes"), ("9999999", "whole minutes"), ("999999", "No clock is that wrong")):
        form.inputs["minutes"].setText(typed)
        morning.click("Correct all 6 scans")
        assert words in form.problem.text()
    form.inputs["minutes"].setText("-5")
    morning.click("Correct all 6 scans")
    settle(morning)
    assert page.table.model_of_rows.table.rows[0][4] == "5 min slow"
    (first, _second) = morning.services.attendance.of(the_id(morning, "Lovelace")).stays
    assert first.came is not None
    assert first.came.at == ONE.start + timedelta(minutes=8)


# Pictures


PICTURES = ("reports", "certificates", "roll call", "hours", "set the times", "sessions", "clocks")


@pytest.mark.parametrize(
    "what, look, size",
    [
        *((what, "day", (1280, 800)) for what in PICTURES),
        *((what, "night", (1366, 768)) for what in PICTURES),
    ],
)
def test_each_page(open_screen: Open, qapp: QApplication, what: str, look: str, size: tuple[int, int]) -> None:
    screen = open_screen(theme=dress(qapp, Theme(dark=look == "night")))
    screen.window.resize(*size)
    a_morning(screen)
    if what in ("reports", "certificates"):
        page = opened(screen, "Reports")
        assert isinstance(page, ReportsPage)
        choose(screen, page, {"reports": "credits"}.get(what, what))
    elif what == "roll call":
        screen.clock.now = ONE.start + timedelta(minutes=30)
        screen.window.open_roll_call()
        settle(screen)
    elif what == "clocks":
        opened(screen, "Clocks of doors")
    elif what == "sessions":
        sessions = opened(screen, "Sessions")
        assert isinstance(sessions, SessionsPage)
        sessions.session.setCurrentIndex(sessions.session.findData(ONE.id))
        settle(screen)
    else:
        hours_of(screen, "O’Sullivan")
        if what == "set the times":
            screen.click("Set the times…")
    if (focus := screen.window.focusWidget()) is not None:
        focus.clearFocus()
    assert colours_of(keep(screen, f"{what}-{look}")) > 12
