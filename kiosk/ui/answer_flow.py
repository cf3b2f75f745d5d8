"""Scans on their way to an answer, at a desk or a door: the part of the behaviour both have.

The rules: every scan is answered, in order; nothing is shown that the service has not answered; while the disk is slow
the last person's answer is taken off the screen; NOT SAVED stays until somebody acknowledges it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from kiosk.domain.verdicts import Outcome, Reason, Verdict
from kiosk.errors import KioskError
from kiosk.i18n import _, ngettext
from kiosk.ui.background import Background
from kiosk.ui.notices import Notices, sentence
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.panel import Choice, QuestionPanel
from kiosk.ui.widgets.ready_view import StatusPage

PATIENCE_MS = 150
"""An answer that takes longer is announced by "checking…"."""

log = logging.getLogger(__name__)


class Speaker(Protocol):
    """What makes the sound of a verdict: the loudspeaker, or silence in a test."""

    def play(self, outcome: Outcome) -> None: ...
    def stop_siren(self) -> None: ...


class AnswerScreen(Protocol):
    """What the flow needs of a desk's or a door's screen."""

    @property
    def page(self) -> QWidget: ...
    def show_page(self, page: QWidget) -> None: ...
    def show_answer_page(self) -> None: ...
    def set_panel(self, panel: QWidget | None) -> None: ...
    def set_bar(self, name: str, bar: QWidget | None) -> None: ...


class AnswerFlow(QObject):
    """From a scan to the answer on the screen; a desk and a door say what is asked and how it is shown."""

    state_changed = Signal(str)
    """One line for the foot of the window."""
    scanned = Signal()
    """A scanner delivered something."""
    started = Signal()
    """What has to be known is there; scans are answered."""

    def __init__(
        self, screen: AnswerScreen, parent: QObject, info: DeskInfo, theme: Theme, speaker: Speaker, desk: Background
    ) -> None:
        super().__init__(parent)
        self._answer_screen, self._info, self._theme = screen, info, theme
        self._speaker, self._desk = speaker, desk
        self._services: DeskServices | None = None
        self._early: list[str] = []
        """Scans that came before the services did."""
        self._pending = 0
        self._verdict: Verdict | None = None
        self._last: Verdict | None = None
        self._held: Verdict | None = None
        """An answer that waits behind an unacknowledged NOT SAVED."""
        self._alarm = False
        self._checking = StatusPage(theme, _("Checking…"))
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._say_checking)
        self.notices = Notices(screen, self)

    # What a desk and a door do in their own way

    def use(self, services: DeskServices) -> None:
        """The services are open: learn what has to be known, then answer what was scanned meanwhile."""
        raise NotImplementedError

    def show_verdict(self, verdict: Verdict) -> None:
        """Show and sound one answer."""
        raise NotImplementedError

    def to_ready(self) -> None:
        """Clear the screen; an alarm has to be acknowledged first."""
        raise NotImplementedError

    def undo_last(self) -> None:
        """Take back the newest answer that can be taken back."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Bring history and figures up to date."""
        raise NotImplementedError

    def _answer_to(self, text: str) -> Callable[[], Verdict | None]:
        """What answers a scan, on the desk thread. Asked when the scan comes in."""
        raise NotImplementedError

    # What they share

    @property
    def services(self) -> DeskServices:
        """The use cases; only after `use()`."""
        assert self._services is not None
        return self._services

    @property
    def verdict(self) -> Verdict | None:
        """The answer on the screen."""
        return self._verdict

    def set_info(self, info: DeskInfo) -> None:
        """Somebody else sits here now."""
        self._info = info

    @property
    def by(self) -> str:
        """Who is said to have done what is done here."""
        return self._info.operator or self._info.station

    def present(self, text: str) -> None:
        """Answer a scan. Scans are queued and none is lost."""
        self.scanned.emit()
        if self._services is None:
            self._early.append(text)
            self.state_changed.emit(self._waiting_words(len(self._early)))
            return
        self._ask(self._answer_to(text), text)

    def _present_early(self) -> None:
        early, self._early = self._early, []
        for text in early:
            self.present(text)

    def _ask(self, work: Callable[[], Verdict | None], code: str = "") -> None:
        self._pending += 1
        if not self._patience.isActive():
            self._patience.start()
        self._desk.run(work, self._answered, partial(self._not_answered, code))

    def _answered(self, verdict: Verdict | None) -> None:
        self._settle_pending()
        if verdict is None:  # the trigger was pulled and there was no code: the screen is as it was
            self._back_from_checking()
            return
        if self._alarm:
            self._held = verdict
        elif verdict.repeat and self._shows_same(verdict):
            self._back_from_checking()
        else:
            self.show_verdict(verdict)
        self.refresh()

    def _not_answered(self, code: str, error: Exception) -> None:
        """Nothing is known to be on disk, so nobody is let go, whatever the reason was."""
        if not isinstance(error, KioskError):
            log.error("a scan was not answered", exc_info=error)
        self._answered(
            Verdict(Outcome.NOT_SAVED, Reason.NOT_SAVED, self._info.now(), "desk", looks_like=sentence(error))
        )

    def _shows_same(self, verdict: Verdict) -> bool:
        """A second read of what is on the screen: whoever is typing there is left in peace."""
        shown = self._verdict
        return shown is not None and shown.attendee == verdict.attendee and shown.outcome is verdict.outcome

    def _back_from_checking(self) -> None:
        if self._answer_screen.page is self._checking:
            if self._verdict is not None:
                self._answer_screen.show_answer_page()
            else:
                self.to_ready()

    def _settle_pending(self) -> None:
        self._pending -= 1
        if self._pending == 0:
            self._patience.stop()
            self._say_state()

    def _say_state(self) -> None:
        self.state_changed.emit(_("Stop: nothing is saved") if self._alarm else _("Ready for the next scan"))

    def _say_checking(self) -> None:
        """The disk is slow: the last person's answer must not be taken for this one's."""
        if not self._alarm:
            self._checking.set_text(self._waiting_words(self._pending))
            self._answer_screen.show_page(self._checking)
        self.state_changed.emit(self._waiting_words(self._pending))
        if self._pending:
            self._patience.start()

    def _waiting_words(self, count: int) -> str:
        return ngettext(
            "{count} scan is waiting. None is lost.", "{count} scans are waiting. None is lost.", count
        ).format(count=count)

    def _failed_to_start(self, error: Exception) -> None:
        page = StatusPage(self._theme, _("This station cannot start"), sentence(error))
        self._answer_screen.show_page(page)

    # NOT SAVED

    def _sound_alarm(self, verdict: Verdict) -> None:
        self._alarm = True
        self._say_state()
        self._answer_screen.set_panel(
            QuestionPanel(
                verdict.looks_like or _("The disk did not take it."),
                _("This person is not checked in. Call a supervisor, then scan again."),
                [Choice(_("I have seen it, stop the siren"), self.acknowledge)],
                role="siren",
            )
        )

    def acknowledge(self) -> None:
        """Somebody has seen NOT SAVED: the siren stops, and what was scanned meanwhile is shown."""
        self._alarm = False
        self._say_state()
        self._speaker.stop_siren()
        self._answer_screen.set_panel(None)
        held, self._held = self._held, None
        if held is not None:
            self.show_verdict(held)
