"""The hub's database: SQLite in the data folder, or PostgreSQL; the same tables and the same statements on both.

SQLite is opened like a station's files: through `sqlcipher3`, encrypted, WAL, `synchronous=FULL`. All writing goes
through `Writer`, one thread with one connection: whatever waits is committed together, so that many small requests
share one wait for the disk.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from kiosk.errors import BadInput, DamagedFile, NewerFile, NotSaved, StorageError
from kiosk.i18n import _
from kiosk.storage.database import connect, in_words

__all__ = ["Connection", "Database", "Step", "Writer", "metadata", "note", "open_database"]

HUB_FILE = "hub.db"
MAX_GROUP = 128
"""So many works share a commit at most: the first of them must not wait for ever."""
MAX_WEIGHT = 4_000
"""And no more once they are as heavy as so many small ones."""
_MIGRATION_LOCK = 0x6B696F736B
"""PostgreSQL's advisory lock while the schema is brought up to date: several hubs may start at once."""

CHANNEL = "kiosk_hub"
"""On which hubs on one PostgreSQL tell each other what changed."""
_NOTIFY = "select pg_notify(%s, topic) from unnest(%s::text[]) as topic"
_TOPICS, _THEN = "topics", "then"

metadata = sa.MetaData()
"""Every table of the hub. A module adds its own, and a step to `schema.STEPS` that creates them."""

_schema_step = sa.Table("schema_step", metadata, sa.Column("name", sa.Text, primary_key=True))

T = TypeVar("T")
Item = TypeVar("Item")
Step = tuple[str, Callable[[Connection], object]]
"""A change of the schema: a name for ever, and what it does. Add, never edit."""


def note(connection: Connection, topic: str) -> None:
    """Say, in a transaction of the writer, what it changes: those who wait for news of it are told when it is done."""
    connection.info[_TOPICS].add(topic)


def then(connection: Connection, act: Callable[[], object]) -> None:
    """Do this once the writer's transaction is on the disk, before whoever asked for it is answered. Be quick."""
    connection.info[_THEN].append(act)


def driver_cursor(connection: Connection) -> Any:
    """The driver's own cursor, in the transaction of this connection: for the few statements that nearly every request
    needs, where SQLAlchemy costs more than the database. Its errors are the driver's.
    """
    return connection.connection.cursor()


@dataclass(slots=True, eq=False)
class _Waiting:
    """Something to be done in a transaction."""

    together: Callable[[Connection, list[Any]], list[Any]]
    item: Any
    weight: int
    future: Future[Any] | asyncio.Future[Any]


def _each(connection: Connection, works: list[Callable[[Connection], Any]]) -> list[Any]:
    return [work(connection) for work in works]


class Writer:
    """One thread that writes, and commits together whatever waits."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine.execution_options(writes=True)
        self._connection: Connection | None = None
        """Kept open; another one is opened after any trouble."""
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._tell: Callable[[str], object] = lambda _topic: None
        self._notify_as: str | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="hub-writer", daemon=True)
        self._thread.start()

    def when_committed(self, tell: Callable[[str], object], notify_as: str | None) -> None:
        """Call this with each topic that was noted, once it is on the disk. `notify_as`: who we are among several
        hubs on one PostgreSQL, which are told as well.
        """
        self._tell, self._notify_as = tell, notify_as

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Do this in a transaction; the answer comes when it is on the disk.

        `work` may be run a second time if another one in its group fails: it changes nothing but the database.
        Raises through the future: NotSaved where the database refuses, else what `work` raised.
        """
        future: Future[T] = Future()
        self._put(_Waiting(_each, work, 1, future))
        return future

    def submit_with(
        self, together: Callable[[Connection, list[Item]], list[T]], item: Item, weight: int = 1
    ) -> asyncio.Future[T]:
        """The same, asked in a loop, for work that is cheaper in company: `together` does all such items of a group at
        once, and answers for each. `weight`: how many small works it is as heavy as.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._put(_Waiting(together, item, weight, future))
        return future

    def _put(self, waiting: _Waiting) -> None:
        if self._closed:
            waiting.future.set_exception(StorageError(_("The hub is ending.")))
        else:
            self._waiting.put(waiting)

    def close(self) -> None:
        """Finish what waits, then end."""
        self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        going_on = True
        while going_on:
            group = [self._waiting.get()]
            weight = 0 if group[0] is None else group[0].weight
            while len(group) < MAX_GROUP and weight < MAX_WEIGHT and not self._waiting.empty():
                group.append(self._waiting.get())
                weight += 0 if group[-1] is None else group[-1].weight
            works = [item for item in group if item is not None and _is_wanted(item.future)]
            going_on = None not in group
            if works and not self._together(works):
                for work in works:
                    _settle([(work, *self._alone(work))])
        self._let_go()

    def _together(self, works: Sequence[_Waiting]) -> bool:
        """Everything in one transaction; whether that worked."""
        try:
            answers = self._commit(works)
        except Exception:
            return False
        _settle([(work, answer, None) for work, answer in answers])
        return True

    def _commit(self, works: Sequence[_Waiting]) -> list[tuple[_Waiting, Any]]:
        groups: dict[Callable[..., Any], list[_Waiting]] = {}
        for work in works:
            groups.setdefault(work.together, []).append(work)
        answers: list[tuple[_Waiting, Any]] = []
        with self._transaction() as connection:
            topics = connection.info[_TOPICS] = set[str]()
            acts: list[Callable[[], object]] = []
            connection.info[_THEN] = acts
            for together, group in groups.items():
                answers += zip(group, together(connection, [work.item for work in group]), strict=True)
            if topics and self._notify_as is not None:
                told = [self._notify_as + topic for topic in sorted(topics)]
                driver_cursor(connection).execute(_NOTIFY, (CHANNEL, told))
        for act in acts:
            act()
        for topic in topics:
            self._tell(topic)
        return answers

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            with self._connection.begin():
                yield self._connection
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _alone(self, work: _Waiting) -> tuple[Any, Exception | None]:
        try:
            ((_work, answer),) = self._commit([work])
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            words = _words(error)
            words.__cause__ = error
            return None, words
        except Exception as error:
            return None, error
        return answer, None


def _is_wanted(future: Future[Any] | asyncio.Future[Any]) -> bool:
    return future.set_running_or_notify_cancel() if isinstance(future, Future) else not future.cancelled()


_Settled: TypeAlias = tuple[_Waiting, Any, Exception | None]


def _settle(settled: Sequence[_Settled]) -> None:
    """Answer for what was done; a loop is told of all that it waits for at once."""
    loops: dict[asyncio.AbstractEventLoop, list[_Settled]] = {}
    for each in settled:
        future = each[0].future
        if isinstance(future, Future):
            _answer(each)
        else:
            loops.setdefault(future.get_loop(), []).append(each)
    for loop, theirs in loops.items():
        with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
            loop.call_soon_threadsafe(_answer_all, theirs)


def _answer_all(settled: Sequence[_Settled]) -> None:
    for each in settled:
        if not each[0].future.cancelled():
            _answer(each)


def _answer(settled: _Settled) -> None:
    work, answer, error = settled
    if error is not None:
        work.future.set_exception(error)
    else:
        work.future.set_result(answer)


class Database:
    """The hub's database, open; `close` it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.writer = Writer(engine)

    @property
    def is_postgresql(self) -> bool:
        """Whether several hubs may share it."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read from, in any thread. Raises StorageError, in words, where the database is not there."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise _words(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Reads the database as it is at one moment, however long it takes; others write meanwhile."""
        options = {"isolation_level": "REPEATABLE READ"} if self.is_postgresql else {}
        try:
            with self.engine.connect().execution_options(**options) as connection, connection.begin():
                yield connection
        except DBAPIError as error:
            raise _words(error) from error

    def write(self, work: Callable[[Connection], T]) -> T:
        """`writer.submit` for whoever may wait."""
        return self.writer.submit(work).result()

    def compact(self) -> None:
        """Leave nothing of what was deleted in the files. Raises StorageError, in words."""
        try:
            self._compact()
        except (SQLAlchemyError, self.engine.dialect.loaded_dbapi.Error) as error:
            raise _words(error) from error

    def _compact(self) -> None:
        if self.is_postgresql:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("vacuum full")
            return
        raw = self.engine.raw_connection()  # SQLAlchemy would begin a transaction, in which nothing can be compacted
        try:
            cursor = raw.cursor()
            cursor.execute("vacuum")
            cursor.execute("pragma wal_checkpoint(truncate)")
            cursor.close()
        finally:
            raw.close()

    def close(self) -> None:
        """Finish writing and close every connection."""
        self.writer.close()
        self.engine.dispose()


