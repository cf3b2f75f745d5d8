"""Roles where records travel: what a device may not write is not taken in, what it may not read does not reach it."""

from __future__ import annotations

import pytest

from kiosk.domain.exchange import SideValue, Signed
from kiosk.domain.journal import Kind, canonical
from kiosk.domain.roles import may_read_values
from kiosk.domain.scope import for_role
from kiosk.domain.trust import DeviceRole
from kiosk.errors import HubRefused
from kiosk.services.edit import Edit
from kiosk.services.hub_link import HubLink
from kiosk.storage import roster
from kiosk.sync.client import HubClient
from kiosk.sync.round import Round
from kiosk.wire.rounds import SyncAnswer
from tests.builders import Desk, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.meeting import everything, stations_of
from tests.sync.conftest import Stationed, let_in, revoke
from tests.sync.test_round import hub_holds, rounds, unsent

SECRET = "Quetzalcoatl"


def write_certificate(desk: Desk) -> None:
    """Something only organizers may read."""
    with desk.store.write() as journal:
        journal.append(Kind.CERTIFICATE, {"code": "X"}, at=desk.clock(), actor="station", values=[SECRET.encode()])


def test_a_door_gets_every_record_and_only_the_values_it_needs(live: LiveHub, stationed: Stationed) -> None:
    office, door = stationed("Office"), stationed("Room 2")
    let_in(live, office, DeviceRole.ORGANIZER)
    let_in(live, door, DeviceRole.DOOR)
    enrol(office.store, some_attendees(3))
    write_certificate(office)
    for desk in (office, door, office):
        rounds(desk)
    assert {signed.data for signed in everything(office.store)} <= {signed.data for signed in everything(door.store)}
    assert door.scan("000001").admitted
    assert SECRET not in values_at(door)
    second = stationed("Office 2")
    let_in(live, second, DeviceRole.ORGANIZER)
    rounds(second)
    assert SECRET in values_at(second)


@pytest.mark.parametrize("role", [DeviceRole.DOOR, DeviceRole.KIOSK])
def test_a_badge_that_was_blocked_opens_no_door(role: DeviceRole, live: LiveHub, stationed: Stationed) -> None:
    office, door = stationed("Office"), stationed("Room 2")
    let_in(live, office, DeviceRole.ORGANIZER)
    let_in(live, door, role)
    enrol(office.store, some_attendees(3))
    found = roster.by_code(office.store.view.connection, "000001")
    assert found is not None
    Edit(office.store, office.station).block(found[0].id, "000001")
    for desk in (office, door, office, door):
        rounds(desk)
    assert not door.scan("000001").admitted
    assert door.scan("000002").admitted


def values_at(desk: Desk) -> str:
    """Every personal value on its disk."""
    return str([value for signed in everything(desk.store) for value in signed.values])


def a_record(kind: Kind) -> Signed:
    body = {"log": "L" * 26, "seq": 1, "prev": "0" * 64, "dev": "D", "hlc": (1, 0), "wall": 1, "actor": "self"}
    data = canonical({**body, "role": "desk", "gate": None, "crit": False, "kind": kind, "body": {}})
    return Signed(data, bytes(64), (SideValue(bytes(32), bytes(32), SECRET.encode()),))


@pytest.mark.parametrize("role", DeviceRole)
@pytest.mark.parametrize("kind", Kind)
def test_of_every_kind_a_role_gets_the_values_that_are_its_own(role: DeviceRole, kind: Kind) -> None:
    before = a_record(kind)
    [after] = for_role(role, [before])
    assert (before.data, before.signature) == (after.data, after.signature)
    if may_read_values(role, kind):
        assert after == before
    else:
        assert after.values == (SideValue(bytes(32)),)


def test_what_a_door_may_not_write_stops_its_own_log_and_nothing_else(live: LiveHub, stationed: Stationed) -> None:
    office, door = stationed("Office"), stationed("Room 2")
    let_in(live, office, DeviceRole.ORGANIZER)
    let_in(live, door, DeviceRole.DOOR)
    enrol(office.store, some_attendees(3))
    rounds(office)
    rounds(door)
    assert door.scan("000001").admitted
    rounds(door)
    enrol(door.store, some_attendees(1, first_number=9))  # a roster, from a door
    assert door.scan("000002").admitted
    rounds(door)
    assert unsent(door) >= 1
    rounds(office)
    assert not office.scan("000009").admitted
    assert office.scan("000001").first is not None
    enrol(office.store, some_attendees(1, first_number=11))
    rounds(office)
    assert unsent(office) == 0


def test_a_station_that_was_sent_away_hands_over_and_hears_nothing(live: LiveHub, stationed: Stationed) -> None:
    office, desk = stationed("Office"), stationed("Desk 2")
    let_in(live, office, DeviceRole.ORGANIZER)
    let_in(live, desk)
    enrol(office.store, some_attendees(3))
    for each in (office, desk):
        rounds(each)
    assert desk.scan("000001").admitted
    enrol(office.store, some_attendees(1, first_number=9))
    rounds(office)
    revoke(live, desk)
    with pytest.raises(HubRefused):
        rounds(desk)
    link = HubLink.read(desk.store)
    assert link is not None
    client, round_ = HubClient(link), Round(desk.store, desk.station, link)
    held = hub_holds(live)
    while round_.unsent():
        request = round_.request()
        answer = client.ask("POST", "/v1/handover", request, SyncAnswer)
        assert answer.records == []
        round_.answered(request, answer)
    client.close()
    assert hub_holds(live) <= held + 1  # the hub's own word that the device counts no more
    rounds(office)
    assert office.scan("000001").admitted, "what a revoked desk wrote waits until somebody has looked at it"


def test_a_door_does_not_hand_the_hub_what_it_holds_without_its_values(live: LiveHub, stationed: Stationed) -> None:
    """A hub that lost records gets them whole, from who holds them so, though a door comes first."""
    office, door = stationed("Office"), stationed("Room 2")
    let_in(live, office, DeviceRole.ORGANIZER)
    link = let_in(live, door, DeviceRole.DOOR)
    write_certificate(office)
    own = [signed for signed in everything(office.store) if signed.values]
    for signed in everything(office.store):  # as a door is given them
        stations_of(door).receive(for_role(DeviceRole.DOOR, [signed]))
    stations_of(door).accept(stations_of(office).own)
    pushed = Round(door.store, door.station, link).request().push
    assert pushed, "what is its own goes out"
    assert not {signed.data for signed in own} & {signed.data for signed in pushed}
    rounds(door)
    rounds(office)
    third = stationed("Office 2")
    let_in(live, third, DeviceRole.ORGANIZER)
    rounds(third)
    assert SECRET in values_at(third)
