"""What a printer's profile does to a page before it becomes bytes: turned, shifted, cut to what can be printed.

The dots themselves are never touched: nothing is scaled, smoothed or dithered.
"""

from __future__ import annotations

from PIL import Image

from kiosk.domain.printers import Media, PrinterProfile
from kiosk.printing.bitmap import MM_PER_INCH, Bitmap, Page

_BLACK, _WHITE = 0, 1
_ROWS = "1;I"
"""Pillow's word for our rows: leftmost dot in the highest bit, 1 is black."""

_CLOCKWISE = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def image_of(bitmap: Bitmap) -> Image.Image:
    """The bitmap as a one-bit image."""
    return Image.frombytes("1", (bitmap.width, bitmap.height), bitmap.rows, "raw", _ROWS)


def bitmap_of(image: Image.Image, dpi: int) -> Bitmap:
    """A one-bit image as a bitmap."""
    return Bitmap(image.width, image.height, dpi, image.tobytes("raw", _ROWS))


def turned(bitmap: Bitmap, degrees: int) -> Bitmap:
    """The bitmap turned clockwise by 0, 90, 180 or 270 degrees."""
    if degrees == 0:
        return bitmap
    return bitmap_of(image_of(bitmap).transpose(_CLOCKWISE[degrees]), bitmap.dpi)


def placed(bitmap: Bitmap, width: int, height: int, x: int, y: int) -> Bitmap:
    """The bitmap with its top left corner at x, y of a white area of this size; what falls outside is lost."""
    if (width, height, x, y) == (bitmap.width, bitmap.height, 0, 0):
        return bitmap
    area = Image.new("1", (width, height), _WHITE)
    area.paste(image_of(bitmap), (x, y))
    return bitmap_of(area, bitmap.dpi)


def centred(bitmap: Bitmap, width: int, height: int) -> Bitmap:
    """The middle of the bitmap in the middle of an area: what a border that cannot be printed does to it."""
    return placed(bitmap, width, height, (width - bitmap.width) // 2, (height - bitmap.height) // 2)


def on_paper(page: Page, profile: PrinterProfile) -> Page:
    """The page as it lies in this printer: turned, then shifted. Its paper keeps its size."""
    bitmap = turned(page.bitmap, profile.rotate)
    x, y = (round(mm / MM_PER_INCH * bitmap.dpi) for mm in (profile.offset_x_mm, profile.offset_y_mm))
    bitmap = placed(bitmap, bitmap.width, bitmap.height, x, y)
    size = paper_of(page, profile)
    return Page(bitmap, size.width_mm, size.length_mm or page.height_mm)


def paper_of(page: Page, profile: PrinterProfile) -> Media:
    """The paper a page needs in this printer, turned as the profile turns it."""
    return turned_paper(Media(page.width_mm, page.height_mm), profile)


def turned_paper(paper: Media, profile: PrinterProfile) -> Media:
    """Paper of this size as it lies in the printer."""
    if profile.rotate in (90, 270) and paper.length_mm is not None:
        return Media(paper.length_mm, paper.width_mm)
    return paper


def cut_to_head(bitmap: Bitmap, profile: PrinterProfile) -> Bitmap:
    """The bitmap without what lies beyond a print head that begins at the paper's left edge."""
    if profile.head_dots is None or bitmap.width <= profile.head_dots:
        return bitmap
    return placed(bitmap, profile.head_dots, bitmap.height, 0, 0)
