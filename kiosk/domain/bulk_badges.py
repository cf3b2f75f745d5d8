"""Many badges at once: whose, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.layout import same_word
from kiosk.domain.people import Attendee, Status
from kiosk.domain.search import fold


class Printed(StrEnum):
    """What is known of somebody's badge."""

    NOT_YET = "not_yet"
    """Nobody asked for one, or what was asked for did not come out."""
    IN_QUEUE = "in_queue"
    """Asked for, not out yet."""
    PRINTED = "printed"


class Order(StrEnum):
    """How badges are sorted: as they are laid out on the tables."""

    LAST_NAME = "last_name"
    AGENCY = "agency"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may get a badge."""

    attendee: Attendee
    printed: Printed = Printed.NOT_YET
    checked_in: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose badges. What is empty excludes nobody."""

    registration_type: str = ""
    agency: str = ""
    """A part of its name."""
    agency_type: str = ""
    status: Status | None = Status.COMING
    not_yet: bool = True
    """Only those who have none yet."""


def choose_people(people: Iterable[Person], wanted: Wanted, order: Order = Order.LAST_NAME) -> list[Person]:
    """Those who are wanted and have a name, in this order."""
    found = [person for person in people if not person.attendee.placeholder and _is_wanted(person, wanted)]
    return sorted(found, key=lambda person: sort_key(person.attendee, order))


def _is_wanted(person: Person, wanted: Wanted) -> bool:
    attendee = person.attendee
    return (
        (not wanted.registration_type or same_word(attendee.registration_type) == same_word(wanted.registration_type))
        and (not wanted.agency_type or same_word(attendee.agency_type) == same_word(wanted.agency_type))
        and fold(wanted.agency) in fold(attendee.agency)
        and (wanted.status is None or attendee.status is wanted.status)
        and (not wanted.not_yet or person.printed is Printed.NOT_YET)
    )


def sort_key(attendee: Attendee, order: Order) -> tuple[str, ...]:
    """Where somebody stands in this order; accents and capitals do not matter, and nobody is sorted by chance."""
    name = (fold(attendee.last or attendee.first or attendee.badge_name), fold(attendee.first))
    first = {Order.LAST_NAME: "", Order.AGENCY: fold(attendee.agency) or "\uffff", Order.NUMBER: attendee.number}[order]
    return (first, *name, attendee.number, attendee.id)


def values_of(people: Iterable[Person], field: str) -> list[str]:
    """What stands in this field, the most frequent first: to choose from."""
    spelled: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for person in people:
        text = str(getattr(person.attendee, field)).strip()
        if text:
            counts[same_word(text)] += 1
            spelled.setdefault(same_word(text), text)
    return [spelled[word] for word, _count in counts.most_common()]
