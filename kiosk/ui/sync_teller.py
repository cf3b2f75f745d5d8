"""What the strip says of the hub: told by the sync's threads, said on the GUI thread, and kept up to the minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from kiosk.domain.sync_state import SyncState, SyncStatus, sync_words

TICK_MS = 5_000
"""How often "all sent 12 s ago" moves on."""


class SyncTeller(QObject):
    """`tell` may be called from any thread; `say` and `wiped` are called on this one's."""

    heard = Signal(object)
    """The `SyncStatus`, on this thread."""
    purged = Signal()
    """Personal data was removed from this station."""
    _told = Signal(object)

    def __init__(
        self,
        parent: QObject,
        say: Callable[[str], None],
        wiped: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(parent)
        self._say, self._wiped, self._now = say, wiped, now
        self._status = SyncStatus()
        self._told.connect(self._take)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._speak)
        self._timer.start(TICK_MS)

    def tell(self, status: SyncStatus) -> None:
        """How things stand now."""
        self._told.emit(status)

    def _take(self, status: SyncStatus) -> None:
        self._status = status
        self.heard.emit(status)
        self._speak()
        if status.state is SyncState.WIPED:
            self._wiped()

    def _speak(self) -> None:
        self._say(sync_words(self._status, self._now()))
