"""A badge layout of pretix as one of ours: positions as they are, fields by their meaning, the rest in remarks.

pretix measures from the bottom left corner and in points of type; it keeps the size of the page beside the list of
things on it, and the background as a PDF that is not in the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kiosk.domain.badge import plain
from kiosk.domain.layout import (
    SMALLEST_QR_MM,
    Align,
    Back,
    BoxMm,
    Element,
    Ink,
    Layout,
    Qr,
    Template,
    Text,
    TooLong,
    Valign,
    Weight,
)
from kiosk.domain.layout_json import LEAST_MM, MAX_BYTES, MAX_ELEMENTS, MOST_MM
from kiosk.errors import BadInput
from kiosk.i18n import _

_A6 = (148.0, 105.0)
_CAP_MM_PER_PT = 25.4 / 72 * 0.714
"""Height of a capital of pretix's usual font, Open Sans."""
_LINE_MM_PER_PT = 25.4 / 72 * 1.2

_HAIR = 0.01
"""What rounding may shift."""

_FIELDS = {
    "attendee_name": "{first} {last}",
    "attendee_name_for_salutation": "{first} {last}",
    "attendee_given_name": "{first}",
    "attendee_family_name": "{last}",
    "attendee_name_given_name": "{first}",
    "attendee_name_family_name": "{last}",
    "attendee_name_calling_name": "{badge_name|first}",
    "attendee_name_title": "{title}",
    "attendee_job_title": "{title}",
    "attendee_company": "{agency}",
    "item": "{type}",
    "item_name": "{type}",
    "itemvar": "{type}",
    "itemvar_description": "{type}",
    "item_category": "{type}",
    "variation": "{type}",
    "event_name": "{conference}",
    "secret": "{code}",
    "order": "{number}",
    "positionid": "{number}",
    "pseudonymization_id": "{number}",
}
_NAMES = ("{first}", "{last}", "{badge_name|first}")
_ALIGN = {"left": Align.LEFT, "center": Align.CENTER, "right": Align.RIGHT}
_VALIGN = {"top": Valign.TOP, "middle": Valign.MIDDLE, "bottom": Valign.BOTTOM}


def is_pretix(data: bytes) -> bool:
    """Whether this JSON looks like a layout of pretix: a list of things, or an object with such a list."""
    return _things(_json(data)) is not None


def read_pretix(data: bytes) -> tuple[Layout, tuple[str, ...]]:
    """The layout, and a sentence for each thing that could not be taken over as it was. Raises BadInput."""
    content = _json(data)
    things = _things(content)
    if things is None:
        raise BadInput(_("this is not a badge layout of pretix"))
    if len(things) > MAX_ELEMENTS:
        raise BadInput(_("this layout has more than {most} elements").format(most=MAX_ELEMENTS))
    about: Mapping[str, Any] = content if isinstance(content, dict) else {}
    page = _Page(*_size_of(about.get("size")))
    if not about.get("size"):
        page.remark(_("The file does not say how large the badge is; A6 across was assumed. Correct it if it is not."))
    if about.get("background"):
        page.remark(_("The background is a file of its own. Bring it in again as a picture."))
    for thing in things:
        page.add(thing)
    name = plain(str(about.get("name") or "")) or _("From pretix")
    back = Back(tuple(page.back), folded=False) if page.back else None
    return Layout(name[:80], page.width, page.height, tuple(page.front), back=back), tuple(dict.fromkeys(page.remarks))


def _json(data: bytes) -> object:
    if len(data) > MAX_BYTES:
        return None
    try:
        content: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return content


def _things(content: object) -> list[Mapping[str, Any]] | None:
    if isinstance(content, dict):
        content = content.get("layout")
        if isinstance(content, str):
            content = _json(content.encode())
    if not isinstance(content, list) or not content:
        return None
    known = all(isinstance(thing, dict) and isinstance(thing.get("type"), str) and "left" in thing for thing in content)
    return content if known else None


def _size_of(size: object) -> tuple[float, float]:
    first = size[0] if isinstance(size, list) and size else size
    if not isinstance(first, dict):
        return _A6
    width, height = _number(first, "width"), _number(first, "height")
    if width is None or height is None or not (LEAST_MM <= width <= MOST_MM and LEAST_MM <= height <= MOST_MM):
        raise BadInput(_("size: must be the width and height of the badge in millimetres"))
    return width, height


def _number(thing: Mapping[str, Any], key: str, default: float | None = None) -> float | None:
    """A number, which pretix writes as a text."""
    try:
        value = float(thing.get(key, default))
    except (TypeError, ValueError, OverflowError):
        return None
    return value if -10_000 < value < 10_000 else None


