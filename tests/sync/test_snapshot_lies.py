"""What is no page of this hub, and what was altered on the way, leaves a new station as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.domain.exchange import SideValue, Signed
from kiosk.domain.trust import PROTOCOL
from kiosk.errors import HubUnavailable
from kiosk.hub import snapshot as hub_snapshot
from kiosk.hub.routes import STATIONS, Call, Raw, Route
from kiosk.sync.loop import exchange
from kiosk.wire.compress import pack, unpack
from kiosk.wire.snapshot import SnapshotPage, write_page
from tests.builders import enrol, some_attendees
from tests.hub.conftest import Serve
from tests.meeting import agree, everything, stations_of
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_round import rounds
from tests.sync.test_snapshot import NewStation, people

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


@pytest.fixture
def database_url() -> None:
    """What a station makes of lies does not depend on the hub's database."""


def lying(answer: Callable[[], bytes]) -> Route:
    async def lie(_call: Call) -> Raw:
        return Raw(answer(), hub_snapshot.MEDIA_TYPE)

    query = {"after": "where"}
    return Route("GET", "/v1/lie", "Lies", lie, STATIONS, media_type=hub_snapshot.MEDIA_TYPE, query=query)


@pytest.mark.parametrize("case", ["bomb", "cut", "no page", "another hub", "another protocol", "no salts"])
def test_what_is_no_page_of_this_hub_leaves_everything_as_it_was(
    serve: Serve, stationed: Stationed, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    told: list[bytes] = []
    live = serve(lying(lambda: told[0]))
    old = stationed("Desk 1")
    let_in(live, old)
    enrol(old.store, some_attendees(9))
    new = NewStation(live, stationed("Desk 2"))
    exchange(new.client, new.round)
    hub, held = new.link.hub, everything(old.store)
    good = write_page(SnapshotPage(PROTOCOL, hub, held, "", 1))
    monkeypatch.setattr("kiosk.sync.snapshot.SNAPSHOT", "/v1/lie")
    match case:
        case "bomb":
            told.append(pack(b"\0" * (200 << 20)))
        case "cut":
            told.append(good[: len(good) // 2])
        case "no page":
            told.append(pack(b"\x93" * 100))
        case "another hub":
            told.append(write_page(SnapshotPage(PROTOCOL, "Z" * 26, held, "", 1)))
        case "another protocol":
            told.append(write_page(SnapshotPage(PROTOCOL + 1, hub, held, "", 1)))
        case "no salts":
            content = unpack(good, 1 << 20)
            told.append(pack(content.replace(b"\x91\xc4\x20", b"\x91\xc4\x00", 1)))
    before = everything(new.desk.store)
    try:
        with pytest.raises(HubUnavailable):
            new.fetch()
    finally:
        new.client.close()
    assert everything(new.desk.store) == before
    assert not new.told


@pytest.mark.parametrize("part", ["record", "signature", "value"])
def test_an_altered_record_is_not_taken_in_and_comes_sound_later(
    serve: Serve, stationed: Stationed, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Its signature alone is enough: whoever kept it would pass on what others refuse."""
    told: list[bytes] = []
    live = serve(lying(lambda: told[0]))
    old, desk = stationed("Desk 1"), stationed("Desk 2")
    let_in(live, old)
    enrol(old.store, some_attendees(60))
    rounds(old)
    new = NewStation(live, desk)
    stations_of(desk).accept(stations_of(old).own)
    held = everything(old.store)
    n = next(n for n, signed in enumerate(held) if signed.values)
    spoiled = held[n]
    match part:
        case "record":
            spoiled = Signed(spoiled.data.replace(b"import", b"imporT"), spoiled.signature, spoiled.values)
        case "signature":
            spoiled = Signed(spoiled.data, bytes(64), spoiled.values)
        case "value":
            changed = SideValue(spoiled.values[0].mac, spoiled.values[0].salt, b"{}")
            spoiled = Signed(spoiled.data, spoiled.signature, (changed, *spoiled.values[1:]))
    told.append(write_page(SnapshotPage(PROTOCOL, new.link.hub, [*held[:n], spoiled, *held[n + 1 :]], "", 9)))
    with monkeypatch.context() as lies:
        lies.setattr("kiosk.sync.snapshot.SNAPSHOT", "/v1/lie")
        new.fetch()
    assert spoiled.signature not in {signed.signature for signed in everything(desk.store)} or part == "value"
    assert people(desk) == 0
    new.client.close()
    rounds(desk)
    rounds(old)
    rounds(desk)
    assert agree(old, desk)
    assert people(desk) == 60
