"""Layouts as files: strict, versioned JSON in millimetres (docs/layouts.md).

A layout is data somebody may have been sent, so nothing in it reaches a file, an address or code: fields come from a
fixed list, every key is known or refused with its place, every box lies on the page, and a picture is a small PNG
inside the file.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import struct
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from kiosk.domain.badge import BADGE_FIELDS
from kiosk.domain.layout import (
    EVERYBODY,
    FIELD,
    MOST_LINES,
    NOBODY_SAID,
    SMALLEST_QR_MM,
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
)
from kiosk.errors import BadInput
from kiosk.i18n import _

VERSION = 1
MAX_BYTES = 512_000
MAX_ELEMENTS = 100
MAX_PICTURE_BYTES = 200_000
MAX_PICTURE_PX = 2_000
LEAST_MM, MOST_MM = 10, 1_000
_PNG = b"\x89PNG\r\n\x1a\n"

_Choice = TypeVar("_Choice", bound=StrEnum)


def read_layout(data: bytes) -> Layout:
    """The layout in this JSON. Raises BadInput with the place and the advice."""
    if len(data) > MAX_BYTES:
        raise BadInput(_("this is too large for a badge layout"))
    try:
        content = json.loads(data, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise BadInput(_("this is not JSON ({detail})").format(detail=error)) from error
    top = _Entry("", content)
    version = top.number("version", 1, 1_000)
    if version != VERSION:
        raise BadInput(
            _("layout version {found:g}; this program reads version {ours}").format(found=version, ours=VERSION)
        )
    width, height = top.numbers("size_mm", 2, least=LEAST_MM, most=MOST_MM)
    layout = Layout(
        name=top.name("name"),
        width_mm=width,
        height_mm=height,
        elements=_elements(top, width, height),
        safe_mm=top.number("safe_mm", 0, 20, default=0),
        back=_back(top, width, height),
    )
    top.finish()
    return layout


def _back(top: _Entry, width: float, height: float) -> Back | None:
    if not top.has("back"):
        return None
    entry = _Entry("back", top.take("back"))
    back = Back(_elements(entry, width, height), entry.flag("fold", default=True))
    entry.finish()
    return back


def _elements(entry: _Entry, width: float, height: float) -> tuple[Element, ...]:
    found = entry.list("elements", MAX_ELEMENTS)
    prefix = f"{entry.place}." if entry.place else ""
    return tuple(
        _element(_Entry(f"{prefix}elements[{place}]", each), width, height) for place, each in enumerate(found)
    )


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands twice")
    return content


class _Entry:
    """One JSON object, read key by key; what is left at the end is a mistake."""

    def __init__(self, place: str, content: object) -> None:
        self.place = place
        if not isinstance(content, Mapping):
            raise BadInput(_("{place} must be an object in braces").format(place=place or _("a layout")))
        self._left = dict(content)

    def wrong(self, key: str, advice: str) -> BadInput:
        """The error to raise about this key."""
        return BadInput(f"{self.place}{'.' if self.place else ''}{key}: {advice}")

    def has(self, key: str) -> bool:
        return key in self._left

    def take(self, key: str, default: object = None) -> Any:
        if key not in self._left and default is None:
            raise self.wrong(key, _("is missing"))
        return self._left.pop(key, default)

    def finish(self) -> None:
        for key in self._left:
            raise self.wrong(key, _("is not a known key here; remove it or correct its spelling"))

    def string(self, key: str, default: str | None = None, most: int = 500) -> str:
        value = self.take(key, default)
        if not isinstance(value, str) or len(value) > most:
            raise self.wrong(key, _("must be a text"))
        return value

    def name(self, key: str) -> str:
        value = " ".join(self.string(key).split())
        if not 0 < len(value) <= 80 or not value.isprintable():
            raise self.wrong(key, _("must be a name of at most 80 letters"))
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, _("must be true or false"))
        return value

    def number(self, key: str, least: float, most: float, default: float | None = None) -> float:
        return self._checked(key, self.take(key, default), least, most)

    def numbers(self, key: str, count: int, least: float, most: float) -> list[float]:
        values = self.take(key)
        if not isinstance(values, list) or len(values) != count:
            raise self.wrong(key, _("must be {count} numbers in brackets").format(count=count))
        return [self._checked(key, value, least, most) for value in values]

    def list(self, key: str, most: int, default: list[Any] | None = None) -> list[Any]:
        values = self.take(key, default)
        if not isinstance(values, list) or len(values) > most:
            raise self.wrong(key, _("must be a list of at most {most}").format(most=most))
        return values

    def words(self, key: str) -> tuple[str, ...]:
        """A list of short texts; none where the key is missing."""
        values = self.list(key, 50, default=[])
        if not all(isinstance(value, str) and 0 < len(value) <= 100 for value in values):
            raise self.wrong(key, _("must be a list of texts"))
        return tuple(values)

    def choice(self, key: str, choices: type[_Choice], default: _Choice) -> _Choice:
        return self._one_of(key, self.string(key, default), choices)

    def choices(self, key: str, choices: type[_Choice]) -> tuple[_Choice, ...]:
        return tuple(self._one_of(key, value, choices) for value in self.words(key))

    def _one_of(self, key: str, value: str, choices: type[_Choice]) -> _Choice:
        known = [str(choice) for choice in choices]
        if value not in known:
            raise self.wrong(key, _("must be one of {known}").format(known=", ".join(known)))
        return choices(value)

    def box(self, width: float, height: float) -> BoxMm:
        """`box_mm`, which must lie on the page."""
        x, y, w, h = self.numbers("box_mm", 4, least=0, most=MOST_MM)
        box = BoxMm(x, y, w, h)
        if not w or not h or not box.inside(BoxMm(0, 0, width, height)):
            advice = _("must lie on the page of {width:g} × {height:g} mm: left, top, width, height")
            raise self.wrong("box_mm", advice.format(width=width, height=height))
        return box

    def point(self, key: str, width: float, height: float) -> tuple[float, float]:
        """A point on the page."""
        x, y = self.numbers(key, 2, least=0, most=MOST_MM)
        if x > width + 1e-6 or y > height + 1e-6:
            advice = _("must lie on the page of {width:g} × {height:g} mm: from the left, from the top")
            raise self.wrong(key, advice.format(width=width, height=height))
        return x, y

    def template(self, key: str, default: str | None = None) -> Template:
        """Text with fields, or a list of such texts."""
        value = self.take(key, default)
        parts = value if isinstance(value, list) else [value]
        if len(parts) > 20:
            raise self.wrong(key, _("must be a list of at most {most}").format(most=20))
        for part in parts:
            if not isinstance(part, str) or len(part) > 500:
                raise self.wrong(key, _("must be a text or a list of texts"))
            self._check_fields(key, part)
        return Template(tuple(parts))

    def known_fields(self, key: str) -> tuple[str, ...]:
        """A list of names of fields."""
        names = self.words(key)
        for name in names:
            self._check_fields(key, "{" + name + "}")
        return names

    def _check_fields(self, key: str, part: str) -> None:
        unknown = [name for name in Template((part,)).fields() if name not in BADGE_FIELDS]
        if unknown or "{" in FIELD.sub("", part) or "}" in FIELD.sub("", part):
            advice = _("has a field that is not known ({unknown}); known are {known}")
            known = ", ".join(sorted(BADGE_FIELDS))
            raise self.wrong(key, advice.format(unknown=", ".join(unknown) or part, known=known))

    def rule(self) -> Rule:
        """`when` and `unless`."""
        when, unless = self._condition("when"), self._condition("unless")
        return Rule(when, unless) if when != NOBODY_SAID or unless != NOBODY_SAID else EVERYBODY

    def _condition(self, key: str) -> Condition:
        if not self.has(key):
            return NOBODY_SAID
        entry = _Entry(f"{self.place}.{key}", self.take(key))
        condition = Condition(
            registration_type=entry.words("registration_type"),
            agency_type=entry.words("agency_type"),
            sworn=entry.choices("sworn", Sworn),
            given=entry.known_fields("given"),
        )
        entry.finish()
        if condition == NOBODY_SAID:
            raise self.wrong(key, _("names nobody; say registration_type, agency_type, sworn or given"))
        return condition

    def _checked(self, key: str, value: object, least: float, most: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(key, _("must be a number"))
        if not least <= value <= most:
            raise self.wrong(key, _("must be from {least:g} to {most:g}").format(least=least, most=most))
        return float(value)


def _element(entry: _Entry, width: float, height: float) -> Element:
    kind = entry.string("type")
    if kind not in _READERS:
        raise entry.wrong("type", _("must be one of {known}").format(known=", ".join(_READERS)))
    element: Element = _READERS[kind](entry, width, height)
    entry.finish()
    return element


def _caps(entry: _Entry) -> tuple[float, float]:
    largest, smallest = entry.numbers("cap_mm", 2, least=1, most=100)
    if smallest > largest:
        raise entry.wrong("cap_mm", _("must be the largest height of capitals, then the smallest"))
    return largest, smallest


def _text(entry: _Entry, width: float, height: float) -> Text:
    largest, smallest = _caps(entry)
    return Text(
        box=entry.box(width, height),
        template=entry.template("text"),
        max_cap_mm=largest,
        min_cap_mm=smallest,
        weight=entry.choice("font", Weight, Weight.BOLD),
        lines=int(entry.number("lines", 1, MOST_LINES, default=1)),
        narrow=entry.number("narrow", 0.5, 1, default=1),
        align=entry.choice("align", Align, Align.START),
        valign=entry.choice("valign", Valign, Valign.MIDDLE),
        too_long=entry.choice("too_long", TooLong, TooLong.SHRINK),
        upper=entry.flag("upper"),
        ink=entry.choice("ink", Ink, Ink.BLACK),
        rule=entry.rule(),
    )


def _band(entry: _Entry, width: float, height: float) -> Band:
    largest, smallest = _caps(entry)
    return Band(
        box=entry.box(width, height),
        left=entry.template("left", ""),
        right=entry.template("right", ""),
        max_cap_mm=largest,
        min_cap_mm=smallest,
        sworn_only=entry.flag("sworn_only"),
        rule=entry.rule(),
    )


def _qr(entry: _Entry, width: float, height: float) -> Qr:
    box = entry.box(width, height)
    if min(box.width, box.height) < SMALLEST_QR_MM - 1e-6:
        words = _("a QR needs at least {least:g} mm each way to be read")
        raise entry.wrong("box_mm", words.format(least=SMALLEST_QR_MM))
    payload = entry.choice("data", Payload, Payload.CODE)
    return Qr(box, payload, entry.choice("level", Level, Level.M), entry.rule())


def _picture(entry: _Entry, width: float, height: float) -> Picture:
    box = entry.box(width, height)
    text = entry.string("png", most=MAX_PICTURE_BYTES * 4 // 3 + 4)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise entry.wrong("png", _("must be a PNG picture in base64")) from error
    if not is_small_png(data):
        advice = _("must be a PNG picture of at most {pixels} × {pixels} pixels and {size} kB, in base64")
        raise entry.wrong("png", advice.format(pixels=MAX_PICTURE_PX, size=MAX_PICTURE_BYTES // 1000))
    return Picture(box, data, entry.choice("mono", Mono, Mono.THRESHOLD), entry.rule())


def is_small_png(data: bytes) -> bool:
    """Whether this begins like a PNG and is no larger than a layout may hold."""
    if len(data) > MAX_PICTURE_BYTES or data[:8] != _PNG or data[12:16] != b"IHDR" or len(data) < 33:
        return False
    width, height = struct.unpack(">II", data[16:24])
    return bool(0 < width <= MAX_PICTURE_PX and 0 < height <= MAX_PICTURE_PX)


def _frame(entry: _Entry, width: float, height: float) -> Frame:
    box, filled = entry.box(width, height), entry.flag("filled")
    return Frame(box, filled, entry.number("border_mm", 0.1, 20, default=0.4), entry.rule())


def _line(entry: _Entry, width: float, height: float) -> Line:
    x1, y1 = entry.point("from_mm", width, height)
    x2, y2 = entry.point("to_mm", width, height)
    return Line(x1, y1, x2, y2, entry.number("thick_mm", 0.1, 20, default=0.4), entry.rule())


_READERS: dict[str, Callable[[_Entry, float, float], Element]] = {
    "text": _text,
    "band": _band,
    "qr": _qr,
    "image": _picture,
    "box": _frame,
    "line": _line,
}


def template_of(text: str) -> Template:
    """Text with fields as somebody types it; parts are set apart by ` · `. Raises BadInput."""
    return _Entry("", {_("text"): text.split(" · ")}).template(_("text"))


# Writing


def write_layout(layout: Layout) -> bytes:
    """The layout as JSON, an element a line. What stands at its default is left out."""
    lines = [
        f'  "version": {VERSION}',
        f'  "name": {_json(layout.name)}',
        f'  "size_mm": {_json([_short(layout.width_mm), _short(layout.height_mm)])}',
    ]
    if layout.safe_mm:
        lines.append(f'  "safe_mm": {_json(_short(layout.safe_mm))}')
    lines.append(f'  "elements": {_element_lines(layout.elements, "  ")}')
    if layout.back:
        fold = "" if layout.back.folded else '"fold": false, '
        lines.append(f'  "back": {{{fold}"elements": {_element_lines(layout.back.elements, "  ")}}}')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _element_lines(elements: tuple[Element, ...], indent: str) -> str:
    if not elements:
        return "[]"
    inner = ",\n".join(f"{indent}  {_json(_plain_element(element))}" for element in elements)
    return f"[\n{inner}\n{indent}]"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(number: float) -> float:
    """Whole numbers without a point, others to a thousandth of a millimetre."""
    rounded = round(number, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def _box_list(box: BoxMm) -> list[float]:
    return [_short(value) for value in (box.x, box.y, box.width, box.height)]


def _words_of(template: Template) -> str | list[str]:
    return template.parts[0] if len(template.parts) == 1 else list(template.parts)


def _plain_element(element: Element) -> dict[str, Any]:
    content: dict[str, Any]
    match element:
        case Text():
            content = _plain_text(element)
        case Band():
            content = {"type": "band", "box_mm": _box_list(element.box)}
            content |= {"left": _words_of(element.left), "right": _words_of(element.right)}
            content["cap_mm"] = [_short(element.max_cap_mm), _short(element.min_cap_mm)]
            content |= {"sworn_only": True} if element.sworn_only else {}
        case Qr():
            content = {"type": "qr", "box_mm": _box_list(element.box)}
            content |= _unless_default("data", element.payload, Payload.CODE)
            content |= _unless_default("level", element.level, Level.M)
        case Picture():
            content = {"type": "image", "box_mm": _box_list(element.box), "mono": str(element.mono)}
            content["png"] = base64.b64encode(element.png).decode()
        case Frame():
            content = {"type": "box", "box_mm": _box_list(element.box)}
            content |= {"filled": True} if element.filled else {"border_mm": _short(element.border_mm)}
        case _:
            content = {"type": "line", "from_mm": [_short(element.x1), _short(element.y1)]}
            content |= {"to_mm": [_short(element.x2), _short(element.y2)], "thick_mm": _short(element.thick_mm)}
    return content | _plain_rule(element.rule)


def _plain_text(element: Text) -> dict[str, Any]:
    content: dict[str, Any] = {"type": "text", "box_mm": _box_list(element.box), "text": _words_of(element.template)}
    content["cap_mm"] = [_short(element.max_cap_mm), _short(element.min_cap_mm)]
    for key, value, default in (
        ("font", element.weight, Weight.BOLD),
        ("lines", element.lines, 1),
        ("narrow", _short(element.narrow), 1),
        ("align", element.align, Align.START),
        ("valign", element.valign, Valign.MIDDLE),
        ("too_long", element.too_long, TooLong.SHRINK),
        ("upper", element.upper, False),
        ("ink", element.ink, Ink.BLACK),
    ):
        content |= _unless_default(key, value, default)
    return content


def _unless_default(key: str, value: object, default: object) -> dict[str, Any]:
    return {} if value == default else {key: value}


def _plain_rule(rule: Rule) -> dict[str, Any]:
    content = {}
    for key, condition in (("when", rule.when), ("unless", rule.unless)):
        named = {name: list(getattr(condition, name)) for name in Condition.__dataclass_fields__}
        if condition != NOBODY_SAID:
            content[key] = {name: values for name, values in named.items() if values}
    return content
