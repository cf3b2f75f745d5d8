"""Workbooks: which of XLSX, XLS and ODS it is, and whether it may be opened."""

from __future__ import annotations

from kiosk.domain.roster_sheet import Sheet
from kiosk.errors import BadInput
from kiosk.files.apart import read_apart
from kiosk.files.archive import check_repeats, open_archive, read_part
from kiosk.files.sheets import locked, read_sheets
from kiosk.files.styles import read_looks
from kiosk.i18n import _


def read_zip(name: str, data: bytes) -> tuple[str, tuple[Sheet, ...]]:
    """Format and sheets of an XLSX or ODS. Raises BadInput."""
    with open_archive(name, data) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return "xlsx", read_sheets(name, data, read_looks(name, archive))
        if "content.xml" in names:
            check_repeats(name, read_part(name, archive, "content.xml"))
            return "ods", read_sheets(name, data, {})
        if "xl/workbook.bin" in names:
            raise BadInput(
                _("“{name}” is a binary workbook (XLSB). Save it as XLSX or CSV and import that.").format(name=name)
            )
    raise BadInput(
        _("“{name}” is an archive but no spreadsheet. Unpack it and import the list in it.").format(name=name)
    )


def read_xls(name: str, data: bytes) -> tuple[str, tuple[Sheet, ...]]:
    """Format and sheets of an old Excel workbook. Raises BadInput."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise locked(name)
    return "xls", read_apart(name, data)
