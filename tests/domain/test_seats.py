"""How seats are portioned: never more than there are, the last ones one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.seats import Lease, portion


@given(st.integers(0, 2000), st.lists(st.integers(-50, 50), max_size=60))
def test_the_portions_of_any_doors_are_never_more_than_the_room(capacity: int, lefts: list[int]) -> None:
    given_out = 0
    for left in lefts:
        seats = portion(capacity, given_out, left)
        assert seats >= 0
        given_out += seats
        assert given_out <= capacity
        assert seats > 0 or given_out == capacity


def test_a_room_goes_out_in_eighths_and_the_last_seats_one_by_one() -> None:
    portions, given_out = [], 0
    while seats := portion(180, given_out, 0):
        portions.append(seats)
        given_out += seats
    assert portions == [23, 23, 23, 23, 23, 23, 21, 11, 5, 3, 1, 1]
    assert sum(portions) == 180


def test_who_gave_seats_before_they_were_handed_out_gets_them_as_well() -> None:
    assert portion(180, 0, -40) == 63
    assert portion(40, 0, -90) == 40
    assert portion(40, 50, 0) == 0, "a room that was made smaller"


def test_more_is_asked_for_when_a_fifth_is_left() -> None:
    assert Lease().is_low
    assert Lease(20, 16).is_low
    assert not Lease(20, 15).is_low
    assert Lease(20, 23).left == -3
