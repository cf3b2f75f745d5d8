"""Rounds of real stations with a real hub: what one knows the others know, and only a receipt clears anything."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain import placing
from kiosk.domain.exchange import Arrived, Head, Signed, read_arrived
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.journal import content_of
from kiosk.domain.trust import PROTOCOL
from kiosk.domain.verdicts import Outcome as Answered
from kiosk.errors import HubRefused, HubUnavailable
from kiosk.hub import intake, records
from kiosk.hub.database import Connection, metadata
from kiosk.services.hub_link import HubLink
from kiosk.services.incidents import Incidents
from kiosk.services.verify import verify
from kiosk.storage import roster
from kiosk.sync.client import HubClient
from kiosk.sync.loop import exchange
from kiosk.sync.round import Round
from kiosk.wire.codec import encode
from kiosk.wire.rounds import RECEIPT_SIGNED_AS, Receipt, SyncAnswer, SyncRequest
from tests.builders import NOON, Desk, a_station, enrol, some_attendees
from tests.hub.conftest import LiveHub, Serve
from tests.meeting import agree, everything, stations_of
from tests.sync.conftest import Stationed, let_in, revoke

pytestmark = pytest.mark.timeout(120)


def rounds(desk: Desk, most: int = 50) -> int:
    """Rounds until there is no more to say; answers how many."""
    link = HubLink.read(desk.store)
    assert link is not None
    client, round_ = HubClient(link), Round(desk.store, desk.station, link)
    try:
        for n in range(1, most + 1):
            if not exchange(client, round_).more:
                return n
    finally:
        client.close()
    raise AssertionError("they do not come to an end")


def unsent(desk: Desk) -> int:
    link = HubLink.read(desk.store)
    assert link is not None
    return Round(desk.store, desk.station, link).unsent()


def hub_holds(live: LiveHub) -> int:
    with live.hub.database.read() as connection:
        return records.count(connection)


def test_what_one_desk_pushes_another_pulls_without_ever_having_met_it(live: LiveHub, stationed: Stationed) -> None:
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    enrol(one.store, some_attendees(700))
    one.scan("000001")
    two.scan("000001")
    assert unsent(one) > 0
    rounds(one)
    rounds(two)
    rounds(one)
    rounds(two)
    assert unsent(one) == unsent(two) == 0
    assert two.scan("000001").outcome is Answered.ALREADY
    assert two.scan("000001").first.station == "Desk 1"  # type: ignore[union-attr]
    assert two.scan("000699").outcome is Answered.ADMITTED
    rounds(two)
    rounds(one)
    rounds(two)
    assert agree(one, two)
    assert hub_holds(live) == len(everything(one.store)) == len(everything(two.store))


def test_every_record_says_how_old_the_knowledge_was_it_rests_on(live: LiveHub, stationed: Stationed) -> None:
    one = stationed("Desk 1")
    let_in(live, one)
    enrol(one.store, some_attendees(2))
    one.scan("000001")
    rounds(one)
    one.scan("000002")
    written = [content_of(signed.data) for signed in everything(one.store)]
    before, after = [record["basis"]["hub_age_s"] for record in written if record["kind"] == "admit"]
    assert before is None
    assert 0 <= after < 60


def test_a_double_admission_is_one_incident_everywhere(live: LiveHub, stationed: Stationed) -> None:
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    enrol(one.store, some_attendees(3))
    for desk in (one, two, one):
        rounds(desk)
    assert one.scan("000002").admitted
    assert two.scan("000002").admitted
    for desk in (one, two, one):
        rounds(desk)
    for desk in (one, two):
        (incident,) = Incidents(desk.store, desk.station).open()
        assert incident.kind is IncidentKind.TWICE
        assert roster.counts(desk.store.view.connection, "desk").checked_in == 1


def test_a_lost_answer_and_a_repeated_request_change_nothing(live: LiveHub, stationed: Stationed) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    enrol(one.store, some_attendees(5))
    client, round_ = HubClient(link), Round(one.store, one.station, link)
    request = round_.request()
    client.ask("POST", "/v1/sync", request, SyncAnswer)  # the answer is lost on the way
    held = hub_holds(live)
    assert unsent(one) > 0, "without a receipt nothing counts as sent"
    for _ in range(3):
        client.ask("POST", "/v1/sync", request, SyncAnswer)
    assert hub_holds(live) == held
    client.close()
    rounds(one)
    assert unsent(one) == 0


@pytest.mark.expect_log
def test_only_the_hubs_own_receipt_clears_anything(live: LiveHub, stationed: Stationed) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    enrol(one.store, some_attendees(5))
    client, round_ = HubClient(link), Round(one.store, one.station, link)
    exchange(client, round_)
    one.scan("000001")
    before = unsent(one)
    assert before > 0
    request = round_.request()
    answer = client.ask("POST", "/v1/sync", replace_push(request), SyncAnswer)
    log = one.store.journal.log
    lie = Receipt(link.hub, answer.boot, stations_of(one).own.id, {log: stations_of(one).vector()[log]})
    content = encode(lie)
    key = one.store.journal.device.key  # a key, but not the hub's
    signed = replace(answer.receipt, content=content, signature=key.sign(RECEIPT_SIGNED_AS + content))
    for receipt in (signed, replace(answer.receipt, content=content), replace(answer.receipt, content=b"{}")):
        with pytest.raises(HubUnavailable, match="receipt"):
            round_.answered(request, struct(answer, receipt=receipt))
        assert unsent(one) == before
    of_another = encode(Receipt(link.hub, answer.boot, "X" * 26, lie.heads))
    hub_key = live.hub.identity.device.key
    told_another = replace(answer.receipt, content=of_another, signature=hub_key.sign(RECEIPT_SIGNED_AS + of_another))
    with pytest.raises(HubUnavailable, match="receipt"):
        round_.answered(request, struct(answer, receipt=told_another))
    other_history = encode(Receipt(link.hub, answer.boot, stations_of(one).own.id, {log: Head(999, "00" * 32)}))
    signature = hub_key.sign(RECEIPT_SIGNED_AS + other_history)
    round_.answered(
        request, struct(answer, receipt=replace(answer.receipt, content=other_history, signature=signature))
    )
    assert unsent(one) == before, "a receipt over another history is none over ours"
    client.close()


def replace_push(request: SyncRequest) -> SyncRequest:
    return struct(request, push=[])


def struct(message: object, **parts: object) -> object:  # type: ignore[misc]
    import msgspec

    return msgspec.structs.replace(message, **parts)  # type: ignore[type-var]


def test_another_hub_and_another_key_are_refused(live: LiveHub, stationed: Stationed) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    client, round_ = HubClient(link), Round(one.store, one.station, link)
    request = round_.request()
    answer = client.ask("POST", "/v1/sync", request, SyncAnswer)
    with pytest.raises(HubRefused, match="Another hub"):
        round_.answered(request, struct(answer, hub="Z" * 26))  # type: ignore[arg-type]
    round_.answered(request, answer)
    with pytest.raises(HubRefused, match="another key"):
        Round(one.store, one.station, replace(link, hub_key="ab" * 32)).answered(request, answer)
    client.close()


@pytest.mark.expect_log
def test_a_hub_restored_from_a_backup_is_sent_again_what_it_lost(
    serve: Serve, stationed: Stationed, tmp_path: Path
) -> None:
    folder = tmp_path / "hub"
    live = serve(folder=folder)
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    enrol(one.store, some_attendees(20))
    for desk in (one, two, one):
        rounds(desk)
    backup = rows_of(live)
    stop(live)
    live = again(serve, folder, one, two)
    two.scan("000002")
    for desk in (two, one, two):
        rounds(desk)
    held = hub_holds(live)
    assert unsent(two) == 0
    put_back(live, backup)
    stop(live)
    live = again(serve, folder, one, two)
    for desk in (one, two, one, two):
        rounds(desk)  # the desk that did not write it sends it as well
    assert hub_holds(live) >= held
    assert unsent(one) == unsent(two) == 0
    assert agree(one, two)
    kinds = {incident.kind for incident in Incidents(one.store, one.station).open()}
    assert kinds == {IncidentKind.CLONE, IncidentKind.HUB}, "a restored hub shows"


def rows_of(live: LiveHub) -> dict[str, list[dict[str, object]]]:
    """Everything in the hub's database, as a backup has it."""
    with live.hub.database.read() as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(table.select())]
            for table in metadata.sorted_tables
        }


