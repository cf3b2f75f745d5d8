"""A record that stops the rest of its log at the hub: an organizer sees it, and lets it count or leaves it out."""

from __future__ import annotations

import pytest

from kiosk import __version__
from kiosk.domain.fleet import alarms
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.trust import DeviceRole
from kiosk.domain.verdicts import Outcome
from kiosk.errors import BadInput
from kiosk.hub.console import Console
from kiosk.hub.proof import verify as verify_hub
from kiosk.services.incidents import Incidents
from kiosk.services.verify import verify
from kiosk.storage import roster
from tests.builders import NOON, Desk, an_attendee, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.meeting import agree
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_round import rounds, unsent

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


def a_door_that_writes_a_roster(live: LiveHub, stationed: Stationed) -> tuple[Desk, Desk]:
    """It lets 1 in, brings in a roster as if it were a desk, and lets 2 in."""
    desk, door = stationed("Desk 1"), stationed("Door 1")
    let_in(live, desk)
    let_in(live, door, DeviceRole.DOOR)
    enrol(desk.store, some_attendees(9))
    for each in (desk, door):
        rounds(each)
    assert door.scan("000001").admitted
    enrol(door.store, an_attendee("Eve", "Extra", code="000099"))
    assert door.scan("000002").admitted
    for each in (door, desk):
        rounds(each)
    return desk, door


def test_it_holds_up_its_own_log_only_and_an_organizer_is_told(live: LiveHub, stationed: Stationed) -> None:
    desk, door = a_door_that_writes_a_roster(live, stationed)
    assert desk.scan("000001").outcome is Outcome.ALREADY
    assert unsent(door) == 2, "it is said that they do not count yet"
    door.scan("000003")  # in another log
    for each in (door, desk):
        rounds(each)
    assert desk.scan("000003").outcome is Outcome.ALREADY
    (held,) = Console(live.hub).held_back()
    assert (held.station, held.kind, held.waiting, held.missing) == ("Door 1", "import", 2, 0)
    assert "which it may not; 2 records wait" in held.words
    (station,) = [each for each in Console(live.hub).stations() if each.name == "Door 1"]
    assert "2 of its records are held back" in [alarm.words for alarm in alarms(station, NOON, __version__)]


def test_it_is_let_count(live: LiveHub, stationed: Stationed) -> None:
    desk, door = a_door_that_writes_a_roster(live, stationed)
    (held,) = Console(live.hub).held_back()
    Console(live.hub).let_count(held.log)
    assert Console(live.hub).held_back() == []
    for each in (door, desk, door):
        rounds(each)
    assert unsent(door) == 0
    assert desk.scan("000002").outcome is Outcome.ALREADY
    assert desk.scan("000099").outcome is Outcome.ADMITTED
    for each in (desk, door):
        rounds(each)
    assert agree(desk, door)
    with pytest.raises(BadInput, match="Nothing"):
        Console(live.hub).let_count(held.log)


def test_it_is_left_out_and_what_follows_counts(live: LiveHub, stationed: Stationed) -> None:
    desk, door = a_door_that_writes_a_roster(live, stationed)
    (held,) = Console(live.hub).held_back()
    Console(live.hub).leave_out(held.log)
    assert Console(live.hub).held_back() == []
    for each in (door, desk, door):
        rounds(each)
    fresh = stationed("Desk 2")
    let_in(live, fresh)
    rounds(fresh)
    assert unsent(door) == 0, "it lies at the hub, aside"
    for each in (desk, fresh):
        assert each.scan("000002").outcome is Outcome.ALREADY
        assert each.scan("000099").outcome is Outcome.UNKNOWN
        assert roster.counts(each.store.view.connection, "desk").people == 9
        assert [i.kind for i in Incidents(each.store, each.station).open()] == [IncidentKind.LOST]
        assert verify(each.store).problems == ()
    with live.hub.database.snapshot() as connection:
        assert verify_hub(connection).problems == ()


def test_what_waits_behind_the_next_one_is_asked_about_again(live: LiveHub, stationed: Stationed) -> None:
    desk, door = stationed("Desk 1"), stationed("Door 1")
    let_in(live, desk)
    let_in(live, door, DeviceRole.DOOR)
    for number in (97, 98):
        enrol(door.store, an_attendee("Eve", "Extra", code=f"0000{number}"))
    rounds(door)
    (held,) = Console(live.hub).held_back()
    Console(live.hub).leave_out(held.log)
    (then,) = Console(live.hub).held_back()
    assert (then.log, then.seq, then.kind) == (held.log, held.seq + 1, "import")
    Console(live.hub).let_count(then.log)
    assert Console(live.hub).held_back() == []
    rounds(desk)
    assert desk.scan("000097").outcome is Outcome.UNKNOWN
    assert desk.scan("000098").outcome is Outcome.ADMITTED
