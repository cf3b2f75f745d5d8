"""Looking after a hub from the computer it runs on: the shell's `kiosk hub …` and the window's hub page.

It works on the hub's database, whether or not a server runs beside it; a server that does hears of every change.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from kiosk.domain.fleet import FleetStation, WaitingStation
from kiosk.domain.invitations import DEFAULT_PORT, Code, Invitation, read_address
from kiosk.domain.journal import from_ms, to_ms
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput
from kiosk.hub import enrolment, page_access
from kiosk.hub.database import Connection
from kiosk.hub.devices import revoke
from kiosk.hub.fleet import fleet, station_of
from kiosk.hub.hub import Hub
from kiosk.hub.identity import Identity
from kiosk.hub.settings import get_setting
from kiosk.i18n import _

PORT_SETTING = "port"
_FAR = ("192.0.2.1", "10.255.255.254", "172.31.255.254", "192.168.255.254")
"""Addresses towards which we ask the system which of its own it would use. Nothing is sent."""


class Console:
    """An organizer at the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def invite(self, role: DeviceRole, station: str = "", address: str = "") -> Invitation:
        """An invitation for one station. `address`: where stations reach the hub, if this computer cannot tell.

        Raises BadInput, in words.
        """
        named = read_address(address) if address else None
        if address and named is None:
            raise BadInput(_("{address} is no address. Write it like 192.168.1.20:7443.").format(address=address))
        now_ms = self._now_ms()
        code = self._hub.database.write(lambda c: enrolment.invite(c, role, station, now_ms))
        with self._hub.database.read() as connection:
            invitation = invitation_of(connection, self._hub.identity, code)
        return replace(invitation, addresses=(named,)) if named else invitation

    def waiting(self) -> list[WaitingStation]:
        """Stations whose digits somebody has to compare."""
        with self._hub.database.read() as connection:
            return waiting_stations(connection, self._hub.clock())

    def approve(self, digits: str) -> FleetStation:
        """Let in the station that shows these digits. Raises BadInput, in words."""
        now_ms = self._now_ms()
        return station_of(self._hub.database.write(lambda c: enrolment.approve(c, self._hub.identity, digits, now_ms)))

    def refuse(self, request: str) -> None:
        """Send a station away. Raises BadInput, in words."""
        now_ms = self._now_ms()
        self._hub.database.write(lambda c: enrolment.refuse(c, request, now_ms))

    def stations(self) -> list[FleetStation]:
        """Every station that was ever let in."""
        with self._hub.database.read() as connection:
            return fleet(connection)

    def revoke(self, device: str, *, wipe: bool = False) -> FleetStation:
        """Speak with this station no more: by its id, or by its name where that names one only. Raises BadInput.

        `wipe`: it is to destroy its data when it is heard of again and has sent everything.
        """
        now_ms = self._now_ms()
        return station_of(self._hub.database.write(lambda c: revoke(c, device, now_ms, wipe=wipe)))

    def page_code(self, *, names: bool) -> tuple[str, str]:
        """A code for one browser, and where it finds the hub. With `names` it may see who people are."""
        role = DeviceRole.ORGANIZER if names else DeviceRole.DASHBOARD
        code = self._hub.database.write(lambda c: page_access.make_code(c, role, self._hub.clock()))
        with self._hub.database.read() as connection:
            return code, own_addresses(get_setting(connection, PORT_SETTING, DEFAULT_PORT))[0]

    def end_pages(self) -> int:
        """Sign every browser out; answers how many."""
        return self._hub.database.write(page_access.part_all)

    def _now_ms(self) -> int:
        return to_ms(self._hub.clock())


def invitation_of(connection: Connection, identity: Identity, code: Code) -> Invitation:
    """All that a station needs, around a code."""
    port = get_setting(connection, PORT_SETTING, DEFAULT_PORT)
    return Invitation(own_addresses(port), identity.ca_fingerprint, code)


def waiting_stations(connection: Connection, now: datetime) -> list[WaitingStation]:
    """Stations whose digits somebody has to compare, longest first."""
    asked = enrolment.waiting(connection, to_ms(now))
    return [WaitingStation(each.id, each.name, each.role, each.digits, from_ms(each.asked_ms)) for each in asked]


def own_addresses(port: int) -> tuple[str, ...]:
    """Where this computer can be reached, likeliest first."""
    found: dict[str, None] = {}
    for far in _FAR:
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            found[probe.getsockname()[0]] = None
    with suppress(OSError):
        for *_kind, address in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET, socket.SOCK_STREAM):
            found[str(address[0])] = None
    real = [address for address in found if not address.startswith(("127.", "0."))]
    return tuple(f"{address}:{port}" for address in real[:6] or ["127.0.0.1"])
