"""Connections: one driver, one set of settings, and errors in words.

`sqlcipher3` brings its own SQLite (past the WAL-reset bug fixed in 3.51.3) and encrypts pages with a raw 32-byte key.
Where the program speaks of durability it means `synchronous=FULL` in WAL mode: a commit returns after the disk has it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlcipher3 import dbapi2 as driver

from kiosk.errors import DamagedFile, DiskFull, KioskError, NotSaved, StorageError
from kiosk.i18n import _

if TYPE_CHECKING:
    from sqlite3 import Connection  # the driver's is the same, without types
    from sqlite3 import Error as DriverError

    from sqlite_utils import Database
else:
    Connection = driver.Connection
    DriverError = driver.Error

__all__ = [
    "KEY_BYTES",
    "MIN_SQLITE",
    "NOT_STORABLE",
    "Connection",
    "DriverError",
    "connect",
    "in_words",
    "scalar",
    "sqlite_version",
    "utils",
]

NOT_STORABLE = (driver.InterfaceError, driver.ProgrammingError, driver.DataError, driver.IntegrityError)
"""What the driver says of a value that no column takes; the disk is not to blame."""

MIN_SQLITE = (3, 51, 3)
"""Older ones may corrupt a WAL that two connections write (https://sqlite.org/wal.html, "the WAL-reset bug")."""

KEY_BYTES = 32

PAGE_MAC = "hmac_sha256"
"""What proves each page. Processors have instructions for it; SQLCipher's own choice, SHA-512, costs a scan a tenth
more.
"""


def connect(path: Path, key: bytes, *, durable: bool, read_only: bool = False) -> Connection:
    """Open an encrypted database; create it when missing, unless `read_only`.

    `durable` commits wait for the disk. The connection may pass between threads, one at a time: whoever holds it also
    holds the lock that goes with it. Raises DamagedFile when the file is no database of ours or the key does not fit.
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"a data key has {KEY_BYTES} bytes")
    if driver.sqlite_version_info < MIN_SQLITE:
        raise StorageError(_("The SQLite in use is too old to be trusted. Install sqlcipher3 0.6.4 or newer."))
    uri = path.absolute().as_uri() + ("?mode=ro" if read_only else "")
    try:
        connection: Connection = driver.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256
        )
    except DriverError as error:
        raise in_words(error, path) from error
    try:
        # What it has to say about a page goes to standard error, which belongs to our sentences.
        connection.execute("pragma cipher_log_level = none")
        connection.execute(f"pragma key = \"x'{key.hex()}'\"")
        connection.execute(f"pragma cipher_hmac_algorithm = {PAGE_MAC}")
        connection.execute("select count(*) from sqlite_master").fetchone()
        for setting in (*_SETTINGS, f"synchronous = {'full' if durable else 'normal'}"):
            connection.execute(f"pragma {setting}")
        connection.execute("pragma query_only = on" if read_only else "pragma journal_mode = wal")
    except DriverError as error:
        connection.close()
        raise in_words(error, path) from error
    return connection


_SETTINGS = (
    "busy_timeout = 5000",
    "cell_size_check = on",
    "trusted_schema = off",
    "mmap_size = 0",
    "secure_delete = on",
    "temp_store = memory",
    "foreign_keys = on",
    "fullfsync = on",
    # Checkpoints run when the desk is idle (`Store.checkpoint`), so that no scan pays for one; this is the backstop.
    "wal_autocheckpoint = 8000",
)


def utils(connection: Connection) -> Database:
    """sqlite-utils on a connection of ours: for schema, migrations and bulk work, not for the hot path.

    It imports slowly (a quarter of a second of processor time), so it is imported when it is first needed.
    """
    import sys

    import sqlcipher3

    # sqlite-utils catches the exceptions of the driver it finds; this is the name it looks under first.
    sys.modules.setdefault("pysqlite3", sqlcipher3)
    sys.modules.setdefault("pysqlite3.dbapi2", driver)
    from sqlite_utils import Database

    return Database(connection, execute_plugins=False)


def in_words(error: Exception, path: Path) -> KioskError:
    """The driver's error as a sentence for people."""
    text = str(error).lower()
    if "not a database" in text or "malformed" in text or "disk image" in text:
        words = _("The file {name} is damaged. Close the program and start it again: it then mends what it can.")
        return DamagedFile(words.format(name=path.name))
    if "full" in text:
        return DiskFull(_("The disk is full. Free some space; nothing was saved since."))
    if "readonly" in text or "read-only" in text or "permission" in text:
        return NotSaved(
            _("The folder {folder} cannot be written to. Check its permissions.").format(folder=path.parent)
        )
    if "unable to open" in text:
        return StorageError(_("{path} cannot be opened. Check that the folder is there and yours.").format(path=path))
    if "locked" in text or "busy" in text:
        return NotSaved(_("The file {name} is in use by another program.").format(name=path.name))
    return NotSaved(_("The disk did not save it ({detail}).").format(detail=error))


def sqlite_version() -> str:
    """Of the SQLite in use, which is the driver's own."""
    return str(driver.sqlite_version)


def scalar(connection: Connection, sql: str, *parameters: Any) -> Any:
    """The first column of the first row, or None."""
    row = connection.execute(sql, parameters).fetchone()
    return row[0] if row else None
