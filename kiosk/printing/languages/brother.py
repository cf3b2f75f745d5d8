"""Brother QL raster: label printers of the QL-700, QL-800 and QL-1100 series.

The print head is wider than most rolls, and which of its dots lie over the paper depends on the roll. So the roll is
looked up by the profile's media; a job for another one than is loaded is refused by the printer itself.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from kiosk.domain.printers import Media, PrinterProfile
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.bitmap import Page
from kiosk.printing.placing import centred, placed

DPI = 300
NARROW_HEAD, WIDE_HEAD = 720, 1296
_WIDE_SHIFT = 44
"""So many dots further from the edge rolls lie under the wide head."""

_FEED_MARGIN = 35
_CONTINUOUS, _DIE_CUT = 0x0A, 0x0B
_RECOVER, _QUALITY, _KIND, _WIDTH, _LENGTH = 0x80, 0x40, 0x02, 0x04, 0x08
_CUT_AT_END, _TWO_COLOURS = 0x08, 0x01
_TWO_COLOUR_ROLLS = ("DK-2251", "DK-22251")
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Roll:
    """What can be printed of one kind of roll, in dots."""

    width_mm: int
    length_mm: int
    """0 on a continuous roll."""
    right: int
    """Dots of the head beyond the printable width, on the side where the paper lies."""
    dots: int
    rows: int = 0
    """Printable rows of a die-cut label; 0 on a continuous roll."""

    @property
    def media(self) -> Media:
        """The roll as it is spoken of."""
        return Media(self.width_mm, self.length_mm or None)


ROLLS = (
    Roll(12, 0, 29, 106),
    Roll(29, 0, 6, 306),
    Roll(38, 0, 12, 413),
    Roll(50, 0, 12, 554),
    Roll(54, 0, 0, 590),
    Roll(62, 0, 12, 696),
    Roll(102, 0, 12, 1164),
    Roll(104, 0, 12, 1200),
    Roll(17, 54, 0, 165, 566),
    Roll(17, 87, 0, 165, 956),
    Roll(29, 42, 6, 306, 425),
    Roll(29, 90, 6, 306, 991),
    Roll(38, 90, 12, 413, 991),
    Roll(39, 48, 6, 425, 495),
    Roll(52, 29, 0, 578, 271),
    Roll(60, 87, 18, 672, 954),
    Roll(62, 29, 12, 696, 271),
    Roll(62, 100, 12, 696, 1109),
    Roll(102, 51, 12, 1164, 526),
    Roll(102, 153, 12, 1164, 1660),
    Roll(104, 164, 12, 1200, 1822),
)
"""By what the printer calls them: a 60 × 86 mm label is 87 mm long to it."""


def roll_of(media: Media) -> Roll | None:
    """The roll of this size, if Brother makes one."""
    fitting = (roll for roll in ROLLS if roll.media.fits(media))
    return min(fitting, key=lambda roll: abs(roll.width_mm - media.width_mm), default=None)


def encode(page: Page, profile: PrinterProfile) -> bytes:
    """One label, cut off. Raises BadInput for media no Brother roll has."""
    roll = roll_of(profile.media)
    if roll is None:
        words = _("{name}: there is no Brother roll of this size. Choose its roll in the printer's settings.")
        raise BadInput(words.format(name=profile.name))
    head = profile.head_dots or NARROW_HEAD
    bitmap = centred(page.bitmap, roll.dots, roll.rows or page.bitmap.height)
    right = roll.right + (_WIDE_SHIFT if head == WIDE_HEAD else 0)
    rows = _head_rows(placed(bitmap, head, bitmap.height, right, 0).rows, head // 8)
    two_colours = profile.media.name in _TWO_COLOUR_ROLLS
    return b"".join((_preamble(roll, len(rows), profile, two_colours), *_transfer(rows, two_colours), b"\x1a"))


def _preamble(roll: Roll, rows: int, profile: PrinterProfile, two_colours: bool) -> bytes:
    valid = _RECOVER | _KIND | _WIDTH | (_LENGTH if roll.length_mm else 0) | (0 if two_colours else _QUALITY)
    kind = _DIE_CUT if roll.length_mm else _CONTINUOUS
    cutting = b"\x1biM\x40\x1biA\x01" if profile.cut else b"\x1biM\x00"
    extra = (_CUT_AT_END if profile.cut else 0) | (_TWO_COLOURS if two_colours else 0)
    return b"".join(
        (
            bytes(200),  # whatever an earlier job left unfinished ends here
            b"\x1b@\x1bia\x01",
            b"\x1biz" + struct.pack("<BBBBIBB", valid, kind, roll.width_mm, roll.length_mm, rows, 0, 0),
            cutting,
            b"\x1biK" + bytes([extra]),
            b"\x1bid" + struct.pack("<H", 0 if roll.length_mm else _FEED_MARGIN),
            b"M\x00",
        )
    )


def _head_rows(rows: bytes, step: int) -> list[bytes]:
    """The rows as the head takes them: its first dot is at the right edge of the paper."""
    mirrored = rows.translate(_MIRROR)
    return [mirrored[start : start + step][::-1] for start in range(0, len(mirrored), step)]


def _transfer(rows: list[bytes], two_colours: bool) -> list[bytes]:
    if not two_colours:
        return [b"g\x00" + bytes([len(row)]) + row for row in rows]
    return [b"w\x01" + bytes([len(row)]) + row + b"w\x02" + bytes([len(row)]) + bytes(len(row)) for row in rows]
