"""What a place has decided about asking the hub: alone, ask, or not without it; known at every station."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.claims import ALONE, Claim, ClaimState
from kiosk.domain.programme import ClaimPolicy, DoorPolicy, Room
from kiosk.domain.programme_json import ProgrammeChange, Subject
from kiosk.domain.verdicts import Admission, Outcome, Reason, RecordId, Verdict
from kiosk.domain.words import headline, reason_line, what_to_say
from kiosk.errors import BadInput
from kiosk.services.check_in import CheckIn
from kiosk.services.figures import LocalFigures
from kiosk.services.import_programme import ImportProgramme
from kiosk.services.programme import Programme
from kiosk.services.station import Conference, Station
from kiosk.storage import programme
from kiosk.storage.store import Store
from tests.builders import (
    NOON,
    Desk,
    DoorStation,
    a_door,
    a_session,
    a_station,
    an_attendee,
    enrol,
    hold,
    place,
    some_attendees,
)
from tests.files.test_programme import SAMPLES, sample
from tests.meeting import introduce, meet


class Hub:
    """Answers as it is told; counts how often it was asked."""

    def __init__(self, says: Claim) -> None:
        self.says, self.asked = says, 0

    def ask(self, attendee_id: str, place: str) -> Claim:
        self.asked += 1
        return self.says


GRANTED = Claim(ClaimState.GRANTED)
TAKEN = Claim(ClaimState.TAKEN, Admission(RecordId("claim", 0), NOON, "desk", "Desk 2", ""))


def basis_of(store: Store, verdict: Verdict) -> str | None:
    assert verdict.record is not None
    return (store.record_of(verdict.record).basis or {}).get("claim")


@pytest.mark.parametrize(
    "policy, says, outcome, asked, basis",
    [
        (ClaimPolicy.ALONE, TAKEN, Outcome.ADMITTED, 0, None),
        (ClaimPolicy.ASK, GRANTED, Outcome.ADMITTED, 1, "granted"),
        (ClaimPolicy.ASK, TAKEN, Outcome.ALREADY, 1, "taken"),
        (ClaimPolicy.ASK, ALONE, Outcome.ADMITTED, 1, "alone"),
        (ClaimPolicy.STRICT, GRANTED, Outcome.ADMITTED, 1, "granted"),
        (ClaimPolicy.STRICT, TAKEN, Outcome.ALREADY, 1, "taken"),
        (ClaimPolicy.STRICT, ALONE, Outcome.REDIRECT, 1, "alone"),
    ],
)
def test_a_desk_and_a_door_keep_to_it(
    tmp_path: Path, policy: ClaimPolicy, says: Claim, outcome: Outcome, asked: int, basis: str | None
) -> None:
    with a_station(tmp_path / "desk") as desk, a_door(tmp_path / "door") as door:
        ada = an_attendee("Ada", "Lovelace", code="000001")
        session = a_session(door=DoorPolicy.REGISTERED)
        for store in (desk.store, door.store):
            enrol(store, ada)
        hold(door.store, session, rooms=[Room(session.room, 100, claim=policy)])
        place(door.store, session, ada)
        CheckIn(door.store, door.station).admit(ada.attendee.id)
        Programme(desk.store, desk.station).change_desk(policy)
        at_desk, at_door = Hub(says), Hub(says)
        desk.check_in.claims, door.doors.claims = at_desk, at_door
        for store, verdict in ((desk.store, desk.scan("000001")), (door.store, door.scan("000001"))):
            assert verdict.outcome is outcome
            assert basis_of(store, verdict) == basis
        assert (at_desk.asked, at_door.asked) == (asked, asked)


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[DoorStation]:
    with a_door(tmp_path) as door:
        session = a_session(door=DoorPolicy.ASK)
        enrol(door.store, some_attendees(3))
        hold(door.store, session, rooms=[Room(session.room, 100, claim=ClaimPolicy.STRICT)])
        yield door


def test_where_nobody_is_let_in_without_the_hub_it_says_so_and_a_supervisor_may(strict: DoorStation) -> None:
    strict.doors.claims = hub = Hub(ALONE)
    asked = strict.scan("000001")
    assert asked.reason is Reason.NOT_ENROLLED
    assert asked.attendee is not None
    tapped = strict.doors.let_in(asked.attendee.id, strict.door, "Rosa")
    assert (tapped.outcome, tapped.reason) == (Outcome.REDIRECT, Reason.HUB_SILENT)
    assert headline(tapped) == "ASK A SUPERVISOR"
    assert "does not answer" in reason_line(tapped)
    assert "registration desk" in what_to_say(tapped)
    assert hub.asked == 1
    assert strict.doors.override(asked.attendee.id, strict.door, "I know her", "Rosa").admitted
    assert strict.doors.now(strict.door).strict


def test_a_station_of_no_hub_lets_nobody_in_where_the_hub_has_to_answer(strict: DoorStation, tmp_path: Path) -> None:
    assert strict.doors.let_in(strict_person(strict), strict.door, "Rosa").reason is Reason.HUB_SILENT
    assert strict.scan("000001", out=True).admitted, "nobody is kept from leaving"
    with a_station(tmp_path / "desk") as desk:
        enrol(desk.store, some_attendees(1))
        Programme(desk.store, desk.station).change_desk(ClaimPolicy.STRICT)
        refused = desk.scan("000001")
        assert refused.reason is Reason.HUB_SILENT
        assert "supervisor decides" in what_to_say(refused)
        desk.check_in.claims = Hub(GRANTED)
        assert desk.scan("000001", later_s=1).admitted, "scanned again at once, it is asked again"


def strict_person(door: DoorStation) -> str:
    verdict = door.scan("000002")
    assert verdict.attendee is not None
    return verdict.attendee.id


def test_what_the_hub_did_not_answer_is_counted_for_each_station(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(4))
        desk.check_in.claims = Hub(ALONE)
        desk.scan("000001")
        desk.scan("000001")
        desk.scan("000002")
        desk.check_in.claims = Hub(GRANTED)
        desk.scan("000003")
        desk.check_in.claims = None
        desk.scan("000004")
        figures = LocalFigures(desk.store, desk.station)
        assert figures.snapshot().total("alone") == 2
        figures.close()


def test_it_travels_to_every_station_and_what_is_not_known_is_to_ask(tmp_path: Path) -> None:
    with a_station(tmp_path / "1") as one, a_station(tmp_path / "2") as two:
        introduce(one, two)
        one.station.set_conference(Conference("PLECET"))
        rooms = Programme(one.store, one.station)
        rooms.change_room(Room("Salon A", 180, "left", ClaimPolicy.STRICT))
        told(one, Subject.CONFERENCE, "conference", {"title": "PLECET", "claim": "strict"}, new=True)
        meet(one, two)
        other = Programme(two.store, two.station)
        assert other.rooms() == [Room("Salon A", 180, "left", ClaimPolicy.STRICT)]
        assert other.desk_claim is ClaimPolicy.STRICT
        told(one, Subject.ROOM, "Salon A", {"claim": "as the moon stands"})
        told(one, Subject.CONFERENCE, "conference", {"claim": "as the moon stands"})
        meet(one, two)
        assert other.rooms() == [Room("Salon A", 180, "left", ClaimPolicy.ASK)]
        assert other.desk_claim is ClaimPolicy.ASK


def told(desk: Desk, subject: Subject, name: str, fields: dict[str, str], *, new: bool = False) -> None:
    with desk.store.write() as journal:
        change = ProgrammeChange(subject, name, fields, new=new)
        programme.write_changes(journal, desk.store.view.connection, [change], at=NOON, actor="station")


def test_a_new_programme_does_not_change_how_doors_decide(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        rooms, imports = Programme(desk.store, desk.station), ImportProgramme(desk.store, desk.station)
        imports.write(imports.plan(sample(SAMPLES[0])))
        room = rooms.rooms()[0]
        rooms.change_room(replace(room, capacity=7, claim=ClaimPolicy.ALONE))
        imports.write(imports.plan(sample(SAMPLES[0])))
        changed = rooms.room(room.name.upper())
        assert changed is not None
        assert changed.claim is ClaimPolicy.ALONE


def test_only_what_changes_is_written_and_nonsense_is_not(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        rooms = Programme(desk.store, desk.station)
        rooms.change_room(Room("Salon A", 180))
        before = desk.store.journal.end
        rooms.change_room(Room("Salon A", 180))
        assert desk.store.journal.end == before
        with pytest.raises(BadInput):
            rooms.change_room(Room("  ", 180))
        with pytest.raises(BadInput):
            rooms.change_room(Room("Salon B", -1))
        assert [room.name for room in rooms.rooms()] == ["Salon A"]


def test_it_is_kept_by_a_station_without_others(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        Programme(desk.store, desk.station).change_desk(ClaimPolicy.ALONE)
        assert Station(desk.store, desk.clock).conference.claim is ClaimPolicy.ALONE
