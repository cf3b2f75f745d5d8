"""What is doubtful about a layout, whoever's badge it is: said beside the element, never in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.domain.layout import (
    EVERYBODY,
    PHONE_QR_MM,
    QUIET_MODULES,
    SMALLEST_QR_MODULES,
    Band,
    BoxMm,
    Element,
    Frame,
    Ink,
    Layout,
    Line,
    Picture,
    Qr,
    Text,
)
from kiosk.i18n import _

READABLE_NAME_MM = 6
"""A first name with smaller capitals is not read across a table."""
_TYPE_FIELDS = frozenset({"type", "agency_type", "sworn"})
_NAME_FIELDS = frozenset({"big", "first", "badge_name"})


@dataclass(frozen=True, slots=True)
class Remark:
    """One doubt. Without a place it is about the badge as a whole."""

    words: str
    side: int = 0
    """0 front, 1 back."""
    place: int | None = None
    """Which element of that side."""


def remarks_on(layout: Layout) -> list[Remark]:
    """Everything that is doubtful, in the order of the elements."""
    remarks = list(_on_the_whole(layout))
    for side, elements in enumerate(layout.sides()):
        for place, element in enumerate(elements):
            words = (*_on_its_size(element), *_on_its_place(element, layout), *_on_its_neighbours(elements, place))
            remarks += [Remark(each, side, place) for each in words]
    return remarks


def _on_the_whole(layout: Layout) -> Iterator[Remark]:
    elements = [element for side in layout.sides() for element in side]
    if not any(isinstance(element, Qr) for element in elements):
        yield Remark(_("There is no QR code: this badge cannot be scanned."))
    if not any(_fields_of(element) & _TYPE_FIELDS for element in elements):
        yield Remark(_("No word says what somebody is. Add a band or a text with {type}."))
    if layout.has_back_page:
        yield Remark(back_words())


def back_words() -> str:
    """Who prints the back where it is a page of its own."""
    return _("The back is printed on sheets only: printers of labels print the front alone.")


def _fields_of(element: Element) -> frozenset[str]:
    match element:
        case Text():
            return element.template.fields()
        case Band():
            return element.left.fields() | element.right.fields()
    return frozenset()


def _on_its_size(element: Element) -> Iterator[str]:
    match element:
        case Qr(box=box) if min(box.width, box.height) < PHONE_QR_MM:
            words = _("QR of {size:g} mm: telephones need {least} mm or more.")
            yield words.format(size=min(box.width, box.height), least=PHONE_QR_MM)
        case Text() if element.template.fields() & _NAME_FIELDS and element.max_cap_mm < READABLE_NAME_MM:
            if element.template.fields() <= _NAME_FIELDS:
                yield _("Names under {least} mm are not read across a table.").format(least=READABLE_NAME_MM)
        case Text() | Band() if element.max_cap_mm > element.box.height:
            words = _("Letters of {size:g} mm never fit a box of {height:g} mm; they are set smaller.")
            yield words.format(size=element.max_cap_mm, height=element.box.height)
        case _:
            return


def _on_its_place(element: Element, layout: Layout) -> Iterator[str]:
    safe = layout.safe_mm
    inner = BoxMm(safe, safe, layout.width_mm - 2 * safe, layout.height_mm - 2 * safe)
    if not isinstance(element, Line | Frame) and not _inked(element).inside(inner):
        yield _("Outside the safe area: what is within {safe:g} mm of the edge may be cut off.").format(safe=safe)


def _inked(element: Text | Band | Qr | Picture) -> BoxMm:
    """Where its ink may be: a QR keeps a white border inside its box."""
    box = element.box
    if not isinstance(element, Qr):
        return box
    quiet = min(box.width, box.height) * QUIET_MODULES / SMALLEST_QR_MODULES
    return BoxMm(box.x + quiet, box.y + quiet, box.width - 2 * quiet, box.height - 2 * quiet)


def _on_its_neighbours(elements: tuple[Element, ...], place: int) -> Iterator[str]:
    element = elements[place]
    if isinstance(element, Line | Frame):
        return
    beneath = [other for other in elements[:place] if isinstance(other, Frame) and other.filled]
    covered = [frame for frame in beneath if frame.box.overlaps(element.box)]
    if isinstance(element, Text) and element.ink is Ink.WHITE:
        if not any(element.box.inside(frame.box) for frame in covered):
            yield _("White words on white paper: put a filled box under all of them.")
    elif isinstance(element, Text) and covered:
        yield _("Black words on a black box: make them white, or move them.")
    others = [
        other
        for number, other in enumerate(elements)
        if number != place and not isinstance(other, Line | Frame) and _may_meet(element, other)
    ]
    if any(other.box.overlaps(_inked(element)) for other in others if isinstance(element, Qr)):
        yield _("Something stands on the QR code: it cannot be read.")
    elif any(_inked(other).overlaps(_inked(element)) for other in others):
        yield _("Overlaps with its neighbour.")


def _may_meet(one: Element, other: Element) -> bool:
    """Whether both can stand on one badge: rules that differ may exclude each other, and nobody wants a false alarm."""
    return one.rule == other.rule or EVERYBODY in (one.rule, other.rule)
