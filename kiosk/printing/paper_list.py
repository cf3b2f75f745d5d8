"""The list for the day nothing else works: everybody on paper, with a box to tick, sorted, with page numbers.

Its text is text: it can be searched and copied. Names in any script are set with the fonts we ship.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPageSize, QPainter, QPdfWriter, QPen

from kiosk.domain.layout import Weight
from kiosk.domain.people import Attendee
from kiosk.domain.printers import Media
from kiosk.domain.typed import one_line
from kiosk.i18n import _
from kiosk.printing.fonts import CAP, EM, Typeface, plain_latin
from kiosk.printing.typeset import break_word, laid_out

_DPI = 600
_MARGIN_MM = 14.0
_ROW_MM = 7.2
_HEAD_MM = 20.0
_FOOT_MM = 8.0
_BOX_MM = 4.0
_LONGEST = 120
_SMALLEST = 0.62
"""Of the usual size; what is longer still becomes narrower."""
_NARROWEST = 0.75


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, and its share of the width."""

    title: str
    share: float


def write_paper_list(path: Path, people: Sequence[Attendee], title: str, note: str, paper: Media) -> int:
    """Write the list; answers how many pages it has. Raises OSError where the disk refuses."""
    unfinished = path.with_name(path.name + ".part")
    try:
        pages = _PaperList(unfinished, title, note, paper).write(people)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return pages


