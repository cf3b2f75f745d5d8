"""Where somebody has a place and when: as a table for the screen and for paper, and as text for a letter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from kiosk.domain.papers import Table
from kiosk.domain.people import Attendee
from kiosk.domain.programme import ProgrammeSession
from kiosk.domain.programme_words import day_words, span_words
from kiosk.domain.words import isolated
from kiosk.i18n import _
from kiosk.services.report_source import Source


def agenda(source: Source) -> Table:
    """The agendas of everyone who was chosen, one person after the other."""
    zone = source.station.conference.zone_info
    rows = []
    for person in source.hours():
        attendee = person.attendee
        who = " · ".join(part for part in (attendee.full_name, attendee.agency, attendee.number) if part)
        sessions = (line.session for line in person.result.lines if line.enrolled)
        rows += [(who, *_cells(session, zone)) for session in sorted(sessions, key=_by_start)]
    headers = (_("Person"), _("Day"), _("Time"), _("Room"), _("Code"), _("Session"))
    return Table(_("Agenda"), headers, tuple(rows), group=0, of_people=False)


def agenda_text(attendee: Attendee, sessions: Iterable[ProgrammeSession], zone: tzinfo) -> str:
    """One person's agenda as plain text."""
    lines, day = [_("Agenda of {name}").format(name=isolated(attendee.name))], ""
    for session in sorted(sessions, key=_by_start):
        on, *cells = _cells(session, zone)
        if on != day:
            day = on
            lines += ["", day]
        lines.append("  " + "  ".join(cells))
    if not day:
        lines += ["", _("No place in any session yet.")]
    return "\n".join(lines) + "\n"


def _cells(session: ProgrammeSession, zone: tzinfo) -> tuple[str, ...]:
    day = day_words(session.start.astimezone(zone).date())
    room = _("CANCELLED") if session.cancelled else session.room
    return day, span_words(session.start, session.end, zone), room, session.code, session.title


def _by_start(session: ProgrammeSession) -> tuple[object, ...]:
    return (session.start, session.code)
