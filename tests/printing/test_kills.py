"""The program killed while it prints, again and again: no badge comes out twice by itself, and none is forgotten."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from kiosk.domain.print_jobs import JobState
from kiosk.services.badges import Badges
from kiosk.storage import print_jobs
from kiosk.storage.journal import check_chains
from tests.builders import a_station, enrol, some_attendees

PEOPLE = some_attendees(400)

PRINTING = """
import os, sys, threading, time
sys.path.insert(0, {root!r})
from pathlib import Path
from kiosk.printing.crew import Crew
from kiosk.printing.printer import Outcome, Sent
from kiosk.services.badges import Badges
from kiosk.services.station import Station
from tests.builders import a_store
from tests.printing.fake_printer import BLANK, FakePrinter

class Printer(FakePrinter):
    def send(self, page, job_id, stopped):
        paper = os.open({paper!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(paper, (job_id + "\\n").encode())
        os.close(paper)
        time.sleep(0.002)
        return Outcome(Sent.PRINTED)

with a_store(Path({data!r})) as store:
    badges = Badges(store, Station(store))
    Crew(badges, lambda profile: Printer(profile=profile), lambda badge, profile: BLANK).start()
    print("STARTED", flush=True)
    for attendee in sys.argv[1:]:
        job = badges.ask(attendee)
        print(job.id, flush=True)
    threading.Event().wait()
"""


def kill_while_printing(folder: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    data, paper = folder / "data", folder / "paper"
    with a_station(data) as desk:
        enrol(desk.store, PEOPLE)
    script = PRINTING.format(root=str(Path(__file__).parents[2]), paper=str(paper), data=str(data))
    people = [person.attendee.id for person in PEOPLE]
    asked: set[str] = set()
    for _ in range(times):
        chosen = chance.sample(people, 60)
        with subprocess.Popen([sys.executable, "-c", script, *chosen], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "STARTED\n"
            time.sleep(chance.uniform(0, 0.3))
            process.kill()
            asked.update(line[:-1] for line in process.stdout if line.endswith("\n"))
    came_out = Counter(paper.read_text().split()) if paper.exists() else Counter()
    assert [job for job, count in came_out.items() if count > 1] == []
    with a_station(data) as desk:
        Badges(desk.store, desk.station).queue.recover()
        jobs = {job.id: job for job in print_jobs.in_states(desk.store.connection, JobState)}
        assert asked <= set(jobs)
        assert {job.state for job in jobs.values()} <= {JobState.QUEUED, JobState.PRINTED, JobState.UNCERTAIN}
        out = {name for name, job in jobs.items() if job.state is JobState.PRINTED}
        unsure = {name for name, job in jobs.items() if job.state is JobState.UNCERTAIN}
        assert out <= set(came_out) <= out | unsure
        assert list(check_chains(desk.store.connection)) == []


def test_killed_while_printing(tmp_path: Path) -> None:
    kill_while_printing(tmp_path, times=5, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_killed_five_hundred_times_while_printing(tmp_path: Path) -> None:
    kill_while_printing(tmp_path, times=500, seed=2)
