"""Behind a number: who they are; behind a person: what happened. For an organizer who goes from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.admission import DESK
from kiosk.domain.people import Attendee, Status
from kiosk.domain.verdicts import Admission, Outcome, Reason
from kiosk.domain.words import clock_words, state_words, vouched
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.station import Station
from kiosk.storage import passages, programme, roster
from kiosk.storage.store import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody in a list."""

    id: str
    name: str
    agency: str
    registration_type: str
    standing: str
    """Since when they are in, or what the roster says."""


@dataclass(frozen=True, slots=True)
class PeopleList:
    """A list with its name."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """One person, and everything that happened to them, oldest first."""

    id: str
    name: str
    agency: str
    registration_type: str
    events: tuple[tuple[str, ...], ...]
    """When, where, what, at which station, by whom."""


LISTS = ("missing", "checked_in")
"""Numbers of the dashboard that have a list behind them."""


def people_list(store: Store, station: Station, key: str) -> PeopleList:
    """The list behind a number. Raises BadInput where there is none."""
    if key not in LISTS:
        raise BadInput(_("There is no list called {name}.").format(name=key))
    with store.reading():
        view = store.view.connection
        entries = []
        for known in roster.everyone(view):
            admission = roster.admission_of(view, known.attendee.id, DESK)
            if _BELONGS[key](known.attendee, admission):
                entries.append(_entry(known.attendee, admission, station))
    return PeopleList(_titles()[key], tuple(sorted(entries, key=lambda each: (each.name.casefold(), each.id))))


def story(store: Store, station: Station, attendee_id: str) -> Story:
    """What happened to one person. Raises BadInput for somebody who is not on the roster."""
    with store.reading():
        view = store.view.connection
        attendee = roster.by_id(view, attendee_id)
        if attendee is None:
            raise BadInput(_("This person is no longer on the roster."))
        sessions = {str(session.id): session.code for session in programme.all_sessions(view)}
        rows = [row for row in passages.of(view, attendee_id) if row.kind != "undo"]
    events = tuple(_event(row, sessions, station) for row in rows)
    name = attendee.full_name or attendee.number
    return Story(attendee.id, name, attendee.agency, attendee.registration_type, events)


def _event(row: passages.PassageRow, sessions: Mapping[str, str], station: Station) -> tuple[str, ...]:
    what = _("Out") if row.kind == "exit" else state_words(Outcome(row.outcome), Reason(row.reason))
    if row.undone:
        what = _("{what} – taken back").format(what=what)
    return (
        vouched(_when(row.at, station), sure=row.sure),
        sessions.get(row.place, row.place),
        what,
        row.station,
        row.actor,
    )


def _entry(attendee: Attendee, admission: Admission | None, station: Station) -> Entry:
    standing = (
        _("In since {time}").format(time=vouched(_when(admission.at, station), sure=admission.sure))
        if admission
        else _("Not checked in")
    )
    if admission is None and attendee.status is not Status.COMING:
        standing = attendee.status.value
    name = attendee.full_name or attendee.number
    return Entry(attendee.id, name, attendee.agency, attendee.registration_type, standing)


def _when(at: datetime, station: Station) -> str:
    local = at.astimezone(station.conference.zone_info)
    return f"{local:%a} {clock_words(at, station.conference.zone_info)}"


_BELONGS: Mapping[str, Callable[[Attendee, Admission | None], bool]] = {
    "missing": lambda attendee, admission: admission is None and attendee.status is Status.COMING,
    "checked_in": lambda _attendee, admission: admission is not None,
}


def _titles() -> Mapping[str, str]:
    return {"missing": _("Not checked in"), "checked_in": _("Checked in")}
