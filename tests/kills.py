"""Kill a working station at random moments, again and again, and look at what it leaves behind."""

from __future__ import annotations

import logging
import multiprocessing
import random
import shutil
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from pathlib import Path

from kiosk.services.verify import verify
from kiosk.storage.proof import view_against_fold
from kiosk.storage.store import Store, open_store
from tests import faults, victim
from tests.builders import KEY

RECOVERY_S = 10.0
"""Longest time a station may take to be back."""


@dataclass(slots=True)
class Tally:
    """What became of a series of kills."""

    rounds: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    slowest_start_s: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether every promise held."""
        return not self.lost and not self.problems and self.slowest_start_s <= RECOVERY_S


def _context() -> ForkServerContext | SpawnContext:
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.victim"])
        return context
    return multiprocessing.get_context("spawn")


def _run(work: str, folder: Path, seed: int, pipe: Connection) -> None:
    logging.disable(logging.CRITICAL)  # there is nobody to read it
    victim.WORK[work](folder, seed, pipe.send)


def killed(work: str, folder: Path, seed: int, longest_s: float) -> list[str]:
    """Let a station work and kill it within so many seconds of its being ready; answers what it acknowledged."""
    context = _context()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, folder, seed, theirs), daemon=True)
    process.start()
    theirs.close()
    said: list[str] = []
    try:
        if ours.recv() != "READY":
            raise AssertionError("the station does not start")
        end = time.monotonic() + random.Random(seed).uniform(0, longest_s)
        while (left := end - time.monotonic()) > 0 and ours.poll(left):
            said.append(ours.recv())
        process.kill()
        while True:
            said.append(ours.recv())
    except EOFError:
        pass
    finally:
        process.kill()
        process.join()
        ours.close()
    return [line.removeprefix("ACK ") for line in said]


def reopened(folder: Path, tally: Tally) -> Store:
    """The station's next start, timed."""
    began = time.monotonic()
    store = open_store(folder, KEY)
    tally.slowest_start_s = max(tally.slowest_start_s, time.monotonic() - began)
    return store


def kill_while_scanning(folder: Path, rounds: int, longest_s: float = 0.08, proof_every: int = 15) -> Tally:
    """One station, killed again and again; what it acknowledged in any round must be there after the last."""
    tally = Tally(rounds)
    victim.begin(folder)
    acknowledged: set[str] = set()
    for number in range(rounds):
        acknowledged |= set(killed("scan", folder, number, longest_s))
        store = reopened(folder, tally)
        have = {f"{log}:{seq}" for log, seq in store.connection.execute("select log, seq from record")}
        tally.lost += sorted(acknowledged - have)
        twice = "select subject from passage where kind = 'admit' group by subject having count(*) > 1"
        tally.problems += [f"{row[0]} was let in twice" for row in store.view.connection.execute(twice)]
        if number % proof_every == 0 or number == rounds - 1:
            tally.problems += verify(store).problems
        tally.problems += store.notices
        store.close()
    tally.acknowledged = len(acknowledged)
    return tally


def kill_while_importing(folder: Path, rounds: int, rows: int = 600, longest_s: float = 0.15) -> Tally:
    """An import into a fresh copy of a station each time: afterwards all of it is there, or none."""
    tally = Tally(rounds)
    base = folder / "base"
    open_store(base, KEY).close()
    victim.write_roster(folder / "roster.csv", rows)
    for number in range(rounds):
        data = Path(shutil.copytree(base, folder / "data"))
        said = killed("import", data, number, longest_s)
        store = reopened(data, tally)
        people = store.view.connection.execute("select count(*) from attendee").fetchone()[0]
        if people not in (0, rows):
            tally.problems.append(f"{people} of {rows} people")
        if said and people != rows:
            tally.lost.append(f"round {number}")
        tally.acknowledged += len(said)
        tally.problems += [*verify(store).problems, *store.notices]
        store.close()
        shutil.rmtree(data)
    return tally


def kill_while_starting(folder: Path, rounds: int, longest_s: float = 0.1) -> Tally:
    """The very first start, interrupted: the second one must not stumble over what the first left."""
    tally = Tally(rounds)
    for number in range(rounds):
        data = folder / str(number)
        tally.acknowledged += len(killed("open", data, number, longest_s))
        store = reopened(data, tally)
        tally.problems += [*verify(store).problems, *store.notices]
        store.close()
        shutil.rmtree(data)
    return tally


def kill_while_mending(folder: Path, rounds: int, longest_s: float = 0.12) -> Tally:
    """A damaged journal, and a start that is killed while it mends it: the next start knows all the desk knew."""
    tally = Tally(rounds)
    before = faults.a_morning(folder / "day")
    kinds = list(faults.DAMAGES)
    for number in range(rounds):
        data = Path(shutil.copytree(folder / "day", folder / "data"))
        faults.damage(data / "journal.db", kinds[number % len(kinds)], number)
        tally.acknowledged += len(killed("open", data, number, longest_s))
        store = reopened(data, tally)
        if faults.knowledge(store) != before:
            tally.lost.append(f"round {number}")
        tally.problems += view_against_fold(store)
        store.close()
        shutil.rmtree(data)
    return tally
