"""The programme for others, or one person's part of it: as a calendar and as a schedule."""

from __future__ import annotations

from pathlib import Path

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
