"""How long certificates of a whole conference take: 1,200 people, eight courses each, counted, issued and drawn."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.bench.rows import Row
from kiosk.domain.journal import Kind
from kiosk.domain.people import Attendee, AttendeeId
from kiosk.domain.programme import CreditKind, CreditRule, ProgrammeSession, SessionId
from kiosk.domain.programme_json import ProgrammeChange, Subject, session_fields
from kiosk.domain.roster import NewAttendee
from kiosk.printing.paper_press import PaperPress
from kiosk.services.attendance import Attendance
from kiosk.services.report_files import Order, Reports
from kiosk.services.station import Conference, Station
from kiosk.storage import programme
from kiosk.storage.roster import write_changes
from kiosk.storage.store import Store, open_store

PEOPLE, SLOTS, ROOMS = 1200, 8, 8
LIMIT_S = 60
_START = datetime(2023, 5, 4, 12, 30, tzinfo=UTC)
_RULE = CreditRule(CreditKind.MINUTES, credit_min=75, least_min=60, late_grace_min=5)
_NAMES = (
    ("Mary-Kate", "O’Sullivan"), ("محمد", "العبدالله"), ("שמואל", "כהן"), ("安怡", "张"), ("สมชาย", "ใจดี"),
    ("Ngọc Thị Minh", "Nguyễn"), ("민수", "김"), ("Jo", "Li"),
)  # fmt: skip


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """The whole way from records to one PDF with a certificate for everybody."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        store = open_store(Path(folder) / "data", bytes(32))
        try:
            tell(f"{PEOPLE} people, {PEOPLE * SLOTS * 2} scans")
            fill(store)
            return _measure(store, Path(folder))
        finally:
            store.close()


def _measure(store: Store, folder: Path) -> list[Row]:
    station = Station(store)
    attendance = Attendance(store, station)
    reports = Reports(store, station, attendance, PaperPress)
    start = time.perf_counter()
    people = attendance.everyone()
    counted = time.perf_counter()
    file = folder / "certificates.pdf"
    saved = reports.save(Order("certificates"), file)
    drawn = time.perf_counter()
    assert saved.count == len(people) == PEOPLE
    return [
        Row("hours of 1,200 people in eight courses counted", counted - start, "s"),
        Row("certificates of 1,200 people into one PDF", drawn - counted, "s", limit=f"≤ {LIMIT_S} s"),
        Row("size of that PDF", file.stat().st_size / 1e6, "MB"),
    ]


def fill(store: Store) -> None:
    """A conference at which everybody attended eight courses."""
    chance = random.Random(20230503)
    Station(store).set_conference(Conference("National Training Conference", "NTC 2023"))
    people = [AttendeeId(f"{n:026}") for n in range(PEOPLE)]
    sessions = [_session(slot, room) for slot in range(SLOTS) for room in range(ROOMS)]
    with store.write() as journal:
        changes = [NewAttendee(_attendee(n, person)) for n, person in enumerate(people)]
        write_changes(journal, store.view, Kind.IMPORT, changes, at=_START, actor="station", body={"batch": "B"})
        held = [ProgrammeChange(Subject.SESSION, each.id, session_fields(each), new=True) for each in sessions]
        programme.write_changes(journal, store.view.connection, held, at=_START, actor="station")
    for slot in range(SLOTS):
        with store.write() as journal:
            for person in people:
                session = sessions[slot * ROOMS + chance.randrange(ROOMS)]
                came = session.start + timedelta(seconds=chance.randrange(-600, 240))
                for kind, at in (
                    (Kind.ADMIT, came),
                    (Kind.EXIT, session.end + timedelta(seconds=chance.randrange(600))),
                ):
                    body = {"subject": person, "code": "", "how": "code", "outcome": "admitted", "reason": "ok"}
                    journal.append(kind, body, at=at, actor="station", place=session.id)


def _attendee(n: int, person: AttendeeId) -> Attendee:
    first, last = _NAMES[n % len(_NAMES)]
    return Attendee(person, first=first, last=last, agency=f"Agency {n % 40}", number=f"{n:06}")


def _session(slot: int, room: int) -> ProgrammeSession:
    start = _START + timedelta(days=slot // 4, minutes=105 * (slot % 4))
    code = f"C{slot + 1}{'ABCDEFGH'[room]}"
    return ProgrammeSession(
        SessionId(f"id-{code}"), code, f"Engaging Communities in Problem Solving, Part {slot + 1}", f"Salon {room + 1}",
        start, start + timedelta(minutes=75), course_slot=slot + 1, credit=_RULE,
    )  # fmt: skip
