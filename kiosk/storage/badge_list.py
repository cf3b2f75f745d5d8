"""Everybody on the roster with what became of their badge, in one pass."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.domain.bulk_badges import Person, Printed
from kiosk.domain.print_jobs import JobState
from kiosk.storage import roster
from kiosk.storage.database import Connection


def people(journal: Connection, view: Connection) -> Iterator[Person]:
    """Everybody, with the best that is known of any of their badges."""
    printed: dict[str, Printed] = {}
    for attendee_id, state in journal.execute("select attendee_id, state from print_job"):
        known = _known(JobState(state))
        if printed.get(attendee_id) is not Printed.PRINTED:
            printed[attendee_id] = known if known is not Printed.NOT_YET else printed.get(attendee_id, known)
    for known_person in roster.everyone(view):
        attendee = known_person.attendee
        yield Person(attendee, printed.get(attendee.id, Printed.NOT_YET), known_person.admitted)


def _known(state: JobState) -> Printed:
    if state is JobState.PRINTED:
        return Printed.PRINTED
    return Printed.NOT_YET if state is JobState.FAILED else Printed.IN_QUEUE
