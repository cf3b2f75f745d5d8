"""The programme at work: what changes late is followed at once, what is taken back is gone, nothing is overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.journal import Kind
from kiosk.domain.programme import CreditKind, CreditRule, DoorPolicy, ProgrammeSession, Room
from kiosk.domain.programme_json import ProgrammeChange, Subject, session_fields
from kiosk.errors import BadInput
from kiosk.services.programme import Programme
from kiosk.services.verify import verify
from kiosk.storage import programme
from kiosk.storage.journal import read_after
from tests.builders import START, Desk, a_session, a_station, an_attendee, enrol, some_attendees


@dataclass
class APlan:
    sessions: tuple[ProgrammeSession, ...]
    rooms: tuple[Room, ...] = ()
    source: str = "plan.json"
    changes: tuple[ProgrammeChange, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.changes = tuple(
            ProgrammeChange(Subject.SESSION, session.id, session_fields(session), new=True) for session in self.sessions
        )


@dataclass
class House:
    desk: Desk
    programme: Programme

    @property
    def view(self) -> Any:
        return self.desk.store.view.connection

    def kinds(self) -> list[str]:
        return [stored.record.kind for stored in read_after(self.desk.store.connection, 0)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_station(tmp_path) as desk:
        house = House(desk, Programme(desk.store, desk.station))
        enrol(desk.store, some_attendees(4))
        house.programme.write(APlan((a_session("HP1A"), a_session("CR1B", "Salon B"))))
        yield house
        assert verify(desk.store).problems == ()


def people(house: House) -> list[str]:
    return [row[0] for row in house.view.execute("select id from attendee order by n")]


def test_a_session_is_found_by_its_code_however_it_is_written(house: House) -> None:
    assert house.programme.session(" hp1a ") == a_session("HP1A")
    assert house.programme.session("HP1") is None


def test_a_door_finds_what_is_in_its_room(house: House) -> None:
    found = programme.sessions_in(house.view, "Salon A", START, START + timedelta(minutes=1))
    assert [session.code for session in found] == ["HP1A"]
    assert programme.sessions_in(house.view, "Salon A", START - timedelta(hours=1), START) == []
    end = START + timedelta(minutes=75)
    assert programme.sessions_in(house.view, "Salon A", end, end + timedelta(hours=1)) == []


def test_a_session_moves_and_its_doors_follow(house: House) -> None:
    house.programme.change("id-HP1A", {"room": "Salon B"})
    assert programme.sessions_in(house.view, "Salon A", START, START + timedelta(minutes=1)) == []
    found = programme.sessions_in(house.view, "Salon B", START, START + timedelta(minutes=1))
    assert {session.code for session in found} == {"HP1A", "CR1B"}


def test_every_late_change_is_kept_and_shown(house: House) -> None:
    later = START + timedelta(hours=2)
    fields = {
        "start": later,
        "end": later + timedelta(minutes=50),
        "capacity": 12,
        "door": DoorPolicy.ANYONE,
        "credit": CreditRule(CreditKind.ENTRY, 50),
        "cancelled": True,
        "title": "Another  title\n",
    }
    changed = house.programme.change("id-HP1A", fields)
    assert changed == replace(a_session("HP1A"), **{**fields, "title": "Another title"})
    assert house.programme.session("HP1A") == changed


def test_a_value_that_stands_already_is_not_written_again(house: House) -> None:
    before = house.kinds()
    house.programme.change("id-HP1A", {"room": "Salon A", "capacity": None})
    house.programme.change_room(Room("Salon A", 180))
    house.programme.change_room(Room("Salon A", 180))
    assert house.kinds() == [*before, Kind.PROGRAMME]


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"end": START}, "before it starts"),
        ({"end": START + timedelta(days=400)}, "two weeks"),
        ({"capacity": -1}, "whole number"),
        ({"capacity": True}, "whole number"),
        ({"start": datetime(2023, 5, 4, 8, 30)}, "cannot be the start"),  # noqa: DTZ001
        ({"door": "anyone"}, "cannot be the door"),
        ({"code": " "}, "needs a code"),
        ({"code": "cr1b"}, "already called"),
        ({"seats": 4}, "nothing called"),
    ],
)
def test_what_cannot_be_is_said_and_not_written(house: House, fields: dict[str, Any], said: str) -> None:
    before = house.kinds()
    with pytest.raises(BadInput, match=said):
        house.programme.change("id-HP1A", fields)
    assert house.kinds() == before
    assert house.programme.session("HP1A") == a_session("HP1A")


def test_who_has_a_place_can_be_told(house: House) -> None:
    one, two, *_others = people(house)
    assert house.programme.enrol(two, "id-HP1A")
    assert house.programme.enrol(one, "id-HP1A")
    assert not house.programme.enrol(one, "id-HP1A")
    assert [person.id for person in house.programme.enrolled("id-HP1A")] == [one, two]
    assert [session.code for session in house.programme.enrolments_of(one)] == ["HP1A"]
    assert programme.is_enrolled(house.view, one, "id-HP1A")
    assert house.programme.enrolled_counts() == {"id-HP1A": 2}


def test_a_place_given_up_is_gone_and_may_be_taken_again(house: House) -> None:
    one = people(house)[0]
    for _ in range(3):
        assert house.programme.enrol(one, "id-HP1A")
        assert house.programme.withdraw(one, "id-HP1A")
        assert not house.programme.withdraw(one, "id-HP1A")
        assert not programme.is_enrolled(house.view, one, "id-HP1A")
    house.programme.enrol(one, "id-HP1A")
    assert programme.enrolled_in(house.view, "id-HP1A") == [one]


def test_nobody_is_enrolled_in_nothing_and_no_stranger_in_anything(house: House) -> None:
    with pytest.raises(BadInput, match="no longer in the programme"):
        house.programme.enrol(people(house)[0], "id-GONE")
    with pytest.raises(BadInput, match="no longer on the roster"):
        house.programme.enrol("nobody", "id-HP1A")


def test_thousands_of_places_fit_into_records(house: House) -> None:
    enrol(house.desk.store, (an_attendee(f"A{n}", "B") for n in range(600)))
    everyone = people(house)
    with house.desk.store.write() as journal:
        at = house.desk.clock()
        assert programme.enrol(journal, house.view, "id-HP1A", everyone, at=at, actor="station") == len(everyone)
    with house.desk.store.write() as journal:
        assert programme.withdraw(journal, house.view, "id-HP1A", everyone, at=at, actor="station") == len(everyone)
    assert programme.enrolled_in(house.view, "id-HP1A") == []


def test_a_plan_that_has_gone_stale_is_refused(house: House) -> None:
    before = house.kinds()
    with pytest.raises(BadInput, match="Plan the import again"):
        house.programme.write(APlan((a_session("NEW"), a_session("HP1A"))))
    assert house.kinds() == before


def test_what_was_written_is_there_after_a_fold_from_nothing(house: House) -> None:
    house.programme.change("id-HP1A", {"room": "Salon B"})
    house.programme.change_room(Room("Salon B", 200, "second floor, left"))
    house.programme.enrol(people(house)[0], "id-HP1A")
    sessions, rooms, counts = house.programme.sessions(), house.programme.rooms(), house.programme.enrolled_counts()
    house.desk.store.rebuild_view()
    assert (house.programme.sessions(), house.programme.rooms()) == (sessions, rooms)
    assert house.programme.enrolled_counts() == counts
    assert Room("Salon B", 200, "second floor, left") in rooms
