"""The picture every printer gets: black or white dots, nothing in between, and the files it can be kept in.

Preview, PNG, PDF and label printers all take the same bitmap, so what one shows the others print.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

from kiosk.printing.pdf_writer import POINTS_PER_MM, PdfWriter, Placed

MM_PER_INCH = 25.4
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Dots in rows from the top.

    Each row is whole bytes, leftmost dot in the highest bit, 1 is black, padding white.
    """

    width: int
    height: int
    dpi: int
    rows: bytes

    def __post_init__(self) -> None:
        if len(self.rows) != self.row_bytes * self.height:
            raise ValueError("a bitmap's rows must fill it exactly")

    @property
    def row_bytes(self) -> int:
        """Bytes in one row."""
        return (self.width + 7) // 8


@dataclass(frozen=True, slots=True)
class Page:
    """One badge ready to print: the bitmap and the paper it is for, in millimetres."""

    bitmap: Bitmap
    width_mm: float
    height_mm: float


def png(bitmap: Bitmap) -> bytes:
    """The bitmap as a PNG that knows its size on paper. The same bitmap gives the same bytes."""
    header = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 1, 0, 0, 0, 0)
    dots_per_metre = round(bitmap.dpi / MM_PER_INCH * 1000)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"pHYs", struct.pack(">IIB", dots_per_metre, dots_per_metre, 1)),
            _chunk(b"IDAT", zlib.compress(_png_rows(bitmap), _LEVEL)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png_rows(bitmap: Bitmap) -> bytes:
    """The rows as PNG wants them: a filter byte before each, and 1 is white."""
    white = int.from_bytes(bitmap.rows, "big") ^ ((1 << len(bitmap.rows) * 8) - 1)
    data = white.to_bytes(len(bitmap.rows), "big")
    step = bitmap.row_bytes
    return b"".join(b"\x00" + data[start : start + step] for start in range(0, len(data), step))


def pdf(page: Page) -> bytes:
    """One PDF page of exactly the paper's size that holds the bitmap, dot for dot.

    The same page gives the same bytes.
    """
    out = io.BytesIO()
    writer = PdfWriter(out)
    width, height = page.width_mm * POINTS_PER_MM, page.height_mm * POINTS_PER_MM
    writer.page(width, height, [placed(page.bitmap, 0, height)])
    writer.close()
    return out.getvalue()


def placed(bitmap: Bitmap, x: float, top: float) -> Placed:
    """The bitmap in its true size with its top left corner here, in points from the bottom left of a PDF page.

    Half a dot of page too much stays white.
    """
    points_per_dot = 72 / bitmap.dpi
    y = top - bitmap.height * points_per_dot
    return Placed(bitmap.width, bitmap.height, bitmap.rows, x, y, points_per_dot)
