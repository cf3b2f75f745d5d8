"""One session, changed late: its room, its time, its seats, its door, what it is worth; or that it does not take place.

Only what was changed is handed on, so that what another station changes meanwhile stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from kiosk.domain.programme import CreditKind, DoorPolicy, ProgrammeSession, Room
from kiosk.domain.programme_words import day_words, door_words, span_words
from kiosk.domain.words import clock_words
from kiosk.i18n import _, ngettext
from kiosk.ui.widgets.controls import button, field
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import label


@dataclass(frozen=True, slots=True)
class _Part:
    """One field of the form, by the name `read_fields` takes."""

    name: str
    words: str
    choices: tuple[tuple[str, str], ...] = ()
    """Value and words, where one of several is chosen."""
    hint: str = ""


def _parts() -> tuple[_Part, ...]:
    counts = (
        (CreditKind.NONE.value, _("nothing")),
        (CreditKind.ENTRY.value, _("coming in")),
        (CreditKind.MINUTES.value, _("coming in and leaving")),
    )
    return (
        _Part("title", _("Title")),
        _Part("code", _("Code")),
        _Part("room", _("Room"), (("", ""),)),
        _Part("start", _("Starts")),
        _Part("end", _("Ends")),
        _Part("capacity", _("Seats, if not the room's")),
        _Part("door", _("Not enrolled"), tuple((policy.value, door_words(policy)) for policy in DoorPolicy)),
        _Part("opens_before_min", _("Door opens before, minutes")),
        _Part("audience", _("Only for"), hint=_("sworn; agency: Local; type: Staff")),
        _Part("hours", _("Worth, clock hours")),
        _Part("counts", _("What counts"), counts),
        _Part("least_min", _("At least, minutes")),
        _Part("least_percent", _("At least, percent")),
        _Part("in_proportion", _("Part of the time"), (("no", _("earns nothing")), ("yes", _("earns its part")))),
        _Part("breaks", _("Breaks that do not count"), hint=_("9:00 AM - 9:15 AM; …")),
        _Part("late_grace_min", _("Late or early is fine by, minutes")),
        _Part("course_slot", _("Which course of the eight")),
        _Part("cancelled", _("Takes place"), (("no", _("yes")), ("yes", _("no: cancelled")))),
    )


class SessionForm(QFrame):
    """The form; `save` is handed the texts that were changed."""

    def __init__(
        self,
        save: Callable[[Mapping[str, str]], object],
        who: Callable[[], object],
        cancel: Callable[[], object],
        columns: int,
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._save = save
        self._before: dict[str, str] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(28, 12, 28, 12)
        outer.setSpacing(6)
        self.title = label("", "panel-title", wrap=True)
        self.text = label("", "muted", wrap=True)
        self.problem = label("", "problem", wrap=True)
        outer.addWidget(self.title)
        outer.addWidget(self.text)
        outer.addWidget(self.problem)
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(2)
        self.inputs: dict[str, QLineEdit | QComboBox] = {}
        for place, part in enumerate(_parts()):
            row, column = 2 * (place // columns), place % columns
            grid.addWidget(label(part.words, "field-name", wrap=True), row, column)
            grid.addWidget(self._input(part), row + 1, column)
        for column in range(columns):
            grid.setColumnStretch(column, 1)
        outer.addLayout(grid)
        self.save_button = button(_("Save"), self._pressed, "primary")
        self.who_button = button(_("Who is enrolled…"), who)
        row_of_buttons = Flow()
        for pressed in (self.save_button, self.who_button, button(_("Back"), cancel, told="Esc")):
            row_of_buttons.addWidget(pressed)
        outer.addLayout(row_of_buttons)
        outer.addStretch(1)

    def _input(self, part: _Part) -> QWidget:
        made: QLineEdit | QComboBox
        if part.choices:
            made = QComboBox()
            made.setAccessibleName(part.words)
            made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            for value, words in part.choices:
                made.addItem(words, value)
        else:
            made = field(part.words, part.hint)
            made.returnPressed.connect(self._pressed)
        self.inputs[part.name] = made
        return made

    def show_session(self, session: ProgrammeSession, rooms: Sequence[Room], enrolled: int, zone: tzinfo) -> None:
        """Fill the form anew; the cursor is in the room."""
        self.title.setText(f"{session.code} · {session.title}")
        day = day_words(session.start.astimezone(zone).date())
        told = ngettext("{n} person has a place in it.", "{n} people have a place in it.", enrolled).format(n=enrolled)
        moves = _("A new start moves the end along. Doors follow as soon as they hear of it.")
        self.text.setText(f"{day} {span_words(session.start, session.end, zone)} · {told} {moves}")
        self.who_button.setEnabled(enrolled > 0)
        places = self.inputs["room"]
        assert isinstance(places, QComboBox)
        places.clear()
        places.addItem(_("none"), "")
        for room in rooms:
            words = f"{room.name} ({room.capacity:,})" if room.capacity is not None else room.name
            places.addItem(words, room.name)
        self._before = _texts_of(session, zone)
        for name, text in self._before.items():
            made = self.inputs[name]
            if isinstance(made, QComboBox):
                made.setCurrentIndex(max(0, made.findData(text)))
            else:
                made.setText(text)
                made.setCursorPosition(0)
        self.show_problem("")
        places.setFocus()

    def show_new(self, like: ProgrammeSession, rooms: Sequence[Room], zone: tzinfo) -> None:
        """Fill the form for a session nobody has thought of yet, with the time and worth of another."""
        self.show_session(replace(like, code="", title="", cancelled=False), rooms, 0, zone)
        self.title.setText(_("A new session"))
        self.text.setText(_("It needs a code and a title. Doors let people in as soon as they hear of it."))
        self._before = {}
        self.inputs["title"].setFocus()

    def changed(self) -> dict[str, str]:
        """The texts that are not as they were."""
        now = {
            name: str(made.currentData()) if isinstance(made, QComboBox) else made.text()
            for name, made in self.inputs.items()
        }
        return {name: text for name, text in now.items() if text.strip() != self._before.get(name, "")}

    def show_problem(self, words: str) -> None:
        """Say why it was not saved; nothing for nothing. It can be tried again."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.save_button.setEnabled(True)

    def _pressed(self) -> None:
        self.save_button.setEnabled(False)
        self._save(self.changed())


