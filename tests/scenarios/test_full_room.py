"""A room with few seats and a crowd at its door: nobody gets in over the limit without a name for it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.programme import DoorPolicy
from kiosk.domain.verdicts import RecordId
from kiosk.services.check_in import CheckIn
from tests.builders import START, Clock, a_door, a_session, an_attendee, enrol, hold, place

SEATS = 2
HERE = a_session(capacity=SEATS, door=DoorPolicy.ANYONE)
PEOPLE = [an_attendee(f"P{n}", "Person", code=f"{n}") for n in range(4)]
STEPS = st.tuples(
    st.sampled_from(["in", "in", "in", "out", "tap", "override", "undo", "more", "fewer"]),
    st.integers(0, len(PEOPLE) - 1),
)


@settings(max_examples=25)
@given(st.lists(STEPS, max_size=18))
def test_admissions_without_an_override_never_exceed_the_seats(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, a_door(Path(folder), clock=Clock(START)) as station:
        enrol(station.store, PEOPLE)
        hold(station.store, HERE)
        place(station.store, HERE, PEOPLE[0])
        for person in PEOPLE:
            CheckIn(station.store, station.station).admit(person.attendee.id)
        inside: set[int] = set()
        others = 0
        done: list[tuple[RecordId, str, int]] = []
        for step, who in steps:
            person = PEOPLE[who]
            if step in ("more", "fewer"):
                others = station.monitor.headcount(HERE.id, 1 if step == "more" else -1)
            elif step == "undo":
                if done:
                    record, what, undone = done.pop()
                    station.doors.undo(record)
                    (inside.discard if what == "in" else inside.add)(undone)
            elif step == "out":
                verdict = station.scan(person.tickets[0].code, out=True)
                if verdict.admitted and who in inside:
                    inside.discard(who)
                    done.append((verdict.record, "out", who))  # type: ignore[arg-type]
            elif step == "override" and who not in inside:
                verdict = station.doors.override(person.attendee.id, station.door, "stands", "Rosa")
                inside.add(who)
                done.append((verdict.record, "in", who))  # type: ignore[arg-type]
            elif step in ("in", "tap"):
                free = len(inside) + others < SEATS
                if step == "in":
                    verdict = station.scan(person.tickets[0].code)
                else:
                    verdict = station.doors.let_in(person.attendee.id, station.door)
                if verdict.admitted:
                    assert free, "over the limit, and nobody has given a name for it"
                    assert who not in inside
                    inside.add(who)
                    done.append((verdict.record, "in", who))  # type: ignore[arg-type]
            assert station.inside(HERE) == len(inside) + others
