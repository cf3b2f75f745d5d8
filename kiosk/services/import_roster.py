"""Getting a roster in: read a file, say what would happen, write it as one batch, take a batch back.

`plan` writes nothing; `write` writes exactly what a plan says, in one transaction, or refuses if the roster moved on.
"""

from __future__ import annotations

import gc
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import Kind, Role
from kiosk.domain.own_codes import code_key
from kiosk.domain.roster_known import KnownPerson, KnownRoster
from kiosk.domain.roster_plan import Plan
from kiosk.domain.roster_reading import ImportOptions, Progress, plan_book
from kiosk.errors import BadInput
from kiosk.files.reader import read_book
from kiosk.i18n import _, ngettext
from kiosk.services.station import Station
from kiosk.storage import batches, roster
from kiosk.storage.batches import BatchRow, is_stale
from kiosk.storage.store import Store

__all__ = ["Batch", "ImportOptions", "ImportRoster", "Progress"]


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """An import makes a million values and no circles; looking for circles meanwhile costs a seventh of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Batch:
    """What was written, under a name by which it can be taken back."""

    id: str
    source: str
    people: int
    """New or changed."""


class ImportRoster:
    """Imports on this station."""

    def __init__(self, store: Store, station: Station) -> None:
        self._store = store
        self._station = station

    @_collector_at_rest()
    def known(self) -> KnownRoster:
        """The roster as it is now, for `plan`."""
        with self._store.reading():
            view = self._store.view
            edited = set(roster.edited_attendees(view.connection))
            return KnownRoster(
                KnownPerson(
                    known.attendee,
                    frozenset(code_key(ticket.code) for ticket in known.tickets),
                    frozenset(known.source_ids),
                    known.admitted,
                    roster.imported_values(view, known.attendee.id) if known.attendee.id in edited else {},
                )
                for known in roster.everyone(view.connection)
            )

    @_collector_at_rest()
    def plan(
        self,
        source: Path,
        options: ImportOptions | None = None,
        progress: Progress | None = None,
        known: KnownRoster | None = None,
    ) -> Plan:
        """What importing this file would do; writes nothing. Raises BadInput where it is no roster."""
        book = read_book(source)
        known = self.known() if known is None else known
        return plan_book(book, known, options or ImportOptions(), secrets.token_bytes, progress)

    @_collector_at_rest()
    def write(self, plan: Plan, by: str | None = None) -> Batch:
        """Write a plan in one transaction.

        Raises BadInput when somebody in it was changed or added meanwhile, NotSaved by the disk.
        """
        changes = plan.changes
        batch = Batch(new_id(secrets.token_bytes(ID_BYTES)), plan.source, len(changes))
        if not changes:
            return batch
        self._station.must_organize()
        with self._store.write() as journal:
            view = self._store.view
            if is_stale(view.connection, changes):
                raise BadInput(
                    _("The roster has changed since this was planned; nothing was written. Plan the import again.")
                )
            at, actor = self._station.clock(), self._station.actor(journal, by)
            name = plan.source[:200].encode("utf-8", "replace")
            journal.append(
                Kind.IMPORT_NAME, {"batch": batch.id}, at=at, actor=actor, values=[name], role=Role.ORGANIZER
            )
            roster.write_changes(
                journal, view, Kind.IMPORT, changes, at=at, actor=actor,
                body={"batch": batch.id}, role=Role.ORGANIZER,
            )  # fmt: skip
        return batch

    def undo(self, batch_id: str, by: str | None = None) -> int:
        """Take a batch back as a whole; answers how many people it concerned.

        Raises BadInput once somebody in it has checked in, and where there is no such batch.
        """
        self._station.must_organize()
        with self._store.write() as journal:
            view = self._store.view.connection
            found = batches.batch(view, batch_id)
            if found is None or not batches.people_in(view, batch_id):
                raise BadInput(
                    _("There is no import {batch}. The last ones: {known}.").format(
                        batch=batch_id,
                        known=", ".join(f"{row.id} ({row.source})" for row in batches.batches(view, 5)) or "-",
                    )
                )
            if found.undone:
                raise BadInput(_("The import of {source} has been taken back already.").format(source=found.source))
            if inside := batches.checked_in_of(view, batch_id):
                raise BadInput(
                    ngettext(
                        "{count} person of this import has checked in; it can no longer be taken back as a whole.",
                        "{count} people of this import have checked in; it can no longer be taken back as a whole.",
                        inside,
                    ).format(count=inside)
                )
            people = batches.people_in(view, batch_id)
            actor = self._station.actor(journal, by)
            journal.append(
                Kind.IMPORT_UNDO, {"batch": batch_id}, at=self._station.clock(), actor=actor, role=Role.ORGANIZER
            )
        return people

    def batches(self, limit: int = 20) -> list[BatchRow]:
        """The last imports, newest first."""
        with self._store.reading():
            return batches.batches(self._store.view.connection, limit)
