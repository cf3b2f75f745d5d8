"""The numbers of this station's own records, kept up to date while somebody looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count, islice

from kiosk.domain.clocks import Clocks
from kiosk.domain.dashboard import Alarm, Dashboard, Frame, compose
from kiosk.domain.expected import usual_curve
from kiosk.domain.figures import Figures, Snapshot
from kiosk.domain.journal import Kind
from kiosk.domain.programme import ProgrammeSession
from kiosk.domain.verdicts import RecordId
from kiosk.services.station import Station
from kiosk.storage import programme, roster
from kiosk.storage.journal import Stored, read_after
from kiosk.storage.store import Store
from kiosk.storage.view import ROSTER_KINDS
from kiosk.storage.view_reader import ViewReader

BATCH = 500
"""Records read at a time: a scan never waits longer for the lock than they take, some milliseconds."""

_SCANS = (Kind.ADMIT, Kind.EXIT, Kind.DENY)
_PEOPLE = ROSTER_KINDS | {Kind.IMPORT_UNDO}
_PROGRAMME = {Kind.PROGRAMME, Kind.ENROL, Kind.WITHDRAW, Kind.IMPORT_UNDO}


class LocalFigures:
    """Follows the journal of one store; to be used from one thread, and closed on it."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store, self._station = store, station
        self._figures = Figures()
        self._clocks = Clocks()
        self._arrival = 0
        self._reader = ViewReader(store)
        self._sessions: Sequence[ProgrammeSession] = ()
        self._read: set[str] = {Kind.IMPORT, Kind.PROGRAMME}
        """Kinds that have come since people and programme were last read: at first, everything."""

    def dashboard(self, bar_min: int = 10, alarms: Sequence[Alarm] = (), now: datetime | None = None) -> Dashboard:
        """The numbers of this moment, after everything on the disk."""
        self._catch_up()
        frame = Frame(
            now=now or self._station.now(),
            zone=self._station.conference.zone_info,
            sessions=self._sessions,
            curve=usual_curve(self._sessions),
            bar_min=bar_min,
            alarms=tuple(alarms),
        )
        return compose(self._figures, frame)

    def snapshot(self, now: datetime | None = None) -> Snapshot:
        """The bare numbers of this moment."""
        self._catch_up()
        return self._figures.snapshot(now or self._station.now())

    def _catch_up(self) -> None:
        while batch := self._next_batch():
            moved = {log for stored in batch for log in self._clocks.learn(stored.record)}
            for stored in batch:
                self._figures.add(stored.record, self._clocks.dated(stored.record))
                self._read.add(stored.record.kind)
                self._arrival = stored.arrival
            for log in moved:
                self._put_right(log)
        # Read after the records: whoever is let in is then known, or comes with the next look.
        view = self._reader.connection()
        if self._read & _PROGRAMME:
            self._sessions = programme.all_sessions(view)
            capacities = {room.name: room.capacity for room in programme.rooms(view)}
            for session in self._sessions:
                self._figures.put_session(session, capacities.get(session.room))
            self._figures.put_enrolled(programme.enrolled_counts(view))
        if self._read & _PEOPLE:
            self._figures.put_people(known.attendee for known in roster.everyone(view))
        self._read.clear()

    def _put_right(self, log: str) -> None:
        """The clock this log was written by turned out to be wrong: read it once more."""
        dated, last_ms = {}, 0
        with self._store.reading():
            for seq in count(1):
                try:
                    record = self._store.record_of(RecordId(log, seq))
                except KeyError:
                    break
                dated[seq] = self._clocks.dated(record)
                if record.kind in _SCANS:
                    last_ms = max(last_ms, dated[seq][0])
        self._figures.put_right(log, dated, last_ms)

    def _next_batch(self) -> list[Stored]:
        with self._store.reading():
            return list(islice(read_after(self._store.connection, self._arrival), BATCH))

    def close(self) -> None:
        """Give the connection back."""
        self._reader.close()
