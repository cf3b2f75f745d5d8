"""What happens when somebody opens the program: first a window that takes scans, then what answers them.

Importing what a store needs (encryption, signatures, the services) takes longer than a window does, so it happens in
a thread once the window is painted. Scans that come before it is done are kept and answered in order; a scanner takes
longer to type a code than that lasts. What the window says of itself until then (conference, station) it wrote down
the last time, see `Face`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk import config
from kiosk.app import AGAIN, Shown, application, begin_work, build_window, run_desk, show
from kiosk.config import KEY_FILE, Settings
from kiosk.desk import Desk, open_desk
from kiosk.errors import KeyUnavailable, KioskError
from kiosk.i18n import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from kiosk.ui.services import DeskInfo

FACE_FILE = "face.json"
BENCH_VARIABLE = "BENCH_EXIT_AFTER_PAINT"
"""`1`: print FIRST_PAINT when the window is painted and takes scans, and exit; `answer`: when it answers them."""

Demo = Callable[[], int]


def main(demo: Demo) -> int:
    """`kiosk` alone: the window. `demo` runs the sample conference, for whoever chooses it on a fresh machine."""
    try:
        return run_window(config.load(), demo)
    except KioskError as error:
        print(error, file=sys.stderr)
        return 1


def run_window(settings: Settings, demo: Demo, door: str | None = None) -> int:
    """Open the window on this data folder; on a fresh machine, the set-up first. Answers the exit code.

    `door` makes this station the door of that room from now on; empty, a desk.
    """
    app = application()
    if not (settings.data / KEY_FILE).exists():
        gc.enable()
        code = _first_start(app, settings, demo, door)
        if code != AGAIN:
            return code
        door = None
    face = Face.read(settings.data)
    if door is not None:
        face = replace(face, room=door)
    while True:  # a station that becomes something else gets another window
        code, face = _run_once(app, settings, face, door)
        if code != AGAIN:
            return code
        door = None


def _run_once(app: QApplication, settings: Settings, face: Face, door: str | None) -> tuple[int, Face]:
    """One window, from its paint to its end; answers the exit code and what the station is by then."""
    faces = [face]
    with contextlib.ExitStack() as closing:
        shown = build_window(app, face.info())
        try:
            _open_when_painted(app, settings, shown, closing, faces, door)
            show(shown.window)
            return int(app.exec()), faces[-1]
        finally:
            shown.close()


def _open_when_painted(
    app: QApplication,
    settings: Settings,
    shown: Shown,
    closing: contextlib.ExitStack,
    faces: list[Face],
    door: str | None,
) -> None:
    from kiosk.ui.background import Background

    window = shown.window
    opener = Background("opening")
    app.aboutToQuit.connect(opener.close)

    def use(desk: Desk) -> None:
        closing.callback(desk.close)
        closing.callback(lambda: Face.of(desk).write(settings.data))
        window.again.connect(lambda: faces.append(Face.of(desk)))
        faces.append(Face.of(desk))
        if faces[-1].room != faces[0].room:
            app.exit(AGAIN)
            return
        window.started.connect(lambda: begin_work(app, window, desk))
        window.set_info(desk.info())
        window.use(desk.services)

    def failed(error: Exception) -> None:
        if not isinstance(error, KioskError):
            raise error
        if isinstance(error, WrongPassphrase):
            ask(str(error))
        else:
            _say(str(error))
            app.exit(1)

    def ask(why: str) -> None:
        from kiosk.ui.screens.unlock import ask_passphrase

        passphrase = ask_passphrase(why)
        if passphrase:
            opener.run(lambda: _open(settings, passphrase, door), use, failed)
        else:
            app.exit(1)

    def painted() -> None:
        window.painted.disconnect(painted)
        if os.environ.get(BENCH_VARIABLE) == "1":
            _say_painted(app)
            return
        from kiosk import log

        closing.callback(log.start(settings))
        closing.callback(log.install_hooks(window.unforeseen.emit))
        opener.run(lambda: _open(settings, door=door), use, failed)

    if os.environ.get(BENCH_VARIABLE) == "answer":
        window.started.connect(lambda: _say_painted(app))
    window.painted.connect(painted)


class WrongPassphrase(KioskError):
    """The passphrase has to be asked for, or asked for again."""


def _open(settings: Settings, passphrase: str | None = None, door: str | None = None) -> Desk:
    """The station; the door of this room from now on, where one is named."""
    from kiosk.storage.keys import data_key, is_under_passphrase

    try:
        key = data_key(settings.data, lambda new: passphrase)
    except KeyUnavailable as error:
        if not is_under_passphrase(settings.data):
            raise
        why = str(error) if passphrase else _("The data on this computer is encrypted. Enter its passphrase.")
        raise WrongPassphrase(why) from error
    desk = open_desk(settings, key)
    if door is not None:
        try:
            desk.station.set_room(desk.services.doors.room_called(door))
        except BaseException:
            desk.close()
            raise
    return desk


def _say_painted(app: QApplication) -> None:
    from PySide6.QtCore import QTimer

    print("FIRST_PAINT", flush=True)
    QTimer.singleShot(0, lambda: app.exit(0))  # the first paint may come before the loop that is to be left


@dataclass(frozen=True, slots=True)
class Face:
    """What the window says of its station before the store is open. Nothing in it is personal: it lies in the clear."""

    conference: str = ""
    short_name: str = ""
    zone: str = "UTC"
    station: str = ""
    demo: bool = False
    room: str = ""
    """Whose door it is; empty for a desk."""

    @classmethod
    def of(cls, desk: Desk) -> Face:
        """The face of a station that is open."""
        conference = desk.station.conference
        short_name = conference.short_name or conference.title
        station = desk.station
        return cls(conference.title, short_name, conference.zone, station.name, conference.demo, station.room)

    @classmethod
    def read(cls, folder: Path) -> Face:
        """The face as it was last time; a blank one where there is none."""
        try:
            content = json.loads((folder / FACE_FILE).read_text("utf-8"))
            face = cls(**{name: content[name] for name in cls.__dataclass_fields__ if name in content})
            face.info()
        except (OSError, ValueError, KeyError, TypeError):
            return cls()
        return face

    def write(self, folder: Path) -> None:
        """Keep it for next time, where that is possible."""
        with contextlib.suppress(OSError):
            (folder / FACE_FILE).write_text(json.dumps(asdict(self)), "utf-8")

    def info(self) -> DeskInfo:
        """What the window is told. Raises ValueError for a zone nobody knows."""
        from zoneinfo import ZoneInfo

        from kiosk.ui.services import DeskInfo

        zone = ZoneInfo(self.zone)
        return DeskInfo(self.conference, self.short_name, zone, self.station, demo=self.demo, room=self.room)


def _first_start(app: QApplication, settings: Settings, demo: Demo, door: str | None) -> int:
    from kiosk.storage.keys import needs_passphrase
    from kiosk.ui.screens.set_up import ask_set_up
    from kiosk.ui.theme import system_theme

    theme = system_theme()
    theme.apply(app)
    chosen = ask_set_up(theme, needs_passphrase())
    if chosen is None:
        return 0
    if chosen.demo:
        return demo()
    settings.data.mkdir(parents=True, exist_ok=True)
    desk = _open(settings, chosen.passphrase or None, door)
    desk.station.set_conference(chosen.conference)
    desk.station.set_name(chosen.station)
    try:
        return run_desk(app, desk)
    finally:
        Face.of(desk).write(settings.data)
        desk.close()


def _say(sentence: str) -> None:
    """Tell whoever sits there, and whoever reads the terminal."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QMessageBox

    print(sentence, file=sys.stderr)
    box = QMessageBox()
    box.setWindowTitle(_("Check-in"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(sentence)
    box.exec()
