"""PWG raster (PWG 5102.4), the picture every IPP Everywhere printer takes: one page of black dots."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import groupby

from kiosk.domain.printers import PrinterProfile
from kiosk.printing.bitmap import MM_PER_INCH, Page

_HEADER_BYTES = 1796
_BLACK = 3
_MOST_REPEATS = 256
_LONGEST_RUN = 128
_RUN = re.compile(rb"(.)\1{2,127}", re.DOTALL)
"""Three of the same byte or more: shorter ones cost less as they are."""

_FIELDS = {
    "HWResolutionX": 276,
    "HWResolutionY": 280,
    "NumCopies": 340,
    "PageWidth": 352,
    "PageHeight": 356,
    "Width": 372,
    "Height": 376,
    "BitsPerColor": 384,
    "BitsPerPixel": 388,
    "BytesPerLine": 392,
    "ColorSpace": 400,
    "NumColors": 420,
    "TotalPageCount": 452,
    "CrossFeedTransform": 456,
    "FeedTransform": 460,
    "PrintQuality": 484,
}
"""Where each number stands in the header; the others stay 0."""

_NORMAL_QUALITY = 4


def encode(page: Page, profile: PrinterProfile) -> bytes:
    """A file of one page."""
    bitmap = page.bitmap
    rows = (bitmap.rows[start : start + bitmap.row_bytes] for start in range(0, len(bitmap.rows), bitmap.row_bytes))
    return b"RaS2" + _header(page) + b"".join(_packed(rows))


def _header(page: Page) -> bytes:
    bitmap = page.bitmap
    header = bytearray(_HEADER_BYTES)
    header[0:9] = b"PwgRaster"
    values = {
        "HWResolutionX": bitmap.dpi,
        "HWResolutionY": bitmap.dpi,
        "NumCopies": 1,
        "PageWidth": round(page.width_mm / MM_PER_INCH * 72),
        "PageHeight": round(page.height_mm / MM_PER_INCH * 72),
        "Width": bitmap.width,
        "Height": bitmap.height,
        "BitsPerColor": 1,
        "BitsPerPixel": 1,
        "BytesPerLine": bitmap.row_bytes,
        "ColorSpace": _BLACK,
        "NumColors": 1,
        "TotalPageCount": 1,
        "CrossFeedTransform": 1,
        "FeedTransform": 1,
        "PrintQuality": _NORMAL_QUALITY,
    }
    for name, value in values.items():
        struct.pack_into(">I", header, _FIELDS[name], value)
    return bytes(header)


def _packed(rows: Iterator[bytes]) -> Iterator[bytes]:
    """Equal rows are said once, with how often they come; each is packed in itself."""
    for row, group in groupby(rows):
        times, line = sum(1 for _ in group), _packed_row(row)
        while times:
            said = min(times, _MOST_REPEATS)
            yield bytes([said - 1]) + line
            times -= said


def _packed_row(row: bytes) -> bytes:
    parts: list[bytes] = []
    done = 0
    for run in _RUN.finditer(row):
        parts.extend(_literal(row[done : run.start()]))
        parts.append(bytes([len(run[0]) - 1]) + run[1])
        done = run.end()
    parts.extend(_literal(row[done:]))
    return b"".join(parts)


def _literal(data: bytes) -> Iterator[bytes]:
    """Bytes as they are, at most 128 at a time; one alone is said as a run of one."""
    for start in range(0, len(data), _LONGEST_RUN):
        piece = data[start : start + _LONGEST_RUN]
        yield (b"\x00" if len(piece) == 1 else bytes([257 - len(piece)])) + piece
