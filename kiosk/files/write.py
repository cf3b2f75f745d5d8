"""Writing tables that spreadsheets open as text: CSV and XLSX, with no cell that could be a formula.

A file appears under its name when it is whole; one that was there before is unharmed until then.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.domain.papers import Table
from kiosk.errors import BadInput
from kiosk.i18n import _

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FIGURE = re.compile(r"\d{1,9}(\.\d{1,4})?")
LONGEST_CELL = 32_000
"""Letters that fit into a cell of XLSX, and some to spare."""
WIDEST = 60
"""Letters of a column before it is cut on the screen."""


def harmless(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run as a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """A place to write to that becomes the file when all went well. Raises BadInput where the disk refuses."""
    part = file.with_name(file.name + ".part")
    try:
        yield part
        part.chmod(0o600)  # it is about people
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.replace(file)
    except OSError as error:
        words = _("{file} cannot be written: {detail}.")
        raise BadInput(words.format(file=file, detail=error.strerror or error)) from error
    finally:
        part.unlink(missing_ok=True)


def write_csv(table: Table, file: Path) -> None:
    """With a BOM, so that a spreadsheet reads it as UTF-8. Raises BadInput when it cannot be written."""
    with whole(file) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.headers)
        writer.writerows([harmless(cell) for cell in row] for row in table.rows)


def write_xlsx(table: Table, file: Path) -> None:
    """One sheet; figures are numbers, everything else is text. Raises BadInput when it cannot be written."""
    import xlsxwriter

    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet(_sheet_name(table.title))
        bold = book.add_format({"bold": True, "bottom": 1})
        # Typed as text, and still text after somebody edits the cell.
        quoted = book.add_format({"quote_prefix": True})
        for n, name in enumerate(table.headers):
            sheet.write_string(0, n, name, bold)
        for number, row in enumerate(table.rows, 1):
            for n, cell in enumerate(row):
                if n in table.numbers and _FIGURE.fullmatch(cell):
                    sheet.write_number(number, n, float(cell))
                else:
                    sheet.write_string(number, n, cell[:LONGEST_CELL], quoted)
        for n, width in enumerate(_widths(table)):
            sheet.set_column(n, n, width)
        sheet.freeze_panes(1, 0)
        if table.rows:
            sheet.autofilter(0, 0, len(table.rows), len(table.headers) - 1)
    with whole(file) as part:
        part.write_bytes(content.getvalue())


WRITERS: dict[str, Callable[[Table, Path], None]] = {".csv": write_csv, ".xlsx": write_xlsx}
"""By the ending of the file."""


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "Sheet"


def _widths(table: Table) -> list[int]:
    looked_at = table.rows[:200]
    return [
        min(WIDEST, 3 + max([len(name), *(len(row[n]) for row in looked_at)])) for n, name in enumerate(table.headers)
    ]