class _PaperList:
    def __init__(self, path: Path, title: str, note: str, paper: Media) -> None:
        assert paper.length_mm is not None
        self._title, self._note = title, note
        self._width, self._height = paper.width_mm, paper.length_mm
        with path.open("wb"):
            pass  # a folder that cannot be written to is said as an OSError, not as a silent nothing
        self._pdf = QPdfWriter(str(path))
        self._pdf.setResolution(_DPI)
        self._pdf.setPageSize(QPageSize(QSizeF(self._width, self._height), QPageSize.Unit.Millimeter))
        self._pdf.setPageMargins(QMarginsF(0, 0, 0, 0))
        self._pdf.setTitle(title)
        self._pdf.setCreator("kiosk")
        self._columns = (
            Column("", 0.05),
            Column(_("Last name"), 0.24),
            Column(_("First name"), 0.19),
            Column(_("Agency"), 0.30),
            Column(_("Type"), 0.12),
            Column(_("Number"), 0.10),
        )

    @property
    def _rows(self) -> int:
        """Rows on a page."""
        return int((self._height - 2 * _MARGIN_MM - _HEAD_MM - _FOOT_MM) // _ROW_MM)

    def write(self, people: Sequence[Attendee]) -> int:
        pages = max(1, -(-len(people) // self._rows))
        self._painter = QPainter(self._pdf)
        try:
            for page in range(pages):
                if page:
                    self._pdf.newPage()
                self._head(len(people))
                for place, attendee in enumerate(people[page * self._rows : (page + 1) * self._rows]):
                    self._row(place, attendee)
                self._foot(page + 1, pages)
        finally:
            self._painter.end()
        return pages

    def _head(self, people: int) -> None:
        self._text(_MARGIN_MM, _MARGIN_MM, self._inner, 7, self._title, 14, bold=True)
        words = _("{count} people · {note}").format(count=f"{people:,}", note=self._note)
        self._text(_MARGIN_MM, _MARGIN_MM + 7, self._inner, 5, words, 9)
        top = _MARGIN_MM + _HEAD_MM - 6
        for x, column in self._places():
            self._text(x, top, column.share * self._inner, 5.5, column.title, 9, bold=True)
        self._line(top + 6, 0.4)

    def _row(self, place: int, attendee: Attendee) -> None:
        top = _MARGIN_MM + _HEAD_MM + place * _ROW_MM
        places = [(x, column.share * self._inner - 2) for x, column in self._places()]
        for (x, width), name in zip(places[1:3], (attendee.last, attendee.first or attendee.badge_name), strict=True):
            self._name(x, top, width, name)
        words = (attendee.agency, attendee.registration_type, attendee.number)
        for (x, width), text in zip(places[3:], words, strict=True):
            self._shortened(x, top, width, text)
        self._painter.setPen(QPen(Qt.GlobalColor.black, self._dots(0.3)))
        y = top + (_ROW_MM - _BOX_MM) / 2
        self._painter.drawRect(QRectF(*(self._dots(mm) for mm in (_MARGIN_MM, y, _BOX_MM, _BOX_MM))))
        self._line(top + _ROW_MM, 0.1)

    def _foot(self, page: int, pages: int) -> None:
        words = _("Page {page} of {pages}").format(page=page, pages=pages)
        self._text(_MARGIN_MM, self._height - _MARGIN_MM - 5, self._inner, 5, words, 9)

    @property
    def _inner(self) -> float:
        return self._width - 2 * _MARGIN_MM

    def _places(self) -> list[tuple[float, Column]]:
        """Where each column begins."""
        places, x = [], _MARGIN_MM
        for column in self._columns:
            places.append((x, column))
            x += column.share * self._inner
        return places

    def _line(self, y: float, thick: float) -> None:
        self._painter.setPen(QPen(Qt.GlobalColor.black, self._dots(thick)))
        self._painter.drawLine(
            round(self._dots(_MARGIN_MM)), round(self._dots(y)),
            round(self._dots(self._width - _MARGIN_MM)), round(self._dots(y)),
        )  # fmt: skip

    def _name(self, x: float, y: float, width: float, words: str) -> None:
        """A name in a row: on two small lines where one would be too narrow to read. Nothing of it is cut."""
        if self._narrowed(width, words, 10) >= _NARROWEST:
            self._text(x, y, width, _ROW_MM, words, 10)
            return
        for place, line in enumerate(break_word(one_line(words, _LONGEST), 2)):
            self._text(x, y + place * _ROW_MM / 2, width, _ROW_MM / 2, line, 10 * _SMALLEST)

    def _shortened(self, x: float, y: float, width: float, words: str) -> None:
        """An agency in a row: cut with an ellipsis where it would be too narrow to read."""
        shown = one_line(words, _LONGEST)
        while len(shown) > 1 and self._narrowed(width, shown, 10) < _NARROWEST:
            shown = shown.rstrip("…")[:-1].rstrip() + "…"
        self._text(x, y, width, _ROW_MM, shown, 10)

    def _narrowed(self, width: float, words: str, size_pt: float) -> float:
        """How narrow the letters become at the smallest size; 1 where they keep their width."""
        layout = laid_out(words, Typeface(Weight.TEXT, plain_latin(words)))
        wide = layout.lineAt(0).naturalTextWidth() * _SMALLEST * size_pt / 72 * _DPI / EM
        return min(1.0, self._dots(width) / wide) if wide else 1.0

    def _text(
        self, x: float, y: float, width: float, height: float, words: str, size_pt: float, bold: bool = False
    ) -> None:
        """One line in the middle of its height; smaller, then narrower, where it is too long."""
        words = one_line(words, _LONGEST)
        if not words:
            return
        layout = laid_out(words, Typeface(Weight.BOLD if bold else Weight.TEXT, plain_latin(words)))
        line = layout.lineAt(0)
        room, wide = self._dots(width), line.naturalTextWidth()
        usual = size_pt / 72 * _DPI / EM
        scale = max(_SMALLEST * usual, min(usual, room / wide))
        self._painter.save()
        self._painter.setPen(Qt.GlobalColor.black)
        middle = self._dots(y) + (self._dots(height) + CAP * EM * scale) / 2
        self._painter.translate(self._dots(x), middle - line.ascent() * scale)
        self._painter.scale(min(scale, room / wide), scale)
        layout.draw(self._painter, QPointF())
        self._painter.restore()

    def _dots(self, mm: float) -> float:
        return mm / 25.4 * _DPI
