"""Real stations and a real hub: TLS, sockets on the loopback, sqlcipher files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.domain.trust import DeviceRole, fingerprint
from kiosk.hub.database import Connection
from kiosk.hub.devices import DeviceState, KnownDevice, all_devices, put_device
from kiosk.services.hub_link import HubLink
from kiosk.services.stations import Stations
from tests.builders import Clock, Desk, a_station
from tests.hub.conftest import LiveHub, live, serve

__all__ = ["live", "serve"]

Stationed = Callable[[str], Desk]


def let_in(live: LiveHub, desk: Desk, role: DeviceRole = DeviceRole.DESK) -> HubLink:
    """What joining comes to: the hub knows the station's keys, the station the hub's authority."""
    own = Stations(desk.store, desk.station).own
    key = ec.generate_private_key(ec.SECP256R1())
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    certificate = live.hub.identity.certify(own.id, spki)
    known = KnownDevice(own.id, own.name, role, DeviceState.ACTIVE, own.key, certificate, fingerprint(certificate), 1)
    live.hub.database.write(lambda connection: put_device(connection, known))
    live.hub.devices.forget()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    link = HubLink(
        live.hub.identity.id,
        (f"127.0.0.1:{live.server.port}",),
        live.hub.identity.device.public,
        live.hub.identity.ca_pem,
        certificate.hex(),
        pem.decode(),
        role,
        own.name,
    )
    link.write(desk.store)
    live.hub.clock = desk.clock  # one time for all, unless a test says otherwise
    return link


def revoke(live: LiveHub, desk: Desk) -> None:
    """The organizer ends it."""
    own = Stations(desk.store, desk.station).own.id

    def end(connection: Connection) -> None:
        (device,) = [device for device in all_devices(connection) if device.id == own]
        put_device(connection, replace(device, state=DeviceState.REVOKED))

    live.hub.database.write(end)
    live.hub.devices.forget()


@pytest.fixture
def stationed(tmp_path: Path) -> Iterator[Stationed]:
    """Desks by name, with one clock, closed after the test."""
    clock = Clock()
    with ExitStack() as closing:

        def start(name: str) -> Desk:
            desk = closing.enter_context(a_station(tmp_path / name, clock=clock))
            desk.station.set_name(name)
            return desk

        yield start
