"""Tables on paper: how wide each column is, and each row as a box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtGui import QColor, QPainter, QPen

from kiosk.domain.papers import Grid, Table
from kiosk.i18n import _, ngettext
from kiosk.printing.paper_box import GREY, MM, PT, RULE, Box
from kiosk.printing.paper_text import Style, Typesetter

LOOKED_AT = 400
"""Rows that are measured; the rest are like them."""
USUAL = 95
"""Of a hundred cells so many fit on one line; the longest may break."""
SLACK = 1.03
"""Letters are a little wider in a line than they were measured."""
WIDEST_MM = 75
"""A column of longer text breaks into lines."""
SHORT_MM = 24
"""What is no wider is not broken: a time, a date, a number."""
SMALLER = (1.0, 0.92, 0.84, 0.76, 0.68)
"""How far a table may be set smaller."""
PAD = 1.2 * MM
LONGEST_CELL = 240
"""Letters of a cell that are printed."""
PEN_MM = 42
"""A column to sign in."""
PEN_ROW_MM = 9
"""The least height of a row that is signed."""
ROW_PAD = 0.9 * MM


class TableSetter:
    """Sets one table in a width."""

    def __init__(self, setter: Typesetter, width: float, scale: float) -> None:
        self._type = setter
        self._width = width
        self._cell = Style(9 * PT * scale)
        self._head = Style(9 * PT * scale, bold=True)
        self._scale = scale

    def wants(self, table: Table) -> float:
        """How wide the table would be with every row on one line."""
        columns = (n for n in range(len(table.headers)) if n != table.group)
        return sum(self._column(table, n)[1] for n in columns) + len(table.to_write) * PEN_MM * MM

    def boxes(self, grid: Grid) -> list[Box]:
        """The headers and all rows."""
        table = grid.table
        if not table.headers:
            return []
        columns = [n for n in range(len(table.headers)) if n != table.group]
        self._shrink(table, columns)
        widths = self._widths(table, columns)
        above = grid.above_mm * MM * self._scale
        names = [table.headers[n] for n in columns] + list(table.to_write)
        head = self._row(names, widths, table, columns, self._head, thick=True)
        if not table.rows:
            nothing = self._type.paragraph(_("Nothing to list."), Style(self._cell.size, colour=GREY), self._width)
            return [_spaced(head, above), Box(nothing.height, nothing.paint, 2 * MM)]
        boxes: list[Box] = []
        for name, rows in _groups(table):
            if name is not None:
                count = len(rows) if table.of_people else None
                boxes.append(self._group(name, count, above if not boxes else 6 * MM * self._scale))
            boxes.append(_spaced(head, 1 * MM if boxes else above))
            for row in rows:
                cells = [row[n] for n in columns] + [""] * len(table.to_write)
                boxes.append(self._row(cells, widths, table, columns, self._cell, repeat=head))
        return boxes

    # Columns

    def _shrink(self, table: Table, columns: Sequence[int]) -> None:
        """Set a table of many columns smaller, rather than tear its words."""
        full = self._cell.size
        for part in SMALLER:
            self._cell, self._head = Style(full * part), Style(full * part, bold=True)
            least = sum(self._column(table, n)[0] for n in columns)
            if least + len(table.to_write) * PEN_MM * MM * self._scale <= self._width:
                break

    def _column(self, table: Table, n: int) -> tuple[float, float]:
        """How wide a column must be for its words, and how wide it would be with every row on one line."""
        cells = [row[n] for row in table.rows[:LOOKED_AT]]
        least = [max(self._type.width_of(word, self._cell) for word in (*cell.split(), "")) for cell in cells]
        natural = [self._type.width_of(cell, self._cell) for cell in cells]
        name = table.headers[n]
        head = max((self._type.width_of(word, self._head) for word in name.split()), default=0.0)
        whole_head = self._type.width_of(name, self._head)
        usual = _usual(natural)
        need = usual if usual <= SHORT_MM * MM else _usual(least)
        return (
            min(max(head, need), WIDEST_MM * MM) * SLACK + 2 * PAD,
            min(max(whole_head, usual), WIDEST_MM * MM) * SLACK + 2 * PAD,
        )

    def _widths(self, table: Table, columns: Sequence[int]) -> list[float]:
        """Columns as wide as they want where there is room; else they give way, down to their longest words."""
        pens = len(table.to_write)
        pen = PEN_MM * MM * self._scale
        free = self._width - pens * pen
        pairs = [self._column(table, n) for n in columns]
        widths = _give_way([least for least, _natural in pairs], [natural for _least, natural in pairs], free)
        spare = max(0.0, free - sum(widths))
        if pens:
            pen += spare / pens
        else:
            wide = [0.0 if n in table.numbers else width for n, width in zip(columns, widths, strict=True)]
            widths = [width + spare * part / max(1.0, sum(wide)) for width, part in zip(widths, wide, strict=True)]
        return [*widths, *[pen] * pens]

    # Rows

    def _row(
        self,
        cells: Sequence[str],
        widths: Sequence[float],
        table: Table,
        columns: Sequence[int],
        style: Style,
        *,
        repeat: Box | None = None,
        thick: bool = False,
    ) -> Box:
        figures = [n in table.numbers for n in columns] + [False] * len(table.to_write)
        set_cells = [
            self._type.paragraph(_short(words), Style(style.size, style.bold, to_right=figure), width - 2 * PAD)
            for words, width, figure in zip(cells, widths, figures, strict=True)
        ]
        height = max(cell.height for cell in set_cells) + 2 * ROW_PAD * self._scale
        if table.to_write and not thick:
            height = max(height, PEN_ROW_MM * MM * self._scale)
        top = ROW_PAD * self._scale

        def paint(painter: QPainter, x: float, y: float) -> None:
            left = x
            for cell, width in zip(set_cells, widths, strict=True):
                cell.paint(painter, left + PAD, y + (height - cell.height if table.to_write else top))
                left += width
            painter.setPen(QPen(QColor("#000000" if thick else RULE), (1.0 if thick else 0.4) * PT))
            painter.drawLine(round(x), round(y + height), round(x + self._width), round(y + height))

        return Box(height, paint, keep=thick, repeat=repeat)

    def _group(self, name: str, count: int | None, above: float) -> Box:
        words = name
        if count is not None:
            words = ngettext("{name} – {n} person", "{name} – {n} people", count).format(name=name, n=count)
        heading = self._type.paragraph(words, Style(13 * PT * self._scale, bold=True), self._width)
        return Box(heading.height, heading.paint, above, keep=True)


def _short(words: str) -> str:
    """What fits into a cell, so that no row is higher than a page."""
    return words if len(words) <= LONGEST_CELL else words[: LONGEST_CELL - 1] + "…"


def _spaced(box: Box, above: float) -> Box:
    return Box(box.height, box.paint, above, box.keep)


def _groups(table: Table) -> Iterator[tuple[str | None, list[tuple[str, ...]]]]:
    """The rows under their headings, as they come."""
    if table.group is None:
        yield None, list(table.rows)
        return
    name: str | None = None
    rows: list[tuple[str, ...]] = []
    for row in table.rows:
        if row[table.group] != name:
            if rows:
                yield name, rows
            name, rows = row[table.group], []
        rows.append(row)
    yield name, rows


def _usual(widths: Sequence[float]) -> float:
    """What nearly all of these fit into, and all that are short."""
    if not widths:
        return 0.0
    short = max((width for width in widths if width <= SHORT_MM * MM), default=0.0)
    return max(short, sorted(widths)[len(widths) * USUAL // 100])


def _give_way(least: Sequence[float], natural: Sequence[float], free: float) -> list[float]:
    """Widths that fit: between what the words need and what the lines want; narrower only where even words do not
    fit.
    """
    if sum(natural) <= free:
        return list(natural)
    if sum(least) >= free:
        return [width * free / sum(least) for width in least]
    share = (free - sum(least)) / (sum(natural) - sum(least))
    return [low + (high - low) * share for low, high in zip(least, natural, strict=True)]
