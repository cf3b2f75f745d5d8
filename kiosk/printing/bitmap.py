"""The picture every printer gets: black or white dots, nothing in between, and the files it can be kept in.

Preview, PNG, PDF and label printers all take the same bitmap, so what one shows the others print.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

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
    """One PDF page of exactly the paper's size that holds the bitmap, dot for dot. The same page gives the same bytes.

    There is no date, no name and no producer in it, and no text: who finds the file learns nothing the paper does not
    say.
    """
    bitmap = page.bitmap
    points_per_dot = 72 / bitmap.dpi
    width, height = page.width_mm / MM_PER_INCH * 72, page.height_mm / MM_PER_INCH * 72
    # The dots keep their true size and start at the top left corner; half a dot of page too much stays white.
    place = f"q {bitmap.width * points_per_dot:.4f} 0 0 {bitmap.height * points_per_dot:.4f} 0 "
    place += f"{height - bitmap.height * points_per_dot:.4f} cm /B Do Q"
    image = (
        f"/Type /XObject /Subtype /Image /Width {bitmap.width} /Height {bitmap.height} /ColorSpace /DeviceGray "
        "/BitsPerComponent 1 /Decode [1 0] /Filter /FlateDecode"
    )
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.4f} {height:.4f}] /Contents 4 0 R "
        "/Resources << /XObject << /B 5 0 R >> >> >>".encode(),
        _stream("", place.encode()),
        _stream(image, zlib.compress(bitmap.rows, _LEVEL)),
    )
    return _assemble(objects)


def _stream(entries: str, data: bytes) -> bytes:
    return f"<< {entries} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def _assemble(objects: tuple[bytes, ...]) -> bytes:
    """A PDF file of these numbered objects, the first of them its catalogue (ISO 32000-1, 7.5)."""
    parts = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"]
    offsets, length = [], len(parts[0])
    for number, content in enumerate(objects, start=1):
        part = b"%d 0 obj\n" % number + content + b"\nendobj\n"
        offsets.append(length)
        parts.append(part)
        length += len(part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % size + table)
    parts.append(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, length))
    return b"".join(parts)
