"""What can be said about a layout or one element of it, as a form: lengths in millimetres, choices in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QWidget,
)

from kiosk.domain.badge import BADGE_FIELDS
from kiosk.domain.layout import (
    EVERYBODY,
    MOST_LINES,
    NOBODY_SAID,
    Align,
    Back,
    Band,
    BoxMm,
    Condition,
    Element,
    Frame,
    Ink,
    Layout,
    Level,
    Line,
    Mono,
    Payload,
    Picture,
    Qr,
    Rule,
    Sworn,
    Template,
    Text,
    TooLong,
    Valign,
    Weight,
    resized,
)
from kiosk.domain.layout_json import LEAST_MM, MOST_MM, template_of
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.ui.widgets.controls import number_box
from kiosk.ui.widgets.text import label

Part: TypeAlias = Element | Layout
Put = Callable[[Any, Any], Part]


class Row(NamedTuple):
    """One line of the form: how to read its value off an element, and the element with another value."""

    name: str
    get: Callable[[Any], Any]
    put: Put
    choices: Sequence[tuple[object, str]] = ()
    """Values and their words; without, it is a number, a tick or a text, by its value."""
    least: float = 0
    most: float = 1000
    unit: str = " mm"


class ElementForm(QWidget):
    """The form of the element that is chosen, or of the whole badge."""

    changed = Signal(object)
    """The element as somebody wants it."""
    refused = Signal(str)
    """Why a text cannot be taken."""

    def __init__(self) -> None:
        super().__init__()
        self._element: Part | None = None
        self._rows: list[tuple[Row, QWidget]] = []
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 8, 0)
        self._form.setVerticalSpacing(6)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.setProperty("dense", True)

    def show_element(self, element: Part) -> None:
        """This one from now on; the form stays where it can, so that nobody loses their place in it."""
        if self._element is None or type(self._element) is not type(element):
            self._build(element)
        self._element = element
        for row, widget in self._rows:
            blocked = QSignalBlocker(widget)
            _show_value(widget, row.get(element))
            blocked.unblock()

    def _build(self, element: Part) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self._rows = []
        for row in rows_for(element):
            widget = self._widget(row, row.get(element))
            widget.setAccessibleName(row.name)
            name = QLabel(row.name)
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.setBuddy(widget)
            self._form.addRow(name, widget)
            self._rows.append((row, widget))
        if isinstance(element, Text | Band):
            self._form.addRow(label(_("Fields: {names}").format(names=_field_words()), "muted", wrap=True))

    def _widget(self, row: Row, value: object) -> QWidget:
        if row.choices:
            box = QComboBox()
            for choice, words in row.choices:
                box.addItem(words, choice)
            box.setMinimumContentsLength(8)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.currentIndexChanged.connect(lambda _place: self._put(row, box.currentData()))
            return box
        if isinstance(value, bool):
            tick = QCheckBox()
            tick.toggled.connect(partial(self._put, row))
            return tick
        if isinstance(value, str):
            line = QLineEdit()
            line.setMaxLength(500)
            line.editingFinished.connect(lambda: self._put(row, line.text()))
            return line
        whole = isinstance(value, int)
        number = number_box(row.least, row.most, row.unit, 0 if whole else 2)
        number.valueChanged.connect(lambda new: self._put(row, int(new) if whole else new))
        return number

    def _put(self, row: Row, value: object) -> None:
        assert self._element is not None
        if row.get(self._element) == value:
            return
        try:
            element = row.put(self._element, value)
        except BadInput as error:
            self.refused.emit(f"{row.name}: {error}")
            return
        self._element = element
        self.changed.emit(element)


def _show_value(widget: QWidget, value: Any) -> None:
    match widget:
        case QComboBox():
            widget.setCurrentIndex(widget.findData(value))
        case QCheckBox():
            widget.setChecked(value)
        case QLineEdit():
            if widget.text() != value:
                widget.setText(value)
        case QDoubleSpinBox():
            widget.setValue(value)


def _field_words() -> str:
    return " ".join("{" + name + "}" for name in sorted(BADGE_FIELDS))


# The rows of each kind


def rows_for(element: Part) -> list[Row]:
    """What can be said about this kind of element."""
    own: list[Row]
    match element:
        case Layout():
            return _page_rows()
        case Text():
            own = [_template_row(_("Words"), "template"), *_cap_rows(), *_text_rows()]
        case Band():
            own = [_template_row(_("Word at the left"), "left"), _template_row(_("Word at the right"), "right")]
            own += [*_cap_rows(), _plain(_("Black for sworn only"), "sworn_only")]
        case Qr():
            own = [_plain(_("Holds"), "payload", _PAYLOADS()), _plain(_("At least level"), "level", _LEVELS())]
        case Picture():
            own = [_plain(_("Greys become"), "mono", _MONOS())]
        case Frame():
            own = [_plain(_("Filled"), "filled"), _plain(_("Thickness"), "border_mm", least=0.1, most=20)]
        case _:
            ends = (("x1", _("From, left")), ("y1", _("From, top")), ("x2", _("To, left")), ("y2", _("To, top")))
            own = [_plain(name, key) for key, name in ends]
            return [*own, _plain(_("Thickness"), "thick_mm", least=0.1, most=20), *_rule_rows()]
    return [*_box_rows(), *own, *_rule_rows()]


_STOCK = {
    f"{width:g} × {height:g} mm": (width, height)
    for width, height in (
        (101.6, 76.2), (101.6, 152.4), (62.0, 100.0), (101.6, 57.15), (86.0, 54.0), (105.0, 148.0), (105.0, 74.0),
    )
}  # fmt: skip


def _page_rows() -> list[Row]:
    """What can be said about the badge as a whole."""

    def put_name(layout: Any, name: str) -> Layout:
        changed: Layout = replace(layout, name=name)
        return changed

    def put_stock(layout: Any, size: str) -> Layout:
        return resized(layout, *_STOCK[size]) if size else layout

    def put_back(layout: Any, back: str) -> Layout:
        elements = layout.back.elements if layout.back else ()
        changed: Layout = replace(layout, back=Back(elements, back == "fold") if back else None)
        return changed

    sizes = [(size, size) for size in _STOCK]
    backs = [("", _("none")), ("fold", _("folded over the top")), ("page", _("a page of its own"))]
    return [
        Row(_("Name"), lambda layout: layout.name, put_name),
        Row(_("Size"), _stock_of, put_stock, [*sizes, ("", _("another size"))]),
        Row(_("Width"), lambda e: e.width_mm, lambda e, mm: resized(e, mm, e.height_mm), least=LEAST_MM, most=MOST_MM),
        Row(_("Height"), lambda e: e.height_mm, lambda e, mm: resized(e, e.width_mm, mm), least=LEAST_MM, most=MOST_MM),
        _plain(_("Safe area"), "safe_mm", most=20),
        Row(_("Back"), _back_of, put_back, backs),
    ]


def _stock_of(layout: Any) -> str:
    size = (layout.width_mm, layout.height_mm)
    return next((words for words, each in _STOCK.items() if each == size), "")


def _back_of(layout: Any) -> str:
    return "" if layout.back is None else ("fold" if layout.back.folded else "page")


def _plain(
    name: str,
    key: str,
    choices: Sequence[tuple[object, str]] = (),
    least: float = 0,
    most: float = 1000,
    unit: str = " mm",
) -> Row:
    def put(element: Any, value: Any) -> Element:
        changed: Element = replace(element, **{key: value})
        return changed

    return Row(name, lambda element: getattr(element, key), put, choices, least, most, unit)


def _box_rows() -> list[Row]:
    def row(key: str, name: str, least: float) -> Row:
        def put(element: Any, value: float) -> Element:
            changed: Element = replace(element, box=replace(element.box, **{key: value}))
            return changed

        return Row(name, lambda element: getattr(element.box, key), put, least=least)

    names = ((_("From the left"), "x", 0.0), (_("From the top"), "y", 0.0), (_("Width"), "width", 1.0))
    return [*(row(key, name, least) for name, key, least in names), row("height", _("Height"), 1.0)]


def _template_row(name: str, key: str) -> Row:
    def get(element: Any) -> str:
        template: Template = getattr(element, key)
        return " · ".join(template.parts)

    def put(element: Any, value: str) -> Element:
        changed: Element = replace(element, **{key: template_of(value)})
        return changed

    return Row(name, get, put)


def _cap_rows() -> list[Row]:
    def put_largest(element: Any, value: float) -> Element:
        changed: Element = replace(element, max_cap_mm=value, min_cap_mm=min(value, element.min_cap_mm))
        return changed

    def put_smallest(element: Any, value: float) -> Element:
        changed: Element = replace(element, min_cap_mm=value, max_cap_mm=max(value, element.max_cap_mm))
        return changed

    return [
        Row(_("Capitals at most"), lambda element: element.max_cap_mm, put_largest, least=1, most=100),
        Row(_("Capitals at least"), lambda element: element.min_cap_mm, put_smallest, least=1, most=100),
    ]


def _text_rows() -> list[Row]:
    def put_narrow(element: Any, value: int) -> Element:
        changed: Element = replace(element, narrow=value / 100)
        return changed

    return [
        _plain(_("Lines at most"), "lines", least=1, most=MOST_LINES, unit=""),
        Row(_("May be narrowed to"), lambda element: round(element.narrow * 100), put_narrow, (), 50, 100, " %"),
        _plain(_("If too long"), "too_long", [(TooLong.SHRINK, _("smaller still")), (TooLong.SHORTEN, _("shortened"))]),
        _plain(_("Font"), "weight", [(Weight.BOLD, _("bold")), (Weight.TEXT, _("regular"))]),
        _plain(
            _("Side to side"), "align",
            [(Align.START, _("where reading starts")), (Align.LEFT, _("left")), (Align.CENTER, _("middle")),
             (Align.RIGHT, _("right"))],
        ),
        _plain(
            _("Up and down"), "valign",
            [(Valign.TOP, _("top")), (Valign.MIDDLE, _("middle")), (Valign.BOTTOM, _("bottom"))],
        ),
        _plain(_("Colour"), "ink", [(Ink.BLACK, _("black")), (Ink.WHITE, _("white, on a box"))]),
        _plain(_("All capitals"), "upper"),
    ]  # fmt: skip


def _PAYLOADS() -> list[tuple[object, str]]:
    return [
        (Payload.CODE, _("the badge's code")),
        (Payload.VCARD, _("contact card (vCard)")),
        (Payload.MECARD, _("contact card (MECARD)")),
    ]


def _LEVELS() -> list[tuple[object, str]]:
    return [(Level.M, _("M: 15 % may be lost")), (Level.Q, _("Q: 25 %")), (Level.H, _("H: 30 %"))]


def _MONOS() -> list[tuple[object, str]]:
    return [(Mono.THRESHOLD, _("black or white, for drawings")), (Mono.DITHER, _("dots, for photographs"))]


# Rules


class _Kind(NamedTuple):
    """A simple rule: its words, the rule of these values, and the values of such a rule."""

    words: str
    make: Callable[[tuple[str, ...]], Rule]


_ALWAYS, _OTHER = "always", "other"


def _types(values: tuple[str, ...]) -> Condition:
    return Condition(registration_type=values or (_("Staff"),))  # until somebody writes something else


def _agencies(values: tuple[str, ...]) -> Condition:
    return Condition(agency_type=values or (_("Local"),))


def _kinds() -> dict[str, _Kind]:
    sworn = Condition(sworn=(Sworn.YES,))
    return {
        _ALWAYS: _Kind(_("everybody's badge"), lambda _values: EVERYBODY),
        "type": _Kind(_("these types:"), lambda values: Rule(when=_types(values))),
        "type_not": _Kind(_("all but these types:"), lambda values: Rule(unless=_types(values))),
        "agency": _Kind(_("these agency types:"), lambda values: Rule(when=_agencies(values))),
        "sworn": _Kind(_("sworn people"), lambda _values: Rule(when=sworn)),
        "not_sworn": _Kind(_("all but sworn people"), lambda _values: Rule(unless=sworn)),
    }


def _values(rule: Rule) -> tuple[str, ...]:
    return rule.when.registration_type or rule.unless.registration_type or rule.when.agency_type


def _kind_of(rule: Rule) -> str:
    """Which simple rule this is; one that was composed in a file is left as it is."""
    if rule.when == rule.unless == NOBODY_SAID:
        return _ALWAYS
    return next((key for key, kind in _kinds().items() if kind.make(_values(rule)) == rule), _OTHER)


def _rule_rows() -> list[Row]:
    kinds = _kinds()

    def put_kind(element: Any, key: str) -> Element:
        if key == _OTHER:
            return element  # type: ignore[no-any-return]
        changed: Element = replace(element, rule=kinds[key].make(_values(element.rule)))
        return changed

    def put_values(element: Any, text: str) -> Element:
        key = _kind_of(element.rule)
        if key == _OTHER:
            raise BadInput(_("this rule was composed in a file; change it there"))
        values = tuple(part.strip() for part in text.split(",") if part.strip())
        changed: Element = replace(element, rule=kinds[key].make(values) if values else EVERYBODY)
        return changed

    choices = [(key, kind.words) for key, kind in kinds.items()]
    return [
        Row(_("Stands on"), lambda e: _kind_of(e.rule), put_kind, [*choices, (_OTHER, _("by a rule of the file"))]),
        Row(_("Types, with commas"), lambda element: ", ".join(_values(element.rule)), put_values),
    ]


def a_new(kind: str, width_mm: float, height_mm: float, png: bytes = b"", mono: Mono = Mono.THRESHOLD) -> Element:
    """An element of this kind in the middle of the page, ready to be moved."""
    width, height = min(40.0, width_mm), min(10.0, height_mm)
    box = BoxMm(round((width_mm - width) / 2, 1), round((height_mm - height) / 2, 1), width, height)
    square = min(26.0, width_mm, height_mm)
    at = BoxMm(round((width_mm - square) / 2, 1), round((height_mm - square) / 2, 1), square, square)
    made: dict[str, Element] = {
        "text": Text(box, Template(("{agency}",)), 4, 2, narrow=0.75),
        "band": Band(box, Template(("{sworn}",)), Template(("{type}",)), 4, 2),
        "qr": Qr(at),
        "box": Frame(box, False, 0.4),
        "line": Line(box.x, box.y, box.x + box.width, box.y, 0.4),
        "image": Picture(at, png, mono),
    }
    return made[kind]
