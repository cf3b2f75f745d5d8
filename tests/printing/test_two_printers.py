"""A queue on two printers at ports on loopback, of which one dies: every badge once, and at most one question."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from kiosk.domain.print_jobs import JobState
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.printing.crew import Crew
from kiosk.printing.drivers import make_printer
from kiosk.services.badges import Badges
from kiosk.services.printers import Printers
from tests.builders import a_station, enrol, some_attendees
from tests.printing.emulators import PAPER_OUT, Zebra
from tests.printing.fake_printer import wait_for
from tests.printing.places import Network
from tests.printing.test_kills import code_on
from tests.victim import coded


def print_while_one_dies(folder: Path, count: int) -> None:
    people = some_attendees(count)
    papers = [Zebra(looks=0), Zebra(looks=0)]
    places = [Network(paper) for paper in papers]
    for paper in papers:
        paper.start()
    with a_station(folder) as desk:
        enrol(desk.store, people)
        badges = Badges(desk.store, desk.station)
        for number, place in enumerate(places):
            badges.printers.save(
                PrinterProfile(f"badge-{number}", f"Badge {number}", "zpl", "tcp", place.address, media=Media(62))
            )
        crew = Crew(badges, lambda profile: make_printer(profile, folder), coded, poll_s=0.1)
        crew.start()
        badges.ask_many(person.attendee.id for person in people)
        papers[0].wait_for(lambda: len(papers[0].labels) >= count // 8)
        places[0].switch_off()
        wait_for(lambda: badges.ahead().to_print == 0 and badges.queue.pending().open == 0, "the end of the queue")
        assert crew.close()
        now = badges.ahead()
        unsure = {job.code for job in badges.queue.jobs(JobState.UNCERTAIN)}
    for paper, place in zip(papers, places, strict=True):
        place.close()
        paper.close()
    came_out = Counter(code_on(label) for paper in papers for label in paper.labels)
    assert set(came_out.values()) == {1}, "a badge came out twice"
    assert now.printed + now.uncertain == count
    assert now.uncertain <= 1, "only the one that was in the dying printer is asked about"
    assert now.printed <= len(came_out) <= now.printed + now.uncertain
    assert len(set(came_out) | unsure) == count
    assert papers[1].labels


@pytest.mark.expect_log
def test_a_printer_dies_and_every_badge_comes_out_once(tmp_path: Path) -> None:
    print_while_one_dies(tmp_path, 40)


@pytest.mark.soak
@pytest.mark.expect_log
@pytest.mark.timeout(600)
def test_a_printer_dies_in_five_hundred_badges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.printing.fake_printer.PATIENCE_S", 500)
    print_while_one_dies(tmp_path, 500)


def test_paper_that_ends_in_the_middle_of_a_queue_costs_no_badge(tmp_path: Path) -> None:
    """The first printer holds a badge; those behind it come out of the second, and the held one once somebody helps."""
    people = some_attendees(12)
    papers = [Zebra(looks=0), Zebra(looks=0)]
    places = [Network(paper) for paper in papers]
    seconds = [100.0]
    for paper in papers:
        paper.start()
    with a_station(tmp_path) as desk:
        enrol(desk.store, people)
        badges = Badges(desk.store, desk.station, Printers(desk.store, clock_s=lambda: seconds[0]))
        for number, place in enumerate(places):
            badges.printers.save(
                PrinterProfile(
                    f"badge-{number}", f"Badge {number}", "zpl", "tcp", place.address, media=Media(62), order=number
                )
            )
        crew = Crew(badges, lambda profile: make_printer(profile, tmp_path), coded, poll_s=0.1)
        papers[0].at_start = PAPER_OUT
        crew.start()
        jobs = [badges.ask(person.attendee.id) for person in people]
        wait_for(lambda: any(job.is_stuck for job in badges.queue.jobs(JobState.SENT)), "the held badge")
        [held] = badges.queue.jobs(JobState.SENT)
        assert "Badge 0 is out of labels" in held.detail
        seconds[0] += 9
        wait_for(lambda: len(papers[1].labels) == len(people) - 1, "the others")
        assert papers[0].labels == []
        papers[0].clear()
        wait_for(lambda: badges.queue.pending().open == 0, "the held badge, after a new roll")
        assert {job.state for job in badges.queue.recent(50)} == {JobState.PRINTED}
        assert len(badges.queue.recent(50)) == len(jobs)
        assert crew.close()
    for paper, place in zip(papers, places, strict=True):
        place.close()
        paper.close()
    assert set(Counter(code_on(label) for paper in papers for label in paper.labels).values()) == {1}
    assert len(papers[0].labels) == 1
