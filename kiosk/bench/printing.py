"""From what a badge says to paper: drawn, said in each language, handed over, and how fast labels follow each other."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kiosk.bench.badge import some_badges
from kiosk.bench.paper import PaperMill
from kiosk.bench.rows import Row
from kiosk.domain.badge import Badge
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.printing.drivers import make_printer
from kiosk.printing.languages import LANGUAGES, encode
from kiosk.printing.layout import load_layout
from kiosk.printing.press import ensure_qt
from kiosk.printing.printer import Sent
from kiosk.printing.render import draw

ROUNDS = 5
LABELS = 20
LIMIT_MS = 60
LABEL_MM, MM_PER_S = 76.2, 152
SHARE = 0.85
_SETUPS = {"brother": {"media": Media(102, 152), "head_dots": 1296, "rotate": 90}, "escpos": {"head_dots": 1200}}


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """Medians at 300 dots per inch on 4 × 3 in; the pace beside what the paper's speed allows."""
    ensure_qt()
    badges = some_badges()
    tell(f"{len(badges) * ROUNDS} badges in {len(LANGUAGES)} languages")
    layout = load_layout()
    rows = [Row("badge drawn, 300 dpi, median", _median_ms(lambda badge: draw(layout, badge, 300), badges), "ms")]
    rows += [_encoding(name, badges) for name in LANGUAGES]
    rows.append(_whole_way(badges))
    tell(f"{LABELS} labels at {MM_PER_S} mm/s")
    return [*rows, *_pace(badges)]


def _median_ms(work: Callable[[Badge], object], badges: list[Badge]) -> float:
    work(badges[0])
    times_ms = []
    for badge in badges * ROUNDS:
        start = time.perf_counter()
        work(badge)
        times_ms.append((time.perf_counter() - start) * 1000)
    return statistics.median(times_ms)


def _encoding(language: str, badges: list[Badge]) -> Row:
    layout = load_layout()
    profile = replace(_profile(""), language=language, **_SETUPS.get(language, {}))  # type: ignore[arg-type]
    pages = {badge.attendee_id: draw(layout, badge, 300).page for badge in badges}
    median = _median_ms(lambda badge: encode(pages[badge.attendee_id], profile), badges)
    return Row(f"badge said in {language}, median", median, "ms")


def _whole_way(badges: list[Badge]) -> Row:
    """Drawn, said, the printer asked, and its last byte there."""
    layout, there = load_layout(), 0.0

    def got() -> None:
        nonlocal there
        there = time.perf_counter()

    mill = PaperMill(LABEL_MM, None, got)
    printer = make_printer(_profile(mill.address), Path())
    times_ms = []
    for number, badge in enumerate(badges * ROUNDS):
        start = time.perf_counter()
        printer.send(draw(layout, badge, 300).page, f"job-{number}", lambda: True)
        times_ms.append((there - start) * 1000)
    printer.close()
    mill.close()
    name = "badge drawn, said and handed to a Zebra, median"
    return Row(name, statistics.median(times_ms), "ms", limit=f"≤ {LIMIT_MS} ms")


def _pace(badges: list[Badge]) -> list[Row]:
    layout = load_layout()
    mill = PaperMill(LABEL_MM, MM_PER_S)
    printer = make_printer(_profile(mill.address), Path())
    start = time.perf_counter()
    for number in range(LABELS):
        page = draw(layout, badges[number % len(badges)], 300).page
        outcome = printer.send(page, f"job-{number}", lambda: False)
        assert outcome.sent is Sent.PRINTED
    took_s = time.perf_counter() - start
    mill.close()
    possible, reached = 60 * MM_PER_S / LABEL_MM, LABELS / took_s * 60
    words = f"ratio ≥ {SHARE}"
    return [Row("labels a minute, each confirmed", reached, "", possible, reached / possible, words)]


def _profile(address: str) -> PrinterProfile:
    return PrinterProfile("bench", "bench", "zpl", "tcp", address)
