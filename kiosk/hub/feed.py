"""News inside the hub: whoever waits for a topic hears that something of it changed, and looks for themselves.

Work in a transaction says what it touches (`note`); when it is committed, everybody who waits in this process is told.
On PostgreSQL `NOTIFY` carries it to the other hubs on the same database; on SQLite the server sees by the file's
version that another process (`kiosk hub approve`) wrote, and tells everybody about everything. News may be told twice
and together, never not at all.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress

import psycopg
import sqlalchemy as sa

from kiosk.errors import StorageError
from kiosk.hub.database import CHANNEL, Database

EVERYTHING = "*"
"""The topic of whoever cannot say what changed."""
ELSEWHERE = "elsewhere"
"""The topic of whoever wants to know that another process changed anything."""
LOOK_S = 0.5
"""How often SQLite's file is looked at for what other processes wrote."""
AGAIN_S = 2.0

_log = logging.getLogger(__name__)


class Watch:
    """Somebody in the server's loop who waits for news."""

    def __init__(self, feed: Feed, topics: frozenset[str]) -> None:
        self._feed = feed
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self.topics = topics

    async def next(self) -> None:
        """Wait until something changed since the last call; what changed in between is told once."""
        await self._event.wait()
        self._event.clear()

    def wake(self) -> None:
        """Something changed; from any thread."""
        with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
            self._loop.call_soon_threadsafe(self._event.set)

    def close(self) -> None:
        """Nobody waits here any more."""
        self._feed.forget(self)


class Feed:
    """The news of one hub process. `close` it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._own = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._watches: set[Watch] = set()
        self._calls: list[tuple[str, Callable[[], object]]] = []
        self._ending = threading.Event()
        database.writer.when_committed(self.publish, f"{self._own} " if database.is_postgresql else None)
        listen = self._listen if database.is_postgresql else self._look
        self._thread = threading.Thread(target=listen, name="hub-feed", daemon=True)
        self._thread.start()

    def watch(self, *topics: str) -> Watch:
        """Wait for news of these topics, in the running loop. Close it in the end."""
        watch = Watch(self, frozenset(topics))
        with self._lock:
            self._watches.add(watch)
        return watch

    def forget(self, watch: Watch) -> None:
        """See `Watch.close`."""
        with self._lock:
            self._watches.discard(watch)

    def call(self, topic: str, function: Callable[[], object]) -> None:
        """Call this at every news of the topic, in whatever thread hears it; it must be quick."""
        with self._lock:
            self._calls.append((topic, function))

    def publish(self, topic: str) -> None:
        """Tell everybody in this process."""
        with self._lock:
            watches = [watch for watch in self._watches if topic in watch.topics or topic == EVERYTHING]
            calls = [function for wanted, function in self._calls if topic in (wanted, EVERYTHING)]
        for function in calls:
            function()
        for watch in watches:
            watch.wake()

    def close(self) -> None:
        """Hear nothing more."""
        self._ending.set()
        self._thread.join()

    def _look(self) -> None:
        """SQLite: other processes show by the file's version, which changes for a connection when others write; the
        writer's connection is asked, so that what we write ourselves is no news of others.
        """
        before = self._version()
        while not self._ending.wait(LOOK_S):
            now = self._version()
            if now != before:
                self.publish(EVERYTHING)
            before = now

    def _version(self) -> int | None:
        """None where the database does not say; when it does again, there may be news."""
        with suppress(StorageError):
            return self._database.write(lambda c: int(c.exec_driver_sql("pragma data_version").scalar_one()))
        return None

    def _listen(self) -> None:
        while not self._ending.is_set():
            try:
                with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql(f"listen {CHANNEL}")
                    self.publish(EVERYTHING)  # whatever was said while nobody listened
                    self._hear(connection)
            except (sa.exc.SQLAlchemyError, psycopg.Error) as error:
                _log.warning("the hub does not hear its database: %s", error)
                self._ending.wait(AGAIN_S)

    def _hear(self, connection: sa.Connection) -> None:
        driver: psycopg.Connection[object] = connection.connection.driver_connection  # type: ignore[assignment]
        while not self._ending.is_set():
            for notify in driver.notifies(timeout=LOOK_S):
                sender, _space, topic = notify.payload.partition(" ")
                if sender != self._own:
                    self.publish(topic)
                    self.publish(ELSEWHERE)
                if self._ending.is_set():
                    break
