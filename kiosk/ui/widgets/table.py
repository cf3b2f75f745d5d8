"""A table of text from anywhere: read by rows, reached by keyboard, as fast for twelve thousand rows as for twelve."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from kiosk.domain.papers import Table
from kiosk.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
LOOKED_AT = 60
"""Rows by which the width of a column is chosen."""
NARROWEST_PX, WIDEST_PX = 70, 420
LONGEST = 300
"""Letters of a cell that are shown."""


class TableModel(QAbstractTableModel):
    """One table of a report."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table("", (), ())

    def show_table(self, table: Table) -> None:
        """Replace what is shown."""
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.table.headers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.table.rows[index.row()][index.column()][:LONGEST]
        if role == Qt.ItemDataRole.ToolTipRole:
            return None  # nothing here is only for those who hover
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() in self.table.numbers else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.table.headers[index.column()]}: {self.table.rows[index.row()][index.column()][:LONGEST]}"
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.table.headers):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.table.headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


class TableBox(QTableView):
    """Shows a table; whole rows are chosen, Enter says which."""

    chosen = Signal(int)
    """A row was chosen: its number, or -1."""

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self.model_of_rows = TableModel()
        self.setModel(self.model_of_rows)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.px(30))
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.selectionModel().currentRowChanged.connect(lambda now, _was: self.chosen.emit(now.row()))

    def show_table(self, table: Table, choose: int = -1) -> None:
        """Replace what is shown; `choose` is the row to be chosen."""
        self.model_of_rows.show_table(table)
        self._widen()
        if 0 <= choose < len(table.rows):
            self.selectRow(choose)
        self.chosen.emit(self.row())

    def row(self) -> int:
        """The number of the chosen row; -1 where there is none."""
        return self.currentIndex().row()

    def _widen(self) -> None:
        table, metrics = self.model_of_rows.table, self.fontMetrics()
        self.horizontalHeader().setStretchLastSection(len(table.headers) - 1 not in table.numbers)
        width_of: Callable[[str], int] = metrics.horizontalAdvance
        for n, name in enumerate(table.headers):
            widest = max([width_of(name) + 12, *(width_of(row[n][:80]) for row in table.rows[:LOOKED_AT])])
            self.setColumnWidth(n, min(WIDEST_PX, max(NARROWEST_PX, widest + 24)))
