"""How a badge looks: boxes in millimetres on one page, read from strict, versioned JSON.

A layout is data somebody may have been sent, so nothing in it reaches a file, an address or code: fields come from a
fixed list, every key is known or refused with its place, every box lies on the page. The one we ship is
`assets/layouts/attendee-4x3.json`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from kiosk.config import asset
from kiosk.domain.badge import BADGE_FIELDS, Badge
from kiosk.errors import BadInput
from kiosk.i18n import _

VERSION = 1
DEFAULT = "layouts/attendee-4x3.json"
MAX_BYTES = 256_000
MAX_ELEMENTS = 100
MIN_MODULE_MM = 0.5
"""QR modules smaller than this read badly once a thermal printer has spread its dots."""
QUIET_MODULES = 4
SMALLEST_QR_MODULES = 21 + 2 * QUIET_MODULES


class Align(StrEnum):
    """Where a line stands in its box."""

    START = "start"
    """Where reading starts: left, but right for Arabic and Hebrew."""
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Valign(StrEnum):
    """Where a block of lines stands in its box."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


class Weight(StrEnum):
    """Which of our two Latin cuts; other scripts have one, bold."""

    BOLD = "bold"
    TEXT = "text"


class TooLong(StrEnum):
    """What happens to a text that does not fit at its smallest size."""

    SHRINK = "shrink"
    """Smaller still, and reported. For names: a name is never cut."""
    SHORTEN = "shorten"
    """Cut with an ellipsis, and reported. For agencies."""


