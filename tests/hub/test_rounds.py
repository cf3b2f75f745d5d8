"""Rounds at the hub over the network: many at once, limits, and receipts for what is on the disk and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from kiosk.domain.exchange import Head, Signed
from kiosk.domain.journal import NO_PREDECESSOR, record_hash
from kiosk.domain.trust import PROTOCOL, DeviceRole
from kiosk.hub import rounds
from kiosk.hub.console import Console
from kiosk.hub.proof import verify
from kiosk.hub.records import heads_of
from kiosk.hub.rounds import MAX_UNDER_WAY
from kiosk.services.hub_link import HubLink
from kiosk.wire.codec import decode, encode
from kiosk.wire.rounds import Receipt, SyncAnswer, SyncRequest
from tests.hub.conftest import LiveHub, Told
from tests.hub.logs import Writer, a_writer


def a_round(live: LiveHub, link: HubLink, push: list[Signed], log: str) -> Told:
    request = SyncRequest(PROTOCOL, "0" * 16, None, push, [log])
    return live.ask("POST", "/v1/sync", link, encode(request), {"content-type": "application/json"})


def receipt_of(told: Told) -> dict[str, Head]:
    assert told.status == 200, told.body
    return decode(decode(told.body, SyncAnswer).receipt.content, Receipt).heads


def end_of(log: list[Signed]) -> Head:
    return Head(len(log), record_hash(log[-1].data).hex())


def some_writers(live: LiveHub, count: int) -> list[tuple[Writer, HubLink, str]]:
    writers = [a_writer(f"desk {n}") for n in range(count)]
    return [(writer, live.enrol(DeviceRole.DESK, writer=writer), f"{n:026}") for n, writer in enumerate(writers)]


def test_many_stations_at_once_each_get_a_receipt_for_their_own(live: LiveHub) -> None:
    logs = {log: (link, writer.log(log, [{}] * 4)) for writer, link, log in some_writers(live, 12)}

    def station(log: str) -> list[dict[str, Head]]:
        link, records = logs[log]
        return [receipt_of(a_round(live, link, [record], log)) for record in records]

    with ThreadPoolExecutor(len(logs)) as pool:
        for log, receipts in zip(logs, pool.map(station, logs), strict=True):
            assert receipts == [{log: end_of(logs[log][1][: n + 1])} for n in range(5)]


def test_a_round_that_comes_twice_is_answered_the_same(live: LiveHub) -> None:
    ((writer, link, log),) = some_writers(live, 1)
    records = writer.log(log, [{}] * 4)
    first, again = (receipt_of(a_round(live, link, records, log)) for _ in range(2))
    assert first == again == {log: end_of(records)}


def test_a_hub_that_has_its_hands_full_says_so_and_takes_nothing_in_until_later(live: LiveHub) -> None:
    ((writer, link, log),) = some_writers(live, 1)
    records = writer.log(log, [{}] * 4)
    live.hub.under_way = MAX_UNDER_WAY
    told = a_round(live, link, records, log)
    assert (told.status, told.headers["retry-after"], told.json["code"]) == (503, "1", "busy")
    room = MAX_UNDER_WAY - sum(len(record.data) for record in records)
    live.hub.under_way = room
    assert receipt_of(a_round(live, link, records, log)) == {log: end_of(records)}
    assert live.hub.under_way == room, "what is answered is no longer under way"


def test_what_a_device_that_was_sent_away_hands_over_counts_as_under_way_too(live: LiveHub) -> None:
    ((writer, link, log),) = some_writers(live, 1)
    Console(live.hub).revoke(writer.id)
    live.hub.devices.forget()
    live.hub.under_way = MAX_UNDER_WAY
    request = SyncRequest(PROTOCOL, "0" * 16, None, writer.log(log, [{}] * 4), [log])
    told = live.ask("POST", "/v1/handover", link, encode(request), {"content-type": "application/json"})
    assert (told.status, told.json["code"]) == (503, "busy")


def test_all_that_is_held_back_of_a_station_is_counted(live: LiveHub) -> None:
    """In two of its logs a record is missing; behind one wait two, behind the other three."""
    ((writer, link, one),) = some_writers(live, 1)
    for log, waiting in ((one, 2), ("1" * 26, 3)):
        records = writer.log(log, [{}] * (waiting + 1))
        assert a_round(live, link, [records[0], *records[2:]], log).status == 200
    (station,) = Console(live.hub).stations()
    assert station.held_back == 5


def test_a_text_that_postgresql_does_not_take_is_refused_on_both(live: LiveHub) -> None:
    assert live.ask("GET", "/v1/enrol/%00").status == 404
    desk = live.enrol(DeviceRole.DESK)
    assert live.ask("POST", "/v1/claim", desk, {"attendee": "A\0", "place": "desk"}).status == 400
    assert live.ask("POST", "/v1/claim", desk, {"attendee": "A", "place": "desk"}).status == 200
    writer = a_writer("desk 7")
    link, log = live.enrol(DeviceRole.DESK, writer=writer), "7" * 26
    opens = {"parent": None, "key": writer.public, "station": "Desk\x007", "app": "0"}
    first = writer.sign(writer.content(log, 1, NO_PREDECESSOR, body=opens))
    told = a_round(live, link, [first], log)
    assert told.status == 200
    with live.hub.database.read() as connection:
        assert heads_of(connection, [log])[log].seq == 1


@pytest.mark.expect_log
def test_what_was_committed_and_not_answered_is_neither_lost_nor_doubled(
    live: LiveHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends between the commit and its answer, as far as the station can see."""
    ((writer, link, log),) = some_writers(live, 1)
    records = writer.log(log, [{}] * 4)

    async def ends(*_of_the_round: object) -> SyncAnswer:
        raise RuntimeError("the lights went out")

    with monkeypatch.context() as patched:
        patched.setattr(rounds, "_answer", ends)
        assert a_round(live, link, records[:3], log).status == 500
    with live.hub.database.read() as connection:
        assert heads_of(connection, [log]) == {log: end_of(records[:3])}
    assert receipt_of(a_round(live, link, records[:3], log)) == {log: end_of(records[:3])}
    assert receipt_of(a_round(live, link, records[3:], log)) == {log: end_of(records)}
    with live.hub.database.read() as connection:
        assert verify(connection).problems == ()
