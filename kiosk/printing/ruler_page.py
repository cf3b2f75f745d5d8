"""The ruler page: a frame on the paper's edge, one inside it, millimetres along two edges, and a line to measure.

Drawn without a layout and without Qt, so that it shows what the printer does and nothing else.
"""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from kiosk.config import asset
from kiosk.domain.printer_setup import INSET_MM, line_mm, upright_size_mm
from kiosk.domain.printer_words import media_words
from kiosk.domain.printers import PrinterProfile
from kiosk.i18n import _
from kiosk.printing.bitmap import MM_PER_INCH, Page
from kiosk.printing.placing import bitmap_of

_BLACK, _WHITE = 0, 1
_THIN_MM = 0.25
_TEXT_MM = 3.2
_MARKS_MM = {10: 3.0, 5: 2.2, 1: 1.4}
"""How long the mark at each tenth, fifth and single millimetre is."""


def ruler_page(profile: PrinterProfile) -> Page:
    """The page for the labels this printer is set up for."""
    width_mm, height_mm = upright_size_mm(profile)
    return _Ruler(profile, width_mm, height_mm).page()


class _Ruler:
    def __init__(self, profile: PrinterProfile, width_mm: float, height_mm: float) -> None:
        self._profile = profile
        self._width_mm, self._height_mm = width_mm, height_mm
        self._image = Image.new("1", (self._dots(width_mm), self._dots(height_mm)), _WHITE)
        self._pen = ImageDraw.Draw(self._image)
        self._thin = max(1, self._dots(_THIN_MM))

    def _dots(self, mm: float) -> int:
        return round(mm / MM_PER_INCH * self._profile.dpi)

    def page(self) -> Page:
        """Everything on it."""
        self._frame(0)
        self._frame(INSET_MM)
        self._marks()
        self._line()
        return Page(bitmap_of(self._image, self._profile.dpi), self._width_mm, self._height_mm)

    def _frame(self, inset_mm: float) -> None:
        inset = self._dots(inset_mm)
        right, bottom = self._image.width - 1 - inset, self._image.height - 1 - inset
        self._pen.rectangle((inset, inset, right, bottom), outline=_BLACK, width=self._thin)

    def _marks(self) -> None:
        """Millimetres from the left edge along the top, and from the top edge along the left."""
        begin = INSET_MM
        for across, size_mm in ((True, self._width_mm), (False, self._height_mm)):
            for mm in range(int(INSET_MM) + 1, int(size_mm - INSET_MM)):
                length = next(length for step, length in _MARKS_MM.items() if mm % step == 0)
                at, near, far = self._dots(mm), self._dots(begin), self._dots(begin + length)
                ends = (at, near, at, far) if across else (near, at, far, at)
                self._pen.line(ends, fill=_BLACK, width=self._thin)

    def _line(self) -> None:
        """The line, and what this page is, below each other around the middle."""
        length = self._dots(line_mm(self._profile))
        left, y = (self._image.width - length) // 2, round(self._image.height * 0.45)
        tall = self._dots(1.5)
        self._pen.line((left, y, left + length, y), fill=_BLACK, width=self._thin)
        for x in (left, left + length):
            self._pen.line((x, y - tall, x, y + tall), fill=_BLACK, width=self._thin)
        length_words = _("This line: {count} mm").format(count=f"{line_mm(self._profile):g}")
        self._write(length_words, y - self._dots(_TEXT_MM + 2))
        about = _("{dpi} dots per inch · {media}").format(dpi=self._profile.dpi, media=media_words(self._profile.media))
        for row, words in enumerate((self._profile.name, about)):
            self._write(words, y + self._dots(2.5 + row * (_TEXT_MM + 1.2)))

    def _write(self, words: str, top: int) -> None:
        """One centred line, smaller where it would not fit."""
        room = self._image.width - 2 * self._dots(INSET_MM + 4)
        font = ImageFont.truetype(str(asset("fonts/latin-bold.ttf")), self._dots(_TEXT_MM))
        if (wide := font.getlength(words)) > room:
            font = font.font_variant(size=max(8, int(font.size * room / wide)))
        self._pen.text((self._image.width / 2, top), words, fill=_BLACK, font=font, anchor="ma")
