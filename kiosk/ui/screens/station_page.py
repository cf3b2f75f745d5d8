"""What this station is: a desk, or the door of a room; and what all doors do with two kinds of people."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QVBoxLayout

from kiosk.domain.door import House
from kiosk.i18n import _
from kiosk.ui.background import Background
from kiosk.ui.notices import sentence
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import breakable, label


class StationPage(QFrame):
    """One choice, and two rules of the house."""

    became = Signal()
    """It is something else from now on."""

    def __init__(
        self, services: DeskServices, info: DeskInfo, desk: Background, back: Callable[[], object]
    ) -> None:  # fmt: skip
        super().__init__()
        self.setProperty("role", "card")
        self._services, self._info, self._desk, self._back = services, info, desk, back
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 24)
        layout.setSpacing(14)
        layout.addWidget(label(_("This station"), "panel-title"))
        words = _("A door follows the programme of its room. You come back here with Ctrl+, or the door's last button.")
        layout.addWidget(label(words, "muted", wrap=True))
        self.what = QComboBox()
        self.what.setAccessibleName(_("This station is"))
        layout.addWidget(self.what)
        layout.addWidget(label(_("What doors do"), "column-title"))
        self.unchecked = QCheckBox(_("Not at the desk yet: let in, and say so"))
        self.moving = QCheckBox(_("Still in another room: let in, end that stay"))
        for box in (self.unchecked, self.moving):
            box.setAccessibleName(box.text())
            layout.addWidget(box)
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        layout.addWidget(self.problem)
        layout.addStretch(1)
        self.save = button(_("Save"), self._save, "primary")
        row = Flow()
        row.addWidget(self.save)
        row.addWidget(button(_("Back"), back, told="Esc"))
        layout.addLayout(row)

    def start(self) -> None:
        """As it is now."""
        self.problem.hide()
        self.save.setEnabled(True)
        house = self._services.doors.house
        self.unchecked.setChecked(house.unchecked_may_enter)
        self.moving.setChecked(house.moving_ends_stay)
        self._offer([])
        self.what.setFocus()
        programme = self._services.programme
        self._desk.run(lambda: [room.name for room in programme.rooms()], self._offer, self._failed)

    def _offer(self, rooms: Sequence[str]) -> None:
        here = self._info.room
        known = [*rooms, *([here] if here and here not in rooms else [])]
        self.what.clear()
        self.what.addItem(_("A desk"), "")
        for room in known:
            self.what.addItem(_("The door of {room}").format(room=breakable(room)), room)
        self.what.setCurrentIndex(max(0, self.what.findData(here)))

    def _save(self) -> None:
        self.save.setEnabled(False)
        room = str(self.what.currentData())
        house = House(self.unchecked.isChecked(), self.moving.isChecked())
        services = self._services

        def keep() -> None:
            services.doors.set_house(house)
            services.be_door(room)

        self._desk.run(keep, lambda _none: self._saved(room), self._failed)

    def _saved(self, room: str) -> None:
        if room != self._info.room:
            self.became.emit()
        else:
            self._back()

    def _failed(self, error: Exception) -> None:
        self.problem.setText(sentence(error))
        self.problem.show()
        self.save.setEnabled(True)
