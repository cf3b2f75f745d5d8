"""The stations of a conference as an organizer sees them at the hub."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.trust import DeviceRole


@dataclass(frozen=True, slots=True)
class WaitingStation:
    """A station that was invited and waits until somebody has compared its digits."""

    request: str
    name: str
    role: DeviceRole
    digits: str
    asked: datetime


@dataclass(frozen=True, slots=True)
class FleetStation:
    """A station that was let in."""

    device: str
    name: str
    role: DeviceRole
    enrolled: datetime
    revoked: datetime | None = None
