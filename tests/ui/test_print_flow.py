"""Badges and printers at the desk: what is said, what can be done, and that the answer stays what it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from kiosk.domain.print_jobs import JobEvent, JobState, PrintJob
from kiosk.domain.printers import Media, PrinterProfile, PrinterState, PrinterStatus, SelfPrinting
from kiosk.domain.verdicts import Outcome
from kiosk.services.printers import Printers
from kiosk.ui.print_words import job_words, strip_words
from kiosk.ui.services import PrintRoom
from tests.builders import ANY_JOB
from tests.ui.conftest import Open, Screen

ONE = PrinterProfile("badge-1", "Badge 1", "zpl", "tcp", media=Media(62))
TWO = replace(ONE, id="badge-2", name="Badge 2", order=1)
READY, OUT = PrinterStatus(PrinterState.READY), PrinterStatus(PrinterState.PAPER_OUT)
ALT = Qt.KeyboardModifier.AltModifier
OUT_WORDS = "Badge 1 is out of labels. Put in a new roll of 62 mm and close the lid."


@pytest.fixture
def printing(screen: Screen) -> Screen:
    """A desk with two printers, both ready."""
    printers = screen.services.badges.printers
    for profile in (ONE, TWO):
        printers.save(profile)
        printers.told(profile.id, READY)
    return screen


def job_of(screen: Screen, *steps: tuple[JobEvent, str], code: str = "000008") -> PrintJob:
    """The badge of somebody who is let in, some steps on its way; the window hears of the last."""
    screen.scan(code)
    queue = screen.services.badges.queue
    job = queue.claim("badge-1", ANY_JOB)
    assert job is not None
    for event, words in steps:
        job = queue.move(job.id, event, words)
    screen.window.show_print_job(job)
    screen.settle()
    return job


HELD = ((JobEvent.START, ""), (JobEvent.ALL_SENT, ""), (JobEvent.STUCK, OUT_WORDS))
LOST = ((JobEvent.START, ""), (JobEvent.LOST, ""))


def now(screen: Screen, job: PrintJob) -> PrintJob:
    latest = screen.services.badges.latest(job.attendee_id)
    assert latest is not None
    return latest


def with_room(screen: Screen, room: PrintRoom) -> None:
    """Give the desk printers' threads that only take notes."""
    object.__setattr__(screen.window.flow.services, "print_room", room)


def test_the_strip_says_how_printers_are_by_name(printing: Screen) -> None:
    printers = printing.services.badges.printers
    printers.new_roll("badge-1", 312)
    printers.told("badge-1", OUT)
    printing.window.show_printers()
    job_of(printing, (JobEvent.HOLD, OUT_WORDS))
    printing.bot.waitUntil(
        lambda: printing.window.strip.text("printer") == "Badge 1 out of labels · Badge 2 ready · 1 to print"
    )


def test_a_badge_that_waits_can_be_printed_on_the_other_printer(printing: Screen) -> None:
    job = job_of(printing, (JobEvent.HOLD, OUT_WORDS))
    assert printing.outcome() is Outcome.ADMITTED, "a printer never changes the answer"
    assert f"Badge not printed: {OUT_WORDS}" in printing.words()
    assert "IS checked in" in printing.words()
    assert "not printed yet" in printing.card()
    printing.click("Print on Badge 2")
    assert (now(printing, job).wish, now(printing, job).state) == ("badge-2", JobState.QUEUED)
    assert "Badge not printed" not in printing.words()


def test_a_printer_of_the_same_labels_is_offered_first(printing: Screen) -> None:
    printers = printing.services.badges.printers
    printers.save(replace(TWO, media=Media(105, 148)))
    printers.save(replace(ONE, id="badge-3", name="Badge 3", order=2))
    for printer in ("badge-2", "badge-3"):
        printers.told(printer, READY)
    job_of(printing, (JobEvent.HOLD, OUT_WORDS))
    assert printing.button("Print on Badge 3").isVisible()


def test_only_a_printer_that_works_is_offered(printing: Screen) -> None:
    printing.services.badges.printers.told("badge-2", PrinterStatus(PrinterState.OFFLINE))
    job_of(printing, (JobEvent.HOLD, OUT_WORDS))
    assert [b.text() for b in printing.window.desk.bar("print").buttons] == ["Retry", "Write by hand"]  # type: ignore[union-attr]


@pytest.mark.parametrize("button, wish", [("Print on Badge 2", "badge-2"), ("Write by hand", None)])
def test_a_badge_the_printer_holds_is_asked_back(printing: Screen, button: str, wish: str | None) -> None:
    asked: list[tuple[str, str | None, str]] = []
    with_room(printing, PrintRoom(take_back=lambda job, wish, by: asked.append((job.id, wish, by))))
    job = job_of(printing, *HELD)
    assert f"Badge not printed: {OUT_WORDS}" in printing.words()
    assert "Retry" not in printing.words(), "it prints by itself once somebody helps"
    printing.click(button)
    assert asked == [(job.id, wish, "Maria R.")]
    assert now(printing, job).state is JobState.SENT, "only the printer's answer changes it"


def test_once_somebody_helped_the_bar_is_gone(printing: Screen) -> None:
    job = job_of(printing, *HELD)
    printing.window.show_print_job(printing.services.badges.queue.move(job.id, JobEvent.CAME_OUT))
    printing.settle()
    assert "Badge not printed" not in printing.words()
    assert "printed" in printing.card()


