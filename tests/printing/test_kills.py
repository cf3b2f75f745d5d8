"""The program killed while it prints, again and again: no badge comes out twice by itself, and none is forgotten.

Two printers are at work at ports on loopback; they outlive the program, and count what comes out of them.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.domain.print_jobs import JobState
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.printing.crew import Crew
from kiosk.printing.drivers import make_printer
from kiosk.services.badges import Badges
from kiosk.storage import print_jobs
from kiosk.storage.journal import check_chains
from tests import kills
from tests.builders import a_station, enrol, some_attendees
from tests.printing.emulators import Zebra
from tests.printing.fake_printer import wait_for
from tests.printing.places import Network
from tests.victim import coded

PRINTERS = 2


def code_on(label: bytes) -> str:
    """Which badge a label is, read off its dots."""
    [packed] = re.findall(rb":Z64:([^:]+):", label)
    return zlib.decompress(base64.b64decode(packed)).decode()


@contextmanager
def printers_at_work() -> Iterator[list[Zebra]]:
    papers = [Zebra(looks=0) for _number in range(PRINTERS)]
    places = [Network(paper) for paper in papers]
    for paper, place in zip(papers, places, strict=True):
        paper.start()
        paper.address = place.address  # type: ignore[attr-defined]
    try:
        yield papers
    finally:
        for paper, place in zip(papers, places, strict=True):
            place.close()
            paper.close()


def kill_while_printing(folder: Path, rounds: int, longest_s: float) -> None:
    with printers_at_work() as papers:
        with a_station(folder) as desk:
            enrol(desk.store, some_attendees(6 * rounds))
            badges = Badges(desk.store, desk.station)
            for number, paper in enumerate(papers):
                profile = PrinterProfile(
                    f"badge-{number}",
                    f"Badge {number}",
                    "zpl",
                    "tcp",
                    paper.address,
                    media=Media(62),  # type: ignore[attr-defined]
                )
                badges.printers.save(profile)
        asked = {job for number in range(rounds) for job in kills.killed("print", folder, number, longest_s)}
        assert len(asked) > rounds
        with a_station(folder) as desk:
            badges = Badges(desk.store, desk.station)
            badges.queue.recover()
            jobs = {job.id: job for job in print_jobs.in_states(desk.store.connection, JobState)}
            assert asked <= set(jobs), "a badge that was asked for is forgotten"
            assert {job.state for job in jobs.values()} <= {JobState.QUEUED, JobState.PRINTED, JobState.UNCERTAIN}
            crew = Crew(badges, lambda profile: make_printer(profile, folder), coded)
            crew.start()
            wait_for(lambda: badges.queue.pending().open == 0, "the end of the queue")
            assert crew.close()
            assert list(check_chains(desk.store.connection)) == []
            ended = print_jobs.in_states(desk.store.connection, JobState)
            assert {job.id for job in ended} == set(jobs)
            printed = {job.code for job in ended if job.state is JobState.PRINTED}
            unsure = {job.code for job in ended if job.state is JobState.UNCERTAIN}
            assert len(printed) + len(unsure) == len(ended)
        came_out = Counter(code_on(label) for paper in papers for label in paper.labels)
        assert [code for code, count in came_out.items() if count > 1] == [], "a badge came out twice by itself"
        assert printed <= set(came_out) <= printed | unsure
        assert all(paper.labels for paper in papers)


def test_killed_while_printing(tmp_path: Path) -> None:
    kill_while_printing(tmp_path, 60, 0.08)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_killed_five_hundred_times_while_printing(tmp_path: Path) -> None:
    kill_while_printing(tmp_path, 500, 0.2)
