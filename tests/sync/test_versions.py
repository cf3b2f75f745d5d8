"""Programs of yesterday and of today: old files open and agree, old messages are understood, others refused in words.

What a program of tomorrow writes is in `test_newer_programs.py`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from kiosk.domain.incidents import IncidentKind
from kiosk.domain.trust import PROTOCOL
from kiosk.domain.verdicts import Outcome, Reason
from kiosk.errors import HubRefused
from kiosk.hub.backup import restore
from kiosk.hub.proof import verify as verify_hub
from kiosk.services.hub_link import HubLink
from kiosk.services.incidents import Incidents
from kiosk.services.verify import verify
from kiosk.storage import roster
from kiosk.sync.client import HubClient
from kiosk.sync.round import Round
from kiosk.wire.rounds import SyncAnswer, SyncRequest
from tests.builders import KEY, Clock, Desk, a_station, enrol, some_attendees
from tests.hub.conftest import LiveHub, Serve
from tests.meeting import agree
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_round import hub_holds, rounds, unsent

pytestmark = pytest.mark.timeout(120)

OLD = Path(__file__).parent.parent / "storage" / "old_versions"
VERSIONS = ["e81989d"]


@pytest.fixture(params=VERSIONS)
def left(request: pytest.FixtureRequest, tmp_path: Path, serve: Serve, database_url: str | None) -> LiveHub:
    """What a program of yesterday left, copied; its hub is opened by today's, or put back from its backup."""
    shutil.copytree(OLD / request.param, tmp_path, dirs_exist_ok=True)
    if database_url is None:
        return serve(folder=tmp_path / "hub")
    restore(tmp_path / "restored", KEY, database_url, tmp_path / "hub.backup", "correct horse battery")
    return serve(folder=tmp_path / "restored")


@pytest.fixture
def desks(left: LiveHub, tmp_path: Path) -> Iterator[list[Desk]]:
    with ExitStack() as opened:
        found = []
        for name in ("office", "desk"):
            desk = opened.enter_context(a_station(tmp_path / name, clock=Clock()))
            desk.clock.forward(86_400)
            link = HubLink.read(desk.store)
            assert link is not None
            replace(link, addresses=(f"127.0.0.1:{left.server.port}",)).write(desk.store)
            found.append(desk)
        yield found


def test_what_yesterday_s_programs_left_opens_and_comes_to_agree(left: LiveHub, desks: list[Desk]) -> None:
    office, desk = desks
    assert unsent(office) == unsent(desk) == 1
    assert office.scan("000001").outcome is Outcome.ALREADY
    assert desk.scan("000005").outcome is Outcome.ADMITTED, "as far as it has heard"
    for each in (office, desk, office, desk):
        rounds(each)
    assert unsent(office) == unsent(desk) == 0
    assert agree(office, desk)
    for each in desks:
        assert each.scan("000004").outcome is Outcome.ALREADY
        assert each.scan("000003").reason is Reason.BLOCKED
        assert each.scan("000006").reason in (Reason.NOTE, Reason.ALREADY_IN)
        assert roster.counts(each.store.view.connection, "desk").people == 12
        assert [i.kind for i in Incidents(each.store, each.station).open()] == [IncidentKind.TWICE], "the one of today"
        assert [i.settled_by for i in Incidents(each.store, each.station).all()] == ["", "Deb"]
        assert verify(each.store).problems == ()
        rounds(each)
    with left.hub.database.snapshot() as connection:
        assert verify_hub(connection).problems == ()


# Messages


class RequestOfYesterday(msgspec.Struct, frozen=True, omit_defaults=True):
    """The request as program e81989d knew it."""

    protocol: int
    digest: str
    vector: dict | None = None  # type: ignore[type-arg]
    push: list = []  # type: ignore[type-arg]
    unconfirmed: list[str] = []


