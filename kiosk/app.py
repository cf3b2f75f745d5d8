"""Builds everything once, in order, and takes it down in reverse: the only file that knows every room.

A station is a store (its memory), services on it (its verbs), and edges that call them: the window, scanners, a printer. Edges do
not know each other; they are introduced here. The store is opened in a thread of its own while Qt is being imported, because both
take most of the time there is before the first window.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk import config, log
from kiosk.config import Settings
from kiosk.errors import KioskError, KeyUnavailable
from kiosk.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from kiosk.printing.press import Press
    from kiosk.printing.worker import PrintWorker
    from kiosk.services.station import Station
    from kiosk.storage.store import Store
    from kiosk.ui.main_window import MainWindow
    from kiosk.ui.screens.set_up import Chosen
    from kiosk.ui.services import DeskInfo, DeskServices

LAYOUT = "layouts/attendee-4x3.json"
BADGE_FOLDER = "badges"
CHECKPOINT_MS = 20_000

PRINT_SETTING = "print_on_first_check_in"


@dataclass(slots=True)
class Desk:
    """A desk without its window: what the window, the demo and tests are built on. `close` it."""

    store: Store
    station: Station
    services: DeskServices
    settings: Settings
    printers: list[PrintWorker] = field(default_factory=list)

    def info(self) -> DeskInfo:
        """What the window should know of itself."""
        from kiosk.ui.services import DeskInfo

        conference = self.station.conference
        return DeskInfo(
            conference=conference.title,
            short_name=conference.short_name or conference.title,
            zone=conference.zone_info,
            station=self.station.name,
            operator=self.station.operator,
            demo=conference.demo,
        )

    def start_printing(self, folder: Path | None = None) -> None:
        """Start the printer's thread. Drawing needs a QGuiApplication."""
        from kiosk.printing.layout import load_layout
        from kiosk.printing.pdf_printer import PdfPrinter
        from kiosk.printing.render import draw
        from kiosk.printing.worker import PrintWorker

        layout = load_layout(config.asset(LAYOUT))
        printer = PdfPrinter(folder or self.settings.data / BADGE_FOLDER)
        worker = PrintWorker(self.services.badges, printer, lambda badge, dpi: draw(layout, badge, dpi))
        self.printers.append(worker)
        worker.start()

    def close(self) -> None:
        """End the threads, then the connections, then give the folder back."""
        for worker in self.printers:
            worker.close()
        self.services.find.close()
        self.store.close()


def open_desk(settings: Settings, key: bytes) -> Desk:
    """Open a station's data and build the services of a desk on it."""
    from kiosk.services.badges import Badges
    from kiosk.services.check_in import CheckIn
    from kiosk.services.edit import Edit
    from kiosk.services.find import Find
    from kiosk.services.history import History
    from kiosk.services.import_roster import ImportRoster
    from kiosk.services.roster import Roster
    from kiosk.services.station import Station
    from kiosk.services.walk_in import WalkIn
    from kiosk.storage.store import open_store
    from kiosk.ui.services import DeskServices

    store = open_store(settings.data, key)
    try:
        station = Station(store)
        badges = Badges(store, station)
        prints = store.setting(PRINT_SETTING, True)
        services = DeskServices(
            check_in=CheckIn(store, station, badges.on_first_admission if prints else None),
            history=History(store),
            find=Find(store),
            roster=Roster(store, station),
            walk_in=WalkIn(store, station, Find(store)),
            edit=Edit(store, station),
            badges=badges,
            import_roster=ImportRoster(store, station),
            doctor=lambda: _self_check(settings, store, station),
        )
    except BaseException:
        store.close()
        raise
    return Desk(store, station, services, settings)


def _self_check(settings: Settings, store: Store, station: Station) -> str:
    from kiosk.services.doctor import examine_computer, examine_data

    now = station.clock()
    checks = [*examine_computer(settings, now), *examine_data(store, now)]
    return "\n".join(check.line() for check in checks)


