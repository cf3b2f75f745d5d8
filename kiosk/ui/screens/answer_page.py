"""The page of one answer: the card, a question or form under it, or the buttons that belong to it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from kiosk.i18n import _
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.controls import button, dismiss, worded
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.panel import FormPanel
from kiosk.ui.widgets.verdict_card import Answer, VerdictCard

UNDO_S = 10
"""How long Undo is offered under the answer; later it is in the history."""


class AnswerPage(QWidget):
    """What is seen from a scan to the next."""

    action = Signal(str)
    """A button was pressed: `reprint`, `note`, `correct`, `undo`, `let_in`, `search`, `walk_in`."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.card = VerdictCard(theme)
        self._panel: QWidget | None = None
        self._panel_place = QVBoxLayout()
        self._row = QWidget()
        self._buttons: dict[str, QPushButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.card, 1)
        layout.addLayout(self._panel_place)
        layout.addWidget(self._row)
        self._fill_row()
        self._undo_left_s = 0
        self._undo_timer = QTimer(self)
        self._undo_timer.setInterval(1000)
        self._undo_timer.timeout.connect(self._count_down)

    def _fill_row(self) -> None:
        row = Flow(self._row)
        for name, words, keys in (
            ("let_in", _("Let in anyway"), "F8"),
            ("search", _("Search"), "F2"),
            ("walk_in", _("Walk-in"), "F4"),
            ("reprint", _("Print again"), "F6"),
            ("note", _("Note"), "F9"),
            ("correct", _("Correct"), ""),
            ("undo", _("Undo"), "Ctrl+Z"),
        ):
            made = button(words, partial(self.action.emit, name), told=keys)
            made.hide()
            self._buttons[name] = made
            row.addWidget(made)

    @property
    def panel(self) -> QWidget | None:
        """The question or form that is open."""
        return self._panel

    def show_answer(self, answer: Answer, actions: tuple[str, ...]) -> None:
        """One answer, and the buttons that belong to it."""
        self.set_panel(None)
        self.card.show_answer(answer)
        for name, made in self._buttons.items():
            made.setVisible(name in actions)
        self._undo_timer.stop()
        if "undo" in actions:
            self._undo_left_s = UNDO_S
            self._undo_words()
            self._undo_timer.start()

    def clear(self) -> None:
        """Nothing is asked any more."""
        self.set_panel(None)
        self._undo_timer.stop()

    def set_panel(self, panel: QWidget | None) -> None:
        """Replace the question or form under the answer. It comes with its own buttons; the keys go on working."""
        if self._panel is not None:
            dismiss(self._panel, self.window())
        self._panel = panel
        self._row.setVisible(panel is None)
        self.card.set_brief(isinstance(panel, FormPanel))
        if panel is not None:
            self._panel_place.addWidget(panel)
            panel.show()
            if isinstance(panel, FormPanel):
                panel.start()

    def _count_down(self) -> None:
        """Undo is offered here for a while, and stays in the history."""
        self._undo_left_s -= 1
        if self._undo_left_s > 0:
            self._undo_words()
        else:
            self._undo_timer.stop()
            self._buttons["undo"].hide()

    def _undo_words(self) -> None:
        words = _("Undo {seconds} s").format(seconds=self._undo_left_s)
        self._buttons["undo"].setText(worded(words, "Ctrl+Z"))