def open_database(folder: Path, key: bytes, url: str | None, steps: Sequence[Step]) -> Database:
    """Open (or begin) the hub's database and bring its schema up to date.

    Without `url`: SQLite in the folder, encrypted with `key`. Raises StorageError or BadInput, in words.
    """
    engine = _postgresql(url) if url else _sqlite(folder / HUB_FILE, key)
    try:
        _migrate(engine, steps)
    except DamagedFile as error:
        engine.dispose()
        raise DamagedFile(damaged_words()) from error
    except SQLAlchemyError as error:
        engine.dispose()
        raise _words(error) from error
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)


def _sqlite(path: Path, key: bytes) -> sa.Engine:
    from sqlcipher3 import dbapi2

    # The pool's "begin" is silent, and the first statement of a transaction takes the write lock if it writes.
    engine = sa.create_engine(
        "sqlite://", module=dbapi2, creator=lambda: connect(path, key, durable=True), poolclass=sa.QueuePool
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("begin immediate" if writes else "begin")

    return engine


def _postgresql(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except ArgumentError as error:
        raise BadInput(_bad_address()) from error
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise BadInput(_bad_address())
    return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)


def _bad_address() -> str:
    return _("The address of the database is not understood. Write it like postgresql://user@host:5432/name.")


def _migrate(engine: sa.Engine, steps: Sequence[Step]) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        _schema_step.create(connection, checkfirst=True)
        done = set(connection.scalars(sa.select(_schema_step.c.name)))
        if unknown := done - {name for name, _step in steps}:
            words = _("The hub's database was written by a newer version of this program ({step}). Update the program.")
            raise NewerFile(words.format(step=min(unknown)))
        for name, step in steps:
            if name not in done:
                step(connection)
                connection.execute(_schema_step.insert().values(name=name))


def damaged_words() -> str:
    """What to do where the hub's file cannot be read."""
    return _(
        "The file {name} is damaged, or its key is another. Put the last backup into an empty folder (kiosk hub "
        "restore), or make a new hub from a station; the stations send again what it lacks."
    ).format(name=HUB_FILE)


def _words(error: Exception) -> StorageError:
    """The database's error as a sentence for people."""
    cause: Exception = (error.orig if isinstance(error, DBAPIError) else None) or error
    if type(cause).__module__.startswith("sqlcipher3"):
        words = in_words(cause, Path(HUB_FILE))
        if isinstance(words, DamagedFile):
            return DamagedFile(damaged_words())
        return words if isinstance(words, StorageError) else NotSaved(str(words))
    return NotSaved(
        _("The hub's database does not answer as it should ({kind}). Check that it runs and has space.").format(
            kind=type(cause).__name__
        )
    )
