"""A station that works until it is killed: started in a process of its own by `tests/kills.py`.

By hand: `python -m tests.victim scan DIR` prints `ACK KEY` after each answer a volunteer would have seen, and
`python -m tests.victim verify DIR` prints `HAVE KEY` for each that is on the disk, and exits 1 if anything is wrong.
"""

from __future__ import annotations

import csv
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from kiosk.domain.badge import Badge
from kiosk.domain.printers import PrinterProfile
from kiosk.printing.bitmap import Bitmap, Page
from kiosk.printing.crew import Crew
from kiosk.printing.drivers import make_printer
from kiosk.printing.render import Drawn
from kiosk.services.badges import Badges
from kiosk.services.check_in import CheckIn
from kiosk.services.import_roster import ImportRoster
from kiosk.services.station import Station
from kiosk.services.verify import verify
from kiosk.storage.store import open_store
from tests.builders import KEY, enrol, some_attendees

PEOPLE = 2000
CODE_BYTES = 16
"""How long a badge's own code is."""

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


def print_badges(folder: Path, seed: int, say: Say) -> None:
    """Ask for badges for ever, some at the desk and some ahead of time, as fast as the printers that are set up print
    them; each is said once it is asked for.
    """
    chance = random.Random(seed)
    store = open_store(folder, KEY)
    badges = Badges(store, Station(store))
    Crew(badges, lambda profile: make_printer(profile, folder), coded).start()
    people = [row[0] for row in store.view.connection.execute("select id from attendee order by n")]
    say("READY")
    moved = threading.Event()
    badges.queue.listen(lambda _job: moved.set())
    while True:
        moved.clear()
        if badges.queue.pending().open > 4:
            moved.wait()
        elif chance.random() < 0.1:
            badges.ask_many(chance.sample(people, 2))
        else:
            say(f"ACK {badges.ask(chance.choice(people)).id}")


def coded(badge: Badge, profile: PrinterProfile) -> Drawn:
    """A page whose dots are the badge's own code, so that each label tells which it is."""
    return Drawn(Page(Bitmap(8 * CODE_BYTES, 1, profile.dpi, badge.code.encode()), 16, 0.1), ())


WORK: dict[str, Callable[[Path, int, Say], None]] = {
    "scan": scan,
    "import": import_roster,
    "open": open_only,
    "print": print_badges,
}


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
