"""A scan that asks for a badge, beside a printer that took the connection and says nothing more, and without a printer.

Two stations scan in turns in the same run, so that whatever else the machine does hits both.
"""

from __future__ import annotations

import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kiosk.bench.rows import Row
from kiosk.bench.scan import IDLE_EVERY, code_of, percentile, store_of
from kiosk.domain.badge import Badge
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.printing.bitmap import Bitmap, Page
from kiosk.printing.crew import Crew
from kiosk.printing.drivers import make_printer
from kiosk.printing.render import Drawn
from kiosk.services.badges import Badges
from kiosk.services.check_in import CheckIn
from kiosk.services.station import Station
from kiosk.storage.store import Store

PEOPLE = 2_000
SCANS = 600
WARM_UP = 100
POLL_S = 0.2
"""Far more often than in life, so that the printer is asked all the time."""

Tell = Callable[[str], None]


def run(tell: Tell = lambda words: None) -> list[Row]:
    """Median and late scans, each over the same without a printer."""
    tell(f"{SCANS} scans each, one in two beside a printer that hangs")
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-bench-"))) for _n in range(2)]
        stores = [stack.enter_context(store_of(folder, PEOPLE)) for folder in folders]
        stations = [Station(store) for store in stores]
        badges = [Badges(station.store, station) for station in stations]
        desks = [
            CheckIn(station.store, station, asked.on_first_admission)
            for station, asked in zip(stations, badges, strict=True)
        ]
        stack.enter_context(_hanging(badges[0], folders[0]))
        with_s, without_s = _take_turns(stores, desks)
    return [
        _row("scan while a printer hangs: median", with_s, without_s, 50, "≤ 1.1"),
        _row("scan while a printer hangs: 95th percentile", with_s, without_s, 95, "≤ 1.25"),
    ]


def _row(name: str, with_s: list[float], without_s: list[float], percent: int, limit: str) -> Row:
    if percent == 50:
        value, floor = statistics.median(with_s), statistics.median(without_s)
    else:
        value, floor = percentile(with_s, percent), percentile(without_s, percent)
    return Row(name, value * 1000, "ms", floor * 1000, value / floor, limit)


@contextmanager
def _hanging(badges: Badges, folder: Path) -> Iterator[None]:
    """A printer at a port that takes a connection and never answers, and its thread."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        port = silent.getsockname()[1]
        badges.printers.save(PrinterProfile("badge-1", "Badge 1", "zpl", "tcp", f"127.0.0.1:{port}", media=Media(62)))
        crew = Crew(badges, lambda profile: make_printer(profile, folder), _blank, poll_s=POLL_S)
        crew.start()
        try:
            yield
        finally:
            crew.close()


def _blank(_badge: Badge, profile: PrinterProfile) -> Drawn:
    return Drawn(Page(Bitmap(8, 1, profile.dpi, b"\x00"), 1, 1), ())


def _take_turns(stores: list[Store], desks: list[CheckIn]) -> tuple[list[float], list[float]]:
    taken: list[list[float]] = [[], []]
    for turn in range(SCANS + WARM_UP):
        if turn % IDLE_EVERY == 0:
            for store in stores:
                store.checkpoint()
        for place in (0, 1) if turn % 2 else (1, 0):
            begun = time.perf_counter()
            verdict = desks[place].present(code_of(turn))
            taken[place].append(time.perf_counter() - begun)
            assert verdict is not None
            assert verdict.admitted
    return taken[0][WARM_UP:], taken[1][WARM_UP:]
