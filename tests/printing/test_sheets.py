"""Badges on perforated paper: where each stands, front and back, and what happens to a file that is in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from kiosk.domain.layout_json import read_layout
from kiosk.domain.sheets import SHEETS, sheet_of
from kiosk.errors import BadInput
from kiosk.printing.layout import load_layout
from kiosk.printing.sheets import write_sheets
from tests.printing.test_render import badge

pytestmark = pytest.mark.usefixtures("qapp")

AVERY = SHEETS[0]
MM = 72 / 25.4


def places(page: object) -> list[tuple[float, float]]:
    """Left and top of each picture, in millimetres from the page's top left."""
    height = float(page.mediabox.height)  # type: ignore[attr-defined]
    found = []
    for line in page.get_contents().get_data().decode().splitlines():  # type: ignore[attr-defined]
        _q, _width, _b, _c, tall, x, y, *_rest = line.split()
        found.append((round(float(x) / MM, 2), round((height - float(y) - float(tall)) / MM, 2)))
    return found


def test_every_cell_of_every_sheet_lies_on_its_paper_and_none_on_another() -> None:
    for sheet in SHEETS:
        corners = list(sheet.corners())
        assert len(corners) == sheet.cells
        width, height = sheet.page_mm
        assert sheet.cell.length_mm is not None
        for x, y in corners:
            assert -0.01 <= x <= width - sheet.cell.width_mm + 0.01
            assert -0.01 <= y <= height - sheet.cell.length_mm + 0.01
    assert sheet_of("avery-5392") is AVERY
    assert [(round(x / 25.4, 3), round(y / 25.4, 3)) for x, y in AVERY.corners()] == [
        (0.25, 1), (4.25, 1), (0.25, 4), (4.25, 4), (0.25, 7), (4.25, 7),
    ]  # fmt: skip


def test_a_back_stands_behind_its_front_when_the_sheet_is_turned_over(tmp_path: Path) -> None:
    both = json.dumps({
        "version": 1, "name": "both", "size_mm": [101.6, 76.2], "elements": [],
        "back": {"fold": False, "elements": [{"type": "qr", "box_mm": [0, 0, 30, 30]}]},
    })  # fmt: skip
    layout = read_layout(both.encode())
    written = write_sheets(tmp_path / "both.pdf", [badge(), badge("Jo"), badge("Al")], lambda _badge: layout, AVERY)
    front, behind = PdfReader(tmp_path / "both.pdf").pages
    assert (written.badges, written.pages) == (3, 2)
    assert places(front) == [(6.35, 25.4), (107.95, 25.4), (6.35, 101.6)]
    assert places(behind) == [(107.95, 25.4), (6.35, 25.4), (107.95, 101.6)]


def test_what_is_not_as_it_should_be_is_told_with_the_name(tmp_path: Path) -> None:
    written = write_sheets(tmp_path / "x.pdf", [badge("Ada 𓀀")], lambda _badge: load_layout(), AVERY)
    [(name, problem)] = written.problems
    assert name == "Ada 𓀀 Lovelace"
    assert problem.text == "𓀀"


@pytest.mark.parametrize("fault", ["stopped", "refused"])
def test_a_file_that_was_there_stays_until_the_new_one_is_whole(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "sheets.pdf"
    path.write_bytes(b"the old one")

    def layout_for(_badge: object) -> object:
        raise BadInput("No badge layout fits.")

    if fault == "stopped":
        asked = iter([False, True])
        written = write_sheets(
            path, [badge()] * 9, lambda _badge: load_layout(), AVERY, stopped=lambda: next(asked, True)
        )
        assert (written.badges, written.stopped) == (1, True)
    else:
        with pytest.raises(BadInput, match="No badge layout"):
            write_sheets(path, [badge()], layout_for, AVERY)  # type: ignore[arg-type]
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]
