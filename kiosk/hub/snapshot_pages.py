"""Pages of the snapshot that were prepared lately, of those that grow no more: stations are set up together."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from kiosk.domain.trust import DeviceRole

FRESH_S = 300.0
MOST_KEPT_BYTES = 64 * 1024 * 1024

Name = tuple[DeviceRole, str, bool]
"""For whom, after which cursor, and whether personal values were gone by then."""


class Pages:
    """What several stations ask for, prepared once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._kept: OrderedDict[Name, tuple[float, bytes]] = OrderedDict()
        self._size = 0

    def get(self, name: Name, prepare: Callable[[], tuple[bytes, bool]]) -> bytes:
        """The page of this name. `prepare` answers with it and whether it is full."""
        with self._lock:  # whoever comes meanwhile wants the same page
            known = self._kept.get(name)
            if known is not None and self._now() - known[0] < FRESH_S:
                return known[1]
            page, is_full = prepare()
            if is_full:
                self._keep(name, page)
            return page

    def _keep(self, name: Name, page: bytes) -> None:
        self._drop(name)
        self._kept[name] = (self._now(), page)
        self._size += len(page)
        while self._size > MOST_KEPT_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, name: Name) -> None:
        if name in self._kept:
            self._size -= len(self._kept.pop(name)[1])
