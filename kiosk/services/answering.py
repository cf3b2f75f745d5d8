"""What a desk and a door have in common: finding who stands there, answers that are on disk, and taking them back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from kiosk.domain.codes import Reading
from kiosk.domain.journal import Kind
from kiosk.domain.people import Attendee, Ticket, TicketCode
from kiosk.domain.verdicts import Outcome, Reason, RecordId, Verdict
from kiosk.errors import BadInput, DamagedFile, DiskFull, StorageError
from kiosk.i18n import _
from kiosk.services.station import Moment, Station
from kiosk.storage import passages, roster
from kiosk.storage.database import Connection
from kiosk.storage.journal import Journal
from kiosk.storage.store import Store

_log = logging.getLogger(__name__)


def saved(store: Store, answer: Callable[[], Verdict], reading: Reading | None, place: str, now: datetime) -> Verdict:
    """The answer; or, when it could not be made durable, the one that lets nobody go."""
    try:
        try:
            return answer()
        except DamagedFile:
            _log.exception("the view is damaged; it is folded anew")
            store.rebuild_view()
            return answer()
        except DiskFull:
            if not store.make_room():
                raise
            return answer()
    except StorageError as error:
        _log.exception("not saved")
        code = TicketCode(reading.excerpt) if reading else None
        return Verdict(Outcome.NOT_SAVED, Reason.NOT_SAVED, now, place, code=code, looks_like=str(error))


def holder(view: Connection, reading: Reading) -> tuple[Attendee, Ticket] | None:
    """Whose code is in a scan."""
    found = (roster.by_code(view, code) for code in reading.candidates)
    return next((each for each in found if each is not None), None)


def somebody(view: Connection, attendee_id: str) -> Attendee:
    """The person picked from a search. Raises BadInput when they are gone meanwhile."""
    attendee = roster.by_id(view, attendee_id) if attendee_id.isascii() else None
    if attendee is None:
        raise BadInput(_("This person is no longer on the roster. Search again."))
    return attendee


def digest_of(station: Station, reading: Reading) -> str:
    """Tells one unknown code from another without keeping it: it may be somebody's contact card."""
    told_apart = reading.candidates[0] if reading.candidates else reading.excerpt + reading.looks_like
    return station.code_digest(told_apart)


def take_back(
    store: Store, station: Station, journal: Journal, record: RecordId, when: Moment, by: str | None
) -> RecordId | None:
    """Undo an admission or an exit, inside a transaction: a new record, never a deletion. None when it is undone.

    Raises BadInput when the record is neither.
    """
    try:
        passed = store.record_of(record)
    except KeyError as error:
        raise BadInput(_("This check-in is not known on this computer.")) from error
    if passed.kind not in (Kind.ADMIT, Kind.EXIT):
        raise BadInput(_("Only a check-in can be undone."))
    subject = str(passed.body["subject"])
    if passages.is_undone(store.view.connection, subject, passed.place or "", record):
        return None
    body = {"subject": subject, "target": str(record)}
    actor = station.actor(journal, by)
    return journal.append(Kind.UNDO, body, at=when.recorded, actor=actor, place=passed.place, said=when.said).id
