"""What the window may do with badges besides asking for them to be printed; `printing/` does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from kiosk.domain.badge import Badge
from kiosk.domain.layout import Layout, Mono
from kiosk.domain.layout_fit import FitReport, Preview
from kiosk.domain.people import Attendee
from kiosk.domain.printers import Media
from kiosk.domain.sheets import Sheet, SheetsWritten

Progress = Callable[[int, int], object]
Stopped = Callable[[], bool]


class BadgeTools(Protocol):
    """Callable from any thread; long work says how far it is and asks between two badges whether to stop."""

    def preview(self, layout: Layout, badge: Badge, dpi: int, side: int = 0) -> Preview:
        """The badge as it would be printed, dot for dot. Raises BadInput."""
        ...

    def picture(self, path: Path) -> tuple[bytes, Mono]:
        """A picture file as it is kept in a layout. Raises BadInput."""
        ...

    def check(
        self,
        badges: Sequence[Badge],
        layouts_for: Callable[[Badge], Iterable[Layout]],
        progress: Progress | None = None,
        stopped: Stopped | None = None,
    ) -> FitReport:
        """Draw all of these and tell what came of it."""
        ...

    def save_pdf(self, path: Path, layout: Layout, badge: Badge) -> None:
        """One badge as a PDF. Raises BadInput."""
        ...

    def sheets(
        self,
        path: Path,
        badges: Sequence[Badge],
        layout_for: Callable[[Badge], Layout],
        sheet: Sheet,
        offset_mm: tuple[float, float] = (0, 0),
        progress: Progress | None = None,
        stopped: Stopped | None = None,
    ) -> SheetsWritten:
        """Badges on sheets of several, as one PDF. Raises BadInput."""
        ...

    def paper_list(self, path: Path, people: Sequence[Attendee], title: str, note: str, paper: Media) -> int:
        """The list with boxes to tick; answers how many pages. Raises BadInput."""
        ...
