"""An import in words and in data: a summary for people, an object for programs, a file with what needs a decision."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kiosk.domain.roster_faults import Effect, Fault, Finding, advice, describe, effect_of, expected, sentence, summary
from kiosk.domain.roster_plan import Count, Plan, SheetSummary, Vanished
from kiosk.errors import StorageError
from kiosk.files.write import harmless
from kiosk.i18n import _, ngettext
from kiosk.services.import_roster import Batch

EXAMPLES = 3
"""Lines shown of each group."""

_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "cp1252": "Windows-1252",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
}


def top_line(plan: Plan, sheet: SheetSummary) -> str:
    """What the file is: `a.csv · CSV · looks like Luma · UTF-8 · comma · header in row 1 · 9 rows · 5 columns`."""
    columns = len(sheet.columns.columns) if sheet.columns else 0
    parts = [
        plan.source if sheet.name == plan.source else f"{plan.source}: {sheet.name}",
        plan.format.upper(),
        _("looks like {title}").format(title=sheet.title) if sheet.system else "",
        _ENCODINGS.get(plan.encoding, plan.encoding),
        _delimiter(plan.delimiter),
        _("header in row {row}").format(row=sheet.header_row) if sheet.header_row else _("no header"),
        ngettext("{count:,} row", "{count:,} rows", sheet.rows).format(count=sheet.rows),
        ngettext("{count} column", "{count} columns", columns).format(count=columns),
    ]
    return " · ".join(part for part in parts if part)


def _delimiter(character: str) -> str:
    return {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar")}.get(character, "")


def in_words(plan: Plan) -> Iterator[str]:
    """The summary, line by line, grouped by cause."""
    for sheet in plan.sheets:
        if sheet.left_out is not None:
            yield f"{plan.source}: {sheet.name} · {describe(sheet.left_out)}"
            continue
        yield top_line(plan, sheet)
        if sheet.columns:
            kept = [column.header for column in sheet.columns.columns if column.sure == "none"]
            dropped = [column.header for column in sheet.columns.columns if column.target == "ignore"]
            if kept:
                yield "  " + _("kept under their own names: {columns}").format(columns=", ".join(kept))
            if dropped:
                yield "  " + _("left out: {columns}").format(columns=", ".join(dropped))
    yield counts_line(plan)
    yield from _groups(plan)
    yield from _changes(plan)
    if plan.vanished:
        people = len(plan.vanished)
        words = ngettext(
            "{count} person is no longer in the list", "{count} people are no longer in the list", people
        ).format(count=people)
        choice = _("kept") if plan.vanished_choice is Vanished.KEEP else _("marked as not coming")
        yield f"▸ {words}: {choice}"


def counts_line(plan: Plan) -> str:
    """`+ 1,154 new  ~ 0 changed  = 0 same  – 41 not coming  ▲ 21 to decide  · 6 skipped`."""
    words = {
        Count.NEW: _("+ {n:,} new"),
        Count.CHANGED: _("~ {n:,} changed"),
        Count.SAME: _("= {n:,} same"),
        Count.NOT_COMING: _("– {n:,} not coming"),
        Count.NEEDS_DECISION: _("▲ {n:,} to decide"),
        Count.SKIPPED: _("· {n:,} skipped"),
    }
    return "  ".join(words[count].format(n=plan.counts.get(count, 0)) for count in Count)


def _groups(plan: Plan) -> Iterator[str]:
    for effect, mark in ((Effect.DECIDE, "▲"), (Effect.WARN, "▸"), (Effect.SKIP, "·")):
        for kind, found in _by_kind(_told(plan, effect)).items():
            if kind in (Fault.CHANGED_SINCE_OTHER_FILE, Fault.NOT_CHOSEN):
                continue
            lines = {(finding.sheet, finding.row): finding for finding in reversed(found)}
            yield f"{mark} {summary(kind, len(lines))}"
            if effect is not Effect.SKIP:
                yield from (
                    f"    {sentence(finding, name_sheet=len(plan.sheets) > 1)}"
                    for finding in list(lines.values())[: -EXAMPLES - 1 : -1]
                )


def _told(plan: Plan, effect: Effect) -> Sequence[Finding]:
    """What waits is told as waiting; what no longer needs a decision, or never held its line up, as a warning."""
    if effect is Effect.DECIDE:
        return plan.waiting
    waiting = set(plan.waiting)
    found = [finding for finding in plan.findings if finding not in waiting]
    if effect is Effect.WARN:
        return [finding for finding in found if effect_of(finding.kind) is not Effect.SKIP]
    return [finding for finding in found if effect_of(finding.kind) is Effect.SKIP]


def _by_kind(findings: Sequence[Finding]) -> dict[Fault, list[Finding]]:
    groups: dict[Fault, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.kind, []).append(finding)
    return dict(sorted(groups.items(), key=lambda item: -len(item[1])))


def _changes(plan: Plan) -> Iterator[str]:
    changed = [line for line in plan.lines if line.differences]
    if changed:
        yield "~ " + ngettext(
            "{count} person differs from what is known", "{count} people differ from what is known", len(changed)
        ).format(count=len(changed))
    for line in changed[: 4 * EXAMPLES]:
        flag = " · " + _("already checked in") if line.after_check_in else ""
        what = "; ".join(f"{found.field}: {found.old} → {found.new}" for found in line.differences)
        yield f"    {_('Row {row}').format(row=line.row)}: {line.name}: {what}{flag}"


def as_data(plan: Plan, batch: Batch | None, decisions: Path | None) -> dict[str, Any]:
    """The object `kiosk import --json` answers with."""
    return {
        "file": plan.source,
        "format": plan.format,
        "encoding": plan.encoding,
        "delimiter": plan.delimiter,
        **{count.value: plan.counts.get(count, 0) for count in Count},
        "people": plan.people,
        "completed": plan.completed,
        "vanished": len(plan.vanished),
        "kinds": {kind.value: count for kind, count in sorted(plan.kinds().items())},
        "warnings": _counted(_told(plan, Effect.WARN)),
        "decisions": _counted(plan.waiting),
        "changes": [
            {
                "sheet": line.sheet,
                "row": line.row,
                "field": found.field,
                "old": found.old,
                "new": found.new,
                "checked_in": line.after_check_in,
            }
            for line in plan.lines
            for found in line.differences
        ],
        "sheets": [_sheet_data(sheet) for sheet in plan.sheets],
        "dry_run": batch is None,
        "batch": batch.id if batch and batch.people else None,
        "decisions_file": str(decisions) if decisions else None,
    }


def _counted(findings: Iterable[Finding]) -> dict[str, int]:
    lines = {(found.kind, found.sheet, found.row) for found in findings}
    return dict(Counter(kind.value for kind, _sheet, _row in lines))


def _sheet_data(sheet: SheetSummary) -> dict[str, Any]:
    return {
        "name": sheet.name,
        "preset": sheet.system,
        "header_row": sheet.header_row,
        "rows": sheet.rows,
        "left_out": sheet.left_out.value if sheet.left_out else None,
        "columns": [
            {"column": column.header, "field": column.target, "sure": column.sure.value}
            for column in (sheet.columns.columns if sheet.columns else ())
        ],
    }


def write_decisions(plan: Plan, path: Path) -> Path | None:
    """Write what needs a decision as a table for a spreadsheet; None where nothing does.

    Raises StorageError by the disk.
    """
    if not plan.waiting:
        return None
    names = {(line.sheet, line.row): line.name for line in plan.lines}
    headers = (_("sheet"), _("row"), _("name"), _("column"), _("kind"), _("found"), _("expected"), _("what to do"))
    rows = []
    for found in plan.waiting:
        name = names.get((found.sheet, found.row), "")
        value = f"{found.value} ({found.proposal})" if found.proposal else found.value
        rows.append(
            (
                found.sheet,
                str(found.row),
                name,
                found.column,
                found.kind.value,
                value,
                expected(found.kind),
                advice(found.kind),
            )
        )
    return write_table(headers, rows, path)


def write_table(headers: Sequence[str], rows: Iterable[Sequence[str]], path: Path) -> Path:
    """Write what needs a decision, no cell of which a spreadsheet will run. Raises StorageError by the disk."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headers)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.getvalue().encode("utf-8-sig"))
        path.chmod(0o600)
    except OSError as error:
        words = _("What needs a decision could not be written to {path}: {why}. Choose another place with --decisions.")
        raise StorageError(words.format(path=path, why=error.strerror)) from error
    return path
