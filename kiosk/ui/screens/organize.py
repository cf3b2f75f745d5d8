"""What an organizer comes for, on one page: each entry opens a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout

from kiosk.i18n import _
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.text import label

COLUMNS = 2


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
        layout.addWidget(label(_("Organize"), "panel-title"))
        layout.addWidget(label(_("Scanning goes on while you are here."), "muted", wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(6)
        self.buttons: list[QPushButton] = []
        for place, entry in enumerate(entries):
            opener = button(entry.title, entry.opened)
            opener.setAccessibleDescription(entry.words)
            self.buttons.append(opener)
            row, column = 2 * (place // COLUMNS), place % COLUMNS
            grid.addWidget(opener, row, column)
            grid.addWidget(label(entry.words, "muted", wrap=True), row + 1, column)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        layout.addLayout(grid)
        layout.addStretch(1)
        row_of_buttons = QHBoxLayout()
        self.back = button(_("Back"), back, told="Esc")
        row_of_buttons.addWidget(self.back)
        row_of_buttons.addStretch(1)
        layout.addLayout(row_of_buttons)

    def start(self) -> None:
        """The first entry is chosen: the arrow and Tab keys go on from there."""
        self.buttons[0].setFocus()
