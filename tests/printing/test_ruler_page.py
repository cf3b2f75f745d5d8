from __future__ import annotations

import pytest
from PIL import Image

from kiosk.domain.printers import Media, PrinterProfile
from kiosk.printing.bitmap import MM_PER_INCH
from kiosk.printing.placing import image_of
from kiosk.printing.ruler_page import ruler_page

SIZES = [Media(101.6, 76.2), Media(62), Media(62, 100), Media(29, 90), Media(105, 148)]


def profile(media: Media, dpi: int, rotate: int = 0) -> PrinterProfile:
    return PrinterProfile("badge-1", "Badge 1", "zpl", "tcp", media=media, dpi=dpi, rotate=rotate)


def longest_run(row: bytes) -> int:
    return max((len(run) for run in row.split(b"\xff")), default=0)


@pytest.mark.parametrize("media", SIZES)
@pytest.mark.parametrize("dpi", [203, 300])
def test_the_frame_is_on_the_edge_and_the_line_as_long_as_it_says(media: Media, dpi: int) -> None:
    page = ruler_page(profile(media, dpi))
    image = image_of(page.bitmap).convert("L")
    assert image.width == round(media.width_mm / MM_PER_INCH * dpi)
    for x, y in ((0, 0), (image.width - 1, 0), (0, image.height - 1), (image.width - 1, image.height - 1)):
        assert image.getpixel((x, y)) == 0
    inside = image.crop((round(6.3 / 25.4 * dpi), round(image.height * 0.3), image.width - round(3.5 / 25.4 * dpi),
                         round(image.height * 0.6)))  # fmt: skip
    runs = [longest_run(inside.crop((0, y, inside.width, y + 1)).tobytes()) for y in range(inside.height)]
    wanted = 50 if media.width_mm >= 61 else 15
    assert max(runs) / dpi * MM_PER_INCH == pytest.approx(wanted, abs=0.3)


def test_the_inner_frame_is_three_millimetres_in() -> None:
    image = image_of(ruler_page(profile(Media(101.6, 76.2), 300)).bitmap).convert("L")
    at = round(3 / 25.4 * 300)
    column: Image.Image = image.crop((at, at, at + 1, image.height - at))
    assert column.getextrema() == (0, 0)


def test_turned_by_the_printer_it_still_covers_the_paper() -> None:
    page = ruler_page(profile(Media(62, 100), 300, rotate=90))
    assert (page.width_mm, page.height_mm) == (100, 62)
