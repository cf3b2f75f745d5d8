from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from kiosk.domain.print_jobs import JobState, PrintJob
from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import NotSaved
from kiosk.printing.bitmap import Page
from kiosk.printing.layout import load_layout
from kiosk.printing.pdf_printer import PdfPrinter
from kiosk.printing.printer import Outcome, Printer, Sent
from kiosk.printing.render import draw
from kiosk.printing.worker import PrintWorker
from kiosk.services.badges import Badges
from tests.builders import Desk, a_station, a_store, an_attendee, enrol

pytestmark = pytest.mark.usefixtures("qapp")

ADA = an_attendee("Ada", "Lovelace", code="000001", agency="Analytical Engines")
ADA_ID = ADA.attendee.id
READY = PrinterStatus(PrinterState.READY)
LAYOUT = load_layout()


class FakePrinter:
    """Does as it is told, and keeps what came out."""

    name = "Fake"
    dpi = 150
    profile = PrinterProfile("fake", "Fake", "zpl", "tcp")
    can_confirm = True

    def __init__(self, *outcomes: Outcome | Exception) -> None:
        self.outcomes = list(outcomes)
        self.now = READY
        self.out: list[str] = []
        self.hang = threading.Event()
        self.hang.set()
        self.busy = threading.Event()

    def status(self) -> PrinterStatus:
        return self.now

    def send(self, page: Page, job_id: str, stopped: Callable[[], bool]) -> Outcome:
        self.busy.set()
        self.hang.wait(20)
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome(Sent.PRINTED)
        if isinstance(outcome, Exception):
            raise outcome
        if outcome.sent is not Sent.NOT_STARTED:
            self.out.append(job_id)
        return outcome

    def follow(self, job_id: str, stopped: Callable[[], bool]) -> Outcome:
        return Outcome(Sent.SENT)

    def cancel(self) -> bool:
        return False


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path / "data") as desk:
        enrol(desk.store, ADA)
        yield desk


@pytest.fixture
def badges(desk: Desk) -> Badges:
    return Badges(desk.store, desk.station)


@pytest.fixture
def working(badges: Badges) -> Iterator[Callable[[Printer], PrintWorker]]:
    workers: list[PrintWorker] = []

    def start(printer: Printer) -> PrintWorker:
        workers.append(PrintWorker(badges, printer, partial(draw, LAYOUT), poll_s=0.05))
        workers[-1].start()
        return workers[-1]

    yield start
    for worker in workers:
        assert worker.close()


def until(badges: Badges, *states: JobState, who: str = ADA_ID) -> PrintJob:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        job = badges.latest(who)
        if job is not None and job.state in states:
            return job
        time.sleep(0.005)
    raise AssertionError(f"the job is {badges.latest(who)}")


def test_a_badge_asked_for_comes_out_as_a_file(
    badges: Badges, working: Callable[[Printer], PrintWorker], tmp_path: Path
) -> None:
    printer = PdfPrinter(tmp_path / "badges")
    working(printer)
    job = badges.ask(ADA_ID)
    done = until(badges, JobState.PRINTED)
    assert done.printer == "PDF"
    data = printer.path_of(job.id).read_bytes()
    assert data.startswith(b"%PDF")
    assert b"Lovelace" not in data


def test_five_hundred_asks_are_five_hundred_badges(
    desk: Desk, badges: Badges, working: Callable[[Printer], PrintWorker]
) -> None:
    people = [an_attendee(f"P{n}", "X") for n in range(20)]
    enrol(desk.store, people)
    printer = FakePrinter()
    working(printer)
    for _ in range(25):
        for person in people:
            badges.ask(person.attendee.id)
    for person in people:
        until(badges, JobState.PRINTED, who=person.attendee.id)
    assert len(printer.out) == len(set(printer.out)) == 20


def test_what_was_left_by_an_earlier_run_is_printed_at_the_start(
    badges: Badges, working: Callable[[Printer], PrintWorker]
) -> None:
    badges.ask(ADA_ID)
    badges.claim("Fake")
    printer = FakePrinter()
    working(printer)
    until(badges, JobState.PRINTED)
    assert len(printer.out) == 1


def test_out_of_labels_waits_says_so_and_goes_on_by_itself(
    badges: Badges, working: Callable[[Printer], PrintWorker]
) -> None:
    printer = FakePrinter()
    printer.now = PrinterStatus(PrinterState.PAPER_OUT)
    working(printer)
    badges.ask(ADA_ID)
    assert "Fake is out of labels" in until(badges, JobState.WAITING).detail
    printer.now = READY
    until(badges, JobState.PRINTED)
    assert len(printer.out) == 1


def test_a_page_the_printer_never_took_is_tried_again(
    badges: Badges, working: Callable[[Printer], PrintWorker]
) -> None:
    printer = FakePrinter(Outcome(Sent.NOT_STARTED), Outcome(Sent.NOT_STARTED))
    working(printer)
    badges.ask(ADA_ID)
    until(badges, JobState.PRINTED)
    assert len(printer.out) == 1


