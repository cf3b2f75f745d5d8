"""An import of the programme in words and in data: a summary, an object for programs, a file to decide by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import Any

from kiosk.domain.programme_faults import Effect, Fault, Finding, advice, describe, effect_of
from kiosk.domain.programme_plan import Count, PlannedItem, ProgrammePlan
from kiosk.i18n import _, ngettext
from kiosk.services.import_report import write_table
from kiosk.services.programme import Batch

EXAMPLES = 5
"""Lines shown of each group."""

_MARKS = {Effect.DECIDE: "▲", Effect.WARN: "▸", Effect.SKIP: "·"}


def counts_line(plan: ProgrammePlan) -> str:
    """`+ 87 new  ~ 2 changed  = 0 same  – 1 gone  ▲ 2 to decide  · 1 skipped`."""
    words = {
        Count.NEW: _("+ {n:,} new"),
        Count.CHANGED: _("~ {n:,} changed"),
        Count.SAME: _("= {n:,} same"),
        Count.GONE: _("– {n:,} gone"),
        Count.NEEDS_DECISION: _("▲ {n:,} to decide"),
        Count.SKIPPED: _("· {n:,} skipped"),
    }
    return "  ".join(text.format(n=plan.counts.get(count, 0)) for count, text in words.items())


def in_words(plan: ProgrammePlan, zone: tzinfo) -> Iterator[str]:
    """The summary, line by line: what changes first, then what is odd, by cause."""
    yield f"{plan.source} · {plan.format}"
    yield counts_line(plan)
    if plan.rooms_new or plan.rooms_changed:
        yield _("Rooms: {new} new, {changed} changed").format(new=plan.rooms_new, changed=plan.rooms_changed)
    yield from _changes(plan, zone)
    yield from _groups(plan, Effect.DECIDE)
    yield from _gone(plan)
    yield from _groups(plan, Effect.WARN)
    yield from _groups(plan, Effect.SKIP)


def _changes(plan: ProgrammePlan, zone: tzinfo) -> Iterator[str]:
    for item in plan.items:
        if item.count is Count.CHANGED:
            what = "; ".join(difference.words(zone) for difference in item.differences)
            yield f"~ {item.code}  {what}{concerned_words(item)}"


def concerned_words(item: PlannedItem) -> str:
    """` · 180 have a place in it, 12 were let in`; nothing where nobody is."""
    parts = []
    if item.enrolled:
        parts.append(ngettext("{n} has a place in it", "{n} have a place in it", item.enrolled).format(n=item.enrolled))
    if item.let_in:
        parts.append(ngettext("{n} was let in", "{n} were let in", item.let_in).format(n=item.let_in))
    return " · " + ", ".join(parts) if parts else ""


def _gone(plan: ProgrammePlan) -> Iterator[str]:
    gone = [item for item in plan.items if item.count is Count.GONE]
    if gone:
        kept = _("kept") if not any(item.differences for item in gone) else _("marked as cancelled")
        words = ngettext(
            "{n} session is no longer in the file", "{n} sessions are no longer in the file", len(gone)
        ).format(n=len(gone))
        yield f"– {words}: {kept}"
    for item in gone[:EXAMPLES]:
        yield f"    {item.code}  {item.title}{concerned_words(item)}"


def _groups(plan: ProgrammePlan, effect: Effect) -> Iterator[str]:
    groups: dict[Fault, list[Finding]] = {}
    for finding in plan.findings:
        if effect_of(finding.kind) is effect:
            groups.setdefault(finding.kind, []).append(finding)
    for kind, found in groups.items():
        yield f"{_MARKS[effect]} {len(found)} × {describe(kind)}. {advice(kind)}"
        for finding in found[:EXAMPLES]:
            yield f"    {finding_words(finding)}"


def finding_words(finding: Finding) -> str:
    """`line 57: Ends before it starts: 3:00 – 2:00 PM`."""
    return ": ".join(part for part in (finding.place, finding.title[:60], finding.value[:80]) if part)


def as_data(plan: ProgrammePlan, batch: Batch | None, decisions: Path | None, zone: tzinfo) -> dict[str, Any]:
    """The object `kiosk programme --json` answers with."""
    return {
        "file": plan.source,
        "format": plan.format,
        **{count.value: plan.counts.get(count, 0) for count in Count},
        "rooms_new": plan.rooms_new,
        "rooms_changed": plan.rooms_changed,
        "changes": [
            {
                "code": item.code,
                "title": item.title,
                "field": difference.field,
                "old": difference.old,
                "new": difference.new,
                "words": difference.words(zone),
                "enrolled": item.enrolled,
                "let_in": item.let_in,
            }
            for item in plan.items
            if item.count is Count.CHANGED
            for difference in item.differences
        ],
        "gone_sessions": [item.code for item in plan.items if item.count is Count.GONE],
        "findings": [
            {
                "kind": finding.kind.value,
                "effect": effect_of(finding.kind).value,
                "place": finding.place,
                "title": finding.title,
                "value": finding.value,
                "advice": advice(finding.kind),
            }
            for finding in plan.findings
        ],
        "dry_run": batch is None,
        "batch": batch.id if batch and batch.count else None,
        "decisions_file": str(decisions) if decisions else None,
    }


def write_decisions(plan: ProgrammePlan, path: Path) -> Path | None:
    """Write what needs a decision as a table for a spreadsheet; None where nothing does. Raises StorageError by the
    disk.
    """
    waiting = [finding for finding in plan.findings if effect_of(finding.kind) is Effect.DECIDE]
    rows = [
        (found.place, found.title, found.kind.value, describe(found.kind), found.value, advice(found.kind))
        for found in waiting
    ]
    headers = (_("place"), _("title"), _("kind"), _("what"), _("found"), _("what to do"))
    return write_table(headers, rows, path) if rows else None
