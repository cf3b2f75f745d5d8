"""Is this computer ready for the morning? One answer a line, each with what to do about it.

`examine_computer` needs no data and `examine_data` an open store; `kiosk doctor` prints both.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk.config import Settings, assets
from kiosk.domain.sync_state import WRONG_CLOCK_MS
from kiosk.errors import KioskError
from kiosk.i18n import _
from kiosk.services import machine
from kiosk.services.roster import Roster
from kiosk.services.station import Station
from kiosk.storage import health
from kiosk.storage.roster import Counts
from kiosk.storage.store import Store
from kiosk.storage.unread_view import unread

RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows less than this; moved forward at each release."""
FUTURE = timedelta(days=10 * 365)
AHEAD_LIMIT = timedelta(minutes=2)
"""How far behind its own newest record a clock may be before that is worth a word."""
AMBER_FREE_MB, RED_FREE_MB = 500, 100
OLDEST_QT = (6, 8)
SAMPLE_ZONE = "America/New_York"


class State(StrEnum):
    """How a thing is: fine, worth a look, or to be mended before the doors open."""

    OK = "ok"
    LOOK = "look"
    MEND = "mend"


SIGN = {State.OK: "✓", State.LOOK: "▲", State.MEND: "✕"}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the self-check."""

    name: str
    """For programs: `disk_space`."""
    label: str
    """For people."""
    state: State
    value: str
    """What was found."""
    fix: str = ""
    """What to do, where something is to be done."""

    def line(self, label_width: int = 0) -> str:
        """Sign, label and value; what to do stands on a second line, under the value."""
        first = f"{SIGN[self.state]} {self.label:<{label_width}}  {self.value}"
        return f"{first}\n  {'':<{label_width}}  {self.fix}" if self.fix else first


def examine_computer(settings: Settings, now: datetime) -> list[Check]:
    """What can be known without opening the data."""
    checks: list[Callable[[], Check]] = [
        _python,
        _qt,
        _sqlite,
        lambda: _data_folder(settings.data),
        lambda: _disk_space(settings.data),
        lambda: _disk_encryption(settings.data),
        lambda: _badge_folder(settings.data),
        _usb_printers,
        _fonts,
        _sound_and_camera,
        lambda: _clock(now),
    ]
    return [check() for check in checks]


def examine_data(store: Store, now: datetime) -> Iterator[Check]:
    """What only the open store knows. Ask before anything is written: the clock is compared with the newest record."""
    yield _records(store)
    yield _clock_and_records(store, now)
    yield from _clock_and_hub(store)
    station = Station(store)
    yield _zone(station.conference.zone)
    yield _roster(Roster(store, station).counts())
    yield _newer_records(store)


def examine_no_data() -> Iterator[Check]:
    """What is said before the first start."""
    yield _zone(SAMPLE_ZONE)
    yield Check("data", _("Data"), State.OK, _("none yet; the first start makes it"))


def locked_data(error: KioskError) -> Check:
    """What is said of data that could not be opened."""
    return Check("data", _("Data"), State.MEND, _("could not be opened"), str(error))


def _python() -> Check:
    fine = sys.version_info >= (3, 11)
    fix = "" if fine else _("Install Python 3.11 or newer.")
    return Check("python", _("Python"), State.OK if fine else State.MEND, platform.python_version(), fix)


def _qt() -> Check:
    label = _("Qt for Python")
    try:
        version = importlib.metadata.version("PySide6-Essentials")
    except importlib.metadata.PackageNotFoundError:
        if importlib.util.find_spec("PySide6") is not None:
            return Check("qt", label, State.OK, _("packed with the program"))
        return Check("qt", label, State.MEND, _("missing"), _("Install PySide6-Essentials: it is the window."))
    parts = tuple(int(part) for part in version.split(".")[:2])
    if parts < OLDEST_QT:
        return Check("qt", label, State.MEND, version, _("Install PySide6-Essentials 6.8 or newer."))
    if parts >= (6, 12) and sys.version_info < (3, 12):
        return Check("qt", label, State.MEND, version, _("This one stops Python 3.11 after a while: install 6.11.3."))
    return Check("qt", label, State.OK, version)


def _sqlite() -> Check:
    version, fine = health.sqlite_version()
    fix = "" if fine else _("Install sqlcipher3 0.6.4 or newer: older ones may damage records.")
    return Check("sqlite", _("Database engine"), State.OK if fine else State.MEND, version, fix)


def _data_folder(folder: Path) -> Check:
    label = _("Data folder")
    existing = _nearest(folder)
    if not machine.writable(folder):
        return Check(
            "data_folder", label, State.MEND, str(folder), _("It cannot be written to. Check its permissions.")
        )
    if machine.on_the_network(existing):
        fix = _("It is on a network drive. Move it to this computer's own disk.")
        return Check("data_folder", label, State.MEND, str(folder), fix)
    service = machine.synced_by(folder)
    if service:
        fix = _("It is copied away by {service} while we write to it. Move it out of that folder.").format(
            service=service
        )
        return Check("data_folder", label, State.MEND, str(folder), fix)
    return Check("data_folder", label, State.OK, str(folder))


def _disk_space(folder: Path) -> Check:
    free_mb = shutil.disk_usage(_nearest(folder)).free // 1_000_000
    state = State.OK if free_mb >= AMBER_FREE_MB else State.LOOK if free_mb >= RED_FREE_MB else State.MEND
    fix = "" if state is State.OK else _("Free some space: nobody can be checked in on a full disk.")
    return Check("disk_space", _("Free disk space"), state, _("{n} MB").format(n=free_mb), fix)


def _disk_encryption(folder: Path) -> Check:
    label = _("Disk encryption")
    encrypted = machine.disk_encrypted(_nearest(folder))
    if encrypted:
        return Check("disk_encryption", label, State.OK, _("on"))
    value = _("cannot be told") if encrypted is None else _("off")
    fix = _("Our data is encrypted anyway. For what other programs keep: BitLocker, FileVault or LUKS.")
    return Check("disk_encryption", label, State.LOOK, value, fix)


def _badge_folder(folder: Path) -> Check:
    badges = folder / "badges"
    if machine.writable(badges):
        return Check("badge_folder", _("Folder of printed PDFs"), State.OK, str(badges))
    fix = _("It cannot be written to. Check its permissions.")
    return Check("badge_folder", _("Folder of printed PDFs"), State.MEND, str(badges), fix)


def _usb_printers() -> Check:
    label = _("Printers over USB")
    found = machine.usb_printers()
    closed = [name for name, usable in found.items() if not usable]
    if closed:
        value = _("{files}: no permission").format(files=", ".join(closed))
        return Check("usb_printers", label, State.LOOK, value, _("`kiosk printers --udev` says which rule is missing."))
    return Check("usb_printers", label, State.OK, ", ".join(found) or _("none plugged in"))


def _fonts() -> Check:
    try:
        found = sorted(path for path in (assets() / "fonts").iterdir() if path.suffix in (".ttf", ".otf"))
    except OSError:
        found = []
    if found:
        return Check("fonts", _("Badge fonts"), State.OK, _("{n} files").format(n=len(found)))
    return Check(
        "fonts", _("Badge fonts"), State.MEND, _("missing"), _("Install the program again: badges need its fonts.")
    )


def _sound_and_camera() -> Check:
    label = _("Sound and camera")
    try:
        there = importlib.util.find_spec("PySide6.QtMultimedia") is not None
    except ModuleNotFoundError:
        there = False
    if there:
        return Check("sound_camera", label, State.OK, _("there"))
    fix = _("The desk works without. To have both: pip install 'kiosk-checkin[media]'.")
    return Check("sound_camera", label, State.LOOK, _("not installed"), fix)


def _clock(now: datetime) -> Check:
    shown = now.astimezone().strftime("%Y-%m-%d %H:%M %Z")
    if RELEASED <= now < RELEASED + FUTURE:
        return Check("clock", _("Clock"), State.OK, shown)
    return Check("clock", _("Clock"), State.MEND, shown, _("Set this computer's date and time."))


def _zone(name: str) -> Check:
    label = _("Conference's time zone")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return Check("time_zone", label, State.MEND, name, _("This computer does not know it: pip install tzdata."))
    return Check("time_zone", label, State.OK, name)


def _records(store: Store) -> Check:
    label = _("Records")
    with store.reading():
        fine = health.sound(store.connection) and health.sound(store.view.connection)
    if not fine:
        return Check("records", label, State.MEND, _("damaged"), _("Start the program again and tell the organizer."))
    if store.notices:
        return Check("records", label, State.LOOK, _("mended at the start"), " ".join(store.notices))
    return Check("records", label, State.OK, _("whole"))


def _clock_and_records(store: Store, now: datetime) -> Check:
    label = _("Clock and records")
    with store.reading():
        last = health.last_record_at(store.connection, store.journal.device.id)
    if last is None:
        return Check("clock_records", label, State.OK, _("no records yet"))
    if now >= last - AHEAD_LIMIT:
        return Check("clock_records", label, State.OK, _("agree"))
    fix = _("The newest record is from later than now. Set this computer's date and time.")
    return Check("clock_records", label, State.LOOK, last.isoformat(timespec="seconds"), fix)


def _clock_and_hub(store: Store) -> Iterator[Check]:
    """How far the clock was off when it was last compared with the hub's."""
    with store.reading():
        offset_ms = health.last_offset_ms(store.connection, store.journal.device.id)
    if offset_ms is None:
        return
    label, minutes = _("Clock and the hub's"), abs(offset_ms) // 60_000
    if abs(offset_ms) < WRONG_CLOCK_MS:
        yield Check("clock_hub", label, State.OK, _("agree"))
        return
    words = _("{n} min behind when last compared") if offset_ms > 0 else _("{n} min ahead when last compared")
    fix = _("Times are put right; set this computer's clock when there is a moment.")
    yield Check("clock_hub", label, State.LOOK, words.format(n=minutes), fix)


def _roster(counts: Counts) -> Check:
    if counts.people == 0:
        return Check("roster", _("Roster"), State.LOOK, _("empty"), _("Bring it in: kiosk import FILE"))
    value = _("{people} people, {expected} expected, {checked_in} in").format(
        people=counts.people, expected=counts.expected, checked_in=counts.checked_in
    )
    return Check("roster", _("Roster"), State.OK, value)


def _newer_records(store: Store) -> Check:
    label = _("Records of newer programs")
    found = store.look(unread)
    if not found.records:
        return Check("newer_records", label, State.OK, _("none"))
    value = _("{n} that this program cannot read").format(n=found.records)
    fix = _("They are kept and passed on. Update the program on this station: then they are read.")
    if found.critical:
        fix += " " + _("Until then, whoever {n} of them name is sent to the desk.").format(n=found.critical)
    return Check("newer_records", label, State.LOOK, value, fix)


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder
