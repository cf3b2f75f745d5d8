"""The long run: `make soak`, or `python -m tests.soak`. Prints a table of faults and what became of them.

Hundreds of kills while scanning, importing, starting and mending, hundreds of damaged files of each kind, hundreds of
random schedules. Takes some minutes. Exits 1 if any promise was broken. A first argument scales it: 0.1 is a tenth.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests import faults, kills, memory, processes, schedules
from tests.scenarios.test_any_order import Lobby, orders_agree

KILLS, FLIPS, SCHEDULES, DAYS, FLEETS = 500, 200, 300, 10_000, 300


def main(arguments: list[str]) -> int:
    """Run everything; answers the exit status."""
    logging.disable(logging.CRITICAL)  # every fault is logged, as it should be
    scale = float(arguments[0]) if arguments else 1.0
    print(f"{'fault':52} {'rounds':>6} {'broken':>6}  what came of it")
    broken = 0
    for row in (*kill_rows(scale), *damage_rows(scale), *schedule_rows(scale)):
        broken += row()
    print("All promises held." if not broken else f"{broken} promises were BROKEN.")
    return 1 if broken else 0


def tell(fault: str, rounds: int, broken: int, words: str) -> int:
    """Print a row of the table; answers how many rounds broke a promise."""
    print(f"{fault:52} {rounds:6} {broken:6}  {words}", flush=True)
    return broken


def kill_rows(scale: float) -> list[Callable[[], int]]:
    """Kills at random moments."""

    def row(fault: str, run: Callable[[Path, int], kills.Tally], share: float = 1) -> Callable[[], int]:
        def go() -> int:
            with tempfile.TemporaryDirectory(prefix="kiosk-soak-") as folder:
                data = Path(folder) / "data" if "scan" in fault else Path(folder)
                tally = run(data, max(1, int(KILLS * scale * share)))
            for problem in (*tally.lost, *tally.problems)[:5]:
                print("   ", problem)
            words = (
                f"{tally.acknowledged} acknowledged, {len(tally.lost)} lost, {len(tally.problems)} problems; "
                f"back in {tally.slowest_start_s:.2f} s at most"
            )
            slow = tally.slowest_start_s > kills.RECOVERY_S
            return tell(fault, tally.rounds, len(tally.lost) + len(tally.problems) + slow, words)

        return go

    return [
        row("kill -9 while scanning", lambda f, n: kills.kill_while_scanning(f, n, proof_every=100)),
        row("kill -9 while importing 1,500 rows", lambda f, n: kills.kill_while_importing(f, n, 1500, 0.3)),
        row("kill -9 at the first start", kills.kill_while_starting, 0.2),
        row("kill -9 while mending a damaged journal", kills.kill_while_mending, 0.6),
    ]


def damage_rows(scale: float) -> list[Callable[[], int]]:
    """Files damaged in every way."""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-soak-"))
    before = faults.a_morning(folder / "data", cut_off=folder / "cut")
    rounds = max(1, int(FLIPS * scale))

    def row(name: str, kind: str, *, view: bool = True) -> Callable[[], int]:
        def go() -> int:
            day = folder / ("cut" if name.endswith("-wal") else "data")
            result = faults.damage_often(day, before, name, kind, rounds, view=view)
            words = (
                f"{result.same} the same answers, {result.said} said what is lost, {result.silent} silent; "
                f"back in {result.slowest_start_s:.2f} s at most"
            )
            where = name if view else f"{name}, no view"
            # With a sound view beside it, whatever happens to the other file must cost nothing.
            broken = result.silent + (rounds - result.same if view else 0)
            return tell(f"{where}: {kind}", rounds, broken, words)

        return go

    rows = [row(name, kind) for name in ("view.db", "journal.db", "journal.db-wal") for kind in faults.DAMAGES]
    return rows + [row("journal.db", kind, view=False) for kind in faults.DAMAGES if kind != "empty"]


def schedule_rows(scale: float) -> list[Callable[[], int]]:
    """Everything in any order."""
    examples = max(1, int(SCHEDULES * scale))

    def lobby() -> int:
        run_state_machine_as_test(Lobby, settings=settings(Lobby.TestCase.settings, max_examples=examples))
        return tell("scans, undos, edits, restarts, losses in any order", examples, 0, "every answer as the model says")

    def orders() -> int:
        broken = 0
        for seed in range(examples):
            with tempfile.TemporaryDirectory(prefix="kiosk-soak-") as folder:
                broken += not orders_agree(Path(folder), seed)
        return tell("records of two stations in shuffled order", examples, broken, "the same tables each time")

    def days() -> int:
        broken = 0
        memory.use()
        with tempfile.TemporaryDirectory(prefix="kiosk-soak-") as folder:
            schedules.prepare(Path(folder))
            for seed in range(max(1, int(DAYS * scale))):
                try:
                    schedules.live_through(Path(folder), seed)
                except schedules.Broken as error:
                    broken += 1
                    print(f"    --seed {seed}: {error}")
        words = "one admission counts, all say the same"
        return tell("stations and a hub, messages late, lost, doubled; disks copied", int(DAYS * scale), broken, words)

    def fleet() -> int:
        broken, runs = 0, []
        for seed in range(max(1, int(FLEETS * scale))):
            with tempfile.TemporaryDirectory(prefix="kiosk-soak-") as folder:
                try:
                    runs.append(processes.a_run(Path(folder), seed))
                except processes.Broken as error:
                    broken += 1
                    print(f"    seed {seed}: {error}")
        words = processes.told(runs)
        return tell("hub and stations killed, cut off, hanging, wrong clocks", int(FLEETS * scale), broken, words)

    return [lobby, orders, days, fleet]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
