"""How hub and stations recognize each other: names of certificates, fingerprints, roles of devices."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum

PROTOCOL = 1
"""The version of what hub and stations say to each other. They understand it and the one before."""


AUTHORITY_SIGNED_AS = b"kiosk authority\n"
"""Before the certificate of a new authority, in what the old one and the hub sign."""


class DeviceRole(StrEnum):
    """What a device is for: it limits what it may read and write."""

    DESK = "desk"
    DOOR = "door"
    KIOSK = "kiosk"
    ORGANIZER = "organizer"
    DASHBOARD = "dashboard"


_DEVICE_NAME = re.compile(r"device-([0-9a-z]{26})\.checkin\.internal", re.ASCII)


def server_name(kind: str, device: str) -> str:
    """The name in a certificate, whatever the address: `hub-…` or `device-…`. It is never looked up in the DNS."""
    return f"{kind}-{device.lower()}.checkin.internal"


def device_named(name: str) -> str | None:
    """The device that a certificate with this name was made for; None where it is no device's."""
    match = _DEVICE_NAME.fullmatch(name)
    return match[1].upper() if match else None


def hub_name(hub: str, generation: int) -> str:
    """The name by which a hub is asked for under this generation of its authority."""
    return server_name(f"hub{generation}" if generation else "hub", hub)


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate's DER bytes, in hex."""
    return hashlib.sha256(certificate).hexdigest()
