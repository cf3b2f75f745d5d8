"""What of a record a device gets: the record itself, always, and its side values only where they are for its role.

Stations that pass records on hold some without values: those that are not for themselves. A record that came without a
value is never fetched again, so nobody hands one to somebody who may read what is missing: of such a log they get what
comes before, and the rest from whoever holds it whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from kiosk.domain.exchange import SideValue, Signed
from kiosk.domain.journal import Record, read_record
from kiosk.domain.roles import may_read_values, may_write
from kiosk.domain.trust import DeviceRole


def for_role(role: DeviceRole, batch: Sequence[Signed]) -> list[Signed]:
    """The batch as a device of this role may see it. What is left of a value it may not read proves the chain."""
    if role is DeviceRole.ORGANIZER:
        return list(batch)
    return [_for_role(role, signed) for signed in batch]


def _for_role(role: DeviceRole, signed: Signed) -> Signed:
    with suppress(ValueError, TypeError):  # what was damaged is nobody's
        if not signed.values or may_read_values(role, read_record(signed.data).kind):
            return signed
    return replace(signed, values=tuple(SideValue(value.mac) for value in signed.values))


Cut = tuple[list[Signed], set[str]]
"""Records that may go on, and the logs of which some must not."""


def whole_for(reader: DeviceRole, batch: Sequence[Signed]) -> Cut:
    """Of each log as far as no value is missing that a reader of this role may read."""
    return _cut(batch, lambda signed, record: _is_bare(signed) and may_read_values(reader, record.kind))


def not_withheld(own: DeviceRole, batch: Sequence[Signed]) -> Cut:
    """Of each log as far as no value was kept from us, as a device of this role; those purged since may be missing."""
    return _cut(batch, lambda signed, record: _is_bare(signed) and not may_read_values(own, record.kind))


def rightly_written(roles: Mapping[str, DeviceRole], batch: Sequence[Signed]) -> Cut:
    """Of each log as far as its device, where it is among these, may write what it wrote."""

    def is_wrong(_signed: Signed, record: Record) -> bool:
        role = roles.get(record.device)
        return role is not None and not may_write(role, record)

    return _cut(batch, is_wrong)


def _is_bare(signed: Signed) -> bool:
    return any(value.value is None for value in signed.values)


def _cut(batch: Sequence[Signed], stops: Callable[[Signed, Record], bool]) -> Cut:
    """What is no record goes on: whoever takes it in says so."""
    passed: list[Signed] = []
    cut: set[str] = set()
    for signed in batch:
        with suppress(ValueError, TypeError):
            record = read_record(signed.data)
            if record.id.log in cut:
                continue
            if stops(signed, record):
                cut.add(record.id.log)
                continue
        passed.append(signed)
    return passed, cut
