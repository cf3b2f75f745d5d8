"""What the window of a desk and that of a door have in common: starting, scanners, pages, and the end.

It is up and painted before it knows anything: services arrive by `use()`, scans that come earlier wait. Pages that a
queue rarely needs are built when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QMainWindow, QWidget

from kiosk.domain.verdicts import Outcome
from kiosk.i18n import _
from kiosk.ui.background import Background
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.theme import Theme, load_scripts
from kiosk.ui.widgets.ready_view import StatusPage

if TYPE_CHECKING:  # imported when they are first asked for: a fifth of the way to the first window
    from kiosk.domain.print_jobs import PrintJob
    from kiosk.domain.sync_state import SyncStatus
    from kiosk.ui.answer_flow import AnswerFlow, Speaker
    from kiosk.ui.organizing import Organizing
    from kiosk.ui.screens.text_page import KeysPage, TextPage
    from kiosk.ui.sounds import Sounds

LOADING_MS = 150
"""Opening that takes longer is shown as such."""


class ScanSource(Protocol):
    """Anything that delivers codes: the key filter, a serial port, a camera."""

    @property
    def scanned(self) -> SignalInstance:
        """Emits the text of one scan."""
        ...


class PageScreen(Protocol):
    """The part of a window in which one page stands in front of the others."""

    @property
    def page(self) -> QWidget: ...
    def show_page(self, page: QWidget, *, wide: bool = False) -> None: ...
    def parts(self) -> tuple[QWidget, ...]: ...
    def setFocus(self) -> None: ...


class StationWindow(QMainWindow):
    """A desk or a door."""

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
    again = Signal()
    """This station is something else from now on: close the window, and open the one that belongs to it."""

    def __init__(self, info: DeskInfo, theme: Theme | None, speaker: Speaker | None) -> None:
        super().__init__()
        self._theme = theme or Theme()
        self._info = info
        self._services: DeskServices | None = None
        self._speaker = speaker
        self.setWindowTitle(f"{info.conference} – {info.station}")
        self._keys_page: KeysPage | None = None
        self._doctor_page: TextPage | None = None
        self._organizing: Organizing | None = None
        self._is_painted = self._is_begun = self._is_started = False
        self._loading = QTimer(self)
        self._loading.setSingleShot(True)
        self._loading.timeout.connect(self._show_loading)

    def _open(self, pages: PageScreen, foot: QFrame, sources: Iterable[ScanSource], first: StatusPage) -> None:
        """The parts are built: listen, and say so once `first` is painted."""
        self._pages, self._foot = pages, foot
        self.unforeseen.connect(self._say_unforeseen)
        for source in sources:
            self.add_source(source)
        first.painted.connect(self._painted)
        pages.setFocus()  # nothing is chosen at the start
        self._loading.start(LOADING_MS)

    # What a desk and a door do in their own way

    @property
    def flow(self) -> AnswerFlow:
        """The behaviour, made with the first thing that happens; the first paint comes before it."""
        raise NotImplementedError

    def say(self, part: str, words: str) -> None:
        """Say how `sync`, `printer` or `scanner` are."""
        raise NotImplementedError

    def show_sync(self, status: SyncStatus) -> None:
        """How it stands with the hub, besides the words for the strip; of no interest to a desk."""

    def show_strict(self, strict: bool) -> None:
        """Whether desks let nobody in without the hub's answer; a door shows what its room has."""

    def show_print_job(self, job: PrintJob) -> None:
        """A print job changed its state. To be called on the GUI thread; of no interest where nothing is printed."""

    def settle_print_job(self, job: PrintJob) -> None:
        """Somebody dealt with a print job. To be called on the GUI thread."""

    def show_printers(self) -> None:
        """A printer or its roll changed. To be called on the GUI thread."""

    def _keys(self) -> list[tuple[str, str, Callable[[], object]]]:
        """Every key the window listens to; none is a bare letter or digit, for those are what scanners type."""
        raise NotImplementedError

    def _held_keys(self) -> list[tuple[str, str]]:
        """Keys that do something while they are held."""
        return []

    def _to_ready(self) -> None:
        """Ready for the next scan."""
        raise NotImplementedError

    # What others tell the window

    @property
    def info(self) -> DeskInfo:
        """What the window knows of itself."""
        return self._info

    def set_info(self, info: DeskInfo) -> None:
        """Say what the window should know of itself."""
        self._info = info
        self.setWindowTitle(f"{info.conference} – {info.station}")
        if "flow" in self.__dict__:  # made with the first thing that happens
            self.flow.set_info(info)
        self._leave_pages()

    def _leave_pages(self) -> None:
        """The organizer's pages are built anew when they are next asked for."""
        if self._organizing is not None:
            self._organizing.finish()
            self._organizing = None

    def use(self, services: DeskServices) -> None:
        """The store is open: from the first paint on, scans are answered."""
        self._services = services
        self._begin()

    def add_source(self, source: ScanSource) -> None:
        """Listen to one more scanner."""
        source.scanned.connect(self.present)

    def present(self, text: str) -> None:
        """A scan, from wherever: a ticket, unless the page in front asked for something else."""
        if self._organizing is None or not self._organizing.take_scan(text):
            self.flow.present(text)

    def undo(self) -> None:
        """Take back the newest that was decided here. On an organizer's page nobody means that: it is out of sight."""
        if self._organizing is None or not self._organizing.undo():
            self.flow.undo_last()

    # Pages

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
            self._to_ready()

        form = FormPanel(
            _("Who sits here?"),
            _("The name is kept with every check-in, undo and note made here, until somebody else sits down."),
            [Field("name", _("Your name"), value=self._info.operator)],
            (_("Sit down"), submit),
            self._to_ready,
        )
        self._pages.show_page(form)
        form.start()

    def open_keys(self) -> None:
        """All keys on one page."""
        if self._keys_page is None:
            from kiosk.ui.screens.text_page import KeysPage

            keys = [(keys, words) for keys, words, _pressed in self._keys()]
            more = ("Alt+1", _("First button of a question, Alt+2 the second"))
            self._keys_page = KeysPage([*keys, *self._held_keys(), more], self._to_ready)
        self._pages.show_page(self._keys_page)
        self._keys_page.back.setFocus()

    def open_doctor(self) -> None:
        """The self-check as text."""
        if self._doctor_page is None:
            from kiosk.ui.screens.text_page import TextPage

            self._doctor_page = TextPage(
                _("Diagnostics"), self._to_ready, [(_("Copy"), self._copy_report), (_("Test sound"), self._test_sound)]
            )
        page = self._doctor_page
        self._pages.show_page(page)
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
        from kiosk.ui.organizing import Organizing
        from kiosk.ui.tools import PageTools

        tools = PageTools(
            services,
            self._info,
            self.flow.by,
            self._theme,
            self._desk,
            self._search,
            self._slow,
            back=self.open_organize,
            roster_changed=self._imported,
            again=self.again.emit,
            strict_changed=self.show_strict,
            renamed=self.set_info,
        )
        self._organizing = Organizing(self._pages, tools, self._to_ready)
        return self._organizing

    def open_roll_call(self) -> None:
        """Who is in which room now, ready to be printed."""
        if self._services is None:
            return
        organizing = self._organizing or self._build_organizing(self._services)
        organizing.open_titled(_("Reports")).choose("roll-call")  # type: ignore[attr-defined]

    def _imported(self) -> None:
        """Other people are on the roster than before."""
        self.flow.refresh()

    def toggle_full_screen(self) -> None:
        """With or without the frame of the desktop."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # Starting, and the end

    @cached_property
    def _desk(self) -> Background:
        return Background("desk")

    @cached_property
    def _search(self) -> Background:
        return Background("search")

    @cached_property
    def _slow(self) -> Background:
        return Background("slow")

    @cached_property
    def _sounds(self) -> Sounds:
        from kiosk.ui.sounds import Sounds

        return Sounds()

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
        """What has to be known is shown; now what nobody waits for."""
        self._loading.stop()
        self._is_started = True
        load_scripts()
        self.started.emit()

    def _show_loading(self) -> None:
        if not self._is_started:
            page = StatusPage(self._theme, _("Opening the list…"), _("You can scan already. Scans wait, none is lost."))
            self._pages.show_page(page)

    def _say_unforeseen(self, words: str) -> None:
        self.flow.notices.say(words)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab follows the reading order. Panels come and go, so the order is made when somebody asks for it."""
        parts = (*self._pages.parts(), self._foot)
        order = [
            widget
            for part in parts
            for widget in part.findChildren(QWidget)
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        for one, following in pairwise(order):
            QWidget.setTabOrder(one, following)
        return super().focusNextPrevChild(forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Finish what is queued, then go: a scan that was read is answered on disk even if nobody sees it."""
        self._leave_pages()
        made = self.__dict__  # what was never needed is not made to be closed
        if "_sounds" in made:
            self._sounds.close()
        if "_slow" in made:
            self._slow.close()
        if "_search" in made:
            if self._services is not None:
                self._search.run(self._services.find.close)  # on the thread that opened their connections
                self._search.run(self._services.figures.close)
            self._search.close()
        if "_desk" in made:
            self._desk.close()
        super().closeEvent(event)
