"""Sheets of a workbook as rows of text. A number keeps the zeros it is shown with; no formula is calculated here."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import TypeAlias

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from kiosk.domain.roster_sheet import Cell, Sheet
from kiosk.errors import BadInput
from kiosk.files import limits
from kiosk.files.archive import damaged
from kiosk.files.styles import Looks
from kiosk.i18n import _

Value: TypeAlias = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta

EXACT_UP_TO = 10**15
"""Spreadsheets keep fifteen digits; a longer number has lost the others."""


def read_sheets(name: str, data: bytes, looks: dict[str, Looks]) -> tuple[Sheet, ...]:
    """Every sheet of a workbook. Raises BadInput."""
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        return tuple(
            _sheet(
                book.get_sheet_by_name(found.name),
                found.visible != SheetVisibleEnum.Visible,
                looks.get(found.name, Looks()),
            )
            for found in book.sheets_metadata
            if found.typ == SheetTypeEnum.WorkSheet
        )
    except PasswordError as error:
        raise locked(name) from error
    except (CalamineError, OSError, ValueError, OverflowError, MemoryError) as error:
        raise damaged(name) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # the parser's own way of giving up; it cannot be imported
            raise damaged(name) from error
        raise


def _sheet(sheet: CalamineSheet, hidden: bool, looks: Looks) -> Sheet:
    limits.check_shape(sheet.name, sheet.total_height, sheet.total_width)
    rows = [[_text(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    for (row, column), error in looks.errors.items():
        if row <= len(rows) and column < len(rows[row - 1]):
            rows[row - 1][column] = error
    padded: dict[Cell, str] = {}
    for (row, column), digits in looks.zeros.items():
        if row <= len(rows) and column < len(rows[row - 1]):
            text = rows[row - 1][column]
            if text.isdigit() and len(text) < digits:
                padded[row, column] = text
                rows[row - 1][column] = text.zfill(digits)
    return Sheet(
        sheet.name, rows, hidden, frozenset(looks.hidden_rows), frozenset(looks.struck), padded, looks.uncalculated
    )


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value if len(value) <= limits.MAX_CELL_CHARACTERS else value[: limits.MAX_CELL_CHARACTERS]
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    return str(value)


def _number(value: float) -> str:
    if abs(value) >= EXACT_UP_TO:
        return f"{value:.5E}"
    return str(int(value)) if value == int(value) else repr(value)


def locked(name: str) -> BadInput:
    """What is said of a workbook with a password."""
    return BadInput(
        _("“{name}” is protected by a password. Open it, save it without one, and import that.").format(name=name)
    )
