"""Destroying a station's data, as the organizer ordered: the key first, then everything the key opened.

Never while a record is here and nowhere else: the order waits until the hub has confirmed everything.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kiosk.errors import StillUnsent
from kiosk.i18n import _
from kiosk.storage.keys import destroy_key
from kiosk.storage.store import LOCK_FILE, Store


def wipe(store: Store, unsent: Callable[[], int]) -> None:
    """Destroy the data of this station; the store is closed. `unsent` counts what the hub has not confirmed.

    Raises StillUnsent, and changes nothing, while there is any.
    """
    with store.reading():  # no scan is written between the question and the end
        left = unsent()
        if left:
            words = _("The organizer ordered this station to be wiped. It waits until {n} records have been sent.")
            raise StillUnsent(words.format(n=left))
        store.close()
        destroy_key(store.folder)
    for path in store.folder.iterdir():
        if path.name != LOCK_FILE:
            _remove(path)


def _remove(path: Path) -> None:
    """What cannot be removed stays, and cannot be read: its key is gone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        path.unlink()
