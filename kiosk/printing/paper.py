"""Reports on paper: tables and sheets onto any device with pages, which is a PDF or a printer of the system.

Everything is laid out before the first page is drawn, so that each page can say of how many it is one. What is drawn
are boxes of a known height, one below the other; a box never breaks, a table breaks between its rows and has its
headers again on the next page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QMarginsF, QRectF
from PySide6.QtGui import QColor, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPen
from PySide6.QtSvg import QSvgRenderer

from kiosk.domain.papers import Align, Block, Fields, Grid, Imprint, PaperSize, Picture, Sheet, Signatures, Table, Text
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.paper_box import DPI, GREY, MM, PT, RULE, Box
from kiosk.printing.paper_table import TableSetter
from kiosk.printing.paper_text import Style, Typesetter

MARGIN_MM = 16
FOOT_MM = 9
FOOT_SHARES = (0.38, 0.46, 0.16)
"""How the width of a page is shared by what it is, when and where it was made, and its number."""
MARK_MM = 10.5
"""How far from the edge a mark stands: inside the border, above what is written."""
INK_BLUE = "#1b3a6b"
SHRINK = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.64, 0.58, 0.52)
"""A sheet with a border is one page: it is set smaller until it fits."""

_SIZES = {PaperSize.LETTER: QPageSize.PageSizeId.Letter, PaperSize.A4: QPageSize.PageSizeId.A4}

Tell = Callable[[int, int], object]
"""Hears how many sheets or pages are done, of how many; may raise to stop."""


@dataclass(frozen=True, slots=True)
class _Placed:
    box: Box
    y: float


class Book:
    """Draws documents onto the pages of one device, one after the other."""

    def __init__(self, device: QPagedPaintDevice, size: PaperSize, imprint: Imprint) -> None:
        self._device = device
        self._size = size
        self._imprint = imprint
        self._type = Typesetter()
        self._painter: QPainter | None = None
        self._page = QRectF()

    def table(self, table: Table, tell: Tell) -> None:
        """Draw a list, with its title and what stands above it."""
        landscape = self._is_wide(table)
        blocks: list[Block] = [Text(table.title, 18, bold=True, above_mm=0)]
        if table.facts:
            blocks.append(Fields(table.facts, columns=3, above_mm=3))
        self.sheets([Sheet(table.title, (*blocks, Grid(table)), landscape)], 1, tell)

    def sheets(self, sheets: Iterable[Sheet], count: int, tell: Tell) -> None:
        """Draw sheets, each from a page of its own on."""
        try:
            for number, sheet in enumerate(sheets, 1):
                self._sheet(sheet)
                tell(number, count)
            if self._painter is None:
                self._sheet(Sheet("", (Text(_("There is nothing to print."), 14),)))
        finally:
            if self._painter is not None:
                self._painter.end()
                self._painter = None

    # One sheet

    def _sheet(self, sheet: Sheet) -> None:
        self._measure(sheet.landscape)
        pages = self._laid_out(sheet)
        for number, page in enumerate(pages, 1):
            painter = self._new_page(sheet.landscape)
            if sheet.border:
                self._border(painter)
            for placed in page:
                placed.box.paint(painter, self._page.left(), placed.y)
            self._mark(painter)
            self._foot(painter, sheet, number, len(pages))

    def _laid_out(self, sheet: Sheet) -> list[list[_Placed]]:
        if not sheet.border:
            return self._pages(self._boxes(sheet.blocks, 1.0))
        pages: list[list[_Placed]] = []
        for scale in SHRINK:
            pages = self._pages(self._boxes(sheet.blocks, scale))
            if len(pages) == 1:
                break
        return [_centred(pages[0], self._page.bottom() + FOOT_MM * MM), *pages[1:]]

    def _measure(self, landscape: bool) -> None:
        """The part of the page that is written on, in dots."""
        size = QPageSize(_SIZES[self._size]).size(QPageSize.Unit.Millimeter)
        width, height = (size.height(), size.width()) if landscape else (size.width(), size.height())
        self._page = QRectF(
            MARGIN_MM * MM, MARGIN_MM * MM, (width - 2 * MARGIN_MM) * MM, (height - 2 * MARGIN_MM - FOOT_MM) * MM
        )

    def _new_page(self, landscape: bool) -> QPainter:
        way = QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait
        layout = QPageLayout(QPageSize(_SIZES[self._size]), way, QMarginsF(0, 0, 0, 0))
        layout.setMode(QPageLayout.Mode.FullPageMode)
        self._device.setPageLayout(layout)
        if self._painter is None:
            self._painter = QPainter()
            if not self._painter.begin(self._device):
                self._painter = None
                raise BadInput(_("The pages cannot be written. Check the disk, the folder and the printer."))
        elif not self._device.newPage():
            raise BadInput(_("The printer takes no further page."))
        self._fit(self._painter)
        return self._painter

    def _fit(self, painter: QPainter) -> None:
        """Our dots onto those of the device, whatever its resolution."""
        painter.resetTransform()
        painter.scale(painter.device().logicalDpiX() / DPI, painter.device().logicalDpiY() / DPI)

    def _pages(self, boxes: Sequence[Box]) -> list[list[_Placed]]:
        """Boxes onto pages."""
        pages: list[list[_Placed]] = [[]]
        y = self._page.top()
        for number, box in enumerate(boxes):
            need = box.height
            if box.keep and number + 1 < len(boxes):
                need += boxes[number + 1].above + boxes[number + 1].height
            above = box.above if pages[-1] else 0.0
            if pages[-1] and y + above + need > self._page.bottom():
                pages.append([])
                y, above = self._page.top(), 0.0
                if box.repeat is not None:
                    pages[-1].append(_Placed(box.repeat, y))
                    y += box.repeat.height
            pages[-1].append(_Placed(box, y + above))
            y += above + box.height
        return pages

    # Blocks into boxes

    def _boxes(self, blocks: Sequence[Block], scale: float) -> list[Box]:
        boxes: list[Box] = []
        for block in blocks:
            match block:
                case Text():
                    boxes.append(self._text(block, scale))
                case Fields():
                    boxes += self._fields(block, scale)
                case Grid():
                    boxes += TableSetter(self._type, self._page.width(), scale).boxes(block)
                case Signatures():
                    boxes.append(self._signatures(block, scale))
                case Picture():
                    boxes.append(self._picture(block, scale))
        return boxes

    def _picture(self, block: Picture, scale: float) -> Box:
        drawing, width = QSvgRenderer(block.svg.encode()), self._page.width()
        height = width * block.shape

        def paint(painter: QPainter, x: float, y: float) -> None:
            drawing.render(painter, QRectF(x, y, width, height))

        return Box(height, paint, block.above_mm * MM * scale)

    def _text(self, block: Text, scale: float) -> Box:
        style = Style(block.size_pt * PT * scale, block.bold, block.align)
        set_text = self._type.paragraph(block.words, style, self._page.width())
        return Box(set_text.height, set_text.paint, block.above_mm * MM * scale, keep=block.bold)

    def _fields(self, block: Fields, scale: float) -> list[Box]:
        gap = 6 * MM
        width = (self._page.width() - gap * (block.columns - 1)) / block.columns
        name = Style(8.5 * PT * scale, colour=GREY)
        value = Style(11 * PT * scale)
        boxes = []
        for start in range(0, len(block.rows), block.columns):
            cells = [
                (self._type.paragraph(label, name, width), self._type.paragraph(words, value, width))
                for label, words in block.rows[start : start + block.columns]
            ]

            def paint(painter: QPainter, x: float, y: float, cells: list = cells) -> None:  # type: ignore[type-arg]
                for number, (label, words) in enumerate(cells):
                    left = x + number * (width + gap)
                    label.paint(painter, left, y)
                    words.paint(painter, left, y + label.height)

            height = max(label.height + words.height for label, words in cells)
            boxes.append(Box(height, paint, (2 * MM if start else block.above_mm * MM) * scale))
        return boxes

    def _signatures(self, block: Signatures, scale: float) -> Box:
        gap = 10 * MM
        count = len(block.labels)
        width = (self._page.width() - gap * (count - 1)) / max(1, count)
        below = [self._type.paragraph(label, Style(9 * PT * scale, colour=GREY), width) for label in block.labels]

        def paint(painter: QPainter, x: float, y: float) -> None:
            painter.setPen(QPen(QColor("#000000"), 0.8 * PT))
            for number in range(count):
                left = round(x + number * (width + gap))
                painter.drawLine(left, round(y), round(left + width), round(y))
            for number, label in enumerate(below):
                label.paint(painter, x + number * (width + gap), y + 1 * MM)

        return Box(1 * MM + max((label.height for label in below), default=0.0), paint, block.above_mm * MM * scale)

    # Around the page

    def _border(self, painter: QPainter) -> None:
        whole = QRectF(0, 0, self._page.width() + 2 * MARGIN_MM * MM, self._page.bottom() + (MARGIN_MM + FOOT_MM) * MM)
        for inset_mm, thick_pt in ((8.0, 2.4), (9.6, 0.7)):
            painter.setPen(QPen(QColor(INK_BLUE), thick_pt * PT))
            inset = inset_mm * MM
            painter.drawRect(whole.adjusted(inset, inset, -inset, -inset))

    def _mark(self, painter: QPainter) -> None:
        if self._imprint.mark:
            style = Style(9 * PT, bold=True, align=Align.CENTER)
            words = self._type.paragraph(self._imprint.mark, style, self._page.width())
            words.paint(painter, self._page.left(), MARK_MM * MM)

    def _foot(self, painter: QPainter, sheet: Sheet, number: int, count: int) -> None:
        if sheet.border:
            return
        style = Style(8 * PT, colour=GREY)
        y = self._page.bottom() + FOOT_MM * MM - 5 * MM
        painter.setPen(QPen(QColor(RULE), 0.5 * PT))
        painter.drawLine(round(self._page.left()), round(y), round(self._page.right()), round(y))
        left = f"{self._imprint.conference} · {sheet.title}" if self._imprint.conference else sheet.title
        right = _("Page {n} of {count}").format(n=number, count=count)
        x = self._page.left()
        for column, words in enumerate((left, self._imprint.made, right)):
            align = Align.CENTER if column == 1 else Align.START
            said = Style(style.size, align=align, to_right=column == 2, colour=GREY)
            width = FOOT_SHARES[column] * self._page.width()
            self._type.paragraph(words, said, width - 2 * MM).paint(painter, x, y + 1.2 * MM)
            x += width

    def _is_wide(self, table: Table) -> bool:
        self._measure(landscape=False)
        return TableSetter(self._type, self._page.width(), 1.0).wants(table) > self._page.width() * 1.1


def _centred(page: Sequence[_Placed], bottom: float) -> list[_Placed]:
    """A page that is not full stands in the middle of its paper."""
    if not page:
        return []
    spare = bottom - (page[-1].y + page[-1].box.height)
    return [_Placed(placed.box, placed.y + max(0.0, spare / 2)) for placed in page]
