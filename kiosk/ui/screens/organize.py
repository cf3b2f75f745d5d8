"""What an organizer comes for, on one page: each entry opens a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from kiosk.i18n import _
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.text import label

COLUMNS = 4
"""At most; a tablet held upright has room for two."""
COLUMN_PX = 290


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that can be opened: its name, what it is for, and what opens it."""

    title: str
    words: str
    opened: Callable[[], object]


class OrganizePage(QFrame):
    """The entries as buttons with a sentence each, in reading order."""

    def __init__(self, entries: Sequence[Entry], back: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 24)
        layout.setSpacing(14)
        self.back = button(_("Back"), back, told="Esc")
        top = QHBoxLayout()
        top.addWidget(self.back)
        top.addWidget(label(_("Organize"), "panel-title"), 1)
        layout.addLayout(top)
        layout.addWidget(label(_("Scanning goes on while you are here."), "muted", wrap=True))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(6)
        self.buttons: list[QPushButton] = []
        self._words: list[QLabel] = []
        for entry in entries:
            opener = button(entry.title, entry.opened)
            opener.setAccessibleDescription(entry.words)
            self.buttons.append(opener)
            self._words.append(label(entry.words, "muted", wrap=True))
        self._columns = 0
        layout.addLayout(self._grid)
        layout.addStretch(1)
        self._arrange(COLUMNS)

    def _arrange(self, columns: int) -> None:
        """Put the entries into so many columns, in reading order."""
        if columns == self._columns:
            return
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 0)
        self._columns = columns
        for place, (opener, words) in enumerate(zip(self.buttons, self._words, strict=True)):
            row, column = 2 * (place // columns), place % columns
            self._grid.addWidget(opener, row, column)
            self._grid.addWidget(words, row + 1, column)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the window: the columns follow."""
        return QSize(COLUMN_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange(max(1, min(COLUMNS, event.size().width() // COLUMN_PX)))
        super().resizeEvent(event)

    def start(self) -> None:
        """The first entry is chosen: the arrow and Tab keys go on from there."""
        self.buttons[0].setFocus()
