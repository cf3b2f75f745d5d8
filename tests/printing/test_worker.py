from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.domain.badge import Badge
from kiosk.domain.print_jobs import JobEvent, JobState, PrintJob
from kiosk.domain.printers import PDF, PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import NotSaved
from kiosk.printing.layout import load_layout
from kiosk.printing.pdf_printer import PdfPrinter
from kiosk.printing.printer import Outcome, Printer, Sent
from kiosk.printing.render import Drawn, draw
from kiosk.printing.worker import PrintWorker
from kiosk.services.badges import Badges
from tests.builders import ANY_JOB, Desk, a_station, a_store, an_attendee, enrol
from tests.printing.fake_printer import BLANK, READY, FakePrinter, until

pytestmark = pytest.mark.usefixtures("qapp")

ADA = an_attendee("Ada", "Lovelace", code="000001", agency="Analytical Engines")
ADA_ID = ADA.attendee.id
GRACE = an_attendee("Grace", "Hopper")
GRACE_ID = GRACE.attendee.id
LAYOUT = load_layout()


def draw_badge(badge: Badge, profile: PrinterProfile) -> Drawn:
    return draw(LAYOUT, badge, profile.dpi)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path / "data") as desk:
        enrol(desk.store, ADA, GRACE)
        yield desk


@pytest.fixture
def badges(desk: Desk) -> Badges:
    return Badges(desk.store, desk.station)


@pytest.fixture
def working(badges: Badges) -> Iterator[Callable[[Printer], PrintWorker]]:
    workers: list[PrintWorker] = []

    def start(printer: Printer) -> PrintWorker:
        if printer.profile.id != PDF.id:
            badges.printers.save(printer.profile)
        workers.append(PrintWorker(badges, printer, draw_badge, poll_s=0.05))
        workers[-1].start()
        return workers[-1]

    yield start
    for worker in workers:
        assert worker.close()


def test_a_badge_asked_for_comes_out_as_a_file(
    badges: Badges, working: Callable[[Printer], PrintWorker], tmp_path: Path
) -> None:
    printer = PdfPrinter(tmp_path / "badges")
    working(printer)
    job = badges.ask(ADA_ID)
    done = until(badges, ADA_ID, JobState.PRINTED)
    assert done.printer == "pdf"
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
        until(badges, person.attendee.id, JobState.PRINTED)
    assert len(printer.out) == len(set(printer.out)) == 20


def test_what_was_left_by_an_earlier_run_is_printed_at_the_start(
    badges: Badges, working: Callable[[Printer], PrintWorker]
) -> None:
    printer = FakePrinter()
    badges.printers.save(printer.profile)
    badges.ask(ADA_ID)
    assert badges.queue.claim("fake", ANY_JOB) is not None
    working(printer)
    until(badges, ADA_ID, JobState.PRINTED)
    assert len(printer.out) == 1


def test_out_of_labels_waits_says_so_and_goes_on_by_itself(
    badges: Badges, working: Callable[[Printer], PrintWorker]
) -> None:
    printer = FakePrinter()
    printer.now = PrinterStatus(PrinterState.PAPER_OUT)
    working(printer)
    badges.ask(ADA_ID)
    assert "Fake is out of labels" in until(badges, ADA_ID, JobState.WAITING).detail
    printer.now = READY
    until(badges, ADA_ID, JobState.PRINTED)
    assert len(printer.out) == 1


def test_a_page_the_printer_never_took_is_tried_again(
    badges: Badges, working: Callable[[Printer], PrintWorker]
) -> None:
    printer = FakePrinter(Outcome(Sent.NOT_STARTED), Outcome(Sent.NOT_STARTED))
    working(printer)
    badges.ask(ADA_ID)
    until(badges, ADA_ID, JobState.PRINTED)
    assert len(printer.out) == 1


@pytest.mark.expect_log
@pytest.mark.parametrize("outcome", [Outcome(Sent.UNKNOWN, words="The cable was pulled."), RuntimeError("bug")])
def test_what_nobody_knows_is_asked_and_never_repeated(
    badges: Badges, working: Callable[[Printer], PrintWorker], outcome: Outcome | Exception
) -> None:
    printer = FakePrinter(outcome)
    working(printer)
    badges.ask(ADA_ID)
    until(badges, ADA_ID, JobState.UNCERTAIN)
    time.sleep(0.2)
    assert badges.latest(ADA_ID) == until(badges, ADA_ID, JobState.UNCERTAIN)
    assert len(printer.out) <= 1


