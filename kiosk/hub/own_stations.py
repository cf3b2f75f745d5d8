"""Letting in a station that is in our own hands: the one whose computer the hub runs on, and those of a rehearsal.

Nobody has to compare digits with themselves; what comes of it is what joining comes to.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.domain.journal import to_ms
from kiosk.domain.trust import DeviceRole, fingerprint
from kiosk.hub.devices import DeviceState, KnownDevice, put_device
from kiosk.hub.hub import Hub
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station


def let_in(hub: Hub, station: Station, role: DeviceRole, address: str) -> HubLink:
    """The hub knows the station's keys, the station the hub's authority: kept on both sides."""
    device, name = station.store.journal.device, station.name
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    certificate = hub.identity.certify(device.id, public)
    now_ms = to_ms(station.clock())
    known = KnownDevice(
        device.id, name, role, DeviceState.ACTIVE, device.public, certificate, fingerprint(certificate), now_ms
    )
    hub.database.write(lambda connection: put_device(connection, known))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    link = HubLink(
        hub.identity.id, (address,), hub.identity.device.public, hub.identity.ca_pem, certificate.hex(), pem.decode(),
        role, name,
    )  # fmt: skip
    link.write(station.store)
    return link
