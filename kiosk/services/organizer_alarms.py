"""Stations and incidents among what an organizer's page says wants a person: the same words on the page and in the
window.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kiosk.domain.dashboard import Alarm
from kiosk.domain.fleet import AlarmKind, FleetStation
from kiosk.domain.fleet import alarms as station_alarms
from kiosk.i18n import _
from kiosk.services.incidents import Incident

INCIDENT = "incident:"
"""What the keys of incidents begin with."""
STATION = "station:"
"""What the keys of alarms about a station at the hub begin with."""


def fleet_alarms(stations: Iterable[FleetStation], now: datetime, app: str, *, over: bool = False) -> list[Alarm]:
    """What is the matter with the stations of a hub. `app`: its own version; `over`: personal data should be gone."""
    return [
        Alarm(f"{STATION}{alarm.kind}:{each.device}", each.name, alarm.words, _todo(alarm.kind), each.last_contact)
        for each in stations
        for alarm in station_alarms(each, now, app, over=over)
    ]


def incident_alarms(incidents: Iterable[Incident], *, names: bool) -> list[Alarm]:
    """Incidents nobody has settled; who it is about only where `names` may be seen."""
    todo = _("Settle it: organize, incidents.")
    return [
        Alarm(
            f"{INCIDENT}{each.id}",
            each.who if names else "/".join(filter(None, (each.one.station, each.other.station))) or _("Records"),
            each.what,
            todo,
            each.other.at,
        )
        for each in incidents
    ]


def _todo(kind: AlarmKind) -> str:
    """What somebody can do about a station's alarm."""
    return {
        AlarmKind.SILENT: _("Is it switched on, and in the network? It goes on by itself."),
        AlarmKind.UNSENT: _("Bring it into the network; nothing is lost."),
        AlarmKind.CLOCK: _("Set its clock."),
        AlarmKind.ROSTER: _("Bring it into the network."),
        AlarmKind.PRINTER: _("Look at its printer."),
        AlarmKind.LABELS: _("Bring a new roll."),
        AlarmKind.VERSION: _("Update it when it is quiet."),
        AlarmKind.WIPE: _("Find it."),
        AlarmKind.NAMES: _("Bring it into the network; it does the rest by itself."),
        AlarmKind.HELD_BACK: _("Decide: organize, hub and stations; or kiosk hub held."),
        AlarmKind.EXPECTED: _("Invite it: organize, hub and stations. Until then it goes on alone."),
    }[kind]
