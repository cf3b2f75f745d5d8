"""The programme in the window: brought in after a look, searched, changed late; Esc leads one step back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit

from kiosk.domain.programme import CreditKind, DoorPolicy, ProgrammeSession, Room
from kiosk.services.import_programme import ImportProgramme
from kiosk.services.station import Station
from kiosk.ui.screens.programme_page import ProgrammePage
from tests.builders import an_attendee, enrol
from tests.files.test_programme import SAMPLES, sample
from tests.ui.conftest import Open, Screen


def opened(screen: Screen) -> ProgrammePage:
    """The page, as an organizer opens it."""
    screen.window.open_organize()
    screen.click("Programme")
    screen.settle()
    page = screen.window.desk.page
    assert isinstance(page, ProgrammePage)
    return page


def bring_in(screen: Screen, page: ProgrammePage, path: Path) -> None:
    page.review.read(path)
    was_read(screen, page)


def was_read(screen: Screen, page: ProgrammePage) -> None:
    screen.bot.waitUntil(lambda: not page.review.bar.isVisibleTo(page.review))


@pytest.fixture
def screen(open_screen: Open, station: Station) -> Screen:
    screen = open_screen()
    imports = ImportProgramme(screen.store, station)
    imports.write(imports.plan(sample(SAMPLES[0])))
    return screen


def session(screen: Screen, code: str) -> ProgrammeSession:
    found = screen.services.programme.session(code)
    assert found is not None
    return found


def shown(page: ProgrammePage) -> list[str]:
    rows = range(page.model.rowCount())
    return [line.session.code for line in map(page.model.line, rows) if line is not None]


def test_without_a_programme_the_page_says_what_to_do(open_screen: Open) -> None:
    screen = open_screen()
    page = opened(screen)
    assert "There is no programme yet" in screen.words(page)
    assert not page.table.isVisible()
    assert page.import_button.hasFocus()
    screen.click("Import…")
    assert "Nothing is saved until" in screen.words(page)


def test_bringing_in_a_programme_is_looked_at_first_and_can_be_taken_back(open_screen: Open) -> None:
    screen = open_screen()
    page = opened(screen)
    page.open_import()
    bring_in(screen, page, sample(SAMPLES[0]))
    assert "Nothing has been saved yet" in screen.words(page)
    assert "+ 87 new" in screen.words(page)
    assert screen.services.programme.sessions() == []
    screen.click("Save 99 changes")
    assert "99 changes saved" in screen.words(page)
    assert len(screen.services.programme.sessions()) == 87
    screen.click("Undo this import")
    assert screen.services.programme.sessions() == []
    bring_in(screen, page, sample(SAMPLES[0]))
    screen.click("Save 99 changes")
    screen.press(Qt.Key.Key_Escape)
    assert page.model.rowCount() == 87


def test_what_is_odd_and_what_is_gone_is_said_before(screen: Screen) -> None:
    page = opened(screen)
    page.open_import()
    bring_in(screen, page, sample("tricky.ics"))
    assert "line 57: Ends before it starts" in page.review.details.toPlainText()
    assert "– 87 gone" in screen.words(page)
    page.review.gone.click()
    was_read(screen, page)
    screen.click("Save 95 changes")
    assert session(screen, "HP1A").cancelled


def test_a_file_that_is_none_is_refused_in_a_sentence(screen: Screen, tmp_path: Path) -> None:
    page = opened(screen)
    page.open_import()
    (tmp_path / "x.json").write_text("{")
    bring_in(screen, page, tmp_path / "x.json")
    assert "is not valid JSON" in screen.words(page)
    assert page.review.choose_button.isVisible()


def test_searching_by_code_title_room_and_day(screen: Screen) -> None:
    page = opened(screen)
    assert page.search.hasFocus()
    screen.bot.keyClicks(page.search, "hp1a")
    assert shown(page) == ["HP1A"]
    page.search.setText("ballroom caucus")
    assert len(shown(page)) == 13
    page.days.setCurrentIndex(page.days.findText("Fri May 5"))
    assert shown(page) == ["CX07", "CX08", "CX09", "CX10", "CX11", "CX12"]
    assert "6 sessions of 87" in screen.words(page)
    page.search.setText("nothing of the kind")
    assert shown(page) == []
    assert not page.change_button.isEnabled()


def change(screen: Screen, page: ProgrammePage, code: str, **texts: str) -> None:
    page.search.setText(code)
    screen.press(Qt.Key.Key_Down)
    screen.press(Qt.Key.Key_Return)
    for name, text in texts.items():
        made = page.form.inputs[name]
        if isinstance(made, QLineEdit):
            made.setText(text)
        else:
            assert isinstance(made, QComboBox)
            made.setCurrentIndex(made.findData(text))
    screen.click("Save")


def test_a_session_moves_by_keyboard_and_the_list_shows_it(screen: Screen) -> None:
    page = opened(screen)
    before = session(screen, "HP1A")
    change(screen, page, "HP1A", room="Ballroom Salon B", start="2023-05-04 9:00 AM", door="registered", counts="entry")
    after = session(screen, "HP1A")
    assert after.room == "Ballroom Salon B"
    assert after.end - after.start == before.end - before.start
    assert after.start.hour == 13
    assert (after.door, after.credit.kind) == (DoorPolicy.REGISTERED, CreditKind.ENTRY)
    assert page.page is page.list
    assert page.saved.text() == "HP1A is saved."
    line = page.model.line(0)
    assert line is not None
    assert line.cells[1:3] == ("9:00 – 10:15 AM", "Ballroom Salon B")


def test_what_counts_and_who_may_come_in_is_set_in_the_form_and_shown_there_again(screen: Screen) -> None:
    page = opened(screen)
    change(
        screen, page, "HP1A", least_percent="80", in_proportion="yes", audience="type: Speaker",
        breaks="9:00 AM - 9:10 AM",
    )  # fmt: skip
    after = session(screen, "HP1A")
    assert (after.credit.least_percent, after.credit.in_proportion, after.credit.breaks) == (80, True, ((30, 10),))
    assert after.audience.registration_types == ("Speaker",)
    page._open_chosen()
    assert page.form.changed() == {}


def test_only_what_was_changed_is_written(screen: Screen) -> None:
    page = opened(screen)
    page.search.setText("HP1A")
    page._open_chosen()
    screen.services.programme.change(session(screen, "HP1A").id, {"capacity": 12})  # by another station, meanwhile
    page.form.inputs["title"].setText("Another title")  # type: ignore[union-attr]
    screen.click("Save")
    after = session(screen, "HP1A")
    assert (after.title, after.capacity) == ("Another title", 12)


def test_a_session_that_was_in_no_file(screen: Screen) -> None:
    page = opened(screen)
    page.search.setText("HP1A")
    screen.click("Add")
    screen.click("Save")
    assert "needs a code and a title" in page.form.problem.text()
    for name, text in (("title", "Overflow"), ("code", "HP1X")):
        page.form.inputs[name].setText(text)  # type: ignore[union-attr]
    page.form.inputs["room"].setCurrentIndex(page.form.inputs["room"].findData("Executive Boardroom"))  # type: ignore[union-attr]
    screen.click("Save")
    made, like = session(screen, "HP1X"), session(screen, "HP1A")
    assert (made.title, made.room, made.start, made.credit) == (
        "Overflow",
        "Executive Boardroom",
        like.start,
        like.credit,
    )
    assert len(screen.services.programme.sessions()) == 88


def test_a_mistake_is_said_and_what_was_typed_stays(screen: Screen) -> None:
    page = opened(screen)
    before = session(screen, "HP1A")
    change(screen, page, "HP1A", start="soon")
    assert "“soon” is no time" in page.form.problem.text()
    assert page.form.inputs["start"].text() == "soon"  # type: ignore[union-attr]
    assert page.form.save_button.isEnabled()
    assert session(screen, "HP1A") == before


def test_cancelled_and_taken_up_again(screen: Screen) -> None:
    page = opened(screen)
    change(screen, page, "HP1A", cancelled="yes")
    assert session(screen, "HP1A").cancelled
    line = page.model.line(0)
    assert line is not None
    assert line.cells[4].startswith("CANCELLED")
    change(screen, page, "HP1A", cancelled="no")
    assert not session(screen, "HP1A").cancelled


def test_who_has_a_place_is_named_to_be_told(screen: Screen, station: Station) -> None:
    one = an_attendee("Zoë", "Núñez", agency="Savannah Police", number="000777")
    enrol(screen.store, one)
    screen.services.programme.enrol(one.attendee.id, session(screen, "HP1A").id)
    page = opened(screen)
    page.search.setText("HP1A")
    page._open_chosen()
    assert "1 person has a place" in screen.words(page)
    screen.click("Save")
    assert not page.saved.isVisible()  # nothing was changed
    page._open_chosen()
    page.form.inputs["capacity"].setText("12")  # type: ignore[union-attr]
    screen.click("Save")
    assert "HP1A is saved. 1 person has a place in it" in screen.words(page)
    page._open_chosen()
    screen.click("Who is enrolled")
    assert page.people.text.toPlainText().splitlines()[2:] == ["Zoë Núñez · Savannah Police · 000777"]
    screen.press(Qt.Key.Key_Escape)
    assert page.page is page.form
    screen.press(Qt.Key.Key_Escape)
    assert page.page is page.list
    screen.press(Qt.Key.Key_Escape)
    assert screen.window.desk.page is not page


def test_bringing_in_who_goes_where(screen: Screen, tmp_path: Path) -> None:
    page = opened(screen)
    page.open_enrolments()
    (tmp_path / "e.csv").write_text("badge_no,session_code\n000001,HP1A\n000008,HP1A\n999999,HP1A\n")
    bring_in(screen, page, tmp_path / "e.csv")
    assert "+ 2 new" in screen.words(page)
    assert "▲ 1 to decide" in screen.words(page)
    screen.click("Save 2 places")
    assert [each.first for each in screen.services.programme.enrolled(session(screen, "HP1A").id)] == [
        "Ada", "Mary-Kate",
    ]  # fmt: skip
    screen.press(Qt.Key.Key_Escape)
    page.search.setText("HP1A")
    line = page.model.line(0)
    assert line is not None
    assert line.cells[5] == "2 / 200"


def test_rooms_get_seats_and_directions(screen: Screen) -> None:
    page = opened(screen)
    screen.click("Rooms")
    page.rooms.names.setCurrentText("Atrium")
    page.rooms.capacity.setText("lots")
    screen.click("Save")
    assert "no number of seats" in page.rooms.problem.text()
    page.rooms.capacity.setText("40")
    page.rooms.directions.setText("ground floor")
    screen.click("Save")
    assert Room("Atrium", 40, "ground floor") in screen.services.programme.rooms()
    assert "Atrium · 40 seats · ground floor" in screen.words(page)


def test_a_file_for_others(screen: Screen, tmp_path: Path) -> None:
    page = opened(screen)
    page.export(tmp_path / "p.ics")
    screen.settle()
    assert "87 sessions written" in page.told.text()
    assert (tmp_path / "p.ics").exists()
    page.export(tmp_path / "nowhere" / "p.ics")
    screen.settle()
    assert "cannot be written" in page.told.text()


def test_a_scan_is_answered_while_the_programme_is_open(screen: Screen) -> None:
    opened(screen)
    assert screen.scan("000001").admitted