class AnswerOfYesterday(msgspec.Struct, frozen=True):
    """The answer as program e81989d knew it."""

    protocol: int
    hub: str
    boot: str
    digest: str
    vector: dict | None  # type: ignore[type-arg]
    vector_wanted: bool
    records: list  # type: ignore[type-arg]
    more: bool
    receipt: dict  # type: ignore[type-arg]
    refused: int
    received_ms: int
    sent_ms: int


def through(shape: type, message: object, then: type) -> object:
    """The message as it comes out of a program that knows only this shape: what it does not know is gone."""
    old = msgspec.json.decode(msgspec.json.encode(message), type=shape)
    return msgspec.json.decode(msgspec.json.encode(old), type=then)


def today(request: SyncRequest, _round: Round) -> SyncRequest:
    return request


def a_station_of_yesterday(request: SyncRequest, round_: Round) -> SyncRequest:
    """It knew nothing of telling what changed, and told its vector whole."""
    told = msgspec.structs.replace(request, vector=round_._stations.vector())
    return through(RequestOfYesterday, told, SyncRequest)  # type: ignore[return-value]


def to_a_hub_of_yesterday(request: SyncRequest, _round: Round) -> SyncRequest:
    return through(RequestOfYesterday, request, SyncRequest)  # type: ignore[return-value]


Saying = Callable[[SyncRequest, Round], SyncRequest]


def talk(desk: Desk, says: Saying, most: int = 30) -> None:
    """Rounds in which one side is of yesterday."""
    link = HubLink.read(desk.store)
    assert link is not None
    round_ = Round(desk.store, desk.station, link)
    with closing(HubClient(link)) as client:
        for _ in range(most):
            request = round_.request()
            answer = client.ask("POST", "/v1/sync", says(request, round_), SyncAnswer)
            if says is not today:
                answer = through(AnswerOfYesterday, answer, SyncAnswer)  # type: ignore[assignment]
            if not round_.answered(request, answer).more:
                return
    raise AssertionError("they do not come to an end")


@pytest.mark.parametrize("says", [a_station_of_yesterday, to_a_hub_of_yesterday])
def test_one_side_may_be_of_yesterday(live: LiveHub, stationed: Stationed, says: Saying) -> None:
    """A station of yesterday at a hub of today; and, as far as messages go, a station of today at one of yesterday."""
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    enrol(one.store, some_attendees(700))
    one.scan("000001")
    for _ in range(2):
        talk(one, says)
        talk(two, today if says is a_station_of_yesterday else says)
        two.scan("000002")
    talk(two, says)
    talk(one, says)
    assert unsent(one) == unsent(two) == 0
    assert agree(one, two)
    assert hub_holds(live) > 5


def test_what_a_message_of_tomorrow_says_more_is_left_aside(live: LiveHub, stationed: Stationed) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    round_ = Round(one.store, one.station, link)
    request = json.loads(msgspec.json.encode(round_.request()))
    told = live.ask("POST", "/v1/sync", link, {**request, "mood": {"of": ["tomorrow"]}})
    assert told.status == 200
    answer = json.loads(told.body)
    answer |= {"advice": [1, 2, 3], "receipt": {**answer["receipt"], "seal": "wax"}}
    round_.answered(round_.request(), msgspec.json.decode(json.dumps(answer).encode(), type=SyncAnswer))
    beat = {"app": "9.9", "unsent": 0, "temperature_c": 21}
    assert live.ask("POST", "/v1/beat", link, beat).status == 200


def test_another_protocol_is_refused_in_words_and_nothing_is_lost(live: LiveHub, stationed: Stationed) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    enrol(one.store, some_attendees(3))
    before = unsent(one)
    round_ = Round(one.store, one.station, link)
    other = msgspec.structs.replace(round_.request(), protocol=PROTOCOL + 1)
    with closing(HubClient(link)) as client, pytest.raises(HubRefused, match="another version") as refused:
        client.ask("POST", "/v1/sync", other, SyncAnswer)
    assert refused.value.code == "protocol"
    assert unsent(one) == before > 0
    assert one.scan("000001").admitted
    rounds(one)
    assert unsent(one) == 0
