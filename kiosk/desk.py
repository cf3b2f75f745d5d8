"""A station without its window: its data opened, and all its use cases built on it.

What the window, the demo, the shell and tests begin with. Each part is loaded when it is first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.config import Settings

if TYPE_CHECKING:
    from kiosk.domain.dashboard import Alarm
    from kiosk.hub_rooms import HubRooms
    from kiosk.printing.badge_tools import BadgeTools
    from kiosk.printing.crew import Crew
    from kiosk.printing.paper_press import PaperPress
    from kiosk.printing.press import Press
    from kiosk.services.attendance import Attendance
    from kiosk.services.badges import Badges
    from kiosk.services.incidents import Incidents
    from kiosk.services.programme_files import ProgrammeFiles
    from kiosk.services.report_files import Reports
    from kiosk.services.station import Station
    from kiosk.storage.store import Store
    from kiosk.ui.services import DeskInfo, DeskServices

BADGE_FOLDER = "badges"


@dataclass(slots=True)
class Desk:
    """A desk without its window: what the window, the demo and tests are built on. `close` it."""

    store: Store
    station: Station
    services: DeskServices
    settings: Settings
    crews: list[Crew]
    """The printers' threads, once printing was started."""
    hubs: HubRooms
    """The hub on this computer, if there is one."""

    def info(self) -> DeskInfo:
        """What the window should know of itself."""
        return _info_of(self.station)

    def start_printing(self, folder: Path | None = None) -> None:
        """Start the printers' threads; badges become files while no printer is set up.

        Drawing needs a QGuiApplication.
        """
        from kiosk.print_rooms import drawing
        from kiosk.printing.crew import Crew
        from kiosk.printing.drivers import make_printer

        if self.crews:
            return  # another window was here before
        place = folder or self.settings.data / BADGE_FOLDER
        draw = drawing(self.services.layouts)
        self.crews.append(Crew(self.services.badges, lambda profile: make_printer(profile, place), draw))
        self.crews[-1].start()

    def close(self) -> None:
        """End the threads, then the connections, then give the folder back."""
        self.hubs.close()
        for crew in self.crews:
            crew.close()
        self.services.find.close()
        self.services.figures.close()
        self.store.close()


def _info_of(station: Station) -> DeskInfo:
    from kiosk.domain.programme import ClaimPolicy
    from kiosk.ui.services import DeskInfo

    conference = station.conference
    return DeskInfo(
        conference=conference.title,
        short_name=conference.short_name or conference.title,
        zone=conference.zone_info,
        station=station.name,
        operator=station.operator,
        demo=conference.demo,
        room=station.room,
        strict=conference.claim is ClaimPolicy.STRICT,
    )


def _sit_down(station: Station, name: str) -> DeskInfo:
    station.set_operator(name)
    return _info_of(station)


def _conference_typed(station: Station) -> Mapping[str, str]:
    from kiosk.services import conference

    return conference.typed(station.conference)


def _change_conference(station: Station, values: Mapping[str, str]) -> DeskInfo:
    from kiosk.services import conference

    conference.change(station, values)
    return _info_of(station)


def _programme_files(store: Store, station: Station) -> ProgrammeFiles:
    from kiosk.services.programme_files import ProgrammeFiles

    return ProgrammeFiles(store, station)


