"""Getting a programme in: read a file, say what would happen, write it as one batch, take a batch back.

`plan` writes nothing; `write` writes exactly what a plan says, in one transaction, or refuses if the programme moved
on.
"""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk.domain.journal import Kind, Role
from kiosk.domain.programme_plan import Gone, KnownSession, ProgrammePlan, plan_programme
from kiosk.errors import BadInput
from kiosk.files.programme import read_programme
from kiosk.i18n import _, ngettext
from kiosk.services.programme import Batch, Programme
from kiosk.services.station import Station
from kiosk.storage import batches, programme
from kiosk.storage.store import Store


class ImportProgramme:
    """Imports of the programme on this station."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station
        self._programme = Programme(store, station)

    def plan(self, source: Path, gone: Gone = Gone.KEEP) -> ProgrammePlan:
        """What importing this file would do; writes nothing. Raises BadInput where it is no programme."""
        found = read_programme(source)
        known, rooms = self.known(), self._programme.rooms()
        return plan_programme(found, known, rooms, self._zone(found.zone), gone)

    def known(self) -> list[KnownSession]:
        """The programme as it is now, with what imports said of it and who is concerned."""
        with self._store.reading():
            view = self._store.view
            enrolled = programme.enrolled_counts(view.connection)
            let_in = programme.let_in_counts(view.connection)
            imported = view.programme.imported_values()
            return [
                KnownSession(
                    session,
                    imported.get(session.id),
                    enrolled.get(session.id, 0),
                    let_in.get(session.id, 0),
                )
                for session in programme.all_sessions(view.connection)
            ]

    def write(self, plan: ProgrammePlan, by: str | None = None) -> Batch:
        """Write a plan in one transaction. Raises BadInput when the programme was changed meanwhile."""
        return self._programme.write(plan, by)

    def undo(self, batch_id: str, by: str | None = None) -> None:
        """Take an import of the programme back as a whole.

        Raises BadInput where there is none of this id, and once somebody has a place or was scanned in a session that
        would go with it.
        """
        with self._store.write() as journal:
            view = self._store.view.connection
            found = batches.batch(view, batch_id)
            if found is None or found.undone or not programme.is_programme_batch(view, batch_id):
                raise BadInput(_("There is no import {batch} that could be taken back.").format(batch=batch_id))
            if held := programme.sessions_that_hold(view, batch_id):
                raise BadInput(
                    ngettext(
                        "People have a place or were scanned in {count} session of this import; it can no longer be "
                        "taken back as a whole.",
                        "People have a place or were scanned in {count} sessions of this import; it can no longer be "
                        "taken back as a whole.",
                        held,
                    ).format(count=held)
                )
            actor = self._station.actor(journal, by)
            journal.append(
                Kind.IMPORT_UNDO, {"batch": batch_id}, at=self._station.clock(), actor=actor, role=Role.ORGANIZER
            )

    def _zone(self, named: str) -> tzinfo:
        """The zone of times that name none: the file's where it says one we know, else the conference's."""
        try:
            return ZoneInfo(named) if named else self._station.conference.zone_info
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return self._station.conference.zone_info
