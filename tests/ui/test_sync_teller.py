"""The strip's words about the hub come from other threads and are said on this one."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from kiosk.domain.sync_state import SyncState, SyncStatus
from kiosk.ui.sync_teller import SyncTeller
from tests.builders import NOON


def test_what_another_thread_tells_is_said_here(qtbot: QtBot) -> None:
    said: list[tuple[str, bool]] = []
    ended: list[bool] = []
    parent = QObject()
    here = QThread.currentThread()
    teller = SyncTeller(
        parent,
        lambda words: said.append((words, QThread.currentThread() is here)),
        lambda: ended.append(True),
        lambda: NOON,
    )
    heard: list[SyncStatus] = []
    teller.heard.connect(heard.append)
    statuses = [SyncStatus(SyncState.OFFLINE, 37), SyncStatus(SyncState.WIPED)]
    thread = threading.Thread(target=lambda: [teller.tell(status) for status in statuses])
    thread.start()
    qtbot.waitUntil(lambda: bool(ended))
    thread.join()
    assert said[0] == ("○ Offline – saving here, 37 to send", True)
    assert said[1][1]
    assert len(said) == 2
    assert heard == statuses
    parent.deleteLater()