def _texts_of(session: ProgrammeSession, zone: tzinfo) -> dict[str, str]:
    credit = session.credit
    return {
        "title": session.title,
        "code": session.code,
        "room": session.room,
        "start": _moment(session.start, zone),
        "end": _moment(session.end, zone),
        "capacity": "" if session.capacity is None else str(session.capacity),
        "door": session.door.value,
        "opens_before_min": str(session.opens_before_min),
        "audience": session.audience.words,
        "hours": f"{credit.credit_min / 60:.4f}".rstrip("0").rstrip("."),
        "counts": credit.kind.value,
        "least_min": "" if credit.least_min is None else str(credit.least_min),
        "least_percent": "" if credit.least_percent is None else str(credit.least_percent),
        "in_proportion": "yes" if credit.in_proportion else "no",
        "breaks": "; ".join(_break_words(session, *pause, zone) for pause in credit.breaks),
        "late_grace_min": str(credit.late_grace_min),
        "course_slot": str(session.course_slot),
        "cancelled": "yes" if session.cancelled else "no",
    }


def _break_words(session: ProgrammeSession, after_min: int, length_min: int, zone: tzinfo) -> str:
    since = session.start + timedelta(minutes=after_min)
    return f"{clock_words(since, zone)} - {clock_words(since + timedelta(minutes=length_min), zone)}"


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d} {clock_words(at, zone)}"
