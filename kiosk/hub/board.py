"""What the hub knows, folded as a station folds it: pages are answered by the services that answer windows.

The hub itself keeps records and interprets none. Beside it lies a station's store that takes them in as any station
would, only that it reads the hub's database instead of asking over the network. So page and window show the same
numbers of the same records, from the same lines of code. The store is disposable: deleted, it is folded anew.

What an organizer decides on a page is written there in the hub's name, as a window writes it, and handed to the hub
before anybody is told that it is done.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from kiosk import __version__
from kiosk.domain import dashboard_json
from kiosk.domain.dashboard import Alarm, Dashboard
from kiosk.domain.exchange import Fate, Signed
from kiosk.domain.fleet_table import fleet_table
from kiosk.domain.journal import Role
from kiosk.domain.papers import Table
from kiosk.domain.placing import Received
from kiosk.hub import records
from kiosk.hub.database import Connection, Database, note
from kiosk.hub.feed import Feed
from kiosk.hub.fleet import fleet
from kiosk.hub.identity import Identity
from kiosk.hub.news import HEARTBEAT_S, RECORDS
from kiosk.hub.retention import is_over
from kiosk.hub.settings import get_setting, put_setting
from kiosk.hub.taking import take_in
from kiosk.i18n import _
from kiosk.services.figures import LocalFigures
from kiosk.services.incidents import Incidents
from kiosk.services.organizer_alarms import fleet_alarms, incident_alarms
from kiosk.services.retention import Retention
from kiosk.services.station import Conference, Station, conference_of
from kiosk.storage import exchange
from kiosk.storage.exchange_view import logs_of
from kiosk.storage.store import Store, open_store

FOLDER = "board"
CONFERENCE_SETTING = "conference"
FRAME_S = 0.4
"""Numbers go to every page at most so often, whatever happens at the desks."""
CHARTS_S = 4.0
"""Charts are ten times as long; they follow the numbers at this distance."""
FRESH_S = 0.3
"""Whoever asks within so long of another is given the same answer."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


def name_conference(connection: Connection, conference: Conference) -> None:
    """What pages are headed with, and in which zone they show times; in a transaction of the writer."""
    put_setting(connection, CONFERENCE_SETTING, asdict(conference))