def put_back(live: LiveHub, rows: dict[str, list[dict[str, object]]]) -> None:
    """A backup takes the place of what is there."""

    def replace_all(connection: Connection) -> None:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
            if rows[table.name]:
                connection.execute(table.insert(), rows[table.name])

    live.hub.database.write(replace_all)


def stop(live: LiveHub) -> None:
    live.server.stop()
    live.hub.close()


def again(serve: Serve, folder: Path, *desks: Desk) -> LiveHub:
    """The hub starts anew, on another port."""
    live = serve(folder=folder)
    live.hub.clock = desks[0].clock
    for desk in desks:
        link = HubLink.read(desk.store)
        assert link is not None
        replace(link, addresses=(f"127.0.0.1:{live.server.port}",)).write(desk.store)
    return live


def test_a_station_restored_from_a_copy_gets_its_own_records_back(
    live: LiveHub, stationed: Stationed, tmp_path: Path
) -> None:
    with a_station(tmp_path / "one") as one:
        let_in(live, one)
        enrol(one.store, some_attendees(5))
        rounds(one)
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    with a_station(tmp_path / "one") as one:
        one.scan("000001")
        rounds(one)
    with a_station(tmp_path / "copy") as one:
        one.scan("000002")
        rounds(one)
        assert one.scan("000001").outcome is Answered.ALREADY
        assert [incident.kind for incident in Incidents(one.store, one.station).open()] == [IncidentKind.CLONE]
        assert verify(one.store).problems == ()


