"""Widgets die in the GUI thread.

Python looks for cyclic garbage in whatever thread happens to allocate. Where that is the desk's or the printer's
thread and a widget is among the garbage, Qt destroys it there, and the program ends in a crash some day. So the
collector is switched off and run from a timer of the GUI thread, by the same thresholds.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 1_000


class Collector(QObject):
    """Collects garbage in the GUI thread, once made and until it is closed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(LOOK_MS)

    def look(self) -> None:
        """Collect the oldest generation that is due, and with it the younger ones."""
        due = [gc.get_count()[n] > gc.get_threshold()[n] for n in range(3)]
        for generation in (2, 1, 0):
            if due[generation]:
                gc.collect(generation)
                return

    def close(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.enable()
