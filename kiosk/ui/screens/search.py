"""Find somebody by name, agency, address or number; the answer to "I left my code at home"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QVBoxLayout, QWidget

from kiosk.i18n import _
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.controls import field
from kiosk.ui.widgets.results import ResultDelegate, Results
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.services.find import Found

FEWEST_LETTERS = 2

Ask = Callable[[str, Callable[[Sequence["Found"]], object], Callable[[Exception], object]], object]
"""How the page searches: text, what to do with the answer, what to do with an error."""


class SearchPage(QWidget):
    """A large line to type into, and the people found under it."""

    chosen = Signal(object)
    """The `Found` that was picked."""

    def __init__(self, theme: Theme, zone: tzinfo, ask: Ask, does: str = "", hint: str = "") -> None:
        """`does` says what Enter does, where that is not to check in; `hint` what to do, where it is not the desk's."""
        super().__init__()
        self._ask = ask
        self._does = does or _("Enter checks in")
        self._hint = hint
        self._asked: str | None = None
        """The text the search thread is busy with; newer letters wait for it, so at most one search is behind."""
        self.input = field(_("Search"), _("Name, agency, e-mail or number"))
        self.input.setProperty("kind", "search")
        self.input.setClearButtonEnabled(True)
        self.input.textChanged.connect(self._search)
        self.input.installEventFilter(self)
        self.results = Results(zone)
        self.list = QListView()
        self.list.setAccessibleName(_("People found"))
        self.list.setModel(self.results)
        self._delegate = ResultDelegate(theme, self.results)
        self.list.setItemDelegate(self._delegate)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(self._pick)
        self.list.installEventFilter(self)
        self.hint = label("", "muted", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.input)
        layout.addWidget(self.hint)
        layout.addWidget(self.list, 1)
        self._say_what_to_do()

    def start(self) -> None:
        """Empty, with the cursor in it."""
        self.input.clear()
        self.input.setFocus()

    def _text(self) -> str:
        return self.input.text().strip()

    def _search(self) -> None:
        text = self._text()
        if len(text) < FEWEST_LETTERS:
            self.results.show_found(())
            self._say_what_to_do()
        elif self._asked is None:
            self._asked = text
            self._ask(text, self._answer, self._failed)

    def _answer(self, found: Sequence[Found]) -> None:
        asked, self._asked = self._asked, None
        if self._text() != asked:
            self._search()
            return
        self.results.show_found(found)
        if found:
            self.list.setCurrentIndex(self.results.index(0, 0))
        self._say_what_to_do(len(found))

    def _failed(self, error: Exception) -> None:
        self._asked = None
        self.results.show_found(())
        self.hint.setText(_("The search did not work: {why} Scanning goes on.").format(why=error))

    def _say_what_to_do(self, count: int | None = None) -> None:
        if self._hint and count != 0:
            words = self._hint
        elif count is None:
            words = _("Two letters are enough. Accents, word order and a slip of the finger do not matter.")
        elif count:
            words = _("Up and Down choose, {does}, Esc goes back.").format(does=self._does)
        else:
            words = _("Nobody of that name. Try fewer letters, or the agency.")
            words = (
                words if self._hint else _("Nobody of that name. Try fewer letters, the agency, or F4 for a walk-in.")
            )
        self.hint.setText(words)

    def _pick(self, index: QModelIndex) -> None:
        if (found := self.results.found(index.row())) is not None:
            self.chosen.emit(found)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down and Enter work while typing."""
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._asked is None:  # the list belongs to what is typed
                self._pick(self.list.currentIndex())
            return True
        if watched is self.input and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            row = self.list.currentIndex().row() + (1 if key == Qt.Key.Key_Down else -1)
            if 0 <= row < self.results.rowCount():
                self.list.setCurrentIndex(self.results.index(row, 0))
            return True
        return False
