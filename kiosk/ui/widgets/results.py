"""People found by the search: name, agency and type, a masked address to tell namesakes apart, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from kiosk.domain.masking import mask_email
from kiosk.domain.people import Status
from kiosk.domain.words import standing_words
from kiosk.i18n import _
from kiosk.ui.theme import Theme

if TYPE_CHECKING:
    from kiosk.services.find import Found

Index = QModelIndex | QPersistentModelIndex
FOUND = Qt.ItemDataRole.UserRole
PAD = 14


class Results(QAbstractListModel):
    """The people found, best first."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__()
        self._zone = zone
        self._found: tuple[Found, ...] = ()

    def show_found(self, found: Sequence[Found]) -> None:
        """Replace the list."""
        self.beginResetModel()
        self._found = tuple(found)
        self.endResetModel()

    def found(self, row: int) -> Found | None:
        """The person in this row."""
        return self._found[row] if 0 <= row < len(self._found) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._found)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        found = self.found(index.row())
        if found is None:
            return None
        if role == FOUND:
            return found
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ", ".join(part for part in self.lines(found) if part)
        return None

    def lines(self, found: Found) -> tuple[str, str, str]:
        """Name, second line, and where they stand."""
        who = found.attendee
        second = (who.agency, who.registration_type, mask_email(who.email))
        return who.full_name or who.badge_name, " · ".join(part for part in second if part), self.standing(found)

    def standing(self, found: Found) -> str:
        """In since when, on the list, expected, or not coming."""
        if found.enrolled and found.admission is None and found.attendee.status is Status.COMING:
            return _("On this list")
        return standing_words(found.attendee, found.admission, self._zone)


class ResultDelegate(QStyledItemDelegate):
    """Draws one person in two lines; the chosen row is framed as well as tinted."""

    def __init__(self, theme: Theme, results: Results) -> None:
        super().__init__()
        self._theme = theme
        self._results = results
        self._name, self._second = theme.font(24, bold=True), theme.font(20)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(300, self._theme.px(24) + self._theme.px(20) + 2 * PAD + 10)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        found = index.data(FOUND)
        name, second, standing = self._results.lines(found)
        colours = self._theme.colours
        box: QRect = option.rect.adjusted(4, 2, -4, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            pen = painter.pen()
            pen.setColor(QColor(colours.focus))
            pen.setWidth(3)
            painter.setPen(pen)
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(box.adjusted(1, 1, -2, -2), 8, 8)
        inner = box.adjusted(PAD, 8, -PAD, -8)
        chip = self._paint_standing(painter, inner, standing, found.admission is not None)
        left = QRect(inner.left(), inner.top(), inner.width() - chip - PAD, inner.height())
        self._line(painter, left, name, self._name, colours.text, Qt.AlignmentFlag.AlignTop)
        self._line(painter, left, second, self._second, colours.muted, Qt.AlignmentFlag.AlignBottom)
        painter.restore()

    def _line(
        self, painter: QPainter, box: QRect, text: str, font: QFont, colour: str, where: Qt.AlignmentFlag
    ) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        shown = painter.fontMetrics().elidedText(text[:200], Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, where | Qt.AlignmentFlag.AlignLeft, shown)

    def _paint_standing(self, painter: QPainter, box: QRect, words: str, here: bool) -> int:
        painter.setFont(self._second)
        width = painter.fontMetrics().horizontalAdvance(words) + 2 * PAD
        height = painter.fontMetrics().height() + 10
        chip = QRect(box.right() - width, box.center().y() - height // 2, width, height)
        painter.setPen(QColor(self._theme.colours.edge))
        painter.setBrush(QColor("#1556A6") if here else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(chip, 8, 8)
        painter.setPen(QColor("#FFFFFF" if here else self._theme.colours.text))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, words)
        return width
