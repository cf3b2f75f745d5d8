"""What of a record a device gets: the record itself, always, and its side values only where they are for its role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kiosk.domain.exchange import SideValue, Signed
from kiosk.domain.journal import read_record
from kiosk.domain.roles import may_read_values
from kiosk.domain.trust import DeviceRole


def for_role(role: DeviceRole, batch: Sequence[Signed]) -> list[Signed]:
    """The batch as a device of this role may see it. What is left of a value it may not read proves the chain."""
    if role is DeviceRole.ORGANIZER:
        return list(batch)
    return [_for_role(role, signed) for signed in batch]


def _for_role(role: DeviceRole, signed: Signed) -> Signed:
    if not signed.values or may_read_values(role, read_record(signed.data).kind):
        return signed
    return replace(signed, values=tuple(SideValue(value.mac) for value in signed.values))
