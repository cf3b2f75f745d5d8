"""Reports from what this station knows: tables of plain text, for the screen, a file or a printer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.domain.admission import DESK
from kiosk.domain.verdicts import Reason
from kiosk.domain.words import reason_words
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.incidents import Incidents
from kiosk.services.station import Station
from kiosk.storage import passages, roster

BAR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Table:
    """A report: a title, headers, and rows of text."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def make_report(station: Station, name: str) -> Table:
    """The report of this name. Raises BadInput, naming those there are."""
    if name not in REPORTS:
        raise BadInput(
            _("There is no report called {name}. There are: {list}.").format(name=name, list=", ".join(REPORTS))
        )
    with station.store.reading():
        return REPORTS[name](station)


def _attendance(station: Station) -> Table:
    """Everyone expected or in, with when and where they were let in."""
    view = station.store.view.connection
    rows = []
    for known in roster.everyone(view):
        attendee = known.attendee
        admission = roster.admission_of(view, attendee.id, DESK)
        rows.append(
            (
                attendee.number,
                attendee.last,
                attendee.first,
                attendee.agency,
                attendee.registration_type,
                attendee.status.value,
                _local(station, admission.at) if admission else "",
                admission.station if admission else "",
                admission.by if admission else "",
            )
        )
    rows.sort(key=lambda row: (row[1].casefold(), row[2].casefold(), row[0]))
    headers = (
        _("Number"), _("Last name"), _("First name"), _("Agency"), _("Type"), _("Status"), _("Checked in"),
        _("Station"), _("By"),
    )  # fmt: skip
    return Table(_("Attendance"), headers, tuple(rows))


def _arrivals(station: Station) -> Table:
    """How many were let in for the first time in each ten minutes; quiet bars in between are shown as 0."""
    rows = passages.everything(station.store.view.connection)
    undone = {row.target for row in rows if row.kind == "undo"}
    first: dict[str, datetime] = {}
    for row in rows:
        if row.kind == "admit" and row.place == DESK and str(row.record) not in undone:
            first.setdefault(row.subject, row.at)
    bars = Counter(_bar(at) for at in first.values())
    counted = []
    if bars:
        bar = min(bars)
        while bar <= max(bars):
            counted.append((_local(station, bar), str(bars[bar])))
            bar += BAR
    return Table(_("Arrivals in ten minutes"), (_("From"), _("People")), tuple(counted))


def _refused(station: Station) -> Table:
    """Every scan that was not let in, with its reason."""
    view = station.store.view.connection
    rows = []
    for row in passages.everything(view):
        if row.kind != "deny":
            continue
        attendee = None if row.subject.startswith("?") else roster.by_id(view, row.subject)
        name = attendee.full_name if attendee else ""
        agency = attendee.agency if attendee else ""
        reason = reason_words(Reason(row.reason)) if row.reason in _REASONS else row.reason
        rows.append(
            (
                _local(station, row.at),
                row.place,
                row.station,
                row.actor,
                row.outcome,
                reason,
                name,
                agency,
            )
        )
    headers = (_("Time"), _("Place"), _("Station"), _("By"), _("Answer"), _("Reason"), _("Name"), _("Agency"))
    return Table(_("Refused scans"), headers, tuple(rows))


_REASONS = frozenset(Reason)
"""Those this program knows; a newer station may have others."""


def _conflicts(station: Station) -> Table:
    """Records that cannot both be right, and who has settled which."""
    rows = []
    for incident in Incidents(station.store, station).all():
        sides = []
        for side in (incident.one, incident.other):
            sides += [side.station, _local(station, side.at) if side.at else "", side.by, side.says or side.record]
        state = incident.settled_by or _("open")
        rows.append((state, incident.what, incident.who, incident.place, *sides, incident.id))
    side_headers = (_("Station"), _("Time"), _("By"), _("Record"))
    headers = (_("Settled by"), _("What"), _("Who"), _("Place"), *side_headers, *side_headers, _("Incident"))
    return Table(_("Conflicts"), headers, tuple(rows))


REPORTS: dict[str, Callable[[Station], Table]] = {
    "attendance": _attendance,
    "arrivals": _arrivals,
    "refused": _refused,
    "conflicts": _conflicts,
}


def _bar(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 10, seconds=at.second, microseconds=at.microsecond)


def _local(station: Station, at: datetime) -> str:
    return at.astimezone(station.conference.zone_info).strftime("%Y-%m-%d %H:%M:%S %Z")
