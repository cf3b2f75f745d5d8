"""PDF files of dots: pages of exactly the size of the paper, with pictures at exact places, written as they are made.

There is no date, no name and no producer in them, and no text: who finds the file learns nothing the paper does not say
(ISO 32000-1). The same pages give the same bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

_LEVEL = 6
_CATALOGUE, _PAGES = 1, 2
POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture on a page: black is 1, rows in whole bytes; its place in points from the bottom left corner."""

    width: int
    height: int
    rows: bytes
    x: float
    y: float
    points_per_dot: float


class PdfWriter:
    """Writes page after page, so that hundreds need no more memory than one. `close` it, or there is no file."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._offsets = {_CATALOGUE: 0, _PAGES: 0}
        self._pages: list[int] = []
        self._length = 0
        self._write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    def page(self, width: float, height: float, pictures: Sequence[Placed], lines: str = "") -> None:
        """A page of this size in points; `lines` are drawn beneath the pictures, in the language of the page."""
        names = []
        content = [lines] if lines else []
        for place, picture in enumerate(pictures):
            names.append(f"/B{place} {self._image(picture)} 0 R")
            across, down = picture.width * picture.points_per_dot, picture.height * picture.points_per_dot
            content.append(f"q {across:.4f} 0 0 {down:.4f} {picture.x:.4f} {picture.y:.4f} cm /B{place} Do Q")
        stream = self._object(_stream("", "\n".join(content).encode()))
        page = self._object(
            f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {width:.4f} {height:.4f}] /Contents {stream} 0 R "
            f"/Resources << /XObject << {' '.join(names)} >> >> >>".encode()
        )
        self._pages.append(page)

    def close(self) -> None:
        """Write what holds the pages together."""
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        preferences = f"<< /Type /Catalog /Pages {_PAGES} 0 R /ViewerPreferences << /PrintScaling /None >> >>"
        self._object(preferences.encode(), _CATALOGUE)
        self._object(f"<< /Type /Pages /Kids [{kids}] /Count {len(self._pages)} >>".encode(), _PAGES)
        start, size = self._length, len(self._offsets) + 1
        table = b"".join(b"%010d 00000 n \n" % self._offsets[number] for number in range(1, size))
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % size + table)
        self._write(b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, _CATALOGUE, start))

    def _image(self, picture: Placed) -> int:
        entries = (
            f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} /ColorSpace /DeviceGray "
            "/BitsPerComponent 1 /Decode [1 0] /Filter /FlateDecode"
        )
        return self._object(_stream(entries, zlib.compress(picture.rows, _LEVEL)))

    def _object(self, content: bytes, number: int = 0) -> int:
        number = number or len(self._offsets) + 1
        self._offsets[number] = self._length
        self._write(b"%d 0 obj\n" % number + content + b"\nendobj\n")
        return number

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._length += len(data)


def _stream(entries: str, data: bytes) -> bytes:
    return f"<< {entries} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"
