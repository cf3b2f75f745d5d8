"""Letting go of who a station's records are about: in the journal, in the view, and in every file beside them.

Records stay, and prove themselves. Deleted pages are overwritten (`secure_delete`) and the files packed anew, so that
nothing of what was deleted is left in them. Done again, it changes nothing; broken off, it is done again.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from kiosk.domain.exchange import Signed
from kiosk.domain.journal import from_ms, read_record, to_ms
from kiosk.domain.retention import is_personal, without_names
from kiosk.domain.verdicts import RecordId
from kiosk.storage.database import Connection
from kiosk.storage.exchange import PURGED_SETTING, read_side, write_side
from kiosk.storage.settings import get_setting, put_setting
from kiosk.storage.store import Store

_SETTINGS = ("operator", "code_secret", "paper_values", "bulk_printing")
"""Who sat here; what could be tried codes with until one fits; whose names stand under papers; whose badges waited."""
_FOLDERS = ("badges", "imports")
"""Badges that became files, and lines of rosters that somebody had to decide about."""
_COPIES = ("*.damaged-*", "*.before-*", "*.part", "kiosk.log.*")
_WRITTEN = (".csv", ".tsv", ".xlsx", ".pdf", ".zip", ".bundle", ".png", ".zpl")
"""Endings of what this program writes for people; the files in the data folder that have one go."""

_log = logging.getLogger(__name__)


def purged_at(store: Store) -> datetime | None:
    """When personal data was removed from this station; None while it was not."""
    stored = store.setting(PURGED_SETTING, 0)
    return from_ms(stored) if stored else None


def holds_names(store: Store) -> bool:
    """Whether there is personal data here, apart from what a purge leaves."""
    with store.reading():
        return next(_with_names(store.connection), None) is not None


def purge(store: Store, at: datetime) -> int:
    """Remove all personal data of this station; answers how many values it was.

    Raises StorageError, in words, where the disk refuses; it is then to be done again.
    """
    with store.reading():
        with store.write() as journal:
            connection = journal.connection
            gone = _empty_values(connection)
            _empty_aside(connection)
            connection.execute("delete from print_job")
            for name in _SETTINGS:
                connection.execute("delete from setting where name = ?", (name,))
            if get_setting(connection, PURGED_SETTING) is None:
                put_setting(connection, PURGED_SETTING, to_ms(at))
        store.rebuild_view()
        store.pack()
    _remove_files(store.folder)
    _log.info("personal data was removed from this station: %s values", gone)
    return gone


def _with_names(connection: Connection) -> Iterator[RecordId]:
    rows = connection.execute(
        "select distinct v.log, v.seq, r.bytes from value v join record r on r.log = v.log and r.seq = v.seq "
        "where v.value is not null"
    )
    for log, seq, data in rows:
        if is_personal(read_record(data).kind):
            yield RecordId(log, seq)


def _empty_values(connection: Connection) -> int:
    gone = 0
    for at in list(_with_names(connection)):
        emptied = "update value set salt = null, value = null where log = ? and seq = ? and value is not null"
        gone += connection.execute(emptied, (at.log, at.seq)).rowcount
    return gone


def _empty_aside(connection: Connection) -> None:
    rows = connection.execute("select log, seq, hash, bytes, signature, side from aside").fetchall()
    for log, seq, digest, data, signature, side in rows:
        (left,) = without_names([Signed(data, signature, read_side(side))])
        connection.execute(
            "update aside set side = ? where log = ? and seq = ? and hash = ?",
            (write_side(left.values), log, seq, digest),
        )


def _remove_files(folder: Path) -> None:
    """Whatever else may name somebody. What cannot be removed is tried again at the next start."""
    for name in _FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for pattern in _COPIES:
        for path in folder.glob(pattern):
            _remove(path)
    for path in folder.iterdir():
        if path.suffix.lower() in _WRITTEN:
            _remove(path)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
