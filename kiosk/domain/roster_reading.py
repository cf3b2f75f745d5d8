"""A whole file at once: which sheets hold people, which columns mean what, and what becomes of every line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from kiosk.domain.roster_columns import ColumnMap, Sure, find_preset, map_columns, map_without_header
from kiosk.domain.roster_draft import Draft, DraftReader
from kiosk.domain.roster_faults import Fault, Finding
from kiosk.domain.roster_known import KnownRoster
from kiosk.domain.roster_lines import Header, find_header, lines
from kiosk.domain.roster_plan import (
    Choices,
    Count,
    Plan,
    PlannedLine,
    Planner,
    RandomBytes,
    SheetSummary,
    Vanished,
    weigh,
)
from kiosk.domain.roster_sheet import Book, Sheet
from kiosk.errors import BadInput
from kiosk.i18n import _

Progress = Callable[[int, int], None]
"""Told how many of how many lines are done."""

TELL_EVERY = 500
"""Lines between two words to `Progress`."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a person chose about a file; everything has an answer without them."""

    preset: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Header → field, over whatever was recognised."""
    sheets: frozenset[str] = frozenset()
    """Only these; hidden ones too, since somebody named them. Empty: every visible one with people."""
    accept: frozenset[Fault] = frozenset()
    vanished: Vanished = Vanished.KEEP


def plan_book(
    book: Book, known: KnownRoster, options: ImportOptions, random: RandomBytes, progress: Progress | None = None
) -> Plan:
    """What importing this book would do. Raises BadInput where nobody is found in it."""
    tables = [_table(sheet, options) for sheet in book.sheets]
    chosen = [table for table in tables if table.left_out is None]
    if not chosen:
        raise _nobody(book, options)
    _check_columns_exist(options.columns, chosen)
    total = sum(len(table.sheet.rows) for table in chosen)
    drafts: list[Draft] = []
    planned: list[PlannedLine] = []
    findings: list[Finding] = [
        Finding(table.left_out, table.sheet.name, 0) for table in tables if table.left_out is not None
    ]
    done = 0
    for table in chosen:
        planned += _read_table(table, drafts, findings, partial(_tell, progress, total, done))
        done += len(table.sheet.rows)
    weigh(drafts, last_wins=any(table.columns.preset.last_wins for table in chosen if table.columns))
    planner = Planner(known, Choices(options.accept, options.vanished), random)
    planned += [planner.plan_line(draft) for draft in drafts]
    for draft in drafts:
        findings += draft.findings
    _tell(progress, total, total, 0)
    return Plan(
        source=book.name,
        format=book.format,
        encoding=book.encoding,
        delimiter=book.delimiter,
        sheets=tuple(table.summary() for table in tables),
        lines=tuple(planned),
        findings=tuple(findings),
        waiting=tuple(planner.waiting),
        vanished=planner.vanished({draft.system for draft in drafts}),
        vanished_choice=options.vanished,
        counts=dict.fromkeys(Count, 0) | Counter(line.count for line in planned),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    sheet: Sheet
    header: Header | None
    columns: ColumnMap | None
    left_out: Fault | None = None

    def summary(self) -> SheetSummary:
        columns = self.columns
        return SheetSummary(
            self.sheet.name,
            columns.preset.name if columns else "",
            columns.preset.title if columns else "",
            self.header.row if self.header else 0,
            len(self.sheet.rows) - (self.header.row if self.header else 0),
            columns,
            self.left_out,
        )


def _table(sheet: Sheet, options: ImportOptions) -> _Table:
    if options.sheets:
        if sheet.name not in options.sheets:
            return _Table(sheet, None, None, Fault.NOT_CHOSEN)
    elif sheet.hidden:
        return _Table(sheet, None, None, Fault.HIDDEN_SHEET)
    header = find_header(sheet.rows, options.columns)
    if header is None:
        columns = map_without_header(sheet.rows)
        if columns is None:
            return _Table(sheet, None, None, Fault.NO_PEOPLE)
        return _Table(sheet, Header(0, ()), columns)
    preset = find_preset(header.cells, options.preset)
    columns = map_columns(header.cells, sheet.rows[header.row :], preset, options.columns)
    if not any(columns.first(target) for target in ("first", "last", "full_name", "badge_name")):
        return _Table(sheet, header, columns, Fault.NO_PEOPLE)
    return _Table(sheet, header, columns)


def _read_table(
    table: _Table, drafts: list[Draft], findings: list[Finding], tell: Callable[[int], None]
) -> list[PlannedLine]:
    """Add the people of a table to the drafts; answers its lines that are nobody."""
    assert table.columns is not None
    assert table.header is not None
    reader = DraftReader(table.sheet, table.columns, table.header.row + 1)
    nobody: list[PlannedLine] = []
    first = len(drafts)
    for line in lines(table.sheet, table.header, table.columns):
        if line.row % TELL_EVERY == 0:
            tell(line.row)
        if line.nobody is None:
            drafts.append(reader.read(line.row, line.cells))
            continue
        text = next((cell.strip() for cell in line.cells if cell.strip()), "")
        findings.append(Finding(line.nobody, table.sheet.name, line.row, "", text[:80]))
        nobody.append(PlannedLine(table.sheet.name, line.row, "", Count.SKIPPED))
    rows = {draft.row for draft in drafts[first:]}
    for index, row in table.sheet.uncalculated.items():
        if row in rows and index < len(table.columns.columns):
            findings.append(
                Finding(Fault.FORMULA_WITHOUT_CACHED_VALUE, table.sheet.name, row, table.columns.columns[index].header)
            )
    return nobody


def _tell(progress: Progress | None, total: int, before: int, row: int) -> None:
    if progress is not None:
        progress(before + row, total)


def _check_columns_exist(columns: Mapping[str, str], tables: Sequence[_Table]) -> None:
    chosen = sum(
        1 for table in tables if table.columns for column in table.columns.columns if column.sure is Sure.CHOSEN
    )
    if columns and not chosen:
        headers = [column.header for table in tables if table.columns for column in table.columns.columns]
        raise BadInput(
            _("No column is called “{name}”. There are: {headers}.").format(
                name=next(iter(columns)), headers=", ".join(headers[:40])
            )
        )


def _nobody(book: Book, options: ImportOptions) -> BadInput:
    if options.sheets:
        return BadInput(
            _("“{name}” has no sheet with people called {wanted}. There are: {sheets}.").format(
                name=book.name,
                wanted=", ".join(sorted(options.sheets)),
                sheets=", ".join(sheet.name for sheet in book.sheets),
            )
        )
    if not any(sheet.rows for sheet in book.sheets):
        return BadInput(_("“{name}” has no rows.").format(name=book.name))
    return BadInput(
        _(
            "No list of people was found in “{name}”: no line reads like a header with names. Put column "
            "names such as “First "
            "Name”, “Last Name”, “Email” above the list, or say what a column is with --map."
        ).format(name=book.name)
    )
