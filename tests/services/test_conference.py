"""What the conference is called, and where its clock stands: said once, known at every station."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.journal import Kind
from kiosk.domain.programme import ClaimPolicy, DoorPolicy, Room
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput
from kiosk.services import conference
from kiosk.services.hub_link import HubLink
from kiosk.services.import_roster import ImportRoster
from kiosk.services.incidents import Incidents
from kiosk.services.programme import Programme
from kiosk.services.station import Conference, Station
from kiosk.storage import programme
from kiosk.storage.database import Connection, DriverError
from kiosk.storage.journal import read_after
from kiosk.storage.store import Store
from tests.builders import NOON, Desk, a_session, a_station, hold
from tests.meeting import agree, everything, hand, meet, some_desks

ROSTER = Path(__file__).parents[2] / "assets" / "sample" / "rosters" / "clean_50.csv"
PLECET = Conference("PLECET 2023", "PLECET", "America/Chicago", "PLC", 2023, ("plecet.example",))


def belongs(desk: Desk, role: DeviceRole) -> None:
    """Let a desk have a place at some hub."""
    HubLink("hub", ("127.0.0.1:1",), "", "", "", "", role, "Desk").write(desk.store)


def told(store: Store) -> int:
    """How many records of the programme a store holds."""
    return sum(stored.record.kind == Kind.PROGRAMME for stored in read_after(store.connection, 0))


@pytest.mark.parametrize("order", [list, lambda batch: [*reversed(batch)]], ids=["in order", "backwards"])
def test_a_station_that_only_listens_takes_the_organizers(tmp_path: Path, order: Callable[[object], list]) -> None:  # type: ignore[type-arg]
    with some_desks(tmp_path) as (one, two):
        belongs(one, DeviceRole.ORGANIZER)
        two.station.set_conference(Conference("Room 2's laptop", "R2", "Europe/Berlin"))  # before it belonged anywhere
        assert two.station.conference.title == "Room 2's laptop"
        one.station.set_conference(Conference("PLECET"))
        one.station.set_conference(PLECET)
        for signed in order(everything(one.store)):
            hand(two, [signed])
        assert two.station.conference == one.station.conference == PLECET
        assert two.station.conference.code_rules == PLECET.code_rules
        assert Station(two.store, two.clock).conference == PLECET
        assert two.store.journal.zone_offset == "-05:00"
        meet(one, two)
        assert agree(one, two)
        assert Incidents(two.store, two.station).all() == []


def test_changes_that_did_not_know_of_each_other_are_kept_both_and_settled_by_the_next(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        belongs(one, DeviceRole.ORGANIZER)
        belongs(two, DeviceRole.DESK)
        one.station.set_conference(PLECET)
        meet(one, two)
        for desk, zone in ((one, "America/New_York"), (two, "America/Denver")):
            desk.station.set_conference(Conference("PLECET 2023", "PLECET", zone, "PLC", 2023, ("plecet.example",)))
        meet(one, two)
        assert one.station.conference == two.station.conference
        for desk in (one, two):
            (incident,) = Incidents(desk.store, desk.station).open()
            said = {incident.one.says, incident.other.says}
            assert (incident.who, said) == (
                "The conference",
                {"time zone: America/New_York", "time zone: America/Denver"},
            )
        two.station.set_conference(two.station.conference)
        meet(one, two)
        assert [each for desk in (one, two) for each in Incidents(desk.store, desk.station).open()] == []
        assert agree(one, two)


def test_what_was_set_before_stations_told_each_other_is_told_once_and_by_the_organizers_alone(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        desk.station.set_conference(PLECET)
        for role in (DeviceRole.DOOR, DeviceRole.DESK):
            belongs(desk, role)
            assert Station(desk.store, desk.clock).conference == PLECET
            assert told(desk.store) == 0
        belongs(desk, DeviceRole.ORGANIZER)
        for _ in range(2):
            assert Station(desk.store, desk.clock).conference == PLECET
            assert told(desk.store) == 1


def test_a_door_says_nothing_about_it(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        belongs(desk, DeviceRole.DOOR)
        desk.station.set_conference(PLECET)
        assert (desk.station.conference, told(desk.store)) == (PLECET, 0)


def test_a_time_zone_this_computer_does_not_know_changes_nothing_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with some_desks(tmp_path) as (one, two):
        belongs(one, DeviceRole.ORGANIZER)
        with monkeypatch.context() as patched:
            patched.setattr(Conference, "zone_info", None)
            patched.setattr(Station, "_tell_journal", lambda _station: None)
            one.station.set_conference(Conference("PLECET", zone="Mars/Olympus"))
        meet(one, two)
        assert two.station.conference == Conference("PLECET", zone="America/New_York")
        assert two.station.conference.zone_info.key == "America/New_York"


@pytest.mark.expect_log
def test_it_comes_back_from_the_view_when_the_journal_is_lost(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        belongs(desk, DeviceRole.DESK)
        desk.station.set_conference(PLECET)
    for file in tmp_path.glob("journal.db*"):
        file.unlink()
    with a_station(tmp_path) as desk:
        with desk.store.reading():
            known = programme.conference(desk.store.view.connection)
        assert known is not None
        assert known[0]["title"] == "PLECET 2023"
        assert desk.station.conference == PLECET
        assert told(desk.store) == 1


@pytest.mark.expect_log
def test_a_view_that_fails_where_the_conference_stands_is_folded_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with a_station(tmp_path) as desk:
        belongs(desk, DeviceRole.ORGANIZER)
        desk.station.set_conference(PLECET)
        real, damaged = programme.conference, [desk.store.view.connection]

        def read(view: Connection) -> object:
            if view in damaged:
                raise DriverError("database disk image is malformed")
            return real(view)

        monkeypatch.setattr(programme, "conference", read)
        fresh = Station(desk.store, desk.clock)
        assert fresh.conference == PLECET
        assert desk.store.view.connection not in damaged
        assert "folded anew" in caplog.text


def test_what_somebody_typed_is_read_as_it_was_meant() -> None:
    typed = {
        "title": "  PLECET\n2023 ", "short_name": "PLECET", "zone": "America/Chicago", "code_prefix": "plc",
        "year": "2023",
        "url_hosts": "https://plecet.example/t/, www.plecet.example plecet.example",
    }  # fmt: skip
    read = conference.read_typed(typed, Conference())
    assert read == replace(PLECET, url_hosts=("plecet.example", "www.plecet.example"))
    assert conference.read_typed(conference.typed(PLECET), Conference()) == PLECET
    assert conference.read_typed({"year": ""}, PLECET) == replace(PLECET, year=None)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("title", " \u200b ", "Give the conference a name"),
        ("title", "x" * 121, "at most 120 characters"),
        ("short_name", "x" * 25, "at most 24 characters"),
        ("zone", "../../etc/passwd", "is not known"),
        ("code_prefix", "P L;C", "letters and digits"),
        ("year", "23", "four digits"),
        ("year", "２０２３", "four digits"),
        ("url_hosts", "javascript:alert(1)", "is no web address"),
        ("url_hosts", "localhost", "is no web address"),
    ],
)
def test_what_is_no_conference_is_refused_by_the_field(field: str, text: str, words: str) -> None:
    with pytest.raises(conference.BadConference) as refused:
        conference.read_typed({field: text}, PLECET)
    assert list(refused.value.problems) == [field]
    assert words in str(refused.value)


def organizes(desk: Desk) -> dict[str, Callable[[], object]]:
    """What only an organizer or a desk does."""
    programme = Programme(desk.store, desk.station)
    rosters = ImportRoster(desk.store, desk.station)
    return {
        "the conference": lambda: conference.change(desk.station, {"title": "Mine"}),
        "a session": lambda: programme.change("C1", {"door": DoorPolicy.ANYONE}),
        "a new session": lambda: programme.add({"code": "C2", "title": "Two", "start": NOON, "end": NOON}),
        "a room": lambda: programme.change_room(Room("Salon A", 3)),
        "the desk": lambda: programme.change_desk(ClaimPolicy.STRICT),
        "a roster": lambda: rosters.write(rosters.plan(ROSTER)),
        "a roster taken back": lambda: rosters.undo("x"),
    }


@pytest.mark.parametrize("role", [DeviceRole.DOOR, DeviceRole.KIOSK])
def test_what_the_hub_would_not_take_from_a_door_is_refused_there_in_words(tmp_path: Path, role: DeviceRole) -> None:
    with a_station(tmp_path) as desk:
        hold(desk.store, a_session("C1"))
        belongs(desk, role)
        before = desk.store.connection.execute("select count(*) from record").fetchone()
        for does in organizes(desk).values():
            with pytest.raises(BadInput, match="door or a kiosk"):
                does()
        assert desk.store.connection.execute("select count(*) from record").fetchone() == before
        belongs(desk, DeviceRole.DESK)
        conference.change(desk.station, {"title": "Ours"})


def test_a_change_is_known_at_the_other_station(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        belongs(one, DeviceRole.ORGANIZER)
        one.station.set_conference(PLECET)
        conference.change(one.station, {"zone": "America/Denver", "year": ""})
        meet(one, two)
        assert two.station.conference == replace(PLECET, zone="America/Denver", year=None)
