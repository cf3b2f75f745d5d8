"""An import of enrolments in words and in data: a summary, an object for programs, a file to decide by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kiosk.domain.enrolment_plan import EnrolmentPlan, Fault, Finding, advice, describe, effect_of
from kiosk.domain.programme_faults import Effect
from kiosk.domain.programme_plan import Count
from kiosk.i18n import _, ngettext
from kiosk.services.import_report import write_table
from kiosk.services.programme import Batch

EXAMPLES = 5
"""Lines shown of each group."""

_MARKS = {Effect.DECIDE: "▲", Effect.WARN: "▸", Effect.SKIP: "·"}


def counts_line(plan: EnrolmentPlan) -> str:
    """`+ 9,600 new  ~ 2 moved  = 0 same  – 1 gone  ▲ 2 to decide  · 1 skipped`: places, not people."""
    words = {
        Count.NEW: _("+ {n:,} new"),
        Count.CHANGED: _("~ {n:,} moved"),
        Count.SAME: _("= {n:,} same"),
        Count.GONE: _("– {n:,} gone"),
        Count.NEEDS_DECISION: _("▲ {n:,} to decide"),
        Count.SKIPPED: _("· {n:,} skipped"),
    }
    return "  ".join(text.format(n=plan.counts.get(count, 0)) for count, text in words.items())


def in_words(plan: EnrolmentPlan) -> Iterator[str]:
    """The summary, line by line, what is odd by cause."""
    people = ngettext("{n:,} person", "{n:,} people", plan.people).format(n=plan.people)
    yield f"{plan.source} · {people}"
    yield counts_line(plan)
    if gone := plan.counts.get(Count.GONE, 0):
        kept = _("taken back") if plan.withdraw else _("kept")
        words = ngettext(
            "{n} place an earlier list gave is not in this one",
            "{n} places an earlier list gave are not in this one",
            gone,
        ).format(n=gone)
        yield f"– {words}: {kept}"
    for effect in (Effect.DECIDE, Effect.WARN, Effect.SKIP):
        for kind, found in _groups(plan, effect).items():
            yield f"{_MARKS[effect]} {len(found)} × {describe(kind)}. {advice(kind)}"
            for finding in found[:EXAMPLES]:
                yield f"    {finding_words(finding)}"


def _groups(plan: EnrolmentPlan, effect: Effect) -> dict[Fault, list[Finding]]:
    groups: dict[Fault, list[Finding]] = {}
    for finding in plan.findings:
        if effect_of(finding.kind) is effect:
            groups.setdefault(finding.kind, []).append(finding)
    return groups


def finding_words(finding: Finding) -> str:
    """`row 12: 009999`."""
    place = _("row {n}").format(n=finding.row) if finding.row else ""
    return ": ".join(part for part in (place, finding.value) if part)


def as_data(plan: EnrolmentPlan, batch: Batch | None, decisions: Path | None) -> dict[str, Any]:
    """The object `kiosk enrol --json` answers with."""
    return {
        "file": plan.source,
        **{count.value: plan.counts.get(count, 0) for count in Count},
        "people": plan.people,
        "kinds": dict(Counter(finding.kind.value for finding in plan.findings)),
        "findings": [
            {
                "kind": finding.kind.value,
                "effect": effect_of(finding.kind).value,
                "row": finding.row,
                "value": finding.value,
                "advice": advice(finding.kind),
            }
            for finding in plan.findings
        ],
        "dry_run": batch is None,
        "batch": batch.id if batch and batch.count else None,
        "decisions_file": str(decisions) if decisions else None,
    }


def write_decisions(plan: EnrolmentPlan, path: Path) -> Path | None:
    """Write what needs a decision as a table for a spreadsheet; None where nothing does. Raises StorageError by the
    disk.
    """
    waiting = [finding for finding in plan.findings if effect_of(finding.kind) is Effect.DECIDE]
    rows = [
        (str(found.row), found.kind.value, describe(found.kind), found.value, advice(found.kind)) for found in waiting
    ]
    headers = (_("row"), _("kind"), _("what"), _("found"), _("what to do"))
    return write_table(headers, rows, path) if rows else None
