"""The last answers of this place: what the desk shows beside the verdict, and from where it undoes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.admission import DESK
from kiosk.domain.people import Attendee
from kiosk.domain.verdicts import Outcome, Reason, RecordId, Verdict
from kiosk.storage import passages, roster
from kiosk.storage.passages import PassageRow
from kiosk.storage.store import Store


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One answer that was given."""

    record: RecordId
    at: datetime
    outcome: Outcome
    reason: Reason
    attendee: Attendee | None
    undone: bool
    station: str
    by: str
    sure: bool = True
    """Whether the time is known to be right."""

    @property
    def name(self) -> str:
        """Who it was about; empty for an unknown code."""
        return self.attendee.full_name if self.attendee else ""

    @property
    def can_undo(self) -> bool:
        """Whether there is an admission to take back."""
        return self.outcome in (Outcome.ADMITTED, Outcome.ATTENTION) and not self.undone


class History:
    """Reads on the desk thread, through the writer's connection: what was just recorded is in it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recent(self, count: int = 8, place: str | None = DESK) -> list[HistoryLine]:
        """The last answers, newest first."""
        with self._store.reading():
            rows = passages.recent(self._store.view.connection, self._store.journal.device.id, place, count)
            return [self._line(row) for row in rows]

    def again(self, line: HistoryLine) -> Verdict:
        """The answer of a line as a verdict, to show it once more. Nothing is written."""
        first = None
        if line.attendee is not None:
            with self._store.reading():
                first = roster.admission_of(self._store.view.connection, line.attendee.id, DESK)
        return Verdict(
            line.outcome, line.reason, line.at, DESK, line.attendee, first=first, record=line.record, repeat=True
        )

    def _line(self, row: PassageRow) -> HistoryLine:
        attendee = roster.by_id(self._store.view.connection, row.subject) if not row.subject.startswith("?") else None
        return HistoryLine(
            row.record,
            row.at,
            Outcome(row.outcome),
            Reason(row.reason),
            attendee,
            row.undone,
            row.station,
            row.actor,
            row.sure,
        )
