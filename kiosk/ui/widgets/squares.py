"""A QR code on the screen: black on white in every theme, whole pixels a square, with its quiet zone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

QUIET = 4
"""Squares of white around it that readers need."""


class SquaresView(QWidget):
    """Shows the squares of a code, as large as there is room."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._squares: Sequence[Sequence[bool]] = ()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(260, 260))

    def show_squares(self, squares: Sequence[Sequence[bool]]) -> None:
        """Replace the code."""
        self._squares = squares
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        side = len(self._squares) + 2 * QUIET
        dots = min(self.width(), self.height()) // side
        if not self._squares or not dots:
            return
        painter = QPainter(self)
        painter.fillRect(QRect(0, 0, side * dots, side * dots), Qt.GlobalColor.white)
        for y, row in enumerate(self._squares, start=QUIET):
            for x, dark in enumerate(row, start=QUIET):
                if dark:
                    painter.fillRect(x * dots, y * dots, dots, dots, Qt.GlobalColor.black)
        painter.end()
