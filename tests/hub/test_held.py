"""Where logs end, in memory: never behind what was committed here, and asked anew when others wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from kiosk.domain.exchange import Head
from kiosk.domain.vectors import Past
from kiosk.hub import held
from kiosk.hub.feed import ELSEWHERE, Feed
from kiosk.hub.held import Ends, Held

A, B = "A" * 26, "B" * 26


def head(seq: int, **more: Any) -> Head:
    return Head(seq, f"{seq:064}", **more)


class Database:
    """One that says what it is told to, when it is told to, and who listens to what."""

    def __init__(self) -> None:
        self.vector: dict[str, Head] = {}
        self.asked = 0
        self.slow: asyncio.Event | None = None
        self.calls: dict[str, Callable[[], object]] = {}

    def call(self, topic: str, function: Callable[[], object]) -> None:
        self.calls[topic] = function

    async def read(self, question: Callable[[Any], Held]) -> Held:
        self.asked += 1
        answer = question(dict(self.vector))
        if self.slow is not None:
            await self.slow.wait()
        return answer


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(held.records, "vector", lambda connection: connection)
    return Database()


def ends_of(database: Database) -> Ends:
    return Ends(cast(Feed, database), Past(), cast(Any, database.read))


def test_what_is_written_here_is_known_without_a_question(database: Database) -> None:
    async def day() -> None:
        ends = ends_of(database)
        database.vector = {A: head(3, holes=((1, 2),)), B: head(1)}
        first = await ends.now()
        ends.follow({A: head(5)})
        then = await ends.now()
        assert then.vector == {A: head(5, holes=((1, 2),)), B: head(1)}, "what was lost stays lost"
        assert (then.digest, then.mark) != (first.digest, first.mark)
        assert first.vector[A] == head(3, holes=((1, 2),)), "what was answered before is not changed"
        assert await ends.now() is then
        assert database.asked == 1

    asyncio.run(day())


def test_what_others_wrote_is_asked_for(database: Database) -> None:
    async def day() -> None:
        ends = ends_of(database)
        await ends.now()
        database.vector = {A: head(7)}
        assert (await ends.now()).vector == {}
        database.calls[ELSEWHERE]()
        assert (await ends.now()).vector == {A: head(7)}

    asyncio.run(day())


def test_an_answer_that_was_read_before_something_was_written_does_not_take_it_back(database: Database) -> None:
    async def day() -> None:
        ends = ends_of(database)
        await ends.now()
        database.slow = asyncio.Event()
        database.calls[ELSEWHERE]()
        asking = asyncio.ensure_future(ends.now())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        ends.follow({A: head(2)})
        others = asyncio.ensure_future(ends.now())
        await asyncio.sleep(0)
        database.slow.set()
        assert (await asking).vector == (await others).vector == {A: head(2)}
        assert (await ends.now()).vector == {A: head(2)}

    asyncio.run(day())
