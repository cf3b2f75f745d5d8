"""Text that fits: plain, as large as its place allows, wrapped where it must, and running the way its letters run."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from kiosk.ui.theme import font

LONGEST = 400
"""Characters of one text that are drawn. A hostile name of megabytes costs no more than this."""

LONGEST_WORD = 20
"""Letters after which a word may be broken where it is shown small."""


class Block(NamedTuple):
    """A text laid out for one width: draw it anywhere."""

    layout: QTextLayout
    height: float
    size_px: int
    lines: int

    def paint(self, painter: QPainter, x: float, y: float, ink: QColor) -> None:
        """Draw with the top left corner at (x, y)."""
        painter.setPen(ink)
        self.layout.draw(painter, QPointF(x, y))


@lru_cache(maxsize=256)
def block(text: str, size_px: int, width: int, bold: bool = False, leading: float = 1.0) -> Block:
    """Lay a plain text out in `width` pixels; words wider than that are broken.

    `leading` draws lines closer together.
    """
    shown = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    layout = QTextLayout(shown.replace("\n", " ").replace("\r", " "), font(size_px, bold))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    height, lines = 0.0, 0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        step = line.height() * leading
        line.setPosition(QPointF(0, height - (line.height() - step) / 2))
        height += step
        lines += 1
    layout.endLayout()
    return Block(layout, height, size_px, lines)


def fitted(text: str, largest_px: int, smallest_px: int, width: int, lines: int, bold: bool = False) -> Block:
    """The largest layout of a text that stays within so many lines; at the smallest size it may take more, never less
    than all.
    """
    size_px = largest_px
    while size_px > smallest_px and block(text, size_px, width, bold).lines > lines:
        size_px = max(smallest_px, round(size_px * 0.9))
    return block(text, size_px, width, bold)


class Elided(QLabel):
    """One line that ends in … where there is no room; all of it is in the accessible name. Its letters may first become
    smaller, to `least` of their size.
    """

    def __init__(self, role: str = "", least: float = 1.0) -> None:
        super().__init__()
        self._least = least
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)

    def _font(self) -> QFont:
        """As small as it has to be, and may be."""
        made = self.font()
        part = self.width() / max(1, self.fontMetrics().horizontalAdvance(self.text()))
        made.setPixelSize(max(1, int(self.fontInfo().pixelSize() * min(1.0, max(part, self._least)))))
        return made

    def shown(self) -> str:
        """As much of it as there is room for."""
        return QFontMetrics(self._font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.shown())
        painter.end()


def breakable(text: str, longest: int = LONGEST_WORD) -> str:
    """A text whose endless words may be broken, so that no name widens a window."""
    return " ".join(
        "\u200b".join(word[start : start + longest] for start in range(0, len(word), longest))
        for word in text[:LONGEST].split(" ")
    )


def label(text: str = "", role: str = "", wrap: bool = False, parent: QWidget | None = None) -> QLabel:
    """A label for text from anywhere: always plain. `role` picks its look in the style sheet."""
    made = QLabel(parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    made.setText(breakable(text) if wrap else text)
    if role:
        made.setProperty("role", role)
    return made
