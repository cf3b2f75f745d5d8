"""How far the badges are that are printed ahead of time, with a way to hold them back and to take the rest out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from kiosk.i18n import _, ngettext
from kiosk.ui.widgets.controls import button, worded
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.services.badges import Ahead


class AheadPanel(QFrame):
    """Shown while something is on its way."""

    def __init__(self, pause: Callable[[], object], cancel: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 8, 12, 8)
        words = QVBoxLayout()
        self.words = label("", "figure", wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_("Printed ahead of time"))
        words.addWidget(self.words)
        words.addWidget(self.bar)
        line.addLayout(words, 1)
        self.pause_button = button(_("Pause"), pause)
        self.cancel_button = button(_("Take the rest out"), cancel)
        line.addWidget(self.pause_button)
        line.addWidget(self.cancel_button)
        self.hide()

    def show_ahead(self, ahead: Ahead) -> None:
        """How far it is now."""
        self.setVisible(ahead.to_print > 0 or ahead.sent > 0)
        words = _("Ahead of time: {done} of {count} printed").format(
            done=f"{ahead.printed:,}", count=f"{ahead.total:,}"
        )
        if ahead.uncertain:
            unsure = ngettext("{count} to look for", "{count} to look for", ahead.uncertain)
            words = f"{words} · {unsure.format(count=ahead.uncertain)}"
        if ahead.paused:
            words = f"{words} · {_('paused')}"
        self.words.setText(words)
        self.bar.setRange(0, max(1, ahead.total))
        self.bar.setValue(ahead.printed)
        text = _("Go on") if ahead.paused else _("Pause")
        self.pause_button.setText(worded(text))
        self.pause_button.setAccessibleName(text)
        self.cancel_button.setEnabled(ahead.to_print > 0)
