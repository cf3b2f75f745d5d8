"""What a device may write and read, by what it is for.

The chain must be whole wherever it goes, so records travel to every station; they hold no personal value. What is kept
from a device are the side values: who somebody is. And what a device may not write is not taken in from it: a door
that sends a roster is not a door.
"""

from __future__ import annotations

from kiosk.domain.journal import Kind, Record, Role
from kiosk.domain.trust import DeviceRole

_OF_EVERY_STATION = frozenset(
    {
        *(Kind.OPEN, Kind.STAFF, Kind.CLOCK, Kind.RECOVER, Kind.FORK, Kind.GAP, Kind.HUB_FAULT),
        *(Kind.DEVICE_ADD, Kind.DEVICE_REVOKE),
    }
)
"""Whom a station trusts it writes for itself; nobody else goes by it."""
_SCANS = frozenset({Kind.ADMIT, Kind.DENY, Kind.EXIT, Kind.UNDO})
_PRINTS = frozenset({Kind.PRINT_ASK, Kind.PRINT_SENT, Kind.PRINT_DONE, Kind.PRINT_UNKNOWN, Kind.PRINT_FAILED})
_AT_A_DOOR = frozenset(
    {
        *(Kind.HEADCOUNT, Kind.SEATS, Kind.SEATS_RELEASE, Kind.WAIT, Kind.DOOR_ANYWAY, Kind.ENROL, Kind.WITHDRAW),
        *(Kind.REPAIR, Kind.CLOSE),
    }
)

_OF_THE_HUB = frozenset({Kind.SEATS_GRANT, Kind.SEATS_FORFEIT})
"""What no station writes."""

_WRITES: dict[DeviceRole, frozenset[Kind]] = {
    DeviceRole.ORGANIZER: frozenset(Kind) - _OF_THE_HUB,
    DeviceRole.DESK: frozenset(Kind) - _OF_THE_HUB,
    DeviceRole.DOOR: _OF_EVERY_STATION | _SCANS | _AT_A_DOOR,
    DeviceRole.KIOSK: _OF_EVERY_STATION | {Kind.ADMIT, Kind.DENY} | _PRINTS,
    DeviceRole.DASHBOARD: frozenset(),
}
"""Kinds each may write. The organizer's pages open at a desk, too; who sat there stands in the record."""

_SPEAKS_AS: dict[DeviceRole, frozenset[Role]] = {
    DeviceRole.ORGANIZER: frozenset(Role) - {Role.HUB},
    DeviceRole.DESK: frozenset(Role) - {Role.HUB},
    DeviceRole.DOOR: frozenset({Role.DOOR, Role.DESK}),
    DeviceRole.KIOSK: frozenset({Role.KIOSK, Role.DESK}),
    DeviceRole.DASHBOARD: frozenset(),
}
"""In what capacity each may write: it decides between edits, so a kiosk must not speak as an organizer. A station that
was a desk before it joined wrote as one.
"""

_NEEDED_TO_LET_IN = frozenset(
    {
        *(Kind.IMPORT, Kind.WALKIN, Kind.EDIT, Kind.PROGRAMME, Kind.STAFF),
        *(Kind.REVOKE, Kind.REINSTATE, Kind.REISSUE),  # which code is blocked is a value, too
    }
)
_READS: dict[DeviceRole, frozenset[Kind]] = {
    DeviceRole.ORGANIZER: frozenset(Kind),
    DeviceRole.DESK: frozenset(Kind) - {Kind.CERTIFICATE},
    DeviceRole.DOOR: _NEEDED_TO_LET_IN | _SCANS | _AT_A_DOOR,
    DeviceRole.KIOSK: (_NEEDED_TO_LET_IN | {Kind.LAYOUT}) - {Kind.STAFF},  # nobody there asks who works here
    DeviceRole.DASHBOARD: frozenset(),
}
"""Kinds whose side values each may read."""


def may_write(device: DeviceRole, record: Record) -> bool:
    """Whether a device of this role may have written this record."""
    return may_write_kind(device, record.role, record.kind)


def may_write_kind(device: DeviceRole, role: str, kind: str) -> bool:
    """Whether a device may write this kind in this capacity. Kinds a newer program knows are an organizer's or a
    desk's.
    """
    if role not in _SPEAKS_AS[device]:
        return False
    if kind not in _KNOWN:
        return device in (DeviceRole.ORGANIZER, DeviceRole.DESK)
    return kind in _WRITES[device]


def may_read_values(device: DeviceRole, kind: str) -> bool:
    """Whether the side values of records of this kind are for a device of this role."""
    if kind not in _KNOWN:
        return device in (DeviceRole.ORGANIZER, DeviceRole.DESK)
    return kind in _READS[device]


_KNOWN = frozenset(map(str, Kind))