def open_desk(settings: Settings, key: bytes) -> Desk:
    """Open a station's data and build the services of a desk on it."""
    from kiosk.hub_rooms import HubRooms
    from kiosk.print_rooms import print_room
    from kiosk.services.attendance import Attendance
    from kiosk.services.badges import Badges
    from kiosk.services.bulk_badges import BulkBadges
    from kiosk.services.check_in import CheckIn
    from kiosk.services.doors import Doors
    from kiosk.services.edit import Edit
    from kiosk.services.figures import LocalFigures
    from kiosk.services.find import Find
    from kiosk.services.history import History
    from kiosk.services.import_roster import ImportRoster
    from kiosk.services.incidents import Incidents
    from kiosk.services.layouts import Layouts
    from kiosk.services.monitor import Monitor
    from kiosk.services.people_lists import people_list, story
    from kiosk.services.programme import Programme
    from kiosk.services.retention import Retention
    from kiosk.services.roster import Roster
    from kiosk.services.station import Station
    from kiosk.services.walk_in import WalkIn
    from kiosk.storage.store import open_store
    from kiosk.ui.services import DeskServices

    store = open_store(settings.data, key)
    crews: list[Crew] = []
    try:
        station = Station(store)
        if over := Retention(store, station).told():
            store.notices.append(over)
        hubs = HubRooms(station, key)
        badges = Badges(store, station)
        find = Find(store)
        attendance, incidents = Attendance(store, station), Incidents(store, station)
        services = DeskServices(
            check_in=CheckIn(store, station, badges.on_first_admission),
            history=History(store),
            find=find,
            roster=Roster(store, station),
            walk_in=WalkIn(store, station, find),
            edit=Edit(store, station),
            badges=badges,
            import_roster=ImportRoster(store, station),
            layouts=Layouts(store, station),
            incidents=incidents,
            people_list=lambda key: people_list(store, station, key),
            story=lambda attendee: story(store, station, attendee),
            sync=hubs.sync,
            bulk=BulkBadges(store, station, badges),
            badge_tools=badge_tools,
            print_room=print_room(crews, settings.data / BADGE_FOLDER, badges.printers),
            figures=LocalFigures(store, station),
            doors=Doors(store, station),
            monitor=Monitor(store, station),
            attendance=attendance,
            reports=lambda: _reports(store, station, attendance),
            programme=Programme(store, station),
            programme_files=lambda: _programme_files(store, station),
            hub=hubs.room,
            be_door=station.set_room,
            alarms=lambda: _alarms(station, badges, hubs, incidents),
            doctor=lambda: _self_check(settings, badges, station, hubs),
            conference=lambda: _conference_typed(station),
            change_conference=lambda values: _change_conference(station, values),
            sit_down=lambda name: _sit_down(station, name),
        )
    except BaseException:
        store.close()
        raise
    return Desk(store, station, services, settings, crews, hubs)


def _alarms(station: Station, badges: Badges, hubs: HubRooms, incidents: Incidents) -> list[Alarm]:
    """What wants a person: printers here, stations of the hub on this computer, records that cannot both be right."""
    from kiosk import __version__
    from kiosk.services.organizer_alarms import fleet_alarms, incident_alarms
    from kiosk.services.print_alarms import print_alarms

    stations = fleet_alarms(hubs.stations(), station.clock(), __version__, over=hubs.is_over())
    return [*print_alarms(badges, station), *stations, *incident_alarms(incidents.open(), names=True)]


def _reports(store: Store, station: Station, attendance: Attendance) -> Reports:
    from kiosk.services.report_files import Reports

    return Reports(store, station, attendance, paper_press)


def _self_check(settings: Settings, badges: Badges, station: Station, hubs: HubRooms) -> str:
    from kiosk.services.doctor import examine_computer, examine_data
    from kiosk.services.doctor_nearby import examine_nearby
    from kiosk.services.doctor_printers import examine_printers

    now, printers = station.clock(), badges.printers.now()
    checks = [*examine_computer(settings, now), *examine_data(station.store, now)]
    checks += examine_nearby(station, hubs.relay.view().trouble if hubs.relay is not None else "")
    checks += examine_printers(printers, badges.queue.pending())
    return "\n".join(check.line() for check in checks)


def press() -> Press:
    """Drawing and printing for the shell, which must not know the printing room."""
    from kiosk.printing.press import Press

    return Press()


def badge_tools() -> BadgeTools:
    """What can be done with badges besides printing them, for the window and for the shell."""
    from kiosk.printing.badge_tools import BadgeTools

    return BadgeTools()


def paper_press() -> PaperPress:
    """Drawing reports on paper, for the shell and the window, which must not know the printing room."""
    from kiosk.printing.paper_press import PaperPress

    return PaperPress()
