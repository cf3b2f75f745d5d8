"""The sample conference once more, as it was scanned: fourteen stations with real services, and a real hub on loopback.

Two days pass at any speed. Each station of the log is a station here, with a store of its own that speaks with the hub
over TLS; the kiosk that was offline for two hours is so again, and catches up when it did. What nobody scanned in is
skipped. To rehearse with, to look at the dashboard as it will be, and to test.
"""

from __future__ import annotations

import csv
import secrets
import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from kiosk import __version__
from kiosk.config import asset
from kiosk.demo import PROGRAMME, sample_conference
from kiosk.domain.dashboard import Dashboard
from kiosk.domain.fleet import Vitals
from kiosk.domain.trust import DeviceRole
from kiosk.domain.words import clock_words
from kiosk.errors import BadInput
from kiosk.hub import page_access
from kiosk.hub.app import make_app
from kiosk.hub.board import name_conference
from kiosk.hub.hub import open_hub
from kiosk.hub.own_stations import let_in
from kiosk.hub.server import HubServer
from kiosk.hub.table import ROUTES
from kiosk.i18n import _
from kiosk.services.check_in import CheckIn
from kiosk.services.doors import Door, Doors
from kiosk.services.hub_link import HubLink
from kiosk.services.import_enrolments import ImportEnrolments
from kiosk.services.import_programme import ImportProgramme
from kiosk.services.import_roster import ImportRoster
from kiosk.services.station import Station
from kiosk.storage.store import Store, open_store
from kiosk.sync.beat import beat
from kiosk.sync.client import HubClient
from kiosk.sync.loop import exchange
from kiosk.sync.round import Round

PEOPLE, PLACES, LOG = (f"sample/replay/{name}.csv" for name in ("people", "enrolments", "scan_log"))
TICK_S = 1.0
"""So often the stations scan what is due, and speak with the hub."""
MAX_TICK = timedelta(minutes=20)
"""What passes between two rounds where nobody waits."""
TELL = timedelta(minutes=10)
"""So often it is said how it goes."""
QUIET = timedelta(minutes=15)
"""When nothing is scanned for longer, the time in between is skipped."""
CONFERENCE = sample_conference()
OFFLINE, LET_IN = "recorded offline", "enrolled elsewhere; let in by monitor"
"""What the log notes."""
MONITOR = "Room monitor"

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Scan:
    """A line of the log."""

    at: datetime
    station: str
    place: str
    mode: str
    code: str
    note: str


def read_log() -> list[Scan]:
    """The sample log in the order of its scans, without badges that were printed again."""
    with asset(LOG).open(encoding="utf-8", newline="") as file:
        rows = [
            Scan(
                datetime.fromisoformat(row["scanned_at"]),
                row["device"],
                row["place"],
                row["mode"],
                row["payload"],
                row["note"],
            )
            for row in csv.DictReader(file)
            if row["mode"] != "reprint"
        ]
    return sorted(rows, key=lambda scan: scan.at)


def read_speed(text: str) -> float | None:
    """`60x` is sixty times as fast as it was; `max`, as fast as it goes, is None. Raises BadInput."""
    if text == "max":
        return None
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 1 <= speed <= 3600:
        raise BadInput(_("Give a speed from 1x to 3600x, such as 60x, or max."))
    return speed


