"""Pages to read: the keys on one page, the self-check, whom to call."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout

from kiosk.i18n import _
from kiosk.ui.widgets.controls import button, key_words
from kiosk.ui.widgets.text import label

Keys = Sequence[tuple[str, str]]


class KeysPage(QFrame):
    """Every key and what it does."""

    def __init__(self, keys: Keys, back: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 24)
        layout.setSpacing(14)
        layout.addWidget(label(_("Keys"), "panel-title"))
        layout.addWidget(label(_("Scanning needs no key: it works on every page."), "plain-text", wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        half = (len(keys) + 1) // 2
        for place, (key, words) in enumerate(keys):
            row, column = place % half, 2 * (place // half)
            grid.addWidget(label(key_words(key) or key, "key"), row, column, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(label(words, "plain-text", wrap=True), row, column + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        layout.addLayout(grid)
        layout.addStretch(1)
        row_of_buttons = QHBoxLayout()
        self.back = button(_("Back"), back, told="Esc")
        row_of_buttons.addWidget(self.back)
        row_of_buttons.addStretch(1)
        layout.addLayout(row_of_buttons)


class TextPage(QFrame):
    """A report as plain text, to read aloud to whoever helps on the phone."""

    def __init__(
        self, title: str, back: Callable[[], object], actions: Sequence[tuple[str, Callable[[], object]]] = ()
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 24)
        layout.setSpacing(14)
        layout.addWidget(label(title, "panel-title"))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(title)
        layout.addWidget(self.text, 1)
        row = QHBoxLayout()
        self.back = button(_("Back"), back, told="Esc")
        row.addWidget(self.back)
        for words, pressed in actions:
            row.addWidget(button(words, pressed))
        row.addStretch(1)
        layout.addLayout(row)

    def show_text(self, text: str) -> None:
        """Replace the report."""
        self.text.setPlainText(text)
