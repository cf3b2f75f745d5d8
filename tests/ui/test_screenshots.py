"""Takes the pictures of docs/screenshots from the sample people, so that they cannot go stale.

A picture is written only where it differs from the one that is there.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QScrollArea

from kiosk.domain.print_jobs import JobEvent
from kiosk.domain.printer_words import what_to_do
from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import NotSaved
from kiosk.ui.screens.programme_page import ProgrammePage
from kiosk.ui.theme import Theme, load_scripts
from tests.builders import ANY_JOB
from tests.ui.conftest import Open, Screen
from tests.ui.test_appearance import STATES
from tests.ui.test_desk import refusing_disk
from tests.ui.test_find_and_walk_in import search, walk_in

FOLDER = os.environ.get("KIOSK_SCREENSHOTS", "")
"""Where to keep them: `make screenshots` says docs/screenshots. A test run keeps none."""
BEFORE = ("000001", "000011", "http://menu.example", "000005")
"""Who came before, so that the history is not empty."""


def keep(screen: Screen, name: str) -> QImage:
    """Grab the window; write it where it is new."""
    screen.settle()
    picture = screen.window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    if not FOLDER:
        return picture
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
    file = Path(FOLDER) / f"desk-{name.replace(' ', '-').removesuffix('-day')}.png"
    if QImage(str(file)).convertToFormat(QImage.Format.Format_RGB888) != picture:
        assert picture.save(str(file), "PNG")  # type: ignore[call-overload]
    return picture


def dress(qapp: QApplication, theme: Theme) -> Theme:
    theme.apply(qapp)
    load_scripts()
    return theme


def colours_of(picture: QImage) -> int:
    """How many colours are in a coarse copy of a picture; an empty window has few."""
    small = picture.scaled(160, 100)
    return len({small.pixel(x, y) for x in range(small.width()) for y in range(small.height())})


def arrive(screen: Screen, leave_out: str = "") -> None:
    screen.window.say("printer", "Printer ready")
    for code in BEFORE:
        if code != leave_out:
            screen.scan(code)


BY_NIGHT = ("ready", "admitted", "unpaid", "already", "stop", "search", "print trouble")


@pytest.mark.parametrize(
    "state, look",
    [
        *((state, "day") for state in (*STATES, "arabic", "print trouble", "print uncertain")),
        *((state, "night") for state in BY_NIGHT),
    ],
)
def test_each_state_of_the_desk(open_screen: Open, qapp: QApplication, look: str, state: str) -> None:
    screen = open_screen(theme=dress(qapp, Theme(dark=look == "night")))
    if state != "ready":
        arrive(screen, leave_out="000005" if state == "note and need" else "")
    if state == "search":
        search(screen, "smith john")
    elif state == "walk-in":
        page = walk_in(screen)
        screen.bot.keyClicks(page.form.inputs["last"], "smith")
        screen.bot.waitUntil(lambda: len(page._rows) == 3)
    elif state == "arabic":
        screen.scan("000007")
    elif state.startswith("print"):
        trouble(screen, uncertain="uncertain" in state)
    else:
        STATES[state](screen)
    if (focus := screen.window.focusWidget()) is not None and state not in (
        "search",
        "walk-in",
        "override",
        "placeholder",
    ):
        focus.clearFocus()
    assert colours_of(keep(screen, f"{state}-{look}")) > 12


def trouble(screen: Screen, uncertain: bool) -> None:
    screen.scan("000008")
    badges = screen.services.badges
    while (job := badges.queue.claim("pdf", ANY_JOB)) is not None and badges.latest(job.attendee_id) is not None:
        verdict = screen.window.flow.verdict
        assert verdict is not None
        assert verdict.attendee is not None
        if job.attendee_id == verdict.attendee.id:
            break
        badges.queue.move(job.id, JobEvent.START)
        badges.queue.move(job.id, JobEvent.CAME_OUT)
    assert job is not None
    two_printers(screen, trouble=not uncertain)
    if uncertain:
        badges.queue.move(job.id, JobEvent.START)
        screen.window.show_print_job(badges.queue.move(job.id, JobEvent.LOST))
    else:
        [now, *_others] = badges.printers.now()
        assert now.status is not None
        words = what_to_do(now.profile, now.status)
        screen.window.show_print_job(badges.queue.move(job.id, JobEvent.HOLD, words))
    screen.bot.waitUntil(lambda: "Badge 1" in screen.window.strip.text("printer"))


def two_printers(screen: Screen, trouble: bool) -> None:
    """Badge 1, out of labels where there is to be trouble, and Badge 2."""
    printers = screen.services.badges.printers
    for number, state in ((1, PrinterState.PAPER_OUT if trouble else PrinterState.READY), (2, PrinterState.READY)):
        name = f"Badge {number}"
        profile = PrinterProfile(
            f"badge-{number}", name, "zpl", "tcp", f"192.168.1.{number}", order=number - 1, labels_per_roll=500
        )
        printers.save(profile)
        left = 312 if number == 2 else 0 if trouble else 40
        printers.told(profile.id, PrinterStatus(state, labels_left=left))


def print_page(screen: Screen, state: str) -> None:
    """The printers' list, the form of one, its test page, or the queue."""
    two_printers(screen, trouble=True)
    for code in ("000008", "000006", "000007"):
        screen.scan(code)
    queue = screen.services.badges.queue
    for event, words in ((JobEvent.LOST, "Badge 1 took the badge and does not say whether it came out."),
                         (JobEvent.CAME_OUT, ""), (JobEvent.HOLD, "Badge 1 is out of labels.")):  # fmt: skip
        job = queue.claim("badge-1", ANY_JOB)
        assert job is not None
        queue.move(job.id, JobEvent.START)
        queue.move(job.id, event, words)
    screen.services.badges.ask_many(found.attendee.id for found in screen.services.find.find("smith", limit=12))
    screen.window.open_organize("Print queue" if state == "print queue" else "Printers")
    screen.settle()
    page = screen.window.desk.page
    if state == "printer form":
        page.edit(screen.services.badges.printers.profiles()[0])  # type: ignore[attr-defined]
    elif state == "test page":
        page.test(screen.services.badges.printers.profiles()[0])  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [(1280, 800), (1366, 768)], ids=["wide", "low"])
