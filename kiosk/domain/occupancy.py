"""How full a room is, by scans and by eye."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.verdicts import RecordId


@dataclass(frozen=True, slots=True)
class Occupancy:
    """How full a session's room is, as far as this station knows."""

    scanned: int = 0
    """Have been let in at some time."""
    inside: int = 0
    """Of these, who is in the room."""
    uncounted: int = 0
    """In the room without a badge, counted by hand."""

    @property
    def total(self) -> int:
        """People in the room."""
        return max(0, self.inside + self.uncounted)


@dataclass(frozen=True, slots=True)
class SeatCount:
    """One check of the seats taken against what is known."""

    record: RecordId
    at: datetime
    counted: int
    known: int
    """Scanned in and counted without a badge, at that moment."""
    by: str

    @property
    def difference(self) -> int:
        """Seats taken that nobody knows of; negative where more were scanned than sit there."""
        return self.counted - self.known
