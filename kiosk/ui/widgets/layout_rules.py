"""Which layout is for which registration type: one line a type, and one for everybody else."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from kiosk.domain.layout import same_word
from kiosk.domain.layout_choice import KeptLayout, LayoutRules
from kiosk.i18n import _
from kiosk.ui.widgets.text import label


class LayoutRulesForm(QWidget):
    """The types that are on the roster, each with the layout it gets."""

    changed = Signal(object)
    """The `LayoutRules` as somebody wants them."""

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label(_("Which layout for which type"), "panel-title", wrap=True))
        text = _("Where the labels in a printer have another size, a layout of that size is taken instead.")
        layout.addWidget(label(text, "plain-text", wrap=True))
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout.addWidget(self._area, 1)
        self.usual = QComboBox()
        self.choices: dict[str, QComboBox] = {}

    def show_rules(self, kept: Sequence[KeptLayout], rules: LayoutRules, types: Sequence[str]) -> None:
        """The rules as they are; types that have one and are on no roster any more are shown too."""
        lines = QWidget()
        lines.setObjectName("ground")
        form = QFormLayout(lines)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.usual = _combo(_("Usual"), [(each.id, each.name) for each in kept], rules.default)
        form.addRow(_line(_("Usual")), self.usual)
        named = {same_word(name): layout for name, layout in rules.by_type.items()}
        every = [*types, *(name for name in rules.by_type if same_word(name) not in map(same_word, types))]
        self.choices = {}
        for name in every:
            choices = [("", _("the usual one")), *((each.id, each.name) for each in kept)]
            self.choices[name] = _combo(name, choices, named.get(same_word(name), ""))
            form.addRow(_line(name), self.choices[name])
        for combo in (self.usual, *self.choices.values()):
            combo.currentIndexChanged.connect(lambda _place: self.changed.emit(self.rules()))
        self._area.setWidget(lines)

    def rules(self) -> LayoutRules:
        """As they are chosen now."""
        by_type = {name: combo.currentData() for name, combo in self.choices.items() if combo.currentData()}
        return LayoutRules(self.usual.currentData(), by_type)


def _line(words: str) -> QLabel:
    return label(words, "field-name")


def _combo(name: str, choices: Sequence[tuple[str, str]], chosen: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(_("Layout for {type}").format(type=name))
    for value, words in choices:
        combo.addItem(words, value)
    combo.setMinimumContentsLength(12)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setCurrentIndex(max(0, combo.findData(chosen)))
    return combo
