"""The verdict shapes, drawn rather than loaded: they are sharp at any size and cost nothing at the start.

Each outcome has an outline of its own (circle, triangle, square, octagon, diamond, disk) and a sign in it, so that it
is known without its colour.
"""

from __future__ import annotations

from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from kiosk.domain.verdicts import Outcome
from kiosk.ui.theme import LOOKS

UNIT = 100.0
"""Shapes are described in a square of 100 × 100 and scaled."""

DARK, RIM = 120, "#8A949E"
"""Fills darker than this (of 255) get a rim, or they are lost on a dark ground."""

Points = tuple[tuple[float, float], ...]


def paint_shape(painter: QPainter, box: QRectF, shape: str, fill: QColor, sign: QColor) -> None:
    """Draw `shape` into a square box: the outline filled with `fill`, its sign in `sign`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / UNIT, box.height() / UNIT)
    pen = QPen(fill, 6.0)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(fill)
    painter.drawPath(_OUTLINES[shape])
    pen = QPen(sign, 10.0)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(_SIGNS[shape])
    painter.restore()


def paint_hatch(painter: QPainter, box: QRectF, first: QColor, second: QColor, step: float = 24.0) -> None:
    """Fill a box with diagonal stripes, each `step` pixels wide."""
    painter.save()
    painter.setClipRect(box, Qt.ClipOperation.IntersectClip)
    painter.fillRect(box, first)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(second))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    reach, x = box.height(), box.left() - box.height()
    while x < box.right():
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(x, box.bottom()),
                    QPointF(x + reach, box.top()),
                    QPointF(x + reach + step, box.top()),
                    QPointF(x + step, box.bottom()),
                ]
            )
        )
        x += 2 * step
    painter.restore()


def paint_viewfinder(painter: QPainter, box: QRectF, ink: QColor) -> None:
    """The picture of the ready desk: a code between four corners."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / UNIT, box.height() / UNIT)
    pen = QPen(ink, 3.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for turn in range(4):
        painter.save()
        painter.translate(50, 50)
        painter.rotate(90 * turn)
        painter.drawPath(_CORNER)
        painter.restore()
    for x, y in ((24, 24), (58, 24), (24, 58)):
        painter.drawRoundedRect(QRectF(x, y, 18, 18), 3, 3)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    for x, y in ((30, 30), (64, 30), (30, 64), (58, 58), (70, 58), (64, 64), (58, 70), (70, 70)):
        painter.drawRect(QRectF(x, y, 6, 6))
    painter.restore()


class Icon(QWidget):
    """A small verdict shape on neutral ground; its word always stands beside it."""

    def __init__(self, size_px: int, outcome: Outcome | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outcome = outcome
        self.setFixedSize(size_px, size_px)

    def show_outcome(self, outcome: Outcome | None) -> None:
        """Draw another shape, or none."""
        self._outcome = outcome
        self.update()

    def paintEvent(self, event: object) -> None:
        if self._outcome is None:
            return
        look = LOOKS[self._outcome]
        fill, sign = QColor(look.background), QColor(look.ink)
        if self._outcome is Outcome.NOT_SAVED:
            fill, sign = sign, QColor("#FFC20A")
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter = QPainter(self)
        if fill.lightness() < DARK:
            paint_shape(painter, box.adjusted(-2, -2, 2, 2), look.shape, QColor(RIM), QColor(RIM))
        paint_shape(painter, box, look.shape, fill, sign)
        painter.end()


def _path(*lines: Points, closed: bool = False) -> QPainterPath:
    path = QPainterPath()
    for points in lines:
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        if closed:
            path.closeSubpath()
    return path


def _polygon(corners: int, radius: float, turn: float) -> QPainterPath:
    angles = (turn + 2 * pi * corner / corners for corner in range(corners))
    return _path(tuple((50 + radius * cos(angle), 50 + radius * sin(angle)) for angle in angles), closed=True)


def _round(box: QRectF, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(box, radius, radius)
    return path


def _dot(path: QPainterPath, x: float, y: float) -> QPainterPath:
    path.moveTo(x, y)
    path.lineTo(x, y + 0.1)  # a line of no length has round caps: a dot as wide as the stroke
    return path


def _clock() -> QPainterPath:
    path = _path(((50, 30), (50, 52), (64, 60)))
    path.addEllipse(QPointF(50, 50), 31, 31)
    return path


def _question() -> QPainterPath:
    path = QPainterPath(QPointF(37, 41))
    path.cubicTo(37, 24, 64, 24, 64, 41)
    path.cubicTo(64, 51, 50, 50, 50, 60)
    return _dot(path, 50, 75)


_OUTLINES: dict[str, QPainterPath] = {
    "circle": _round(QRectF(4, 4, 92, 92), 46),
    "triangle": _path(((50, 8), (95, 90), (5, 90)), closed=True),
    "square": _round(QRectF(6, 6, 88, 88), 8),
    "arrow": _round(QRectF(6, 6, 88, 88), 8),
    "octagon": _polygon(8, 49, pi / 8),
    "diamond": _polygon(4, 48, 0),
    "disk": _path(((8, 8), (78, 8), (92, 22), (92, 92), (8, 92)), closed=True),
}
_SIGNS: dict[str, QPainterPath] = {
    "circle": _path(((28, 52), (44, 68), (73, 35))),
    "triangle": _dot(_path(((50, 38), (50, 61))), 50, 77),
    "square": _clock(),
    "arrow": _path(((27, 50), (72, 50)), ((54, 31), (73, 50), (54, 69))),
    "octagon": _path(((34, 34), (66, 66)), ((66, 34), (34, 66))),
    "diamond": _question(),
    "disk": _path(((52, 6), (40, 34), (60, 50), (42, 70), (52, 94))),
}
_CORNER = _path(((-46, -28), (-46, -46), (-28, -46)))
