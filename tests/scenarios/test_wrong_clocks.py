"""Hours and figures of people who were scanned where clocks are wrong: one round, and they are the truth."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.attendance import How
from kiosk.domain.programme import CreditKind, CreditRule, DoorPolicy, ProgrammeSession
from kiosk.services.attendance import Attendance
from kiosk.services.doors import Door, Doors
from kiosk.services.figures import LocalFigures
from tests.builders import Desk, a_session, an_attendee, enrol, hold, place
from tests.clocks import Computer, Truth, a_desk_of
from tests.hub.conftest import LiveHub, live, serve
from tests.sync.conftest import let_in
from tests.sync.test_round import rounds

__all__ = ["live", "serve"]
pytestmark = pytest.mark.timeout(120)

HOUR_S = 3600
ADA = an_attendee("Ada", "Lovelace", code="000001", id="ADA")
BOB = an_attendee("Bob", "Young", code="000002", id="BOB")


@pytest.fixture
def database_url() -> None:
    """What a clock is compared with does not depend on the hub's database."""


def held_at(desk: Desk, truth: Truth) -> ProgrammeSession:
    """A course of 75 minutes that begins in ten minutes, with everybody enrolled."""
    session = a_session(
        start=truth() + timedelta(minutes=10), door=DoorPolicy.ANYONE, credit=CreditRule(CreditKind.MINUTES, 75, 50)
    )
    enrol(desk.store, ADA, BOB)
    hold(desk.store, session)
    place(desk.store, session, ADA, BOB)
    return session


@pytest.mark.parametrize("behind_s", [HOUR_S, -HOUR_S, 10 * 365 * 24 * HOUR_S])
def test_a_laptop_an_hour_off_neither_costs_nor_gives_training_hours(
    live: LiveHub, tmp_path: Path, behind_s: int
) -> None:
    truth = Truth()
    with (
        a_desk_of(tmp_path / "office", Computer(truth), "Office") as office,
        a_desk_of(tmp_path / "door", Computer(truth, behind_s), "Door") as door,
    ):
        session = held_at(office, truth)
        for desk in (office, door):
            let_in(live, desk)
        live.hub.clock = truth
        for desk in (office, door, office):
            rounds(desk)
        doors = Doors(door.store, door.station)
        assert doors.now(Door(session.room)).session == session, "the door goes by the hub's time"
        truth.now = session.start - timedelta(minutes=1)
        came = truth()
        assert doors.present("000001", Door(session.room)).admitted  # type: ignore[union-attr]
        truth.now = session.start + timedelta(minutes=60)
        left = truth()
        assert doors.present("000001", Door(session.room), out=True).admitted  # type: ignore[union-attr]
        for desk in (door, office):
            rounds(desk)
        for desk in (door, office):
            (stay,) = Attendance(desk.store, desk.station).of("ADA").stays
            assert stay.came is not None
            assert stay.left is not None
            assert abs(stay.came.at - came) <= timedelta(seconds=2)
            assert abs(stay.left.at - left) <= timedelta(seconds=2)
            assert stay.came.how is How.SCANNED
            assert stay.came.was == came - timedelta(seconds=behind_s), "what was recorded is beside it"


def test_what_was_scanned_offline_is_put_right_by_the_first_round_and_so_are_figures(
    live: LiveHub, tmp_path: Path
) -> None:
    truth = Truth()
    with (
        a_desk_of(tmp_path / "office", Computer(truth), "Office") as office,
        a_desk_of(tmp_path / "desk", Computer(truth, 40 * 60), "Desk 2") as desk,
    ):
        session = held_at(office, truth)
        for each in (office, desk):
            let_in(live, each)
        enrol(desk.store, ADA, BOB)
        desk.check_in.present("000001")
        came = truth()
        with closing(LocalFigures(desk.store, desk.station)) as figures:
            figures.snapshot()
            live.hub.clock = truth
            truth.forward(30 * 60)
            for each in (office, desk, office):
                rounds(each)
            for numbers in (figures, LocalFigures(office.store, office.station)):
                with closing(numbers):
                    numbers.snapshot()
                    first, last = numbers._figures.first_and_last_arrival() or (came, came)
                    assert first == last == came.replace(second=0, microsecond=0)
                    (at,) = [station.last for station in numbers.snapshot().stations if station.checked_in]
                    assert at == came
        assert session.code


def test_what_a_person_says_of_a_clock_stands_before_what_was_compared(live: LiveHub, tmp_path: Path) -> None:
    """Both put right the same hour, which must not move twice."""
    truth = Truth()
    with a_desk_of(tmp_path / "door", Computer(truth, HOUR_S), "Door") as door:
        session = held_at(door, truth)
        let_in(live, door)
        live.hub.clock = truth
        rounds(door)
        doors, attendance = Doors(door.store, door.station), Attendance(door.store, door.station)
        truth.now = session.start
        doors.present("000001", Door(session.room))
        attendance.correct_clock(door.store.journal.log, -HOUR_S + 60, "read off the wall", "Deb")
        (stay,) = attendance.of("ADA").stays
        assert stay.came is not None
        assert stay.came.at == session.start - timedelta(seconds=60)
        assert (stay.came.by, stay.came.was) == ("Deb", session.start - timedelta(seconds=HOUR_S))
