"""A view folded beside the one in use, which it replaces when it is complete: much at once is faster than bit by bit.

Until then nothing is lost with it, so it is written without waiting for the disk, and kept in memory as far as it goes.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from kiosk.domain.journal import Record
from kiosk.storage.database import Connection, connect, scalar
from kiosk.storage.journal import Stored, read_after, record_of, values_of
from kiosk.storage.salvage import remove
from kiosk.storage.view import NOT_UNDERSTOOD, View

COMING_FILE = "view.coming.db"
FOLDED_AT_ONCE = 5_000
"""Records, and people of imports, that are folded together: enough to write them in order, few enough to hold."""
_CACHE_KB = 128 * 1024


def fold_missing(
    view: View, journal: Connection, tell: Callable[[int], object] = lambda people: None, *, hopeful: bool = False
) -> None:
    """Fold whatever the journal has and the view has not; in a transaction of the view. `tell` hears how many people
    are known by now; `hopeful`: see `View.apply`.
    """
    for batch in _batches(read_after(journal, view.applied())):
        with _nothing_thrown_away():
            view.apply(((stored.arrival, stored.record, None) for stored in batch), hopeful=hopeful)
        tell(scalar(view.connection, "select count(*) from attendee"))


@contextmanager
def _nothing_thrown_away() -> Iterator[None]:
    """Folding makes many small objects and no circles of them: looking for circles took a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _batches(stored: Iterator[Stored]) -> Iterator[list[Stored]]:
    batch: list[Stored] = []
    room = FOLDED_AT_ONCE
    for item in stored:
        batch.append(item)
        room -= 1 + _values_in(item.record)
        if room <= 0:
            yield batch
            batch, room = [], FOLDED_AT_ONCE
    if batch:
        yield batch


def _values_in(record: Record) -> int:
    side = record.body.get("side")
    number = side.get("n") if isinstance(side, dict) else None
    return number if isinstance(number, int) else 0


def begin(path: Path, key: bytes) -> Connection:
    """An empty file for a view, written fast. `seal` it."""
    remove(path)
    connection = connect(path, key, durable=False)
    for setting in ("journal_mode = memory", "synchronous = off", f"cache_size = -{_CACHE_KB}"):
        connection.execute(f"pragma {setting}").fetchall()
    return connection


def seal(connection: Connection, path: Path) -> None:
    """All of it on the disk, as other connections expect it."""
    connection.execute("pragma synchronous = full")
    connection.execute("pragma journal_mode = wal").fetchall()
    connection.execute("pragma wal_checkpoint(truncate)").fetchall()
    connection.close()
    with path.open("rb+") as file:
        os.fsync(file.fileno())


class ComingView:
    """Folded in another thread than the desk's, from a connection of its own: scans go on meanwhile. `close` it."""

    def __init__(self, journal: Path, key: bytes, own_device: str) -> None:
        self._path, self._key, self._own_device = journal.with_name(COMING_FILE), key, own_device
        self._journal = connect(journal, key, durable=True, read_only=True)
        try:
            self._view = self._begin()
        except BaseException:
            self._journal.close()
            raise
        self._hopeful = True

    def _begin(self) -> View:
        connection = begin(self._path, self._key)
        find = partial(values_of, self._journal), partial(record_of, self._journal)
        view = View(connection, *find, self._own_device)
        connection.execute("begin immediate")
        view.create()
        return view

    def fold(self, tell: Callable[[int], object] = lambda people: None) -> None:
        """Fold whatever is in the journal by now."""
        try:
            fold_missing(self._view, self._journal, tell, hopeful=self._hopeful)
        except NOT_UNDERSTOOD:
            if not self._hopeful:
                raise
            self._view.connection.close()
            self._view, self._hopeful = self._begin(), False
            fold_missing(self._view, self._journal, tell)

    def seal(self) -> Path:
        """It is complete: the file that holds it."""
        self._view.connection.execute("commit")
        seal(self._view.connection, self._path)
        return self._path

    def close(self) -> None:
        """Let go of it; what is not sealed is gone."""
        self._view.connection.close()
        self._journal.close()