@dataclass(slots=True)
class _Page:
    """What has been read so far."""

    width: float
    height: float
    front: list[Element] = field(default_factory=list)
    back: list[Element] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def remark(self, words: str) -> None:
        self.remarks.append(words)

    def add(self, thing: Mapping[str, Any]) -> None:
        """Take one thing over, or say why not."""
        kinds: dict[str, Callable[[Mapping[str, Any]], Element | None]] = {
            "textarea": self._text,
            "textcontainer": self._text,
            "barcodearea": self._qr,
        }
        kind = str(thing["type"])
        page = _number(thing, "page", 1)
        if kind == "imagearea":
            self.remark(_("A picture was left out: it is not in the file. Bring it in again."))
        elif kind == "poweredby":
            self.remark(_("The mark of pretix was left out."))
        elif kind not in kinds:
            self.remark(_("“{kind}” is not known here and was left out.").format(kind=plain(kind)[:40]))
        elif page not in (1, 2):
            self.remark(_("What stands on page {page} and later was left out: a badge has two sides.").format(page=3))
        elif (element := kinds[kind](thing)) is not None:
            (self.front if page == 1 else self.back).append(element)

    def _box(self, thing: Mapping[str, Any], width: float | None, height: float | None) -> BoxMm | None:
        """The box on the page, cut where it sticks out; None where nothing of it is left."""
        left, bottom = _number(thing, "left"), _number(thing, "bottom")
        if left is None or bottom is None or width is None or height is None:
            self.remark(_("Something without a place was left out."))
            return None
        x, y = max(0.0, left), max(0.0, self.height - bottom - height)
        right, low = min(self.width, left + width), min(self.height, self.height - bottom)
        if right - x < 1 or low - y < 1:
            self.remark(_("What stood outside the page was left out."))
            return None
        if width - (right - x) > _HAIR or height - (low - y) > _HAIR:
            self.remark(_("What stuck out of the page was cut to it."))
        return BoxMm(round(x, 3), round(y, 3), round(right - x, 3), round(low - y, 3))

    def _text(self, thing: Mapping[str, Any]) -> Element | None:
        template = self._template(thing)
        if template is None:
            return None
        size_pt = _number(thing, "fontsize", 12) or 12
        line_mm = size_pt * _LINE_MM_PER_PT
        height, lines = _number(thing, "height"), 1
        if height is None:
            height = line_mm
            self.remark(_("Text without a height was given one line. Make its box higher where more are needed."))
        else:
            lines = max(1, min(4, int(height // line_mm)))
        if thing.get("downward") and "height" not in thing:
            thing = {**thing, "bottom": (_number(thing, "bottom") or 0) - height}
        box = self._box(thing, _number(thing, "width"), height)
        if box is None:
            return None
        self._remarks_on(thing)
        cap = min(100.0, max(1.0, size_pt * _CAP_MM_PER_PT))
        is_name = any(name in template.parts[0] for name in _NAMES)
        return Text(
            box=box,
            template=template,
            max_cap_mm=round(cap, 2),
            min_cap_mm=round(max(1.0, cap * (0.4 if is_name else 0.6)), 2),
            weight=Weight.BOLD if thing.get("bold") else Weight.TEXT,
            lines=lines,
            narrow=0.78,
            align=_ALIGN.get(str(thing.get("align")), Align.START),
            valign=_VALIGN.get(str(thing.get("verticalalign")), Valign.TOP),
            too_long=TooLong.SHRINK if is_name else TooLong.SHORTEN,
            ink=Ink.WHITE if _is_light(thing.get("color")) else Ink.BLACK,
        )

    def _template(self, thing: Mapping[str, Any]) -> Template | None:
        content = str(thing.get("content") or "")
        if content in ("other", "other_i18n"):
            text = plain(str(thing.get("text") or "").replace("{", "(").replace("}", ")"))
            return Template((text,)) if text else None
        if content not in _FIELDS:
            self.remark(_("The field “{name}” is not known here and was left out.").format(name=plain(content)[:60]))
            return None
        return Template((_FIELDS[content],))

    def _remarks_on(self, thing: Mapping[str, Any]) -> None:
        if _number(thing, "rotation", 0):
            self.remark(_("Turned text stands upright here."))
        if thing.get("italic"):
            self.remark(_("Italic text is set upright."))
        color = thing.get("color")
        if isinstance(color, list) and not _is_light(color) and any(part not in (0, 1) for part in color[:3]):
            self.remark(_("Colours are black here: label printers have no other."))

    def _qr(self, thing: Mapping[str, Any]) -> Element | None:
        size = _number(thing, "size")
        box = self._box(thing, size, size)
        if box is None:
            return None
        if str(thing.get("content") or "secret") not in ("secret", "pseudonymization_id"):
            self.remark(_("The QR holds this program's own code instead of what it held before."))
        if min(box.width, box.height) < SMALLEST_QR_MM:
            if min(self.width, self.height) < SMALLEST_QR_MM:
                self.remark(_("A QR was left out: the badge is too small for one that can be read."))
                return None
            x, y = min(box.x, self.width - SMALLEST_QR_MM), min(box.y, self.height - SMALLEST_QR_MM)
            box = BoxMm(x, y, SMALLEST_QR_MM, SMALLEST_QR_MM)
            self.remark(
                _("A QR was made larger: under {least:g} mm it could not be read.").format(least=SMALLEST_QR_MM)
            )
        return Qr(box)


def _is_light(color: object) -> bool:
    if not isinstance(color, list) or len(color) < 3:
        return False
    return all(isinstance(part, int | float) and part > 200 for part in color[:3])