def test_what_a_revoked_station_writes_counts_nowhere_and_what_came_before_stands(
    live: LiveHub, stationed: Stationed
) -> None:
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    enrol(one.store, some_attendees(5))
    one.scan("000001")
    for desk in (one, two):
        rounds(desk)
    revoke(live, one)
    with pytest.raises(HubRefused) as refused:
        rounds(one)
    assert refused.value.code == "revoked"
    rounds(two)
    assert two.scan("000001").outcome is Answered.ALREADY
    own = stations_of(one).own.id
    assert own not in stations_of(two).accepted()


def test_records_of_a_station_nobody_joined_wait_at_the_hub(live: LiveHub, stationed: Stationed) -> None:
    """A desk relays what it took from a stick; the hub keeps it, and hands it out when the station joins."""
    one, two, stranger = stationed("Desk 1"), stationed("Desk 2"), stationed("Door 9")
    for desk in (one, two):
        let_in(live, desk)
    enrol(stranger.store, some_attendees(4))
    stations_of(one).accept(stations_of(stranger).own)
    stations_of(one).receive(everything(stranger.store))
    for desk in (one, two):
        rounds(desk)
    assert roster.counts(two.store.view.connection, "desk").people == 0
    let_in(live, stranger)
    for desk in (stranger, two):
        rounds(desk)
    assert roster.counts(two.store.view.connection, "desk").people == 4


def no_poison(signed: Signed) -> Arrived:
    arrived = read_arrived(signed)
    if arrived.record.kind == "poison":
        raise ValueError("is poison")
    return arrived


@pytest.mark.expect_log
def test_a_record_the_hub_does_not_take_holds_up_its_own_log_and_no_later_scan(
    live: LiveHub, stationed: Stationed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "read_arrived", no_poison)
    monkeypatch.setattr(intake, "runs_of", lambda _by, _push: None)
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    enrol(one.store, some_attendees(9))
    rounds(one)
    with one.store.write() as journal:
        for _ in range(700):
            journal.append("poison", {"x": 1}, at=NOON, actor="station")
    one.scan("000001")  # in the log that is held up
    rounds(one)
    one.scan("000002")
    rounds(one)
    rounds(two)
    assert two.scan("000002").outcome is Answered.ALREADY
    held_up = unsent(one)
    assert held_up >= 701, "and it is said"
    monkeypatch.setattr(placing, "read_arrived", read_arrived)  # somebody has updated the hub
    rounds(one)
    rounds(two)
    assert unsent(one) == 0
    assert two.scan("000001").outcome is Answered.ALREADY
    assert verify(two.store).problems == ()


def test_nothing_is_said_twice_when_nothing_has_changed(live: LiveHub, stationed: Stationed) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    enrol(one.store, some_attendees(50))
    client, round_ = HubClient(link), Round(one.store, one.station, link)
    while exchange(client, round_).more:
        pass
    exchange(client, round_)
    request = round_.request()
    assert request.vector is None
    assert request.push == []
    answer = client.ask("POST", "/v1/sync", request, SyncAnswer)
    assert (answer.vector, answer.records, answer.more, answer.vector_wanted) == (None, [], False, False)
    client.close()


@pytest.mark.parametrize(
    "head",
    [
        {"seq": 2**70},
        {"seq": -1},
        {"seq": 1, "parked": 2**70},
        {"seq": 1, "kept": 2**41},
        {"seq": 9, "holes": [[2**70, 2**71]]},
        {"seq": 9, "holes": [[3, 2]]},
        {"seq": 9, "holes": [[2, 3]] * 51},
    ],
)
def test_a_log_that_is_said_to_end_where_none_can_is_not_understood(
    live: LiveHub, stationed: Stationed, head: dict[str, object]
) -> None:
    one, two = stationed("Desk 1"), stationed("Desk 2")
    let_in(live, one)
    link = let_in(live, two)
    enrol(one.store, some_attendees(3))
    rounds(one)
    request = {"protocol": PROTOCOL, "digest": "0" * 16}
    told = {one.store.journal.log: {"hash": "ab" * 32, **head}}
    difference = {"base": "0" * 16, "mark": "1" * 16, "heads": told}
    assert live.ask("POST", "/v1/sync", link, {**request, "vector": told}).status == 400
    assert live.ask("POST", "/v1/sync", link, {**request, "difference": difference}).status == 400
