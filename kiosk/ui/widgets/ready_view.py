"""The desk with nobody in front of it, and its relatives: loading, empty, and something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from kiosk.ui.theme import Theme
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.shapes import paint_viewfinder
from kiosk.ui.widgets.text import label


class Viewfinder(QWidget):
    """A large outline of a code to scan."""

    def __init__(self, theme: Theme, size_px: int = 220) -> None:
        super().__init__()
        self._ink = QColor(theme.colours.muted)
        self._size_px = size_px
        self.setMinimumSize(96, 96)

    def sizeHint(self) -> QSize:
        return QSize(self._size_px, self._size_px)

    def paintEvent(self, event: object) -> None:
        side = min(self.width(), self.height(), self._size_px)
        box = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        painter = QPainter(self)
        paint_viewfinder(painter, box, self._ink)
        painter.end()


class StatusPage(QFrame):
    """A picture, one sentence large, one small, and at most a few buttons."""

    painted = Signal()
    """After each time the page has been drawn."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        text: str = "",
        buttons: Sequence[tuple[str, Callable[[], object]]] = (),
        picture_px: int = 220,
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(f"{title}. {text}" if text else title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 32, 32, 32)
        layout.setSpacing(16)
        layout.addStretch(1)
        layout.addWidget(Viewfinder(theme, picture_px))
        layout.addSpacing(8)
        self._title = label(title, "page-title", wrap=True)
        self._text = label(text, "page-text", wrap=True)
        for line in (self._title, self._text):
            line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(line)
        if buttons:
            holder = QWidget()
            row = Flow(holder)
            for place, (words, pressed) in enumerate(buttons):
                row.addWidget(button(words, pressed, "primary" if place == 0 else "plain"))
            layout.addWidget(holder, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)

    def set_title(self, title: str) -> None:
        """Change the large sentence."""
        self._title.setText(title)
        self.setAccessibleName(title)

    def set_text(self, text: str) -> None:
        """Change the small sentence."""
        self._text.setText(text)

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)  # type: ignore[arg-type]
        self.painted.emit()
