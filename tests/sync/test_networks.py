"""Every network a hotel has: scans are answered without it, and everything converges when it is back, or through it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kiosk.bench.ways import GETS_THROUGH, NETWORKS, UP, FaultProxy
from kiosk.domain.journal import Kind
from kiosk.domain.verdicts import Outcome
from kiosk.services.incidents import Incidents
from kiosk.services.nearby import Nearby
from kiosk.storage.journal import read_after
from kiosk.sync import claims as claims_module
from kiosk.sync import http as http_module
from kiosk.sync import loop as loop_module
from kiosk.sync.http import HubHttp
from kiosk.sync.loop import SyncLoop
from kiosk.sync.peers import PeerLoop
from tests.builders import Desk, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.meeting import agree
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_loop import wait_for
from tests.sync.test_round import rounds

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]

PATIENCE_S = 60
SCANS = 4
FASTER = 20
"""Networks and the patience with them take so much less time here than in a hotel."""


@pytest.fixture
def database_url() -> None:
    """What a network does to a station does not depend on the hub's database."""


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Quick to give up and to try again; and the threads that spoke with the network, none of them holding a lock."""
    for name in ("CONNECT_S", "PATIENT_S", "SILENCE_S", "ANSWER_S"):
        monkeypatch.setattr(http_module, name, getattr(http_module, name) / FASTER)
    monkeypatch.setattr(claims_module, "QUICK_S", 20.0)  # a busy machine is no hub that hangs
    monkeypatch.setattr(loop_module, "wait_s", lambda _failures, _chance: 0.02)
    return set()


@pytest.fixture
def proxy(live: LiveHub) -> Iterator[FaultProxy]:
    proxy = FaultProxy(live.server.port)
    yield proxy
    proxy.close()


def watch(monkeypatch: pytest.MonkeyPatch, desk: Desk, asking: set[str]) -> None:
    ask, lock = HubHttp._ask, desk.store.reading()

    def watched(http: HubHttp, *question: Any) -> Any:
        asking.add(threading.current_thread().name + (" with the lock" if lock._is_owned() else ""))  # type: ignore[attr-defined]
        return ask(http, *question)

    monkeypatch.setattr(HubHttp, "_ask", watched)


def admitted(desk: Desk) -> int:
    with desk.store.reading():
        return sum(stored.record.kind == Kind.ADMIT for stored in read_after(desk.store.connection, 0))


@pytest.mark.parametrize("name", NETWORKS)
def test_scans_do_not_wait_for_it_and_nothing_is_lost_or_there_twice(
    name: str,
    live: LiveHub,
    stationed: Stationed,
    proxy: FaultProxy,
    asking: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = stationed("Desk 1"), stationed("Desk 2")
    link = let_in(live, one)
    let_in(live, two)
    enrol(one.store, some_attendees(2 * SCANS))
    for desk in (one, two, one):
        rounds(desk)
    replace(link, addresses=(proxy.address,)).write(one.store)
    watch(monkeypatch, one, asking)
    loop = SyncLoop(one.store, one.station, lambda _status: None)
    one.check_in.claims = loop
    loop.start()
    try:
        wait_for(lambda: loop.claims is not None and loop.claims.is_open)
        proxy.turn(NETWORKS[name].times(1 / FASTER))
        assert proxy.met(PATIENCE_S)
        assert [one.scan(f"{n:06}").outcome for n in range(1, SCANS + 1)] == [Outcome.ADMITTED] * SCANS
        assert not any(thread.startswith("MainThread") or thread.endswith("the lock") for thread in list(asking))
        for n in range(SCANS + 1, 2 * SCANS + 1):
            assert two.scan(f"{n:06}").admitted
        rounds(two)
        if name not in GETS_THROUGH:
            assert proxy.met(PATIENCE_S), "the loop has given up"
            assert admitted(one) == SCANS, "nothing comes over this network"
            proxy.turn(UP)
        wait_for(lambda: admitted(one) == 2 * SCANS and loop.status.unsent == 0)
    finally:
        loop.close()
    replace(link, addresses=(f"127.0.0.1:{live.server.port}",)).write(one.store)
    for desk in (one, two, one):
        rounds(desk)
    everything_is_there_once(one, two)


def everything_is_there_once(*desks: Desk) -> None:
    assert agree(*desks)
    for desk in desks:
        assert admitted(desk) == 2 * SCANS
        assert Incidents(desk.store, desk.station).all() == []


def test_stations_that_cannot_see_each_other_meet_at_the_hub(
    live: LiveHub, stationed: Stationed, proxy: FaultProxy, asking: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a Wi-Fi that isolates its guests: who asks the other one hears nothing, all the time."""
    one, two = stationed("Desk 1"), stationed("Desk 2")
    links = [let_in(live, desk) for desk in (one, two)]
    enrol(one.store, some_attendees(2 * SCANS))
    for desk in (one, two, one):
        rounds(desk)
    watch(monkeypatch, one, asking)
    proxy.turn(NETWORKS["hanging"])
    nearby = Nearby(one.store, one.station, links[0])
    nearby.may_be_at(two.store.journal.device.id, [proxy.address])
    loop = SyncLoop(one.store, one.station, lambda _status: None)
    peers = PeerLoop(nearby, lambda: True, lambda: None, lambda: None)
    loop.start()
    peers.start()
    try:
        assert proxy.met(PATIENCE_S), "the other one is asked"
        assert [one.scan(f"{n:06}").outcome for n in range(1, SCANS + 1)] == [Outcome.ADMITTED] * SCANS
        assert not any(thread.startswith("MainThread") or thread.endswith("the lock") for thread in list(asking))
        for n in range(SCANS + 1, 2 * SCANS + 1):
            assert two.scan(f"{n:06}").admitted
        rounds(two)
        wait_for(lambda: admitted(one) == 2 * SCANS and loop.status.unsent == 0)
    finally:
        loop.close()
        peers.close()
    rounds(two)
    everything_is_there_once(one, two)
