"""Tables as files: text stays text, figures are figures, nothing half done."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from kiosk.domain.papers import Table
from kiosk.errors import BadInput
from kiosk.files.write import WRITERS, whole, write_csv, write_xlsx

EVIL = '=HYPERLINK("https://example.org";"click")'
TABLE = Table(
    "Hours: [all] / 2023", ("Name", "Hours"), ((EVIL, "1.25"), ("+1-404-555-0134", "-2"), ("张安怡", "")),
    numbers=frozenset({1}),
)  # fmt: skip


def test_a_csv_opens_as_text_in_a_spreadsheet(tmp_path: Path) -> None:
    file = tmp_path / "hours.csv"
    write_csv(TABLE, file)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert rows == [["Name", "Hours"], ["'" + EVIL, "1.25"], ["'+1-404-555-0134", "'-2"], ["张安怡", ""]]


def test_an_xlsx_has_figures_as_numbers_and_no_formula(tmp_path: Path) -> None:
    file = tmp_path / "hours.xlsx"
    write_xlsx(TABLE, file)
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    cells = [list(row) for row in sheet.iter_rows()]
    assert [cell.value for cell in cells[1]] == [EVIL, 1.25]
    assert {cell.data_type for row in cells for cell in row} <= {"s", "n"}
    assert all(cell.quotePrefix for row in cells[1:] for cell in row if cell.data_type == "s")
    assert cells[2][1].value == "-2"  # a figure is written as a number only where it is surely one
    assert cells[3][0].value == "张安怡"


@pytest.mark.parametrize("ending", WRITERS)
def test_an_empty_table_is_a_file_with_headers(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"empty{ending}"
    WRITERS[ending](Table("Nothing", ("Name",), ()), file)
    assert file.stat().st_size > 0


def test_a_file_that_was_there_is_unharmed_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "hours.csv"
    file.write_text("before")

    def stopped() -> None:
        with whole(file) as part:
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("ending", WRITERS)
def test_a_place_that_cannot_be_written_to_is_said_in_words(tmp_path: Path, ending: str) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        WRITERS[ending](TABLE, tmp_path / "nowhere" / f"x{ending}")
