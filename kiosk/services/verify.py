"""Proving what is on the disk: every record's hash, chain and signature, and that the view says what the records
say.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.storage import proof
from kiosk.storage.store import Store


@dataclass(frozen=True, slots=True)
class Findings:
    """What a proof found; no problems means everything holds."""

    records: int
    logs: int
    values: int
    problems: tuple[str, ...]


def verify(store: Store) -> Findings:
    """Check the integrity of both files, every chain and signature, and the view against a fresh fold."""
    with store.reading():
        problems = [*proof.integrity(store), *proof.chains(store), *proof.view_against_fold(store)]
        return Findings(*proof.totals(store), tuple(problems))
