"""Every network a hotel has: scans are answered without it, and everything converges when it is back, or through it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kiosk.domain.journal import Kind
from kiosk.domain.verdicts import Outcome
from kiosk.services.incidents import Incidents
from kiosk.storage.journal import read_after
from kiosk.sync import claims as claims_module
from kiosk.sync import http as http_module
from kiosk.sync import loop as loop_module
from kiosk.sync.http import HubHttp
from kiosk.sync.loop import SyncLoop
from tests.builders import Desk, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.meeting import agree
from tests.networks import GETS_THROUGH, NETWORKS, UP, FaultProxy
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_loop import wait_for
from tests.sync.test_round import rounds

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]

PATIENCE_S = 60
SCANS = 4


@pytest.fixture
def database_url() -> None:
    """What a network does to a station does not depend on the hub's database."""


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Quick to give up and to try again; and the threads that spoke with the network, none of them holding a lock."""
    monkeypatch.setattr(http_module, "CONNECT_S", 0.3)
    monkeypatch.setattr(http_module, "SILENCE_S", 0.3)
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
        proxy.turn(NETWORKS[name])
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
    assert agree(one, two)
    for desk in (one, two):
        assert admitted(desk) == 2 * SCANS
        assert Incidents(desk.store, desk.station).all() == []
