"""A hub at work: what every route is handed."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import Kind, to_ms
from kiosk.domain.vectors import Past
from kiosk.errors import DamagedFile, StorageError
from kiosk.hub import retention
from kiosk.hub.board import FOLDER as BOARD_FOLDER
from kiosk.hub.board import Board
from kiosk.hub.database import HUB_FILE, Connection, Database, damaged_words, note, open_database
from kiosk.hub.devices import DEVICES, Devices, KnownDevice
from kiosk.hub.failures import Failures
from kiosk.hub.feed import Feed
from kiosk.hub.held import Ends
from kiosk.hub.identity import KEYS_FILE, Identity, has_keys, load_identity
from kiosk.hub.news import RECORDS, News
from kiosk.hub.records import append
from kiosk.hub.schema import STEPS
from kiosk.hub.seats import SEATS, Barrier
from kiosk.hub.settings import get_setting, put_setting
from kiosk.hub.snapshot_pages import Pages
from kiosk.i18n import _
from kiosk.storage.journal import utc_now
from kiosk.storage.store import LOCK_FILE

T = TypeVar("T")
READERS = 4
_HUB_SETTING = "hub"
"""To which hub a database belongs."""

_log = logging.getLogger(__name__)


class Hub:
    """One process of a hub: its database, its identity, who may speak with it. Made by `open_hub`; `close` it."""

    def __init__(
        self, folder: Path, key: bytes, database: Database, identity: Identity, clock: Callable[[], datetime]
    ) -> None:
        self.folder = folder
        self.key = key
        """The folder's data key."""
        self.database = database
        self.identity = identity
        self.feed = Feed(database)
        self.devices = Devices(database)
        self.feed.call(DEVICES, self.devices.forget)
        self.failures = Failures()
        self.barrier = Barrier(database)
        self.feed.call(SEATS, self.barrier.forget)
        self.clock = clock
        self.boot = new_id(secrets.token_bytes(ID_BYTES))
        """New at every start, and the id of the log this process writes."""
        self.news = News()
        self.past = Past()
        """How far this hub held every log lately: stations tell theirs, and are told ours, by what differs."""
        self.ends = Ends(self.feed, self.past, self.read)
        self.board = Board(database, identity, clock, folder / BOARD_FOLDER, key)
        self.told: tuple[KnownDevice, ...] | None = None
        """The devices of which the hub's own log speaks."""
        self.pages = Pages()
        """Of the snapshot, lately prepared."""
        self.under_way = 0
        """How much (bytes) is being taken in now (`rounds.py`); changed in the server's loop only."""
        self.sending = asyncio.Semaphore(READERS)
        """Batches for stations are put together by so many at a time: the others' requests wait, not their batches."""
        self.closing = asyncio.Event()
        """Set in the server's loop when it ends: streams end with it."""
        self._readers = ThreadPoolExecutor(READERS, "hub-reader")
        self._closed = False

    async def read(self, question: Callable[[Connection], T]) -> T:
        """Ask the database, away from the loop."""

        def ask() -> T:
            with self.database.read() as connection:
                return question(connection)

        return await asyncio.get_running_loop().run_in_executor(self._readers, ask)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Change the database; see `Writer.submit`. When this answers, it is on the disk."""
        return await asyncio.wrap_future(self.database.writer.submit(work))

    def order_purge(self, on: datetime) -> None:
        """Tell every station, in the hub's own log, from when on personal data is to be gone; the last word counts."""
        self.database.write(lambda connection: self.put_order(connection, on))

    def put_order(self, connection: Connection, on: datetime) -> None:
        """The same, in a transaction of the writer."""
        append(connection, self.identity.device, self.boot, Kind.PURGE, {"on": to_ms(on)}, self.clock())
        retention.keep_order(connection, on)
        note(connection, RECORDS)

    def keep_retention(self) -> int:
        """Let go of every personal value, on the disk too, if its date has come; answers how many there were."""
        with self.database.read() as connection:
            if not retention.is_due(connection, self.clock()):
                return 0
        gone = self.database.write(lambda connection: retention.let_go(connection, self.clock()))
        self.database.compact()
        self._drop_board()
        _log.info("personal data was removed from the hub: %s values", gone)
        return gone

    def _drop_board(self) -> None:
        """The board folds anew from what is left; one that is open, here or in another process, obeys the order."""
        folder = self.folder / BOARD_FOLDER
        if folder.exists():
            with suppress(Timeout), FileLock(folder / LOCK_FILE, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Finish what was begun, then let go of the database. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self.board.close()
        self._readers.shutdown()
        self.feed.close()
        self.database.close()


def open_hub(folder: Path, key: bytes, url: str | None = None, clock: Callable[[], datetime] = utc_now) -> Hub:
    """Open (or begin) the hub in this folder. `key`: the folder's data key; `url`: a PostgreSQL. Raises KioskError."""
    folder.mkdir(parents=True, exist_ok=True)
    if not url and has_keys(folder) and _is_gone(folder / HUB_FILE):
        words = _("{name} is missing or empty, though a hub lived in this folder.").format(name=HUB_FILE)
        raise DamagedFile(f"{words} {damaged_words()}")
    database = open_database(folder, key, url, STEPS)
    try:
        return Hub(folder, key, database, _identity_of(database, folder, key), clock)
    except BaseException:
        database.close()
        raise


def _is_gone(file: Path) -> bool:
    wal = file.with_name(file.name + "-wal")
    return not any(each.exists() and each.stat().st_size for each in (file, wal))


def _identity_of(database: Database, folder: Path, key: bytes) -> Identity:
    """The identity to which this database belongs; made with it. Raises StorageError where another's keys are here:
    stations would be sent away by what looks like their hub.
    """
    with database.read() as connection:
        known = get_setting(connection, _HUB_SETTING)
    if known is not None and not has_keys(folder):
        words = _("The hub's keys are not in {folder}. Put {name} and key.json there, from its own folder.")
        raise StorageError(words.format(folder=folder, name=KEYS_FILE))
    identity = load_identity(folder, key)
    if known is None:
        database.write(lambda connection: put_setting(connection, _HUB_SETTING, identity.id))
    elif known != identity.id:
        raise StorageError(_("This database belongs to another hub than the keys in {folder}.").format(folder=folder))
    return identity
