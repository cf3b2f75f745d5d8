"""Opening both files at the start: what was left in order is trusted, all else is read through once, and mended."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from pathlib import Path

from kiosk.errors import DamagedFile, KioskError
from kiosk.i18n import _
from kiosk.storage.database import Connection, DriverError, connect, in_words, scalar
from kiosk.storage.migrations import migrate
from kiosk.storage.salvage import SIDE_FILES, finish_mending, is_lost, mend
from kiosk.storage.view import VIEW_VERSION

JOURNAL_FILE = "journal.db"
VIEW_FILE = "view.db"
CLOSED_FILE = "closed.json"
"""Size and time of both files at the last orderly close. While they are the same, nobody touched them."""

_log = logging.getLogger(__name__)


def left_in_order(folder: Path) -> bool:
    """Whether the files are as the last orderly close left them. The note is taken away: it must not outlive us."""
    note = folder / CLOSED_FILE
    try:
        noted = json.loads(note.read_text("utf-8"))
        note.unlink()
    except (OSError, ValueError, RecursionError):
        return False
    return bool(noted == _stamps(folder))


def note_close(folder: Path) -> None:
    """Note how the files were left."""
    with suppress(OSError):
        (folder / CLOSED_FILE).write_text(json.dumps(_stamps(folder)), "utf-8")


def _stamps(folder: Path) -> dict[str, list[int]]:
    """Of every file there is: a write-ahead log that was not there at the close says that somebody wrote since."""
    stamps = {}
    for name in (JOURNAL_FILE, VIEW_FILE):
        for suffix in SIDE_FILES[:2]:
            with suppress(OSError):
                found = (folder / f"{name}{suffix}").stat()
                stamps[name + suffix] = [found.st_size, found.st_mtime_ns]
    return stamps


def open_journal(folder: Path, key: bytes, *, trusted: bool) -> tuple[Connection, list[str]]:
    """The journal, mended where it was damaged, and sentences for the desk about that.

    Raises NewerFile, KeyUnavailable (the key fits nothing here), NotSaved and others, in words; nothing changed then.
    """
    path = folder / JOURNAL_FILE
    finish_mending(path)
    notices = []
    if is_lost(path):
        _log.error("the journal is missing or empty")
        notices.append(mend(path, key, certain=_answers(folder / VIEW_FILE, key)))
    try:
        return _open_sound(path, key, trusted=trusted), notices
    except DamagedFile as error:
        # An I/O fault can look like damage and be gone a moment later: a healthy file must not be set aside.
        with suppress(DamagedFile):
            return _open_sound(path, key, trusted=False), notices
        _log.error("the journal is damaged: %s", error)
    notices.append(mend(path, key, certain=_answers(folder / VIEW_FILE, key)))
    return _open_sound(path, key, trusted=False), notices


def _open_sound(path: Path, key: bytes, *, trusted: bool) -> Connection:
    connection = connect(path, key, durable=True)
    try:
        migrate(connection, path)
        if not trusted and not is_sound(connection):
            raise DamagedFile(_("The file {name} is damaged.").format(name=path.name))
    except DriverError as error:
        connection.close()
        raise in_words(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


def is_sound(connection: Connection) -> bool:
    """Read every page once; each carries a code that shows damage."""
    return bool(scalar(connection, "pragma quick_check(1)") == "ok")


def open_view(folder: Path, key: bytes, *, trusted: bool) -> Connection | None:
    """The view as it was left, or None where there is none, or a damaged or older one."""
    path = folder / VIEW_FILE
    if not path.exists():
        return None
    try:
        connection = connect(path, key, durable=False)
    except DamagedFile:
        _log.error("the view is damaged")
        return None
    try:
        if scalar(connection, "pragma user_version") == VIEW_VERSION and (trusted or is_sound(connection)):
            return connection
        _log.warning("the view is damaged or of another version")
    except DriverError as error:
        _log.error("the view is damaged: %s", error)
    connection.close()
    return None


def _answers(path: Path, key: bytes) -> bool:
    """Whether this file opens with this key."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    try:
        connect(path, key, durable=False, read_only=True).close()
    except KioskError:
        return False
    return True
