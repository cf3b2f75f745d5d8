"""How far every log is held, in memory: asked of the database once after each change, however many want to know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kiosk.domain.exchange import Head, digest_of
from kiosk.domain.vectors import Past
from kiosk.hub import records
from kiosk.hub.database import Connection
from kiosk.hub.feed import Feed
from kiosk.hub.record_tables import ENDS

FRESH_S = 5.0
"""It is asked again after so long, even where news of a change were lost: other processes change it, too."""


@dataclass(frozen=True, slots=True)
class Held:
    """How far every log was held at one moment; nobody changes it."""

    vector: dict[str, Head]
    digest: str
    mark: str


class Ends:
    """Where every log ends here; asked in the server's loop."""

    def __init__(self, feed: Feed, past: Past, read: Callable[[Callable[[Connection], Held]], Awaitable[Held]]) -> None:
        self._past, self._read = past, read
        self._changes = 0
        """Counts up when something has changed, in whatever thread hears it, before whoever changed it is answered."""
        self._known: Held | None = None
        self._known_of, self._asked_at = -1, 0.0
        self._asking: asyncio.Task[None] | None = None
        feed.call(ENDS, self._changed)

    def _changed(self) -> None:
        self._changes += 1

    async def now(self) -> Held:
        """How far every log is held, with everything that was committed here before this was asked."""
        wanted = self._changes
        if time.monotonic() - self._asked_at > FRESH_S:
            self._known_of = -1
        while self._known is None or self._known_of < wanted:
            if self._asking is None:
                self._asking = asyncio.ensure_future(self._ask())
            await asyncio.shield(self._asking)
        return self._known

    async def _ask(self) -> None:
        try:
            changes, at = self._changes, time.monotonic()
            self._known = await self._read(self._held)
            self._known_of, self._asked_at = changes, at
        finally:
            self._asking = None

    def _held(self, connection: Connection) -> Held:
        vector = records.vector(connection)
        return Held(vector, digest_of(vector), self._past.keep(vector))
