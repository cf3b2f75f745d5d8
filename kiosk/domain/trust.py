"""How hub and stations recognize each other: names of certificates, fingerprints, roles of devices."""

from __future__ import annotations

import hashlib
from enum import StrEnum

PROTOCOL = 1
"""The version of what hub and stations say to each other. They understand it and the one before."""


class DeviceRole(StrEnum):
    """What a device is for: it limits what it may read and write."""

    DESK = "desk"
    DOOR = "door"
    KIOSK = "kiosk"
    ORGANIZER = "organizer"
    DASHBOARD = "dashboard"


def server_name(kind: str, device: str) -> str:
    """The name in a certificate, whatever the address: `hub-…` or `device-…`. It is never looked up in the DNS."""
    return f"{kind}-{device.lower()}.checkin.internal"


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate's DER bytes, in hex."""
    return hashlib.sha256(certificate).hexdigest()
