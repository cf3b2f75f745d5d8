from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain.printer_setup import likely_dpi, line_mm, shifted, upright_size_mm
from kiosk.domain.printers import Media, PrinterProfile

PLAIN = PrinterProfile("a", "A", "zpl", "tcp", media=Media(101.6, 76.2))


def test_a_frame_where_it_belongs_moves_nothing() -> None:
    assert shifted(PLAIN, 3, 3) == PLAIN


@pytest.mark.parametrize(
    "rotate, x, y",
    # The frame lies 1 mm too far left and 2 mm too low, as the page is read.
    [(0, 1, -2), (90, 2, 1), (180, -1, 2), (270, -2, -1)],
)
def test_offsets_are_those_of_the_paper_however_it_is_turned(rotate: int, x: float, y: float) -> None:
    moved = shifted(replace(PLAIN, rotate=rotate), 2, 5)
    assert (moved.offset_x_mm, moved.offset_y_mm) == (x, y)


def test_a_second_measurement_adds_to_the_first() -> None:
    moved = shifted(replace(PLAIN, offset_x_mm=1.5), 2.5, 3)
    assert moved.offset_x_mm == 2.0


@pytest.mark.parametrize("measured, dpi", [(50, None), (50.4, None), (33.8, None), (73.9, 203), (45, 300), (0, None)])
def test_a_line_of_another_length_tells_the_resolution(measured: float, dpi: int | None) -> None:
    if measured == 33.8:
        assert likely_dpi(replace(PLAIN, dpi=203), 33.8) == 300
        return
    assert likely_dpi(PLAIN, measured) == dpi


def test_labels_that_are_narrow_or_endless() -> None:
    assert line_mm(PLAIN) == 50
    assert line_mm(replace(PLAIN, media=Media(29, 90))) == 15
    assert upright_size_mm(replace(PLAIN, rotate=90)) == (76.2, 101.6)
    assert upright_size_mm(replace(PLAIN, media=Media(62))) == (62, 62)