@dataclass(frozen=True, slots=True)
class BoxMm:
    """A rectangle on the page: millimetres from its top left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Template:
    """Text with fields.

    `{big}`, with fall-backs `{badge_name|first}`; parts that come out empty leave no separator behind.
    """

    parts: tuple[str, ...]

    def fill(self, badge: Badge) -> str:
        """The text for this badge."""
        filled = (_FIELD.sub(lambda match: _first_given(match[1], badge), part).strip() for part in self.parts)
        return " · ".join(part for part in filled if part)


_FIELD = re.compile(r"\{([a-z_|]+)\}")


def _first_given(names: str, badge: Badge) -> str:
    return next((text for name in names.split("|") if (text := badge.text(name))), "")


@dataclass(frozen=True, slots=True)
class Text:
    """Words fitted into a box. Sizes are heights of capital letters."""

    box: BoxMm
    template: Template
    max_cap_mm: float
    min_cap_mm: float
    weight: Weight = Weight.BOLD
    lines: int = 1
    narrow: float = 1.0
    """How far letters may be narrowed before they shrink: 0.75 is three quarters of their width."""
    align: Align = Align.START
    valign: Valign = Valign.MIDDLE
    too_long: TooLong = TooLong.SHRINK
    upper: bool = False

    def words(self, badge: Badge) -> str:
        """What it says on this badge."""
        words = self.template.fill(badge)
        return words.upper() if self.upper else words


@dataclass(frozen=True, slots=True)
class Band:
    """A bar with a word at its left and one at its right: what somebody is can be read from afar, without colour.

    White on black; `sworn_only` keeps that for sworn people and gives everybody else black on white with a frame.
    """

    box: BoxMm
    left: Template
    right: Template
    max_cap_mm: float
    min_cap_mm: float
    sworn_only: bool = False

    def words(self, badge: Badge) -> tuple[str, str]:
        """What it says on this badge, left and right."""
        return self.left.fill(badge).upper(), self.right.fill(badge).upper()


@dataclass(frozen=True, slots=True)
class Qr:
    """The badge's code as a QR with its quiet zone inside the box."""

    box: BoxMm


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle, filled or as a frame of this thickness."""

    box: BoxMm
    filled: bool
    border_mm: float


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    thick_mm: float


Element: TypeAlias = Text | Band | Qr | Frame | Line


@dataclass(frozen=True, slots=True)
class Layout:
    """One page: its size in millimetres and what stands on it, drawn in order."""

    name: str
    width_mm: float
    height_mm: float
    elements: tuple[Element, ...]


def load_layout(path: Path | None = None) -> Layout:
    """The layout in this file, or the one we ship.

    Raises BadInput saying which entry is wrong and what is allowed there.
    """
    path = path or asset(DEFAULT)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(_("{path} is too large for a badge layout.").format(path=path))
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(_("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror)) from error
    try:
        return read_layout(data)
    except BadInput as error:
        raise BadInput(f"{path.name}: {error}") from error


def read_layout(data: bytes) -> Layout:
    """The layout in this JSON. Raises BadInput with the place and the advice."""
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
    width, height = top.numbers("size_mm", 2, least=10, most=1_000)
    elements = top.list("elements", MAX_ELEMENTS)
    layout = Layout(
        name=top.string("name"),
        width_mm=width,
        height_mm=height,
        elements=tuple(
            _element(_Entry(f"elements[{place}]", element), width, height) for place, element in enumerate(elements)
        ),
    )
    top.finish()
    return layout


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

    def take(self, key: str, default: object = None) -> Any:
        if key not in self._left and default is None:
            raise self.wrong(key, _("is missing"))
        return self._left.pop(key, default)

    def finish(self) -> None:
        for key in self._left:
            raise self.wrong(key, _("is not a known key here; remove it or correct its spelling"))

    def string(self, key: str, default: str | None = None) -> str:
        value = self.take(key, default)
        if not isinstance(value, str) or len(value) > 500:
            raise self.wrong(key, _("must be a text"))
        return value

    def flag(self, key: str) -> bool:
        value = self.take(key, False)
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

    def list(self, key: str, most: int) -> list[Any]:
        values = self.take(key)
        if not isinstance(values, list) or len(values) > most:
            raise self.wrong(key, _("must be a list of at most {most}").format(most=most))
        return values

    def choice(self, key: str, choices: type[StrEnum], default: str) -> str:
        value = self.string(key, default)
        known = [str(choice) for choice in choices]
        if value not in known:
            raise self.wrong(key, _("must be one of {known}").format(known=", ".join(known)))
        return value

    def box(self, width: float, height: float) -> BoxMm:
        """`box_mm`, which must lie on the page."""
        x, y, w, h = self.numbers("box_mm", 4, least=0, most=1_000)
        if not w or not h or x + w > width + 1e-6 or y + h > height + 1e-6:
            advice = _("must lie on the page of {width:g} × {height:g} mm: left, top, width, height")
            raise self.wrong("box_mm", advice.format(width=width, height=height))
        return BoxMm(x, y, w, h)

    def template(self, key: str, default: str | None = None) -> Template:
        """Text with fields, or a list of such texts."""
        value = self.take(key, default)
        parts = value if isinstance(value, list) else [value]
        for part in parts:
            if not isinstance(part, str) or len(part) > 500:
                raise self.wrong(key, _("must be a text or a list of texts"))
            self._check_fields(key, part)
        return Template(tuple(parts))

    def _check_fields(self, key: str, part: str) -> None:
        names = [name for match in _FIELD.finditer(part) for name in match[1].split("|")]
        unknown = [name for name in names if name not in BADGE_FIELDS]
        if unknown or "{" in _FIELD.sub("", part) or "}" in _FIELD.sub("", part):
            advice = _("has a field that is not known ({unknown}); known are {known}")
            known = ", ".join(sorted(BADGE_FIELDS))
            raise self.wrong(key, advice.format(unknown=", ".join(unknown) or part, known=known))

    def _checked(self, key: str, value: object, least: float, most: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(key, _("must be a number"))
        if not least <= value <= most:
            raise self.wrong(key, _("must be from {least:g} to {most:g}").format(least=least, most=most))
        return float(value)


def _element(entry: _Entry, width: float, height: float) -> Element:
    kind = entry.string("type")
    readers: dict[str, Callable[[_Entry, float, float], Element]] = {
        "text": _text,
        "band": _band,
        "qr": _qr,
        "box": _frame,
        "line": _line,
    }
    if kind not in readers:
        raise entry.wrong("type", _("must be one of {known}").format(known=", ".join(readers)))
    element: Element = readers[kind](entry, width, height)
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
        weight=Weight(entry.choice("font", Weight, Weight.BOLD)),
        lines=int(entry.number("lines", 1, 2, default=1)),
        narrow=entry.number("narrow", 0.5, 1, default=1),
        align=Align(entry.choice("align", Align, Align.START)),
        valign=Valign(entry.choice("valign", Valign, Valign.MIDDLE)),
        too_long=TooLong(entry.choice("too_long", TooLong, TooLong.SHRINK)),
        upper=entry.flag("upper"),
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
    )


def _qr(entry: _Entry, width: float, height: float) -> Qr:
    box = entry.box(width, height)
    least = SMALLEST_QR_MODULES * MIN_MODULE_MM
    if min(box.width, box.height) < least:
        raise entry.wrong("box_mm", _("a QR needs at least {least:g} mm each way to be read").format(least=least))
    return Qr(box)


def _frame(entry: _Entry, width: float, height: float) -> Frame:
    return Frame(entry.box(width, height), entry.flag("filled"), entry.number("border_mm", 0.1, 20, default=0.4))


def _line(entry: _Entry, width: float, height: float) -> Line:
    x1, y1 = entry.numbers("from_mm", 2, least=0, most=max(width, height))
    x2, y2 = entry.numbers("to_mm", 2, least=0, most=max(width, height))
    return Line(x1, y1, x2, y2, entry.number("thick_mm", 0.1, 20, default=0.4))
