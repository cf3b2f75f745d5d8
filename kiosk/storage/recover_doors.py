"""What room monitors counted, and who waits for a seat, as the view knew it and the journal has lost it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.domain.journal import Kind, from_ms
from kiosk.storage.database import Connection, scalar
from kiosk.storage.journal import Journal

_TOLD = {
    Kind.HEADCOUNT: "select log, seq, place, at_ms, actor, json_object('change', change) from headcount",
    Kind.SEATS: "select log, seq, place, at_ms, actor, json_object('counted', counted, 'known', known) from seat_count",
    Kind.WAIT: "select log, seq, place, at_ms, 'station', json_object('subject', attendee_id, 'joined', "
    "json(iif(joined, 'true', 'false'))) from waiting",
}
"""What each table says, as the bodies of the records it was folded from."""


@dataclass(frozen=True, slots=True)
class _Lost:
    kind: Kind
    was: str
    place: str
    at_ms: int
    actor: str
    body: Mapping[str, Any]


def lost_counts(old: Connection, journal: Connection, restated: set[str]) -> list[_Lost]:
    """What is no longer recorded, in order of time."""
    lost = []
    for kind, sql in _TOLD.items():
        for log, seq, place, at_ms, actor, body in old.execute(sql):
            was = f"{log}:{seq}"
            gone = scalar(journal, "select 1 from record where log = ? and seq = ?", log, seq) is None
            if gone and was not in restated:
                lost.append(_Lost(kind, was, place, at_ms, actor, json.loads(body)))
    return sorted(lost, key=lambda each: (each.at_ms, each.was))


def restate_counts(journal: Journal, lost: list[_Lost]) -> None:
    """Write it down anew, inside a transaction of the store."""
    for each in lost:
        body = {**each.body, "was": each.was}
        journal.append(each.kind, body, at=from_ms(each.at_ms), actor=each.actor, place=each.place or None, said=True)
