"""What a room monitor needs now and then, behind one button: people without a badge, seats, who waits, the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.i18n import _
from kiosk.ui.screens.door import GAP_PX, NARROW_PX, thumb_button
from kiosk.ui.widgets.text import label

COLUMNS = 2


class MorePage(QFrame):
    """The headcount with its two buttons, and a button for each of the rest."""

    counted = Signal(int)
    """One more person without a badge, or one fewer."""

    def __init__(self, actions: Sequence[tuple[str, Callable[[], object]]], back: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(GAP_PX)
        layout.addWidget(label(_("People without a badge"), "panel-title"))
        layout.addWidget(label(_("They count as inside, so that the room is as full as it looks."), "muted", True))
        layout.addLayout(self._headcount())
        layout.addSpacing(GAP_PX)
        layout.addStretch(1)
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP_PX)
        self.buttons = [thumb_button(words, pressed) for words, pressed in [*actions, (_("Back"), back)]]
        layout.addLayout(self._grid)
        self._columns = 0
        self._withheld: list[QWidget] = []
        """Buttons that are of no use now."""
        self._arrange(COLUMNS)

    def _arrange(self, columns: int) -> None:
        if columns != self._columns:
            self._columns = columns
            shown = [made for made in self.buttons if made not in self._withheld]
            for place, made in enumerate(shown):
                self._grid.addWidget(made, place // columns, place % columns)

    def offer(self, text: str, *, offered: bool) -> None:
        """Show a button only while it is of use."""
        made = next(made for made in self.buttons if made.accessibleName() == text)
        if (made in self._withheld) == offered:
            (self._withheld.remove if offered else self._withheld.append)(made)
            made.setVisible(offered)
            columns, self._columns = self._columns, 0
            self._arrange(columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange(COLUMNS if event.size().width() < NARROW_PX else 2 * COLUMNS)
        super().resizeEvent(event)

    def _headcount(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GAP_PX)
        self.fewer = thumb_button("−", lambda: self.counted.emit(-1))
        self.fewer.setAccessibleName(_("One fewer without a badge"))
        self.number = label("0", "page-title")
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.more = thumb_button("+", lambda: self.counted.emit(+1), "primary")
        self.more.setAccessibleName(_("One more without a badge"))
        for each in (self.fewer, self.number, self.more):
            row.addWidget(each, 1)
        return row

    def show_count(self, count: int, possible: bool = True) -> None:
        """So many are in the room without a badge; nothing to count where nothing is held."""
        self.number.setText(f"{count:,}")
        self.number.setAccessibleName(_("{count} people without a badge").format(count=count))
        self.fewer.setEnabled(possible and count > 0)
        self.more.setEnabled(possible)

    def start(self) -> None:
        """The likely button is chosen."""
        self.more.setFocus()


class ListPage(QFrame):
    """A list of which each line is a button: who waits, or which session to scan into."""

    def __init__(self, title: str, back: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._back = back
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(GAP_PX)
        layout.addWidget(label(title, "panel-title", wrap=True))
        self.words = label("", "muted", wrap=True)
        layout.addWidget(self.words)
        self._place = QVBoxLayout()
        self._place.setSpacing(GAP_PX)
        layout.addLayout(self._place)
        layout.addStretch(1)
        self.back = thumb_button(_("Back"), back)
        layout.addWidget(self.back)

    def show_lines(self, words: str, lines: Sequence[tuple[str, Callable[[], object]]]) -> None:
        """Replace the lines."""
        self.words.setText(words)
        while (item := self._place.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.deleteLater()
        for text, pressed in lines:
            self._place.addWidget(thumb_button(text, pressed))

    def start(self) -> None:
        """Nothing is chosen but the way back."""
        self.back.setFocus()
