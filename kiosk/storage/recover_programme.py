"""The programme's part of what the view knew and the journal has lost (`recover.py`): rooms, sessions, places."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.domain.journal import Role
from kiosk.domain.programme_json import ProgrammeChange, Subject
from kiosk.storage import programme
from kiosk.storage.database import Connection, scalar
from kiosk.storage.journal import Journal
from kiosk.storage.programme_view import KEPT_IN

_STANDS = "select 1 from record where log = ? and seq = ?"
_SAID = "select 1 from record join value using (log, seq) where log = ? and seq = ? and n = ?"


@dataclass(slots=True)
class LostProgramme:
    """What has to be said again."""

    changes: list[ProgrammeChange] = field(default_factory=list)
    given: dict[str, list[str]] = field(default_factory=dict)
    """Session id to attendee ids."""
    taken: dict[str, list[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rooms, sessions and places that is."""
        return len(self.changes) + sum(map(len, (*self.given.values(), *self.taken.values())))

    def restate(self, journal: Journal, view: Connection, at: datetime, batch: str) -> None:
        """Write it down anew, inside a transaction of the store."""
        role = Role.ORGANIZER
        programme.write_changes(journal, view, self.changes, at=at, actor="station", batch=batch, role=role)
        for write, places in ((programme.withdraw, self.taken), (programme.enrol, self.given)):
            for session_id, people in places.items():
                write(journal, view, session_id, people, at=at, actor="station", batch=batch, role=role)


def lost_programme(old: Connection, new: Connection, journal: Connection) -> LostProgramme:
    """What `old` knows of the programme and `new` (folded afresh) does not, because its records are gone."""
    lost = LostProgramme()
    kept = {row[0] for row in old.execute("select name from sqlite_master where type = 'table'")}
    for subject, (table, key) in KEPT_IN.items():
        if table not in kept:
            continue  # folded by an older program, which knew nothing of these
        known = dict(new.execute(f"select {key}, content from {table}").fetchall())
        for name, text, writers in old.execute(f"select {key}, content, writers from {table}").fetchall():
            if known.get(name) != text:
                change = _difference(subject, name, text, writers, known.get(name), old, journal)
                lost.changes += [change] if change.fields else []
    _lost_places(old, new, journal, lost)
    return lost


def _difference(
    subject: Subject, name: str, text: str, writers: str, now: str | None, old: Connection, journal: Connection
) -> ProgrammeChange:
    """The registers whose writer, or what it said, is gone; what the journal still holds knows better."""
    rows = old.execute("select log, seq, n from programme_touch where subject = ? and id = ?", (subject.value, name))
    gone = {f"{log}:{seq}" for log, seq, n in rows.fetchall() if scalar(journal, _SAID, log, seq, n) is None}
    before, after = json.loads(text), json.loads(now) if now else {}
    wrote = json.loads(writers)
    fields = {
        field: value
        for field, value in before.items()
        if after.get(field) != value and gone.intersection(wrote.get(field, ()))
    }
    return ProgrammeChange(subject, name, fields, new=now is None)


def _lost_places(old: Connection, new: Connection, journal: Connection, lost: LostProgramme) -> None:
    gone: set[tuple[str, str]] = set()
    rows = old.execute("select distinct log, seq from enrol_touch").fetchall()
    for log, seq in rows:
        if scalar(journal, _STANDS, log, seq) is None:
            gone.update(
                old.execute(
                    "select attendee_id, session_id from enrol_touch where log = ? and seq = ?", (log, seq)
                ).fetchall()
            )
    before, after = programme.pairs(old), programme.pairs(new)
    for pairs, where in ((before - after, lost.given), (after - before, lost.taken)):
        for attendee_id, session_id in sorted(pairs & gone):
            where.setdefault(session_id, []).append(attendee_id)