class _Opening:
    """The desk being opened in a thread, while Qt is imported."""

    def __init__(self, opened: Callable[[], Desk]) -> None:
        self._opened = opened
        self._desk: Desk | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="opening", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._desk = self._opened()
        except BaseException as error:  # handed to whoever waits
            self._error = error

    def result(self) -> Desk:
        """The desk, or the error that opening it ended with."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._desk is not None
        return self._desk


def main() -> int:
    """`kiosk` alone: the window."""
    try:
        return run_window(config.load())
    except KioskError as error:
        print(error, file=sys.stderr)
        return 1


def run_window(settings: Settings) -> int:
    """Open the window on this data folder; on a fresh machine, the set-up first."""
    from kiosk.storage.keys import data_key, has_key

    fresh = not has_key(settings.data)
    opening = None if fresh else _Opening(lambda: open_desk(settings, data_key(settings.data)))
    app = application()
    end_log = log.start(settings) if settings.data.is_dir() else (lambda: None)
    try:
        if fresh:
            return _set_up(app, settings)
        assert opening is not None
        try:
            desk = opening.result()
        except KeyUnavailable as error:
            asked = _ask_to_unlock(settings, str(error))
            if asked is None:
                return 1
            desk = asked
        try:
            return run_desk(app, desk)
        finally:
            desk.close()
    except KioskError as error:
        _say_and_end(str(error))
        return 1
    finally:
        end_log()


def application(*, offscreen: bool = False) -> QApplication:
    """The Qt application, made at the first call. Raises KioskError where a window is wanted and there is no display."""
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    no_display = sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if no_display and not os.environ.get("QT_QPA_PLATFORM"):
        raise KioskError(
            _("There is no display here. Run `kiosk demo --offscreen-check` to see it work without one, or use the shell commands.")
        )
    from PySide6.QtWidgets import QApplication

    from kiosk.ui.theme import STYLE

    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["kiosk", *STYLE])
    app.setApplicationName("kiosk")
    return app


def press() -> Press:
    """Drawing and printing for the shell, which must not know the printing room."""
    from kiosk.printing.press import Press

    return Press()


def build_window(app: QApplication, desk: Desk) -> MainWindow:
    """The window on a desk, with the keyboard scanner listening. The caller shows it."""
    from kiosk.scanning.wedge import WedgeReader
    from kiosk.ui.main_window import MainWindow
    from kiosk.ui.scan_filter import ScanFilter
    from kiosk.ui.theme import system_theme

    theme = system_theme()
    theme.apply(app)
    keys = ScanFilter(WedgeReader(), app)
    app.installEventFilter(keys)
    window = MainWindow(desk.services, desk.info(), [keys], theme)
    for notice in desk.store.notices:
        window.flow.notice(notice)
    return window


def run_desk(app: QApplication, desk: Desk) -> int:
    """Show the window on a desk until it is closed; the desk is the caller's to close. Answers the exit code."""
    window = build_window(app, desk)
    if os.environ.get("BENCH_EXIT_AFTER_PAINT"):
        window.ready.connect(_say_painted)
    else:
        window.ready.connect(lambda: _begin_work(app, window, desk))
    window.show()
    try:
        return int(app.exec())
    finally:
        window.close()


def _say_painted() -> None:
    print("FIRST_PAINT", flush=True)
    from PySide6.QtWidgets import QApplication

    QApplication.exit(0)


def _begin_work(app: QApplication, window: MainWindow, desk: Desk) -> None:
    """What the first window need not wait for: printing, housekeeping."""
    from PySide6.QtCore import QObject, QTimer, Signal

    from kiosk.ui.background import Background

    class Jobs(QObject):
        """Carries print jobs from the printer's thread to the window."""

        moved = Signal(object)

    jobs = Jobs(window)
    jobs.moved.connect(window.show_print_job)
    desk.services.badges.listen(jobs.moved.emit)
    desk.start_printing()
    window.say("printer", _("PDF printer ready"))
    housekeeping = Background("housekeeping")
    housekeeping.run(desk.store.warm_up)
    app.aboutToQuit.connect(housekeeping.close)
    timer = QTimer(window)
    timer.timeout.connect(lambda: housekeeping.run(desk.store.checkpoint))
    timer.start(CHECKPOINT_MS)


def _set_up(app: QApplication, settings: Settings) -> int:
    from kiosk.storage.keys import needs_passphrase
    from kiosk.ui.screens.set_up import ask_set_up
    from kiosk.ui.theme import system_theme

    theme = system_theme()
    theme.apply(app)
    chosen = ask_set_up(theme, needs_passphrase())
    if chosen is None:
        return 0
    if chosen.demo:
        from kiosk.demo import run_demo

        return run_demo()
    desk = _new_desk(settings, chosen)
    try:
        return run_desk(app, desk)
    finally:
        desk.close()


def _new_desk(settings: Settings, chosen: Chosen) -> Desk:
    from kiosk.storage.keys import data_key

    settings.data.mkdir(parents=True, exist_ok=True)
    desk = open_desk(settings, data_key(settings.data, lambda new: chosen.passphrase or None))
    desk.station.set_conference(chosen.conference)
    desk.station.set_name(chosen.station)
    return desk


def _ask_to_unlock(settings: Settings, why: str) -> Desk | None:
    from kiosk.storage.keys import data_key
    from kiosk.ui.screens.unlock import ask_passphrase

    while True:
        passphrase = ask_passphrase(why)
        if not passphrase:
            return None
        try:
            return open_desk(settings, data_key(settings.data, lambda new, given=passphrase: given))
        except KeyUnavailable as error:
            why = str(error)


def _say_and_end(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    with contextlib.suppress(Exception):
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox()
        box.setTextFormat(box.textFormat().PlainText)
        box.setText(sentence)
        if not os.environ.get("QT_QPA_PLATFORM") == "offscreen":
            box.exec()

