"""A station's memory: `journal.db` and `view.db`, one writer, one way to write.

    with store.write() as journal:      # lock, BEGIN IMMEDIATE on both files
        facts = …                       # read from store.view.connection
        journal.append(…)               # decide, append
    # journal committed with an fsync, then the view folded and committed without

If the journal's commit fails, nothing happened: `NotSaved`. If the fold fails after it, the record is safe but the view is behind;
no further decision is made until it has caught up, because a decision on a stale view could let somebody in twice.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from kiosk.domain.journal import Kind, Record, read_record
from kiosk.domain.verdicts import RecordId
from kiosk.errors import AlreadyRunning, DamagedFile, StorageError
from kiosk.i18n import _
from kiosk.storage.database import Connection, DriverError, connect, in_words, scalar
from kiosk.storage.journal import Journal, Stored, last_arrival, load_device, read_after, utc_now, values_of
from kiosk.storage.migrations import migrate
from kiosk.storage.salvage import salvage, set_aside
from kiosk.storage.settings import get_setting, put_setting
from kiosk.storage.view import VIEW_VERSION, View

JOURNAL_FILE = "journal.db"
VIEW_FILE = "view.db"
LOCK_FILE = "station.lock"
CLOSED_FILE = "closed.json"
"""Size and time of both files at the last orderly close. While they are the same, nobody touched them and no check is needed."""
STATION_NAME_SETTING = "station_name"

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Store:
    """Both databases of one data folder, held by this process alone. Made by `open_store`; `close` it."""

    def __init__(self, folder: Path, key: bytes, lock: FileLock) -> None:
        self.folder = folder
        self._key = key
        self._process_lock = lock
        self._lock = threading.RLock()
        self.notices: list[str] = []
        """Sentences about what was found and mended at the start, for the desk to show."""
        self._untouched = self._as_closed()
        self.connection = self._open_journal()
        try:
            with self._begin(self.connection):
                device = load_device(self.connection)
            name = get_setting(self.connection, STATION_NAME_SETTING, _("Desk 1"))
            self.journal = Journal(self.connection, device, name)
            self._note_recovery()
            self.view = self._open_view()
            self._catch_up()
        except BaseException:
            self.connection.close()
            raise

    # Opening

    def _open_journal(self) -> Connection:
        path = self.folder / JOURNAL_FILE
        self._salvaged: dict[str, int] | None = None
        try:
            return self._open_sound_journal(path)
        except DamagedFile as error:
            # An I/O fault can look like damage and be gone a moment later: a healthy file must not be set aside.
            with suppress(DamagedFile):
                return self._open_sound_journal(path)
            _log.error("the journal is damaged: %s", error)
        damaged = set_aside(path)
        connection = connect(path, self._key, durable=True)
        migrate(connection, path)
        self._salvaged = salvage(damaged, self._key, connection)
        self.notices.append(
            _(
                "The journal on this computer was damaged. {records} records were saved from it; the damaged file "
                "was kept as {name}. Tell the organizer before you go on."
            ).format(records=self._salvaged["records"], name=damaged.name)
        )
        return connection

    def _open_sound_journal(self, path: Path) -> Connection:
        connection = connect(path, self._key, durable=True)
        try:
            migrate(connection, path)
            if not self._sound(connection):
                raise DamagedFile(_("The file {name} is damaged.").format(name=path.name))
        except DriverError as error:
            connection.close()
            raise in_words(error, path) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _as_closed(self) -> bool:
        """Whether the files are as the last orderly close left them. The note is taken away: it must not outlive a crash."""
        note = self.folder / CLOSED_FILE
        try:
            noted = json.loads(note.read_text("utf-8"))
            note.unlink()
        except (OSError, ValueError):
            return False
        return bool(noted == self._stamps())

    def _stamps(self) -> dict[str, list[int]]:
        stamps = {}
        for name in (JOURNAL_FILE, VIEW_FILE):
            with suppress(OSError):
                found = (self.folder / name).stat()
                stamps[name] = [found.st_size, found.st_mtime_ns]
        return stamps

    def _sound(self, connection: Connection) -> bool:
        """Read every page once (each carries a MAC), unless the file is known to be as it was left."""
        return self._untouched or scalar(connection, "pragma quick_check(1)") == "ok"

    def _note_recovery(self) -> None:
        if self._salvaged is not None:
            with self._begin(self.connection):
                self.journal.begin()
                self.journal.append(Kind.RECOVER, self._salvaged, at=utc_now(), actor="station")
            self.journal.committed()

    def _open_view(self) -> View:
        path = self.folder / VIEW_FILE
        try:
            connection = connect(path, self._key, durable=False)
            version = scalar(connection, "pragma user_version")
            current = version == VIEW_VERSION and self._sound(connection)
            view = self._view_on(connection)
            if current and view.applied() <= last_arrival(self.connection) and self._same_past(view):
                return view
            connection.close()
        except (DamagedFile, DriverError) as error:
            _log.error("the view is damaged and is folded anew: %s", error)
        return self._new_view()

    def _same_past(self, view: View) -> bool:
        """Whether the view was folded from this very journal, not from one that was replaced."""
        applied = view.applied()
        if applied == 0:
            return True
        digest = scalar(self.connection, "select hash from record where arrival = ?", applied)
        return digest is not None and digest == scalar(view.connection, "select value from state where name = 'hash'")

    def _new_view(self) -> View:
        path = self.folder / VIEW_FILE
        for name in (VIEW_FILE, f"{VIEW_FILE}-wal", f"{VIEW_FILE}-shm"):
            (self.folder / name).unlink(missing_ok=True)
        view = self._view_on(connect(path, self._key, durable=False))
        with self._begin(view.connection):
            view.create()
        return view

    def _view_on(self, connection: Connection) -> View:
        return View(connection, self.values_of, self.record_of)

    # Writing

    @contextmanager
    def write(self) -> Iterator[Journal]:
        """Read, decide and write as one step; on any error nothing is kept.

        Raises NotSaved where the disk refuses; whatever was appended is then gone, and nothing may be shown as done.
        """
        with self._lock:
            if self._behind:
                self._catch_up()
            journal, view = self.journal, self.view
            journal.begin()
            try:
                self.connection.execute("begin immediate")
                view.connection.execute("begin immediate")
            except DriverError as error:
                self._roll_back()
                raise in_words(error, self.folder / JOURNAL_FILE) from error
            try:
                yield journal
                self.connection.execute("commit")
            except DriverError as error:
                self._roll_back()
                raise in_words(error, self.folder / JOURNAL_FILE) from error
            except BaseException:
                self._roll_back()
                raise
            journal.committed()
            self._fold(journal.appended)

    def _roll_back(self) -> None:
        self.journal.begin()
        for connection in (self.connection, self.view.connection):
            if connection.in_transaction:
                with suppress(DriverError):
                    connection.execute("rollback")

    def _fold(self, appended: Sequence[Stored]) -> None:
        """Fold what is safely on the disk. A failure here loses nothing: the view is folded again before the next decision."""
        view, values = self.view, self.journal.appended_values
        try:
            if appended:
                view.apply((stored.arrival, stored.record, values.get(stored.record.id, ())) for stored in appended)
                self._note_applied(appended[-1].hash)
            view.connection.execute("commit")
        except (DriverError, StorageError):
            _log.exception("the view could not be folded; it catches up before the next scan")
            self._behind = True
            with suppress(DriverError):
                view.connection.execute("rollback")

    def _note_applied(self, digest: bytes) -> None:
        self.view.connection.execute("insert or replace into state (name, value) values ('hash', ?)", (digest,))

    _behind = False

    def _catch_up(self, *, anew: bool = False) -> None:
        """Fold whatever the journal has and the view has not; make the view anew if it will not have it."""
        try:
            if anew:
                self.view.connection.close()
                self.view = self._new_view()
            with self._begin(self.view.connection):
                for batch in _batches(read_after(self.connection, self.view.applied())):
                    self.view.apply((stored.arrival, stored.record, None) for stored in batch)
                    self._note_applied(batch[-1].hash)
            self._behind = False
        except (DriverError, DamagedFile) as error:
            words = in_words(error, self.folder / VIEW_FILE) if isinstance(error, DriverError) else error
            if isinstance(words, DamagedFile) and not anew:
                self._catch_up(anew=True)
                return
            self._behind = True
            raise words from error

    def rebuild_view(self) -> None:
        """Throw the view away and fold it anew from the journal."""
        with self._lock:
            self._catch_up(anew=True)

    @contextmanager
    def _begin(self, connection: Connection) -> Iterator[None]:
        try:
            connection.execute("begin immediate")
            yield
            connection.execute("commit")
        except BaseException as error:
            if connection.in_transaction:
                with suppress(DriverError):
                    connection.execute("rollback")
            if isinstance(error, DriverError):
                raise in_words(error, self.folder / JOURNAL_FILE) from error
            raise

    # Reading

    def reading(self) -> threading.RLock:
        """The lock to hold while reading through the writer's own connections (`with store.reading():`)."""
        return self._lock

    def reader(self) -> Connection:
        """A connection to the view that can only read, for one other thread; whoever takes it closes it."""
        return connect(self.folder / VIEW_FILE, self._key, durable=False, read_only=True)

    def values_of(self, record: RecordId) -> Sequence[bytes | None]:
        """The side values of a record."""
        return values_of(self.connection, record)

    def record_of(self, record: RecordId) -> Record:
        """A record by its name. Raises KeyError when this disk does not hold it."""
        row = self.connection.execute(
            "select bytes from record where log = ? and seq = ?", (record.log, record.seq)
        ).fetchone()
        if row is None:
            raise KeyError(str(record))
        return read_record(row[0])

    def setting(self, name: str, default: T) -> T:
        """A choice made on this station."""
        with self._lock:
            value: T = get_setting(self.connection, name, default)
            return value

    def set_setting(self, name: str, value: object) -> None:
        """Keep a choice made on this station."""
        with self._lock, self._begin(self.connection):
            put_setting(self.connection, name, value)

    # Housekeeping

    def checkpoint(self) -> None:
        """Move the write-ahead logs into the files, as far as no reader is in the way. For idle moments; never fails."""
        with self._lock, suppress(DriverError):
            for connection in (self.connection, self.view.connection):
                connection.execute("pragma wal_checkpoint(passive)").fetchall()

    def close(self) -> None:
        """Close both files and let another process have the folder."""
        with self._lock:
            for connection in (self.view.connection, self.connection):
                with suppress(DriverError):
                    connection.close()
            with suppress(OSError):
                (self.folder / CLOSED_FILE).write_text(json.dumps(self._stamps()), "utf-8")
            self._process_lock.release()


def _batches(stored: Iterator[Stored], size: int = 2000) -> Iterator[list[Stored]]:
    batch: list[Stored] = []
    for item in stored:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def open_store(folder: Path, key: bytes) -> Store:
    """Open (or begin) the data of a station for this process alone.

    Raises AlreadyRunning when another process has it, StorageError in words for everything else.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK_FILE, timeout=0)
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
        return Store(folder, key, lock)
    except BaseException:
        lock.release()
        raise
