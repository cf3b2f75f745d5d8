"""A widget that is garbage is destroyed by the GUI thread, whoever allocates."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kiosk.ui.garbage import Collector


class Loop:
    """Garbage that says in which thread it dies."""

    died_in: list[threading.Thread]

    def __init__(self, died_in: list[threading.Thread]) -> None:
        self.me = self
        self.died_in = died_in

    def __del__(self) -> None:
        self.died_in.append(threading.current_thread())


def test_other_threads_collect_nothing_and_the_gui_thread_does(qtbot: QtBot) -> None:
    died_in: list[threading.Thread] = []
    gc.enable()  # as Python starts; the fixture of these tests had it off already
    owner = QObject()
    collector = Collector(owner)
    try:
        for _n in range(100):
            Loop(died_in)
        busy = threading.Thread(target=lambda: [[] for _n in range(200_000)])
        busy.start()
        busy.join()
        assert died_in == []
        keep = [[n] for n in range(2_000)]  # more than the threshold: something is due
        collector.look()
        assert len(keep) == 2_000
        assert set(died_in) == {threading.current_thread()}
    finally:
        collector.close()
    assert gc.isenabled()
    gc.disable()  # as the fixture expects to find it
