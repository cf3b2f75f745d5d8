"""What the window shows of the hub: whether it runs here, whether this station belongs to one, and the fleet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.domain.fleet import FleetStation, HeldBack, WaitingStation
from kiosk.domain.invitations import Invitation
from kiosk.domain.peers import NOBODY_NEARBY, NearbyView
from kiosk.domain.trust import DeviceRole
from kiosk.i18n import _


class HubPlace(StrEnum):
    """Where this station's hub is."""

    NOWHERE = "nowhere"
    """It belongs to none."""
    HERE = "here"
    """It runs on this computer."""
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class HubView:
    """How things stand."""

    place: HubPlace = HubPlace.NOWHERE
    address: str = ""
    """Where the hub was last reached, or where others reach the one that runs here."""
    name: str = ""
    """What this station is called there, and as what it joined."""
    role: DeviceRole | None = None
    revoked: bool = False
    waiting: Sequence[WaitingStation] = ()
    stations: Sequence[FleetStation] = ()
    """Of a hub that runs here."""
    nearby: NearbyView = NOBODY_NEARBY
    """Of a hub that runs elsewhere: the other stations, without it."""
    held_back: Sequence[HeldBack] = ()
    """Of a hub that runs here: what stops the rest of a log."""
    organizers: Sequence[str] = ()
    """Who has a PIN there; nobody is asked for one where this is nobody."""
    seats_wait_for: Sequence[str] = ()
    """Stations that have to be heard before seats are handed out: the hub came back from a backup."""
    purge_on: datetime | None = None
    """From when on personal data is to be gone, there and everywhere."""


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation, ready to be shown."""

    invitation: Invitation
    squares: Sequence[Sequence[bool]]
    """Its QR code."""


@dataclass(frozen=True, slots=True)
class JoinPending:
    """This station was invited; people compare the digits now."""

    digits: str
    name: str
    role: DeviceRole


def role_words(role: DeviceRole) -> str:
    """What a device is for."""
    return {
        DeviceRole.DESK: _("Desk"),
        DeviceRole.DOOR: _("Door"),
        DeviceRole.KIOSK: _("Self-service kiosk"),
        DeviceRole.ORGANIZER: _("Organizer"),
        DeviceRole.DASHBOARD: _("Dashboard"),
    }[role]
