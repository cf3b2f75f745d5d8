"""Rounds are packed where both sides know how, and whoever sends a bomb is refused before it goes off."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from kiosk.domain.trust import PROTOCOL, DeviceRole
from kiosk.errors import HubUnavailable
from kiosk.hub.routes import STATIONS, Call, Raw, Route
from kiosk.sync import http as http_module
from kiosk.sync.client import HubClient
from kiosk.wire.codec import encode
from kiosk.wire.compress import PACKED, pack, unpack
from kiosk.wire.rounds import MAX_ROUND_BYTES, SyncAnswer, SyncRequest
from tests.builders import enrol, some_attendees
from tests.hub.conftest import LiveHub, Serve
from tests.meeting import agree
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_round import rounds

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def database_url() -> None:
    """How rounds travel does not depend on the hub's database."""


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Sizes of what the station packed and unpacked, before and after."""
    sizes: list[tuple[int, int]] = []

    def packing(data: bytes, level: int) -> bytes:
        short = pack(data, level)
        sizes.append((len(data), len(short)))
        return short

    def unpacking(data: bytes, most: int) -> bytes:
        whole = unpack(data, most)
        sizes.append((len(whole), len(data)))
        return whole

    monkeypatch.setattr(http_module, "pack", packing)
    monkeypatch.setattr(http_module, "unpack", unpacking)
    return sizes


def test_both_ways_are_packed(live: LiveHub, stationed: Stationed, packed: list[tuple[int, int]]) -> None:
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    for desk in (one, two, one, two):
        enrol(desk.store, some_attendees(400))
        rounds(desk)
    rounds(one)
    assert agree(one, two)
    long, short = (sum(column) for column in zip(*packed, strict=True))
    assert long > 3 * short
    assert len(packed) > 4


def test_a_hub_of_yesterday_is_asked_plainly(
    live: LiveHub, stationed: Stationed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.hub.app.PACKED", "unheard-of")
    one = stationed("Desk 1")
    let_in(live, one)
    enrol(one.store, some_attendees(400))
    monkeypatch.setattr(http_module, "pack", lambda *_: pytest.fail("packed for who does not say that it knows how"))
    rounds(one)


@pytest.mark.parametrize("case", ["bomb", "no zstd"])
def test_a_request_that_unpacks_to_too_much_or_to_nothing_is_refused(live: LiveHub, case: str) -> None:
    link = live.enrol(DeviceRole.DESK)
    body = pack(bytes(20 * MAX_ROUND_BYTES)) if case == "bomb" else b"not packed at all"
    tracemalloc.start()
    told = live.ask("POST", "/v1/sync", link, body, {"content-encoding": PACKED})
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (told.status, told.json["code"]) == ((413, "too_long") if case == "bomb" else (400, "not_understood"))
    assert peak < 6 * MAX_ROUND_BYTES
    good = encode(SyncRequest(PROTOCOL, "0" * 16))
    assert live.ask("POST", "/v1/sync", link, pack(good), {"content-encoding": PACKED}).status == 200


def test_whoever_does_not_ask_for_it_gets_plain_json(live: LiveHub) -> None:
    link = live.enrol(DeviceRole.DESK)
    told = live.ask("POST", "/v1/sync", link, encode(SyncRequest(PROTOCOL, "0" * 16, {})))
    assert "content-encoding" not in told.headers
    assert json.loads(told.body)["protocol"] == PROTOCOL


@pytest.mark.expect_log
def test_an_answer_that_is_a_bomb_is_no_answer(
    serve: Serve, stationed: Stationed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lie(_call: Call) -> Raw:
        return Raw(pack(bytes(200 << 20)), "application/json", {"content-encoding": PACKED})

    live = serve(Route("POST", "/v1/lie", "Lies", lie, STATIONS, takes=SyncRequest))
    one = stationed("Desk 1")
    client = HubClient(let_in(live, one))
    with pytest.raises(HubUnavailable):
        client.ask("POST", "/v1/lie", SyncRequest(PROTOCOL, "0" * 16), SyncAnswer)
    client.close()
