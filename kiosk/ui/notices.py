"""Lines beside the answer: a remark that goes by itself, a warning that stays until somebody has seen it, a failure."""

from __future__ import annotations

import logging
from typing import Protocol

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from kiosk.errors import KioskError
from kiosk.i18n import _
from kiosk.ui.widgets.panel import Bar, Choice

NOTICE_MS = 10_000

log = logging.getLogger(__name__)


class Bars(Protocol):
    """A screen that can show lines beside its answer."""

    def set_bar(self, name: str, bar: QWidget | None) -> None: ...


class Notices(QObject):
    """What a station has to say besides its answers. None of it stands in the way of the next scan."""

    def __init__(self, screen: Bars, parent: QObject) -> None:
        super().__init__(parent)
        self._screen = screen
        self._warnings: list[str] = []
        self._fades = QTimer(self)
        self._fades.setSingleShot(True)
        self._fades.setInterval(NOTICE_MS)
        self._fades.timeout.connect(self._clear)

    def say(self, text: str) -> None:
        """One line that goes away by itself."""
        self._screen.set_bar("notice", Bar(text))
        self._fades.start()

    def failed(self, error: Exception) -> None:
        """Something that was asked for did not work; it stays until it is closed or something else is said."""
        if not isinstance(error, KioskError):
            log.error("an action at the desk failed", exc_info=error)
        bar = Bar(_("That did not work."), sentence(error), [Choice(_("Close"), self._clear)])
        self._screen.set_bar("notice", bar)
        self._fades.stop()

    def warn(self, text: str) -> None:
        """Something serious that somebody has to have seen: it stays until they say so, one after the other."""
        self._warnings.append(text)
        if len(self._warnings) == 1:
            self._show_warning()

    def _show_warning(self) -> None:
        bar = None
        if self._warnings:
            bar = Bar(self._warnings[0], choices=[Choice(_("I have seen it"), self._warning_seen)])
        self._screen.set_bar("warning", bar)

    def _warning_seen(self) -> None:
        self._warnings.pop(0)
        self._show_warning()

    def _clear(self) -> None:
        self._screen.set_bar("notice", None)


def sentence(error: Exception) -> str:
    """What a person reads of an error: its own sentence, or that it was not foreseen."""
    return (
        str(error)
        if isinstance(error, KioskError)
        else _("Something unexpected happened. The log of this station says more.")
    )
