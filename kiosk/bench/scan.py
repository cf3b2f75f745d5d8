"""One scan through the service, on an encrypted store with `synchronous=FULL`.

The floor is what the disk asks for as many bytes: written in place into a file that is there already, then
`fdatasync`. Scan and floor take turns, so that whatever else the machine does hits both.
"""

from __future__ import annotations

import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kiosk.bench.rows import Row
from kiosk.domain.codes import code_key
from kiosk.domain.people import Attendee, AttendeeId
from kiosk.domain.verdicts import Outcome
from kiosk.services.badges import Badges
from kiosk.services.check_in import CheckIn
from kiosk.services.station import Station
from kiosk.storage.store import Store, open_store
from kiosk.storage.view import ATTENDEE_COLUMNS

SCANS = 600
WARM_UP = 100
IDLE_EVERY = 20
"""Scans between two idle moments."""
SIZES = (2_000, 100_000, 1_000_000)

Tell = Callable[[str], None]


def run(tell: Tell = lambda words: None) -> list[Row]:
    """Scan time by size of the roster, and what a printed badge adds."""
    rows: list[Row] = []
    medians: dict[int, float] = {}
    for people in SIZES:
        tell(f"a roster of {people:,}")
        with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder, store_of(Path(folder), people) as store:
            scan_s, floor_s, cpu_s = _take_turns(store, people, with_badge=False)
            medians[people] = _ratio(statistics.median, scan_s, floor_s)
            rows += _rows(f"scan, {people:,} attendees", scan_s, floor_s, cpu_s)
            if people == SIZES[0]:
                badge_s, badge_floor_s, badge_cpu_s = _take_turns(store, people, with_badge=True, first=people // 2)
                rows += _rows("scan that also asks for a badge", badge_s, badge_floor_s, badge_cpu_s)
    small, large = medians[SIZES[0]], medians[SIZES[-1]]
    rows.append(
        Row(
            "scan with 1,000,000 attendees / with 2,000, each over its floor",
            large,
            "x",
            small,
            large / small,
            "≤ 1.25",
        )
    )
    return rows


def _rows(name: str, scan_s: Sequence[float], floor_s: Sequence[float], cpu_s: float) -> list[Row]:
    median, floor = statistics.median(scan_s) * 1000, statistics.median(floor_s) * 1000
    late, floor_late = percentile(scan_s, 99) * 1000, percentile(floor_s, 99) * 1000
    return [
        Row(f"{name}: median", median, "ms", floor, median / floor, "≤ 3"),
        Row(f"{name}: 99th percentile", late, "ms", floor_late, late / floor_late, "≤ 2"),
        Row(f"{name}: processor time", cpu_s * 1000, "ms", limit="≤ 0.6 ms"),
    ]


def _take_turns(
    store: Store, people: int, *, with_badge: bool, first: int = 0
) -> tuple[list[float], list[float], float]:
    station = Station(store)
    badges = Badges(store, station)
    check_in = CheckIn(store, station, badges.on_first_admission if with_badge else None)
    step = people // 2 // (SCANS + WARM_UP)  # of one half of the roster, so that two rounds never meet
    codes = iter([code_of(first + n * step) for n in range(SCANS + WARM_UP)])
    frames = _frames(store)
    for _warm in range(WARM_UP):
        _admit(check_in, next(codes))
    size = max(4096, (_frames(store) - frames) * 4120 // WARM_UP)
    scan_s, floor_s, cpu_s = [], [], 0.0
    with floor_file(store.folder) as write:
        for turn, code in enumerate(codes):
            if turn % IDLE_EVERY == 0:
                store.checkpoint()  # the desk does so every twenty seconds, in which nobody scans more people
            cpu = time.thread_time()
            begun = time.perf_counter()
            _admit(check_in, code)
            scan_s.append(time.perf_counter() - begun)
            cpu_s += time.thread_time() - cpu
            begun = time.perf_counter()
            write(size)
            floor_s.append(time.perf_counter() - begun)
    return scan_s[IDLE_EVERY:], floor_s[IDLE_EVERY:], cpu_s / SCANS


def _admit(check_in: CheckIn, code: str) -> None:
    verdict = check_in.present(code)
    assert verdict is not None
    assert verdict.outcome is Outcome.ADMITTED, verdict
    assert not verdict.repeat, "a repeat writes nothing: that is not what is measured"


def _frames(store: Store) -> int:
    """Pages in both write-ahead logs; none is copied back, because a reader is in the way."""
    total = 0
    for connection in (store.connection, store.view.connection):
        total += (connection.execute("pragma wal_checkpoint(noop)").fetchone() or (0, 0))[1]
    return total


@contextmanager
def floor_file(folder: Path) -> Iterator[Callable[[int], None]]:
    """A function that writes so many bytes in place and waits for the disk."""
    room = 8 << 20
    handle = os.open(folder / "floor", os.O_CREAT | os.O_RDWR)
    sync = getattr(os, "fdatasync", os.fsync)
    try:
        os.pwrite(handle, bytes(room), 0)
        os.fsync(handle)
        block, at = os.urandom(1 << 20), 0

        def write(size: int) -> None:
            nonlocal at
            at = 0 if at + size > room else at
            os.pwrite(handle, block[:size], at)
            sync(handle)
            at += size

        yield write
    finally:
        os.close(handle)


def code_of(n: int) -> str:
    """The code of the n-th made-up attendee."""
    return f"{n:06}"


@contextmanager
def store_of(folder: Path, people: int) -> Iterator[Store]:
    """A store whose view holds so many people."""
    store = open_store(folder / "data", secrets.token_bytes(32))
    try:
        put_people(store, people)
        store.warm_up()  # as the desk does once its window is up
        yield store
    finally:
        store.close()


def put_people(store: Store, people: int) -> None:
    """Put made-up people into the view directly: it is not the import that is measured."""
    view = store.view.connection
    marks = ",".join("?" * (len(ATTENDEE_COLUMNS) + 5))
    view.execute("begin immediate")
    view.executemany(f"insert into attendee values ({marks})", (_row(n) for n in range(people)))
    view.executemany(
        "insert into ticket (code_key, n, code, kind, state, since_ms, since_n) "
        "values (?, ?, ?, 'number', 'live', 0, 0)",
        sorted((code_key(code_of(n)), n + 1, code_of(n)) for n in range(people)),
    )
    view.execute("commit")


def _row(n: int) -> tuple[object, ...]:
    attendee = Attendee(
        AttendeeId(f"{n:026}"), f"First{n}", f"Last{n}", agency="Gainesville Police Department", number=code_of(n)
    )
    return (n + 1, attendee.id, *(getattr(attendee, name) for name in ATTENDEE_COLUMNS), "", "", "")


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def _ratio(measure: Callable[[Sequence[float]], float], values: Sequence[float], floor: Sequence[float]) -> float:
    return measure(values) / measure(floor)
