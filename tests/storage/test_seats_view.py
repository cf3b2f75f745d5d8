"""Which seats are taken follows from a set of records: in any order, however often, the same."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from kiosk.domain.journal import Hlc, Kind, Record, Role
from kiosk.domain.seats import Lease
from kiosk.domain.verdicts import RecordId
from kiosk.storage import seats_view
from tests.builders import NOON

SESSION = "id-HP1A"
NUMBERS = count(1)


@pytest.fixture
def view() -> Iterator[sqlite3.Connection]:
    connection = an_empty_view()
    yield connection
    connection.close()


def an_empty_view() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    seats_view.create(connection)  # type: ignore[arg-type]
    connection.execute("create table headcount (log text, place text, change integer)")
    connection.execute("create table log (log text, device text)")
    return connection


def record(kind: Kind, device: str = "A", role: str = Role.DOOR, place: str | None = SESSION, **body: Any) -> Record:
    return Record(RecordId(f"log-{device}", next(NUMBERS)), kind, NOON, Hlc(1, 0), device, "x", role, place, body)


def fold(view: sqlite3.Connection, *records: Record) -> None:
    for each in records:
        if each.kind in seats_view.SEAT_KINDS:
            seats_view.apply(view, each)  # type: ignore[arg-type]
        else:
            seats_view.passed(view, each)  # type: ignore[arg-type]


def granted(n: int, to: str = "A", kind: Kind = Kind.SEATS_GRANT) -> Record:
    return record(kind, "hub", Role.HUB, None, to=to, session=SESSION, n=n)


def lease(view: sqlite3.Connection, device: str = "A") -> Lease:
    return seats_view.lease(view, SESSION, device)  # type: ignore[arg-type]


def story() -> tuple[list[Record], dict[str, Lease]]:
    """Three are let in at A, one at B; one leaves through B, one way out is taken back, one admission, too."""
    ada, bob, eve = (record(Kind.ADMIT, subject=who) for who in ("ada", "bob", "eve"))
    dan = record(Kind.ADMIT, "B", subject="dan")
    ada_out = record(Kind.EXIT, "B", subject="ada", ends=[str(ada.id)])
    bob_out = record(Kind.EXIT, subject="bob", ends=[str(bob.id)])
    bob_back = record(Kind.UNDO, subject="bob", target=str(bob_out.id))
    no_eve = record(Kind.UNDO, subject="eve", target=str(eve.id))
    more = [granted(8), granted(2, "B"), granted(3, kind=Kind.SEATS_FORFEIT)]
    back = record(Kind.SEATS_RELEASE, session=SESSION, n=1)
    records = [ada, bob, eve, dan, ada_out, bob_out, bob_back, no_eve, *more, back]
    return records, {"A": Lease(8 - 3 - 1, 1), "B": Lease(2, 1)}


@pytest.mark.parametrize("seed", range(12))
def test_a_seat_is_its_door_s_until_whoever_sits_there_is_known_to_have_left(seed: int) -> None:
    records, expected = story()
    view = an_empty_view()
    random.Random(seed).shuffle(records)
    fold(view, *records, *records[:5])
    assert {device: lease(view, device) for device in expected} == expected
    assert seats_view.held_by(view, "ada", SESSION) == []  # type: ignore[arg-type]
    assert len(seats_view.held_by(view, "bob", SESSION)) == 1  # type: ignore[arg-type]
    view.close()


def test_only_the_hub_hands_out_and_takes_and_nonsense_is_nothing(view: sqlite3.Connection) -> None:
    fold(view, record(Kind.SEATS_GRANT, "A", Role.ORGANIZER, None, to="A", session=SESSION, n=5))
    fold(view, record(Kind.SEATS_FORFEIT, "B", Role.DOOR, None, to="A", session=SESSION, n=5))
    for n in (0, -3, "7", None, 10**9, True):
        fold(view, record(Kind.SEATS_GRANT, "hub", Role.HUB, None, to="A", session=SESSION, n=n))
    fold(view, record(Kind.EXIT, subject="ada", ends="all of them"), record(Kind.EXIT, subject="ada", ends=[7, None]))
    assert lease(view) == Lease()


def test_a_way_out_of_another_stay_frees_nothing(view: sqlite3.Connection) -> None:
    ada = record(Kind.ADMIT, subject="ada")
    again = record(Kind.ADMIT, subject="ada")
    fold(view, granted(2), ada, record(Kind.EXIT, "B", subject="ada", ends=[str(ada.id)]), again)
    assert lease(view) == Lease(2, 1)
    fold(view, record(Kind.EXIT, "C", subject="ada"), record(Kind.EXIT, "B", subject="ada", ends=[str(ada.id)]))
    assert lease(view) == Lease(2, 1), "two doors saw the same way out, a third one an unknown one"


def test_the_desk_is_no_room(view: sqlite3.Connection) -> None:
    fold(view, record(Kind.ADMIT, place="desk", subject="ada"))
    assert lease(view).taken == 0
