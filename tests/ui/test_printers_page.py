"""Setting up printers, and the print queue: by keyboard, at once, with a way back."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QListWidget, QPushButton

from kiosk.domain.print_jobs import JobEvent, JobState, PrintJob
from kiosk.domain.printer_offers import Offer
from kiosk.domain.printers import Media, PrinterProfile, PrinterState, PrinterStatus, SelfPrinting
from kiosk.errors import BadInput
from kiosk.ui.screens.print_queue import PrintQueuePage
from kiosk.ui.screens.printer_form import PrinterForm
from kiosk.ui.screens.printers import PrintersPage
from kiosk.ui.services import PrintRoom
from tests.builders import ANY_JOB
from tests.ui.conftest import Screen
from tests.ui.test_appearance import tab_order

ONE = PrinterProfile("badge-1", "Badge 1", "zpl", "tcp", "10.0.0.9", media=Media(62), labels_per_roll=300, dpi=300)
TWO = replace(ONE, id="badge-2", name="Badge 2", address="10.0.0.10", order=1)
ZEBRA = Offer(PrinterProfile("", "Zebra, 203 dpi", "zpl", "tcp", model="zebra-203", dpi=203), "network, USB")
BROTHER = Offer(
    PrinterProfile("", "Brother QL-820", "brother", "usb", model="ql-820", media=Media(62), cut=True), "network, USB"
)
FOUND = replace(BROTHER, profile=replace(BROTHER.profile, address="/dev/usb/lp0"), words="USB")
LOCKED = Offer(
    PrinterProfile("", "DYMO LabelWriter 450", "dymo", "usb", "/dev/usb/lp1", media=Media(57, 102)),
    "USB",
    "This computer does not let us use it. Put this line into /etc/udev/rules.d/70-badges.rules:\n"
    'SUBSYSTEM=="usb", ATTR{idVendor}=="0922", TAG+="uaccess"',
)


def ready(value: object) -> Future[object]:
    future: Future[object] = Future()
    future.set_result(value)
    return future


def no_klingon(profile: PrinterProfile) -> None:
    if profile.address == "klingon":
        raise BadInput("There is no address called klingon.")


@pytest.fixture
def printing(screen: Screen) -> Screen:
    """A desk with two printers, both ready, and a room that finds two more."""
    printers = screen.services.badges.printers
    for profile in (ONE, TWO):
        printers.save(profile)
        printers.told(profile.id, PrinterStatus(PrinterState.READY))
    room = PrintRoom(
        check=no_klingon,
        test_page=lambda _id: ready("The test page is out."),  # type: ignore[arg-type, return-value]
        discover=lambda: ready([FOUND, LOCKED]),  # type: ignore[arg-type, return-value]
        models=lambda: [ZEBRA, BROTHER],
    )
    object.__setattr__(screen.services, "print_room", room)
    return screen


def printers_page(screen: Screen) -> PrintersPage:
    screen.window.open_organize("Printers")
    screen.settle()
    page = screen.window.desk.page
    assert isinstance(page, PrintersPage)
    return page


def queue_page(screen: Screen) -> PrintQueuePage:
    screen.window.open_organize("Print queue")
    screen.settle()
    page = screen.window.desk.page
    assert isinstance(page, PrintQueuePage)
    return page


def form_of(page: PrintersPage) -> PrinterForm:
    assert isinstance(page._panel, PrinterForm)
    return page._panel


def named(screen: Screen, name: str) -> QPushButton:
    """The visible button with this name for screen readers."""
    [found] = [b for b in screen.window.findChildren(QPushButton) if b.isVisible() and b.accessibleName() == name]
    return found


def push(screen: Screen, name: str) -> None:
    named(screen, name).click()
    screen.settle()


def test_without_printers_the_page_says_what_happens_instead(screen: Screen) -> None:
    printers_page(screen)
    assert "badges are saved as PDF files" in screen.words()
    assert screen.window.focusWidget() is named(screen, "Find printers")


def test_the_list_says_how_each_is_and_what_to_do(printing: Screen) -> None:
    printing.services.badges.printers.told("badge-1", PrinterStatus(PrinterState.COVER_OPEN))
    page = printers_page(printing)
    words = printing.words()
    assert "Badge 1 lid open · 300 labels" in words
    assert "Close the lid of Badge 1 until it clicks." in words
    assert "Badge 2 ready" in words
    printing.services.badges.printers.told("badge-1", PrinterStatus(PrinterState.READY))
    button = named(printing, "Test page: Badge 1")
    page._follow()
    assert "Badge 1 ready · 300 labels" in printing.words()
    assert "Close the lid" not in printing.words()
    assert named(printing, "Test page: Badge 1") is button, "nobody's place in the list is lost"


def test_a_new_roll(printing: Screen) -> None:
    printers = printing.services.badges.printers
    printers.new_roll("badge-1", 3)
    printers_page(printing)
    push(printing, "New roll: Badge 1")
    assert printers.labels_left("badge-1") == 300


def test_a_printer_that_was_found_is_added_and_taken_back(printing: Screen) -> None:
    page = printers_page(printing)
    push(printing, "Find printers")
    printing.bot.waitUntil(lambda: "Brother QL-820" in printing.words())
    assert 'ATTR{idVendor}=="0922"' in printing.words().replace("\u200b", ""), "what mends the permission"
    push(printing, "Copy what mends DYMO LabelWriter 450")
    assert QApplication.clipboard().text() == LOCKED.problem
    push(printing, "Add Brother QL-820")
    form = form_of(page)
    assert form.address.text() == "/dev/usb/lp0"
    form.name.setText("Badge 3")
    push(printing, "Save")
    printers = printing.services.badges.printers
    assert [(p.id, p.order, p.language) for p in printers.profiles()][-1] == ("badge-3", 2, "brother")
    assert "Badge 3 is added" in printing.words()
    push(printing, "Take it back")
    assert [p.id for p in printers.profiles()] == ["badge-1", "badge-2"]


def test_a_printer_by_hand_takes_from_its_model_what_that_knows(printing: Screen) -> None:
    page = printers_page(printing)
    push(printing, "Add by hand")
    form = form_of(page)
    form.name.setText("Lobby")
    form.address.setText("10.1.1.1")
    form.model.choose("ql-820")
    assert (form.wide.text(), form.long.text(), form.transport.value()) == ("62", "", "usb")
    form.transport.choose("tcp")
    push(printing, "Save")
    [made] = [p for p in printing.services.badges.printers.profiles() if p.name == "Lobby"]
    assert (made.language, made.transport, made.address, made.media) == ("brother", "tcp", "10.1.1.1", Media(62))


def test_what_is_changed_is_in_force_at_once_and_can_be_taken_back(printing: Screen) -> None:
    page = printers_page(printing)
    push(printing, "Set up: Badge 2")
    form = form_of(page)
    form.right.setText("1,5")
    form.darkness.setText("20")
    form.rotate.choose(90)
    form.wide.setText("57")
    form.long.setText("102")
    push(printing, "Save")
    printers = printing.services.badges.printers
    changed = printers.profile("badge-2")
    assert changed == replace(TWO, offset_x_mm=1.5, darkness=20, rotate=90, media=Media(57, 102))
    push(printing, "Take it back")
    assert printers.profile("badge-2") == TWO


@pytest.mark.parametrize(
    "line, text, words",
    [
        ("right", "far", "write a number"),
        ("darkness", "2.5", "write a whole number"),
        ("wide", "5000", "must lie between"),
        ("name", "Badge 1", "already"),
        ("address", "klingon", "no address called klingon"),
    ],
)
def test_what_cannot_be_is_said_beside_the_form_and_nothing_is_lost(
    printing: Screen, line: str, text: str, words: str
) -> None:
    page = printers_page(printing)
    push(printing, "Set up: Badge 2")
    form = form_of(page)
    getattr(form, line).setText(text)
    push(printing, "Save")
    assert words in form.problem.text()
    assert getattr(form, line).text() == text
    assert form.save_button.isEnabled()
    assert printing.services.badges.printers.profile("badge-2") == TWO


def test_a_printer_that_is_removed_comes_back(printing: Screen) -> None:
    printers_page(printing)
    push(printing, "Set up: Badge 2")
    push(printing, "Remove this printer")
    printers = printing.services.badges.printers
    assert [p.id for p in printers.profiles()] == ["badge-1"]
    push(printing, "Take it back")
    assert printers.profile("badge-2") == TWO


def test_what_was_measured_on_the_test_page_becomes_the_offset(printing: Screen) -> None:
    page = printers_page(printing)
    push(printing, "Test page: Badge 1")
    printing.bot.waitUntil(lambda: "The test page is out." in printing.words())
    inputs = page._panel.form.inputs  # type: ignore[union-attr]
    inputs["left"].setText("1.5")
    inputs["top"].setText("4")
    push(printing, "Save")
    profile = printing.services.badges.printers.profile("badge-1")
    assert profile is not None
    assert (profile.offset_x_mm, profile.offset_y_mm) == (1.5, -1)
    assert "+1.5 mm further right" in printing.words()


def test_a_line_too_long_corrects_the_resolution(printing: Screen) -> None:
    page = printers_page(printing)
    push(printing, "Test page: Badge 1")
    page._panel.form.inputs["line"].setText("74")  # type: ignore[union-attr]
    push(printing, "Save")
    profile = printing.services.badges.printers.profile("badge-1")
    assert profile is not None
    assert (profile.dpi, profile.offset_x_mm) == (203, 0)
    assert "Print the test page again" in printing.words()


def test_who_prints_by_itself(printing: Screen) -> None:
    page = printers_page(printing)
    chooser = page.findChildren(type(page._policy()))[0]
    chooser.setCurrentIndex(2)
    printing.settle()
    assert printing.services.badges.printers.self_printing is SelfPrinting.OFF


def test_escape_goes_one_step_back(printing: Screen) -> None:
    page = printers_page(printing)
    push(printing, "Set up: Badge 2")
    printing.press(Qt.Key.Key_Escape)
    assert named(printing, "Find printers").isVisible()
    printing.press(Qt.Key.Key_Escape)
    assert printing.window.desk.page is not page


def jobs(screen: Screen, *codes: str) -> list[PrintJob]:
    for code in codes:
        screen.scan(code)
    return [job for job, _who in screen.services.badges.lines(10)]


def test_the_queue_lists_who_needs_somebody_first(printing: Screen) -> None:
    jobs(printing, "000008", "000001")
    queue = printing.services.badges.queue
    job = queue.claim("badge-1", ANY_JOB)
    assert job is not None
    queue.move(job.id, JobEvent.START)
    queue.move(job.id, JobEvent.LOST, "The cable was pulled.")
    page = queue_page(printing)
    rows = [page.list.item(row).text() for row in range(page.list.count())]
    assert "Mary-Kate O’Sullivan · printed? Please look" in rows[0]
    assert "Ada Lovelace · waiting for its turn" in rows[1]
    assert "The cable was pulled." in printing.words()
    push(printing, "No, print it")
    latest = printing.services.badges.latest(job.attendee_id)
    assert latest is not None
    assert latest.copy == 2


def test_a_job_is_moved_and_taken_out(printing: Screen) -> None:
    jobs(printing, "000008")
    page = queue_page(printing)
    push(printing, "Print on Badge 2")
    [job] = printing.services.badges.queue.recent(5)
    assert job.wish == "badge-2"
    push(printing, "Take it out")
    [job] = printing.services.badges.queue.recent(5)
    assert (job.state, job.detail) == (JobState.FAILED, "Taken out of the queue.")
    assert "not printed" in page.list.item(0).text()
    push(printing, "Retry")
    assert [job.copy for job in printing.services.badges.queue.jobs(JobState.QUEUED)] == [2]


def test_what_is_printed_ahead_can_be_paused_and_taken_out(printing: Screen) -> None:
    badges = printing.services.badges
    people = [found.attendee.id for found in printing.services.find.find("smith", limit=12)]
    badges.ask_many(people)
    queue_page(printing)
    assert "Ahead of time: 0 of 3 printed" in printing.words()
    push(printing, "Pause")
    assert badges.queue.is_paused
    assert "paused" in printing.words()
    push(printing, "Go on")
    assert not badges.queue.is_paused
    push(printing, "Take the rest out")
    assert badges.ahead().to_print == 0


def test_an_empty_queue_says_so(printing: Screen) -> None:
    page = queue_page(printing)
    assert "Nothing was asked for yet." in printing.words()
    assert page.list.count() == 0


@pytest.mark.parametrize("state", ["list", "found", "form", "test page", "queue"])
def test_every_control_has_a_name_and_can_be_reached_by_tab(printing: Screen, state: str) -> None:
    jobs(printing, "000008")
    page = queue_page(printing) if state == "queue" else printers_page(printing)
    if isinstance(page, PrintersPage) and state != "list":
        {"found": page.look_for, "form": lambda: page.edit(ONE), "test page": lambda: page.test(ONE)}[state]()
    printing.settle()
    controls = [
        each
        for kind in (QAbstractButton, QLineEdit, QComboBox, QListWidget)
        for each in page.findChildren(kind)
        if each.isVisible() and each.isEnabled()
    ]
    assert controls
    for each in controls:
        assert each.accessibleName(), each.metaObject().className()
    assert {id(each) for each in controls} <= {id(each) for each in tab_order(printing)}
