from __future__ import annotations

from typing import Any

import pytest

from kiosk.domain.bulk_badges import Order, Person, Printed, Wanted, choose_people, values_of
from kiosk.domain.people import Attendee, AttendeeId, Status


def somebody(last: str, first: str = "A", printed: Printed = Printed.NOT_YET, **fields: Any) -> Person:
    return Person(Attendee(AttendeeId(f"{last}{first}"), first=first, last=last, **fields), printed)


PEOPLE = [
    somebody("Zimmer", agency="Ötztal Police", registration_type="Staff", number="3"),
    somebody("Ábalos", agency="Savannah PD", registration_type="attendee", number="1", agency_type="Local"),
    somebody("de la Cruz", agency="", registration_type="Attendee ", number="2", printed=Printed.PRINTED),
    somebody("Baker", status=Status.CANCELLED, number="4"),
    somebody("TBD", placeholder=True),
    somebody("Abalos", first="Ada", printed=Printed.IN_QUEUE, agency="Savannah PD", number="5"),
]


def last_names(**wanted: Any) -> list[str]:
    order = wanted.pop("order", Order.LAST_NAME)
    return [person.attendee.last for person in choose_people(PEOPLE, Wanted(**wanted), order)]


def test_whoever_is_coming_without_a_badge_is_meant_unless_somebody_says_otherwise() -> None:
    assert last_names() == ["Ábalos", "Zimmer"]
    assert last_names(not_yet=False) == ["Ábalos", "Abalos", "de la Cruz", "Zimmer"]
    assert last_names(status=None) == ["Ábalos", "Baker", "Zimmer"]


@pytest.mark.parametrize(
    "wanted, found",
    [
        ({"registration_type": "Attendee"}, ["Ábalos", "de la Cruz"]),
        ({"agency": "savannah"}, ["Ábalos", "Abalos"]),
        ({"agency": "otztal"}, ["Zimmer"]),
        ({"agency_type": "LOCAL"}, ["Ábalos"]),
        ({"registration_type": "Press"}, []),
    ],
)
def test_capitals_spaces_and_accents_do_not_matter(wanted: dict[str, str], found: list[str]) -> None:
    assert last_names(not_yet=False, **wanted) == found


def test_the_orders_of_the_tables() -> None:
    assert last_names(not_yet=False, order=Order.AGENCY) == ["Zimmer", "Ábalos", "Abalos", "de la Cruz"]
    assert last_names(not_yet=False, order=Order.NUMBER) == ["Ábalos", "de la Cruz", "Zimmer", "Abalos"]


def test_values_to_choose_from_are_told_once_the_most_frequent_first() -> None:
    assert values_of(PEOPLE, "registration_type") == ["attendee", "Staff"]
