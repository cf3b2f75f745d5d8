"""How many should be here by now: a curve to hold the arrivals against.

Without last year's figures it is a guess, and is drawn dashed. Organizers of conferences report that well over half
come in the last hour before the opening and the last few after it has begun; between the points the curve is straight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from kiosk.domain.programme import ProgrammeSession

USUAL: tuple[tuple[int, int], ...] = ((-90, 20), (-30, 60), (0, 95), (60, 100))
"""(minutes after the opening session's start, percent of everyone expected); before, from 0 when the desks open."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Percent of everyone expected who should be here, over time: points in order of time."""

    points: tuple[tuple[datetime, int], ...] = ()

    def percent(self, at: datetime) -> float:
        """How many of a hundred should be here; 0 where nobody knows when it begins."""
        if not self.points or at < self.points[0][0]:
            return 0.0
        for (start, low), (end, high) in pairwise(self.points):
            if at < end:
                return low + (high - low) * ((at - start) / (end - start))
        return float(self.points[-1][1])

    def people(self, expected: int, at: datetime) -> float:
        """How many of so many."""
        return expected * self.percent(at) / 100


def usual_curve(sessions: Iterable[ProgrammeSession], shape: Sequence[tuple[int, int]] = USUAL) -> Curve:
    """The curve of this programme: desks open with its first item, people come for the first that is
    no service.
    """
    held = sorted((session for session in sessions if not session.cancelled), key=lambda session: session.start)
    drawing = [session for session in held if session.kind != "service"]
    if not drawing:
        return Curve()
    points = [(drawing[0].start + timedelta(minutes=minutes), percent) for minutes, percent in shape]
    opens = held[0].start if held[0].start < points[0][0] else points[0][0] - timedelta(hours=1)
    return Curve(((opens, 0), *points))
