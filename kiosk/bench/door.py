"""One scan at a session's door beside one at the desk, in the same run, with a journal that holds a million records.

Both write to the same store in turns, so that whatever else the machine does hits both.
"""

from __future__ import annotations

import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from kiosk.bench.rows import Row
from kiosk.bench.scan import IDLE_EVERY, code_of, percentile, put_people
from kiosk.domain.journal import Role, to_ms
from kiosk.domain.people import AttendeeId
from kiosk.domain.programme import ProgrammeSession, Room, SessionId
from kiosk.domain.programme_json import ProgrammeChange, Subject, room_fields, session_fields
from kiosk.domain.verdicts import Verdict
from kiosk.services.check_in import CheckIn
from kiosk.services.doors import Door, Doors
from kiosk.services.station import Station
from kiosk.storage import programme
from kiosk.storage.database import Connection
from kiosk.storage.journal import utc_now
from kiosk.storage.store import Store, open_store

PEOPLE = 20_000
RECORDS = 1_000_000
ROOMS, SLOTS = 35, 26
"""Some nine hundred sessions."""
SCANS = 600
WARM_UP = 100
LOOKS = 300

Tell = Callable[[str], None]


def run(tell: Tell = lambda words: None) -> list[Row]:
    """A door's scan, over the desk's; and how long a door takes to know whose it is."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        tell(f"a journal of {RECORDS:,} records, {ROOMS * SLOTS} sessions in {ROOMS} rooms")
        with _store(Path(folder)) as store:
            station = Station(store)
            door, session = _now(store)
            tell(f"{SCANS} scans each")
            desk_s, door_s = _take_turns(store, station, door, session)
            return [
                _row("door scan: median", desk_s, door_s, 50),
                _row("door scan: 95th percentile", desk_s, door_s, 95),
                Row("door finds its session", _look(station, door) * 1000, "ms", limit="≤ 1 ms"),
            ]


def _row(name: str, desk_s: list[float], door_s: list[float], percent: int) -> Row:
    floor, value = percentile(desk_s, percent) * 1000, percentile(door_s, percent) * 1000
    return Row(f"{name}, {RECORDS:,} records, over a desk scan", value, "ms", floor, value / floor, "≤ 1.2")


def _take_turns(store: Store, station: Station, door: Door, session: str) -> tuple[list[float], list[float]]:
    """Each person is scanned at the desk, then at the door: so it is in the morning, and both know the person."""
    check_in, doors = CheckIn(store, station), Doors(store, station)
    desk_s, door_s = [], []
    for n in range(WARM_UP + SCANS):
        if n % IDLE_EVERY == 0:
            store.checkpoint()
        code = code_of(n)
        desk_s.append(_timed(partial(check_in.present, code)))
        door_s.append(_timed(partial(doors.present, code, door)))
    assert doors.now(door).occupancy.inside == WARM_UP + SCANS, session
    return desk_s[WARM_UP:], door_s[WARM_UP:]


def _timed(scan: Callable[[], Verdict | None]) -> float:
    begun = time.perf_counter()
    verdict = scan()
    taken = time.perf_counter() - begun
    assert verdict is not None
    assert verdict.admitted, verdict
    return taken


def _look(station: Station, door: Door) -> float:
    doors = Doors(station.store, station)
    taken = []
    for _turn in range(LOOKS):
        begun = time.perf_counter()
        assert doors.now(door).session is not None
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


@contextmanager
def _store(folder: Path) -> Iterator[Store]:
    """A store whose view holds people, a programme and a million passages of days gone by."""
    store = open_store(folder / "data", secrets.token_bytes(32))
    try:
        put_people(store, PEOPLE)
        _put_programme(store)
        _put_passages(store.view.connection)
        store.warm_up()
        yield store
    finally:
        store.close()


def _put_programme(store: Store) -> None:
    begin = utc_now() - timedelta(minutes=10)
    sessions = [
        ProgrammeSession(
            SessionId(f"s{slot:02}{room:02}"), f"S{slot:02}{room:02}", "A session", f"Room {room:02}",
            begin + timedelta(minutes=105 * slot), begin + timedelta(minutes=105 * slot + 75), capacity=PEOPLE,
        )
        for slot in range(SLOTS)
        for room in range(ROOMS)
    ]  # fmt: skip
    changes = [
        ProgrammeChange(Subject.ROOM, f"Room {room:02}", room_fields(Room(f"Room {room:02}", PEOPLE)), new=True)
        for room in range(ROOMS)
    ]
    changes += [ProgrammeChange(Subject.SESSION, each.id, session_fields(each), new=True) for each in sessions]
    with store.write() as journal:
        view = store.view.connection
        programme.write_changes(journal, view, changes, at=begin, actor="station", role=Role.ORGANIZER)
        people = [AttendeeId(f"{n:026}") for n in range(PEOPLE)]
        programme.enrol(journal, view, sessions[0].id, people, at=begin, actor="station")


def _put_passages(view: Connection) -> None:
    """Straight into the view: it is not the fold of old records that is measured."""
    before = to_ms(utc_now() - timedelta(days=2))
    view.execute("begin immediate")
    view.executemany(
        "insert into passage (arrival, log, seq, hlc_ms, hlc_n, at_ms, shift_ms, order_ms, kind, subject, place, "
        "outcome, reason, code, actor, target, was) "
        "values (?, 'old', ?, ?, 0, ?, 0, ?, 'admit', ?, ?, 'admitted', 'ok', '', 'station', '', '')",
        (
            (10_000 + n, n, *[before + n] * 3, f"{PEOPLE + n % 100_000:026}", f"old{n // 100_000}")
            for n in range(RECORDS)
        ),
    )
    view.execute("commit")


def _now(store: Store) -> tuple[Door, str]:
    door = Door("Room 00")
    session = Doors(store, Station(store)).now(door).session
    assert session is not None
    return door, session.id
