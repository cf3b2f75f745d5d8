"""Sheets with several badges, and paper to print them on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.domain.layout_fit import Problem
from kiosk.domain.printers import Media

INCH = 25.4
LETTER = Media(8.5 * INCH, 11 * INCH, "Letter")
A4 = Media(210, 297, "A4")
PAPERS = (LETTER, A4)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A grid of cells of one size on a page."""

    id: str
    name: str
    paper: Media
    cell: Media
    columns: int
    rows: int
    layout: str
    """The layout that is made for it, where nobody chose another one."""

    @property
    def page_mm(self) -> tuple[float, float]:
        """Width and height of the page."""
        assert self.paper.length_mm is not None
        return self.paper.width_mm, self.paper.length_mm

    @property
    def cells(self) -> int:
        """Badges on one sheet."""
        return self.columns * self.rows

    def corners(self, x_mm: float = 0, y_mm: float = 0) -> Iterator[tuple[float, float]]:
        """Top left corners of the cells, row by row, from the page's top left; shifted for a printer that is off.

        The grid stands in the middle of the page, without gaps: that is where these sheets are cut.
        """
        assert self.cell.length_mm is not None
        width, height = self.page_mm
        left = (width - self.columns * self.cell.width_mm) / 2 + x_mm
        top = (height - self.rows * self.cell.length_mm) / 2 + y_mm
        for row in range(self.rows):
            for column in range(self.columns):
                yield left + column * self.cell.width_mm, top + row * self.cell.length_mm


_FOUR_BY_THREE = Media(4 * INCH, 3 * INCH)

SHEETS = (
    Sheet("avery-5392", "Avery 5392: six of 4 × 3 in on Letter", LETTER, _FOUR_BY_THREE, 2, 3, "avery-5392"),
    Sheet("a4-six", "A4: six of 4 × 3 in", A4, _FOUR_BY_THREE, 2, 3, "avery-5392"),
    Sheet("a4-a6", "A4: four of A6", A4, Media(105, 148), 2, 2, "a6-folded"),
)


@dataclass(frozen=True, slots=True)
class SheetsWritten:
    """What went into a file of sheets."""

    badges: int
    pages: int
    problems: tuple[tuple[str, Problem], ...] = ()
    """Names, and what is not as it should be on their badges."""
    stopped: bool = False
    """Somebody stopped it: there is no file."""


def sheet_of(name: str) -> Sheet | None:
    """The sheet of this id."""
    return next((sheet for sheet in SHEETS if sheet.id == name), None)
