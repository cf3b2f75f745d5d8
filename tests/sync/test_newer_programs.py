"""A fleet in which programs differ: what a newer station writes reaches every other one, through a hub that is old."""

from __future__ import annotations

import pytest

from kiosk.domain.incidents import IncidentKind
from kiosk.domain.trust import DeviceRole
from kiosk.domain.verdicts import Outcome, Reason
from kiosk.services.doors import Door, Doors
from kiosk.services.incidents import Incidents
from tests.builders import START, a_session, an_attendee, enrol, hold
from tests.hub.conftest import LiveHub
from tests.meeting import everything
from tests.storage.test_unread_view import a_newer_program_writes
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_round import rounds

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


def test_a_critical_record_of_a_newer_desk_sends_whom_it_names_to_the_desk_at_every_door(
    live: LiveHub, stationed: Stationed
) -> None:
    newer, desk, door = stationed("Desk 1"), stationed("Desk 2"), stationed("Door 1")
    for each, role in ((newer, DeviceRole.DESK), (desk, DeviceRole.DESK), (door, DeviceRole.DOOR)):
        let_in(live, each, role)
    ada, bob = an_attendee("Ada", "Lovelace", code="000001"), an_attendee("Bob", "Barker", code="000002")
    enrol(newer.store, ada, bob)
    hold(newer.store, a_session())
    a_newer_program_writes(newer, {"subject": ada.attendee.id}, values=[b'{"why": "badge stolen"}'])
    for each in (newer, desk, door):
        rounds(each)
    assert desk.scan("000001").reason is Reason.UPDATE_FIRST
    assert desk.scan("000002").admitted
    doors, at_door = Doors(door.store, door.station), Door("Salon A")
    answer = doors.present("000001", at_door, at=START)
    assert answer is not None
    assert (answer.outcome, answer.reason, answer.newer_at) == (Outcome.REFUSED, Reason.UPDATE_FIRST, "Desk 1")
    assert not doors.let_in(ada.attendee.id, at_door, at=START).admitted, "no room monitor may open it with one tap"
    assert doors.override(ada.attendee.id, at_door, "It is hers", "Deb", at=START).admitted
    for each in (desk, door):
        assert [i.kind for i in Incidents(each.store, each.station).open()] == [IncidentKind.UNREAD]
    (sent,) = [each for each in everything(newer.store) if b'"seize"' in each.data]
    assert [each for each in everything(desk.store) if b'"seize"' in each.data] == [sent]
    (told,) = [each for each in everything(door.store) if b'"seize"' in each.data]
    assert (told.data, told.signature) == (sent.data, sent.signature), "but for why: that is not for doors"
    assert told.values[0].value is None
