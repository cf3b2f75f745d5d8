"""The programme for others: as a calendar, as a schedule, and as the agenda of one person."""

from __future__ import annotations

from pathlib import Path

from kiosk.domain.papers import Table
from kiosk.domain.people import Attendee
from kiosk.domain.programme import ProgrammeSession
from kiosk.domain.programme_words import day_words, span_words
from kiosk.domain.words import isolated
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.programme import Programme
from kiosk.services.station import Station

FORMATS = (".ics", ".json")


class ExportProgramme:
    """Files made of the programme this station knows."""

    def __init__(self, station: Station, programme: Programme) -> None:
        self._station = station
        self._programme = programme

    def write(self, file: Path, attendee_id: str | None = None) -> int:
        """Write the programme, or the agenda of one person; the file's ending says as what. Answers how many
        sessions.

        Raises BadInput for an ending we do not write, and by the disk; a file that was there before is then unharmed.
        """
        if file.suffix.lower() not in FORMATS:
            raise BadInput(
                _("{name}: the programme is written as .ics (a calendar) or .json (a schedule).").format(name=file.name)
            )
        # Late: calendars are written once a day, and the window does not wait for their library.
        from kiosk.files.programme_write import About, calendar_bytes, schedule_bytes

        chosen = self._programme.sessions() if attendee_id is None else self._programme.enrolments_of(attendee_id)
        place = self._station.conference
        about = About(place.title, place.short_name, place.zone, place.zone_info, self._station.clock())
        if file.suffix.lower() == ".ics":
            data = calendar_bytes(chosen, about)
        else:
            data = schedule_bytes(chosen, self._programme.rooms(), about)
        replace_file(file, data)
        return len(chosen)

    def agenda(self, attendee: Attendee) -> Table:
        """Where this person has a place and when, for a screen or a sheet of paper."""
        zone = self._station.conference.zone_info
        rows = [
            (
                day_words(session.start.astimezone(zone).date()),
                span_words(session.start, session.end, zone),
                _room_words(session),
                session.code,
                session.title,
            )
            for session in self._programme.enrolments_of(attendee.id)
        ]
        headers = (_("Day"), _("Time"), _("Room"), _("Code"), _("Session"))
        return Table(_("Agenda of {name}").format(name=isolated(attendee.name)), headers, tuple(rows))

    def agenda_text(self, attendee: Attendee) -> str:
        """The agenda as plain text, for a letter or a message."""
        table = self.agenda(attendee)
        lines, day = [table.title], ""
        for row in table.rows:
            if row[0] != day:
                day = row[0]
                lines += ["", day]
            lines.append(f"  {row[1]}  {row[2]}  {row[3]}  {row[4]}")
        if not table.rows:
            lines += ["", _("No place in any session yet.")]
        return "\n".join(lines) + "\n"


def _room_words(session: ProgrammeSession) -> str:
    return _("CANCELLED") if session.cancelled else session.room


def replace_file(file: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises BadInput by the disk."""
    part = file.with_name(file.name + ".part")
    try:
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        words = _("{file} cannot be written: {detail}.")
        raise BadInput(words.format(file=file, detail=error.strerror or error)) from error
