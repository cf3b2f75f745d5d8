"""How fast a badge is drawn and made a PDF at 300 dots per inch."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from kiosk.bench.rows import Row
from kiosk.domain.badge import Badge, badge_of
from kiosk.domain.people import Attendee, AttendeeId, TicketCode
from kiosk.domain.printers import PrinterProfile
from kiosk.printing.layout import load_layout
from kiosk.printing.press import Press
from kiosk.printing.render import Drawn, draw

ROUNDS = 5
LIMIT_MS = 60

_PEOPLE = (
    ("Jo", "Li", "Riverford Police Department"),
    ("Mary-Kate", "O’Sullivan", "Gainesville Police Department"),
    ("Christopher", "Montgomery-Whitfield", "City of Riverbend, Office of the Mayor"),
    ("Ngọc Thị Minh", "Nguyễn", "Town of Maple Fork Council"),
    ("سميرة", "النجار", "Fairwater County Dept. of Human Services"),
    ("安怡", "张", "University of the Lower Coast, School of Criminology"),
)


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """Median and worst time from what a badge says to the bytes of its PDF, fonts loaded."""
    badges = some_badges()
    file, layout = Press().file, load_layout()

    def drawn(badge: Badge, profile: PrinterProfile) -> Drawn:
        return draw(layout, badge, profile.dpi)

    tell(f"{len(badges) * ROUNDS} badges")
    file(badges[0], ".pdf", drawn)
    times_ms = []
    for badge in badges * ROUNDS:
        start = time.perf_counter()
        file(badge, ".pdf", drawn)
        times_ms.append((time.perf_counter() - start) * 1000)
    return [
        Row("badge drawn and made PDF, median", statistics.median(times_ms), "ms", limit=f"≤ {LIMIT_MS} ms"),
        Row("badge drawn and made PDF, worst", max(times_ms), "ms"),
    ]


def some_badges() -> list[Badge]:
    """Short names and long ones, in several scripts."""
    return [_badge(number, *names) for number, names in enumerate(_PEOPLE)]


def _badge(number: int, first: str, last: str, agency: str) -> Badge:
    attendee = Attendee(
        AttendeeId(f"{number:026}"), first=first, last=last, agency=agency, agency_type="City", sworn=bool(number % 2)
    )
    return badge_of(attendee, TicketCode(f"{number:016}"), "Conference 2023")
