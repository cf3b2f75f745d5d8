"""The window of a session's door: the screen, the keys, and the pages a room monitor may open."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from kiosk.domain.sync_state import SyncState, SyncStatus
from kiosk.i18n import _
from kiosk.ui.screens.door import DoorScreen
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.station_window import ScanSource, StationWindow
from kiosk.ui.theme import Theme

if TYPE_CHECKING:  # imported when they are first asked for
    from kiosk.ui.answer_flow import Speaker
    from kiosk.ui.door_flow import DoorFlow
    from kiosk.ui.door_more import DoorMore
    from kiosk.ui.screens.search import SearchPage


class DoorWindow(StationWindow):
    """One door of one room."""

    def __init__(
        self,
        services: DeskServices | None,
        info: DeskInfo,
        sources: Iterable[ScanSource] = (),
        theme: Theme | None = None,
        speaker: Speaker | None = None,
    ) -> None:
        super().__init__(info, theme, speaker)
        self.door = DoorScreen(self._theme, info.zone)
        self.door.head.where.setText(info.room)
        self._words: dict[str, str] = {}
        self._search_page: SearchPage | None = None
        self.setCentralWidget(self.door)
        self._open(self.door, self.door.foot, sources, self.door.ready_page)
        self.door.no_badge.connect(self.open_search)
        self.door.more.connect(self.open_more)
        self.resize(1280, 800)
        self.say("sync", _("This door only – saved here"))
        if services is not None:
            self.use(services)

    def _keys(self) -> list[tuple[str, str, Callable[[], object]]]:
        return [
            ("Esc", _("Back to ready, always safe"), self.escape),
            ("F1", _("This page"), self.open_keys),
            ("F2", _("No badge? Find somebody by name"), self.open_search),
            ("F3", _("Last scan again on the screen"), self.flow.show_last),
            ("F7", _("From IN to OUT, and back"), self.flow.turn),
            ("F8", _("A supervisor lets in anyway"), self.flow.let_in),
            ("F9", _("Headcount, seats, waiting list, end of session"), self.open_more),
            ("F11", _("Full screen"), self.toggle_full_screen),
            ("Ctrl+K", _("Camera on or off"), self.camera_wanted.emit),
            ("Ctrl+U", _("Who sits here"), self.open_who),
            ("Ctrl+R", _("Roll call: who is in which room"), self.open_roll_call),
            ("Ctrl+,", _("Organize: lists and set-up"), self.open_organize),
            ("F12", _("Diagnostics"), self.open_doctor),
            ("Ctrl+Z", _("Undo the last scan"), self.undo),
        ]

    # What others tell the window

    def say(self, part: str, words: str) -> None:
        """Say how `sync` or `scanner` are; a door prints nothing."""
        self._words[part] = words
        info = self._info
        station = f"{info.station} ({info.operator})" if info.operator else info.station
        parts = (self._words.get("sync", ""), station, info.short_name, self._words.get("scanner", ""))
        self.door.say(" · ".join(each for each in parts if each), demo=info.demo)

    def set_info(self, info: DeskInfo) -> None:
        """Say what the window should know of itself."""
        super().set_info(info)
        self.say("sync", self._words["sync"])

    def show_sync(self, status: SyncStatus) -> None:
        """Whose count it is that is shown, and whether this computer's clock is right."""
        together = status.state is SyncState.ONLINE and status.confirmed_at is not None
        self.flow.set_shared(together)
        if status.clock_offset_ms is not None:
            self.flow.set_clock_offset(status.clock_offset_ms // 1000)

    # Pages

    def escape(self) -> None:
        """One step back towards the ready door."""
        if self._organizing is not None and self._organizing.escape():
            return
        if "more" not in self.__dict__ or not self.more.escape():
            self._to_ready()

    def _to_ready(self) -> None:
        self.door.setFocus()
        self.flow.to_ready()

    def open_search(self) -> None:
        """Find somebody without a badge; people on the list of this session come first."""
        if self._services is None:
            return
        if self._search_page is None:
            from kiosk.ui.screens.search import SearchPage

            hint = _("Three letters are enough. People on this list come first. Enter lets in, Esc goes back.")
            self._search_page = SearchPage(self._theme, self._info.zone, self._find, hint=hint)
            self._search_page.chosen.connect(self._admit)
        self.door.set_panel(None)
        self.door.show_page(self._search_page)
        self._search_page.start()

    def _find(self, text: str, done: Callable[..., object], failed: Callable[[Exception], object]) -> None:
        assert self._services is not None
        find, now = self._services.find, self.flow.now
        session = now.session.id if now is not None and now.session is not None else ""
        self._search.run(lambda: find.find(text, limit=12, session=session), done, failed)

    def _admit(self, found: object) -> None:
        self.door.setFocus()
        self.flow.admit(found)  # type: ignore[arg-type]

    def open_more(self) -> None:
        """What is needed now and then."""
        if self._services is not None:
            self.more.open()

    def swap_hands(self) -> None:
        """The buttons for the other hand, from now on."""
        assert self._services is not None
        left = not self._services.doors.left_hand
        self._services.doors.set_left_hand(left)
        self.door.set_hand(left=left)
        self._to_ready()

    # Starting

    @cached_property
    def flow(self) -> DoorFlow:
        """The door's behaviour, made with the first thing that happens; the first paint comes before it."""
        from kiosk.services.doors import Door
        from kiosk.ui.door_flow import DoorFlow

        speaker = self._speaker or self._sounds
        flow = DoorFlow(self.door, self._info, self._theme, speaker, self._desk, Door(self._info.room))
        flow.scanned.connect(lambda: self.say("scanner", _("Scanner ok")))
        flow.started.connect(self._started)
        return flow

    @cached_property
    def more(self) -> DoorMore:
        """The pages behind the last button."""
        from kiosk.ui.door_more import DoorMore

        others = [
            (_("Other hand"), self.swap_hands),
            (_("Camera"), self.camera_wanted.emit),
            (_("Who sits here"), self.open_who),
            (_("Organize"), self.open_organize),
            (_("Keys"), self.open_keys),
            (_("Diagnostics"), self.open_doctor),
        ]
        return DoorMore(self.door, self.flow, self._info, self._desk, others)

    def _started(self) -> None:
        assert self._services is not None
        self.door.set_hand(left=self._services.doors.left_hand)
        super()._started()
