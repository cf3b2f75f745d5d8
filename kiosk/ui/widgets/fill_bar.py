"""How full a room is: a bar, the numbers and the percentage; hatched when it gets tight, and a word when it is full."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.i18n import _
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.shapes import paint_hatch

TIGHT_PERCENT = 90
HEIGHT_PX = 34


class FillBar(QWidget):
    """Shows how many of how many; without a number of seats, how many."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._inside = 0
        self._capacity: int | None = None
        self._scope = ""
        self._ink = theme.colours.text
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_fill(self, inside: int, capacity: int | None, scope: str = "") -> None:
        """So many are inside; `scope` says whose count that is."""
        self._inside, self._capacity, self._scope = inside, capacity, scope
        self.setAccessibleName(self.words())
        self.update()

    def set_ink(self, colour: str) -> None:
        """What it is drawn in."""
        self._ink = colour
        self.update()

    @property
    def percent(self) -> int | None:
        """Rounded down, so that it says 100 only when nothing is left."""
        return None if not self._capacity else self._inside * 100 // self._capacity

    def words(self) -> str:
        """The same as text: `142 / 180   79 %`."""
        percent = self.percent
        if self._capacity is None or percent is None:
            parts = [_("{count} inside").format(count=f"{self._inside:,}")]
        else:
            full = _("FULL") if self._inside >= self._capacity else f"{percent} %"
            parts = [f"{self._inside:,} / {self._capacity:,}", full]
        return "   ".join([*parts, *([self._scope] if self._scope else [])])

    def sizeHint(self) -> QSize:
        return QSize(320, self._theme.px(HEIGHT_PX))

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink, edge = QColor(self._ink), QColor(self._theme.colours.edge)
        painter.setFont(self._theme.font(22, bold=True))
        words = self.words()
        room = painter.fontMetrics().horizontalAdvance(words) + 14
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setPen(ink)
        if self._capacity is None:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading, words)
            painter.end()
            return
        right_to_left = self.isRightToLeft()
        text = QRectF(box)
        (text.setRight if right_to_left else text.setLeft)(room if right_to_left else box.right() - room + 14)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        (box.setLeft if right_to_left else box.setRight)(room if right_to_left else box.right() - room)
        self._paint_bar(painter, box, ink, edge)
        painter.end()

    def _paint_bar(self, painter: QPainter, box: QRectF, ink: QColor, edge: QColor) -> None:
        path = QPainterPath()
        path.addRoundedRect(box, 7, 7)
        painter.setPen(edge)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        share = min(1.0, self._inside / max(1, self._capacity or 1))
        filled = QRectF(box)
        if self.isRightToLeft():
            filled.setLeft(box.right() - box.width() * share)
        else:
            filled.setWidth(box.width() * share)
        painter.save()
        painter.setClipPath(path)
        if (self.percent or 0) >= TIGHT_PERCENT:
            paint_hatch(painter, filled, QColor("#FFC20A"), QColor("#000000"), 10)
        else:
            painter.fillRect(filled, ink)
        painter.restore()
        painter.setPen(edge)
        painter.drawPath(path)
