from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from kiosk.printing.bitmap import Bitmap, Page, pdf, png


@st.composite
def bitmaps(draw: st.DrawFn) -> Bitmap:
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 20))
    row_bytes, padding = (width + 7) // 8, 0xFF << (-width % 8) & 0xFF
    rows = bytearray(draw(st.binary(min_size=row_bytes * height, max_size=row_bytes * height)))
    for end in range(row_bytes - 1, len(rows), row_bytes):
        rows[end] &= padding
    return Bitmap(width, height, 300, bytes(rows))


def dots(image: Image.Image) -> list[int]:
    """1 is black."""
    grey = image.convert("L")
    return [int(value == 0) for value in grey.tobytes()]


def dots_of(bitmap: Bitmap) -> list[int]:
    rows = (bitmap.rows[y * bitmap.row_bytes : (y + 1) * bitmap.row_bytes] for y in range(bitmap.height))
    return [row[x // 8] >> (7 - x % 8) & 1 for row in rows for x in range(bitmap.width)]


@given(bitmaps())
def test_a_png_holds_every_dot(bitmap: Bitmap) -> None:
    image = Image.open(io.BytesIO(png(bitmap)))
    assert image.size == (bitmap.width, bitmap.height)
    assert dots(image) == dots_of(bitmap)
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@given(bitmaps())
def test_a_pdf_holds_every_dot(bitmap: Bitmap) -> None:
    [page] = PdfReader(io.BytesIO(pdf(Page(bitmap, 10, 5))), strict=True).pages
    [image] = page.images
    assert image.image is not None
    assert image.image.size == (bitmap.width, bitmap.height)
    assert dots(image.image) == dots_of(bitmap)


def test_a_pdf_page_is_exactly_the_paper() -> None:
    data = pdf(Page(Bitmap(1200, 900, 300, bytes(150 * 900)), 101.6, 76.2))
    box = PdfReader(io.BytesIO(data)).pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((288, 216), abs=0.001)
    content = PdfReader(io.BytesIO(data)).pages[0].get_contents()
    assert content is not None
    assert content.get_data().startswith(b"q 288.0000 0 0 216.0000 0.0000 0.0000 cm")


def test_rows_must_fill_a_bitmap() -> None:
    with pytest.raises(ValueError, match="exactly"):
        Bitmap(9, 1, 300, b"\x00")
