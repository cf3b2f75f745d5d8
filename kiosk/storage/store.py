"""A station's memory: `journal.db` and `view.db`, one writer, one way to write.

    with store.write() as journal:      # lock, BEGIN IMMEDIATE on both files
        facts = …                       # read from store.view.connection
        journal.append(…)               # decide, append
    # journal committed with an fsync, then the view folded and committed without

If the journal's commit fails, nothing happened: `NotSaved`. If the fold fails after it, the record is safe but the view
is behind; no further decision is made until it has caught up, because a decision on a stale view could let somebody in
twice.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from kiosk.domain.journal import Record
from kiosk.domain.verdicts import RecordId
from kiosk.errors import AlreadyRunning, DamagedFile, NotSaved, StorageError
from kiosk.i18n import _
from kiosk.storage.coming_view import ComingView, begin, fold_missing, seal
from kiosk.storage.database import Connection, DriverError, connect, in_words, scalar
from kiosk.storage.journal import (
    DEVICE_SETTING,
    Device,
    Journal,
    Stored,
    load_device,
    record_of,
    utc_now,
    values_of,
)
from kiosk.storage.opening import JOURNAL_FILE, VIEW_FILE, left_in_order, note_close, open_journal, open_view
from kiosk.storage.recover import recover, shares_a_past
from kiosk.storage.salvage import MENDED_SETTING, remove, set_aside
from kiosk.storage.settings import COPY_PREFIX, get_setting, put_setting
from kiosk.storage.view import NOT_UNDERSTOOD, View

LOCK_FILE = "station.lock"
BALLAST_FILE = "ballast"
BALLAST_BYTES = 64 * 1024 * 1024
"""Given up when the disk is full: SQLite cannot even delete on a full disk, and the queue has to move on."""
STATION_NAME_SETTING = "station_name"
_LATER_SETTING = "folded_later"
"""Stands in a journal of which the view does not know all, because much came at once."""
_NEW_VIEW_FILE = "view.new.db"

T = TypeVar("T")

WARM_PAGES = 1000
"""Four megabytes: some hundred scans between two idle moments."""

_log = logging.getLogger(__name__)


class Store:
    """Both databases of one data folder, held by this process alone. Made by `open_store`; `close` it."""

    def __init__(self, folder: Path, key: bytes, lock: FileLock, *, trusted: bool, born: Device | None = None) -> None:
        self.folder = folder
        self._key = key
        self._process_lock = lock
        self._lock = threading.RLock()
        self._behind = False
        self._suspect = False
        """Something looked damaged: the next start must read everything through."""
        self.on_record: Callable[[], None] | None = None
        """Called when this station has written a record, in the thread that wrote it: it must return at once."""
        self._files: dict[str, tuple[int, int]] = {}
        self.connection, self.notices = open_journal(folder, key, trusted=trusted)
        """`notices`: sentences about what was found and mended at the start, for the desk to show."""
        opened = [self.connection]
        try:
            left = open_view(folder, key, trusted=trusted)
            if left is not None:
                opened.append(left)
            with self._begin(self.connection):
                if left is not None and get_setting(self.connection, DEVICE_SETTING) is None:
                    self._take_back_settings(left)
                device = load_device(self.connection, born)
            name = get_setting(self.connection, STATION_NAME_SETTING, _("Desk 1"))
            self.journal = Journal(self.connection, device, name)
            self.view = self._take_view(left)
            opened.append(self.view.connection)
            self._catch_up()
            self._copy_settings()
            self._files = self._identities()
        except BaseException as error:
            for connection in opened:
                connection.close()
            if isinstance(error, DriverError):
                raise in_words(error, folder / JOURNAL_FILE) from error
            raise

    # Opening

    def _take_view(self, left: Connection | None) -> View:
        """The view as it was left if it is this journal's and not ahead of it; else one folded afresh."""
        if left is not None:
            view = self._view_on(left)
            if self._is_own(view):
                return view
            if not get_setting(self.connection, _LATER_SETTING, False):
                _log.warning("the view is not this journal's, or knows more than it")
        fresh = self._build_view()
        try:
            recovered = (
                left is not None
                and shares_a_past(left, self.connection, self.journal.device.id)
                and self._recover(left, fresh)
            )
            if left is not None:
                left.close()
        except BaseException:
            fresh.connection.close()
            raise
        view = self._put_in_place(fresh, keep_old=recovered)
        with self._begin(self.connection):
            self.connection.execute("delete from setting where name in (?, ?)", (MENDED_SETTING, _LATER_SETTING))
        return view

    def _is_own(self, view: View) -> bool:
        """Whether the view was folded from this very journal, not from one that was replaced, or has lost records."""
        arrival, name = view.last_applied()
        sql = "select log || ':' || seq from record where arrival = ?"
        same_past = arrival == 0 or scalar(self.connection, sql, arrival) == name
        marked = (get_setting(self.connection, name, False) for name in (MENDED_SETTING, _LATER_SETTING))
        return same_past and not any(marked)

    def _recover(self, left: Connection, fresh: View) -> bool:
        """Write down anew what the old view knows and the journal has lost. Answers whether there was anything."""
        self.view = fresh
        with self.write() as journal:
            counts = recover(left, fresh, journal, utc_now())
        if not any(counts.values()):
            return False
        _log.warning("recovered from the view: %s people, %s passages", counts["people"], counts["passages"])
        self.notices.append(
            _(
                "The journal on this computer had lost records. What the desk still knew was written down anew: "
                "{people} people of the roster and {passages} scans. Tell the organizer."
            ).format(**counts)
        )
        return True

    def _build_view(self) -> View:
        """A view folded from the whole journal, beside the one in use, which stays until this one is complete."""
        try:
            return self._folded_view(hopeful=True)
        except NOT_UNDERSTOOD:
            return self._folded_view(hopeful=False)

    def _folded_view(self, *, hopeful: bool) -> View:
        connection = begin(self.folder / _NEW_VIEW_FILE, self._key)
        try:
            view = self._view_on(connection)
            with self._begin(connection, VIEW_FILE):
                view.create()
            self._fold_missing(view, hopeful=hopeful)
        except BaseException:
            connection.close()
            raise
        return view

    def _put_in_place(self, view: View, *, keep_old: bool = False) -> View:
        seal(view.connection, self.folder / _NEW_VIEW_FILE)
        return self._replace_view(self.folder / _NEW_VIEW_FILE, keep_old=keep_old)

    def _replace_view(self, ready: Path, *, keep_old: bool = False) -> View:
        path = self.folder / VIEW_FILE
        try:
            if keep_old:
                set_aside(path)
            else:
                remove(path)
            ready.rename(path)
        except OSError as error:
            words = _("{path} is held by another program. Close the program and start it again.")
            raise StorageError(words.format(path=path)) from error
        return self._view_on(connect(path, self._key, durable=False))

    def _view_on(self, connection: Connection) -> View:
        return View(connection, self.values_of, self.record_of, self.journal.device.id)

    def _copy_settings(self) -> None:
        rows = self.connection.execute("select ? || name, value from setting", (COPY_PREFIX,)).fetchall()
        with self._begin(self.view.connection, VIEW_FILE):
            self.view.connection.executemany("insert or replace into state (name, value) values (?, ?)", rows)

    def _take_back_settings(self, left: Connection) -> None:
        rows = left.execute("select name, value from state where name like ?", (COPY_PREFIX + "%",)).fetchall()
        for name, value in rows:
            put_setting(self.connection, name.removeprefix(COPY_PREFIX), json.loads(value))

    def _identities(self) -> dict[str, tuple[int, int]]:
        paths = (str(self.folder / name) for name in (JOURNAL_FILE, f"{JOURNAL_FILE}-wal"))
        return {path: _identity(path) for path in paths}

    def _see_files(self) -> None:
        """Raise NotSaved if the journal is no longer where the next start looks for it: what we write would be lost."""
        for path, identity in self._files.items():
            try:
                gone = _identity(path) != identity
            except OSError:
                gone = True
            if gone:
                words = _("{path} was moved or deleted while the program ran. Put it back and start the program again.")
                raise NotSaved(words.format(path=path))

    # Writing

    @contextmanager
    def write(self, *, later: bool = False) -> Iterator[Journal]:
        """Read, decide and write as one step; on any error nothing is kept. What is to be folded `later` waits for
        `fold_the_rest`, or for the next start.

        Raises NotSaved where the disk refuses; whatever was appended is then gone, and nothing may be shown as done.
        """
        with self._lock:
            self._see_files()
            if self._behind:
                self._catch_up()
            journal = self.journal
            journal.begin()
            try:
                self.connection.execute("begin immediate")
                self.view.connection.execute("begin immediate")
                yield journal
                if later and journal.appended:
                    put_setting(self.connection, _LATER_SETTING, True)
                self.connection.execute("commit")
            except DriverError as error:
                self._roll_back()
                raise self._in_words(error, JOURNAL_FILE) from error
            except BaseException:
                self._roll_back()
                raise
            journal.committed()
            self._fold(() if later else journal.appended)
            wrote = any(stored.record.device == journal.device.id for stored in journal.appended)
        if wrote and self.on_record is not None:
            self.on_record()

    def _in_words(self, error: DriverError, name: str) -> Exception:
        words = in_words(error, self.folder / name)
        self._suspect |= isinstance(words, DamagedFile)
        return words

    def _roll_back(self) -> None:
        self.journal.begin()
        for connection in (self.connection, self.view.connection):
            if connection.in_transaction:
                with suppress(DriverError):
                    connection.execute("rollback")

    def _fold(self, appended: Sequence[Stored]) -> None:
        """Fold what is safely on the disk. A failure loses nothing: it is folded again before the next decision."""
        view, values = self.view, self.journal.appended_values
        try:
            if appended:
                view.apply((stored.arrival, stored.record, values.get(stored.record.id, ())) for stored in appended)
            view.connection.execute("commit")
        except BaseException as error:
            # Whatever it was, the next decision must not be made on this view.
            self._behind = True
            with suppress(DriverError):
                view.connection.execute("rollback")
            if not isinstance(error, Exception):
                raise
            _log.exception("the view could not be folded; it catches up before the next scan")

    def _catch_up(self) -> None:
        """Fold whatever the journal has and the view has not; make the view anew if it will not have it."""
        try:
            self._fold_missing(self.view)
        except DamagedFile:
            _log.exception("the view is damaged and is folded anew")
            self.rebuild_view()
        self._behind = False

    def _fold_missing(self, view: View, *, hopeful: bool = False) -> None:
        with self._begin(view.connection, VIEW_FILE):
            fold_missing(view, self.connection, hopeful=hopeful)

    def rebuild_view(self) -> None:
        """Fold the view anew from the journal, then throw the old one away. If the journal cannot be read, it stays."""
        with self._lock:
            self._behind = True
            self.journal.ends.read()
            fresh = self._build_view()
            with suppress(DriverError):
                self.view.connection.close()
            self.view = self._put_in_place(fresh)
            self._copy_settings()
            self._behind = False

    def fold_the_rest(self, tell: Callable[[int], object] = lambda people: None) -> None:
        """Fold what was left for later: all of the journal into a view beside, which then takes the place of this one.

        For another thread than the desk's, which scans meanwhile. `tell` hears how many people are known by then.
        """
        if not self.setting(_LATER_SETTING, False):
            return
        before = self.view
        with closing(ComingView(self.folder / JOURNAL_FILE, self._key, self.journal.device.id)) as coming:
            coming.fold(tell)
            with self._lock:
                if self.view is not before:  # folded anew meanwhile, perhaps because names had to go
                    self.rebuild_view()
                else:
                    coming.fold()
                    ready = coming.seal()
                    self._behind = True
                    with suppress(DriverError):
                        self.view.connection.close()
                    self.view = self._replace_view(ready)
                    self._copy_settings()
                    self._behind = False
                with self._begin(self.connection):
                    self.connection.execute("delete from setting where name = ?", (_LATER_SETTING,))

    @contextmanager
    def _begin(self, connection: Connection, name: str = JOURNAL_FILE) -> Iterator[None]:
        try:
            connection.execute("begin immediate")
            yield
            connection.execute("commit")
        except BaseException as error:
            if connection.in_transaction:
                with suppress(DriverError):
                    connection.execute("rollback")
            if isinstance(error, DriverError):
                raise self._in_words(error, name) from error
            raise

    # Reading

    def reading(self) -> threading.RLock:
        """The lock to hold while reading through the writer's own connections (`with store.reading():`)."""
        return self._lock

    def reader(self) -> Connection:
        """A connection to the view that can only read, for one other thread; whoever takes it closes it."""
        return connect(self.folder / VIEW_FILE, self._key, durable=False, read_only=True)

    def look(self, question: Callable[[Connection], T]) -> T:
        """Ask the view; where it turns out to be damaged it is folded anew, and asked once more.

        For what is read outside `write()`. Raises StorageError, in words.
        """
        with self._lock:
            try:
                return question(self.view.connection)
            except DriverError as error:
                words = self._in_words(error, VIEW_FILE)
                if not isinstance(words, DamagedFile):
                    raise words from error
                _log.exception("the view is damaged; it is folded anew")
            self.rebuild_view()
            return question(self.view.connection)

    def values_of(self, record: RecordId) -> Sequence[bytes | None]:
        """The side values of a record."""
        return values_of(self.connection, record)

    def record_of(self, record: RecordId) -> Record:
        """A record by its name. Raises KeyError when this disk does not hold it."""
        return record_of(self.connection, record)

    def setting(self, name: str, default: T) -> T:
        """A choice made on this station."""
        with self._lock:
            value: T = get_setting(self.connection, name, default)
            return value

    def set_setting(self, name: str, value: object) -> None:
        """Keep a choice made on this station."""
        with self._lock:
            self._see_files()
            with self._begin(self.connection):
                put_setting(self.connection, name, value)
            with suppress(StorageError):
                self._copy_settings()

    # Housekeeping

    def warm_up(self, pages: int = WARM_PAGES) -> None:
        """Let the write-ahead logs grow once, before people come: a scan then overwrites what is there.

        A log that grows makes the file system keep its own journal at every commit, which costs more than the commit.
        The pages written here stay in the files as room for the records of the day. For idle moments; never fails.
        """
        with self._lock, suppress(DriverError, StorageError):
            for connection, name in ((self.connection, JOURNAL_FILE), (self.view.connection, VIEW_FILE)):
                log = self.folder / f"{name}-wal"
                if log.exists() and log.stat().st_size < pages * 4096:
                    with self._begin(connection):
                        connection.execute("create table room (x blob)")
                        connection.executemany("insert into room values (zeroblob(?))", [(4000,)] * pages)
                        connection.execute("drop table room")
                connection.execute("pragma wal_checkpoint(restart)").fetchall()

    def pack(self) -> None:
        """Leave nothing of what was deleted in the files, nor in their write-ahead logs. Raises StorageError."""
        with self._lock:
            for connection, name in ((self.connection, JOURNAL_FILE), (self.view.connection, VIEW_FILE)):
                try:
                    connection.execute("vacuum")
                    connection.execute("pragma wal_checkpoint(truncate)").fetchall()
                except DriverError as error:
                    raise self._in_words(error, name) from error

    def checkpoint(self) -> None:
        """Move the write-ahead logs into the files, as far as no reader is in the way. For idle moments; never fails.

        The first commit into a log that begins again waits for the disk twice; it is made here, so that no scan makes
        it.
        """
        with self._lock, suppress(DriverError):
            for connection in (self.connection, self.view.connection):
                _busy, pages, moved = connection.execute("pragma wal_checkpoint(passive)").fetchone()
                if pages == moved > 1:
                    connection.execute(f"pragma user_version = {scalar(connection, 'pragma user_version')}")

    def lay_ballast(self, size_bytes: int = BALLAST_BYTES) -> None:
        """Put space aside for the day when the disk is full, where there is plenty now. For idle moments; never
        fails.
        """
        ballast = self.folder / BALLAST_FILE
        with suppress(OSError):
            if not ballast.exists() and shutil.disk_usage(self.folder).free > 20 * size_bytes:
                with ballast.open("wb") as file:
                    if hasattr(os, "posix_fallocate"):
                        os.posix_fallocate(file.fileno(), 0, size_bytes)
                    else:
                        file.truncate(size_bytes)

    def make_room(self) -> bool:
        """Give up the space put aside. Answers whether there was any: then it is worth trying again."""
        with self._lock, suppress(OSError):
            (self.folder / BALLAST_FILE).unlink()
            self.notices.append(_("The disk is full and the last reserve is in use: free some space now."))
            return True
        return False

    def close(self) -> None:
        """Close both files and let another process have the folder."""
        with self._lock:
            for connection in (self.view.connection, self.connection):
                with suppress(DriverError):
                    connection.close()
            if not self._suspect:
                note_close(self.folder)
            self._process_lock.release()


