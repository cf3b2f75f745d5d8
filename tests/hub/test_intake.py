"""Many pushes in one transaction: the same comes of them as of each by itself, and a bad one spoils no other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Barrier, Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from kiosk.domain.exchange import Fate, Head, SideValue, Signed
from kiosk.domain.journal import read_record, record_hash, value_mac, values_digest
from kiosk.domain.trust import DeviceRole
from kiosk.hub import records
from kiosk.hub.database import Connection, Database, open_database
from kiosk.hub.intake import Push, placed
from kiosk.hub.reading import runs_of
from kiosk.hub.record_tables import aside_table, log_table, record_table
from kiosk.hub.schema import STEPS
from kiosk.storage.journal import Device
from tests.builders import KEY
from tests.hub.logs import Writer, a_writer, log_name

pytestmark = pytest.mark.expect_log

HUB = a_writer("hub")
OWN = Device(HUB.id, HUB.key)
DESK, KIOSK, STRANGER = a_writer("desk"), a_writer("kiosk", DeviceRole.KIOSK), a_writer("stranger")
KNOWN = (DESK.known, KIOSK.known)


def push(by: Writer, batch: Sequence[Signed], *, short: bool = True) -> Push:
    """What this device pushes; not `short`: the general way."""
    return Push(
        OWN, KNOWN, list, by.id, batch, dict, runs_of(by.known, batch) if short and by is not STRANGER else None
    )


@pytest.fixture
def database(tmp_path: Path, database_url: str | None) -> Iterator[Database]:
    database = open_database(tmp_path, KEY, database_url, STEPS)
    yield database
    database.close()


def contents(connection: Connection) -> list[Any]:
    """Everything of records that lies here."""
    tables = (log_table, record_table, aside_table)
    return [sorted(map(repr, connection.execute(sa.select(table)))) for table in tables]


def with_a_value(writer: Writer, log: str, seq: int, prev: str) -> Signed:
    value = SideValue(value_mac(b"s" * 32, b"{}"), b"s" * 32, b"{}")
    body = {"attendee": "A", "side": values_digest([value.mac])}
    return replace(writer.sign(writer.content(log, seq, prev, kind="edit", body=body)), values=(value,))


def a_days_pushes(chance: Random) -> list[list[tuple[Writer, list[Signed]]]]:
    """Groups of pushes, most of them what stations push, some late, doubled, spoiled, foreign or forked."""
    writers = [DESK, DESK, KIOSK, KIOSK, STRANGER]
    logs: list[tuple[Writer, list[Signed]]] = []
    for writer in writers:
        kinds = [{"kind": chance.choice(["admit"] * 30 + ["edit", "of tomorrow"])} for _ in range(14)]
        log = writer.log(log_name(chance), kinds)
        if chance.random() < 0.5:  # the other way of a log whose disk was copied
            content = writer.content(_log_of(log[0]), 9, record_hash(log[7].data).hex(), gate="door")
            logs.append((writer, [*log[:8], writer.sign(content)]))
        logs.append((writer, log))
    sent = [0] * len(logs)
    groups = []
    for _ in range(60):
        group: list[tuple[Writer, list[Signed]]] = []
        for n in chance.sample(range(len(logs)), chance.randrange(1, 4)):
            writer, log = logs[n]
            start = sent[n] if chance.random() < 0.8 else chance.randrange(len(log))
            batch = log[start : start + chance.randrange(1, 6)]
            sent[n] = max(sent[n], start + len(batch)) if start <= sent[n] else sent[n]
            by = writer if chance.random() < 0.9 else chance.choice(writers)
            group.append((by, _mishap(chance, batch, chance.choice(logs)[1])))
        groups.append(_apart(group))
    return groups


def _mishap(chance: Random, batch: list[Signed], other: list[Signed]) -> list[Signed]:
    """The batch as it arrives: mostly as it was sent."""
    what = chance.random()
    if what < 0.1:
        return chance.sample(batch, len(batch))
    if what < 0.2:
        return [replace(signed, signature=bytes(64)) if chance.random() < 0.3 else signed for signed in batch]
    return batch + other[:3] if what < 0.35 else batch


def _apart(group: list[tuple[Writer, list[Signed]]]) -> list[tuple[Writer, list[Signed]]]:
    """Those of different logs: nobody says who of a group comes first."""
    seen: set[str] = set()
    apart = []
    for by, batch in group:
        logs = {_log_of(signed) for signed in batch}
        if not logs & seen:
            apart.append((by, batch))
        seen |= logs
    return apart


def _log_of(signed: Signed) -> str:
    return read_record(signed.data).id.log


@pytest.mark.parametrize("seed", range(4))
def test_the_short_way_and_the_general_one_come_to_the_same(
    database: Database, tmp_path: Path, database_url: str | None, seed: int
) -> None:
    """The same days, the short way wherever it can be gone, and the general one alone: same fates, same rows."""
    (tmp_path / "general").mkdir()
    general = open_database(tmp_path / "general", KEY, None, STEPS)
    went = 0
    try:
        for group in a_days_pushes(Random(seed)):
            pushes = [push(by, batch) for by, batch in group]
            went += sum(each.runs is not None for each in pushes)
            here = database.write(lambda connection, pushes=pushes: placed(connection, pushes))
            for received, (by, batch) in zip(here, group, strict=True):
                alone = [push(by, batch, short=False)]
                (there,) = general.write(lambda connection, alone=alone: placed(connection, alone))
                assert (received.fates, received.kinds) == (there.fates, there.kinds)
                assert received.refusals == there.refusals
                assert sorted(map(repr, received.taken)) == sorted(map(repr, there.taken))
        with database.read() as one, general.read() as other:
            assert contents(one) == contents(other)
        assert went > 10
    finally:
        general.close()


def test_a_push_at_which_the_program_stumbles_spoils_no_other(database: Database) -> None:
    gate = Event()
    database.writer.submit(lambda _connection: gate.wait(10))
    one, two = DESK.log("1" * 26, [{}] * 3), KIOSK.log("2" * 26, [{}] * 3)
    stumbles = replace(push(DESK, one), batch=[None], runs=None)

    async def ask() -> list[Any]:
        asked = [database.writer.submit_with(placed, each) for each in (push(DESK, one), stumbles, push(KIOSK, two))]
        gate.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    first, stumbled, last = asyncio.run(ask())
    assert (first.fates, last.fates) == ({Fate.TAKEN: 4}, {Fate.TAKEN: 4})
    assert isinstance(stumbled, AttributeError)
    with database.read() as connection:
        assert {log: head.seq for log, head in records.vector(connection).items()} == {"1" * 26: 4, "2" * 26: 4}


def test_pushes_that_follow_each_other_are_taken_in_one_transaction(database: Database) -> None:
    log = DESK.log("1" * 26, [{}] * 5)
    pushes = [push(DESK, log[:2]), push(DESK, log[2:5]), push(DESK, log[2:5]), push(DESK, log[5:])]
    received = database.write(lambda connection: placed(connection, pushes))
    assert [dict(each.fates) for each in received] == [
        {Fate.TAKEN: 2}, {Fate.TAKEN: 3}, {Fate.KNOWN: 3}, {Fate.TAKEN: 1}
    ]  # fmt: skip
    with database.read() as connection:
        batch, _more = records.records_after(connection, {})
    assert batch == log


def test_two_hubs_on_one_database_take_the_same_in_once(tmp_path: Path, database_url: str | None) -> None:
    """Both processes are handed the same pushes at the same moment, as by stations whose answers were lost."""
    days = [DESK.log(log_name(Random(n)), [{}] * 9) for n in range(8)]
    with ExitStack() as closing:
        hubs = [open_database(tmp_path, KEY, database_url, STEPS) for _ in range(2)]
        for hub in hubs:
            closing.callback(hub.close)
        barrier = Barrier(2)
        fates = [Counter[Fate](), Counter[Fate]()]

        async def serve(n: int) -> None:
            for start in range(0, 10, 5):
                barrier.wait(20)
                ways = days if n else days[::-1]
                asked = [hubs[n].writer.submit_with(placed, push(DESK, log[start : start + 5])) for log in ways]
                for received in await asyncio.gather(*asked):
                    fates[n] += received.fates

        threads = [Thread(target=lambda n=n: asyncio.run(serve(n))) for n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert fates[0] + fates[1] == {Fate.TAKEN: 80, Fate.KNOWN: 80}
        with hubs[0].read() as connection:
            batch, more = records.records_after(connection, {})
            heads = records.heads_of(connection, [_log_of(log[0]) for log in days])
        assert not more
        assert sorted(map(repr, batch)) == sorted(repr(signed) for log in days for signed in log)
        assert set(heads.values()) == {Head(10, record_hash(log[-1].data).hex()) for log in days}