@dataclass(slots=True)
class _Clock:
    """The time in the replay: it moves when something happens."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Player:
    """A station of the log."""

    store: Store
    station: Station
    link: HubLink
    away: tuple[datetime, datetime] | None = None
    """From when to when it was offline."""
    check_in: CheckIn = field(init=False)
    doors: Doors = field(init=False)
    round: Round = field(init=False)
    client: HubClient = field(init=False)

    def __post_init__(self) -> None:
        self.check_in, self.doors = CheckIn(self.store, self.station), Doors(self.store, self.station)
        self.round, self.client = Round(self.store, self.station, self.link), HubClient(self.link)

    def scan(self, scan: Scan) -> None:
        """What somebody did here."""
        if scan.mode == "checkin":
            self.check_in.present(scan.code)
            return
        door = Door(scan.place)
        verdict = self.doors.present(scan.code, door)
        if scan.note == LET_IN and verdict is not None and not verdict.admitted and verdict.attendee is not None:
            self.doors.let_in(verdict.attendee.id, door, by=MONITOR)

    def is_away(self, now: datetime) -> bool:
        """Whether it is offline."""
        return self.away is not None and self.away[0] <= now <= self.away[1]

    def meet(self, now: datetime) -> None:
        """Speak with the hub until both hold the same, unless the station is offline."""
        if self.is_away(now):
            return
        while exchange(self.client, self.round).more:
            pass
        beat(self.client, Vitals(__version__, self.round.unsent()))

    def close(self) -> None:
        """Hang up, close the store."""
        self.client.close()
        self.store.close()


class Replay:
    """A hub and the stations of the log, until it is closed; `play` lets the two days pass."""

    def __init__(self, folder: Path, port: int = 0, url: str | None = None, tell: Tell = lambda words: None) -> None:
        self._folder, self._tell = folder, tell
        self._key = secrets.token_bytes(32)
        self._log = read_log()
        self._clock = _Clock(self._log[0].at - timedelta(minutes=2))
        self._closing = ExitStack()
        with ExitStack() as undo:
            undo.callback(self._closing.close)
            self._hub = open_hub(folder / "hub", self._key, url, self._clock)
            self._closing.callback(self._hub.close)
            self._server = HubServer(self._hub, make_app(self._hub, ROUTES), "127.0.0.1", port)
            self._closing.callback(self._server.stop)
            self._server.start()
            self._hub.database.write(lambda connection: name_conference(connection, CONFERENCE))
            self._stations = self._open_stations()
            undo.pop_all()

    def __enter__(self) -> Replay:
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.close()

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"https://127.0.0.1:{self._server.port}"

    def page_code(self) -> str:
        """A code for a browser with names, good for as long as the replay lasts: it passes faster than time does."""
        until = max(self._log[-1].at + MAX_TICK, self._clock.now)
        return self._hub.database.write(lambda c: page_access.make_code(c, DeviceRole.ORGANIZER, until))

    def dashboard(self) -> Dashboard:
        """What the page shows now."""
        return self._hub.board.now()

    def play(self, speed: float | None) -> None:
        """Let the two days pass, so many times as fast as they did; as fast as it goes where `speed` is None."""
        tick = MAX_TICK if speed is None else timedelta(seconds=speed * TICK_S)
        waiting = deque(self._log)
        told_at = self._clock.now
        while waiting:
            begun = time.monotonic()
            if waiting[0].at - self._clock.now > QUIET:
                self._skip_to(waiting[0].at)
            until = self._clock.now + tick
            while waiting and waiting[0].at <= until:
                self._scan(waiting.popleft())
            self._meet(until)
            if until - told_at >= TELL:
                told_at = until
                self._tell_how_it_goes(len(waiting))
            if speed is not None:
                time.sleep(max(0.0, TICK_S - (time.monotonic() - begun)))
        self._meet(self._clock.now)

    def play_one(self, scan: Scan) -> None:
        """One scan that the log does not have, and what follows from it at the hub."""
        self._scan(scan)
        self._stations[scan.station].meet(self._clock.now)

    def _scan(self, scan: Scan) -> None:
        self._clock.now = max(self._clock.now, scan.at)
        self._stations[scan.station].scan(scan)

    def _meet(self, now: datetime) -> None:
        self._clock.now = now
        for station in self._stations.values():
            station.meet(now)

    def _skip_to(self, at: datetime) -> None:
        words = _("Nothing was scanned until {time}: skipped.")
        self._clock.now = at - timedelta(minutes=2)
        self._tell(words.format(time=self._words(at)))

    def _tell_how_it_goes(self, left: int) -> None:
        away = [name for name, station in self._stations.items() if station.is_away(self._clock.now)]
        words = _("{time}: {n} scans to come").format(time=self._words(self._clock.now), n=left)
        self._tell(f"{words} · {_('offline: {names}').format(names=', '.join(away))}" if away else words)

    def _words(self, at: datetime) -> str:
        zone = CONFERENCE.zone_info
        return f"{at.astimezone(zone):%a} {clock_words(at, zone)}"

    # The stations

    def _open_stations(self) -> dict[str, Player]:
        self._tell(_("The sample conference is brought in."))
        office = self._open("OFFICE", "", DeviceRole.ORGANIZER)
        _fill(office)
        office.meet(self._clock.now)
        stations: dict[str, Player] = {}
        for scan in self._log:
            if scan.station not in stations:
                room = "" if scan.mode == "checkin" else scan.place
                role = DeviceRole.DOOR if room else DeviceRole.DESK
                stations[scan.station] = self._open(scan.station, room, role)
        for station in stations.values():
            station.meet(self._clock.now)
        return {"OFFICE": office, **stations}

    def _open(self, name: str, room: str, role: DeviceRole) -> Player:
        store = open_store(self._folder / name, self._key)
        try:
            station = Station(store, self._clock)
            station.set_name(name)
            station.set_conference(CONFERENCE)
            station.set_room(room)
            link = let_in(self._hub, station, role, f"127.0.0.1:{self._server.port}")
        except BaseException:
            store.close()
            raise
        player = Player(store, station, link, self._away(name))
        self._closing.callback(player.close)
        return player

    def _away(self, name: str) -> tuple[datetime, datetime] | None:
        offline = [scan.at for scan in self._log if scan.station == name and scan.note == OFFLINE]
        return (offline[0], offline[-1]) if offline else None


def _fill(office: Player) -> None:
    """The roster, the programme and who goes where, as an organizer brings them in."""
    roster = ImportRoster(office.store, office.station)
    roster.write(roster.plan(asset(PEOPLE)))
    programme = ImportProgramme(office.store, office.station)
    programme.write(programme.plan(asset(PROGRAMME)))
    places = ImportEnrolments(office.store, office.station)
    places.write(places.plan(asset(PLACES)))


def run(speed: float | None, port: int, url: str | None, tell: Tell, *, then_end: bool) -> None:
    """Play the log and keep the page there until Ctrl+C, or to its end only."""
    folder = Path(tempfile.mkdtemp(prefix="kiosk-replay-"))
    try:
        with Replay(folder, port, url, tell) as replay:
            tell(
                _("Open {address} in the browser and type {code}").format(
                    address=replay.address, code=replay.page_code()
                )
            )
            tell(_("The browser warns once: the hub vouches for itself. Ctrl+C ends it."))
            replay.play(speed)
            for each in replay.dashboard().headlines:
                tell(f"{each.title}: {each.value} ({each.base})")
            if not then_end:
                tell(_("The log has ended. The page stays until Ctrl+C."))
                threading.Event().wait()
    except KeyboardInterrupt:
        tell(_("The replay has ended."))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
