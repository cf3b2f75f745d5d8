"""The conference is over at the hub: every station hears of it, lets go of names once it has sent everything, and
brings none back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.journal import Kind, to_ms
from kiosk.domain.trust import DeviceRole
from kiosk.hub import records
from kiosk.hub.proof import verify as verify_hub
from kiosk.services.bundles import Bundles
from kiosk.services.hub_link import HubLink
from kiosk.services.incidents import Incidents
from kiosk.services.retention import Retention
from kiosk.services.verify import verify
from kiosk.storage import roster
from kiosk.storage.journal import utc_now
from kiosk.storage.purge import holds_names, purged_at
from kiosk.wire import sealed
from tests.builders import Desk, an_attendee, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_loop import Watched, wait_for, watch
from tests.sync.test_round import rounds, unsent

__all__ = ["watch"]

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


def over(live: LiveHub, in_days: float = 0) -> None:
    """The organizer says that it is over, or will be."""
    live.hub.order_purge(live.hub.clock() + timedelta(days=in_days))
    live.hub.keep_retention()


def obeys(desk: Desk) -> bool:
    link = HubLink.read(desk.store)
    assert link is not None
    return Retention(desk.store, desk.station).obey(link.hub, lambda: unsent(desk))


def hub_keeps(live: LiveHub) -> int:
    """Personal values there; everything verifies."""
    with live.hub.database.snapshot() as connection:
        findings = verify_hub(connection)
    assert findings.problems == ()
    return findings.values


@pytest.fixture
def two(live: LiveHub, stationed: Stationed) -> tuple[Desk, Desk]:
    """Two desks that know of each other what there is to know."""
    one, other = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, other):
        desk.station.clock = utc_now
        let_in(live, desk)
    enrol(one.store, some_attendees(20))
    one.check_in.present("000001")
    rounds(one)
    rounds(other)
    return one, other


def test_every_station_lets_go_of_names_and_what_happened_stays(live: LiveHub, two: tuple[Desk, Desk]) -> None:
    over(live)
    assert hub_keeps(live) == 0
    for desk in two:
        assert not obeys(desk)  # it has not heard of it
        rounds(desk)
        assert obeys(desk)
        assert not obeys(desk)  # there is nothing left to do
        assert verify(desk.store).problems == ()
        assert not holds_names(desk.store)
        assert roster.counts(desk.store.view.connection, "desk").checked_in == 1


def test_nothing_is_let_go_of_that_is_nowhere_else(live: LiveHub, two: tuple[Desk, Desk]) -> None:
    late, _other = two
    over(live)
    enrol(late.store, an_attendee("Ada", "Lovelace", code="999999"))
    rounds(_other)
    order = records.records_after  # the order comes by another station, before anything of this one was sent
    with live.hub.database.read() as connection:
        batch, _more = order(connection, {})
    from kiosk.services.stations import Stations

    Stations(late.store, late.station).receive(batch)
    assert unsent(late) > 0
    assert not obeys(late)
    assert holds_names(late.store)
    rounds(late)
    assert obeys(late)
    assert not holds_names(late.store)


def test_who_comes_back_late_brings_records_and_no_names(live: LiveHub, two: tuple[Desk, Desk]) -> None:
    late, other = two
    enrol(late.store, an_attendee("Ada", "Lovelace", code="999999"))
    late.check_in.present("999999")
    over(live)
    rounds(late)
    assert unsent(late) == 0
    assert hub_keeps(live) == 0
    rounds(other)
    assert obeys(other)
    rounds(other)
    assert verify(other.store).problems == ()
    assert not holds_names(other.store)
    assert roster.counts(other.store.view.connection, "desk").checked_in == 2


def test_before_its_day_nothing_goes_and_on_its_day_it_goes_without_a_network(
    live: LiveHub, two: tuple[Desk, Desk]
) -> None:
    one, _other = two
    over(live, in_days=30)
    rounds(one)
    assert hub_keeps(live) > 0
    assert not obeys(one)
    one.station.clock = lambda: utc_now() + timedelta(days=29)
    assert not obeys(one)
    one.station.clock = lambda: utc_now() + timedelta(days=31)
    assert obeys(one)
    live.hub.clock = lambda: utc_now() + timedelta(days=31)
    assert live.hub.keep_retention() > 0


def test_a_station_with_a_clock_years_ahead_waits_for_the_day_all_the_same(
    live: LiveHub, two: tuple[Desk, Desk]
) -> None:
    one, _other = two
    one.station.clock = lambda: utc_now() + timedelta(days=3_650)
    over(live, in_days=30)
    rounds(one)
    assert not obeys(one)
    assert holds_names(one.store)


def test_the_last_word_counts(live: LiveHub, two: tuple[Desk, Desk]) -> None:
    one, _other = two
    over(live, in_days=1)
    over(live, in_days=60)
    rounds(one)
    one.station.clock = lambda: utc_now() + timedelta(days=30)
    assert not obeys(one)


def test_nobody_but_the_hub_is_obeyed(live: LiveHub, two: tuple[Desk, Desk]) -> None:
    one, other = two
    with other.store.write() as journal:  # a desk that was taken over
        journal.append(Kind.PURGE, {"on": to_ms(utc_now())}, at=utc_now(), actor="station")
    rounds(other)
    rounds(one)
    assert not obeys(one)
    assert not obeys(other)
    assert holds_names(one.store)
    assert live.hub.keep_retention() == 0


def test_a_stick_brings_no_names_back(
    live: LiveHub, two: tuple[Desk, Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "_ARGON2", {"time_cost": 1, "memory_cost": 64, "parallelism": 1})
    one, other = two
    enrol(other.store, an_attendee("Ada", "Lovelace", code="999999"))
    Bundles(other.store, other.station).export(tmp_path / "stick", "a passphrase")
    over(live)
    rounds(one)
    assert obeys(one)
    bundles = Bundles(one.store, one.station)
    taken = bundles.take(bundles.open(tmp_path / "stick", "a passphrase"))
    assert taken.received.kinds[Kind.IMPORT] == 1
    assert not holds_names(one.store)
    assert verify(one.store).problems == ()
    assert Incidents(one.store, one.station).open() == []


def test_the_loop_does_it_and_says_so(live: LiveHub, two: tuple[Desk, Desk], watch: Callable[[Desk], Watched]) -> None:
    one, _other = two
    purged: list[bool] = []
    watched = Watched(one)
    watched.loop.on_purge = lambda: purged.append(True)
    over(live)
    watched.loop.start()
    wait_for(lambda: bool(purged))
    watched.loop.close()
    assert purged == [True]
    assert purged_at(one.store) is not None
    assert "The conference is over" in Retention(one.store, one.station).told()


def test_the_pages_name_nobody_any_more(live: LiveHub, two: tuple[Desk, Desk]) -> None:
    board = live.enrol(DeviceRole.ORGANIZER)

    def listed() -> list[dict[str, str]]:
        people: list[dict[str, str]] = live.ask("GET", "/v1/lists/checked_in", board).json["people"]
        return people

    (before,) = listed()
    assert "Lovelace" in before["name"] or before["agency"]
    over(live)
    (after,) = listed()
    assert after["id"] == before["id"]
    assert after["name"] == after["id"]
    assert not after["agency"]
    assert live.ask("GET", "/v1/lists/missing", board).json["people"] == []