class Board:
    """The hub's own view of what happened. Used from the server's loop; its store from one thread. `close` it."""

    def __init__(
        self, database: Database, identity: Identity, clock: Callable[[], datetime], folder: Path, key: bytes
    ) -> None:
        self._database, self._identity, self._clock = database, identity, clock
        self._folder, self._key = folder, key
        self._thread = ThreadPoolExecutor(1, "hub-board")
        self._store: Store | None = None
        self._figures: LocalFigures | None = None
        self._made: dict[int, tuple[float, Dashboard]] = {}
        self._pages: set[_Page] = set()
        self._pump: asyncio.Task[None] | None = None

    async def ask(self, question: Callable[[Store, Station], T]) -> T:
        """Ask the services, after everything the hub holds has been taken in."""

        def work() -> T:
            station = self._caught_up()
            return question(station.store, station)

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def decide(self, work: Callable[[Store, Station], object]) -> Received:
        """Let the services write something down, in the hub's name; when this answers, the hub has it. Answers what
        the hub took in. Raises KioskError, in words.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._decided, work)

    async def dashboard(self, bar_min: int = 10) -> Dashboard:
        """The numbers of this moment."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._dashboard, bar_min)

    def now(self) -> Dashboard:
        """The numbers of this moment, for whoever is not in the server's loop."""
        return self._thread.submit(self._dashboard, 10).result()

    # On the board's thread

    def _opened(self) -> Store:
        """The store, with the hub for its device: what it writes counts wherever the hub's word does."""
        own = self._identity.device
        store = open_store(self._folder, self._key, own)
        if store.journal.device.id != own.id:  # another hub's, or from before pages wrote anything
            store.close()
            shutil.rmtree(self._folder)
            store = open_store(self._folder, self._key, own)
        return store

    def _decided(self, work: Callable[[Store, Station], object]) -> Received:
        station = self._caught_up()
        store = station.store
        store.journal.role, store.journal.station_name = Role.ORGANIZER, _("Hub page")
        work(store, station)
        self._made.clear()
        return self._handed_over(store)

    def _handed_over(self, store: Store) -> Received:
        """What was written here and the hub lacks is the hub's from now on."""
        own, received = self._identity.device, Received()

        def hand_over(connection: Connection, batch: Sequence[Signed]) -> Received:
            taken = take_in(connection, {}, own, batch)
            note(connection, RECORDS)
            return taken

        while True:
            with self._database.read() as connection:
                held = records.vector(connection)
            with store.reading():
                others = exchange.vector(store.connection).keys() - set(logs_of(store.view.connection, own.id))
                batch = exchange.records_after(store.connection, held, skip=others)
            taken = self._database.write(partial(hand_over, batch=batch)) if batch else Received()
            received.add(taken)
            if not taken.fates[Fate.TAKEN]:
                return received

    def _caught_up(self) -> Station:
        if self._store is None:
            self._store = self._opened()
            self._handed_over(self._store)  # should the last decision have met a power cut half-way
        store = self._store
        station = Station(store, self._clock)
        accepted = {self._identity.device.id: self._identity.device.public}
        more, named = True, None
        while more:
            with store.reading():
                held = exchange.vector(store.connection)
            with self._database.read() as connection:
                named = get_setting(connection, CONFERENCE_SETTING)
                # A device that was revoked wrote the truth until then.
                accepted |= records.writers(connection)
                batch, more = records.records_after(connection, held)
            if batch:
                with store.write() as journal:
                    exchange.receive(journal, accepted, batch)
        if Retention(store, station).obey(self._identity.id, lambda: 0):
            self._forget()
        if named is not None:
            station.assume(conference_of(named))
        return station

    def _forget(self) -> None:
        """Nothing that was worked out with names is shown any more."""
        if self._figures is not None:
            self._figures.close()
        self._figures = None
        self._made.clear()

    def _dashboard(self, bar_min: int) -> Dashboard:
        made_at, made = self._made.get(bar_min, (float("-inf"), None))
        if made is not None and time.monotonic() - made_at < FRESH_S:
            return made
        station = self._caught_up()
        if self._figures is None:
            self._figures = LocalFigures(station.store, station)
        made = self._figures.dashboard(bar_min, self._alarms(station))
        self._made[bar_min] = (time.monotonic(), made)
        return made

    def _alarms(self, station: Station) -> list[Alarm]:
        now = self._clock()
        with self._database.read() as connection:
            stations, over = fleet(connection), is_over(connection, now)
        incidents = Incidents(station.store, station).open()
        return [*fleet_alarms(stations, now, __version__, over=over), *incident_alarms(incidents, names=False)]

    def stations(self) -> Table:
        """Every station, and how it is."""
        now = self._clock()
        with self._database.read() as connection:
            return fleet_table(fleet(connection), now, __version__, over=is_over(connection, now))

    # News for pages

    async def frames(self, feed: Feed, bar_min: int, size: str) -> AsyncIterator[bytes]:
        """Server-sent events for one page: numbers as they change, charts a little later; until it hangs up."""
        page = _Page(bar_min, size)
        self._pages.add(page)
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._send(feed))
        try:
            page.put(await self._pieces(bar_min, size, with_charts=True))
            while True:
                await page.rings.wait()
                yield page.frame()
        finally:
            self._pages.discard(page)

    async def _send(self, feed: Feed) -> None:
        """Work out each kind of page's news once, whoever many look at it, for as long as anybody does."""
        watch, charts_at = feed.watch(RECORDS), 0.0
        try:
            while self._pages:
                with suppress(TimeoutError):
                    await asyncio.wait_for(watch.next(), HEARTBEAT_S if charts_at else CHARTS_S)
                with_charts = time.monotonic() - charts_at >= CHARTS_S
                charts_at = time.monotonic() if with_charts else charts_at
                for bar_min, size in {(page.bar_min, page.size) for page in self._pages}:
                    pieces = await self._pieces(bar_min, size, with_charts=with_charts)
                    for page in self._pages:
                        if (page.bar_min, page.size) == (bar_min, size):
                            page.put(pieces)
                await asyncio.sleep(FRAME_S)
        finally:
            watch.close()

    async def _pieces(self, bar_min: int, size: str, *, with_charts: bool) -> Mapping[str, bytes]:
        try:
            made = await self.dashboard(bar_min)
        except Exception:
            _log.exception("the board could not be brought up to date")
            return {}  # the page sees that its numbers grow old
        pieces = {"numbers": msgspec.json.encode(dashboard_json.numbers(made))}
        if with_charts:
            pieces["charts"] = msgspec.json.encode(dashboard_json.charts(made, size))
            stations = await asyncio.get_running_loop().run_in_executor(self._thread, self.stations)
            pieces["fleet"] = msgspec.json.encode(dashboard_json.fleet(stations))
        return pieces

    def close(self) -> None:
        """Finish what was begun; the store is closed on its thread."""
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _close(self) -> None:
        if self._figures is not None:
            self._figures.close()
        if self._store is not None:
            self._store.close()


@dataclass(slots=True, eq=False)
class _Page:
    """Somebody who looks: what is newest and not sent yet. Who reads slowly misses what was overtaken, nothing else."""

    bar_min: int
    size: str
    rings: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: dict[str, bytes] = field(default_factory=dict)

    def put(self, pieces: Mapping[str, bytes]) -> None:
        """There is news."""
        self.waiting.update(pieces)
        if pieces:
            self.rings.set()

    def frame(self) -> bytes:
        """All that waits."""
        self.rings.clear()
        waiting, self.waiting = self.waiting, {}
        body = b",".join(b'"%s":%s' % (name.encode(), piece) for name, piece in waiting.items())
        return b"data: {" + body + b"}\n\n"
