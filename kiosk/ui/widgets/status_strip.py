"""One line on top: where we are, whether things are saved and sent, printer, scanner, and the conference's time.

In words.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel

from kiosk.domain.words import clock_words
from kiosk.i18n import _
from kiosk.ui.services import DeskInfo
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import label


class StatusStrip(QFrame):
    """Every part is a sentence of its own; the owner calls `close_clock()` or deletes it."""

    def __init__(self, info: DeskInfo) -> None:
        super().__init__()
        self.setProperty("role", "strip")
        self._info = info
        self._row = row = Flow(self, gap_px=20)
        row.setContentsMargins(20, 8, 20, 8)
        self._parts: dict[str, QLabel] = {}
        for name, words, role in (
            ("where", "", "strip-where"),
            ("demo", _("DEMO DATA"), "strip-mark"),
            ("strict", _("Only with the hub"), "strip-part"),
            ("sync", _("This station only – saved here"), "strip-part"),
            ("printer", _("Printer: not set up"), "strip-part"),
            ("scanner", _("Scanner: nothing read yet"), "strip-part"),
            ("clock", "", "strip-part"),
        ):
            self._parts[name] = label(words, role)
            row.addWidget(self._parts[name])
        self._spare = ""
        """The part that can be spared."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)
        self.set_info(info)

    def set_info(self, info: DeskInfo) -> None:
        """Say which station this is."""
        self._info = info
        desk = f"{info.station} ({info.operator})" if info.operator else info.station
        self._parts["where"].setText(" · ".join(part for part in (info.short_name, desk) if part))
        self._parts["demo"].setVisible(info.demo)
        self._parts["strict"].setVisible(info.strict)
        self._tick()

    def set_strict(self, *, strict: bool) -> None:
        """Whether nobody is let in here without the hub's answer."""
        self._parts["strict"].setVisible(strict)
        self._fit()

    def say(self, part: str, words: str, *, well: bool = False) -> None:
        """Set what one part says: `sync`, `printer` or `scanner`. What is `well` gives way where there is no room."""
        spare = part if well else self._spare.replace(part, "")
        if (self._parts[part].text(), self._spare) != (words, spare):
            self._spare = spare
            self._parts[part].setText(words)
            self._parts[part].show()
            self._fit()
            self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Hide what can be spared, where everything else then stands on one line."""
        if (spare := self._parts.get(self._spare)) is None:
            return
        room = spare.sizeHint().width() + self._row.spacing()
        all_of_it = self._row.sizeHint().width() + (room if spare.isHidden() else 0)
        spare.setHidden(self.width() < all_of_it <= self.width() + room)

    def text(self, part: str) -> str:
        """What a part says."""
        return self._parts[part].text()

    def _tick(self) -> None:
        now = self._info.now()
        self._parts["clock"].setText(clock_words(now, self._info.zone, with_zone=True))
        self._fit()
        self._timer.start((60 - now.second) * 1000)
