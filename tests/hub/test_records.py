"""The hub's store takes in the same records as a station's, whatever order they come in, and tells who counts."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.exchange import Fate, Head, Signed
from kiosk.domain.trust import DeviceRole
from kiosk.hub import records, taking
from kiosk.hub.database import Connection, Database, open_database
from kiosk.hub.records import Announced
from kiosk.hub.schema import STEPS
from kiosk.storage.journal import Device, load_device
from tests.builders import KEY, NOON, Desk, a_station, enrol, some_attendees
from tests.meeting import after, everything, hand, introduce, stations_of
from tests.storage.test_exchange import FORGED, resigned

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


@pytest.fixture
def database(tmp_path: Path, database_url: str | None) -> Iterator[Database]:
    (tmp_path / "hub").mkdir()
    database = open_database(tmp_path / "hub", KEY, database_url, STEPS)
    yield database
    database.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path / "desk") as desk:
        enrol(desk.store, some_attendees(20))
        for n in range(1, 15):
            desk.scan(f"{n:06}")
        yield desk


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Device]:
    with a_station(tmp_path / "hub-device") as other:
        yield load_device(other.store.connection)


def push(database: Database, own: Device, batch: Sequence[Signed], *desks: Desk) -> dict[Fate, int]:
    keys = {stations_of(desk).own.id: stations_of(desk).own.key for desk in desks}
    return dict(database.write(lambda connection: taking.take_in(connection, keys, own, batch)).fates)


def held(database: Database) -> set[Signed]:
    with database.read() as connection:
        batch, more = records.records_after(connection, {}, most=100_000, most_bytes=1 << 40)
    assert not more
    return set(batch)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_is_held_whatever_the_order_and_however_often(
    database: Database, desk: Desk, own: Device, seed: int
) -> None:
    chance = random.Random(seed)
    sent = everything(desk.store)
    rest = chance.sample(sent, len(sent)) + chance.sample(sent, 5)
    while rest:
        size = chance.randrange(1, 9)
        push(database, own, rest[:size], desk)
        rest = rest[size:]
    assert held(database) == set(sent)
    with database.read() as connection:
        assert records.vector(connection) == stations_of(desk).vector()


def test_a_stranger_waits_and_is_released(database: Database, desk: Desk, own: Device) -> None:
    sent = everything(desk.store)
    assert push(database, own, sent) == {Fate.STRANGER: len(sent)}
    assert held(database) == set()
    with database.read() as connection:
        assert records.vector(connection) == stations_of(desk).vector(), "nobody has to send it again"
    keys = {stations_of(desk).own.id: stations_of(desk).own.key}
    database.write(lambda connection: taking.release(connection, keys, own))
    assert held(database) == set(sent)


@pytest.mark.parametrize("how", FORGED)
def test_what_is_not_what_it_says_is_refused_and_the_true_one_still_comes(
    database: Database, desk: Desk, own: Device, tmp_path: Path, how: str
) -> None:
    with a_station(tmp_path / "other") as other:
        *rest, last = everything(desk.store)
        fates = push(database, own, [*rest, FORGED[how](last, other)], desk, other)
        assert fates == {Fate.TAKEN: len(rest), Fate.REFUSED: 1}
        assert push(database, own, [last], desk) == {Fate.TAKEN: 1}


def spoiled(signed: Signed) -> Signed:
    return replace(signed, signature=bytes(64))


@pytest.mark.parametrize("where", [0, 5, -2, -1])
def test_a_run_of_ones_own_log_is_proved_by_its_end_and_nobody_elses(
    database: Database, desk: Desk, own: Device, where: int
) -> None:
    sent = everything(desk.store)
    device, key = stations_of(desk).own.id, stations_of(desk).own.key
    bad = [*sent]
    bad[where] = spoiled(bad[where])

    def take(by: str) -> Mapping[Fate, int]:
        def work(connection: Connection) -> Mapping[Fate, int]:
            with connection.begin_nested() as nested:
                fates = taking.take_in(connection, {device: key}, own, bad, by=by).fates
                nested.rollback()
            return fates

        return database.write(work)

    of_another, of_its_own = take("X" * 26), take(device)
    assert of_another[Fate.REFUSED] > 0
    assert (of_its_own[Fate.REFUSED] > 0) is (where == -1), "only the end must be sound"
    assert of_its_own[Fate.TAKEN] >= (len(sent) if where != -1 else len(sent) - 1)


def test_a_record_altered_within_a_run_is_not_proved_by_the_end(database: Database, desk: Desk, own: Device) -> None:
    sent = everything(desk.store)
    sent[5] = replace(sent[5], data=sent[5].data.replace(b'"desk"', b'"door"'))
    device, key = stations_of(desk).own.id, stations_of(desk).own.key
    fates = database.write(lambda c: taking.take_in(c, {device: key}, own, sent, by=device)).fates
    assert fates[Fate.TAKEN] == 5
    assert fates[Fate.REFUSED] == 1
    assert fates[Fate.GAP] == len(sent) - 6


def test_both_ways_of_a_log_are_kept(database: Database, desk: Desk, own: Device) -> None:
    *rest, last = everything(desk.store)
    other_way = resigned(last, desk, gate="door")
    push(database, own, [*rest, last], desk)
    assert push(database, own, [other_way], desk) == {Fate.FORK: 1}
    assert push(database, own, [other_way], desk) == {Fate.KNOWN: 1}
    with database.read() as connection:
        head = records.vector(connection)[desk.store.journal.log]
    assert (head.seq, head.parked) == (len(rest) + 1, len(rest) + 1)


def test_a_batch_is_bounded_and_the_rest_follows(database: Database, desk: Desk, own: Device, tmp_path: Path) -> None:
    push(database, own, everything(desk.store), desk)
    with a_station(tmp_path / "reader") as reader:
        introduce(desk, reader)
        theirs: dict[str, Head] = dict(stations_of(reader).vector())
        more, batches = True, 0
        while more:
            with database.read() as connection:
                batch, more = records.records_after(connection, theirs, most=4)
            assert len(batch) <= 4
            hand(reader, batch)
            theirs = dict(stations_of(reader).vector())
            batches += 1
        assert batches >= 4
        assert set(after(reader.store, {})) >= held(database)


def test_the_hubs_own_log_tells_once_who_counts(database: Database, desk: Desk, own: Device) -> None:
    device = stations_of(desk).own
    log = "H" * 26

    def announce(**devices: Announced) -> int:
        return database.write(lambda connection: records.announce(connection, own, log, devices, NOON))

    assert announce(**{device.id: Announced(device.key, "Desk 1", DeviceRole.DESK)}) == 1
    assert announce(**{device.id: Announced(device.key, "Desk 1", DeviceRole.DESK)}) == 0
    assert announce(**{device.id: Announced(device.key, "Desk 1", DeviceRole.DOOR)}) == 1, "it is another thing now"
    assert announce() == 1
    with database.read() as connection:
        head = records.heads_of(connection, [log])[log]
    assert head.seq == 4
