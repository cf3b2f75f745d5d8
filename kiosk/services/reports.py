"""Reports from what this station knows: tables of plain text, for the screen, a file or a printer.

Which there are stands in `REPORTS`, in the order in which they are offered. Each reads through a connection of its own,
so that no scan waits for one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.domain.admission import DESK
from kiosk.domain.papers import Table
from kiosk.domain.verdicts import Reason
from kiosk.domain.words import reason_words, vouched
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services import credit_reports, session_reports
from kiosk.services.agenda import agenda
from kiosk.services.attendance import Attendance
from kiosk.services.day_report import day_table
from kiosk.services.report_source import Choice, Source, Tell
from kiosk.services.station import Station
from kiosk.storage import passages, roster

BAR = timedelta(minutes=10)
DAY = "day"
"""The report that has a chart on paper."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One report: what it is called for people, what it says, and what it may be asked for."""

    make: Callable[[Source], Table]
    title: Callable[[], str]
    by_session: bool = False
    """Whether it may be about one session only."""
    by_person: bool = False
    """Whether it may be about some people only, or one agency's."""


def make_report(station: Station, name: str, choice: Choice | None = None, tell: Tell | None = None) -> Table:
    """The report of this name. Raises BadInput, naming those there are, and for a choice it cannot follow."""
    choice = choice or Choice()
    kind = check(name, choice)
    attendance = Attendance(station.store, station)
    with closing(station.store.reader()) as view:
        return kind.make(Source(station, attendance, view, choice, tell))


def check(name: str, choice: Choice) -> Kind:
    """The report of this name. Raises BadInput where it cannot be about what was chosen."""
    kind = kind_of(name)
    if choice.session and not kind.by_session:
        raise BadInput(_("The report {name} is not about one session.").format(name=name))
    if (choice.people or choice.agency) and not kind.by_person:
        raise BadInput(_("The report {name} is about everyone.").format(name=name))
    return kind


def kind_of(name: str) -> Kind:
    """The report of this name. Raises BadInput, naming those there are."""
    if name not in REPORTS:
        words = _("There is no report called {name}. There are: {list}.")
        raise BadInput(words.format(name=name[:40], list=", ".join(REPORTS)))
    return REPORTS[name]


def _attendance(source: Source) -> Table:
    """Everyone expected or in, with when and where they were let in; of one session, who came and left when."""
    if source.choice.session:
        return session_reports.attendance(source)
    rows = []
    for known in roster.everyone(source.view):
        attendee = known.attendee
        admission = roster.admission_of(source.view, attendee.id, DESK)
        rows.append(
            (
                attendee.number,
                attendee.last,
                attendee.first,
                attendee.agency,
                attendee.registration_type,
                attendee.status.value,
                vouched(source.second(admission.at), sure=admission.sure) if admission else "",
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


def _arrivals(source: Source) -> Table:
    """How many were let in for the first time in each ten minutes; quiet bars in between are shown as 0."""
    rows = passages.everything(source.view)
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
            counted.append((source.second(bar), str(bars[bar])))
            bar += BAR
    return Table(_("Arrivals in ten minutes"), (_("From"), _("People")), tuple(counted), numbers=frozenset({1}))


def _refused(source: Source) -> Table:
    """Every scan that was not let in, with its reason; of one session, those at its door."""
    session = source.session() if source.choice.session else None
    rows = []
    for row in passages.everything(source.view):
        if row.kind != "deny" or (session is not None and row.place != session.id):
            continue
        attendee = None if row.subject.startswith("?") else roster.by_id(source.view, row.subject)
        rows.append(
            (
                vouched(source.second(row.at), sure=row.sure),
                source.place(row.place),
                row.station,
                row.actor,
                row.outcome,
                reason_words(Reason(row.reason)) if row.reason in _REASONS else row.reason,
                attendee.full_name if attendee else "",
                attendee.agency if attendee else "",
            )
        )
    headers = (_("Time"), _("Place"), _("Station"), _("By"), _("Answer"), _("Reason"), _("Name"), _("Agency"))
    return Table(_("Refused scans"), headers, tuple(rows))


_REASONS = frozenset(Reason)
"""Those this program knows; a newer station may have others."""

REPORTS: dict[str, Kind] = {
    DAY: Kind(day_table, lambda: _("Day report")),
    "attendance": Kind(_attendance, lambda: _("Attendance"), by_session=True),
    "arrivals": Kind(_arrivals, lambda: _("Arrivals in ten minutes")),
    "sessions": Kind(session_reports.sessions, lambda: _("Sessions")),
    "roster": Kind(session_reports.course_roster, lambda: _("Course roster to sign"), by_session=True),
    "agenda": Kind(agenda, lambda: _("Agendas"), by_person=True),
    "credits": Kind(credit_reports.credits, lambda: _("Training hours"), by_person=True),
    "transcripts": Kind(credit_reports.transcripts, lambda: _("Transcripts"), by_person=True),
    "certificates": Kind(credit_reports.certificates, lambda: _("Certificates"), by_person=True),
    "affidavits": Kind(credit_reports.transcripts, lambda: _("Affidavits of attendance"), by_person=True),
    "conflicts": Kind(session_reports.conflicts, lambda: _("Conflicts and repairs"), by_session=True),
    "refused": Kind(_refused, lambda: _("Refused scans"), by_session=True),
    "roll-call": Kind(session_reports.roll_call, lambda: _("Roll call by room")),
    "no-shows": Kind(session_reports.no_shows, lambda: _("No-shows"), by_session=True),
    "xapi": Kind(credit_reports.certificates, lambda: _("xAPI statements"), by_person=True),
    "open-badges": Kind(credit_reports.certificates, lambda: _("Open Badges"), by_person=True),
}  # fmt: skip
"""Every report by its name."""


def _bar(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 10, seconds=at.second, microseconds=at.microsecond)
