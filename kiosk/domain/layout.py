"""How a badge looks: boxes in millimetres on a page, drawn in order. Plain values, so that a layout can be edited,
compared, kept and undone like any other fact; `layout_json.py` reads and writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from kiosk.domain.badge import Badge
from kiosk.domain.printers import Media

MIN_MODULE_MM = 0.5
"""QR modules smaller than this read badly once a thermal printer has spread its dots."""
QUIET_MODULES = 4
SMALLEST_QR_MODULES = 21 + 2 * QUIET_MODULES
SMALLEST_QR_MM = SMALLEST_QR_MODULES * MIN_MODULE_MM
PHONE_QR_MM = 20
"""Telephones read codes from this size on; scanners are less particular."""
MOST_LINES = 4
_SMALLEST_MM = 1.0


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


class Ink(StrEnum):
    """Label printers have one colour; white is for words on a filled box."""

    BLACK = "black"
    WHITE = "white"


class Payload(StrEnum):
    """What a QR holds."""

    CODE = "code"
    """The badge's own code and nothing else: the smallest square, read the fastest."""
    VCARD = "vcard"
    """A contact card for telephones, with the code inside."""
    MECARD = "mecard"
    """The same, shorter."""


class Level(StrEnum):
    """How much of a QR may be lost: 15, 25 or 30 percent. More where it costs no larger square."""

    M = "M"
    Q = "Q"
    H = "H"


class Mono(StrEnum):
    """How the greys of a picture become black and white, once, in the printer's own dots."""

    THRESHOLD = "threshold"
    """For line art: edges stay clean."""
    DITHER = "dither"
    """For photographs and soft logos."""


class Sworn(StrEnum):
    """What the roster says about a person, as a rule names it."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BoxMm:
    """A rectangle on the page: millimetres from its top left corner."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, other: BoxMm) -> bool:
        """Whether none of it sticks out of the other."""
        return (
            self.x >= other.x - _ROUNDING
            and self.y >= other.y - _ROUNDING
            and self.x + self.width <= other.x + other.width + _ROUNDING
            and self.y + self.height <= other.y + other.height + _ROUNDING
        )

    def overlaps(self, other: BoxMm) -> bool:
        """Whether they share more than an edge."""
        return (
            self.x < other.x + other.width - _ROUNDING
            and other.x < self.x + self.width - _ROUNDING
            and self.y < other.y + other.height - _ROUNDING
            and other.y < self.y + self.height - _ROUNDING
        )


_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Template:
    """Text with fields.

    `{big}`, with fall-backs `{badge_name|first}`; parts that come out empty leave no separator behind.
    """

    parts: tuple[str, ...]

    def fill(self, badge: Badge) -> str:
        """The text for this badge."""
        filled = (FIELD.sub(lambda match: _first_given(match[1], badge), part).strip() for part in self.parts)
        return " · ".join(part for part in filled if part)

    def fields(self) -> frozenset[str]:
        """The fields it names."""
        return frozenset(name for part in self.parts for match in FIELD.finditer(part) for name in match[1].split("|"))


FIELD = re.compile(r"\{([a-z_|]+)\}")


def _first_given(names: str, badge: Badge) -> str:
    return next((text for name in names.split("|") if (text := badge.text(name))), "")


@dataclass(frozen=True, slots=True)
class Condition:
    """Whom a rule speaks of: everything that is named must hold, and one of each list is enough."""

    registration_type: tuple[str, ...] = ()
    agency_type: tuple[str, ...] = ()
    sworn: tuple[Sworn, ...] = ()
    given: tuple[str, ...] = ()
    """Fields that must not be empty."""

    def holds(self, badge: Badge) -> bool:
        """Whether it speaks of this badge."""
        return (
            _is_one_of(badge.type, self.registration_type)
            and _is_one_of(badge.agency_type, self.agency_type)
            and (not self.sworn or _SWORN[badge.is_sworn] in self.sworn)
            and all(badge.text(field) for field in self.given)
        )


NOBODY_SAID = Condition()
_SWORN = {True: Sworn.YES, False: Sworn.NO, None: Sworn.UNKNOWN}


def _is_one_of(value: str, allowed: tuple[str, ...]) -> bool:
    return not allowed or same_word(value) in (same_word(each) for each in allowed)


def same_word(text: str) -> str:
    """The form in which registration types are compared: capitals and spaces around do not matter."""
    return text.strip().casefold()


@dataclass(frozen=True, slots=True)
class Rule:
    """On whose badges an element stands."""

    when: Condition = NOBODY_SAID
    unless: Condition = NOBODY_SAID

    def shows(self, badge: Badge) -> bool:
        """Whether it stands on this badge."""
        return self.when.holds(badge) and (self.unless == NOBODY_SAID or not self.unless.holds(badge))


EVERYBODY = Rule()


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
    ink: Ink = Ink.BLACK
    rule: Rule = EVERYBODY

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
    rule: Rule = EVERYBODY

    def words(self, badge: Badge) -> tuple[str, str]:
        """What it says on this badge, left and right."""
        return self.left.fill(badge).upper(), self.right.fill(badge).upper()


