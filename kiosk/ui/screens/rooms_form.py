"""The rooms: how many each holds, and how to get there, as a room monitor would say it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QVBoxLayout

from kiosk.domain.programme import Room
from kiosk.i18n import _
from kiosk.ui.widgets.controls import button, field
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import label


class RoomsForm(QFrame):
    """Choose a room, or name a new one; its two facts beneath."""

    def __init__(self, save: Callable[[str, int | None, str], object], cancel: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._save = save
        self._rooms: Sequence[Room] = ()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 20, 28, 20)
        layout.setSpacing(12)
        layout.addWidget(label(_("Rooms"), "panel-title"))
        words = _("What is said when somebody is sent to another room, and how many fit. A new name adds a room.")
        layout.addWidget(label(words, "muted", wrap=True))
        self.problem = label("", "problem", wrap=True)
        layout.addWidget(self.problem)
        self.names = QComboBox()
        self.names.setEditable(True)
        self.names.setAccessibleName(_("Room"))
        self.names.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.names.currentIndexChanged.connect(self._chosen)
        self.capacity = field(_("Seats"), hint=_("empty where nobody counts"))
        self.directions = field(_("Directions"), hint=_("same floor, left"))
        grid = QGridLayout()
        for column, (name, made) in enumerate(
            ((_("Room"), self.names), (_("Seats"), self.capacity), (_("Directions"), self.directions))
        ):
            grid.addWidget(label(name, "field-name"), 0, column)
            grid.addWidget(made, 1, column)
            grid.setColumnStretch(column, 2 if made is not self.capacity else 1)
        layout.addLayout(grid)
        self.list = label("", "plain-text", wrap=True)
        row = Flow()
        for pressed in (button(_("Save"), self._pressed, "primary"), button(_("Back"), cancel, told="Esc")):
            row.addWidget(pressed)
        layout.addLayout(row)
        layout.addSpacing(12)
        layout.addWidget(self.list)
        layout.addStretch(1)
        for line in (self.capacity, self.directions):
            line.returnPressed.connect(self._pressed)

    def show_rooms(self, rooms: Sequence[Room]) -> None:
        """Every room there is; the one that was chosen stays chosen."""
        self._rooms = rooms
        chosen = self.names.currentText()
        self.names.clear()
        self.names.addItems([room.name for room in rooms])
        self.names.setCurrentIndex(max(0, self.names.findText(chosen)) if rooms else -1)
        self.list.setText("\n".join(map(_room_words, rooms)) or _("There are no rooms yet."))
        self.show_problem("")
        self.names.setFocus()

    def show_problem(self, words: str) -> None:
        """Say why it was not saved; nothing for nothing."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def _chosen(self, index: int) -> None:
        if 0 <= index < len(self._rooms):
            room = self._rooms[index]
            self.capacity.setText("" if room.capacity is None else str(room.capacity))
            self.directions.setText(room.directions)

    def _pressed(self) -> None:
        text = self.capacity.text().strip()
        if text and not (text.isascii() and text.isdigit() and len(text) < 7):
            self.show_problem(_("“{text}” is no number of seats.").format(text=text))
            return
        self._save(self.names.currentText(), int(text) if text else None, self.directions.text())


def _room_words(room: Room) -> str:
    holds = _("{n:,} seats").format(n=room.capacity) if room.capacity is not None else _("not counted")
    return " · ".join(part for part in (room.name, holds, room.directions) if part)
