"""Choices and numbers in a form: named for screen readers, read back as values, with words for what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QWidget

from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.ui.widgets.text import label

Value = TypeVar("Value")


class Chooser(QComboBox, Generic[Value]):
    """One of a few values, each with its words."""

    def __init__(self, name: str, choices: Sequence[tuple[Value, str]], value: Value) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._values = [choice for choice, _words in choices]
        for _value, words in choices:
            self.addItem(words)
        self.choose(value)

    def value(self) -> Value:
        """What is chosen."""
        return self._values[self.currentIndex()]

    def choose(self, value: Value) -> None:
        """Choose it; the first where it is none of them."""
        self.setCurrentIndex(self._values.index(value) if value in self._values else 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the page must not change what is chosen."""
        event.ignore()


def yes_no(name: str, value: bool) -> Chooser[bool]:
    """A question with two answers."""
    return Chooser(name, [(True, _("Yes")), (False, _("No"))], value)


def number(text: str, name: str) -> float | None:
    """What somebody typed as a number, with a point or a comma; None for nothing. Raises BadInput."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not abs(found) < 1e6:  # nor nan, nor infinity
        raise BadInput(_("{what}: write a number, such as 3 or 1.5.").format(what=name))
    return found


def whole(text: str, name: str) -> int | None:
    """The same for a whole number."""
    found = number(text, name)
    if found is not None and found != int(found):
        raise BadInput(_("{what}: write a whole number.").format(what=name))
    return None if found is None else int(found)


def add_row(grid: QGridLayout, row: int, words: str, *inputs: QWidget, column: int = 0) -> None:
    """A line of a form: its words, then one input or several beside each other."""
    name = label(words, "field-name")
    name.setBuddy(inputs[0])
    grid.addWidget(name, row, column, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    line = QHBoxLayout()
    line.setSpacing(8)
    for each in inputs:
        line.addWidget(each, 1)
    grid.addLayout(line, row, column + 1)
