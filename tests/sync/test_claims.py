"""What a claim is, and when nobody asks: a hub that hangs costs one scan a quarter of a second. Races: see there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.claims import Claim, ClaimState
from kiosk.domain.programme import DoorPolicy
from kiosk.domain.verdicts import Outcome
from kiosk.hub import claims as hub_claims
from kiosk.services.hub_link import HubLink
from kiosk.sync import claims as claims_module
from kiosk.sync.claims import HubClaims
from tests.builders import Desk, a_door, a_session, an_attendee, enrol, hold, place, some_attendees
from tests.hub.conftest import LiveHub
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_loop import wait_for

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def two_desks(live: LiveHub, stationed: Stationed, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Desk, Desk]]:
    """Two desks that know the same people and ask the hub before they let anybody in."""
    monkeypatch.setattr(claims_module, "BUDGET_S", 20.0)  # a busy machine is no hub that hangs
    monkeypatch.setattr(claims_module, "QUICK_S", 20.0)
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    asking = [with_claims(desk) for desk in (one, two)]
    yield one, two
    for claims in asking:
        claims.close()


def with_claims(desk: Desk) -> HubClaims:
    link = HubLink.read(desk.store)
    assert link is not None
    claims = HubClaims(link)
    claims.probe()
    wait_for(lambda: claims.is_open)
    desk.check_in.claims = claims
    return claims


def test_a_claim_is_the_first_ones_for_ten_seconds_and_its_own_again_at_once(
    two_desks: tuple[Desk, Desk], live: LiveHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = two_desks
    assert one.check_in.claims is not None
    assert two.check_in.claims is not None
    granted = Claim(ClaimState.GRANTED)
    assert one.check_in.claims.ask("somebody", "desk") == granted
    assert one.check_in.claims.ask("somebody", "desk") == granted
    taken = two.check_in.claims.ask("somebody", "desk")
    assert taken.state is ClaimState.TAKEN
    assert taken.first is not None
    assert (taken.first.station, taken.first.place) == ("Desk 1", "desk")
    assert two.check_in.claims.ask("somebody", "door") == granted
    monkeypatch.setattr(hub_claims, "LIFE_MS", -1)
    assert two.check_in.claims.ask("somebody", "desk") == granted


def test_a_hub_that_hangs_is_asked_once_and_then_no_more(
    live: LiveHub, stationed: Stationed, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    enrol(one.store, some_attendees(5))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the call and says nothing
        claims = HubClaims(replace(link, addresses=(f"127.0.0.1:{silent.getsockname()[1]}",)))
        claims._open = True
        one.check_in.claims = claims
        asked = []
        submit = claims._asking.submit
        monkeypatch.setattr(claims._asking, "submit", lambda *what: asked.append(what) or submit(*what))  # type: ignore[func-returns-value]
        assert [one.scan(f"{n:06}").outcome for n in range(1, 6)] == [Outcome.ADMITTED] * 5
        assert len(asked) == 1
        assert not claims.is_open
    claims.close()


def test_a_hub_that_falls_silent_again_and_again_is_left_alone_for_longer(
    live: LiveHub, stationed: Stationed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims_module, "QUICK_S", 20.0)
    claims = HubClaims(let_in(live, stationed("Desk 1")))

    def falls_silent_and_is_asked_again() -> bool:
        monkeypatch.setattr(claims_module, "BUDGET_S", -1.0)  # no answer comes in time
        assert claims.ask("somebody", "desk").state is ClaimState.ALONE
        assert not claims.is_open
        monkeypatch.setattr(claims_module, "BUDGET_S", 20.0)
        return answers(claims)

    try:
        assert answers(claims)
        assert falls_silent_and_is_asked_again(), "once may happen"
        assert not falls_silent_and_is_asked_again()
        monkeypatch.setattr(claims, "_again_at", 0.0)  # time has passed
        assert answers(claims)
        for _n in range(claims_module.STEADY):
            assert claims.ask("somebody", "desk").state is ClaimState.GRANTED
        assert falls_silent_and_is_asked_again(), "it was steady since"
    finally:
        claims.close()


def answers(claims: HubClaims) -> bool:
    """Whether people are let in with the hub's word again."""
    claims.probe()
    if claims._probing is not None:
        claims._probing.result()
    return claims.is_open


def test_without_a_hub_every_desk_decides_alone(live: LiveHub, stationed: Stationed) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    enrol(one.store, some_attendees(2))
    claims = HubClaims(link)
    one.check_in.claims = claims
    assert one.scan("000001").admitted, "nobody has asked whether the hub is there"
    live.server.stop()
    claims._open = True
    assert one.scan("000002").admitted
    assert not claims.is_open
    claims.close()


def test_a_door_asks_for_whoever_comes_in_and_not_for_whoever_leaves_or_is_turned_away(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    class Asked:
        def ask(self, attendee_id: str, place: str) -> Claim:
            asked.append((attendee_id, place))
            return Claim(ClaimState.GRANTED)

    with a_door(tmp_path) as door:
        ada, bob = an_attendee("Ada", "Lovelace", code="000001"), an_attendee("Bob", "Young", code="000002")
        session = a_session(door=DoorPolicy.REGISTERED)
        enrol(door.store, ada, bob)
        hold(door.store, session)
        place(door.store, session, ada)
        door.doors.claims = Asked()
        door.scan("000001")
        assert asked == [(ada.attendee.id, session.id)]
        door.scan("000001")
        door.scan("000001", out=True)
        door.scan("000002")
        door.scan("nobody")
        assert len(asked) == 1
        door.clock.forward()
        door.doors.admit(ada.attendee.id, door.door)
        assert len(asked) == 2
