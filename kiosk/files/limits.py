"""How big a file may be. A roster of 60,000 people fits with room to spare; a bomb does not.

Checked before anything is parsed: 0.7 MB of hostile XLSX unpacks to 200 MB and keeps a parser busy for minutes.
"""

from __future__ import annotations

from kiosk.errors import BadInput
from kiosk.i18n import _

MAX_FILE_BYTES = 32 * 2**20
MAX_UNPACKED_BYTES = 128 * 2**20
"""Of all parts of a workbook together; reading takes about three times as much memory."""
MAX_RATIO = 100
"""Unpacked to packed, of any part larger than `RATIO_FROM_BYTES`. Real sheets stay below 30."""
RATIO_FROM_BYTES = 2**20
MAX_PARTS = 2_000
MAX_ROWS = 200_000
MAX_COLUMNS = 512
MAX_CELLS = 3_000_000
MAX_PROGRAMME_BYTES = 16 * 2**20
"""900 sessions are half a megabyte."""
MAX_SESSIONS = 20_000
MAX_CELL_CHARACTERS = 32_767
"""What one cell of a spreadsheet can hold."""
MAX_LINES_IN_CELL = 200
"""More line breaks than this in one cell are an unclosed quotation mark, not a remark."""


def check_shape(name: str, rows: int, columns: int) -> None:
    """Raises BadInput where a table is larger than any roster."""
    if rows > MAX_ROWS:
        raise BadInput(
            _("“{name}” has {rows:,} rows; at most {limit:,} can be read. Split the list.").format(
                name=name, rows=rows, limit=MAX_ROWS
            )
        )
    if columns > MAX_COLUMNS:
        raise BadInput(
            _("“{name}” has {columns:,} columns; at most {limit} can be read. Delete the empty ones.").format(
                name=name, columns=columns, limit=MAX_COLUMNS
            )
        )
    if rows * columns > MAX_CELLS:
        raise BadInput(
            _(
                "“{name}” spans {rows:,} rows by {columns:,} columns, more than can be read. Copy the list "
                "itself into a new "
                "file."
            ).format(name=name, rows=rows, columns=columns)
        )


def check_sessions(name: str, count: int) -> None:
    """Raises BadInput where a file names more sessions than any conference holds."""
    if count > MAX_SESSIONS:
        raise BadInput(
            _("“{name}” names {count:,} sessions; at most {limit:,} can be read. Export this conference alone.").format(
                name=name, count=count, limit=MAX_SESSIONS
            )
        )
