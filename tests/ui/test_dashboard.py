"""The organizer's dashboard in the window."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from kiosk.domain.dashboard import Alarm, Dashboard
from kiosk.domain.sync_state import SyncState, SyncStatus, basis_words
from kiosk.errors import StorageError
from kiosk.ui.screens.dashboard import DashboardPage
from kiosk.ui.screens.reports_page import ReportsPage
from kiosk.ui.theme import Theme
from tests.builders import NOON, a_session, hold
from tests.ui.conftest import Open, Screen
from tests.ui.test_hours import settle
from tests.ui.test_screenshots import colours_of, dress, keep


def dashboard(screen: Screen) -> DashboardPage:
    screen.window.open_organize("Dashboard")
    screen.settle()
    page = screen.window.desk.page
    assert isinstance(page, DashboardPage)
    return page


def again(screen: Screen, page: DashboardPage) -> Dashboard:
    page._refresh()
    screen.settle()
    assert page._shown is not None
    return page._shown


def test_the_numbers_are_those_of_the_desk_and_follow_it(screen: Screen) -> None:
    page = dashboard(screen)
    assert "Checked in 0 of 11 expected" in " ".join(screen.words(page).split())
    screen.services.check_in.present("000001")
    again(screen, page)
    assert "Checked in 1 of 11 expected" in " ".join(screen.words(page).split())
    assert "This station only: its own records" in screen.words(page)


def test_bars_can_be_wider_and_a_table_stands_behind_them(screen: Screen) -> None:
    screen.services.check_in.present("000001")
    page = dashboard(screen)
    screen.click("30 min")
    screen.settle()
    assert page._shown is not None
    assert "each 30 minutes" in page._shown.arrivals.unit
    screen.click("As a table")
    assert page.table.isVisible()
    assert page.table.rowCount() == len(page._shown.arrivals.labels)
    screen.click("As a chart")
    assert page.arrivals.isVisible()


def test_what_is_wrong_is_named_and_that_nothing_is_too(screen: Screen) -> None:
    page = dashboard(screen)
    assert "Nothing needs you" in screen.words(page)
    board = again(screen, page)
    alarm = Alarm("printer", "Badge 1", "out of labels", "Load a roll.", NOON)
    page.show_dashboard(Dashboard(**{name: getattr(board, name) for name in board.__slots__} | {"alarms": (alarm,)}))
    assert "▲ Badge 1: out of labels · since 12:00 PM · Load a roll." in screen.words(page)


def test_numbers_that_could_not_be_read_are_said_to_be_old(screen: Screen) -> None:
    page = dashboard(screen)

    def refuse(_minutes: int) -> Dashboard:
        raise StorageError("The disk does not answer.")

    page._ask = refuse
    page._refresh()
    screen.settle()
    assert "No new numbers since" in screen.words(page)
    assert "The disk does not answer." in screen.words(page)


def test_nobody_is_asked_once_something_else_is_in_front(screen: Screen) -> None:
    page = dashboard(screen)
    assert page._timer.isActive()
    screen.press(Qt.Key.Key_Escape)
    assert not page._timer.isActive()


def test_from_a_number_to_the_people_to_what_happened_and_back(screen: Screen) -> None:
    screen.services.check_in.present("000001")
    page = dashboard(screen)
    again(screen, page)
    who = [each for each in screen.window.findChildren(QPushButton) if each.accessibleName() == "Who? Checked in"]
    who[0].click()
    settle(screen)
    assert page.people is not None
    assert page.people.count.text() == "1 person"
    assert page.people.people.model_of_rows.table.rows[0][0] == "Ada Lovelace"
    assert [row[1:4] for row in page.people.history.model_of_rows.table.rows] == [("desk", "Checked in", "Desk 1")]
    screen.press(Qt.Key.Key_Escape)
    assert screen.window.desk.page is page
    assert page.arrivals.isVisible()
    page._open_people("missing")
    settle(screen)
    page.people.search.setText("smith savannah")
    settle(screen)
    assert page.people.count.text() == "1 person"
    assert "no scans yet" in page.people.who.text()


def test_the_day_report_is_one_press_away(screen: Screen) -> None:
    dashboard(screen)
    screen.click("Day report…")
    settle(screen)
    page = screen.window.desk.page
    assert isinstance(page, ReportsPage)
    assert page.report.currentData() == "day"


@pytest.mark.parametrize(
    "status, words",
    [
        (SyncStatus(), "This station only"),
        (SyncStatus(SyncState.ONLINE, 0, NOON - timedelta(seconds=3)), "With the hub, 3 s ago"),
        (SyncStatus(SyncState.OFFLINE, 4, NOON - timedelta(minutes=6)), "the hub’s of 6 min ago"),
        (SyncStatus(SyncState.OFFLINE, 4), "has not been heard yet"),
    ],
)
def test_it_says_on_what_it_stands(status: SyncStatus, words: str) -> None:
    assert words in basis_words(status, NOON)


@pytest.mark.parametrize("look", ["day", "night"])
def test_picture(open_screen: Open, qapp: QApplication, look: str) -> None:
    screen = open_screen(theme=dress(qapp, Theme(dark=look == "night")))
    rooms = [a_session(f"R{n}", f"Salon {'ABCDE'[n]}", NOON, 75, capacity=5 - n) for n in range(4)]
    hold(screen.store, *rooms)
    for number in (1, 2, 5, 6, 7, 8, 11, 12):
        screen.scan(f"{number:06}", later_s=420)
    for session, number in ((rooms[1], 1), (rooms[3], 2), (rooms[3], 5)):
        with screen.store.write() as journal:
            attendee = screen.services.find.find(f"{number:06}")[0].attendee.id
            body = {"subject": attendee, "code": "", "how": "code", "outcome": "admitted", "reason": "ok"}
            journal.append("admit", body, at=NOON + timedelta(minutes=5), actor="station", place=session.id)
    dashboard(screen)
    assert colours_of(keep(screen, f"dashboard-{look}")) > 12


def test_before_the_doors_open_and_after_it_is_over(open_screen: Open, qapp: QApplication) -> None:
    screen = open_screen(theme=dress(qapp, Theme()))
    opening = a_session("OP", "Salon A", NOON + timedelta(hours=3), 75, capacity=9)
    hold(screen.store, a_session("REG", "Foyer", NOON + timedelta(hours=1), 60, kind="service"), opening)
    page = dashboard(screen)
    assert "Doors open 1:00 PM. 11 people expected." in screen.words(page)
    assert colours_of(keep(screen, "dashboard-before")) > 8
    screen.services.check_in.present("000001")
    screen.clock.now = opening.end + timedelta(hours=3)
    again(screen, page)
    assert "These are the final numbers." in screen.words(page)
    assert "Did not come" in screen.words(page)
    assert "Not here yet" not in screen.words(page)
    assert colours_of(keep(screen, "dashboard-over")) > 8
