"""One file, whatever it calls itself, as a book of sheets."""

from __future__ import annotations

from pathlib import Path

from kiosk.domain.roster_sheet import Book
from kiosk.errors import BadInput
from kiosk.files import limits
from kiosk.files.text import read_text
from kiosk.i18n import _

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOT_TABLES = (
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "RAR"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"{\\rtf", "RTF"),
)
_MARKUP = (b"<!doctype html", b"<html", b"<?xml", b"<table")


def read_book(path: Path) -> Book:
    """The tables in this file. Raises BadInput, in one sentence, for anything that is not a readable list."""
    name = path.name
    data = read_bytes(path)
    if data.startswith(_ZIP):
        from kiosk.files.workbook import read_zip  # spreadsheets come late: the window does not wait for them

        return Book(name, *read_zip(name, data))
    if data.startswith(_OLE):
        from kiosk.files.workbook import read_xls

        return Book(name, *read_xls(name, data))
    _refuse_what_is_no_table(name, data)
    sheet, encoding, delimiter = read_text(name, data)
    return Book(name, "tsv" if delimiter == "\t" else "csv", (sheet,), encoding, delimiter)


def read_bytes(path: Path, most: int = limits.MAX_FILE_BYTES) -> bytes:
    """What is in this file. Raises BadInput where it is no file, cannot be read, is empty or too large."""
    try:
        if path.is_dir():
            raise BadInput(_("“{name}” is a folder. Choose the file with the list.").format(name=path.name))
        if not path.is_file():
            raise BadInput(_("There is no file “{name}”.").format(name=path))
        if path.stat().st_size > most:
            raise BadInput(
                _("“{name}” has {size:,} bytes; at most {limit:,} can be read.").format(
                    name=path.name, size=path.stat().st_size, limit=most
                )
            )
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise BadInput(
            _("“{name}” cannot be read: {why}.").format(name=path.name, why=getattr(error, "strerror", None) or error)
        ) from error
    if not data:
        raise BadInput(_("“{name}” is empty.").format(name=path.name))
    return data


def _refuse_what_is_no_table(name: str, data: bytes) -> None:
    for signature, kind in _NOT_TABLES:
        if data.startswith(signature):
            raise BadInput(_("“{name}” is a {kind} file. Export the list as CSV or XLSX.").format(name=name, kind=kind))
    if data[:1024].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        raise BadInput(
            _(
                "“{name}” holds a web page or XML, whatever its ending says. Open it in a spreadsheet and "
                "save it as XLSX or "
                "CSV."
            ).format(name=name)
        )
    if data[:1024].lstrip().startswith((b"{", b"[{")):
        raise BadInput(_("“{name}” is JSON. Export the list as CSV or XLSX.").format(name=name))
