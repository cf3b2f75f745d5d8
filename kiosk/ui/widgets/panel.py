"""What stands under the answer when there is something to do: a question with two or three buttons, or a short form.

Neither takes the focus from a queue: they wait to be used, the next scan replaces them, and a press counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from kiosk.i18n import _
from kiosk.ui.widgets.controls import button, field
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import breakable, label


class Choice(NamedTuple):
    """One button of a question."""

    text: str
    action: Callable[[], object]


class QuestionPanel(QFrame):
    """One question. The first choice is the likely one; Alt+1, Alt+2 and Alt+3 press them."""

    def __init__(self, title: str, text: str, choices: Sequence[Choice], role: str = "panel") -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setAccessibleName(f"{title} {text}".strip())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 16)
        layout.setSpacing(8)
        if title:
            layout.addWidget(label(title, "panel-title", wrap=True))
        if text:
            layout.addWidget(label(text, "panel-text", wrap=True))
        row = Flow()
        self.buttons: list[QPushButton] = []
        for place, choice in enumerate(choices, start=1):
            made = button(
                choice.text,
                partial(self._press, choice.action),
                "primary" if place == 1 else "plain",
                f"Alt+{place}",
            )
            self.buttons.append(made)
            row.addWidget(made)
        layout.addLayout(row)

    def _press(self, action: Callable[[], object]) -> None:
        for each in self.buttons:
            each.setEnabled(False)
        action()


BESIDE = 2
"""How many buttons stand beside what a bar says; more stand under it."""


class Bar(QFrame):
    """One fact beside the answer, with what can be done about it. It stays until that is done."""

    def __init__(self, title: str, text: str = "", choices: Sequence[Choice] = ()) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.setAccessibleName(f"{title} {text}".strip())
        beside = len(choices) <= BESIDE
        layout = QHBoxLayout(self) if beside else QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 12, 8)
        layout.setSpacing(12 if beside else 6)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(title, "bar-title", wrap=True))
        self._text = label(text, "bar-text", wrap=True)
        self._text.setVisible(bool(text))
        words.addWidget(self._text)
        layout.addLayout(words, 1)
        self.buttons = [button(choice.text, partial(self._press, choice.action)) for choice in choices]
        row = Flow()
        for made in self.buttons:
            if beside:
                layout.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
            else:
                row.addWidget(made)
        if not beside:
            layout.addLayout(row)

    def set_text(self, text: str) -> None:
        """Say something else under the title; the buttons stay as they are."""
        self._text.setText(breakable(text))
        self._text.setVisible(bool(text))

    def _press(self, action: Callable[[], object]) -> None:
        for each in self.buttons:
            each.setEnabled(False)
        action()


class Field(NamedTuple):
    """One line of a form."""

    key: str
    name: str
    required: bool = False
    value: str = ""
    hint: str = ""


class FormPanel(QFrame):
    """A few lines to fill in. What is missing is said once at the top and again beside its line."""

    def __init__(
        self,
        title: str,
        text: str,
        fields: Sequence[Field],
        submit: tuple[str, Callable[[Mapping[str, str]], object]],
        cancel: Callable[[], object],
    ) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAccessibleName(title)
        self._fields = tuple(fields)
        self._submit_action = submit[1]
        self.inputs: dict[str, QLineEdit] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(label(title, "panel-title", wrap=True))
        if text:
            layout.addWidget(label(text, "panel-text", wrap=True))
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        layout.addWidget(self.problem)
        layout.addLayout(self._grid())
        self.submit_button = button(submit[0], self.submit, "primary")
        row = Flow()
        row.addWidget(self.submit_button)
        row.addWidget(button(_("Cancel"), cancel, told="Esc"))
        layout.addLayout(row)
        layout.addStretch(1)

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for row, each in enumerate(self._fields):
            line = field(each.name, each.hint, each.value)
            line.returnPressed.connect(lambda key=each.key: self._next(key))
            name = label(each.name, "field-name")
            name.setBuddy(line)
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(line, row, 1)
            self.inputs[each.key] = line
        grid.setColumnStretch(1, 1)
        return grid

    def start(self) -> None:
        """Put the cursor into the first line that is empty."""
        empty = [line for line in self.inputs.values() if not line.text()]
        (empty or list(self.inputs.values()))[0].setFocus()

    def values(self) -> dict[str, str]:
        """What has been typed, trimmed."""
        return {key: line.text().strip() for key, line in self.inputs.items()}

    def submit(self) -> None:
        """Hand the values over, or say what is missing."""
        values = self.values()
        missing = [each for each in self._fields if each.required and not values[each.key]]
        for each in self._fields:
            mark(self.inputs[each.key], each in missing)
        if missing:
            self.show_problem(
                _("There is a problem: please fill in {fields}.").format(
                    fields=", ".join(each.name for each in missing)
                )
            )
            self.inputs[missing[0].key].setFocus()
            return
        self.submit_button.setEnabled(False)
        self._submit_action(values)

    def show_problem(self, text: str) -> None:
        """Say why it did not work; it can be tried again."""
        self.problem.setText(text)
        self.problem.show()
        self.submit_button.setEnabled(True)

    def _next(self, key: str) -> None:
        keys = list(self.inputs)
        after = keys.index(key) + 1
        if after < len(keys):
            self.inputs[keys[after]].setFocus()
        else:
            self.submit()


def mark(widget: QWidget, wrong: bool) -> None:
    """Show beside a line that it is the one with the problem."""
    if bool(widget.property("wrong")) != wrong:
        widget.setProperty("wrong", wrong)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