def test_taken_up_again_the_bar_stays_until_more_is_known(printing: Screen) -> None:
    job = job_of(printing, (JobEvent.HOLD, OUT_WORDS))
    queue = printing.services.badges.queue
    bar = printing.window.desk.bar("print")
    claimed = queue.claim("badge-1", ANY_JOB)
    assert claimed is not None
    printing.window.show_print_job(claimed)
    printing.settle()
    assert bar is not None
    assert printing.window.desk.bar("print") is bar
    printing.window.show_print_job(queue.move(job.id, JobEvent.HOLD, OUT_WORDS))
    printing.settle()
    assert printing.window.desk.bar("print") is bar, "whoever is about to press a button keeps it"


def test_no_print_it_makes_the_next_copy(printing: Screen) -> None:
    job = job_of(printing, *LOST)
    printing.click("No, print it")
    assert (now(printing, job).copy, now(printing, job).state) == (2, JobState.QUEUED)
    assert "come out?" not in printing.words()


def test_a_printer_that_never_says_can_be_trusted_from_now_on(printing: Screen) -> None:
    with_room(printing, PrintRoom(can_confirm=lambda _printer: False))
    job = job_of(printing, *LOST)
    printing.click("Stop asking")
    assert now(printing, job).state is JobState.PRINTED
    profile = printing.services.badges.printers.profile("badge-1")
    assert profile is not None
    assert profile.ask is False


def test_a_printer_that_can_say_is_always_asked_about(printing: Screen) -> None:
    job_of(printing, *LOST)
    assert [b.text() for b in printing.window.desk.bar("print").buttons] == ["Yes, it's here", "No, print it"]  # type: ignore[union-attr]


def test_what_somebody_settled_elsewhere_is_no_trouble_here(printing: Screen) -> None:
    job = job_of(printing, (JobEvent.HOLD, OUT_WORDS))
    printing.window.settle_print_job(printing.services.badges.cancel(job.id))
    printing.settle()
    assert "Badge not printed" not in printing.words()


def test_a_badge_taken_back_without_a_promise_is_a_question(printing: Screen) -> None:
    job = job_of(printing, *HELD)
    printing.window.settle_print_job(printing.services.badges.taken_back(job.id, False, "badge-2"))
    printing.settle()
    assert "come out?" in printing.words()


def test_a_station_that_asks_before_it_prints(printing: Screen) -> None:
    badges = printing.services.badges
    badges.printers.set_self_printing(SelfPrinting.ASK)
    verdict = printing.scan("000008")
    assert verdict.attendee is not None
    assert badges.latest(verdict.attendee.id) is None
    assert "Print a badge for Sgt. Mary-Kate O’Sullivan?" in printing.words()
    printing.scan("000001")
    assert "Print a badge for Sgt. Mary-Kate O’Sullivan?" not in printing.words()
    printing.click("Print it")
    assert [job.reason for job in badges.queue.recent(5)] == ["first"]
    assert "Print a badge" not in printing.words()
    printing.scan("000001")
    assert "Print a badge" not in printing.words(), "already in"


def test_a_reprint_before_the_first_is_printed_makes_no_second(printing: Screen) -> None:
    verdict = printing.scan("000008")
    printing.press(Qt.Key.Key_F6)
    assert verdict.attendee is not None
    latest = printing.services.badges.latest(verdict.attendee.id)
    assert latest is not None
    assert (latest.issue, latest.copy) == (1, 1)
    assert "on its way" in printing.words()


def test_changing_ones_mind_about_a_reprint(printing: Screen) -> None:
    job = job_of(printing, (JobEvent.START, ""), (JobEvent.CAME_OUT, ""))
    printing.press(Qt.Key.Key_F6)
    assert "Why a new badge?" in printing.words()
    printing.press(Qt.Key.Key_4, ALT)
    assert "Why a new badge?" not in printing.words()
    assert now(printing, job).id == job.id


def test_what_was_left_is_shown_first_thing(open_screen: Open) -> None:
    first = open_screen()
    printers = first.services.badges.printers
    for profile in (ONE, TWO):
        printers.save(profile)
    job_of(first, *HELD)
    first.services.badges.queue.recover()
    second = open_screen(people=[])
    second.settle()
    assert "Did the badge for Sgt. Mary-Kate O’Sullivan come out?" in second.words()


def test_sent_is_never_called_printed(printing: Screen) -> None:
    job = job_of(printing, (JobEvent.START, ""))
    job = printing.services.badges.queue.move(job.id, JobEvent.ALL_SENT, unasked=True)
    printing.window.show_print_job(job)
    assert "sent to Badge 1" in printing.card()
    assert job_words(job, "Badge 1") == "sent to Badge 1"


def test_words_for_the_strip(screen: Screen) -> None:
    printers: Printers = screen.services.badges.printers
    assert strip_words(printers.now(), 0) == "PDF not asked yet"
    printers.save(replace(ONE, enabled=False))
    assert strip_words(printers.now(), 2) == "2 to print"
    printers.save(ONE)
    for number in (2, 3, 4):
        printers.save(replace(TWO, id=f"badge-{number}", name=f"Badge {number}", order=number))
    for profile in printers.profiles():
        printers.told(profile.id, READY)
    assert strip_words(printers.now(), 0) == "Badge 1 ready"
    printers.told("badge-3", OUT)
    assert strip_words(printers.now(), 0) == "Badge 1 ready · Badge 3 out of labels"