@pytest.mark.expect_log
@pytest.mark.parametrize(
    "outcome", [Outcome(Sent.UNKNOWN, words="The cable was pulled."), Outcome(Sent.SENT), RuntimeError("bug")]
)
def test_what_nobody_knows_is_asked_and_never_repeated(
    badges: Badges, working: Callable[[Printer], PrintWorker], outcome: Outcome | Exception
) -> None:
    printer = FakePrinter(outcome)
    working(printer)
    badges.ask(ADA_ID)
    until(badges, JobState.UNCERTAIN)
    time.sleep(0.2)
    assert badges.latest(ADA_ID) == until(badges, JobState.UNCERTAIN)
    assert len(printer.out) <= 1


def test_a_printer_that_hangs_holds_up_nobody(desk: Desk, badges: Badges) -> None:
    printer = FakePrinter()
    printer.hang.clear()
    worker = PrintWorker(badges, printer, partial(draw, LAYOUT), poll_s=0.05)
    worker.start()
    badges.ask(ADA_ID)
    assert printer.busy.wait(20)
    assert desk.scan("000001").admitted
    begun = time.monotonic()
    assert worker.close() is False
    assert time.monotonic() - begun < 5
    printer.hang.set()
    assert worker.close()


def test_boxes_are_never_printed_for_letters(
    desk: Desk, badges: Badges, working: Callable[[Printer], PrintWorker]
) -> None:
    strange = an_attendee("Ada 𓀀", "X")
    enrol(desk.store, strange)
    printer = FakePrinter()
    working(printer)
    badges.ask(strange.attendee.id)
    job = until(badges, JobState.FAILED, who=strange.attendee.id)
    assert "𓀀" in job.detail
    assert printer.out == []


@pytest.mark.expect_log
def test_a_badge_that_cannot_be_drawn_does_not_stop_the_next(desk: Desk, badges: Badges) -> None:
    other = an_attendee("Grace", "Hopper")
    enrol(desk.store, other)
    printer = FakePrinter()

    def draw_all_but_ada(badge: object, dpi: int) -> object:
        if badge.big == "Ada":  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return draw(LAYOUT, badge, dpi)  # type: ignore[arg-type]

    worker = PrintWorker(badges, printer, draw_all_but_ada, poll_s=0.05)  # type: ignore[arg-type]
    badges.ask(ADA_ID)
    badges.ask(other.attendee.id)
    worker.start()
    until(badges, JobState.PRINTED, who=other.attendee.id)
    assert "by hand" in until(badges, JobState.FAILED).detail
    assert worker.close()


@pytest.mark.expect_log
@pytest.mark.parametrize("failing, out", [("start", 1), ("came_out", 1)])
def test_a_disk_that_refuses_for_a_moment_prints_nothing_twice(
    badges: Badges, working: Callable[[Printer], PrintWorker], monkeypatch: pytest.MonkeyPatch, failing: str, out: int
) -> None:
    move, failed = badges.move, []

    def refuse_once(job: str, event: str, detail: str = "") -> PrintJob:
        if event == failing and not failed:
            failed.append(event)
            raise NotSaved("The disk is full.")
        return move(job, event, detail)  # type: ignore[arg-type]

    monkeypatch.setattr(badges, "move", refuse_once)
    printer = FakePrinter()
    working(printer)
    badges.ask(ADA_ID)
    until(badges, JobState.PRINTED if failing == "start" else JobState.UNCERTAIN)
    assert len(printer.out) == out


KILLED = """
import sys, threading
sys.path.insert(0, {root!r})
from pathlib import Path
from kiosk.domain.printers import PrinterState, PrinterStatus
from kiosk.printing.worker import PrintWorker
from kiosk.printing.render import Drawn
from kiosk.printing.bitmap import Bitmap, Page
from kiosk.services.badges import Badges
from kiosk.services.station import Station
from tests.builders import a_store

class Printer:
    name, dpi, profile, can_confirm = "Slow", 150, None, True
    def status(self):
        return PrinterStatus(PrinterState.READY)
    def send(self, page, job_id, stopped):
        with open({paper!r}, "a") as paper:
            paper.write(job_id + "\\n")
        print("PRINTING", flush=True)
        threading.Event().wait()

with a_store(Path({data!r})) as store:
    badges = Badges(store, Station(store))
    page = Page(Bitmap(8, 1, 150, b"\\x00"), 1, 1)
    PrintWorker(badges, Printer(), lambda badge, dpi: Drawn(page, ())).start()
    badges.ask({who!r})
    threading.Event().wait()
"""


def test_killed_while_printing_asks_a_person(tmp_path: Path) -> None:
    data, paper = tmp_path / "killed", tmp_path / "paper"
    with a_store(data) as store:
        enrol(store, ADA)
    root = str(Path(__file__).parents[2])
    script = KILLED.format(root=root, paper=str(paper), data=str(data), who=str(ADA_ID))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"PRINTING"
        process.kill()
    with a_station(data) as desk:
        badges = Badges(desk.store, desk.station)
        printer = FakePrinter()
        worker = PrintWorker(badges, printer, partial(draw, LAYOUT), poll_s=0.05)
        worker.start()
        job = until(badges, JobState.UNCERTAIN)
        assert badges.came_out(job.id, False).copy == 2
        until(badges, JobState.PRINTED)
        assert worker.close()
    assert paper.read_text().split() == [job.id]
    assert printer.out == [f"{ADA_ID}-1-2"]
