"""Who may write and read what: the whole table, and what is not in it."""

from __future__ import annotations

import pytest

from kiosk.domain.journal import Hlc, Kind, Record, Role
from kiosk.domain.roles import may_read_values, may_write
from kiosk.domain.trust import DeviceRole
from kiosk.domain.verdicts import RecordId
from tests.builders import NOON


def a_record(kind: str, role: str) -> Record:
    return Record(RecordId("L", 1), kind, NOON, Hlc(1, 0), "D", "self", role, None, {})


OWN_ROLE = {role: Role(role) for role in DeviceRole if role is not DeviceRole.DASHBOARD}
NEVER_OF_A_DOOR = [
    Kind.IMPORT,
    Kind.EDIT,
    Kind.WALKIN,
    Kind.REVOKE,
    Kind.GRANT,
    Kind.PROGRAMME,
    Kind.LAYOUT,
    Kind.REVEAL,
]


OF_THE_HUB = {Kind.SEATS_GRANT, Kind.SEATS_FORFEIT}


@pytest.mark.parametrize("kind", Kind)
def test_an_organizer_writes_everything_but_what_is_the_hubs_and_a_dashboard_nothing(kind: Kind) -> None:
    assert may_write(DeviceRole.ORGANIZER, a_record(kind, Role.ORGANIZER)) == (kind not in OF_THE_HUB)
    assert not any(may_write(DeviceRole.DASHBOARD, a_record(kind, role)) for role in Role)
    assert may_read_values(DeviceRole.ORGANIZER, kind)
    assert not may_read_values(DeviceRole.DASHBOARD, kind)


@pytest.mark.parametrize("kind", NEVER_OF_A_DOOR)
@pytest.mark.parametrize("device", [DeviceRole.DOOR, DeviceRole.KIOSK])
def test_who_only_lets_people_in_changes_neither_people_nor_programme(device: DeviceRole, kind: Kind) -> None:
    assert not may_write(device, a_record(kind, OWN_ROLE[device]))


@pytest.mark.parametrize("device", OWN_ROLE)
def test_whoever_scans_may_admit_and_refuse(device: DeviceRole) -> None:
    assert may_write(device, a_record(Kind.ADMIT, OWN_ROLE[device]))
    assert may_write(device, a_record(Kind.DENY, OWN_ROLE[device]))
    assert may_write(device, a_record(Kind.OPEN, OWN_ROLE[device]))


def test_nobody_speaks_as_the_hub_and_a_kiosk_not_as_an_organizer() -> None:
    assert not any(may_write(device, a_record(Kind.ADMIT, Role.HUB)) for device in DeviceRole)
    assert not may_write(DeviceRole.KIOSK, a_record(Kind.ADMIT, Role.ORGANIZER))
    assert not may_write(DeviceRole.DOOR, a_record(Kind.ADMIT, Role.ORGANIZER))


def test_a_kind_of_tomorrow_is_not_a_door_s() -> None:
    assert may_write(DeviceRole.DESK, a_record("teleport", Role.DESK))
    assert not may_write(DeviceRole.DOOR, a_record("teleport", Role.DOOR))
    assert may_read_values(DeviceRole.DESK, "teleport"), "an updated desk may meet a hub that is older"
    assert not may_read_values(DeviceRole.DOOR, "teleport")


def test_certificates_are_for_organizers() -> None:
    assert [device for device in DeviceRole if may_read_values(device, Kind.CERTIFICATE)] == [DeviceRole.ORGANIZER]
    assert not may_read_values(DeviceRole.DOOR, Kind.IMPORT_NAME)
    assert not may_read_values(DeviceRole.KIOSK, Kind.SETTLE)


NOT_FOR = {
    DeviceRole.DOOR: {Kind.CERTIFICATE, Kind.IMPORT_NAME, Kind.LAYOUT, Kind.SETTLE, Kind.REVEAL},
    DeviceRole.KIOSK: {Kind.CERTIFICATE, Kind.IMPORT_NAME, Kind.STAFF, Kind.ADMIT, Kind.REPAIR, Kind.SETTLE},
}
"""What neither needs to let somebody in, and what may name more than that: reasons somebody typed, files, staff."""


@pytest.mark.parametrize(("device", "kind"), [(device, kind) for device in NOT_FOR for kind in sorted(NOT_FOR[device])])
def test_who_only_lets_people_in_reads_no_more_than_that_needs(device: DeviceRole, kind: Kind) -> None:
    assert not may_read_values(device, kind)
