"""Where a foreign table's header is, and which of its lines are people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kiosk.domain.roster_columns import ColumnMap, header_score, normal
from kiosk.domain.roster_faults import Fault
from kiosk.domain.roster_sheet import Sheet

HEADER_WITHIN = 40
"""Records from the top among which the header must be."""

_TOTAL = re.compile(
    r"\s*(?:grand |sub)?-?(?:totals?|sum|summe|count|number of (?:attendees|registrants))\b.*", re.IGNORECASE
)
_NOTE = re.compile(
    r"(?:last )?(?:updated|printed|generated|exported|created|revised)\b|as of\b|notes?:|page \d|source:", re.I
)
_IDENTITIES = ("full_name", "first", "last", "email", "badge_name")
_CODES = ("code", "number", "source_id")


@dataclass(frozen=True, slots=True)
class Header:
    """The line with the column names."""

    row: int
    """Record from 1; 0 where the table has none."""
    cells: tuple[str, ...]


def find_header(rows: Sequence[Sequence[str]], named: Iterable[str] = ()) -> Header | None:
    """The line among the first that reads most like a header; None where none does.

    `named` are headers somebody has told us: the line that holds them is the one.
    """
    told = frozenset(map(normal, named))
    best, best_score = 0, 0
    for number, cells in enumerate(rows[:HEADER_WITHIN], 1):
        score = header_score(cells) + 2 * len(told.intersection(map(normal, cells)))
        if score > best_score:
            best, best_score = number, score
    filled = sum(1 for cell in rows[best - 1] if cell.strip()) if best else 0
    if best_score < 2 and not (best_score == 1 and filled == 1 and _column_of_its_own(rows, best)):
        return None
    return Header(best, tuple(_with_parents(rows, best)))


def _column_of_its_own(rows: Sequence[Sequence[str]], header: int) -> bool:
    """A single word above a single column is a header; a single word above a table is its title."""
    return all(sum(1 for cell in row if cell.strip()) <= 1 for row in rows[header : header + 20])


def _with_parents(rows: Sequence[Sequence[str]], header: int) -> Iterator[str]:
    """Two-level headers: what stands above tells apart columns that are called the same, or not at all."""
    cells = rows[header - 1]
    above = rows[header - 2] if header > 1 else ()
    tidy = [normal(cell) for cell in cells]
    has_parents = sum(1 for cell in above if cell.strip()) > 1
    parent = ""
    for index, cell in enumerate(cells):
        if has_parents and index < len(above) and above[index].strip():
            parent = above[index].strip()
        ambiguous = not tidy[index] or tidy.count(tidy[index]) > 1
        yield f"{parent} {cell}".strip() if has_parents and ambiguous else cell


@dataclass(frozen=True, slots=True)
class Line:
    """One record below the header: a person's, or why it is nobody's."""

    row: int
    cells: Sequence[str]
    nobody: Fault | None = None


def lines(sheet: Sheet, header: Header, columns: ColumnMap) -> Iterator[Line]:
    """Every record below the header. Blank records behind the last person are not told."""
    repeated = [normal(cell) for cell in sheet.rows[header.row - 1]] if header.row else []
    identities = frozenset(column.index for target in _IDENTITIES for column in columns.by_target.get(target, ()))
    codes = frozenset(column.index for target in _CODES for column in columns.by_target.get(target, ()))
    waiting: list[Line] = []
    for row, cells in enumerate(sheet.rows[header.row :], header.row + 1):
        nobody = _nobody(cells, repeated, identities, codes)
        line = Line(row, cells, nobody)
        if nobody in (None, Fault.HEADER_REPEATED):
            yield from waiting
            waiting.clear()
            yield line
        else:
            waiting.append(line)
    yield from _trailer(waiting)


def _trailer(waiting: Sequence[Line]) -> Iterator[Line]:
    """Behind the last person a label is a note, and blank lines are only the end."""
    for line in waiting:
        if line.nobody is Fault.SECTION_LABEL_ROW:
            yield Line(line.row, line.cells, Fault.STRAY_NOTE_ROW)
        elif line.nobody is not Fault.BLANK_RECORD:
            yield line


def _nobody(
    cells: Sequence[str], header: Sequence[str], identities: frozenset[int], codes: frozenset[int]
) -> Fault | None:
    filled = [index for index, cell in enumerate(cells) if cell and not cell.isspace()]
    if not filled:
        return Fault.BLANK_RECORD
    if len(filled) > 3:
        first = normal(cells[filled[0]])
        if (
            filled[0] < len(header)
            and first == header[filled[0]]
            and [normal(cell) for cell in cells] == list(header[: len(cells)])
        ):
            return Fault.HEADER_REPEATED
        return None
    if [normal(cells[index]) for index in filled] == [text for text in header if text]:
        return Fault.HEADER_REPEATED
    if _TOTAL.fullmatch(cells[filled[0]]) and not any(index in identities and "@" in cells[index] for index in filled):
        return Fault.TOTAL_LINE
    if len(filled) == 1 and len(header) > 2:
        return _lone_cell(cells[filled[0]].strip(), filled[0], identities, codes)
    return None


def _lone_cell(text: str, index: int, identities: frozenset[int], codes: frozenset[int]) -> Fault | None:
    if index in codes and " " not in text and any(c.isdigit() for c in text):
        return None
    if _NOTE.match(text):
        return Fault.SECTION_LABEL_ROW
    labelled = text[:1] in "—–-*#=•" or text.endswith((":", "—", "–", "-"))
    if index in identities and not labelled and len(text.split()) <= 5:
        return None
    return Fault.SECTION_LABEL_ROW
