"""Getting enrolments in: who has a place in which session, from somebody's list; as one batch, that can be taken back.

`plan` writes nothing; `write` writes exactly what a plan says, in one transaction.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from kiosk.domain.enrolment_plan import EnrolmentPlan, KnownPlaces, Leave, plan_enrolments
from kiosk.domain.enrolment_table import read_lines
from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import Kind, Role
from kiosk.domain.own_codes import code_key
from kiosk.errors import BadInput
from kiosk.files.reader import read_book
from kiosk.i18n import _
from kiosk.services.programme import Batch
from kiosk.services.station import Station
from kiosk.storage import batches, programme, roster
from kiosk.storage.store import Store


class ImportEnrolments:
    """Imports of enrolments on this station."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    def plan(self, source: Path, leave: Leave = Leave.KEEP) -> EnrolmentPlan:
        """What bringing this list in would do; writes nothing. Raises BadInput where it is no such list."""
        lines = read_lines(read_book(source))
        known = self.known()
        if not known.sessions:
            raise BadInput(_("There is no programme yet. Bring in the programme first, then who goes where."))
        return plan_enrolments(source.name, lines, known, leave)

    def known(self) -> KnownPlaces:
        """The roster, the programme and who has a place, as they are now."""
        with self._store.reading():
            view = self._store.view.connection
            people = [
                (known.attendee, [code_key(ticket.code) for ticket in known.tickets]) for known in roster.everyone(view)
            ]
            enrolled = programme.pairs(view)
            return KnownPlaces(
                people,
                programme.all_sessions(view),
                programme.rooms(view),
                frozenset(enrolled),
                frozenset(enrolled & programme.imported_pairs(view)),
                frozenset(programme.given_up_pairs(view) - enrolled),
            )

    def write(self, plan: EnrolmentPlan, by: str | None = None) -> Batch:
        """Write a plan in one transaction. Raises BadInput when one of its sessions is gone meanwhile."""
        batch = Batch(new_id(secrets.token_bytes(ID_BYTES)), plan.source, plan.places)
        if not plan.places:
            return batch
        self._station.must_organize()
        with self._store.write() as journal:
            view = self._store.view.connection
            if any(programme.session(view, each) is None for each in plan.enrol):
                raise BadInput(
                    _("The programme has changed since this was planned; nothing was written. Plan the import again.")
                )
            at, actor = self._station.clock(), self._station.actor(journal, by)
            name = plan.source[:200].encode("utf-8", "replace")
            journal.append(
                Kind.IMPORT_NAME, {"batch": batch.id}, at=at, actor=actor, values=[name], role=Role.ORGANIZER
            )
            for write, places in ((programme.withdraw, plan.withdraw), (programme.enrol, plan.enrol)):
                for session_id, people in places.items():
                    write(
                        journal, view, session_id, people, at=at, actor=actor, batch=batch.id, role=Role.ORGANIZER
                    )  # fmt: skip
        return batch

    def undo(self, batch_id: str, by: str | None = None) -> None:
        """Take a list back as a whole: places are then given as they were before it.

        Raises BadInput where there is no such batch.
        """
        with self._store.write() as journal:
            found = batches.batch(self._store.view.connection, batch_id)
            if found is None or found.undone or not programme.is_enrolment_batch(self._store.view.connection, batch_id):
                raise BadInput(_("There is no import {batch} that could be taken back.").format(batch=batch_id))
            actor = self._station.actor(journal, by)
            journal.append(
                Kind.IMPORT_UNDO, {"batch": batch_id}, at=self._station.clock(), actor=actor, role=Role.ORGANIZER
            )