def test_a_printer_that_hangs_holds_up_nobody(desk: Desk, badges: Badges) -> None:
    printer = FakePrinter()
    printer.hang.clear()
    badges.printers.save(printer.profile)
    worker = PrintWorker(badges, printer, draw_badge, poll_s=0.05)
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
    job = until(badges, strange.attendee.id, JobState.FAILED)
    assert "𓀀" in job.detail
    assert printer.out == []


@pytest.mark.expect_log
def test_a_badge_that_cannot_be_drawn_does_not_stop_the_next(desk: Desk, badges: Badges) -> None:
    other = an_attendee("Grace", "Hopper")
    enrol(desk.store, other)
    printer = FakePrinter()

    def draw_all_but_ada(badge: Badge, _profile: PrinterProfile) -> Drawn:
        if badge.big == "Ada":
            raise ZeroDivisionError
        return BLANK

    badges.printers.save(printer.profile)
    worker = PrintWorker(badges, printer, draw_all_but_ada, poll_s=0.05)
    badges.ask(ADA_ID)
    badges.ask(other.attendee.id)
    worker.start()
    until(badges, other.attendee.id, JobState.PRINTED)
    assert "by hand" in until(badges, ADA_ID, JobState.FAILED).detail
    assert worker.close()


@pytest.mark.expect_log
@pytest.mark.parametrize(
    "failing, later, end",
    [
        ("start", Sent.UNKNOWN, JobState.PRINTED),
        ("came_out", Sent.UNKNOWN, JobState.UNCERTAIN),
        ("came_out", Sent.PRINTED, JobState.PRINTED),  # the printer still knows
    ],
)
def test_a_disk_that_refuses_for_a_moment_prints_nothing_twice(
    badges: Badges,
    working: Callable[[Printer], PrintWorker],
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
    later: Sent,
    end: JobState,
) -> None:
    move, failed = badges.queue.move, []

    def refuse_once(job: str, event: str, detail: str = "", **more: bool) -> PrintJob:
        if event == failing and not failed:
            failed.append(event)
            raise NotSaved("The disk is full.")
        return move(job, event, detail, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(badges.queue, "move", refuse_once)
    printer = FakePrinter()
    printer.later = Outcome(later)
    working(printer)
    badges.ask(ADA_ID)
    until(badges, ADA_ID, end)
    assert len(printer.out) == 1


def test_a_file_that_is_there_after_a_crash_is_printed_and_nobody_is_asked(
    badges: Badges, working: Callable[[Printer], PrintWorker], tmp_path: Path
) -> None:
    printer = PdfPrinter(tmp_path / "badges")
    assert printer.status().state is PrinterState.READY
    people = [badges.ask(ADA_ID), badges.ask(GRACE_ID)]
    for _person in people:
        job = badges.queue.claim("pdf", ANY_JOB)
        assert job is not None
        badges.queue.move(job.id, JobEvent.START)
    printer.path_of(people[0].id).write_bytes(b"%PDF")
    working(printer)
    assert until(badges, ADA_ID, JobState.PRINTED).copy == 1
    assert until(badges, GRACE_ID, JobState.UNCERTAIN).copy == 1


KILLED = """
import sys, threading
sys.path.insert(0, {root!r})
from pathlib import Path
from kiosk.printing.crew import Crew
from kiosk.services.badges import Badges
from kiosk.services.station import Station
from tests.builders import a_store
from tests.printing.fake_printer import BLANK, FakePrinter

class Printer(FakePrinter):
    def send(self, page, job_id, stopped):
        with open({paper!r}, "a") as paper:
            paper.write(job_id + "\\n")
        print("PRINTING", flush=True)
        threading.Event().wait()

with a_store(Path({data!r})) as store:
    badges = Badges(store, Station(store))
    Crew(badges, lambda profile: Printer(profile=profile), lambda badge, profile: BLANK).start()
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
        printer = FakePrinter(profile=PDF)
        worker = PrintWorker(badges, printer, draw_badge, poll_s=0.05)
        worker.start()
        job = until(badges, ADA_ID, JobState.UNCERTAIN)
        assert badges.came_out(job.id, False).copy == 2
        until(badges, ADA_ID, JobState.PRINTED)
        assert worker.close()
    assert paper.read_text().split() == [job.id]
    assert printer.out == [f"{ADA_ID}-1-2"]
