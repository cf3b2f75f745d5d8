"""The last scans: when, who, and what became of it in shape and word, each to be undone from here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from kiosk.domain.words import clock_words, isolated, state_words, unsure_words, vouched
from kiosk.i18n import _
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.shapes import Icon
from kiosk.ui.widgets.text import Elided, breakable, label

if TYPE_CHECKING:
    from kiosk.services.history import HistoryLine

ROWS = 6
NAME_SHOWN = 60
LONGEST_WORD = 9
"""Letters of a word that fit beside Undo at twice the text size."""


class HistoryRow(QFrame):
    """One earlier answer."""

    undo = Signal()

    def __init__(self, wrap: bool) -> None:
        super().__init__()
        self.setProperty("role", "history-row")
        self._wrap = wrap
        self._icon = Icon(30)
        self._name = label("", "history-name", wrap=True) if wrap else Elided("history-name")
        self._state = label("", "history-state", wrap=True) if wrap else Elided("history-state")
        self._undo = button(_("Undo"), self.undo.emit, "quiet")
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 4, 4, 8)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(0)
        grid.addWidget(self._icon, 0, 0, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._state, 1, 1, 1, 2)
        grid.addWidget(self._undo, 0, 2)
        grid.setColumnStretch(1, 1)
        grid.setRowMinimumHeight(0, 40)  # with or without Undo, rows stay where they are

    def show_line(self, line: HistoryLine, zone: tzinfo) -> None:
        """Put one line of the history here."""
        name = isolated(line.name[:NAME_SHOWN]) or _("Nobody we know")
        state = _("Undone") if line.undone else state_words(line.outcome, line.reason)
        when = vouched(clock_words(line.at, zone), sure=line.sure)
        self._icon.show_outcome(line.outcome)
        self._name.setText(breakable(name, LONGEST_WORD) if self._wrap else name)
        self._state.setText(f"{when} · {state}")
        self._state.setToolTip("" if line.sure else unsure_words())
        self._undo.setVisible(line.can_undo and not line.undone)
        self._undo.setAccessibleName(_("Undo {name}, {when}").format(name=name, when=when))
        self.setAccessibleName(f"{when}, {name}, {state}")
        self.setEnabled(not line.undone)


class HistoryList(QFrame):
    """The last scans, newest on top."""

    undo = Signal(object)
    """The record to undo."""

    def __init__(self, zone: tzinfo, wrap: bool = False, rows: int = ROWS) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.zone = zone
        self._lines: tuple[HistoryLine, ...] = ()
        self._wrap, self._most = wrap, rows
        self._rows: list[HistoryRow] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 12, 8, 8)
        layout.setSpacing(0)
        layout.addWidget(label(_("Last scans"), "column-title"))
        self._none = label(_("Nobody yet. They appear here."), "history-state", wrap=True)
        layout.addWidget(self._none)
        self._place = QVBoxLayout()
        layout.addLayout(self._place)
        layout.addStretch(1)

    def _add_row(self) -> None:
        place, row = len(self._rows), HistoryRow(self._wrap)
        row.undo.connect(lambda: self.undo.emit(self._lines[place].record))
        self._place.addWidget(row)
        self._rows.append(row)

    @property
    def lines(self) -> tuple[HistoryLine, ...]:
        """What is shown, newest first."""
        return self._lines

    def show_lines(self, lines: Sequence[HistoryLine]) -> None:
        """Replace the list."""
        self._lines = tuple(lines[: self._most])
        while len(self._rows) < len(self._lines):
            self._add_row()
        self._none.setVisible(not self._lines)
        for place, row in enumerate(self._rows):
            if place < len(self._lines):
                row.show_line(self._lines[place], self.zone)
            row.setVisible(place < len(self._lines))
