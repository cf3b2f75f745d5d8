"""The numbers of a dashboard, counted once more in another way: records in any order, twice, late, taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.figures import DESK, Figures, Snapshot, stations_needed
from kiosk.domain.journal import Hlc, Kind, Record
from kiosk.domain.people import Attendee, AttendeeId, Status
from kiosk.domain.programme import ProgrammeSession, SessionId
from kiosk.domain.verdicts import RecordId

NOON = datetime(2023, 5, 3, 16, 0, tzinfo=UTC)
PEOPLE = [
    Attendee(
        id=AttendeeId(f"P{n}"),
        agency_type=("Local", "State")[n % 2],
        sworn=(True, False, None)[n % 3],
        extras={"Home State": ("ga", "TX ")[n % 2]},
        status=Status.CANCELLED if n == 5 else Status.COMING,
    )
    for n in range(6)
]


def session(number: int, slot: int) -> ProgrammeSession:
    start = NOON + timedelta(hours=number)
    return ProgrammeSession(
        SessionId(f"S{number}"), f"C{number}", "A course", "Salon A", start, start + timedelta(hours=1),
        capacity=4, course_slot=slot,
    )  # fmt: skip


SESSIONS = [session(1, 1), session(2, 1), session(3, 2)]


def record(log: str, seq: int, kind: str, minute: int, place: str | None = DESK, **body: object) -> Record:
    at = NOON + timedelta(minutes=minute)
    hlc = Hlc(int(at.timestamp() * 1000), seq)
    return Record(RecordId(log, seq), kind, at, hlc, f"device of {log}", "staff", "desk", place, body)


def opened(log: str, station: str) -> Record:
    return record(log, 1, Kind.OPEN, 0, None, station=station)


def figures(*records: Record) -> Figures:
    made = Figures()
    for each in SESSIONS:
        made.put_session(each)
    for person in PEOPLE:
        made.put_person(person)
    for each_record in records:
        made.add(each_record)
    return made


def snapshot(*records: Record, minute: int = 60) -> Snapshot:
    return figures(*records).snapshot(NOON + timedelta(minutes=minute))


def test_who_is_in_of_those_expected() -> None:
    numbers = snapshot(
        opened("a", "Desk 1"),
        record("a", 2, Kind.ADMIT, 1, subject="P0"),
        record("a", 3, Kind.ADMIT, 2, subject="P1"),
        record("a", 4, Kind.ADMIT, 3, subject="P5", override=True),
    )
    assert (numbers.expected, numbers.checked_in, numbers.not_expected) == (5, 3, 1)
    assert [(share.value, share.expected, share.checked_in) for share in numbers.facets["agency_type"]] == [
        ("Local", 3, 1),
        ("State", 2, 2),
    ]
    assert {share.value for share in numbers.facets["state"]} == {"GA", "TX"}
    assert {share.value for share in numbers.facets["sworn"]} == {"sworn", "non-sworn", ""}


def test_an_undo_lowers_a_number_and_is_counted() -> None:
    admitted = record("a", 1, Kind.ADMIT, 1, subject="P0")
    undone = record("a", 2, Kind.UNDO, 2, subject="P0", target="a:1")
    assert snapshot(admitted).checked_in == 1
    numbers = snapshot(admitted, undone)
    assert numbers.checked_in == 0
    assert numbers.total("undone") == 1


def test_an_undo_that_arrives_first_counts_all_the_same() -> None:
    numbers = snapshot(
        record("b", 1, Kind.UNDO, 2, subject="P0", target="a:1"), record("a", 1, Kind.ADMIT, 1, subject="P0")
    )
    assert numbers.checked_in == 0


def test_what_each_station_did() -> None:
    numbers = snapshot(
        opened("a", "Desk 1"),
        record("a", 2, Kind.ADMIT, 1, subject="P0"),
        record("a", 3, Kind.DENY, 2, subject="P0", outcome="already"),
        record("a", 4, Kind.DENY, 3, subject="?x", outcome="unknown"),
        record("a", 5, Kind.DENY, 4, subject="P1", outcome="refused"),
        record("a", 6, Kind.PRINT_ASK, 5, None, subject="P0", issue=1, copy=1, reason="first"),
        record("a", 7, Kind.PRINT_ASK, 6, None, subject="P0", issue=2, copy=1, reason="lost"),
        opened("b", "Desk 1"),
        record("b", 2, Kind.ADMIT, 9, subject="P1", override=True),
    )
    (desk,) = numbers.stations
    assert desk.name == "Desk 1"
    assert (desk.checked_in, desk.repeats, desk.unknown, desk.refused) == (2, 1, 1, 1)
    assert (desk.overrides, desk.reprints) == (1, 1)
    assert desk.last == NOON + timedelta(minutes=9)


def test_two_stations_that_could_not_hear_each_other() -> None:
    one, two = record("a", 1, Kind.ADMIT, 1, subject="P0"), record("b", 1, Kind.ADMIT, 2, subject="P0")
    numbers = snapshot(two, one)
    assert (numbers.checked_in, numbers.double) == (1, 1)
    decided = record("c", 1, Kind.ADMIT, 3, subject="P1", override=True)
    assert snapshot(record("a", 1, Kind.ADMIT, 1, subject="P1"), decided).double == 0


def test_bars_belong_to_whoever_was_first_and_late_news_moves_them() -> None:
    made = figures(opened("a", "Desk 1"), opened("b", "Kiosk"), record("b", 2, Kind.ADMIT, 14, subject="P0"))
    bars = [counts for _start, counts in made.arrivals(NOON, NOON + timedelta(minutes=20), timedelta(minutes=10))]
    assert bars == [{}, {"Kiosk": 1}]
    made.add(record("a", 2, Kind.ADMIT, 3, subject="P0"))
    bars = [counts for _start, counts in made.arrivals(NOON, NOON + timedelta(minutes=20), timedelta(minutes=10))]
    assert bars == [{"Desk 1": 1}, {}]


def test_the_rate_is_that_of_the_last_ten_minutes() -> None:
    records = [record("a", n, Kind.ADMIT, 10 + n, subject=f"P{n}") for n in range(1, 5)]
    assert snapshot(*records, minute=15).per_minute_tenths == 4
    assert snapshot(*records, minute=23).per_minute_tenths == 1
    assert snapshot(*records, minute=40).per_minute_tenths == 0


def test_rooms_and_courses() -> None:
    numbers = snapshot(
        record("a", 1, Kind.ADMIT, 1, "S1", subject="P0"),
        record("a", 2, Kind.ADMIT, 2, "S1", subject="P1"),
        record("a", 3, Kind.EXIT, 3, "S1", subject="P0"),
        record("a", 4, Kind.ADMIT, 4, "S2", subject="P0"),
        record("a", 5, Kind.ADMIT, 5, "S3", subject="P0"),
    )
    rooms = {room.session: (room.inside, room.ever, room.percent) for room in numbers.rooms}
    assert rooms == {"S1": (1, 2, 25), "S2": (1, 1, 25), "S3": (1, 1, 25)}
    assert numbers.courses == (3, 1, 1, 0, 0, 0, 0, 0, 0)  # S1 and S2 are of one slot


def test_a_session_that_becomes_a_course_counts_for_those_who_were_there() -> None:
    made = figures(record("a", 1, Kind.ADMIT, 1, "S9", subject="P0"))
    assert made.snapshot(NOON).courses[1] == 0
    made.put_session(session(9, 3))
    assert made.snapshot(NOON).courses[1] == 1
    made.put_session(session(9, 0))
    assert made.snapshot(NOON).courses[1] == 0


def test_a_correction_of_the_roster_moves_people_between_shares() -> None:
    made = figures(record("a", 1, Kind.ADMIT, 1, subject="P0"))
    made.put_person(Attendee(id=AttendeeId("P0"), agency_type="Tribal"))
    shares = {share.value: share for share in made.snapshot(NOON).facets["agency_type"]}
    assert (shares["Tribal"].expected, shares["Tribal"].checked_in) == (1, 1)
    assert (shares["Local"].expected, shares["Local"].checked_in) == (2, 0)
    made.put_people(PEOPLE[1:])
    numbers = made.snapshot(NOON)
    assert "Tribal" not in {share.value for share in numbers.facets["agency_type"]}
    assert (numbers.expected, numbers.checked_in, numbers.not_expected) == (4, 1, 1)


@pytest.mark.parametrize(
    "rate, seconds, stations", [(12.4, 20, 6), (0, 20, 1), (12, 20, 5), (2.4, 20, 1), (2.5, 20, 2)]
)
def test_stations_needed(rate: float, seconds: float, stations: int) -> None:
    assert stations_needed(rate, seconds) == stations


# In any order

_HAPPENING = st.tuples(
    st.sampled_from([Kind.ADMIT, Kind.EXIT, Kind.UNDO, Kind.DENY]),
    st.sampled_from(["P0", "P1", "P5", "nobody"]),
    st.sampled_from([DESK, "S1", "S2", "S3"]),
    st.integers(0, 40),
    st.integers(0, 3),
)


def logs_of(happenings: Sequence[Sequence[tuple[str, str, str, int, int]]]) -> list[list[Record]]:
    logs = []
    for number, of_one in enumerate(happenings):
        log, minute = "abc"[number], 0
        records = []
        for seq, (kind, subject, place, later, target) in enumerate(of_one, 1):
            minute += later
            body: dict[str, object] = {"subject": subject, "outcome": "refused"}
            if kind == Kind.UNDO:
                body["target"] = f"{'abc'[target % 3]}:{1 + later % 4}"
            records.append(record(log, seq, kind, minute, place, **body))
        logs.append(records)
    return logs


def recount(records: Sequence[Record]) -> tuple[Counter[str], Counter[str], int]:
    """Who is inside and who was ever in, by place, and how many are in at the desk; the slow and plain way."""
    inside: Counter[str] = Counter()
    ever: Counter[str] = Counter()
    for subject, place in {(str(each.body["subject"]), str(each.place)) for each in records}:
        there = sorted(
            (each for each in records if each.body["subject"] == subject and each.place == place),
            key=lambda each: each.order,
        )
        undone = {each.body["target"] for each in there if each.kind == Kind.UNDO}
        moves = [each for each in there if each.kind in (Kind.ADMIT, Kind.EXIT) and str(each.id) not in undone]
        came = any(each.kind == Kind.ADMIT for each in moves)
        ever[place] += came
        inside[place] += came and moves[-1].kind == Kind.ADMIT
    return inside, ever, ever[DESK]


@given(st.lists(st.lists(_HAPPENING, max_size=8), min_size=3, max_size=3), st.randoms(use_true_random=False))
def test_any_order_of_logs_gives_the_numbers_of_a_recount(happenings: list, chance: object) -> None:
    logs = logs_of(happenings)
    straight = [each for log in logs for each in log]
    mixed, waiting = [], [list(log) for log in logs if log]
    while waiting:
        log = chance.choice(waiting)  # type: ignore[attr-defined]
        mixed.append(log.pop(0))
        mixed.append(chance.choice(mixed))  # type: ignore[attr-defined]  # said twice
        waiting = [log for log in waiting if log]
    numbers = snapshot(*mixed)
    assert numbers == snapshot(*straight)
    inside, ever, checked_in = recount(straight)
    assert numbers.checked_in == checked_in
    assert {room.session: (room.inside, room.ever) for room in numbers.rooms} == {
        each.id: (inside[each.id], ever[each.id]) for each in SESSIONS
    }
    courses = Counter(
        len(
            {
                each.course_slot
                for each in SESSIONS
                if recount([r for r in straight if r.body["subject"] == person])[1][each.id]
            }
        )
        for person in {str(each.body["subject"]) for each in straight}
    )
    assert numbers.courses[1:3] == (courses[1], courses[2])
    arrived = figures(*mixed).arrivals(NOON, NOON + timedelta(days=1), timedelta(minutes=30))
    assert sum(sum(counts.values()) for _start, counts in arrived) == checked_in
