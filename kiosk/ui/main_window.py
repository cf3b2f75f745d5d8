"""The window of a desk: strip, screen and foot, the keys, and who is told what.

It is up and painted before it knows anything: services arrive by `use()`, scans that come earlier wait. Pages that a
queue rarely needs are built when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from kiosk.domain.people import Attendee
from kiosk.domain.verdicts import Outcome, Verdict
from kiosk.i18n import _
from kiosk.ui.background import Background
from kiosk.ui.screens.desk import DeskScreen
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.theme import Theme, load_scripts
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.panel import Bar, Choice
from kiosk.ui.widgets.ready_view import StatusPage
from kiosk.ui.widgets.status_strip import StatusStrip
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:  # imported when they are first asked for: a fifth of the way to the first window
    from kiosk.domain.print_jobs import PrintJob
    from kiosk.ui.desk_flow import DeskFlow, Speaker
    from kiosk.ui.organizing import Organizing
    from kiosk.ui.print_flow import PrintFlow
    from kiosk.ui.screens.search import SearchPage
    from kiosk.ui.screens.text_page import KeysPage, TextPage
    from kiosk.ui.screens.walk_in import WalkInPage
    from kiosk.ui.sounds import Sounds

LOADING_MS = 150
"""Opening that takes longer is shown as such."""


class ScanSource(Protocol):
    """Anything that delivers codes: the key filter, a serial port, a camera."""

    @property
    def scanned(self) -> SignalInstance:
        """Emits the text of one scan."""
        ...


class MainWindow(QMainWindow):
    """One desk."""

    unforeseen = Signal(str)
    """A sentence about an error nobody caught, from whatever thread it came."""
    camera_wanted = Signal()
    """Somebody wants to scan with the camera, or not any more."""
    painted = Signal()
    """Once: the window stands on the screen and takes scans, which wait for the services."""
    ready = Signal()
    """Once, after the desk has been painted: scans are answered from now on. Whoever listens is quick."""
    started = Signal()
    """Once, when figures and history are shown too: the time for whatever nobody waits for."""

    def __init__(
        self,
        services: DeskServices | None,
        info: DeskInfo,
        sources: Iterable[ScanSource] = (),
        theme: Theme | None = None,
        speaker: Speaker | None = None,
    ) -> None:
        super().__init__()
        self._theme = theme or Theme()
        self._info = info
        self._services: DeskServices | None = None
        self._speaker = speaker
        self.setWindowTitle(f"{info.conference} – {info.station}")
        self.strip = StatusStrip(info)
        self.desk = DeskScreen(self._theme, info)
        self._search_page: SearchPage | None = None
        self._walk_in_page: WalkInPage | None = None
        self._keys_page: KeysPage | None = None
        self._doctor_page: TextPage | None = None
        self._organizing: Organizing | None = None
        self._empty_page: StatusPage | None = None
        self._is_painted = self._is_begun = self._is_started = False
        self._build()
        self._listen(sources)
        self._loading = QTimer(self)
        self._loading.setSingleShot(True)
        self._loading.timeout.connect(self._show_loading)
        self._loading.start(LOADING_MS)
        if services is not None:
            self.use(services)

    def _build(self) -> None:
        ground = QWidget()
        ground.setObjectName("ground")
        layout = QVBoxLayout(ground)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip)
        layout.addWidget(self.desk, 1)
        self._foot = self._build_foot()
        layout.addWidget(self._foot)
        self.setCentralWidget(ground)
        self.desk.setFocus()  # nothing is chosen at the start
        self.resize(1280, 800)

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

    def _say_unforeseen(self, words: str) -> None:
        self.flow.notices.say(words)

    def _listen(self, sources: Iterable[ScanSource]) -> None:
        self.unforeseen.connect(self._say_unforeseen)
        for source in sources:
            self.add_source(source)
        self.desk.ready_page.painted.connect(self._painted)
        self.desk.search.connect(self.open_search)
        self.desk.action.connect(self._act)

    def _keys(self) -> list[tuple[str, str, Callable[[], object]]]:
        """Every key the window listens to; none is a bare letter or digit, for those are what scanners type."""
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
            ("F12", _("Diagnostics"), self.open_doctor),
            ("Ctrl+Z", _("Undo the last check-in"), self.flow.undo_last),
        ]

    # What others tell the window

    def set_info(self, info: DeskInfo) -> None:
        """Say what the window should know of itself."""
        self._info = info
        self.setWindowTitle(f"{info.conference} – {info.station}")
        self.strip.set_info(info)
        self.desk.history.zone = info.zone
        if "flow" in self.__dict__:  # made with the first thing that happens
            self.flow.set_info(info)
        self._walk_in_page = self._organizing = None

    def use(self, services: DeskServices) -> None:
        """The store is open: from the first paint on, scans are answered."""
        self._services = services
        self._begin()

    def add_source(self, source: ScanSource) -> None:
        """Listen to one more scanner."""
        source.scanned.connect(self.present)

    def present(self, text: str) -> None:
        """A scan, from wherever."""
        self.flow.present(text)

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
            self._to_desk()

    def _to_desk(self) -> None:
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
                self._services, self.flow.by, self._info.zone, self._desk, self._search, self._to_desk
            )
            self._walk_in_page.added.connect(self._walked_in)
            self._walk_in_page.chosen.connect(self._admit)
        self.desk.show_page(self._walk_in_page)
        self._walk_in_page.start()

    def _walked_in(self, attendee: Attendee) -> None:
        self._empty_page = None
        self.desk.setFocus()
        self.flow.admit_walk_in(attendee)

    def open_who(self) -> None:
        """Say who sits here: the name stands beside everything done from now on."""
        if self._services is None:
            return
        from kiosk.ui.notices import sentence
        from kiosk.ui.widgets.panel import Field, FormPanel

        sit_down = self._services.sit_down

        def submit(values: Mapping[str, str]) -> None:
            self._desk.run(lambda: sit_down(values["name"]), done, lambda error: form.show_problem(sentence(error)))

        def done(info: DeskInfo | None) -> None:
            if info is not None:
                self.set_info(info)
            self._to_desk()

        form = FormPanel(
            _("Who sits here?"),
            _("The name is kept with every check-in, undo and note made here, until somebody else sits down."),
            [Field("name", _("Your name"), value=self._info.operator)],
            (_("Sit down"), submit),
            self._to_desk,
        )
        self.desk.show_page(form)
        form.start()

    def open_keys(self) -> None:
        """All keys on one page."""
        if self._keys_page is None:
            from kiosk.ui.screens.text_page import KeysPage

            keys = [(keys, words) for keys, words, _pressed in self._keys()]
            more = [
                (_("F7 held"), _("E-mail and phone in full; the journal keeps it")),
                ("Alt+1", _("First button of a question, Alt+2 the second")),
            ]
            self._keys_page = KeysPage([*keys, *more], self._to_desk)
        self.desk.show_page(self._keys_page)
        self._keys_page.back.setFocus()

    def open_doctor(self) -> None:
        """The self-check as text."""
        if self._doctor_page is None:
            from kiosk.ui.screens.text_page import TextPage

            self._doctor_page = TextPage(
                _("Diagnostics"), self._to_desk, [(_("Copy"), self._copy_report), (_("Test sound"), self._test_sound)]
            )
        page = self._doctor_page
        self.desk.show_page(page)
        page.back.setFocus()
        page.show_text(_("Checking…"))
        if self._services is not None:
            doctor = self._services.doctor
            self._desk.run(
                doctor,
                lambda text: page.show_text(f"{text}\n{self._sounds.state}".strip()),
                lambda error: page.show_text(str(error)),
            )

    def _copy_report(self) -> None:
        if self._doctor_page is not None:
            self._doctor_page.text.selectAll()
            self._doctor_page.text.copy()

    def _test_sound(self) -> None:
        self._sounds.play(Outcome.ADMITTED)
        self.flow.notices.say(self._sounds.state)

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

    def open_organize(self, title: str = "") -> None:
        """What an organizer comes for: the list of pages, or the page of this title."""
        if self._services is None:
            return
        organizing = self._organizing or self._build_organizing(self._services)
        if title:
            organizing.open_titled(title)
        else:
            organizing.show()

    def _build_organizing(self, services: DeskServices) -> Organizing:
        from kiosk.ui.organizing import Organizing, PageTools

        tools = PageTools(
            services,
            self._info,
            self.flow.by,
            self._theme,
            self._desk,
            self._search,
            back=self.open_organize,
            roster_changed=self._imported,
        )
        self._organizing = Organizing(self.desk, tools, self._to_desk)
        return self._organizing

    def open_import(self) -> None:
        """Read a list of attendees."""
        self.open_organize(_("Attendees"))

    def _imported(self) -> None:
        self._empty_page = None
        self.flow.refresh()

    def toggle_full_screen(self) -> None:
        """With or without the frame of the desktop."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _act(self, name: str) -> None:
        if name == "search":
            self.open_search()
        elif name == "walk_in":
            self.open_walk_in()

    # Starting, and the end

    @cached_property
    def _desk(self) -> Background:
        return Background("desk")

    @cached_property
    def _search(self) -> Background:
        return Background("search")

    @cached_property
    def _sounds(self) -> Sounds:
        from kiosk.ui.sounds import Sounds

        return Sounds()

    @cached_property
    def flow(self) -> DeskFlow:
        """The desk's behaviour, made with the first thing that happens; the first paint comes before it."""
        from kiosk.ui.desk_flow import DeskFlow

        flow = DeskFlow(self.desk, self._info, self._theme, self._speaker or self._sounds, self._desk)
        flow.state_changed.connect(self.state.setText)
        flow.scanned.connect(lambda: self.strip.say("scanner", _("Scanner ok")))
        flow.empty_roster.connect(self._show_empty)
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

    def _painted(self) -> None:
        if not self._is_painted:
            self._is_painted = True
            self.painted.emit()
            QTimer.singleShot(0, self._begin)

    def _begin(self) -> None:
        """Painted, and the services are there: a scan is answered from now on."""
        if self._services is None or not self._is_painted or self._is_begun:
            return
        self._is_begun = True
        self.ready.emit()
        for keys, _words, pressed in self._keys():
            QShortcut(QKeySequence(keys), self, pressed)
        self.flow.use(self._services)

    def _started(self) -> None:
        """The figures and the history are shown; now what nobody waits for."""
        self._loading.stop()
        self._is_started = True
        self.state.setText(_("Ready for the next scan"))
        self.prints.start()
        load_scripts()
        self.started.emit()

    def _show_loading(self) -> None:
        if not self._is_started:
            page = StatusPage(self._theme, _("Opening the list…"), _("You can scan already. Scans wait, none is lost."))
            self.desk.show_page(page)

    def _show_empty(self) -> None:
        self._empty_page = StatusPage(
            self._theme,
            _("No attendees yet"),
            _("Import the list you have: a spreadsheet or a ticket seller's file."),
            [(_("Import a list"), self.open_import), (_("Add a walk-in"), self.open_walk_in)],
        )
        self.desk.show_page(self._empty_page)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab follows the reading order. Panels come and go, so the order is made when somebody asks for it."""
        parts = (*self.desk.parts(), self._foot)
        order = [
            widget
            for part in parts
            for widget in part.findChildren(QWidget)
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        for one, following in pairwise(order):
            QWidget.setTabOrder(one, following)
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F7 and not event.isAutoRepeat():
            self.flow.reveal(True)
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F7 and not event.isAutoRepeat():
            self.flow.reveal(False)
        super().keyReleaseEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Finish what is queued, then go: a scan that was read is answered on disk even if nobody sees it."""
        made = self.__dict__  # what was never needed is not made to be closed
        if "_sounds" in made:
            self._sounds.close()
        if "_search" in made:
            if self._services is not None:
                self._search.run(self._services.find.close)  # on the thread that opened their connections
                self._search.run(self._services.figures.close)
            self._search.close()
        if "_desk" in made:
            self._desk.close()
        super().closeEvent(event)
