"""Many records, one programme: how a session or a room follows from the records that speak of it.

A pure function of a set, as `merging.py` is for people. Each field is a register: a change names the records whose
value it replaces, and only between changes that did not know of each other does who wrote it, and then the canonical
order, decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.domain.journal import Hlc
from kiosk.domain.merging import PRIORITY
from kiosk.domain.programme_json import ProgrammeChange
from kiosk.domain.verdicts import RecordId


@dataclass(frozen=True, slots=True)
class Written:
    """One change of one session or room, with what is needed to weigh it against others."""

    record: RecordId
    n: int
    """Which of the record's side values this is."""
    hlc: Hlc
    role: str
    change: ProgrammeChange

    @property
    def weight(self) -> tuple[int, Hlc, str, int, int]:
        """Between changes that did not know of each other, the greater stands."""
        return (PRIORITY.get(self.role, 0), self.hlc, self.record.log, self.record.seq, self.n)


@dataclass(frozen=True, slots=True)
class Merged:
    """What is known of one session or room."""

    fields: Mapping[str, Any]
    writers: Mapping[str, tuple[str, ...]]
    """Per field, the records whose value stands; more than one where two changes did not know of each other."""
    disputed: tuple[str, ...] = ()
    """Fields to which these gave different values; the better-placed writer's is shown."""


def merge_programme(changes: Iterable[Written]) -> Merged | None:
    """What follows from these changes; None where nobody (or nobody any more) made the session or room."""
    unique = {(written.record, written.n): written for written in changes}.values()
    if not any(written.change.new for written in unique):
        return None
    fields: dict[str, Any] = {}
    writers: dict[str, tuple[str, ...]] = {}
    disputed: list[str] = []
    for name in sorted({name for written in unique for name in written.change.fields}):
        standing = standing_changes(unique, name)
        fields[name] = standing[0].change.fields[name]
        writers[name] = tuple(sorted(str(written.record) for written in standing))
        if any(written.change.fields[name] != fields[name] for written in standing):
            disputed.append(name)
    return Merged(fields, writers, tuple(disputed))


def standing_changes(changes: Iterable[Written], name: str) -> list[Written]:
    """The changes of a field that no other was made in knowledge of, the one that is heeded first."""
    giving = [written for written in changes if name in written.change.fields]
    replaced = {base for written in giving for base in written.change.bases.get(name, ())}
    standing = [written for written in giving if str(written.record) not in replaced] or giving
    return sorted(standing, key=lambda written: written.weight, reverse=True)
