"""How many should be here by now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.domain.expected import Curve, usual_curve
from kiosk.domain.programme import ProgrammeSession, SessionId

NOON = datetime(2023, 5, 3, 16, 0, tzinfo=UTC)


def item(kind: str, after_min: int, *, cancelled: bool = False) -> ProgrammeSession:
    start = NOON + timedelta(minutes=after_min)
    end = start + timedelta(hours=1)
    return ProgrammeSession(SessionId(f"{kind}{after_min}"), "X", "X", "X", start, end, kind=kind, cancelled=cancelled)


@pytest.mark.parametrize(
    "after_min, percent",
    [(-1, 0), (0, 0), (75, 10), (150, 20), (180, 40), (210, 60), (240, 95), (300, 100), (900, 100)],
)
def test_desks_open_at_noon_and_the_plenary_is_at_four(after_min: int, percent: float) -> None:
    curve = usual_curve([item("plenary", 240), item("service", 0), item("course", 1200)])
    assert curve.percent(NOON + timedelta(minutes=after_min)) == pytest.approx(percent)
    assert curve.people(1000, NOON + timedelta(minutes=after_min)) == pytest.approx(percent * 10)


def test_what_does_not_take_place_draws_nobody() -> None:
    assert usual_curve([item("plenary", 0, cancelled=True), item("service", 0)]) == Curve()
    assert Curve().percent(NOON) == 0


def test_desks_that_are_not_in_the_programme_open_an_hour_before_the_first_come() -> None:
    assert usual_curve([item("course", 0)]).points[0] == (NOON - timedelta(minutes=150), 0)
