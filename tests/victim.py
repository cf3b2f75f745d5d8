"""A station that works until it is killed: started in a process of its own by `tests/kills.py`.

By hand: `python -m tests.victim scan DIR` prints `ACK KEY` after each answer a volunteer would have seen, and
`python -m tests.victim verify DIR` prints `HAVE KEY` for each that is on the disk, and exits 1 if anything is wrong.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Callable
from pathlib import Path

from kiosk.services.check_in import CheckIn
from kiosk.services.import_roster import ImportRoster
from kiosk.services.station import Station
from kiosk.services.verify import verify
from kiosk.storage.store import open_store
from tests.builders import KEY, enrol, some_attendees

PEOPLE = 2000

Say = Callable[[str], None]


def begin(folder: Path) -> None:
    """Put the people on the roster who will be scanned."""
    store = open_store(folder, KEY)
    enrol(store, some_attendees(PEOPLE))
    store.close()


def scan(folder: Path, seed: int, say: Say) -> None:
    """Present codes for ever; each answer is said only after the service gave it."""
    chance = random.Random(seed)
    store = open_store(folder, KEY)
    check_in = CheckIn(store, Station(store))
    say("READY")
    while True:
        verdict = check_in.present(f"{chance.randrange(1, PEOPLE + 200):06}")
        if verdict is not None and verdict.record is not None and not verdict.repeat:
            say(f"ACK {verdict.record}")


def write_roster(path: Path, rows: int) -> None:
    """A roster file of so many people, codes `R00000`…"""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["First Name", "Last Name", "Agency", "Ticket Code"])
        writer.writerows([f"First{n}", f"Last{n}", f"Agency {n % 50}", f"R{n:05}"] for n in range(rows))


def import_roster(folder: Path, seed: int, say: Say) -> None:
    """Import the roster that lies beside the data folder; said when the service has written it."""
    store = open_store(folder, KEY)
    importer = ImportRoster(store, Station(store))
    plan = importer.plan(folder.parent / "roster.csv")
    say("READY")
    importer.write(plan)
    say("ACK import")


def open_only(folder: Path, seed: int, say: Say) -> None:
    """Start, mend whatever there is to mend, and end in order."""
    say("READY")
    open_store(folder, KEY).close()
    say("ACK open")


WORK: dict[str, Callable[[Path, int, Say], None]] = {"scan": scan, "import": import_roster, "open": open_only}


def main(arguments: list[str]) -> int:
    """The command line described above."""
    work, folder = arguments[0], Path(arguments[1])
    if work != "verify":
        if not (folder / "journal.db").exists():
            begin(folder)
        WORK[work](folder, random.randrange(1 << 30), lambda line: print(line, flush=True))
        return 0
    store = open_store(folder, KEY)
    for log, seq in store.connection.execute("select log, seq from record"):
        print(f"HAVE {log}:{seq}")
    problems = verify(store).problems
    store.close()
    print("\n".join(problems), file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
