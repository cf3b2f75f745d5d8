"""The rooms and the desk: how many each holds, how to get there, and whether the hub is asked there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QGridLayout, QVBoxLayout

from kiosk.domain.programme import ClaimPolicy, Room
from kiosk.domain.programme_words import claim_words
from kiosk.i18n import _
from kiosk.ui.widgets.controls import button, field
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.inputs import Chooser
from kiosk.ui.widgets.text import label


class RoomsForm(QFrame):
    """Choose the desk or a room, or name a new one; its facts beneath."""

    def __init__(
        self,
        save: Callable[[Room], object],
        save_desk: Callable[[ClaimPolicy], object],
        cancel: Callable[[], object],
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._save, self._save_desk = save, save_desk
        self._rooms: Sequence[Room] = ()
        self._desk = ClaimPolicy.ASK
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 20, 28, 20)
        layout.setSpacing(12)
        layout.addWidget(label(_("Rooms and the desk"), "panel-title"))
        words = _("How many fit, and what is said when somebody is sent there. A new name adds a room.")
        layout.addWidget(label(words, "muted", wrap=True))
        self.problem = label("", "problem", wrap=True)
        layout.addWidget(self.problem)
        self.names = QComboBox()
        self.names.setEditable(True)
        self.names.setAccessibleName(_("Room"))
        self.names.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.names.currentIndexChanged.connect(self._chosen)
        self.names.editTextChanged.connect(self._typed)
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
        self.claim = Chooser(_("Before somebody is let in"), _claims(), ClaimPolicy.ASK)
        self.claim.currentIndexChanged.connect(self._explain)
        layout.addWidget(label(_("Before somebody is let in"), "field-name"))
        layout.addWidget(self.claim)
        self.claim_words = label("", "muted", wrap=True)
        layout.addWidget(self.claim_words)
        self._explain()
        self.handed_out = QCheckBox(_("Hand seats out to the doors: they keep to them even without the hub"))
        self.handed_out.setAccessibleName(self.handed_out.text())
        layout.addWidget(self.handed_out)
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

    def show_rooms(self, rooms: Sequence[Room], desk: ClaimPolicy) -> None:
        """Every room there is, behind the desk; the one that was chosen stays chosen."""
        self._rooms, self._desk = rooms, desk
        chosen = self.names.currentText()
        self.names.clear()
        self.names.addItems([_desk_name(), *(room.name for room in rooms)])
        found = self.names.findText(chosen) if chosen else -1
        self.names.setCurrentIndex(found if found >= 0 else min(1, len(rooms)))
        lines = [f"{_desk_name()} · {claim_words(desk)}", *map(_room_words, rooms)]
        self.list.setText("\n".join(lines))
        self.show_problem("")
        self.names.setFocus()

    def show_problem(self, words: str) -> None:
        """Say why it was not saved; nothing for nothing."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    @property
    def _is_desk(self) -> bool:
        return self.names.currentText().strip() == _desk_name()

    def _chosen(self, index: int) -> None:
        room = self._rooms[index - 1] if 1 <= index <= len(self._rooms) else Room("", claim=self._desk)
        self.capacity.setText("" if room.capacity is None else str(room.capacity))
        self.directions.setText(room.directions)
        self.claim.choose(room.claim)
        self.handed_out.setChecked(room.handed_out)

    def _typed(self, _name: str) -> None:
        """A desk has no seats; a new room's are empty until somebody says so."""
        for line in (self.capacity, self.directions, self.handed_out):
            line.setEnabled(not self._is_desk)

    def _explain(self) -> None:
        self.claim_words.setText(_claim_explained(self.claim.value()))

    def _pressed(self) -> None:
        if self._is_desk:
            self._save_desk(self.claim.value())
            return
        text = self.capacity.text().strip()
        if text and not (text.isascii() and text.isdigit() and len(text) < 7):
            self.show_problem(_("“{text}” is no number of seats.").format(text=text))
            return
        name = self.names.currentText()
        known = next((room for room in self._rooms if room.name == name), Room(name))
        handed_out = self.handed_out.isChecked()
        if handed_out and not text:
            self.show_problem(_("Say how many seats there are, so that they can be handed out."))
            return
        self._save(
            replace(
                known,
                capacity=int(text) if text else None,
                directions=self.directions.text(),
                claim=self.claim.value(),
                handed_out=handed_out,
            )
        )


def _desk_name() -> str:
    return _("Registration desk")


def _claims() -> list[tuple[ClaimPolicy, str]]:
    return [
        (ClaimPolicy.ASK, _("Ask the hub; without an answer, decide alone")),
        (ClaimPolicy.STRICT, _("Only with the hub’s answer")),
        (ClaimPolicy.ALONE, _("Decide alone, at once")),
    ]


def _claim_explained(policy: ClaimPolicy) -> str:
    return {
        ClaimPolicy.ASK: _(
            "Of two stations that scan one code at the same moment, one lets in. A hub that is away costs one scan a "
            "quarter of a second; who was let in twice meanwhile is an incident."
        ),
        ClaimPolicy.STRICT: _(
            "Nobody is let in twice. Where the hub does not answer, nobody is let in at all, unless a supervisor gives "
            "name and reason: have the hub near."
        ),
        ClaimPolicy.ALONE: _(
            "Nothing is asked. Who is let in at two stations at the same moment is an incident as soon as they meet."
        ),
    }[policy]


def _room_words(room: Room) -> str:
    holds = _("{n:,} seats").format(n=room.capacity) if room.capacity is not None else _("not counted")
    handed_out = _("seats handed out") if room.handed_out else ""
    return " · ".join(part for part in (room.name, holds, handed_out, room.directions, claim_words(room.claim)) if part)
