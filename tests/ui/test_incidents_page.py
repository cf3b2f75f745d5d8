"""The organizer's page of what wants somebody: settled, taken back, set right, with one action each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from kiosk.domain.dashboard import Alarm
from kiosk.services.edit import Edit
from kiosk.services.incidents import Incidents
from kiosk.services.station import Station
from kiosk.storage import roster
from kiosk.ui.screens.incidents_page import IncidentsPage
from kiosk.ui.services import DeskServices
from kiosk.ui.theme import Theme
from tests.builders import NOON, Clock, Desk, a_station
from tests.meeting import introduce, meet
from tests.ui.conftest import Open, Screen
from tests.ui.test_hours import settle
from tests.ui.test_screenshots import colours_of, dress, keep

ALARMS = [
    Alarm("printer:1", "Badge 1", "out of labels", "Load a new roll.", NOON),
    Alarm("station:silent:x", "Door 3", "Silent 12 min", "Is it switched on?", NOON - timedelta(minutes=12)),
]


@pytest.fixture
def services(services: DeskServices) -> DeskServices:
    return replace(services, alarms=lambda: ALARMS)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path / "other", clock=Clock(NOON + timedelta(minutes=4))) as desk:
        desk.station.set_name("Desk 7")
        yield desk


@pytest.fixture
def here(screen: Screen, station: Station) -> Desk:
    return as_desk(screen, station)


def as_desk(screen: Screen, station: Station) -> Desk:
    return Desk(screen.store, station, screen.services.check_in, screen.clock)


def two_that_disagree(here: Desk, other: Desk) -> None:
    """Both let the same person in, and both write down what she eats."""
    introduce(here, other)
    meet(here, other)
    for desk, note in ((here, "Vegan"), (other, "Vegetarian")):
        found = roster.by_code(desk.store.view.connection, "000001")
        assert found is not None
        Edit(desk.store, desk.station).set(found[0].id, {"note": note})
        assert desk.scan("000001").admitted
    meet(here, other)


def opened(screen: Screen) -> IncidentsPage:
    screen.window.open_organize("Incidents")
    settle(screen)
    page = screen.window.desk.page
    assert isinstance(page, IncidentsPage)
    return page


def choose(screen: Screen, page: IncidentsPage, words: str) -> None:
    rows = page.table.model_of_rows.table.rows
    page.table.selectRow(next(n for n, row in enumerate(rows) if words in row[0]))
    screen.settle()


def fill(screen: Screen, page: IncidentsPage, press: str, **values: str) -> None:
    assert page._forms.panel is not None
    for name, text in values.items():
        page._forms.panel.inputs[name].setText(text)
    screen.click(press)
    settle(screen)


def test_everything_that_wants_somebody_is_there_with_both_sides(screen: Screen, here: Desk, other: Desk) -> None:
    two_that_disagree(here, other)
    page = opened(screen)
    rows = page.table.model_of_rows.table.rows
    twice = next(row for row in rows if "two stations" in row[0])
    assert twice[1:3] == ("Ada Lovelace", "Desk")
    assert "Desk 1 · Tue 12:01 PM" in " ".join(twice)
    assert "Desk 7 · Tue 12:05 PM" in " ".join(twice)
    disputed = next(row for row in rows if "one field" in row[0])
    assert {side.split(" · ")[0] for side in disputed[3:5]} == {"note: Vegan", "note: Vegetarian"}
    assert [row[:2] for row in rows if row[1] in ("Badge 1", "Door 3")] == [
        ("▲ out of labels", "Badge 1"),
        ("▲ Silent 12 min", "Door 3"),
    ]
    assert "4 things want somebody" in page.text.text()


def test_it_is_settled_with_a_reason_and_a_name_and_both_admissions_stay(
    screen: Screen, here: Desk, other: Desk
) -> None:
    two_that_disagree(here, other)
    page = opened(screen)
    choose(screen, page, "two stations")
    screen.click("Settle it…")
    assert page._forms.panel is not None
    screen.click("Settle it")
    assert "please fill in What was the matter" in page._forms.panel.problem.text()
    fill(screen, page, "Settle it", why="Twins, one badge", by="Marta")
    meet(here, other)
    for desk in (here, other):
        settled = [each.settled_by for each in Incidents(desk.store, desk.station).all() if each.settled_by]
        assert settled == ["Marta"]
    last = page.table.model_of_rows.table.rows[-1]
    assert (last[0][0], last[-1]) == ("✓", "settled by Marta")
    page.table.selectRow(len(page._items) - 1)
    assert page.possible == []


def test_the_wrong_admission_is_taken_back(screen: Screen, here: Desk, other: Desk) -> None:
    two_that_disagree(here, other)
    page = opened(screen)
    choose(screen, page, "two stations")
    screen.click("Take back: Desk 7")
    fill(screen, page, "Take it back", by="Marta")
    assert not any("two stations" in row[0] for row in page.table.model_of_rows.table.rows)
    found = roster.by_code(screen.store.view.connection, "000001")
    assert found is not None
    left = roster.admission_of(screen.store.view.connection, found[0].id, "desk")
    assert left is not None
    assert left.station == "Desk 1"


@pytest.mark.parametrize("right", ["Vegan", "Vegetarian", "Eats anything"])
def test_a_field_gets_its_right_value_even_the_one_it_had(screen: Screen, here: Desk, other: Desk, right: str) -> None:
    two_that_disagree(here, other)
    page = opened(screen)
    choose(screen, page, "one field")
    screen.click("Give the right value…")
    fill(screen, page, "This is right", value=right)
    meet(here, other)
    for desk in (here, other):
        assert all("DISPUTE" not in each.kind.name for each in Incidents(desk.store, desk.station).open())
        found = roster.by_code(desk.store.view.connection, "000001")
        assert found is not None
        assert found[0].note == right


def test_an_alarm_leads_to_where_something_can_be_done(screen: Screen) -> None:
    page = opened(screen)
    choose(screen, page, "out of labels")
    assert "Load a new roll." in page.details.text()
    screen.click("Open Printers")
    assert type(screen.window.desk.page).__name__ == "PrintersPage"


def test_escape_closes_the_form_first(screen: Screen, here: Desk, other: Desk) -> None:
    two_that_disagree(here, other)
    page = opened(screen)
    choose(screen, page, "two stations")
    screen.click("Settle it…")
    screen.press(Qt.Key.Key_Escape)
    assert screen.window.desk.page is page
    assert page._forms.panel is None
    assert screen.button("Settle it…").isVisible()


@pytest.mark.parametrize("look", ["day", "night"])
def test_picture(open_screen: Open, qapp: QApplication, station: Station, other: Desk, look: str) -> None:
    screen = open_screen(theme=dress(qapp, Theme(dark=look == "night")))
    two_that_disagree(as_desk(screen, station), other)
    page = opened(screen)
    choose(screen, page, "two stations")
    screen.click("Settle it…")
    assert colours_of(keep(screen, f"incidents-{look}")) > 12
