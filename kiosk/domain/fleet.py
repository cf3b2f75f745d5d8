"""The stations of a conference as an organizer sees them at the hub, and what of it is a reason to get up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kiosk.domain.printers import PrinterState
from kiosk.domain.trust import DeviceRole
from kiosk.i18n import _

BEAT_S = 30
"""So often a station says how it is."""
SILENT = timedelta(minutes=2)
CLOCK_OFF = timedelta(minutes=2)
MANY_UNSENT = 100
"""More than a station writes between two rounds of a busy morning."""
OLD_ROSTER = timedelta(minutes=30)
FEW_LABELS = 20


@dataclass(frozen=True, slots=True)
class WaitingStation:
    """A station that was invited and waits until somebody has compared its digits."""

    request: str
    name: str
    role: DeviceRole
    digits: str
    asked: datetime


@dataclass(frozen=True, slots=True)
class Vitals:
    """What a station says of itself. None: it does not know, or has none."""

    app: str
    unsent: int
    """Records that the hub has not confirmed."""
    clock_offset_ms: int | None = None
    """What has to be added to its clock to have the hub's."""
    roster_age_s: int | None = None
    """How long ago it last knew that it holds all there is."""
    printer: PrinterState | None = None
    labels_left: int | None = None
    place: str = ""
    """Where it scans: desk, or the code of a session."""
    purged: bool = False
    """Personal data was removed from it: the conference is over."""
    addresses: Sequence[str] = ()
    """Where other stations may ask it, while it answers them."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Records of a station that the hub has and that do not count: one stops the rest of its log."""

    log: str
    seq: int
    """The one that stops the rest; where some are missing, the first after them."""
    device: str
    station: str
    kind: str
    """What it is, where its device may not write such; empty where records before it are missing."""
    missing: int
    """How many are missing."""
    waiting: int
    """How many wait: this one, and those behind it."""

    @property
    def words(self) -> str:
        """What is the matter, in a sentence."""
        if self.kind:
            words = _("{station} wrote “{kind}”, which it may not; {n} records wait for you to look at it.")
            return words.format(station=self.station, kind=self.kind, n=self.waiting)
        words = _("{n} records of {station} wait for {m} before them that have not come.")
        return words.format(station=self.station, n=self.waiting, m=self.missing)


@dataclass(frozen=True, slots=True)
class FleetStation:
    """A station that was let in."""

    device: str
    name: str
    role: DeviceRole
    enrolled: datetime
    revoked: datetime | None = None
    wipe_ordered: bool = False
    wiped: datetime | None = None
    """When it said that it destroys its data now."""
    last_contact: datetime | None = None
    vitals: Vitals | None = None
    expected: bool = False
    """It belonged to the hub before. What it writes counts; it speaks with this one when it has joined again."""
    held_back: int = 0
    """How many of its records the hub holds back."""


class AlarmKind(StrEnum):
    """What is the matter with a station. Codes are for programs."""

    SILENT = "silent"
    UNSENT = "unsent"
    CLOCK = "clock"
    ROSTER = "roster"
    PRINTER = "printer"
    LABELS = "labels"
    VERSION = "version"
    WIPE = "wipe"
    EXPECTED = "expected"
    NAMES = "names"
    HELD_BACK = "held_back"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something an organizer should look after, in words."""

    kind: AlarmKind
    words: str


_WILL_DO = {PrinterState.BUSY, PrinterState.COOLING}


def alarms(station: FleetStation, now: datetime, app: str, *, over: bool = False) -> list[Alarm]:
    """What is the matter with it, worst first. `app`: the hub's own version; `over`: personal data should be gone."""
    if station.revoked is not None:
        unwiped = station.wipe_ordered and station.wiped is None
        return [Alarm(AlarmKind.WIPE, _("Not wiped yet"))] if unwiped else []
    if station.expected:
        return [Alarm(AlarmKind.EXPECTED, _("Has to join this hub: invite it"))]
    found = list(_alarms(station, now, app))
    holds_names = station.role is not DeviceRole.DASHBOARD and not (station.vitals and station.vitals.purged)
    if over and holds_names:
        found.append(Alarm(AlarmKind.NAMES, _("Names are still on it")))
    return found


def _alarms(station: FleetStation, now: datetime, app: str) -> Iterator[Alarm]:
    vitals = station.vitals
    if station.held_back:
        yield Alarm(AlarmKind.HELD_BACK, _("{n} of its records are held back").format(n=station.held_back))
    if station.last_contact is None or now - station.last_contact > SILENT:
        yield Alarm(AlarmKind.SILENT, _("Silent {ago}").format(ago=ago(station.last_contact, now)))
    if vitals is None:
        return
    if vitals.unsent > MANY_UNSENT:
        yield Alarm(AlarmKind.UNSENT, _("{n} records are only there").format(n=vitals.unsent))
    if vitals.clock_offset_ms is not None and timedelta(milliseconds=abs(vitals.clock_offset_ms)) > CLOCK_OFF:
        late = _("behind") if vitals.clock_offset_ms > 0 else _("ahead")
        minutes = abs(vitals.clock_offset_ms) // 60_000
        yield Alarm(AlarmKind.CLOCK, _("Its clock is {n} min {late}").format(n=minutes, late=late))
    if vitals.roster_age_s is not None and timedelta(seconds=vitals.roster_age_s) > OLD_ROSTER:
        yield Alarm(AlarmKind.ROSTER, _("Knows no news since {n} min").format(n=vitals.roster_age_s // 60))
    if vitals.printer is not None and not vitals.printer.takes_jobs and vitals.printer not in _WILL_DO:
        yield Alarm(AlarmKind.PRINTER, _("Its printer needs somebody"))
    if vitals.labels_left is not None and vitals.labels_left <= FEW_LABELS:
        yield Alarm(AlarmKind.LABELS, _("{n} labels left").format(n=vitals.labels_left))
    if vitals.app != app:
        yield Alarm(AlarmKind.VERSION, _("Runs version {version}").format(version=vitals.app))


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, as people say it."""
    if at is None:
        return _("since it joined")
    return time_words(max(0, int((now - at).total_seconds())))


def time_words(seconds: int) -> str:
    """So much time, in its largest unit."""
    if seconds < 60:
        return _("{n} s").format(n=seconds)
    return _("{n} min").format(n=seconds // 60) if seconds < 7200 else _("{n} h").format(n=seconds // 3600)
