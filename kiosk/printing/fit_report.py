"""Draws everybody's badge to see what comes of it: ink outside a box, letters no font has, sizes too small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from kiosk.domain.badge import Badge
from kiosk.domain.layout import Layout
from kiosk.domain.layout_fit import Finding, FitReport, Problem, ProblemKind, WordsFit
from kiosk.errors import BadInput
from kiosk.printing.render import draw
from kiosk.services.badge_tools import Progress, Stopped


def check_fit(
    badges: Sequence[Badge],
    layouts_for: Callable[[Badge], Iterable[Layout]],
    dpis: Sequence[int] = (203, 300),
    progress: Progress | None = None,
    stopped: Stopped | None = None,
) -> FitReport:
    """Draw each badge in its layouts at each resolution. May take minutes: `stopped` is asked before each badge."""
    findings: dict[tuple[str, str, Problem], Finding] = {}
    smallest: dict[tuple[str, str], WordsFit] = {}
    done = 0
    for badge in badges:
        if stopped is not None and stopped():
            break
        for layout in layouts_for(badge):
            for dpi in dpis:
                for problem in _drawn(layout, badge, dpi, smallest):
                    found = Finding(badge.attendee_id, badge.name, layout.name, problem)
                    findings.setdefault((badge.attendee_id, layout.name, problem), found)
        done += 1
        if progress is not None:
            progress(done, len(badges))
    ordered = sorted(findings.values(), key=lambda found: list(ProblemKind).index(found.problem.kind))
    least = sorted(((layout, fit) for (layout, _place), fit in smallest.items()), key=lambda pair: pair[1].cap_mm)
    return FitReport(done, tuple(ordered), tuple(least), stopped=done < len(badges))


def _drawn(layout: Layout, badge: Badge, dpi: int, smallest: dict[tuple[str, str], WordsFit]) -> tuple[Problem, ...]:
    try:
        drawn = draw(layout, badge, dpi)
    except BadInput:
        return (Problem(ProblemKind.SMALL_QR, badge.code),)
    for fit in drawn.fits:
        key = (layout.name, fit.place)
        if key not in smallest or fit.cap_mm < smallest[key].cap_mm:
            smallest[key] = fit
    return drawn.problems
