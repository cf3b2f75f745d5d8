"""A morning at eight doors: the sample's log replayed, people leaving as they do, and the hours that come of it.

The log holds entries only, so the exits are made here, from a fixed seed: most people are scanned out, some walk past
the scanner, some leave early, some come back. Then the reports are held against a count by hand from the same lists,
which shares no line with the program.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.domain.people import AttendeeId
from kiosk.domain.programme import CreditKind, CreditRule
from kiosk.services.attendance import Attendance
from kiosk.services.doors import Door, Doors
from kiosk.services.report_files import Order, Reports
from kiosk.services.report_source import Choice
from kiosk.services.station import Conference, Station
from kiosk.services.verify import verify
from kiosk.storage.store import Store
from tests.builders import Clock, a_store
from tests.scenarios.test_replay import LOG, Replay, attendee_id, prepare, the_places, the_sessions
from tests.services.test_reports import FakePress

RULE = CreditRule(CreditKind.MINUTES, credit_min=75, least_min=50, late_grace_min=5, in_proportion=True)
FIRST_SLOT = {each.room: replace(each, credit=RULE) for each in the_sessions() if each.course_slot == 1}
CLOSED_BY = "Maria R."


@dataclass
class Walk:
    """One person through one door, as it was scanned."""

    number: str
    room: str
    at: datetime
    out: bool = False


@dataclass
class Morning:
    store: Store
    attendance: Attendance
    reports: Reports
    walks: list[Walk]


def the_walks() -> list[Walk]:
    """Every entry of the log, with the exits of those who were scanned out."""
    chance = random.Random(20230504)
    walks = []
    for row in LOG:
        if row["mode"] != "entry":
            continue
        came, end = datetime.fromisoformat(row["scanned_at"]), FIRST_SLOT[row["place"]].end
        walks.append(Walk(row["payload"], row["place"], came))
        lot = chance.random()
        if lot < 0.08:
            continue  # walks past the scanner
        left = end + timedelta(seconds=chance.randrange(-300, 600))
        if lot < 0.25:
            left = max(came + timedelta(seconds=90), end - timedelta(seconds=chance.randrange(300, 3600)))
        walks.append(Walk(row["payload"], row["place"], left, out=True))
        if lot < 0.12 and left + timedelta(minutes=5) < end:
            walks.append(Walk(row["payload"], row["place"], left + timedelta(minutes=4)))
            walks.append(Walk(row["payload"], row["place"], end, out=True))
    return sorted(walks, key=lambda walk: walk.at)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    with a_store(tmp_path_factory.mktemp("morning")) as store:
        prepare(store, the_places(), rule=RULE)
        Replay(store).run([row for row in LOG if row["mode"] == "checkin"])
        clock = Clock()
        station = Station(store, clock)
        station.set_conference(Conference("PLECET", "PLECET 2023", "America/New_York"))
        doors, attendance = Doors(store, station), Attendance(store, station)
        walks = the_walks()
        for walk in walks:
            clock.now = walk.at
            door = Door(walk.room)
            verdict = doors.present(walk.number, door, out=walk.out)
            assert verdict is not None
            if not walk.out and not verdict.admitted:
                assert doors.let_in(attendee_id(walk.number), door, by="Monitor").admitted
        clock.now = max(session.end for session in FIRST_SLOT.values()) + timedelta(hours=2)
        for session in FIRST_SLOT.values():
            attendance.close_session(session.id, CLOSED_BY)
        yield Morning(store, attendance, Reports(store, station, attendance, FakePress), walks)


def by_hand(walks: list[Walk], number: str) -> tuple[int, int, bool]:
    """Minutes, hundredths of an hour and whether an exit is assumed, from the lists alone."""
    seconds, assumed = 0.0, False
    own = [walk for walk in walks if walk.number == number]
    session = FIRST_SLOT[own[0].room]
    start, end = session.start.timestamp(), session.end.timestamp()
    spans = []
    inside = None
    for walk in own:
        if not walk.out:
            inside = walk.at.timestamp() if inside is None else inside
        elif inside is not None:
            spans.append([inside, walk.at.timestamp()])
            inside = None
    if inside is not None:
        spans.append([inside, max(end, inside)])
        assumed = True
    if start < spans[0][0] <= start + 300:
        spans[0][0] = start
    if end - 300 <= spans[-1][1] < end:
        spans[-1][1] = end
    for came, left in spans:
        seconds += max(0.0, min(left, end) - max(came, start))
    minutes = int(seconds // 60)
    return minutes, (minutes * 100 // 60 if minutes >= 50 else 0), assumed


def test_minutes_and_hours_of_50_people_are_those_of_a_count_by_hand(morning: Morning) -> None:
    numbers = sorted({walk.number for walk in morning.walks})
    chosen = random.Random(50).sample(numbers, 50)
    told = morning.reports.table(Order("transcripts", Choice(people=tuple(chosen))))
    first = {row[0]: row for row in told.rows if row[4] == "1"}
    assert len(first) == 50
    some_assumed = False
    for number in chosen:
        minutes, hundredths, assumed = by_hand(morning.walks, number)
        row = first[number]
        assert (number, int(row[8]), row[9]) == (number, minutes, f"{hundredths // 100}.{hundredths % 100:02d}")
        assert ("assumed" in row[10]) == assumed
        some_assumed |= assumed
    assert some_assumed, "nobody walked past the scanner: the test tests less than it says"


def test_the_sum_of_all_hours_is_that_of_a_count_by_hand(morning: Morning) -> None:
    everyone = {hours.attendee.id: hours.result.total for hours in morning.attendance.everyone()}
    numbers = {walk.number for walk in morning.walks}
    counted = {attendee_id(number): by_hand(morning.walks, number)[1] for number in numbers}
    assert {person: total for person, total in everyone.items() if total} == {
        AttendeeId(person): total for person, total in counted.items() if total
    }


def test_a_session_report_counts_who_came_and_who_did_not(morning: Morning, tmp_path: Path) -> None:
    file = tmp_path / "sessions.csv"
    morning.reports.save(Order("sessions"), file)
    rows = {row["Code"]: row for row in csv.DictReader(file.read_text("utf-8-sig").splitlines())}
    places = the_places()
    for room, session in FIRST_SLOT.items():
        came = {walk.number for walk in morning.walks if walk.room == room}
        enrolled = set(places[session.code])
        row = rows[session.code]
        assert (row["Came"], row["Enrolled"]) == (str(len(came)), str(len(enrolled)))
        assert (row["No-shows"], row["No exit"]) == (str(len(enrolled - came)), "0")


def test_everyone_whose_exit_is_assumed_is_named_as_such_and_by_whom(morning: Morning) -> None:
    missing = {walk.number for walk in morning.walks} - {walk.number for walk in morning.walks if walk.out}
    rows = [
        row
        for session in FIRST_SLOT.values()
        for row in morning.reports.table(Order("attendance", Choice(session=session.code))).rows
    ]
    assumed = {row[0]: row for row in rows if "(assumed)" in row[6]}
    assert set(assumed) == missing
    assert all(f"session closed by {CLOSED_BY}" in row[9] for row in assumed.values())


def test_all_of_it_can_be_proved(morning: Morning) -> None:
    assert verify(morning.store).problems == ()