def _identity(path: str) -> tuple[int, int]:
    status = os.stat(path)  # noqa: PTH116  (at every scan, and half as fast through a Path)
    return (status.st_dev, status.st_ino)


def open_store(folder: Path, key: bytes, born: Device | None = None) -> Store:
    """Open (or begin) the data of a station for this process alone. `born`: who it is, where it begins.

    Raises AlreadyRunning when another process has it, StorageError in words for everything else.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Not bound to a thread: the one that closes the store may be another than the one that opened it.
        lock = FileLock(folder / LOCK_FILE, timeout=0, thread_local=False)
        lock.acquire()
    except Timeout as error:
        raise AlreadyRunning(
            _(
                "The check-in program is already running on this data ({folder}). Use its window, or close it first."
            ).format(folder=folder)
        ) from error
    except OSError as error:
        raise StorageError(
            _("The data folder {folder} cannot be used: {detail}. Check that it is there and yours.").format(
                folder=folder, detail=error.strerror or error
            )
        ) from error
    try:
        return _open(folder, key, lock, born)
    except BaseException as error:
        lock.release()
        if isinstance(error, OSError):
            words = _("The data folder {folder} cannot be used: {detail}. Check the disk and its permissions.")
            raise StorageError(words.format(folder=folder, detail=error.strerror or error)) from error
        raise


def _open(folder: Path, key: bytes, lock: FileLock, born: Device | None) -> Store:
    if left_in_order(folder):
        # Damage that came since is met when that page is first needed: then everything is read through after all.
        with suppress(DamagedFile):
            return Store(folder, key, lock, trusted=True, born=born)
    return Store(folder, key, lock, trusted=False, born=born)
