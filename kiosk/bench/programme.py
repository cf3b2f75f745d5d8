"""A big schedule: how long until it is in, and until a door knows whose it is.

The schedule is 900 sessions in 35 parallel rooms over four days; the journal and the view lie on this machine's disk.
"""

from __future__ import annotations

import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.bench.rows import Row
from kiosk.domain.door import timetable
from kiosk.services.import_programme import ImportProgramme
from kiosk.services.station import Station
from kiosk.storage import programme
from kiosk.storage.store import Store, open_store

ROOMS, SESSIONS = 35, 900
LOOKS = 2_000
DAY = timedelta(days=1)
FIRST = datetime(2023, 5, 3, 12, tzinfo=UTC)


def run(say: Callable[[str], object]) -> list[Row]:
    """Measure reading, writing, folding anew, and finding."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        file = Path(folder) / "big.json"
        file.write_text(json.dumps(_schedule()), "utf-8")
        store = open_store(Path(folder) / "data", secrets.token_bytes(32))
        try:
            say(f"{SESSIONS} sessions in {ROOMS} rooms")
            return [*_load(store, file), *_find(store)]
        finally:
            store.close()


def _load(store: Store, file: Path) -> list[Row]:
    floor = _time(lambda: json.loads(file.read_text("utf-8")))
    imports = ImportProgramme(store, Station(store))
    loaded = _time(lambda: imports.write(imports.plan(file)))
    again = _time(lambda: imports.plan(file))
    fold = _time(store.rebuild_view)
    return [
        Row(f"{SESSIONS} sessions read, compared and written", loaded, "s", floor, loaded / floor, "≤ 2 s"),
        Row("the same file compared once more", again, "s", floor, again / floor),
        Row("the view folded anew", fold, "s"),
    ]


def _find(store: Store) -> list[Row]:
    view = store.view.connection
    took, floor = [], []
    for n in range(LOOKS):
        now = FIRST + timedelta(minutes=13 * n % (4 * 24 * 60))
        room = f"Room {n % ROOMS + 1}"
        began = time.perf_counter()
        held = programme.sessions_in(view, room, now - DAY, now + DAY)
        timetable(held, now)
        took.append(time.perf_counter() - began)
        began = time.perf_counter()
        view.execute("select content from session where id = ?", (held[0].id if held else "",)).fetchone()
        floor.append(time.perf_counter() - began)
    middle, slow = (1000 * value for value in (statistics.median(took), sorted(took)[LOOKS * 99 // 100]))
    least = 1000 * statistics.median(floor)
    return [
        Row("a door finds its session, median", middle, "ms", least, middle / least, "≤ 1 ms"),
        Row("a door finds its session, 99th percentile", slow, "ms"),
    ]


def _time(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _schedule() -> dict[str, object]:
    """Four days of 75-minute sessions, half an hour apart, in every room at once."""
    sessions = []
    for n in range(SESSIONS):
        turn, room = divmod(n, ROOMS)
        day, slot = divmod(turn, 7)
        start = FIRST + timedelta(days=day, minutes=105 * slot)
        sessions.append(
            {
                "code": f"S{n:03}",
                "title": f"Course number {n} – about something that takes a few words to say",
                "room": f"Room {room + 1}",
                "start": start.isoformat(),
                "minutes": 75,
                "clock_hours": 1.25,
                "capacity": 120,
                "audience": "All",
            }
        )
    rooms = [{"name": f"Room {n + 1}", "capacity": 120} for n in range(ROOMS)]
    return {"rooms": rooms, "sessions": sessions}
