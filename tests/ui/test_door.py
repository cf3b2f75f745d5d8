"""The door as a room monitor works with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QScrollArea
from pytestqt.qtbot import QtBot

from kiosk.domain.sync_state import SyncState, SyncStatus
from kiosk.domain.verdicts import Outcome, Reason
from kiosk.errors import NotSaved
from kiosk.storage.store import Store
from kiosk.ui import door_flow
from kiosk.ui.door_window import DoorWindow
from kiosk.ui.screens.door_more import ListPage
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.panel import FormPanel
from kiosk.ui.widgets.text import Elided
from tests.builders import Clock, a_session, hold, place
from tests.ui.doors import HERE, LISTED_ONLY, NEXT, SWORN_ONLY, DoorScreenUser, OpenDoor, a_door_window
from tests.ui.test_door_screenshots import SIZES, STATES, crowd


@pytest.fixture
def open_door(qtbot: QtBot, store: Store, services: DeskServices, info: DeskInfo, clock: Clock) -> Iterator[OpenDoor]:
    with a_door_window(qtbot, store, services, info, clock) as opener:
        yield opener


@pytest.fixture
def door(open_door: OpenDoor) -> DoorScreenUser:
    """A door a few minutes before its session begins."""
    return open_door()


def test_one_scan_is_one_answer_and_then_it_is_ready(door: DoorScreenUser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert door.ready
    door.scan("in")
    assert door.outcome() is Outcome.ADMITTED
    assert "IN\n" in door.card()
    assert "1 in the room · 179 seats left" in door.card()
    assert door.ear.heard == [Outcome.ADMITTED]
    timer = door.window.flow._stands
    assert (timer.isActive(), timer.interval()) == (True, door_flow.SHOWN_MS)
    timer.timeout.emit()
    assert door.ready


def test_a_new_scan_cuts_the_last_answer_short(door: DoorScreenUser) -> None:
    door.scan("in")
    door.scan("ada")
    assert "Ada Lovelace" in door.card()


def test_a_badge_held_up_twice_makes_no_second_sound(door: DoorScreenUser) -> None:
    door.scan("in")
    door.scan("in", later_s=8)
    assert door.ear.heard == [Outcome.ADMITTED]


def test_the_head_names_room_session_time_and_fill(door: DoorScreenUser) -> None:
    crowd(door, 142)
    head = door.window.door.head
    assert head.where.text() == "Ballroom Salon D · 1:30–2:45 PM"
    assert head.title.text() == HERE.title
    assert head.fill.words() == "142 / 180   78 %   this door only"
    door.clock.now = HERE.start
    door.window.flow.look()
    door.settle()
    assert head.where.text() == "Ballroom Salon D · now 1:30–2:45 PM"
    crowd(door, 38)
    assert head.fill.words().startswith("180 / 180   FULL")
    for words in (head.where.text(), head.title.text(), "180 / 180"):
        assert words in head.accessibleName()


def test_a_count_is_this_doors_only_until_the_hub_has_all_of_it(door: DoorScreenUser) -> None:
    door.window.show_sync(SyncStatus(SyncState.ONLINE, 0, door.clock.now))
    assert "this door only" not in door.window.door.head.fill.words()
    door.window.show_sync(SyncStatus(SyncState.OFFLINE, 37, door.clock.now))
    assert "this door only" in door.window.door.head.fill.words()


def test_wrong_room_names_the_right_one_and_one_tap_decides(door: DoorScreenUser) -> None:
    door.scan("elsewhere")
    assert door.outcome() is Outcome.REDIRECT
    assert "Ballroom Salon B · same floor, second door on the left" in door.card()
    assert not door.window.flow._stands.isActive(), "it stays until it is decided"
    for words in ("Send there", "Let in anyway"):
        assert door.button(words).height() >= 56
    door.click("Let in anyway")
    assert (door.outcome(), door.window.flow.verdict.reason) == (Outcome.ADMITTED, Reason.OVERRIDE)  # type: ignore[union-attr]
    assert door.button("No badge?")


def test_send_there_leaves_the_door_ready(door: DoorScreenUser) -> None:
    door.scan("elsewhere")
    door.press(Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert door.ready
    assert door.services.doors.now(door.window.flow.door).occupancy.inside == 0


def test_where_only_enrolled_people_may_come_a_supervisor_gives_a_name_and_a_reason(open_door: OpenDoor) -> None:
    door = open_door(here=LISTED_ONLY)
    door.scan("nowhere")
    assert door.outcome() is Outcome.REFUSED
    assert "Let in anyway" not in " ".join(door.buttons())
    door.click("Supervisor")
    form = door.window.door.page
    assert isinstance(form, FormPanel)
    form.inputs["by"].setText("Rosa")
    form.inputs["why"].setText("speaker's guest")
    form.submit()
    door.settle()
    assert (door.outcome(), "Khai Nguyen" in door.card()) == (Outcome.ADMITTED, True)


def test_a_group_of_its_own_turns_away_without_a_reason_on_the_screen(open_door: OpenDoor) -> None:
    door = open_door(here=SWORN_ONLY)
    door.scan("in")
    assert door.outcome() is Outcome.REDIRECT
    said = door.card().replace("LOCAL · SWORN", "")
    assert "sworn" not in said.casefold()


def test_a_full_room_offers_the_waiting_list_and_a_free_seat_goes_to_who_waits(door: DoorScreenUser) -> None:
    crowd(door, 180)
    door.scan("in")
    assert "ROOM FULL" in door.card()
    door.click("Waiting list")
    assert "Number 1 on the waiting list." in door.words()
    crowd(door, -1)
    assert "1 person waits for a seat." in door.words()
    door.press(Qt.Key.Key_F9)
    door.click("Waiting list")
    assert isinstance(door.window.door.page, ListPage)
    door.click("Sgt. Mary-Kate O’Sullivan")
    assert door.outcome() is Outcome.ADMITTED
    assert door.services.doors.now(door.window.flow.door).waiting == 0


def test_out_is_another_way_and_ends_when_the_next_session_opens(door: DoorScreenUser) -> None:
    door.scan("in")
    door.scan("ada")
    door.press(Qt.Key.Key_F7)
    assert door.window.door.head.property("way") == "out"
    assert "Scan on the way OUT" in door.words()
    door.scan("in")
    assert "OUT\n" in door.card()
    door.clock.now = HERE.end
    door.window.flow.look()
    door.settle()
    assert door.window.door.head.title.text() == NEXT.title, "without a tap"
    assert door.window.door.head.property("way") == "in"
    assert "1 person has not been scanned out" in door.words()


def test_whoever_stayed_behind_can_still_be_scanned_out_or_has_left_with_the_others(door: DoorScreenUser) -> None:
    door.scan("in")
    door.scan("ada")
    door.press(Qt.Key.Key_F7)
    door.clock.now = HERE.end
    door.window.flow.look()
    door.settle()
    door.click("Back to OUT")
    door.scan("in")
    assert "OUT\n" in door.card()
    door.press(Qt.Key.Key_F9)
    door.click("End of session")
    form = door.window.door.page
    assert isinstance(form, FormPanel)


def test_the_end_of_the_session_is_said_by_somebody(door: DoorScreenUser) -> None:
    door.scan("in")
    door.clock.now = HERE.end - timedelta(minutes=2)
    door.press(Qt.Key.Key_F9)
    door.click("End of session")
    form = door.window.door.page
    assert isinstance(form, FormPanel)
    assert form.inputs["by"].text() == "Maria R."
    form.submit()
    door.settle()
    assert "1 person is taken to have left at the end of" in door.words()


def test_three_letters_find_people_on_this_list_first(door: DoorScreenUser) -> None:
    door.press(Qt.Key.Key_F2)
    door.bot.keyClicks(door.window.focusWidget(), "lov")
    door.settle()
    page = door.window._search_page
    assert page is not None
    assert "On this list" in page.results.lines(page.results.found(0))[2]  # type: ignore[arg-type]
    door.press(Qt.Key.Key_Return)
    assert ("Ada Lovelace" in door.card(), door.outcome()) == (True, Outcome.ADMITTED)


def test_undo_takes_back_what_this_door_did_last(door: DoorScreenUser) -> None:
    door.scan("in")
    door.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "Undone: Sgt. Mary-Kate O’Sullivan, in." in door.words()
    assert door.services.doors.now(door.window.flow.door).occupancy.inside == 0
    door.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "nothing to undo" in door.words()


def test_what_another_door_of_the_room_did_is_not_undone_here(door: DoorScreenUser) -> None:
    door.services.doors.admit(door.people["ada"].attendee.id, door.window.flow.door)
    door.window.flow.refresh()
    door.settle()
    door.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "nothing to undo" in door.words()
    assert door.services.doors.now(door.window.flow.door).occupancy.inside == 1


def test_who_may_come_in_is_one_button_away(door: DoorScreenUser) -> None:
    door.press(Qt.Key.Key_F9)
    door.click("Who may come in")
    assert "Now: Ask me about the others." in door.words()
    door.click("Anyone, and put them on the list")
    door.scan("nowhere")
    assert (door.outcome(), door.window.flow.verdict.reason) == (Outcome.ADMITTED, Reason.ADDED)  # type: ignore[union-attr]
    door.press(Qt.Key.Key_F9)
    door.click("Who may come in")
    door.press(Qt.Key.Key_Escape)
    assert door.window.door.page is door.window.more.page


def test_the_last_scans_are_told_in_shape_and_word(door: DoorScreenUser) -> None:
    door.scan("ada")
    door.scan("elsewhere")
    door.scan("http://menu.example")
    row = door.window.door.last.accessibleName()
    assert row == " Unknown code, Rosa Alvarez Other room, Ada Lovelace In"


def test_people_without_a_badge_and_seats_are_counted(door: DoorScreenUser) -> None:
    door.scan("in")
    door.press(Qt.Key.Key_F9)
    door.click("+")
    door.click("+")
    door.click("−")
    assert door.window.more.page.number.text() == "1"
    door.click("Count seats")
    form = door.window.door.page
    assert isinstance(form, FormPanel)
    form.inputs["counted"].setText("many")
    form.submit()
    door.settle()
    assert "such as 142" in form.problem.text()
    form.inputs["counted"].setText("5")
    form.submit()
    door.settle()
    assert "5 seats taken, 2 people known to be inside: 3 came in without a scan." in door.words()


def test_nothing_scheduled_says_what_comes_and_a_supervisor_may_scan_anyway(open_door: OpenDoor) -> None:
    door = open_door(now=HERE.opens - timedelta(hours=2))
    assert "Nothing scheduled in this room now" in door.words()
    assert f"Next opens 1:00 PM: {HERE.title}" in door.words()
    door.scan("in")
    assert "TOO EARLY" in door.card()
    assert "The door opens at 1:00 PM" in door.card()
    door.press(Qt.Key.Key_Escape)
    door.press(Qt.Key.Key_F9)
    door.click("Scan anyway to")
    door.click(HERE.title)
    form = door.window.door.page
    assert isinstance(form, FormPanel)
    form.inputs["by"].setText("Rosa")
    form.submit()
    door.settle()
    assert door.window.door.head.title.text() == HERE.title
    door.scan("in")
    assert door.outcome() is Outcome.ADMITTED
    door.press(Qt.Key.Key_F9)
    door.click("Scan anyway to")
    door.click("By the clock")
    assert "Nothing scheduled in this room now" in door.words()


def test_a_session_that_moves_away_is_followed_without_a_tap(door: DoorScreenUser) -> None:
    door.services.programme.change(HERE.id, {"room": "Ballroom Salon C"})
    door.window.flow.look()
    door.settle()
    assert "Nothing scheduled in this room now" in door.words()
    door.scan("in")
    assert "Ballroom Salon C" in door.card()


def test_a_clock_that_is_off_is_said_beyond_two_minutes(door: DoorScreenUser) -> None:
    def off(seconds: int | None) -> None:
        offset_ms = None if seconds is None else seconds * 1000
        door.window.show_sync(SyncStatus(SyncState.ONLINE, 0, door.clock.now, clock_offset_ms=offset_ms))

    off(119)
    assert door.window.door.bar("clock") is None
    off(-1200)
    assert "20 minutes ahead of the hub" in door.words()
    off(None)
    assert door.window.door.bar("clock") is not None, "not measured is not put right"
    off(0)
    assert door.window.door.bar("clock") is None


@pytest.mark.expect_log
def test_what_is_not_saved_stays_until_somebody_has_seen_it(
    door: DoorScreenUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise NotSaved("The disk is full.")

    monkeypatch.setattr(door.store, "write", refuse)
    door.scan("in")
    assert (door.outcome(), door.ear.siren) == (Outcome.NOT_SAVED, True)
    door.press(Qt.Key.Key_Escape)
    assert not door.ear.siren


def test_scans_that_come_before_the_services_are_answered_in_order(
    qtbot: QtBot, store: Store, services: DeskServices, info: DeskInfo, clock: Clock, door: DoorScreenUser
) -> None:
    late = DoorWindow(None, door.window._info, speaker=door.ear)
    try:
        with qtbot.waitExposed(late):
            late.show()
        late.present("000008")
        late.present("000001")
        late.use(services)
        qtbot.waitUntil(lambda: late.flow._last is not None and late.flow._pending == 0)
        assert door.ear.heard == [Outcome.ADMITTED, Outcome.ADMITTED]
    finally:
        late.close()
        late.deleteLater()


def test_the_buttons_change_hands(door: DoorScreenUser) -> None:
    before = [door.button(words).x() for words in ("No badge?", "To OUT", "Undo", "More")]
    assert before == sorted(before)
    door.press(Qt.Key.Key_F9)
    door.click("Other hand")
    after = [door.button(words).x() for words in ("No badge?", "To OUT", "Undo", "More")]
    assert after == sorted(after, reverse=True)
    assert door.services.doors.left_hand


# How it looks


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", ["in", "already", "other room", "full", "stop", "unknown", "out", "desk later"])
def test_verdict_and_buttons_have_their_share(open_door: OpenDoor, size: str, state: str) -> None:
    door = open_door(size=SIZES[size])
    STATES[state](door)
    card, window = door.window.door.card, door.window
    assert window.size() == QSize(*SIZES[size]), "the window does not grow"
    assert card.height() >= 0.6 * window.height() or (size == "laptop" and card.height() >= 0.59 * window.height())
    sizes = [item.block.size_px for item in card._placed]
    assert sizes[0] >= (88 if size == "laptop" else 60)
    last = card._placed[-1]
    assert last.y + last.block.height <= card.height(), "nothing is cut off"
    for each in window.findChildren(QAbstractButton):
        if each.isVisible():
            assert each.mapTo(window, QPoint(0, 0)).y() >= window.height() * 2 / 3, each.text()
            assert each.height() >= 56


@pytest.mark.parametrize("size", SIZES)
def test_nothing_has_to_be_scrolled(open_door: OpenDoor, size: str) -> None:
    door = open_door(size=SIZES[size])
    for state in ("ready", "in", "other room", "no badge", "longest name"):
        STATES[state](door)
        door.settle()
        for area in door.window.findChildren(QScrollArea):
            if area.isVisible():
                assert area.verticalScrollBar().maximum() == 0, state
        door.press(Qt.Key.Key_Escape)


def test_every_page_of_the_door_fits_a_small_screen(open_door: OpenDoor) -> None:
    door = open_door(size=SIZES["small"])
    crowd(door, 180)
    door.scan("longest")
    door.click("Waiting list")
    window = door.window

    def more(words: str) -> None:
        window.open_more()
        door.settle()
        door.click(words)

    for opened in (
        window.open_more,
        window.open_organize,
        partial(window.open_organize, "This station"),
        window.open_keys,
        window.open_who,
        *(partial(more, words) for words in ("Waiting list", "Who may come in", "Scan anyway", "Count seats")),
    ):
        opened()
        door.settle()
        assert window.size() == QSize(*SIZES["small"])
        for area in window.findChildren(QScrollArea):
            if area.isVisible() and area.widget() is window.door.page:
                assert area.widget().width() <= area.viewport().width(), "sideways there is no way to the rest"
    window.open_keys()
    assert "From IN to OUT" in door.words()
    assert "F7 held" not in door.words(), "that is the desk's"


@pytest.mark.parametrize("state", ["ready", "in", "other room", "full", "more", "no badge"])
def test_nothing_is_cut_off_at_twice_the_text_size(open_door: OpenDoor, qapp: QApplication, state: str) -> None:
    theme = Theme(text_scale=2.0)
    theme.apply(qapp)
    door = open_door(theme=theme, size=(1366, 768))
    STATES[state](door)
    door.settle()
    assert door.window.size() == QSize(1366, 768)
    for area in door.window.findChildren(QScrollArea):
        if area.isVisible():
            assert area.widget().width() <= area.viewport().width()
    for each in [*door.window.findChildren(QLabel), *door.window.findChildren(QAbstractButton)]:
        of_qt = each.metaObject().className() == "QLineEditIconButton"
        if each.isVisible() and not isinstance(each, Elided) and not of_qt:
            needed = each.heightForWidth(each.width()) if each.hasHeightForWidth() else each.sizeHint().height()
            assert each.height() >= needed - 2, each.text()  # type: ignore[attr-defined]


@pytest.mark.parametrize("dark", [False, True])
def test_in_and_out_are_told_apart_without_colour(open_door: OpenDoor, qapp: QApplication, dark: bool) -> None:
    theme = Theme(dark=dark)
    theme.apply(qapp)
    door = open_door(theme=theme)

    def grey_head() -> float:
        head = door.window.door.head
        picture = head.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        step = 16
        dots = [
            picture.pixelColor(x, y).red()
            for x in range(0, picture.width(), step)
            for y in range(0, picture.height(), step)
        ]
        return sum(dots) / len(dots)

    before = grey_head()
    door.press(Qt.Key.Key_F7)
    assert abs(before - grey_head()) > 100


@pytest.mark.parametrize("state", ["in", "other room", "full", "more", "no badge"])
def test_every_control_has_a_name_and_can_be_reached_by_tab(door: DoorScreenUser, state: str) -> None:
    STATES[state](door)
    door.settle()
    controls = [
        each
        for kind in (QAbstractButton, QLineEdit)
        for each in door.window.findChildren(kind)
        if each.isVisible() and each.isEnabled() and each.metaObject().className() != "QLineEditIconButton"
    ]
    reached = set()
    door.window.door.setFocus()
    for _step in range(60):
        door.window.focusNextPrevChild(True)
        reached.add(id(door.window.focusWidget()))
    for each in controls:
        assert each.accessibleName(), each.metaObject().className()
        assert id(each) in reached, each.accessibleName()


def test_no_shortcut_is_a_letter_or_digit_alone(door: DoorScreenUser) -> None:
    door.scan("elsewhere")
    for shortcut in door.window.findChildren(QShortcut):
        assert re.fullmatch(r"(Ctrl|Alt)\+.|F\d+|Esc", shortcut.key().toString())
    door.press(Qt.Key.Key_F1)
    assert "From IN to OUT" in door.words()


def test_hostile_names_of_sessions_and_people_are_plain_text(door: DoorScreenUser) -> None:
    evil = a_session("EVIL", HERE.room, NEXT.start + timedelta(hours=2), title="<h1>" * 60 + "\u202e")
    hold(door.store, evil)
    place(door.store, evil, door.people["in"])
    door.clock.now = evil.start
    door.window.flow.look()
    door.settle()
    assert "<h1>" in door.window.door.head.title.text()
    door.scan("in")
    assert door.outcome() is Outcome.ADMITTED


def test_a_tablet_that_is_turned_shows_the_whole_title_and_the_time(open_door: OpenDoor) -> None:
    door = open_door(size=SIZES["laptop"])
    door.press(Qt.Key.Key_F7)
    head = door.window.door.head
    one_line = head.title.height()
    door.window.resize(600, 960)
    door.settle()
    assert one_line < head.title.height()
    assert head.title.height() >= head.title.heightForWidth(head.title.width())
    assert head.where.shown() == head.where.text(), "the session's time is cut off"
