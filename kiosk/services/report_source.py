"""What every report is made from, and how it is told what it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.domain.admission import DESK
from kiosk.domain.papers import Imprint
from kiosk.domain.people import Attendee
from kiosk.domain.programme import ProgrammeSession
from kiosk.domain.words import clock_words
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.attendance import Attendance, PersonHours
from kiosk.services.station import Station
from kiosk.storage import programme, roster
from kiosk.storage.database import Connection

Tell = Callable[[int, int], object]
"""Hears how much is done, of how much; may raise to stop."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a report is about; empty for everything."""

    session: str = ""
    """A session's code or id."""
    people: tuple[str, ...] = ()
    """Codes, numbers or ids of attendees."""
    agency: str = ""
    """The name of an agency, in any letter case."""


@dataclass(slots=True)
class Source:
    """The station's knowledge, for one report."""

    station: Station
    attendance: Attendance
    view: Connection
    choice: Choice
    tell: Tell | None = None
    _places: dict[str, str] = field(default_factory=dict)

    def session(self) -> ProgrammeSession:
        """The session that was chosen. Raises BadInput when there is none."""
        return self.attendance.session_of(self.choice.session)

    def hours(self) -> list[PersonHours]:
        """The hours of everyone who was chosen, by name. Raises BadInput when that is nobody."""
        everyone = self.attendance.everyone(self.tell)
        wanted = {self._person(code).id for code in self.choice.people}
        agency = " ".join(self.choice.agency.split()).casefold()
        chosen = [
            hours
            for hours in everyone
            if (not wanted or hours.attendee.id in wanted)
            and (not agency or " ".join(hours.attendee.agency.split()).casefold() == agency)
        ]
        if agency and not chosen:
            words = _("Nobody on the roster is of the agency {name}. Write it as the roster does.")
            raise BadInput(words.format(name=self.choice.agency[:80]))
        return chosen

    def _person(self, code: str) -> Attendee:
        found = roster.by_code(self.view, code)
        attendee = found[0] if found else (roster.by_id(self.view, code) if code.isascii() else None)
        if attendee is None:
            raise BadInput(_("Nobody on the roster has the code {code}.").format(code=code[:40]))
        return attendee

    # Words

    def second(self, at: datetime) -> str:
        """To the second, with the zone, as a spreadsheet sorts it."""
        return self._local(at).strftime("%Y-%m-%d %H:%M:%S %Z")

    def minute(self, at: datetime) -> str:
        """To the minute, with the zone, as a spreadsheet sorts it."""
        return self._local(at).strftime("%Y-%m-%d %H:%M %Z")

    def clock(self, at: datetime) -> str:
        """`3:42 PM`."""
        return clock_words(at, self.station.conference.zone_info)

    def span(self, start: datetime, end: datetime) -> tuple[str, str, str]:
        """The day, as a spreadsheet sorts it, and from when to when."""
        zone = self.station.conference.zone_info
        return f"{self._local(start):%Y-%m-%d}", self.clock(start), clock_words(end, zone, with_zone=True)

    def day(self, at: datetime) -> str:
        """`May 4, 2023`."""
        return day_words(self._local(at))

    def moment(self, at: datetime) -> str:
        """`May 4, 2023, 3:42 PM EDT`."""
        zone = self.station.conference.zone_info
        words = _("{day}, {time}")
        return words.format(day=self.day(at), time=clock_words(at, zone, with_zone=True))

    def imprint(self) -> Imprint:
        """What stands at the foot of each page: which conference, when the report was made, and where."""
        conference = self.station.conference
        made = _("Made {moment} at {station}").format(moment=self.moment(self.station.now()), station=self.station.name)
        mark = _("DEMO DATA – nobody here exists") if conference.demo else ""
        return Imprint(conference.short_name or conference.title, made, mark)

    def place(self, name: str) -> str:
        """A place as people call it: the code and room of a session, the desk."""
        if name == DESK:
            return _("Desk")
        if name not in self._places:
            session = programme.session(self.view, name)
            self._places[name] = f"{session.code} · {session.room}" if session else name
        return self._places[name]

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.station.conference.zone_info)


def day_words(local: datetime) -> str:
    """A day as Americans write it."""
    months = (
        _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"),
        _("September"), _("October"), _("November"), _("December"),
    )  # fmt: skip
    return _("{month} {day}, {year}").format(month=months[local.month - 1], day=local.day, year=local.year)
