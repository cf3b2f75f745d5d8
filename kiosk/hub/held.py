"""How far every log is held, in memory: what this process writes moves it on, what others write has it asked again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from threading import Lock

from kiosk.domain.exchange import Head, digest_of
from kiosk.domain.vectors import Past
from kiosk.hub import records
from kiosk.hub.database import Connection
from kiosk.hub.feed import ELSEWHERE, Feed
from kiosk.hub.record_tables import ENDS

FRESH_S = 5.0
"""It is asked again after so long, even where news of a change were lost: other processes change it, too."""

_NOWHERE = Head()


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
        self._lock = Lock()
        self._moved: dict[str, Head] = {}
        """Where logs end by what this process wrote since it asked."""
        self._changes = 0
        """Counts up when more has changed than that, in whatever thread hears it, before whoever changed it is
        answered.
        """
        self._known: Held | None = None
        self._known_of, self._asked_at = -1, 0.0
        self._asking: asyncio.Task[None] | None = None
        for topic in (ENDS, ELSEWHERE):
            feed.call(topic, self._changed)

    def _changed(self) -> None:
        self._changes += 1

    def follow(self, heads: Mapping[str, Head]) -> None:
        """These logs end there now, and nothing of them is kept aside; from any thread, once it is on the disk."""
        with self._lock:
            self._moved.update(heads)

    async def now(self) -> Held:
        """How far every log is held, with everything that was committed here before this was asked."""
        wanted = self._changes
        if time.monotonic() - self._asked_at > FRESH_S:
            self._known_of = -1
        while self._known is None or self._known_of < wanted:
            if self._asking is None:
                self._asking = asyncio.ensure_future(self._ask())
            await asyncio.shield(self._asking)
        self._known = self._with_what_moved(self._known)
        return self._known

    async def _ask(self) -> None:
        try:
            changes, at = self._changes, time.monotonic()
            self._known = await self._read(lambda connection: self._held(records.vector(connection)))
            self._known_of, self._asked_at = changes, at
        finally:
            self._asking = None

    def _with_what_moved(self, known: Held) -> Held:
        with self._lock:
            moved, self._moved = self._moved, {}
        ahead = {}
        for log, head in moved.items():
            before = known.vector.get(log, _NOWHERE)
            if head.seq > before.seq:
                ahead[log] = Head(head.seq, head.hash, holes=before.holes)
        return self._held({**known.vector, **ahead}) if ahead else known

    def _held(self, vector: dict[str, Head]) -> Held:
        return Held(vector, digest_of(vector), self._past.keep(vector))
