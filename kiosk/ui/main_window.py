"""The window of a desk: strip, screen and foot, the keys, and who is told what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.people import Attendee
from kiosk.domain.sync_state import SyncState, SyncStatus
from kiosk.domain.verdicts import Verdict
from kiosk.i18n import _
from kiosk.ui.screens.desk import DeskScreen
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.station_window import ScanSource, StationWindow
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.panel import Bar, Choice
from kiosk.ui.widgets.ready_view import StatusPage
from kiosk.ui.widgets.status_strip import StatusStrip
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:  # imported when they are first asked for: a fifth of the way to the first window
    from kiosk.domain.print_jobs import PrintJob
    from kiosk.ui.answer_flow import Speaker
    from kiosk.ui.desk_flow import DeskFlow
    from kiosk.ui.print_flow import PrintFlow
    from kiosk.ui.screens.search import SearchPage
    from kiosk.ui.screens.walk_in import WalkInPage


class MainWindow(StationWindow):
    """One desk."""

    def __init__(
        self,
        services: DeskServices | None,
        info: DeskInfo,
        sources: Iterable[ScanSource] = (),
        theme: Theme | None = None,
        speaker: Speaker | None = None,
    ) -> None:
        super().__init__(info, theme, speaker)
        self.strip = StatusStrip(info)
        self.desk = DeskScreen(self._theme, info)
        self._search_page: SearchPage | None = None
        self._walk_in_page: WalkInPage | None = None
        self._empty_page: StatusPage | None = None
        self._open(self.desk, self._build(), sources, self.desk.ready_page)
        self.desk.search.connect(self.open_search)
        self.desk.action.connect(self._act)
        if services is not None:
            self.use(services)

    def _build(self) -> QFrame:
        """Strip, screen and foot; answers the foot."""
        ground = QWidget()
        ground.setObjectName("ground")
        layout = QVBoxLayout(ground)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip)
        layout.addWidget(self.desk, 1)
        foot = self._build_foot()
        layout.addWidget(foot)
        self.setCentralWidget(ground)
        self.resize(1280, 800)
        return foot

    def _build_foot(self) -> QFrame:
        foot = QFrame()
        foot.setProperty("role", "footer")
        self.state = label(_("Starting…"), "footer-state")
        row = QHBoxLayout(foot)
        row.setContentsMargins(20, 6, 12, 6)
        row.addWidget(self.state, 1)
        links = QWidget()
        flow = Flow(links, gap_px=4)
        keys_link = (_("Keys"), "F1", self.open_keys)
        all_links = (
            (_("Search"), "F2", self.open_search),
            (_("Walk-in"), "F4", self.open_walk_in),
            (_("Supervisor"), "F8", self.call_supervisor),
            (_("Organize"), "Ctrl+,", self.open_organize),
            keys_link,
        )
        for words, keys, pressed in (keys_link,) if self._theme.is_large else all_links:
            flow.addWidget(button(words, pressed, "link", told=keys))
        row.addWidget(links)
        return foot

    def _keys(self) -> list[tuple[str, str, Callable[[], object]]]:
        return [
            ("Esc", _("Back to ready, always safe"), self.escape),
            ("F1", _("This page"), self.open_keys),
            ("F2", _("Search by name"), self.open_search),
            ("F3", _("Last scan again on the screen"), self.show_last),
            ("F4", _("Walk-in: somebody not on the list"), self.open_walk_in),
            ("F6", _("Print the badge again"), self.flow.reprint),
            ("F8", _("Call a supervisor, let in anyway"), self.call_supervisor),
            ("F9", _("Note on this person"), self.flow.add_note),
            ("F11", _("Full screen"), self.toggle_full_screen),
            ("Ctrl+K", _("Camera on or off"), self.camera_wanted.emit),
            ("Ctrl+U", _("Who sits here"), self.open_who),
            ("Ctrl+,", _("Organize: lists and set-up"), self.open_organize),
            ("Ctrl+R", _("Roll call: who is in which room"), self.open_roll_call),
            ("F12", _("Diagnostics"), self.open_doctor),
            ("Ctrl+Z", _("Undo the last check-in"), self.undo),
        ]

    def _held_keys(self) -> list[tuple[str, str]]:
        return [(_("F7 held"), _("E-mail and phone in full; the journal keeps it"))]

    # What others tell the window

    def set_info(self, info: DeskInfo) -> None:
        """Say what the window should know of itself."""
        super().set_info(info)
        self.strip.set_info(info)
        self.desk.history.zone = info.zone
        self._walk_in_page = None

    def show_strict(self, strict: bool) -> None:
        """Whether this desk lets nobody in without the hub's answer."""
        self.strip.set_strict(strict=strict)

    def show_print_job(self, job: PrintJob) -> None:
        """A print job changed its state. To be called on the GUI thread, by a queued signal."""
        self.prints.show_job(job)

    def settle_print_job(self, job: PrintJob) -> None:
        """Somebody dealt with a print job. To be called on the GUI thread, by a queued signal."""
        self.prints.settled(job)

    def show_printers(self) -> None:
        """A printer or its roll changed. To be called on the GUI thread, by a queued signal."""
        self.prints.show_printers()

    def say(self, part: str, words: str) -> None:
        """Set the words of the strip for `sync`, `printer` or `scanner`."""
        self.strip.say(part, words)

    # Pages

    def escape(self) -> None:
        """One step back towards the ready desk."""
        if self._organizing is not None and self._organizing.escape():
            return
        if not self.flow.close_form():
            self._to_ready()

    def _to_ready(self) -> None:
        self.desk.setFocus()
        if self._empty_page is not None and self.flow.verdict is None:
            self.desk.show_page(self._empty_page)
        else:
            self.flow.to_ready()

    def show_last(self) -> None:
        """The last answer once more."""
        self.flow.show_last()

    def open_search(self) -> None:
        """Find somebody by name."""
        if self._services is None:
            return
        if self._search_page is None:
            from kiosk.ui.screens.search import SearchPage

            self._search_page = SearchPage(self._theme, self._info.zone, self._find)
            self._search_page.chosen.connect(self._admit)
        self.desk.show_page(self._search_page)
        self._search_page.start()

    def _find(self, text: str, done: Callable[..., object], failed: Callable[[Exception], object]) -> None:
        assert self._services is not None
        find = self._services.find
        self._search.run(lambda: find.find(text, limit=12), done, failed)

    def _admit(self, found: object) -> None:
        self.desk.setFocus()
        self.flow.admit(found)  # type: ignore[arg-type]

    def open_walk_in(self) -> None:
        """Register somebody on the spot."""
        if self._services is None:
            return
        if self._walk_in_page is None:
            from kiosk.ui.screens.walk_in import WalkInPage

            self._walk_in_page = WalkInPage(
                self._services, self.flow.by, self._info.zone, self._desk, self._search, self._to_ready
            )
            self._walk_in_page.added.connect(self._walked_in)
            self._walk_in_page.chosen.connect(self._admit)
        self.desk.show_page(self._walk_in_page)
        self._walk_in_page.start()

    def _walked_in(self, attendee: Attendee) -> None:
        self._empty_page = None
        self.desk.setFocus()
        self.flow.admit_walk_in(attendee)

    def call_supervisor(self) -> None:
        """Help: for a refusal the form to let in anyway, else whom to call."""
        verdict = self.flow.verdict
        if verdict is not None and verdict.attendee is not None and not verdict.admitted:
            self.flow.let_in()
            return
        text = self._info.help_text or _(
            "Ask whoever runs the registration to come over. What is on this screen stays."
        )
        close = Choice(_("Close"), lambda: self.desk.set_bar("notice", None))
        self.desk.set_bar("notice", Bar(_("Call a supervisor"), text, [close]))

    def open_import(self) -> None:
        """Read a list of attendees."""
        self.open_organize(_("Attendees"))

    def _act(self, name: str) -> None:
        if name == "search":
            self.open_search()
        elif name == "walk_in":
            self.open_walk_in()

    # Starting

    @cached_property
    def flow(self) -> DeskFlow:
        """The desk's behaviour, made with the first thing that happens; the first paint comes before it."""
        from kiosk.ui.desk_flow import DeskFlow

        flow = DeskFlow(self.desk, self._info, self._theme, self._speaker or self._sounds, self._desk)
        flow.state_changed.connect(self.state.setText)
        flow.scanned.connect(lambda: self.strip.say("scanner", _("Scanner ok"), well=True))
        flow.empty_roster.connect(self._show_empty)
        flow.people_there.connect(self._end_empty)
        flow.started.connect(self._started)
        flow.badge_wanted.connect(self._ask_for_badge)
        flow.shown.connect(self._offer_badge)
        return flow

    def _ask_for_badge(self, who: Attendee, reason: str) -> None:
        self.prints.ask(who, reason)

    def _offer_badge(self, verdict: Verdict | None) -> None:
        self.prints.offer(verdict)

    @cached_property
    def prints(self) -> PrintFlow:
        """What became of badges."""
        from kiosk.ui.print_flow import PrintFlow

        prints = PrintFlow(self.desk, self.flow, self._desk)
        prints.printer_says.connect(lambda words: self.strip.say("printer", words))
        return prints

    def _started(self) -> None:
        self.state.setText(_("Ready for the next scan"))
        self.prints.start()
        super()._started()

    def _show_empty(self) -> None:
        self._empty_page = StatusPage(
            self._theme,
            _("No attendees yet"),
            _("Import the list you have: a spreadsheet or a ticket seller's file. Or join a hub that has it."),
            [(_("Import a list"), self.open_import), (_("Add a walk-in"), self.open_walk_in)],
        )
        self.desk.show_page(self._empty_page)

    def _end_empty(self) -> None:
        """People came, from a file or from the hub: the desk no longer asks for a list."""
        empty, self._empty_page = self._empty_page, None
        if empty is not None and self.desk.page is empty:
            self.flow.to_ready()

    def show_sync(self, status: SyncStatus) -> None:
        """What came from other stations shows in the figures."""
        if status.state is SyncState.ONLINE and status.fetching is None:
            self.flow.count()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F7 and not event.isAutoRepeat():
            self.flow.reveal(True)
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F7 and not event.isAutoRepeat():
            self.flow.reveal(False)
        super().keyReleaseEvent(event)
