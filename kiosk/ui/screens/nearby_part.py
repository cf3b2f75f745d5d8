"""Stations nearby, a part of the hub's page: who they are, when they were met, what they hold, and the switch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtWidgets import QCheckBox, QFrame, QVBoxLayout

from kiosk.domain.hub_room import role_words
from kiosk.domain.papers import Table
from kiosk.domain.peers import NearbyView, holds_words, met_words, nearby_words, reach_words
from kiosk.i18n import _
from kiosk.ui.tools import PageTools
from kiosk.ui.widgets.table import TableBox
from kiosk.ui.widgets.text import label


class NearbyPart(QFrame):
    """Shows what it is given; `switch` is called when somebody wants others answered, or no more."""

    def __init__(self, tools: PageTools, switch: Callable[[bool], object]) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label(_("Stations nearby"), "panel-title"))
        self.told = label("", "plain-text", wrap=True)
        layout.addWidget(self.told)
        self.table = TableBox(_("Stations nearby"), tools.theme)
        layout.addWidget(self.table, 1)
        self.listens = QCheckBox(_("Exchange with stations nearby"))
        self.listens.clicked.connect(switch)
        layout.addWidget(self.listens)
        self.reach = label("", "muted", wrap=True)
        layout.addWidget(self.reach)
        layout.addStretch(0)  # where the table is hidden, the words stay together
        self._now = tools.info.now

    def show_nearby(self, view: NearbyView) -> None:
        """How it goes now."""
        self.told.setText(nearby_words(view))
        self.table.setVisible(bool(view.peers))
        if view.peers:
            self.table.show_table(_table(view, self._now()), self.table.row())
        self.listens.setEnabled(view.joined)
        self.listens.setChecked(view.listens)
        self.reach.setText(reach_words(view))


def _table(view: NearbyView, now: datetime) -> Table:
    headers = (_("Station"), _("Kind"), _("Last met"), _("What it holds"))
    rows = [(peer.name, role_words(peer.role), met_words(peer, now), holds_words(peer)) for peer in view.peers]
    return Table("", headers, tuple(rows))
