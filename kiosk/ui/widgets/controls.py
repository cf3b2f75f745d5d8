"""Buttons and fields as the desk uses them: named for screen readers, reachable by keyboard, pressed once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit, QPushButton, QWidget

LONGEST_TEXT = 200
"""Characters a person may type into a field."""


def button(
    text: str, pressed: Callable[[], object] | None = None, kind: str = "plain", keys: str = "", told: str = ""
) -> QPushButton:
    """A push button; `kind` is `primary`, `plain`, `quiet` or `link`.

    `keys` is a shortcut that presses it and is written on it; `told` is only written, for keys the window listens to.
    """
    made = QPushButton(worded(text, keys or told))
    made.setProperty("kind", kind)
    made.setAutoDefault(True)  # Enter presses the button that has the focus, not only Space
    made.setAccessibleName(text)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if keys:
        QShortcut(QKeySequence(keys), made, made.click)  # the button's own shortcut would wait a tenth of a second
    if pressed is not None:
        made.clicked.connect(lambda _checked=False: pressed())
    return made


def field(name: str, hint: str = "", value: str = "", parent: QWidget | None = None) -> QLineEdit:
    """A line to type into, named for screen readers."""
    made = QLineEdit(parent)
    made.setAccessibleName(name)
    made.setPlaceholderText(hint)
    made.setMaxLength(LONGEST_TEXT)
    made.setText(value)
    return made


def number_box(least: float, most: float, unit: str, decimals: int = 2) -> QDoubleSpinBox:
    """A number to type, or to step with the arrow keys; it counts once it is finished."""
    made = QDoubleSpinBox()
    made.setRange(least, most)
    made.setDecimals(decimals)
    made.setSingleStep(0.5 if decimals else 1)
    made.setSuffix(unit)
    made.setKeyboardTracking(False)
    made.lineEdit().setTextMargins(8, 0, 0, 0)
    return made


def worded(text: str, keys: str = "") -> str:
    """The text of a button with its keys."""
    return escaped(f"{text}  ({key_words(keys)})" if keys else text)


def escaped(text: str) -> str:
    """Text for a button: an ampersand in it is an ampersand, not an underline."""
    return text.replace("&", "&&")


def key_words(keys: str) -> str:
    """A shortcut as it is written on this platform's keyboards."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def dismiss(widget: QWidget, instead: QWidget) -> None:
    """Take a panel away; a focus in it goes to `instead` and does not jump to whatever is next."""
    if widget.isAncestorOf(widget.window().focusWidget()):
        instead.setFocus()
    widget.hide()
    widget.deleteLater()
