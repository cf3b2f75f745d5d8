"""Looking after a hub from the computer it runs on: the shell's `kiosk hub …` and the window's hub page.

It works on the hub's database, whether or not a server runs beside it; a server that does hears of every change.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import replace

from kiosk.domain.fleet import FleetStation, WaitingStation
from kiosk.domain.invitations import DEFAULT_PORT, Invitation, read_address
from kiosk.domain.journal import from_ms, to_ms
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput
from kiosk.hub import enrolment
from kiosk.hub.database import Connection
from kiosk.hub.devices import DeviceState, KnownDevice, all_devices, put_device
from kiosk.hub.enrolment import Waiting
from kiosk.hub.hub import Hub
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
        with self._hub.database.read() as connection:
            port = get_setting(connection, PORT_SETTING, DEFAULT_PORT)
        addresses = own_addresses(port)
        if address:
            named = read_address(address if ":" in address.removeprefix("https://") else f"{address}:{port}")
            if named is None:
                raise BadInput(_("{address} is no address. Write it like 192.168.1.20:7443.").format(address=address))
            addresses = (named,)
        now_ms = self._now_ms()
        code = self._hub.database.write(lambda c: enrolment.invite(c, role, station, now_ms))
        return Invitation(addresses, self._hub.identity.ca_fingerprint, code)

    def waiting(self) -> list[WaitingStation]:
        """Stations whose digits somebody has to compare."""
        now_ms = self._now_ms()
        with self._hub.database.read() as connection:
            return [_waiting(asked) for asked in enrolment.waiting(connection, now_ms)]

    def approve(self, digits: str) -> FleetStation:
        """Let in the station that shows these digits. Raises BadInput, in words."""
        now_ms, plain = self._now_ms(), "".join(digits.split())

        def work(connection: Connection) -> KnownDevice:
            fitting = [w for w in enrolment.waiting(connection, now_ms) if w.digits.replace(" ", "") == plain]
            if len(fitting) != 1:
                raise BadInput(_("No station waits with these digits. Look at the list, and compare them again."))
            return enrolment.approve(connection, self._hub.identity, fitting[0].id, now_ms)

        return _station(self._hub.database.write(work))

    def refuse(self, request: str) -> None:
        """Send a station away. Raises BadInput, in words."""
        now_ms = self._now_ms()
        self._hub.database.write(lambda c: enrolment.refuse(c, request, now_ms))

    def stations(self) -> list[FleetStation]:
        """Every station that was ever let in."""
        with self._hub.database.read() as connection:
            return [_station(device) for device in all_devices(connection)]

    def revoke(self, device: str) -> FleetStation:
        """Speak with this station no more: by its id, or by its name where that names one only. Raises BadInput."""
        now_ms = self._now_ms()
        return _station(self._hub.database.write(lambda c: revoke(c, device, now_ms)))

    def _now_ms(self) -> int:
        return to_ms(self._hub.clock())


def revoke(connection: Connection, device: str, now_ms: int) -> KnownDevice:
    """See `Console.revoke`; in a transaction of the writer."""
    known = [each for each in all_devices(connection) if device in (each.id, each.name)]
    active = [each for each in known if each.state is DeviceState.ACTIVE]
    if len(active) > 1:
        words = _("Several stations are called {name}. Take the id from `kiosk hub devices`.")
        raise BadInput(words.format(name=device))
    if not active:
        words = _("The station is revoked already.") if known else _("The hub knows no such station.")
        raise BadInput(words)
    gone = replace(active[0], state=DeviceState.REVOKED, revoked_ms=now_ms)
    put_device(connection, gone)
    return gone


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


def _waiting(asked: Waiting) -> WaitingStation:
    return WaitingStation(asked.id, asked.name, asked.role, asked.digits, from_ms(asked.asked_ms))


def _station(device: KnownDevice) -> FleetStation:
    revoked = from_ms(device.revoked_ms) if device.revoked_ms is not None else None
    return FleetStation(device.id, device.name, device.role, from_ms(device.enrolled_ms), revoked)
