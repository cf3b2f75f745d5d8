"""Badges on sheets of perforated paper, as one PDF: each in its true size, in its cell, dot for dot as labels have it.

The back of a badge goes onto the page behind, in the mirrored column, for printers that turn the sheet over its long
edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from kiosk.domain.badge import Badge
from kiosk.domain.layout import Layout
from kiosk.domain.layout_fit import Problem
from kiosk.domain.sheets import Sheet, SheetsWritten
from kiosk.printing.bitmap import Page, placed
from kiosk.printing.pdf_writer import POINTS_PER_MM, PdfWriter, Placed
from kiosk.printing.render import DEFAULT_DPI, Drawn, draw
from kiosk.services.badge_tools import Progress, Stopped


def write_sheets(
    path: Path,
    badges: Sequence[Badge],
    layout_for: Callable[[Badge], Layout],
    sheet: Sheet,
    offset_mm: tuple[float, float] = (0, 0),
    progress: Progress | None = None,
    stopped: Stopped | None = None,
) -> SheetsWritten:
    """Write the badges onto sheets; a file that was there before stays until the new one is whole.

    Raises BadInput where a layout does not fit the cells, OSError where the disk refuses.
    """
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("wb") as out:
            writer = _SheetWriter(PdfWriter(out), sheet, offset_mm)
            written = writer.write(badges, layout_for, progress, stopped)
        if not written.stopped:
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return written


class _SheetWriter:
    def __init__(self, pdf: PdfWriter, sheet: Sheet, offset_mm: tuple[float, float]) -> None:
        self._pdf, self._sheet = pdf, sheet
        self._corners = list(sheet.corners(*offset_mm))

    def write(
        self,
        badges: Sequence[Badge],
        layout_for: Callable[[Badge], Layout],
        progress: Progress | None,
        stopped: Stopped | None,
    ) -> SheetsWritten:
        problems: list[tuple[str, Problem]] = []
        done = pages = 0
        for batch in _in_batches(badges, self._sheet.cells):
            drawn = []
            for badge in batch:
                if stopped is not None and stopped():
                    return SheetsWritten(done, pages, tuple(problems), stopped=True)
                drawn.append(draw(layout_for(badge), badge, DEFAULT_DPI))
                problems += [(badge.name, problem) for problem in drawn[-1].problems]
                done += 1
                if progress is not None:
                    progress(done, len(badges))
            pages += self._sides(drawn)
        self._pdf.close()
        return SheetsWritten(done, pages, tuple(problems))

    def _sides(self, drawn: Sequence[Drawn]) -> int:
        """The page of these badges, and the page behind where one of them has a back; how many pages that is."""
        self._page([(each.page, corner) for each, corner in zip(drawn, self._corners, strict=False)])
        mirrored = (self._corners[self._mirrored(place)] for place in range(len(drawn)))
        behind = [(each.back, corner) for each, corner in zip(drawn, mirrored, strict=True) if each.back is not None]
        if behind:
            self._page(behind)
        return 2 if behind else 1

    def _mirrored(self, place: int) -> int:
        row, column = divmod(place, self._sheet.columns)
        return row * self._sheet.columns + self._sheet.columns - 1 - column

    def _page(self, cells: Sequence[tuple[Page, tuple[float, float]]]) -> None:
        width, height = (mm * POINTS_PER_MM for mm in self._sheet.page_mm)
        pictures: list[Placed] = [
            placed(page.bitmap, x * POINTS_PER_MM, height - y * POINTS_PER_MM) for page, (x, y) in cells
        ]
        self._pdf.page(width, height, pictures)


def _in_batches(badges: Sequence[Badge], size: int) -> Iterator[list[Badge]]:
    each = iter(badges)
    while batch := list(islice(each, size)):
        yield batch
