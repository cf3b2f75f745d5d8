"""From starting the program to a window that can scan, and its memory, beside the smallest PySide6 window there is.

Bare window and program take turns, each a fresh process. The program opens an encrypted roster of ten thousand.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.bench.rows import Row

RUNS = 9
PEOPLE = 10_000

_PROGRAM = "import sys; from kiosk.__main__ import main; sys.exit(main())"
"""What the installed command does."""

_BARE = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication(["bare"])
class Bare(QLabel):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: (print("FIRST_PAINT", flush=True), app.quit()))
window = Bare("Hello"); window.resize(1280, 800); window.show()
app.exec()
"""


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """Start time and memory, as medians over turns."""
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        tell(f"a roster of {PEOPLE:,} people")
        _fill(Path(folder), PEOPLE)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
        environment |= {"KIOSK_DATA": folder, "KIOSK_PASSPHRASE": _PASSPHRASE}
        commands = {
            "bare": ([sys.executable, "-c", _BARE], ""),
            "painted": ([sys.executable, "-c", _PROGRAM], "1"),
            "answering": ([sys.executable, "-c", _PROGRAM], "answer"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        megabytes: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(RUNS + 1):
            for name, (command, moment) in commands.items():
                took, memory = _start(command, {**environment, "BENCH_EXIT_AFTER_PAINT": moment})
                if turn:  # the first fills the page cache
                    seconds[name].append(took)
                    megabytes[name].append(memory)
    start = {name: statistics.median(values) * 1000 for name, values in seconds.items()}
    held = {name: statistics.median(values) for name, values in megabytes.items()}
    floor = start["bare"]
    memory_ratio = held["answering"] / held["bare"]
    return [
        Row("window painted, scans are taken", start["painted"], "ms", floor, start["painted"] / floor, "≤ 1.25"),
        Row("scans are answered, passphrase included", start["answering"], "ms", floor, start["answering"] / floor),
        Row(f"memory, answering, {PEOPLE:,} attendees", held["answering"], "MB", held["bare"], memory_ratio, "≤ 2"),
    ]


_PASSPHRASE = "bench, and nothing else"  # noqa: S105


def _fill(folder: Path, people: int) -> None:
    """A station's data folder with so many people, made by the import of the sample's kind of file."""
    from kiosk.bench.roster import made_up_csv
    from kiosk.services.import_roster import ImportRoster
    from kiosk.services.station import Station
    from kiosk.storage.keys import data_key
    from kiosk.storage.store import open_store

    folder.mkdir(parents=True, exist_ok=True)
    csv = folder / "people.csv"
    csv.write_text(made_up_csv(people), encoding="utf-8")
    store = open_store(folder, data_key(folder, lambda new: _PASSPHRASE))
    try:
        importer = ImportRoster(store, Station(store))
        importer.write(importer.plan(csv))
    finally:
        store.close()


def _start(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until the first paint, and resident megabytes at that moment."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    took = time.perf_counter() - begun
    memory = _resident_mb(process.pid)
    _out, errors = process.communicate(timeout=60)
    if line.strip() != "FIRST_PAINT":
        raise RuntimeError(f"{command} did not show a window: {errors.strip()[-500:]}")
    return took, memory


def _resident_mb(pid: int) -> float:
    statm = Path(f"/proc/{pid}/statm")
    if not statm.exists():
        return float("nan")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
