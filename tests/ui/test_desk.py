"""What a volunteer relies on, at the window, with the real services behind it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from kiosk.domain.journal import Kind
from kiosk.domain.print_jobs import JobEvent, JobState
from kiosk.domain.verdicts import Outcome, RecordId
from kiosk.errors import NotSaved
from kiosk.ui.widgets.panel import FormPanel
from tests.builders import ANY_JOB
from tests.ui.conftest import Open, Screen

ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def test_a_scan_shows_who_it_is_in_one_answer(screen: Screen) -> None:
    screen.scan("000008")
    assert screen.outcome() is Outcome.ADMITTED
    card = screen.card()
    for line in (
        "CHECKED IN",
        "Sgt. Mary-Kate O’Sullivan",
        "Gainesville Police Department",
        "LOCAL · SWORN · Attendee",
        "000008",
    ):
        assert line in card
    assert screen.ear.heard == [Outcome.ADMITTED]
    assert "12:01 PM, Sgt. Mary-Kate O’Sullivan, Checked in" in screen.history()[0]
    assert "1 in of 11 expected" in screen.words()


def test_undo_is_one_key_and_the_next_scan_lets_them_in_again(screen: Screen) -> None:
    screen.scan("000008")
    screen.press(Qt.Key.Key_Z, CONTROL)
    assert "Undone" in screen.history()[0]
    assert "Undone: Sgt. Mary-Kate O’Sullivan is not checked in any more." in screen.words()
    assert "0 in of 11" in screen.words()
    screen.scan("000008")
    assert screen.outcome() is Outcome.ADMITTED


def test_undo_from_the_history_takes_back_the_line_it_stands_on(screen: Screen) -> None:
    screen.scan("000008")
    screen.scan("000001")
    screen.window.desk.history._rows[1]._undo.click()
    screen.settle()
    assert "Checked in" in screen.history()[0]
    assert "Undone" in screen.history()[1]
    assert screen.card().startswith("CHECKED IN"), "the person on the screen is not the one undone"


def test_already_in_says_when_where_and_by_whom(screen: Screen) -> None:
    screen.scan("000008")
    screen.scan("000008", later_s=1800)
    assert screen.outcome() is Outcome.ALREADY
    assert "12:01 PM, Desk 1, by Maria R." in screen.card()
    assert screen.ear.heard[-1] is Outcome.ALREADY


def test_a_stutter_of_the_scanner_is_silent_and_changes_nothing(screen: Screen) -> None:
    screen.scan("000008")
    screen.scan("000008", later_s=2)
    assert screen.outcome() is Outcome.ADMITTED
    assert screen.ear.heard == [Outcome.ADMITTED]
    assert len(screen.history()) == 1


def test_a_stutter_after_escape_is_shown_and_not_sounded(screen: Screen) -> None:
    screen.scan("000008")
    screen.press(Qt.Key.Key_Escape)
    screen.scan("000008", later_s=2)
    assert screen.window.desk.card.isVisible()
    assert screen.ear.heard == [Outcome.ADMITTED]


def test_reprint_from_already_in_asks_for_a_new_badge(screen: Screen) -> None:
    verdict = screen.scan("000008")
    assert verdict.attendee is not None
    badges = screen.services.badges
    first = badges.queue.claim("pdf", ANY_JOB)
    assert first is not None
    badges.queue.move(first.id, JobEvent.START)
    badges.queue.move(first.id, JobEvent.CAME_OUT)
    screen.scan("000008", later_s=1800)
    screen.press(Qt.Key.Key_1, ALT)
    assert "It will be badge 2 for Sgt. Mary-Kate O’Sullivan" in screen.words()
    assert badges.latest(verdict.attendee.id) == badges.queue.recent(1)[0], "nothing was asked for yet"
    screen.press(Qt.Key.Key_2, ALT)
    latest = badges.latest(verdict.attendee.id)
    assert latest is not None
    assert (latest.issue, latest.reason) == (first.issue + 1, "damaged")
    assert screen.outcome() is Outcome.ALREADY


def test_someone_else_had_this_badge_is_an_override_with_who_and_why(screen: Screen) -> None:
    screen.scan("000008")
    screen.scan("000008", later_s=1800)
    screen.press(Qt.Key.Key_3, ALT)
    assert screen.form().inputs["why"].text() == "Somebody else was checked in with this badge"


def test_an_unknown_code_says_what_it_looks_like(screen: Screen) -> None:
    screen.scan("https://example.org/menu")
    assert screen.outcome() is Outcome.UNKNOWN
    assert "web address" in screen.card()
    assert "Unknown code" in screen.history()[0]


def test_nobody_is_let_in_anyway_without_who_and_why(screen: Screen) -> None:
    screen.scan("000004")
    assert screen.outcome() is Outcome.REFUSED
    assert "Registration cancelled" in screen.card()
    screen.press(Qt.Key.Key_F8)
    screen.form().inputs["by"].setText("Deb")
    screen.form().submit()
    screen.settle()
    assert "There is a problem: please fill in Why." in screen.words()
    assert screen.outcome() is Outcome.REFUSED
    assert screen.window.focusWidget() is screen.form().inputs["why"]
    screen.form().inputs["why"].setText("Paid at the door")
    screen.form().submit()
    screen.settle()
    assert screen.outcome() is Outcome.ADMITTED
    record = screen.store.record_of(screen.window.flow.verdict.record)  # type: ignore[union-attr, arg-type]
    assert record.kind == Kind.ADMIT
    assert record.body["override"] is True


@contextmanager
def refusing_disk(
    screen: Screen,
    monkeypatch: pytest.MonkeyPatch,
    error: NotSaved = NotSaved("The disk is full."),  # noqa: B008
) -> Iterator[None]:
    """The disk takes nothing, as when it is full."""

    @contextmanager
    def write() -> Iterator[None]:
        raise error
        yield

    with monkeypatch.context() as patched:
        patched.setattr(screen.store, "write", write)
        yield


@pytest.mark.expect_log
def test_not_saved_stays_with_its_siren_until_somebody_has_seen_it(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing_disk(screen, monkeypatch):
        screen.scan("000008")
    assert screen.outcome() is Outcome.NOT_SAVED
    assert "The disk is full." in screen.words()
    assert screen.ear.siren
    screen.scan("000001")
    assert screen.outcome() is Outcome.NOT_SAVED, "an answer must not hide an alarm"
    assert screen.ear.siren
    screen.press(Qt.Key.Key_Escape)
    assert not screen.ear.siren
    assert "Ada Lovelace" in screen.card(), "what was scanned meanwhile is shown now"
    assert len(screen.history()) == 1


@pytest.mark.expect_log
def test_a_bug_in_a_scan_is_never_a_green(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(screen.services.check_in), "present", lambda *_: 1 // 0)
    screen.window.present("000008")
    screen.settle()
    assert screen.outcome() is Outcome.NOT_SAVED
    assert "Something unexpected happened" in screen.words()
    screen.press(Qt.Key.Key_Escape)


def test_printing_trouble_is_told_beside_the_answer(screen: Screen) -> None:
    verdict = screen.scan("000008")
    badges = screen.services.badges
    job = badges.queue.claim("pdf", ANY_JOB)
    assert job is not None
    held = badges.queue.move(job.id, JobEvent.HOLD, "The printer is out of labels. Load a roll.")
    screen.window.show_print_job(held)
    screen.settle()
    assert screen.outcome() is Outcome.ADMITTED
    assert "Badge not printed: The printer is out of labels. Load a roll." in screen.words()
    assert "Sgt. Mary-Kate O’Sullivan IS checked in." in screen.words()
    screen.scan("000001")
    assert "Sgt. Mary-Kate O’Sullivan IS checked in." in screen.words(), "the next person does not make it go away"
    screen.click("Retry")
    assert "Badge not printed" not in screen.words()
    latest = badges.latest(verdict.attendee.id)  # type: ignore[union-attr]
    assert latest is not None
    assert latest.state is JobState.QUEUED


def test_nobody_knows_whether_it_came_out_so_a_person_is_asked(screen: Screen) -> None:
    verdict = screen.scan("000008")
    badges = screen.services.badges
    job = badges.queue.claim("pdf", ANY_JOB)
    assert job is not None
    badges.queue.move(job.id, JobEvent.START)
    screen.window.show_print_job(badges.queue.move(job.id, JobEvent.LOST))
    screen.settle()
    assert "Did the badge for Sgt. Mary-Kate O’Sullivan come out?" in screen.words()
    screen.click("Yes")
    latest = badges.latest(verdict.attendee.id)  # type: ignore[union-attr]
    assert latest is not None
    assert latest.state is JobState.PRINTED
    assert "come out?" not in screen.words()


def test_trouble_of_the_last_run_is_shown_at_the_start(open_screen: Open) -> None:
    first = open_screen()
    first.scan("000008")
    job = first.services.badges.queue.claim("pdf", ANY_JOB)
    assert job is not None
    first.services.badges.queue.move(job.id, JobEvent.HOLD, "No paper.")
    second = open_screen(people=[])
    second.settle()
    assert "Badge not printed: No paper." in second.words()


def test_unpaid_is_one_question_and_then_green(screen: Screen) -> None:
    verdict = screen.scan("000002")
    assert screen.outcome() is Outcome.ATTENTION
    assert "ONE MORE THING" in screen.card()
    assert len(screen.question().buttons) in (2, 3)
    screen.press(Qt.Key.Key_1, ALT)
    assert screen.outcome() is Outcome.ADMITTED
    person = screen.services.roster.attendee(verdict.attendee.id)  # type: ignore[union-attr]
    assert person is not None
    assert not person.unpaid


def test_a_seat_gets_its_name_and_then_its_badge(screen: Screen) -> None:
    verdict = screen.scan("000003")
    assert verdict.attendee is not None
    assert screen.services.badges.latest(verdict.attendee.id) is None
    screen.press(Qt.Key.Key_1, ALT)
    assert screen.form().inputs["first"].text() == "", "nobody is called TBD"
    screen.form().inputs["first"].setText("Grace")
    screen.form().inputs["last"].setText("Hopper")
    screen.form().submit()
    screen.settle()
    assert "Grace Hopper" in screen.card()
    assert screen.outcome() is Outcome.ADMITTED
    assert screen.services.badges.latest(verdict.attendee.id) is not None


def test_note_and_access_need_are_seen_without_a_click(screen: Screen) -> None:
    screen.scan("000005")
    assert "Access need: ASL interpreter" in screen.card()
    assert "Note: Speaks at 4 PM" in screen.card()


def test_a_note_is_kept(screen: Screen) -> None:
    verdict = screen.scan("000008")
    screen.press(Qt.Key.Key_F9)
    screen.form().inputs["note"].setText("Left a bag")
    screen.form().submit()
    screen.settle()
    assert "Note: Left a bag" in screen.card()
    person = screen.services.roster.attendee(verdict.attendee.id)  # type: ignore[union-attr]
    assert person is not None
    assert person.note == "Left a bag"


def test_contact_details_are_masked_until_f7_is_held_and_the_journal_keeps_that(screen: Screen) -> None:
    screen.scan("000008")
    assert "mary.kate@gainesville.example" not in screen.card()
    screen.bot.keyPress(screen.window, Qt.Key.Key_F7)
    assert "mary.kate@gainesville.example" in screen.card()
    screen.bot.keyRelease(screen.window, Qt.Key.Key_F7)
    assert "mary.kate@gainesville.example" not in screen.card()
    screen.settle()
    assert kept(screen, Kind.REVEAL) == 1


def kept(screen: Screen, kind: Kind) -> int:
    """How many records of this kind this start of the station has written."""
    log, count, found = screen.store.journal.log, 0, 0
    with contextlib.suppress(KeyError):
        while True:
            count += 1
            found += screen.store.record_of(RecordId(log, count)).kind == kind
    return found


def test_a_slow_disk_freezes_nothing_and_loses_nothing(screen: Screen) -> None:
    screen.scan("000008")
    stalled, go_on = threading.Event(), threading.Event()

    def stall() -> None:
        with screen.store.reading():
            stalled.set()
            go_on.wait(30)

    disk = threading.Thread(target=stall)
    disk.start()
    try:
        stalled.wait(30)
        for code in ("000001", "000002", "000004"):
            screen.clock.forward(10)
            screen.window.present(code)
        screen.bot.waitUntil(lambda: "Checking…" in screen.words())
        assert not screen.window.desk.card.isVisible(), "the last person's green must not be taken for the next one's"
        assert "3 scans are waiting. None is lost." in screen.words()
        screen.window.open_search()
        screen.bot.keyClicks(screen.window.focusWidget(), "still typing")
        assert screen.window.focusWidget().text() == "still typing"  # type: ignore[attr-defined]
    finally:
        go_on.set()
        disk.join()
    screen.settle()
    assert [line.split(", ")[1] for line in screen.history()] == [
        "Carl Gone",
        "Bob Owing",
        "Ada Lovelace",
        "Sgt. Mary-Kate O’Sullivan",
    ]


def test_a_scan_before_the_store_is_open_waits_for_it(open_screen: Open) -> None:
    screen = open_screen(wait=False)
    screen.window.present("000008")
    assert "1 scan is waiting. None is lost." in screen.words()
    screen.window.use(screen.services)
    screen.bot.waitUntil(lambda: screen.window.flow.verdict is not None)
    assert screen.outcome() is Outcome.ADMITTED


def test_ready_is_said_once_the_desk_is_painted(open_screen: Open) -> None:
    screen = open_screen(wait=False)
    with screen.bot.waitSignal(screen.window.ready):
        screen.window.use(screen.services)


def test_a_scan_is_answered_from_ready_on(open_screen: Open) -> None:
    """Ready comes before the figures do; a scan at that very moment is not lost, and shown after the history is."""
    screen = open_screen(wait=False)
    screen.window.ready.connect(lambda: screen.window.present("000008"))
    screen.window.use(screen.services)
    screen.bot.waitUntil(lambda: screen.window.flow.verdict is not None)
    screen.settle()
    assert screen.outcome() is Outcome.ADMITTED
    assert screen.window.desk.card.isVisible()
    assert len(screen.history()) == 1


def test_an_empty_trigger_pull_leaves_the_screen_alone(screen: Screen) -> None:
    screen.scan("000008")
    screen.scan("   ")
    assert "Mary-Kate" in screen.card()
    assert len(screen.history()) == 1


def test_names_are_never_markup(screen: Screen) -> None:
    screen.scan("000014")
    assert "<img src=x" in screen.card()
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in screen.window.findChildren(QLabel))
    assert "\u202e" not in screen.window.desk.history._rows[0]._name.text()


def test_escape_always_leads_back_to_ready(screen: Screen) -> None:
    screen.scan("000004")
    screen.press(Qt.Key.Key_F8)
    screen.press(Qt.Key.Key_Escape)
    assert screen.window.desk.panel is None
    screen.press(Qt.Key.Key_Escape)
    assert screen.window.desk.page is screen.window.desk.ready_page
    for key in (Qt.Key.Key_F1, Qt.Key.Key_F2, Qt.Key.Key_F4, Qt.Key.Key_F12):
        screen.press(key)
        assert screen.window.desk.page is not screen.window.desk.ready_page
        screen.press(Qt.Key.Key_Escape)
        assert screen.window.desk.page is screen.window.desk.ready_page


def test_f3_brings_the_last_answer_back(screen: Screen) -> None:
    screen.scan("000008")
    screen.press(Qt.Key.Key_Escape)
    screen.press(Qt.Key.Key_F3)
    assert screen.window.desk.card.isVisible()
    assert screen.ear.heard == [Outcome.ADMITTED], "shown again, not sounded again"


def test_whoever_sits_down_is_named_beside_what_they_do(screen: Screen) -> None:
    screen.press(Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    form = screen.window.desk.page
    assert isinstance(form, FormPanel)
    form.inputs["name"].setText("Deb K.")
    screen.click("Sit down")
    assert "Deb K." in screen.window.strip.text("where")
    screen.scan("000008")
    screen.scan("000008", later_s=600)
    assert "by Deb K." in screen.card()


def test_what_is_serious_stays_until_somebody_has_seen_it(screen: Screen) -> None:
    screen.window.flow.notices.warn("The journal on this computer was damaged.")
    screen.window.flow.notices.warn("The disk is nearly full.")
    screen.scan("000008")
    screen.press(Qt.Key.Key_Escape)
    assert "The journal on this computer was damaged." in screen.words()
    screen.click("I have seen it")
    assert "The journal on this computer was damaged." not in screen.words()
    assert "The disk is nearly full." in screen.words()
    screen.click("I have seen it")
    assert "The disk is nearly full." not in screen.words()


def test_an_error_nobody_caught_is_one_sentence_whatever_thread_it_came_from(screen: Screen) -> None:
    thread = threading.Thread(target=lambda: screen.window.unforeseen.emit("Something unexpected happened."))
    thread.start()
    thread.join()
    screen.settle()
    assert "Something unexpected happened." in screen.words()
