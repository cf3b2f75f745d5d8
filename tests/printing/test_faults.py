"""Every printer that is not there, with every fault, through the queue: one label, or a person is asked, in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.domain.print_jobs import JobState, PrintJob
from kiosk.printing.crew import Crew
from kiosk.printing.render import Drawn
from kiosk.services.badges import Badges
from kiosk.services.printers import Printers
from tests.builders import a_station, an_attendee, enrol
from tests.printing.desks import DRIVERS, PAGE, Desk, Sit
from tests.printing.emulators import COVER, PAPER_OUT
from tests.printing.fake_printer import wait_for

ADA = an_attendee("Ada", "Lovelace")
ADA_ID = ADA.attendee.id
ENDED = (JobState.PRINTED, JobState.UNCERTAIN)
WORDS = {PAPER_OUT: "Badge 1 is out of labels. Put in a new roll", COVER: "Close the lid of Badge 1 until it clicks."}


class Queue:
    """One badge asked for, on one printer, with a clock that is moved."""

    def __init__(self, badges: Badges, desk: Desk, now_s: list[float]) -> None:
        self.badges, self.desk, self._now_s = badges, desk, now_s

    @property
    def job(self) -> PrintJob:
        job = self.badges.latest(ADA_ID)
        assert job is not None
        return job

    def says(self, words: str) -> None:
        """The desk is told so, with the badge waiting or held."""
        wait_for(lambda: words in self.job.detail, words)
        assert self.job.state is JobState.WAITING or self.job.is_stuck

    def ends(self) -> PrintJob:
        """Printed, or a question, however long that takes by its own clock."""

        def over() -> bool:
            self._now_s[0] += 0.5
            time.sleep(0.01)
            return self.job.state in ENDED or (self.job.state is JobState.SENT and self.job.unasked)

        wait_for(over, "the end of the job")
        return self.job


@contextmanager
def queue_of(desk: Desk, folder: Path) -> Iterator[Queue]:
    now_s = [100.0]
    with a_station(folder) as station:
        enrol(station.store, ADA)
        badges = Badges(station.store, station.station, Printers(station.store, clock_s=lambda: now_s[0]))
        badges.printers.save(desk.printer.profile)
        crew = Crew(badges, lambda _profile: desk.printer, lambda badge, profile: Drawn(PAGE, ()), poll_s=0.02)
        badges.ask(ADA_ID)
        crew.start()
        try:
            yield Queue(badges, desk, now_s)
        finally:
            assert crew.close()


@pytest.fixture(params=list(DRIVERS))
def desk(request: pytest.FixtureRequest, sit: Sit) -> Desk:
    return sit(request.param)


def one_label(queue: Queue) -> None:
    """Out once; printed where the printer can say so, else a person is asked."""
    ended = queue.ends()
    if queue.desk.printer.can_confirm:
        assert ended.state in ENDED
    else:
        assert ended.state is JobState.UNCERTAIN
    queue.desk.paper.wait_for(lambda: len(queue.desk.paper.labels) == 1)
    assert queue.desk.paper.jobs == 1, "it was sent once"


@pytest.mark.parametrize("fault", [PAPER_OUT, COVER])
def test_before_the_badge(desk: Desk, tmp_path: Path, fault: str) -> None:
    if fault == COVER and "dymo" in desk.printer.profile.language:
        fault = PAPER_OUT  # it has no lid that it speaks of
    desk.paper.fault(fault)
    with queue_of(desk, tmp_path) as queue:
        queue.says(WORDS[fault])
        assert desk.paper.jobs == 0
        desk.paper.clear()
        one_label(queue)


def test_under_way(desk: Desk, tmp_path: Path) -> None:
    desk.paper.at_start = PAPER_OUT
    with queue_of(desk, tmp_path) as queue:
        queue.says(WORDS[PAPER_OUT])
        desk.paper.clear()
        one_label(queue)


def test_with_the_badge(desk: Desk, tmp_path: Path) -> None:
    desk.paper.at_end = PAPER_OUT
    with queue_of(desk, tmp_path) as queue:
        desk.paper.wait_for(lambda: bool(desk.paper.labels))
        desk.paper.clear()
        one_label(queue)


def test_a_line_that_breaks(desk: Desk, tmp_path: Path) -> None:
    desk.paper.drop_after = 200  # in the middle of the badge: it was asked how it is with less
    with queue_of(desk, tmp_path) as queue:
        assert queue.ends().state is JobState.UNCERTAIN
        assert "broke while it was printing" in queue.job.detail
        assert (desk.paper.labels, desk.paper.jobs) == ([], 0)


@pytest.mark.usefixtures("impatient")
def test_a_printer_that_is_not_there(desk: Desk, tmp_path: Path) -> None:
    desk.place.switch_off()
    desk.paper.silent = True
    with queue_of(desk, tmp_path) as queue:
        queue.says("Badge 1 does not answer. Is it switched on")
        assert desk.paper.jobs == 0
