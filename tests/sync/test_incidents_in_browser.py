"""What an organizer decides on the hub's page: written in the hub's name, known at every station, and only there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kiosk.domain.incidents import IncidentKind
from kiosk.domain.trust import DeviceRole
from kiosk.hub.board import Board
from kiosk.services.edit import Edit
from kiosk.services.incidents import Incident, Incidents
from kiosk.storage import roster
from tests.builders import Desk, enrol, some_attendees
from tests.hub.conftest import LiveHub, Serve
from tests.hub.test_pages import paired
from tests.meeting import agree
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_round import rounds, unsent

pytestmark = pytest.mark.timeout(120)

Desks = tuple[Desk, Desk]


@pytest.fixture
def desks(live: LiveHub, stationed: Stationed) -> Desks:
    """Two desks that let the same person in without knowing of each other, and noted different things of her."""
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    enrol(one.store, some_attendees(3))
    exchanged(one, two)
    for desk, note in ((one, "Vegan"), (two, "Vegetarian")):
        found = roster.by_code(desk.store.view.connection, "000001")
        assert found is not None
        Edit(desk.store, desk.station).set(found[0].id, {"note": note})
        assert desk.scan("000001").admitted
    exchanged(one, two)
    return one, two


def exchanged(one: Desk, two: Desk) -> None:
    for desk in (one, two, one, two):
        rounds(desk)


def listed(live: LiveHub, headers: dict[str, str], what: str) -> dict[str, Any]:
    told = live.ask("GET", "/v1/incidents", headers=headers).json["incidents"]
    return next(each for each in told if what in each["what"])


def seen(desk: Desk, kind: IncidentKind) -> list[Incident]:
    return [each for each in Incidents(desk.store, desk.station).all() if each.kind is kind]


Decide = Callable[..., Any]


@pytest.fixture
def decide(live: LiveHub) -> Decide:
    headers = paired(live, names=True)

    def post(incident: str, way: str, text: str, by: str = "Marta") -> Any:
        body = {"incident": incident, "way": way, "text": text, "by": by}
        return live.ask("POST", "/v1/incidents", body=body, headers=headers)

    return post


def test_both_sides_stand_there_in_words(live: LiveHub, desks: Desks) -> None:
    twice = listed(live, paired(live, names=True), "two stations")
    assert twice["who"] == "First1 Last1"
    assert twice["where"] == "Desk"
    assert {twice[side]["words"].split(" · ")[0] for side in ("one", "other")} == {"Desk 1", "Desk 2"}
    assert twice["ways"] == ["settle", "take_back"]
    disputed = listed(live, paired(live, names=True), "one field")
    assert {disputed[side]["value"] for side in ("one", "other")} == {"Vegan", "Vegetarian"}


def test_it_is_settled_everywhere_and_both_admissions_stay(live: LiveHub, desks: Desks, decide: Decide) -> None:
    twice = listed(live, paired(live, names=True), "two stations")
    answer = decide(twice["id"], "settle", "Twins, one badge")
    assert answer.status == 200, answer.json
    assert [each["settled_by"] for each in answer.json["incidents"] if each["id"] == twice["id"]] == ["Marta"]
    exchanged(*desks)
    for desk in desks:
        assert [each.settled_by for each in seen(desk, IncidentKind.TWICE)] == ["Marta"]
        assert unsent(desk) == 0
    assert agree(*desks)


def test_one_of_two_admissions_is_taken_back(live: LiveHub, desks: Desks, decide: Decide) -> None:
    twice = listed(live, paired(live, names=True), "two stations")
    assert decide(twice["id"], "take_back", twice["one"]["record"]).status == 200
    exchanged(*desks)
    for desk in desks:
        assert seen(desk, IncidentKind.TWICE) == []
        assert str(desk.scan("000001").first.record) == twice["other"]["record"]


def test_a_disputed_field_is_given_its_value(live: LiveHub, desks: Desks, decide: Decide) -> None:
    disputed = listed(live, paired(live, names=True), "one field")
    assert decide(disputed["id"], "give", "Vegan, no nuts").status == 200
    exchanged(*desks)
    for desk in desks:
        assert seen(desk, IncidentKind.DISPUTE) == []
        found = roster.by_code(desk.store.view.connection, "000001")
        assert found is not None
        assert found[0].note == "Vegan, no nuts"


@pytest.mark.parametrize(
    ("way", "text", "by", "words"),
    [
        ("settle", "", "Marta", "Say what was the matter"),
        ("settle", "Twins", " ", "Say what was the matter"),
        ("take_back", "01ARZ3NDEKTSV4RRFFQ69G5FAV:7", "Marta", "Nobody disputes this any more"),
        ("give", "Vegan", "Marta", "Nobody disputes this any more"),
    ],
)
def test_what_cannot_be_decided_is_refused_in_words_and_nothing_is_written(
    live: LiveHub, desks: Desks, decide: Decide, way: str, text: str, by: str, words: str
) -> None:
    twice = listed(live, paired(live, names=True), "two stations")
    answer = decide(twice["id"], way, text, by)
    assert answer.status == 422
    assert words in answer.json["text"]
    assert listed(live, paired(live, names=True), "two stations") == twice


def test_only_an_organizers_browser_decides(live: LiveHub, desks: Desks) -> None:
    names = paired(live, names=True)
    twice = listed(live, names, "two stations")
    body = {"incident": twice["id"], "way": "settle", "text": "No", "by": "Nobody"}
    assert live.ask("POST", "/v1/incidents", body=body).status == 401
    assert live.ask("POST", "/v1/incidents", body=body, headers=paired(live)).status == 403
    assert live.ask("GET", "/v1/incidents", headers=paired(live)).status == 403
    for role in (DeviceRole.DESK, DeviceRole.DOOR, DeviceRole.KIOSK, DeviceRole.DASHBOARD):
        assert live.ask("POST", "/v1/incidents", live.enrol(role), body).status == 403
    assert not live.ask("GET", "/v1/incidents", live.enrol(DeviceRole.DESK)).json["may_decide"]
    assert listed(live, names, "two stations") == twice


def test_a_decision_that_met_a_power_cut_reaches_the_stations_all_the_same(
    serve: Serve, live: LiveHub, desks: Desks, decide: Decide, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = listed(live, paired(live, names=True), "two stations")

    def cut(_board: Board, _store: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(Board, "_handed_over", cut)
        with pytest.MonkeyPatch.context() as quiet:
            quiet.setattr("kiosk.hub.app._log.exception", lambda *_arguments, **_more: None)
            assert decide(twice["id"], "settle", "Twins").status == 500
    live.hub.board._thread.submit(live.hub.board._close).result()
    live.hub.board._store = live.hub.board._figures = None
    assert listed(live, paired(live, names=True), "two stations")["settled_by"] == "Marta"
    exchanged(*desks)
    assert [each.settled_by for each in seen(desks[0], IncidentKind.TWICE)] == ["Marta"]


def test_a_board_of_another_hub_is_made_anew(live: LiveHub, desks: Desks, decide: Decide) -> None:
    twice = listed(live, paired(live, names=True), "two stations")
    board = live.hub.board
    board._thread.submit(board._close).result()
    board._store = board._figures = None
    own = board._identity
    assert (board._folder / "journal.db").exists()
    other = type("Other", (), {"device": desks[0].store.journal.device})()
    board._identity = other  # type: ignore[assignment]
    board._thread.submit(board._opened).result().close()
    board._identity = own
    assert decide(twice["id"], "settle", "Twins").status == 200
    exchanged(*desks)
    assert [each.settled_by for each in seen(desks[1], IncidentKind.TWICE)] == ["Marta"]
