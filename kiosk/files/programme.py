"""One file, whatever it calls itself, as a foreign programme: what it is, is told by its content."""

from __future__ import annotations

from pathlib import Path

from kiosk.domain.programme_source import SourceProgramme
from kiosk.domain.programme_table import read_table
from kiosk.errors import BadInput
from kiosk.files import limits
from kiosk.files.reader import read_book, read_bytes
from kiosk.files.text import decode
from kiosk.i18n import _

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_programme(path: Path) -> SourceProgramme:
    """The programme in this file. Raises BadInput, in one sentence, for anything that is none."""
    data = read_bytes(path, limits.MAX_PROGRAMME_BYTES)
    head = data[:4096].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if data.startswith(_WORKBOOKS):
        return read_table(read_book(path))
    if head.startswith(b"begin:vcalendar"):
        from kiosk.files.programme_ical import read_calendar

        return read_calendar(path.name, decode(data)[0])
    if head.startswith((b"{", b"[")):
        from kiosk.files.programme_json import read_json

        return read_json(path.name, decode(data)[0])
    if head.startswith((b"<?xml", b"<schedule", b"<!doctype schedule")) and b"<html" not in head:
        from kiosk.files.programme_xml import read_xml

        return read_xml(path.name, data)
    source = read_table(read_book(path))
    if not source.items:
        raise BadInput(
            _(
                "“{name}” holds no programme. Use a table with the columns code, title, room, start and end, "
                "a schedule.json or schedule.xml, or a calendar (.ics)."
            ).format(name=path.name)
        )
    return source
