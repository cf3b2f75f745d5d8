"""Workbooks that are zip archives: what may be unpacked, and what the parts say before a parser believes them."""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO

from kiosk.errors import BadInput
from kiosk.files import limits
from kiosk.i18n import _

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    OverflowError,
)

_REPEATS = re.compile(rb"<table:(table-row|table-cell|covered-table-cell)\b([^<>]*)>|</table:table-row>")
_REPEATED = re.compile(rb'table:number-(?:rows|columns)-repeated="(\d{1,12})"')


def open_archive(name: str, data: bytes) -> zipfile.ZipFile:
    """The archive, once it is known to be harmless. Raises BadInput."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except _DAMAGED as error:
        raise damaged(name) from error
    parts = archive.infolist()
    if len(parts) > limits.MAX_PARTS:
        raise _bomb(name)
    if sum(part.file_size for part in parts) > limits.MAX_UNPACKED_BYTES:
        raise _bomb(name)
    for part in parts:
        if part.file_size > limits.RATIO_FROM_BYTES and part.file_size > limits.MAX_RATIO * max(part.compress_size, 1):
            raise _bomb(name)
    return archive


def read_part(name: str, archive: zipfile.ZipFile, part: str) -> bytes:
    """The bytes of one part; empty where there is none. The archive checks that there are as many as were announced."""
    try:
        return archive.read(part)
    except KeyError:
        return b""
    except _DAMAGED as error:
        raise damaged(name) from error


def check_repeats(name: str, content: bytes) -> None:
    """Refuse an ODS whose few bytes stand for millions of filled cells. Raises BadInput."""
    cells, rows_repeated, filled_in_row = 0, 1, 0
    for match in _REPEATS.finditer(content):
        element, attributes = match.groups()
        repeated = _REPEATED.search(attributes or b"")
        times = int(repeated.group(1)) if repeated else 1
        if element == b"table-row":
            rows_repeated, filled_in_row = times, 0
        elif element is None:
            cells += filled_in_row * rows_repeated
        elif b"office:value-type" in attributes or b"calcext:value-type" in attributes:
            filled_in_row += times
        if max(cells, filled_in_row * rows_repeated) > limits.MAX_CELLS:
            raise _bomb(name)


def damaged(name: str) -> BadInput:
    """What is said of a workbook that cannot be opened."""
    return BadInput(
        _("“{name}” is damaged or was not copied completely. Ask for it again, or export it as CSV.").format(name=name)
    )


def _bomb(name: str) -> BadInput:
    return BadInput(_("“{name}” unpacks to far more than a roster can be; it was not opened.").format(name=name))