@dataclass(frozen=True, slots=True)
class Qr:
    """The badge's code as a QR with its quiet zone inside the box."""

    box: BoxMm
    payload: Payload = Payload.CODE
    level: Level = Level.M
    """The least; where a better one needs no larger square, it is taken."""
    rule: Rule = EVERYBODY


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that travels inside the layout, as large as its box allows, in the middle of it."""

    box: BoxMm
    png: bytes
    mono: Mono = Mono.THRESHOLD
    rule: Rule = EVERYBODY


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle, filled or as a frame of this thickness."""

    box: BoxMm
    filled: bool
    border_mm: float
    rule: Rule = EVERYBODY


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    thick_mm: float
    rule: Rule = EVERYBODY

    @property
    def box(self) -> BoxMm:
        """The rectangle between its ends."""
        return BoxMm(min(self.x1, self.x2), min(self.y1, self.y2), abs(self.x2 - self.x1), abs(self.y2 - self.y1))


Element: TypeAlias = Text | Band | Qr | Picture | Frame | Line
Boxed: TypeAlias = Text | Band | Qr | Picture | Frame


@dataclass(frozen=True, slots=True)
class Back:
    """The other side of a badge."""

    elements: tuple[Element, ...]
    folded: bool = True
    """Printed upside down above the front, on a sheet of twice the height that is folded over. Otherwise a page of its
    own."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A badge: the size of one side in millimetres and what stands on it."""

    name: str
    width_mm: float
    height_mm: float
    elements: tuple[Element, ...]
    safe_mm: float = 0.0
    """How near to the edge a printer may miss; the editor warns about what stands closer."""
    back: Back | None = None

    @property
    def is_folded(self) -> bool:
        """Whether the sheet is twice as high as the badge."""
        return self.back is not None and self.back.folded

    @property
    def has_back_page(self) -> bool:
        """Whether its back is a page of its own, which sheets have room for and printers of labels do not."""
        return self.back is not None and not self.back.folded

    @property
    def sheet_height_mm(self) -> float:
        """Height of what comes out of the printer."""
        return self.height_mm * (2 if self.is_folded else 1)

    def fits(self, media: Media) -> bool:
        """Whether it can be printed on this media as it is. On a roll without an end it may be as long as it likes."""
        return media.fits(self._as_long_as(media, self.width_mm, self.sheet_height_mm))

    def fits_turned(self, media: Media) -> bool:
        """Whether it can be printed on this media turned by a quarter."""
        return media.fits(self._as_long_as(media, self.sheet_height_mm, self.width_mm))

    def _as_long_as(self, media: Media, width: float, length: float) -> Media:
        return Media(width, None if media.length_mm is None else length)

    def sides(self) -> tuple[tuple[Element, ...], ...]:
        """What stands on the front, and on the back where there is one."""
        return (self.elements, self.back.elements) if self.back else (self.elements,)


def moved(element: Element, dx: float, dy: float) -> Element:
    """The element so far to the right and down."""
    if isinstance(element, Line):
        return replace(element, x1=element.x1 + dx, y1=element.y1 + dy, x2=element.x2 + dx, y2=element.y2 + dy)
    box = element.box
    return replace(element, box=BoxMm(box.x + dx, box.y + dy, box.width, box.height))


def on_page(element: Element, width_mm: float, height_mm: float) -> Element:
    """The element on a page of this size: moved in where it would stick out, and made smaller where it must."""
    if isinstance(element, Line):
        x1, x2 = (min(max(0.0, x), width_mm) for x in (element.x1, element.x2))
        y1, y2 = (min(max(0.0, y), height_mm) for y in (element.y1, element.y2))
        return replace(element, x1=x1, x2=x2, y1=y1, y2=y2)
    box = element.box
    least = SMALLEST_QR_MM if isinstance(element, Qr) else _SMALLEST_MM
    width, height = min(max(least, box.width), width_mm), min(max(least, box.height), height_mm)
    x, y = min(max(0.0, box.x), width_mm - width), min(max(0.0, box.y), height_mm - height)
    return replace(element, box=BoxMm(x, y, width, height))


def resized(layout: Layout, width_mm: float, height_mm: float) -> Layout:
    """The layout on a page of another size."""

    def fitted(elements: tuple[Element, ...]) -> tuple[Element, ...]:
        return tuple(on_page(element, width_mm, height_mm) for element in elements)

    back = layout.back and replace(layout.back, elements=fitted(layout.back.elements))
    return replace(layout, width_mm=width_mm, height_mm=height_mm, elements=fitted(layout.elements), back=back)


def with_side(layout: Layout, side: int, elements: tuple[Element, ...]) -> Layout:
    """The layout with other elements on its front (0) or back (1)."""
    if side == 0:
        return replace(layout, elements=elements)
    assert layout.back is not None
    return replace(layout, back=replace(layout.back, elements=elements))


def stretched(element: Element, dx: float, dy: float) -> Element:
    """The element so much wider and higher; of a line its second end moves."""
    if isinstance(element, Line):
        return replace(element, x2=element.x2 + dx, y2=element.y2 + dy)
    box = element.box
    return replace(element, box=BoxMm(box.x, box.y, box.width + dx, box.height + dy))
