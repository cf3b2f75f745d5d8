"""The window of a station, built once, with everything around it, and taken down in reverse.

A station is a store (its memory), services on it (its verbs), and edges that call them: the window, scanners, a
printer. `desk.py` builds the first two; edges do not know each other, and are introduced here. `start.py` says in which
order this happens when somebody opens the program.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.errors import KioskError
from kiosk.i18n import _

if TYPE_CHECKING:
    from PySide6.QtCore import QtMsgType
    from PySide6.QtWidgets import QApplication

    from kiosk.desk import Desk
    from kiosk.scanning.source import ScanSource, SourceStatus
    from kiosk.sync.loop import SyncLoop
    from kiosk.ui.garbage import Collector
    from kiosk.ui.scan_filter import ScanFilter
    from kiosk.ui.services import DeskInfo
    from kiosk.ui.station_window import StationWindow

CHECKPOINT_MS = 20_000
AGAIN = 75
"""Exit code of a window in whose place another one is to be opened."""
SWITCH_S = 0.0005

SERIAL_SETTING = "serial_scanner"
"""Name of the port somebody chose; without it, the first that says it is a scanner."""
CAMERA_SETTING = "camera"


def application(*, offscreen: bool = False) -> QApplication:
    """The Qt application, made at the first call. Raises KioskError where a window is wanted and there is no
    display.
    """
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    no_display = sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if no_display and not os.environ.get("QT_QPA_PLATFORM"):
        raise KioskError(
            _(
                "There is no display here. Run `kiosk demo --offscreen-check` to see it work without one, "
                "or use the shell commands."
            )
        )
    from PySide6.QtCore import qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from kiosk.ui.theme import STYLE

    qInstallMessageHandler(_log_qt)
    # Python lets a busy thread run for 5 ms before another may; a verdict that is ready must not wait that long to be
    # painted.
    sys.setswitchinterval(SWITCH_S)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["kiosk", *STYLE])
    app.setApplicationName("kiosk")
    return app


def _log_qt(kind: QtMsgType, _context: object, message: str) -> None:
    """What Qt has to say goes to the log: on the terminal of a volunteer it helps nobody."""
    logging.getLogger("qt").log(
        logging.ERROR if kind.name in ("QtCriticalMsg", "QtFatalMsg") else logging.INFO, message
    )


@dataclass(slots=True)
class Shown:
    """A window and the key filter that listens for it. `close` both before Qt ends."""

    window: StationWindow
    keys: ScanFilter
    collector: Collector

    def close(self) -> None:
        """Stop listening, finish what was scanned, take the window down."""
        self.keys.close()
        self.window.close()
        self.collector.close()


def build_window(app: QApplication, info: DeskInfo, desk: Desk | None = None) -> Shown:
    """The window of a desk or a door, with the keyboard scanner listening; without a desk it keeps scans until
    `window.use`. The caller shows it.
    """
    from kiosk.scanning.wedge import WedgeReader
    from kiosk.ui.garbage import Collector
    from kiosk.ui.scan_filter import ScanFilter
    from kiosk.ui.theme import system_theme

    theme = system_theme()
    theme.apply(app)
    keys = ScanFilter(WedgeReader(), app)
    services = desk.services if desk else None
    window: StationWindow
    if info.room:
        from kiosk.ui.door_window import DoorWindow

        window = DoorWindow(services, info, [keys], theme)
    else:
        from kiosk.ui.main_window import MainWindow

        window = MainWindow(services, info, [keys], theme)
    window.again.connect(lambda: app.exit(AGAIN))
    return Shown(window, keys, Collector())


def show(window: StationWindow) -> None:
    """Show the window in its own size, or as large as a small screen is."""
    screen = window.screen().availableGeometry()
    if screen.width() >= window.width() and screen.height() > window.height():
        window.show()
    else:
        window.setGeometry(screen)
        window.showMaximized()


def run_desk(app: QApplication, desk: Desk) -> int:
    """Show the window on a desk until it is closed; the desk is the caller's to close. Answers the exit code, `AGAIN`
    when the station has become something else.
    """
    shown = build_window(app, desk.info(), desk)
    shown.window.started.connect(lambda: begin_work(app, shown.window, desk))
    show(shown.window)
    try:
        return int(app.exec())
    finally:
        shown.close()


def _listen_to_scanners(
    app: QApplication,
    window: StationWindow,
    desk: Desk,
    scanned: Callable[[str], None],
    status: Callable[[SourceStatus], None],
    later: Callable[[Callable[[], None]], None],
) -> None:
    """The second and third way to scan: serial scanners, which are found by themselves, and the camera, where it is
    wanted.
    """
    from kiosk.scanning.serial import SerialSource
    from kiosk.scanning.source import SourceState

    def of_serial(now: SourceStatus) -> None:
        if now.state is not SourceState.SEARCHING:  # most desks have none, and nobody wants to read that
            status(now)

    serial = SerialSource(scanned, of_serial, desk.store.setting(SERIAL_SETTING, None))
    serial.start()
    app.aboutToQuit.connect(serial.close)
    cameras: list[ScanSource] = []

    def switch_off() -> None:
        while cameras:
            cameras.pop().close()

    def switch_camera() -> None:
        if cameras:
            switch_off()
        else:
            from kiosk.scanning.camera import CameraSource

            camera = CameraSource(scanned, status, parent=window)
            cameras.append(camera)
            camera.start()
        wanted = bool(cameras)
        later(lambda: desk.store.set_setting(CAMERA_SETTING, wanted))

    window.camera_wanted.connect(switch_camera)
    app.aboutToQuit.connect(switch_off)
    if desk.store.setting(CAMERA_SETTING, False):
        switch_camera()


def _keep_in_step(app: QApplication, window: StationWindow, desk: Desk) -> None:
    """Meet other stations through the hub, once this one has joined it; the strip says how that goes."""
    from PySide6.QtCore import QObject, Signal

    from kiosk.services.hub_link import HubLink

    class Joined(QObject):
        """Carries from whatever thread it was heard in that there is a hub now."""

        heard = Signal()

    loops: list[SyncLoop] = []

    def meet() -> None:
        if loops:
            loops[0].rejoined()
        else:
            loops.append(_meet(app, window, desk))

    joined = Joined(window)
    joined.heard.connect(meet)
    desk.hubs.on_join = _while_there(joined.heard.emit)
    if HubLink.read(desk.store) is not None:
        meet()


def _meet(app: QApplication, window: StationWindow, desk: Desk) -> SyncLoop:
    """Begin to hold rounds with the hub."""
    from kiosk.relay_rooms import Relay
    from kiosk.services.vitals import with_printers
    from kiosk.sync.loop import SyncLoop
    from kiosk.ui.sync_teller import SyncTeller

    teller = SyncTeller(window, lambda words: window.say("sync", words), lambda: app.exit(0), desk.station.clock)
    teller.heard.connect(window.show_sync)
    teller.heard.connect(lambda _status: _show_conference(window, desk))
    teller.purged.connect(lambda: app.exit(AGAIN))  # a new window knows no names
    printers = desk.services.badges.printers
    relay = desk.hubs.relay = Relay(desk.station, _while_there(teller.tell))
    loop = SyncLoop(
        desk.store,
        desk.station,
        relay.tell,
        lambda vitals: relay.be_somewhere(with_printers(vitals, printers, desk.station)),
    )
    desk.services.check_in.claims = desk.services.doors.claims = loop
    desk.hubs.rounds = lambda: relay.status
    loop.on_purge = _while_there(teller.purged.emit)
    relay.start(loop)
    loop.start()
    app.aboutToQuit.connect(relay.close)
    app.aboutToQuit.connect(loop.close)
    return loop


def _show_conference(window: StationWindow, desk: Desk) -> None:
    """Other stations may have told what the conference is called, and where its clock stands."""
    info = desk.info()
    shown = window.info
    if (info.conference, info.short_name, info.zone) != (shown.conference, shown.short_name, shown.zone):
        window.set_info(info)
    window.show_strict(info.strict)


def begin_work(app: QApplication, window: StationWindow, desk: Desk) -> None:
    """What the first answers need not wait for: what was mended, printing, housekeeping."""
    from PySide6.QtCore import QObject, QTimer, Signal

    from kiosk.ui.background import Background

    class Carrier(QObject):
        """Carries what other threads have to say to the window."""

        job_moved = Signal(object)
        job_settled = Signal(object)
        printers_changed = Signal()
        scanned = Signal(str)
        status = Signal(object)

    told = 0

    def tell() -> None:
        """What was found and mended, at the start or since."""
        nonlocal told
        for notice in desk.store.notices[told:]:
            window.flow.notices.warn(notice)
            told += 1

    tell()
    carrier = Carrier(window)
    carrier.job_moved.connect(window.show_print_job)
    carrier.job_settled.connect(window.settle_print_job)
    carrier.printers_changed.connect(window.show_printers)
    carrier.status.connect(lambda status: window.say("scanner", status.sentence) if status.sentence else None)
    window.add_source(carrier)
    badges = desk.services.badges
    badges.queue.listen(_while_there(carrier.job_moved.emit))
    badges.queue.listen_settled(_while_there(carrier.job_settled.emit))
    badges.printers.listen(_while_there(carrier.printers_changed.emit))
    if not desk.station.room:
        desk.start_printing()
    housekeeping = Background("housekeeping")
    housekeeping.run(desk.store.warm_up)
    housekeeping.run(desk.hubs.resume)
    if not desk.station.conference.demo:
        housekeeping.run(desk.store.lay_ballast)
    _listen_to_scanners(app, window, desk, carrier.scanned.emit, carrier.status.emit, housekeeping.run)
    app.aboutToQuit.connect(housekeeping.close)
    _keep_in_step(app, window, desk)
    timer = QTimer(window)
    timer.timeout.connect(lambda: housekeeping.run(desk.store.checkpoint))
    timer.timeout.connect(tell)
    timer.timeout.connect(lambda: housekeeping.run(desk.hubs.resume))  # should it have died
    timer.start(CHECKPOINT_MS)


def _while_there(emit: Callable[..., object]) -> Callable[..., None]:
    """Tells a window, and nobody once it has given way to another."""

    def tell(*what: object) -> None:
        with suppress(RuntimeError):  # Qt has taken the window down
            emit(*what)

    return tell
