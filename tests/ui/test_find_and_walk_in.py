"""People without a code in their hand: found by name, or added on the spot."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from kiosk.domain.sync_state import Fetched, SyncState, SyncStatus
from kiosk.domain.verdicts import Outcome
from kiosk.ui.screens.import_page import ImportPage
from kiosk.ui.screens.search import SearchPage
from kiosk.ui.screens.walk_in import WalkInPage
from tests.builders import enrol
from tests.ui.conftest import Open, Screen, the_people


def search(screen: Screen, text: str) -> SearchPage:
    screen.press(Qt.Key.Key_F2)
    page = screen.window.desk.page
    assert isinstance(page, SearchPage)
    screen.bot.keyClicks(page.input, text)
    screen.settle()
    screen.settle()  # letters typed during one search are looked for in the next
    return page


def rows(page: SearchPage) -> list[str]:
    return [str(page.results.index(row, 0).data()) for row in range(page.results.rowCount())]


def test_namesakes_are_told_apart_by_agency_and_masked_address(screen: Screen) -> None:
    found = rows(search(screen, "smith john"))
    assert len(found) == 3
    assert any("Savannah Police" in row and "j•••@savannah…" in row for row in found)
    assert not any("@savannah.example" in row for row in found)
    assert all("Not here yet" in row for row in found)


def test_enter_checks_in_whoever_is_chosen(screen: Screen) -> None:
    page = search(screen, "smith john")
    wanted = page.results.found(1)
    assert wanted is not None
    screen.bot.keyClick(page.input, Qt.Key.Key_Down)
    screen.bot.keyClick(page.input, Qt.Key.Key_Return)
    screen.settle()
    assert screen.outcome() is Outcome.ADMITTED
    assert wanted.attendee.agency in screen.card()
    assert "In since" in rows(search(screen, wanted.attendee.agency))[0]


def test_one_letter_is_too_little_and_nobody_is_said_in_words(screen: Screen) -> None:
    assert rows(search(screen, "s")) == []
    page = search(screen, "zzzzqqqq")
    assert rows(page) == []
    assert "Nobody of that name" in page.hint.text()


def test_the_list_always_belongs_to_what_is_typed(screen: Screen) -> None:
    page = search(screen, "")
    page.input.setText("smith")
    page.input.setText("lovelace")
    screen.settle()
    screen.settle()
    assert [row.split(",")[0] for row in rows(page)] == ["Ada Lovelace"]


def walk_in(screen: Screen) -> WalkInPage:
    screen.press(Qt.Key.Key_F4)
    page = screen.window.desk.page
    assert isinstance(page, WalkInPage)
    return page


def test_a_walk_in_is_added_checked_in_and_gets_a_badge(screen: Screen) -> None:
    page = walk_in(screen)
    assert len(page.form.inputs) == 5
    for key, text in {"first": "Grace", "last": "Hopper", "agency": "Navy"}.items():
        page.form.inputs[key].setText(text)
    screen.click("Add and check in")
    screen.settle()
    assert screen.outcome() is Outcome.ADMITTED
    assert "Grace Hopper" in screen.card()
    verdict = screen.window.flow.verdict
    assert verdict is not None
    assert verdict.attendee is not None
    assert screen.services.badges.latest(verdict.attendee.id) is not None


def test_a_walk_in_needs_a_last_name(screen: Screen) -> None:
    page = walk_in(screen)
    screen.click("Add and check in")
    assert "There is a problem: please fill in Last name." in screen.words(page)


def test_similar_people_are_shown_before_a_second_entry_is_made(screen: Screen) -> None:
    page = walk_in(screen)
    screen.bot.keyClicks(page.form.inputs["first"], "ada")
    screen.bot.keyClicks(page.form.inputs["last"], "lovelace")
    screen.bot.waitUntil(lambda: "Already on the list?" in screen.words(page))
    screen.click("Ada Lovelace")
    assert "Ada Lovelace" in screen.card()
    assert screen.services.roster.counts().people == 12


def test_the_agency_completes_from_the_roster(screen: Screen) -> None:
    page = walk_in(screen)
    screen.bot.keyClicks(page.form.inputs["agency"], "gai")
    screen.settle()
    completer = page.form.inputs["agency"].completer()
    completer.setCompletionPrefix("gai")
    assert completer.currentCompletion() == "Gainesville Police Department"
    completer.popup().hide()


ROSTER = """\
First Name,Last Name,Email,Ticket number
Ada,Lovelace,ada@x.example,A-1
TBD,TBD,,A-2
Grace,Hopper,g@x.example,A-3
"""


def read(screen: Screen, path: Path) -> ImportPage:
    screen.click("Import a list")
    page = screen.window.desk.page
    assert isinstance(page, ImportPage)
    page.read(path)
    screen.settle()
    return page


def test_an_empty_desk_offers_to_import_and_saves_nothing_before_the_last_button(
    open_screen: Open, tmp_path: Path
) -> None:
    screen = open_screen(people=[])
    assert "No attendees yet" in screen.words()
    path = tmp_path / "people.csv"
    path.write_text(ROSTER, encoding="utf-8")
    page = read(screen, path)
    assert "Nothing has been saved yet" in screen.words(page)
    assert "+ 2 new" in page.counts.text()
    assert "! 1 to decide" in page.counts.text()
    assert screen.services.roster.counts().people == 0
    screen.click("Import 2 people")
    assert screen.services.roster.counts().people == 2
    assert "2 people imported" in screen.words(page)
    screen.press(Qt.Key.Key_Escape)
    screen.scan("A-1")
    assert screen.outcome() is Outcome.ADMITTED


def test_a_roster_that_comes_from_the_hub_ends_the_question_for_a_list(open_screen: Open) -> None:
    screen = open_screen([])
    enrol(screen.store, the_people())
    screen.window.show_sync(SyncStatus(SyncState.ONLINE, fetching=Fetched(0.4)))
    screen.settle()
    assert "No attendees yet" in screen.words()
    screen.window.show_sync(SyncStatus(SyncState.ONLINE))
    screen.settle()
    assert "No attendees yet" not in screen.words()
    assert "0 in of 0 expected" not in screen.words()
    screen.window.open_search()
    screen.window.escape()
    assert "No attendees yet" not in screen.words()


def test_an_import_can_be_taken_back(open_screen: Open, tmp_path: Path) -> None:
    screen = open_screen(people=[])
    path = tmp_path / "people.csv"
    path.write_text(ROSTER, encoding="utf-8")
    page = read(screen, path)
    screen.click("Import 2 people")
    screen.click("Undo this import")
    assert "The import was taken back" in screen.words(page)
    assert screen.services.roster.counts().people == 0


def test_a_file_that_is_no_list_is_said_in_words(open_screen: Open, tmp_path: Path) -> None:
    screen = open_screen(people=[])
    path = tmp_path / "people.csv"
    path.write_bytes(b"\0" * 5000)
    page = read(screen, path)
    assert "This list cannot be read" in screen.words(page)
    assert page.text.text()


def test_a_scan_during_a_search_leaves_no_button_chosen(screen: Screen) -> None:
    search(screen, "smith")
    screen.scan("000008")
    assert screen.outcome() is Outcome.ADMITTED
    focused = screen.window.focusWidget()
    assert not isinstance(focused, QPushButton), "the next Enter would press it"
