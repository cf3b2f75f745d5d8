"""Getting a roster in: read a file, say what would happen, write it as one batch, take a batch back.

`plan` writes nothing; `write` writes exactly what a plan says, in one transaction, or refuses if the roster moved on.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import Kind, Role
from kiosk.domain.own_codes import code_key
from kiosk.domain.roster_columns import ColumnMap, find_preset, map_columns, map_without_header
from kiosk.domain.roster_draft import Draft, DraftReader
from kiosk.domain.roster_faults import Fault, Finding
from kiosk.domain.roster_known import KnownPerson, KnownRoster
from kiosk.domain.roster_lines import Header, find_header, lines
from kiosk.domain.roster_plan import Choices, Count, Plan, PlannedLine, Planner, SheetSummary, Vanished, weigh
from kiosk.domain.roster_sheet import Book, Sheet
from kiosk.errors import BadInput
from kiosk.files.reader import read_book
from kiosk.i18n import _, ngettext
from kiosk.services.station import Station
from kiosk.storage import batches, roster
from kiosk.storage.batches import BatchRow, is_stale
from kiosk.storage.store import Store

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


@dataclass(frozen=True, slots=True)
class Batch:
    """What was written, under a name by which it can be taken back."""

    id: str
    source: str
    people: int
    """New or changed."""


class ImportRoster:
    """Imports on this station."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    def known(self) -> KnownRoster:
        """The roster as it is now, for `plan`."""
        with self._store.reading():
            view = self._store.view
            edited = set(roster.edited_attendees(view.connection))
            return KnownRoster(
                KnownPerson(
                    known.attendee,
                    frozenset(code_key(ticket.code) for ticket in known.tickets),
                    frozenset(known.source_ids),
                    known.admitted,
                    roster.imported_values(view, known.attendee.id) if known.attendee.id in edited else {},
                )
                for known in roster.everyone(view.connection)
            )

    def plan(
        self,
        source: Path,
        options: ImportOptions | None = None,
        progress: Progress | None = None,
        known: KnownRoster | None = None,
    ) -> Plan:
        """What importing this file would do; writes nothing. Raises BadInput where it is no roster."""
        book = read_book(source)
        return plan_book(book, self.known() if known is None else known, options or ImportOptions(), progress)

    def write(self, plan: Plan, by: str | None = None) -> Batch:
        """Write a plan in one transaction.

        Raises BadInput when somebody in it was changed or added meanwhile, NotSaved by the disk.
        """
        changes = plan.changes
        batch = Batch(new_id(secrets.token_bytes(ID_BYTES)), plan.source, len(changes))
        if not changes:
            return batch
        with self._store.write() as journal:
            view = self._store.view
            if is_stale(view.connection, changes):
                raise BadInput(
                    _("The roster has changed since this was planned; nothing was written. Plan the import again.")
                )
            actor = self._station.actor(journal, by)
            roster.write_changes(
                journal, view, Kind.IMPORT, changes, at=self._station.clock(), actor=actor,
                body={"batch": batch.id, "source": plan.source[:200]}, role=Role.ORGANIZER,
            )  # fmt: skip
        return batch

    def undo(self, batch_id: str, by: str | None = None) -> int:
        """Take a batch back as a whole; answers how many people it concerned.

        Raises BadInput once somebody in it has checked in, and where there is no such batch.
        """
        with self._store.write() as journal:
            view = self._store.view.connection
            found = batches.batch(view, batch_id)
            if found is None:
                raise BadInput(
                    _("There is no import {batch}. The last ones: {known}.").format(
                        batch=batch_id,
                        known=", ".join(f"{row.id} ({row.source})" for row in batches.batches(view, 5)) or "-",
                    )
                )
            if found.undone:
                raise BadInput(_("The import of {source} has been taken back already.").format(source=found.source))
            if inside := batches.checked_in_of(view, batch_id):
                raise BadInput(
                    ngettext(
                        "{count} person of this import has checked in; it can no longer be taken back as a whole.",
                        "{count} people of this import have checked in; it can no longer be taken back as a whole.",
                        inside,
                    ).format(count=inside)
                )
            people = batches.people_in(view, batch_id)
            actor = self._station.actor(journal, by)
            journal.append(
                Kind.IMPORT_UNDO, {"batch": batch_id}, at=self._station.clock(), actor=actor, role=Role.ORGANIZER
            )
        return people

    def batches(self, limit: int = 20) -> list[BatchRow]:
        """The last imports, newest first."""
        with self._store.reading():
            return batches.batches(self._store.view.connection, limit)


def plan_book(book: Book, known: KnownRoster, options: ImportOptions, progress: Progress | None = None) -> Plan:
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
    planner = Planner(known, Choices(options.accept, options.vanished), secrets.token_bytes)
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
    header = find_header(sheet.rows)
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
    chosen = sum(1 for table in tables if table.columns for column in table.columns.columns if column.sure == "chosen")
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
