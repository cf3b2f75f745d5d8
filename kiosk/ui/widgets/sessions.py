"""The programme as a table: a line a session, by day, time and room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from kiosk.domain.programme import CreditKind, ProgrammeSession
from kiosk.domain.programme_words import day_words, hours_words, span_words
from kiosk.domain.roster_values import fold
from kiosk.i18n import _

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()
LEAST_HEIGHT = 240
"""Of the table: a header and some lines, however large the text is."""
TITLE = 4
"""The column that takes what room is left."""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session as it is shown, and what it is found by."""

    session: ProgrammeSession
    day: str
    cells: tuple[str, ...]
    found_by: str


def session_line(session: ProgrammeSession, seats: int | None, enrolled: int, zone: tzinfo) -> SessionLine:
    """A session in words; `seats` are those that count at its door."""
    day = day_words(session.start.astimezone(zone).date())
    title = _("CANCELLED: {title}").format(title=session.title) if session.cancelled else session.title
    places = f"{enrolled:,} / {seats:,}" if seats is not None else f"{enrolled:,}"
    worth = hours_words(session.credit.credit_min) if session.credit.kind is not CreditKind.NONE else "–"
    cells = (day, span_words(session.start, session.end, zone), session.room, session.code, title, places, worth)
    found_by = fold(f"{session.code} {session.title} {session.room} {session.track} {session.kind} {day}")
    return SessionLine(session, day, cells, found_by)


class Sessions(QAbstractTableModel):
    """The lines that are shown."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[SessionLine] = ()
        self._struck = QFont()
        self._struck.setStrikeOut(True)

    def show_lines(self, lines: Sequence[SessionLine]) -> None:
        """Replace what is shown."""
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def line(self, row: int) -> SessionLine | None:
        """The session in this row."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def row_of(self, session_id: str) -> int:
        """The row of a session; -1 where it is not shown."""
        return next((row for row, line in enumerate(self._lines) if line.session.id == session_id), -1)

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        return 0 if parent.isValid() else len(headers())

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return headers()[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.line(index.row())
        if line is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return line.cells[index.column()][:300]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(line.cells)
        if role == Qt.ItemDataRole.FontRole and line.session.cancelled and index.column() == TITLE:
            return self._struck
        return None


def headers() -> tuple[str, ...]:
    """What stands above the columns."""
    return (_("Day"), _("Time"), _("Room"), _("Code"), _("Session"), _("Enrolled"), _("Credit"))


def matching(lines: Sequence[SessionLine], text: str, day: str) -> list[SessionLine]:
    """The lines of this day (all where it is empty) in which every typed word begins a word."""
    words = fold(text).split()
    return [
        line
        for line in lines
        if (not day or line.day == day) and all(f" {word}" in f" {line.found_by}" for word in words)
    ]


def sessions_table(model: Sessions) -> QTableView:
    """The table: whole rows are chosen, the keyboard moves between them."""
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(_("Sessions"))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setMinimumHeight(LEAST_HEIGHT)
    table.setWordWrap(False)
    table.setAlternatingRowColors(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(40)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    header.setSectionResizeMode(TITLE, QHeaderView.ResizeMode.Stretch)
    return table


def seats_of(session: ProgrammeSession, rooms: Mapping[str, int | None]) -> int | None:
    """How many fit: the session's own number, else its room's."""
    return session.capacity if session.capacity is not None else rooms.get(session.room)
