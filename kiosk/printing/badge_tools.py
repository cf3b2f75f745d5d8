"""What can be done with badges besides printing them one by one: looked at, checked, put on sheets, listed on paper."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kiosk.domain.badge import Badge
from kiosk.domain.layout import Layout, Mono
from kiosk.domain.layout_fit import FitReport, Preview
from kiosk.domain.people import Attendee
from kiosk.domain.printers import Media
from kiosk.domain.sheets import Sheet, SheetsWritten
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.bitmap import pdf
from kiosk.printing.fit_report import check_fit
from kiosk.printing.paper_list import write_paper_list
from kiosk.printing.pdf_printer import write_durably
from kiosk.printing.pictures import bring_in
from kiosk.printing.press import ensure_qt
from kiosk.printing.render import draw
from kiosk.printing.sheets import write_sheets
from kiosk.services.badge_tools import Progress, Stopped


class BadgeTools:
    """Everything here may be called from any thread, and long work asks `stopped` between two badges."""

    def preview(self, layout: Layout, badge: Badge, dpi: int, side: int = 0) -> Preview:
        """The badge as it would be printed, dot for dot; of a badge with two pages the one of this side.

        Raises BadInput.
        """
        ensure_qt()
        drawn = draw(layout, badge, dpi)
        bitmap = (drawn.back if side and drawn.back else drawn.page).bitmap
        return Preview(bitmap.width, bitmap.height, dpi, bitmap.rows, drawn.problems, drawn.fits)

    def picture(self, path: Path) -> tuple[bytes, Mono]:
        """A picture file as it is kept in a layout. Raises BadInput."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadInput(_("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror)) from error
        return bring_in(data)

    def check(
        self,
        badges: Sequence[Badge],
        layouts_for: Callable[[Badge], Iterable[Layout]],
        progress: Progress | None = None,
        stopped: Stopped | None = None,
    ) -> FitReport:
        """Draw all of these at the resolutions printers have, and tell what came of it."""
        ensure_qt()
        return check_fit(badges, layouts_for, progress=progress, stopped=stopped)

    def save_pdf(self, path: Path, layout: Layout, badge: Badge) -> None:
        """One badge as a PDF. Raises BadInput."""
        ensure_qt()
        page = pdf(draw(layout, badge).page)
        with _told_of(path):
            write_durably(path, page)

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
        ensure_qt()
        with _told_of(path):
            return write_sheets(path, badges, layout_for, sheet, offset_mm, progress, stopped)

    def paper_list(self, path: Path, people: Sequence[Attendee], title: str, note: str, paper: Media) -> int:
        """The list with boxes to tick; answers how many pages. Raises BadInput."""
        ensure_qt()
        with _told_of(path):
            return write_paper_list(path, people, title, note, paper)


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """What the disk refuses, as a sentence that names the file."""
    try:
        yield
    except OSError as error:
        words = _("{path} cannot be written: {reason}.")
        reason = error.strerror or os.strerror(error.errno or 0)
        raise BadInput(words.format(path=path, reason=reason)) from error
