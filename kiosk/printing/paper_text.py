"""Paragraphs on paper: any script, in the fonts we ship, as text that can be selected and copied.

Unlike on a badge, where letters become outlines, text stays text here: the PDF carries our fonts.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextOption

from kiosk.domain.layout import Weight
from kiosk.domain.papers import Align
from kiosk.printing.fonts import Typeface, plain_latin

LEADING = 1.22
"""Distance of two baselines in ems."""
BASELINE = 0.86
"""Of the height of a line, from its top."""
LONGEST = 4000
"""Letters of one paragraph; what is longer is no text of ours."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a paragraph is set; the size is in dots of the page."""

    size: float
    bold: bool = False
    align: Align = Align.START
    to_right: bool = False
    colour: str = "#000000"


@dataclass(slots=True)
class Paragraph:
    """Words broken into lines of a width."""

    layout: QTextLayout
    height: float
    colour: str

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Draw it with its upper left corner there."""
        painter.setPen(QColor(self.colour))
        self.layout.draw(painter, QPointF(x, y))


class Typesetter:
    """Sets paragraphs for one document. Belongs to the thread that made it."""

    def __init__(self) -> None:
        self._typefaces: dict[tuple[bool, bool], Typeface] = {}
        self._fonts: dict[tuple[bool, int], QFont] = {}
        self._metrics: dict[tuple[bool, int], QFontMetricsF] = {}

    def paragraph(self, words: str, style: Style, width: float) -> Paragraph:
        """Set these words in lines no wider than `width`."""
        text = " ".join(words[:LONGEST].split())
        layout = QTextLayout(text)
        option = QTextOption(_alignment(style))
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFont(self._font(style))
        layout.setFormats(self._formats(text, style))
        step = style.size * LEADING
        y = 0.0
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1.0, width))
            # The baseline stands where our Latin font has it, so that rows of a table stay level in any script.
            line.setPosition(QPointF(0, y + step * BASELINE - line.ascent()))
            y += step
        layout.endLayout()
        return Paragraph(layout, max(y, step), style.colour)

    def width_of(self, words: str, style: Style) -> float:
        """How wide these words are on one line, near enough to choose the width of a column."""
        key = (style.bold, _pixels(style))
        if key not in self._metrics:
            self._metrics[key] = QFontMetricsF(self._font(style))
        latin = "".join(c for c in words[:200] if c.isascii())
        other = sum(1.0 if c >= "\u2e80" else 0.6 for c in words[:200] if not c.isascii())
        return self._metrics[key].horizontalAdvance(latin) + other * style.size

    def _font(self, style: Style) -> QFont:
        key = (style.bold, _pixels(style))
        if key not in self._fonts:
            self._fonts[key] = _sized(next(iter(self._typeface(style.bold, True).stretches("A"))).font, style)
        return self._fonts[key]

    def _typeface(self, bold: bool, plain: bool) -> Typeface:
        if (bold, plain) not in self._typefaces:
            self._typefaces[bold, plain] = Typeface(Weight.BOLD if bold else Weight.TEXT, plain)
        return self._typefaces[bold, plain]

    def _formats(self, text: str, style: Style) -> list[QTextLayout.FormatRange]:
        """Which stretch of the text is set in which of our fonts."""
        if text.isascii():
            return []
        formats = []
        for stretch in self._typeface(style.bold, plain_latin(text)).stretches(text):
            look = QTextCharFormat()
            look.setFont(_sized(stretch.font, style))
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = stretch.start, stretch.length, look
            formats.append(part)
        return formats


def _pixels(style: Style) -> int:
    return max(1, round(style.size))


def _sized(font: QFont, style: Style) -> QFont:
    sized = QFont(font)
    sized.setPixelSize(_pixels(style))
    return sized


def _alignment(style: Style) -> Qt.AlignmentFlag:
    if style.align is Align.CENTER:
        return Qt.AlignmentFlag.AlignHCenter
    return Qt.AlignmentFlag.AlignRight if style.to_right else Qt.AlignmentFlag.AlignLeft
