"""A programme as a table: which column is what, whoever made it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kiosk.domain.programme_source import SourceItem, SourceProgramme
from kiosk.domain.roster_sheet import Book, Sheet
from kiosk.domain.roster_values import fold
from kiosk.i18n import _

_HEADERS: Mapping[str, str] = {
    name: ours
    for ours, names in {
        "code": "code|session code|session id|course code|number|short code|id",
        "title": "title|session|session title|session name|name|course|topic",
        "kind": "kind|type|session type|format",
        "track": "track|category|stream",
        "room": "room|location|place|venue|where|room name",
        "capacity": "capacity|seats|max|room capacity|limit",
        "start": "start|starts|begin|begins|from|start time|starts at|start date time|session start",
        "end": "end|ends|until|to|end time|ends at|end date time|session end",
        "date": "date|day",
        "duration": "minutes|duration|length|min",
        "course_slot": "course slot|slot|course number|block",
        "clock_hours": "clock hours|hours|credit hours|training hours|credits",
        "audience": "audience|who|for|who may enter|restricted to",
        "guid": "guid|uuid|uid",
        "speakers": "speakers|speaker|presenter|presenters|instructor|instructors|faculty",
        "cancelled": "cancelled|canceled|is cancelled",
        "opens_before_min": "opens before min|door opens min",
    }.items()
    for name in names.split("|")
}
_NEEDED = frozenset({"title", "start"})
_HEADER_WITHIN = 12
"""Records from the top among which the header is looked for."""
_BETWEEN = re.compile(r"\s*(?:;|\n|\s\|\s)\s*")


def read_table(book: Book) -> SourceProgramme:
    """The sessions of the first sheet that has a title and a start; no items where none has."""
    for sheet in book.sheets:
        found = _header(sheet.rows)
        if found is not None and not sheet.hidden:
            row, columns = found
            items = tuple(_items(sheet, row, columns))
            return SourceProgramme(book.name, book.format.upper(), items)
    return SourceProgramme(book.name, book.format.upper(), ())


def _header(rows: Sequence[Sequence[str]]) -> tuple[int, dict[int, str]] | None:
    for number, row in enumerate(rows[:_HEADER_WITHIN]):
        columns: dict[int, str] = {}
        for index, cell in enumerate(row):
            ours = _HEADERS.get(fold(cell))
            if ours and ours not in columns.values():
                columns[index] = ours
        if set(columns.values()) >= _NEEDED:
            return number, columns
    return None


def _items(sheet: Sheet, header: int, columns: Mapping[int, str]) -> list[SourceItem]:
    items = []
    for number, row in enumerate(sheet.rows[header + 1 :], header + 2):
        values = {ours: row[index] for index, ours in columns.items() if index < len(row)}
        day = values.pop("date", "").strip()
        for name in ("start", "end"):
            if day and values.get(name, "").strip() and not re.search(r"\d[-/.]\d", values[name]):
                values[name] = f"{day} {values[name].strip()}"
        speakers = tuple(name for name in _BETWEEN.split(values.pop("speakers", "").strip()) if name)
        items.append(SourceItem(_("row {n}").format(n=number), values, speakers))
    return items