@pytest.mark.parametrize("look", ["day", "night"])
@pytest.mark.parametrize("state", ["printers", "printer form", "test page", "print queue"])
def test_printing(open_screen: Open, qapp: QApplication, state: str, look: str, size: tuple[int, int]) -> None:
    screen = open_screen(theme=dress(qapp, Theme(dark=look == "night")))
    screen.window.resize(*size)
    print_page(screen, state)
    screen.settle()
    assert (screen.window.width(), screen.window.height()) == size, "the window does not grow"
    areas = [area for area in screen.window.findChildren(QScrollArea) if area.isVisible()]
    assert all(area.verticalScrollBar().maximum() == 0 for area in areas), "all of it is in sight"
    if size == (1280, 800):
        assert colours_of(keep(screen, f"{state}-{look}")) > 4


@pytest.mark.expect_log
@pytest.mark.parametrize("look", ["day", "night"])
def test_not_saved(open_screen: Open, qapp: QApplication, look: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_screen(theme=dress(qapp, Theme(dark=look == "night")))
    arrive(screen)
    words = "The disk is full. Free some space, then scan again."
    with refusing_disk(screen, monkeypatch, NotSaved(words)):
        screen.scan("000008")
    assert words in screen.words()
    assert colours_of(keep(screen, f"not-saved-{look}")) > 12
    screen.press(Qt.Key.Key_Escape)


@pytest.mark.parametrize("look", ["day", "night"])
def test_empty(open_screen: Open, qapp: QApplication, look: str) -> None:
    screen = open_screen(people=[], theme=dress(qapp, Theme(dark=look == "night")))
    assert colours_of(keep(screen, f"empty-{look}")) > 4


@pytest.mark.parametrize("state", ["ready", "admitted", "note and need"])
def test_twice_the_text_size(open_screen: Open, qapp: QApplication, state: str) -> None:
    screen = open_screen(theme=dress(qapp, Theme(text_scale=2.0)))
    screen.window.resize(1366, 768)
    STATES[state](screen)
    assert colours_of(keep(screen, f"{state}-200-percent")) > 4


@pytest.mark.parametrize("look", ["day", "night"])
def test_organize(open_screen: Open, qapp: QApplication, look: str) -> None:
    screen = open_screen(theme=dress(qapp, Theme(dark=look == "night")))
    arrive(screen)
    screen.window.open_organize()
    assert colours_of(keep(screen, f"organize-{look}")) > 4


@pytest.mark.parametrize("look", ["day", "night"])
def test_the_conference(open_screen: Open, qapp: QApplication, look: str) -> None:
    screen = open_screen(theme=dress(qapp, Theme(dark=look == "night")))
    arrive(screen)
    screen.window.open_organize("Conference")
    screen.settle()
    assert colours_of(keep(screen, f"conference-{look}")) > 4


def test_what_an_import_would_do(open_screen: Open, qapp: QApplication) -> None:
    screen = open_screen(people=[], theme=dress(qapp, Theme()))
    screen.window.open_import()
    page = screen.window.desk.page
    page.read(sorted(Path("assets/sample/rosters").glob("eventbrite*.csv"))[0])  # type: ignore[attr-defined]
    screen.settle()
    assert "Nothing has been saved yet" in screen.words(page)
    assert colours_of(keep(screen, "import-day")) > 4


def a_programme(screen: Screen) -> ProgrammePage:
    service = screen.services.programme_files().programme
    service.write(service.plan(Path("assets/sample/program/plecet-2023.program.json")))
    screen.window.open_organize("Programme")
    screen.settle()
    page = screen.window.desk.page
    assert isinstance(page, ProgrammePage)
    return page


@pytest.mark.parametrize("look", ["day", "night"])
def test_the_programme(open_screen: Open, qapp: QApplication, look: str) -> None:
    screen = open_screen(theme=dress(qapp, Theme(dark=look == "night")))
    page = a_programme(screen)
    assert colours_of(keep(screen, f"programme-{look}")) > 12
    page.search.setText("HP1A")
    page._open_chosen()
    assert colours_of(keep(screen, f"session-{look}")) > 12


def test_a_session_at_twice_the_text_size(open_screen: Open, qapp: QApplication) -> None:
    screen = open_screen(theme=dress(qapp, Theme(text_scale=2.0)))
    screen.window.resize(1366, 768)
    page = a_programme(screen)
    page._open_chosen()
    assert colours_of(keep(screen, "session-200-percent")) > 4
    assert page.form.minimumSizeHint().width() <= page.width()


def test_what_bringing_in_a_programme_would_do(open_screen: Open, qapp: QApplication) -> None:
    screen = open_screen(theme=dress(qapp, Theme()))
    page = a_programme(screen)
    page.open_import()
    page.review.read(Path("assets/sample/program/tricky.ics"))
    screen.bot.waitUntil(lambda: not page.review.bar.isVisible())
    assert "Nothing has been saved yet" in screen.words(page)
    assert colours_of(keep(screen, "programme-import-day")) > 4
