"""Records from other stations: taken in whole and proved, in any order, and a bad one stops its own log only."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.config import asset
from kiosk.domain import journal as records
from kiosk.domain.exchange import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, Fate, SideValue, Signed, read_arrived
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.journal import Kind, canonical, content_of
from kiosk.domain.programme import Room
from kiosk.domain.verdicts import Outcome
from kiosk.errors import NotSaved
from kiosk.services.edit import Edit
from kiosk.services.history import History
from kiosk.services.import_programme import ImportProgramme
from kiosk.services.incidents import Incidents
from kiosk.services.programme import Programme
from kiosk.services.reports import REPORTS, make_report
from kiosk.services.stations import comparison_code
from kiosk.services.verify import verify
from kiosk.storage import exchange, roster
from kiosk.storage.proof import fingerprints
from tests.builders import NOON, Desk, a_session, a_station, an_attendee, enrol, hold, some_attendees
from tests.meeting import after, agree, everything, hand, introduce, meet, some_desks, stations_of

pytestmark = pytest.mark.timeout(120)


def resigned(signed: Signed, desk: Desk, **parts: object) -> Signed:
    """The record with other parts, signed by this desk as if it had written it so."""
    data = canonical({**content_of(signed.data), **parts})
    return replace(signed, data=data, signature=desk.store.journal.device.key.sign(data))


def log_of(signed: Signed) -> str:
    return read_arrived(signed).log


def incident_kinds(desk: Desk) -> list[IncidentKind]:
    return [incident.kind for incident in Incidents(desk.store, desk.station).open()]


def a_day(desk: Desk, people: int = 12) -> None:
    enrol(desk.store, some_attendees(people))
    for n in range(1, people // 2):
        desk.scan(f"{n:06}")
    person = roster.by_code(desk.store.view.connection, "000001")
    assert person is not None
    Edit(desk.store, desk.station).set(person[0].id, {"note": "Speaks at noon."})


def test_what_one_desk_knows_another_knows_after_they_met(tmp_path: Path) -> None:
    with some_desks(tmp_path, 3) as (one, two, three):
        a_day(one)
        meet(one, two)
        assert two.scan("000001").outcome is Outcome.ALREADY
        assert two.scan("000001").first.station == "Desk 1"  # type: ignore[union-attr]
        assert two.scan("000012").outcome is Outcome.ADMITTED
        meet(two, three)  # who never met the first
        assert three.scan("000012").outcome is Outcome.ALREADY
        found = roster.by_code(three.store.view.connection, "000001")
        assert found is not None
        assert found[0].note == "Speaks at noon."
        meet(one, two, three)
        assert agree(one, two, three)


def test_a_person_let_in_at_two_desks_is_in_once_and_somebody_looks_into_it(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(3))
        meet(one, two)
        first, second = one.scan("000002"), two.scan("000002")
        assert first.admitted
        assert second.admitted
        meet(one, two)
        for desk in (one, two):
            (incident,) = Incidents(desk.store, desk.station).open()
            assert incident.kind is IncidentKind.TWICE
            assert incident.who == "First2 Last2"
            assert incident.place == "desk"
            assert {incident.one.record, incident.other.record} == {str(first.record), str(second.record)}
            assert {incident.one.station, incident.other.station} == {"Desk 1", "Desk 2"}
            assert roster.counts(desk.store.view.connection, "desk").checked_in == 1
        Incidents(two.store, two.station).settle(incident.id, "Twins, one badge", "Marta")
        meet(one, two)
        for desk in (one, two):
            assert Incidents(desk.store, desk.station).open() == []
            table = make_report(desk.station, "conflicts")
            assert [row[0] for row in table.rows] == ["Marta"]
        assert agree(one, two)


def test_taking_one_of_two_admissions_back_ends_the_incident(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(1))
        meet(one, two)
        one.scan("000001")
        second = two.scan("000001")
        meet(one, two)
        two.check_in.undo(second.record)  # type: ignore[arg-type]
        meet(one, two)
        assert incident_kinds(one) == incident_kinds(two) == []
        assert roster.counts(one.store.view.connection, "desk").checked_in == 1


def test_an_override_in_full_knowledge_is_no_incident(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(1))
        first = one.scan("000001")
        meet(one, two)
        two.check_in.override(first.attendee.id, "Lost the badge", "Marta")  # type: ignore[union-attr]
        meet(one, two)
        assert incident_kinds(one) == []


def test_two_edits_that_did_not_know_of_each_other_are_both_shown_until_one_is_chosen(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, an_attendee(code="1"))
        meet(one, two)
        person = roster.by_code(one.store.view.connection, "1")[0].id  # type: ignore[index]
        Edit(one.store, one.station).set(person, {"note": "Vegan"})
        Edit(two.store, two.station).set(person, {"note": "Vegetarian"})
        meet(one, two)
        (incident,) = Incidents(one.store, one.station).open()
        assert incident.kind is IncidentKind.DISPUTE
        assert {incident.one.says, incident.other.says} == {"note: Vegan", "note: Vegetarian"}
        Edit(one.store, one.station).set(person, {"note": "Vegan, says she"})
        meet(one, two)
        assert incident_kinds(one) == incident_kinds(two) == []
        assert agree(one, two)


def test_a_session_moved_to_two_rooms_at_once_is_shown_until_one_is_chosen(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        hold(one.store, a_session("A1"), rooms=[Room("Salon B"), Room("Salon C")])
        meet(one, two)
        here, there = (Programme(desk.store, desk.station) for desk in (one, two))
        here.change("id-A1", {"room": "Salon B"})
        there.change("id-A1", {"room": "Salon C"})
        meet(one, two)
        (incident,) = Incidents(one.store, one.station).open()
        assert incident.who == "A1 · About A1"
        assert {incident.one.says, incident.other.says} == {"room: Salon B", "room: Salon C"}
        (room,) = {session.room for each in (here, there) for session in each.sessions()}
        here.change("id-A1", {"room": room})
        meet(one, two)
        assert incident_kinds(one) == incident_kinds(two) == []
        assert {session.room for each in (here, there) for session in each.sessions()} == {room}
        assert agree(one, two)


def test_the_same_programme_read_at_two_stations_is_one_and_no_dispute(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        for desk in (one, two):
            imports = ImportProgramme(desk.store, desk.station)
            imports.write(imports.plan(asset("sample/program/plecet-2023.program.json")))
        meet(one, two)
        assert incident_kinds(one) == incident_kinds(two) == []
        assert len(Programme(one.store, one.station).sessions()) == 87
        assert agree(one, two)


def test_an_edit_made_in_knowledge_of_another_wins_whatever_the_clocks_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, an_attendee(code="1"))
        person = roster.by_code(one.store.view.connection, "1")[0].id  # type: ignore[index]
        monkeypatch.setattr("kiosk.storage.journal.time.time_ns", lambda: 4_000_000_000 * 10**9)
        Edit(one.store, one.station).set(person, {"note": "first"})
        monkeypatch.setattr("kiosk.storage.journal.time.time_ns", lambda: 1_000_000_000 * 10**9)
        meet(one, two)
        Edit(two.store, two.station).set(person, {"note": "second"})
        meet(one, two)
        notes = [roster.by_id(desk.store.view.connection, person).note for desk in (one, two)]  # type: ignore[union-attr]
        assert notes == ["second", "second"]


def test_a_clock_years_ahead_is_kept_and_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with some_desks(tmp_path) as (one, two):
        now = 2_000_000_000
        monkeypatch.setattr("kiosk.storage.journal.time.time_ns", lambda: (now + 10**9) * 10**9)
        enrol(one.store, some_attendees(2))
        one.scan("000001")
        monkeypatch.setattr("kiosk.storage.journal.time.time_ns", lambda: now * 10**9)
        meet(one, two)
        two.scan("000002")
        last = two.store.journal._saved.hlc
        assert last.wall_ms == now * 1000


def test_a_clock_a_little_ahead_is_followed_and_stays_so_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 2_000_000_000
    with some_desks(tmp_path) as (one, two):
        monkeypatch.setattr("kiosk.storage.journal.time.time_ns", lambda: (now + 60) * 10**9)
        enrol(one.store, some_attendees(2))
        seen = one.scan("000001")
        monkeypatch.setattr("kiosk.storage.journal.time.time_ns", lambda: now * 10**9)
        meet(one, two)
    with a_station(tmp_path / "desk2") as two:
        next_one = two.scan("000002")
        orders = [two.store.record_of(verdict.record).order for verdict in (seen, next_one)]  # type: ignore[arg-type]
        assert orders == sorted(orders)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_is_held_and_said_whatever_the_order_and_however_often(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with some_desks(tmp_path / "sources") as sources:
        a_day(sources[0])
        meet(*sources)
        for desk in sources:
            for n in chance.sample(range(1, 13), 5):
                desk.scan(f"{n:06}")
        meet(*sources)
        sent = everything(sources[0].store)
        seen = []
        for attempt in range(3):
            with a_station(tmp_path / f"{attempt}") as fresh:
                for source in sources:
                    stations_of(fresh).accept(stations_of(source).own)
                own = set(after(fresh.store, {}))
                rest = [sent, sent[::-1], chance.sample(sent, len(sent))][attempt]
                rest = rest + chance.sample(rest, len(rest) // 3)
                while rest:
                    size = chance.randrange(1, 9)
                    hand(fresh, rest[:size])
                    rest = rest[size:]
                assert set(everything(fresh.store)) - own == set(sent)
                assert exchange.waiting(fresh.store.connection) == {}
                assert verify(fresh.store).problems == ()
                tables = fingerprints(fresh.store.view.connection)
                seen.append({name: tables[name] for name in ("attendee", "ticket", "admission", "passage", "incident")})
        assert seen[0] == seen[1] == seen[2]


def test_a_gap_holds_up_its_own_log_only_and_is_filled(tmp_path: Path) -> None:
    with some_desks(tmp_path, 3) as (one, two, three):
        a_day(one)
        enrol(two.store, an_attendee(code="777777"))
        two.scan("777777")
        ones, twos = everything(one.store), everything(two.store)
        missing = ones[3]
        received = hand(three, [signed for signed in (*ones, *twos) if signed is not missing])
        assert received.fates[Fate.TAKEN] == 3 + len(twos)
        assert received.fates[Fate.GAP] == len(ones) - 4
        assert three.scan("777777").outcome is Outcome.ALREADY
        assert three.scan("000001").outcome is Outcome.UNKNOWN
        assert stations_of(three).vector()[log_of(missing)].parked == len(ones)
        again = after(one.store, dict(stations_of(three).vector()))
        received = hand(three, again)
        assert received.fates[Fate.TAKEN] == len(ones) - 3
        assert exchange.waiting(three.store.connection) == {}
        assert three.scan("000001").outcome is Outcome.ALREADY


def test_a_stranger_counts_only_from_when_it_was_accepted(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two), a_station(tmp_path / "stranger") as stranger:
        stranger.station.set_name("Door 9")
        a_day(stranger)
        a_day(two)
        received = hand(one, everything(stranger.store) + everything(two.store))
        assert received.fates[Fate.STRANGER] == len(everything(stranger.store))
        assert received.fates[Fate.TAKEN] == len(everything(two.store))
        assert one.scan("000001").first.station == "Desk 2"  # type: ignore[union-attr]
        (waiting,) = stations_of(one).strangers()
        assert (waiting.name, waiting.code) == ("Door 9", stations_of(stranger).own.code)
        # What waits is held: nobody has to send it again. And nobody gets it from here.
        assert after(stranger.store, dict(stations_of(one).vector())) == []
        assert {log_of(signed) for signed in everything(one.store)}.isdisjoint(map(log_of, everything(stranger.store)))
        news = stations_of(one).accept(waiting)
        assert news.received.fates[Fate.TAKEN] == len(everything(stranger.store))
        assert stations_of(one).strangers() == []
        assert verify(one.store).problems == ()


def test_a_revoked_station_counts_no_more_and_what_came_before_stands(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(two.store, some_attendees(3))
        two.scan("000001")
        meet(one, two)
        stations_of(one).revoke(stations_of(two).own.id)
        two.scan("000002")
        received = hand(one, after(two.store, dict(stations_of(one).vector())))
        assert received.fates[Fate.STRANGER] == 1
        assert one.scan("000001").outcome is Outcome.ALREADY
        assert one.scan("000002").outcome is Outcome.ADMITTED


def test_a_device_that_comes_back_with_another_key_is_refused(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        fake = replace(stations_of(two).own, key="ab" * 32)
        with pytest.raises(Exception, match="another key"):
            stations_of(one).accept(fake)


FORGED: dict[str, Callable[[Signed, Desk], Signed]] = {
    "no JSON": lambda signed, desk: replace(signed, data=b"\xff{"),
    "cut short": lambda signed, desk: replace(signed, data=signed.data[:-9]),
    "altered": lambda signed, desk: replace(signed, data=signed.data.replace(b'"desk"', b'"door"')),
    "with spaces": lambda signed, desk: replace(signed, data=signed.data.replace(b",", b", ")),
    "signed by another": lambda signed, desk: replace(
        signed, signature=desk.store.journal.device.key.sign(signed.data)
    ),
    "without signature": lambda signed, desk: replace(signed, signature=b""),
    "said by another": lambda signed, desk: resigned(signed, desk, dev=desk.store.journal.device.id),
    "a place of another kind": lambda signed, desk: resigned(signed, desk, gate={"x": 1}),
    "a time of another kind": lambda signed, desk: resigned(signed, desk, wall="noon"),
    "far beyond time": lambda signed, desk: resigned(signed, desk, wall=10**18),
    "a clock of three": lambda signed, desk: resigned(signed, desk, hlc=[1, 2, 3]),
    "too deep": lambda signed, desk: replace(
        signed, data=b'{"body":' + b"[" * 1900 + b"]" * 1900 + b"}"
    ),
    "values of nobody": lambda signed, desk: replace(signed, values=(SideValue(b"m" * 32),)),
    "too long": lambda signed, desk: replace(signed, data=signed.data + b" " * 5000),
}  # fmt: skip


@pytest.mark.expect_log
@pytest.mark.parametrize("how", FORGED)
def test_a_record_that_is_not_what_it_says_is_refused_and_holds_up_nobody_else(tmp_path: Path, how: str) -> None:
    with some_desks(tmp_path, 3) as (one, two, three):
        a_day(one)
        enrol(two.store, an_attendee(code="777777"))
        sent = everything(one.store)
        forged = FORGED[how](sent[-1], two)
        received = hand(three, [*sent[:-1], forged, *everything(two.store)])
        assert received.fates[Fate.REFUSED] == 1
        assert received.fates[Fate.TAKEN] == len(sent) - 1 + len(everything(two.store))
        assert three.scan("777777").outcome is Outcome.ADMITTED
        assert hand(three, sent).fates[Fate.TAKEN] == 1  # the true one still comes through
        assert verify(three.store).problems == ()


@pytest.mark.expect_log
@pytest.mark.parametrize("how", ["value", "salt", "missing", "one more", "salt alone"])
def test_side_values_that_are_not_the_records_own_are_refused(tmp_path: Path, how: str) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(3))
        sent = everything(one.store)
        (first, *rest) = sent[-1].values
        values = {
            "value": (replace(first, value=b"{}"), *rest),
            "salt": (replace(first, salt=b"s" * 32), *rest),
            "missing": tuple(rest),
            "one more": (first, *rest, first),
            "salt alone": (replace(first, value=None), *rest),
        }[how]
        received = hand(two, [*sent[:-1], replace(sent[-1], values=values)])
        assert received.fates[Fate.REFUSED] == 1
        assert hand(two, sent).fates[Fate.TAKEN] == 1


def test_values_that_were_purged_travel_as_such(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(3))
        one.store.connection.execute("update value set value = null, salt = null where n = 1")
        meet(one, two)
        view = two.store.view.connection
        found = [roster.by_code(view, f"{n:06}") is not None for n in (1, 2, 3)]
        assert found == [True, False, True]
        assert verify(two.store).problems == ()


SENSELESS_BODIES: list[dict[str, object]] = [
    {},
    {"subject": ["a", {}], "outcome": 7, "target": None},
    {"batch": ["x"], "attendee": {}},
    {"parent": 7, "key": "x"},
    {"incident": {}, "device": [], "hashes": "abc", "log": 1, "seq": "x"},
    {"subject": 2**63, "batch": 2**70, "parent": ["a", "b"]},
]
SENSELESS_VALUES = [
    b"{}", b"[1]", b"\xff", b'{"new": 5}', b'{"new": "A", "fields": {"first": ["x"]}}',
    b'{"new": "A", "fields": {"extras": {"a": 1}}}', b'{"new": "A", "tickets": [{"code": {}, "kind": "own"}]}',
    b'{"new": "A", "fields": {"status": "king"}}', b'{"id": "A", "bases": {"note": 7}}',
    b'{"new": "A", "fields": {"first": "\\ud800"}}', b'{"staff": 1}', b'{"new": "A", "source_ids": [1]}',
]  # fmt: skip


def wrote(desk: Desk, said: list[tuple[str, dict[str, object], bytes | None]]) -> list[Signed]:
    """Records of a desk whose program writes whatever it likes: (kind, body, side value), properly chained."""
    with desk.store.write() as journal:
        journal.append(Kind.REVEAL, {"subject": "x"}, at=NOON, actor="station")
    *before, last = everything(desk.store)
    written = before
    for n, (kind, body, value) in enumerate(said):
        side = SideValue(records.value_mac(b"s" * 32, value), b"s" * 32, value) if value is not None else None
        prev = records.record_hash(written[-1].data).hex()
        said_body = {**body, "side": records.values_digest([side.mac])} if side else body
        place = {"kind": kind, "body": said_body, "seq": len(before) + 1 + n, "prev": prev}
        written = [*written, replace(resigned(last, desk, **place), values=(side,) if side else ())]
    return written


@pytest.mark.expect_log
@pytest.mark.parametrize("body", SENSELESS_BODIES)
def test_signed_records_without_sense_stop_nobody(tmp_path: Path, body: dict[str, object]) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(2))
        sent = wrote(two, [(kind, body, None) for kind in (*Kind, "lease.grant")])
        assert hand(one, sent).fates[Fate.TAKEN] == len(sent)
        assert one.scan("000001").outcome is Outcome.ADMITTED
        one.store.rebuild_view()
        assert one.scan("000001").outcome is Outcome.ALREADY
        assert verify(one.store).problems == ()
        Incidents(one.store, one.station).all()
        for name in REPORTS:
            make_report(one.station, name)


@pytest.mark.expect_log
def test_signed_values_without_sense_stop_nobody(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(1))
        kinds = [Kind.IMPORT, Kind.WALKIN, Kind.STAFF, Kind.PROGRAMME, Kind.ENROL, Kind.IMPORT_NAME]
        sent = wrote(two, [(kind, {}, value) for kind in kinds for value in SENSELESS_VALUES])
        assert hand(one, sent).fates[Fate.TAKEN] == len(sent)
        assert one.scan("000001").outcome is Outcome.ADMITTED
        one.store.rebuild_view()
        assert verify(one.store).problems == ()
        assert [known.attendee.last for known in roster.everyone(one.store.view.connection)] == ["Last1"]


def test_a_log_that_goes_two_ways_is_kept_both_ways_and_said(tmp_path: Path) -> None:
    with some_desks(tmp_path, 3) as (one, two, three):
        enrol(one.store, some_attendees(4))
        one.scan("000001")
        sent = everything(one.store)
        hand(two, sent)
        other_way = resigned(sent[-1], one, gate="door")
        received = hand(two, [other_way])
        assert received.fates[Fate.FORK] == 1
        assert hand(two, [other_way]).fates[Fate.KNOWN] == 1
        assert incident_kinds(two) == [IncidentKind.FORK]
        assert exchange.waiting(two.store.connection)[Fate.FORK] == 1
        meet(two, three)
        assert incident_kinds(three) == [IncidentKind.FORK]
        assert verify(two.store).problems == ()


def test_a_station_whose_running_disk_was_copied_is_found_out(tmp_path: Path) -> None:
    """Two machines go on with one log, as when a snapshot of a virtual machine is started twice."""
    with some_desks(tmp_path, 2) as (one, two):
        enrol(one.store, some_attendees(6))
        one.scan("000001")
        sent = everything(one.store)
        one.scan("000002")
        one.scan("000003")
        mine = everything(one.store)[len(sent) :]
        theirs = [resigned(mine[0], one, gate="door")]
        theirs.append(resigned(mine[1], one, prev=records.record_hash(theirs[0].data).hex(), gate="door"))
        hand(two, [*sent, *theirs])
        own_log = one.store.journal.log
        meet(one, two)  # the copy's records come home
        assert incident_kinds(one) == incident_kinds(two) == [IncidentKind.FORK]
        assert one.store.journal.log != own_log, "it goes on in a log of its own"
        assert one.scan("000004").admitted
        assert exchange.waiting(one.store.connection)[Fate.FORK] >= 1
        assert exchange.waiting(two.store.connection)[Fate.FORK] >= 1
        meet(one, two)
        assert two.scan("000004").outcome is Outcome.ALREADY
        assert verify(one.store).problems == ()
        assert verify(two.store).problems == ()


def test_a_log_opened_by_two_devices_is_a_fork_and_not_theirs_who_came_first(tmp_path: Path) -> None:
    with some_desks(tmp_path, 3) as (one, two, three):
        enrol(one.store, some_attendees(3))
        one.scan("000001")
        sent = everything(one.store)
        opened = content_of(sent[0].data)
        body = {**opened["body"], "key": stations_of(two).own.key}
        usurper = resigned(sent[0], two, dev=stations_of(two).own.id, body=body)
        hand(three, [usurper])
        received = hand(three, sent)
        assert received.fates[Fate.REFUSED] == 0
        assert sum(exchange.waiting(three.store.connection).values()) == len(sent)
        assert IncidentKind.FORK in incident_kinds(three)


def test_a_restored_disk_gets_its_own_records_back_and_is_noticed(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(5))
    shutil.copytree(tmp_path / "desk1", tmp_path / "backup")
    with a_station(tmp_path / "desk1") as one, a_station(tmp_path / "desk2") as two:
        one.scan("000001")
        one.scan("000002")
        meet(one, two)
    shutil.rmtree(tmp_path / "desk1")
    shutil.copytree(tmp_path / "backup", tmp_path / "desk1")
    with a_station(tmp_path / "desk1") as one, a_station(tmp_path / "desk2") as two:
        one.scan("000003")
        meet(one, two)
        assert one.scan("000002").outcome is Outcome.ALREADY
        assert two.scan("000003").outcome is Outcome.ALREADY
        assert incident_kinds(one) == incident_kinds(two) == [IncidentKind.CLONE]
        assert verify(one.store).problems == ()


@pytest.mark.expect_log
def test_what_was_lost_and_said_anew_counts_once_when_it_comes_back(tmp_path: Path) -> None:
    """The journal is lost, the view knows; later another station brings the lost records home."""
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(6))
        one.scan("000001")
        undone = one.scan("000002")
        one.check_in.undo(undone.record)  # type: ignore[arg-type]
        meet(one, two)
        two.scan("000003")
        meet(one, two)
    (tmp_path / "desk1" / "journal.db").unlink()
    with a_station(tmp_path / "desk1") as one, a_station(tmp_path / "desk2") as two:
        assert one.store.notices
        assert one.scan("000001", later_s=600).outcome is Outcome.ALREADY
        assert one.scan("000003").outcome is Outcome.ALREADY
        meet(one, two)
        assert incident_kinds(one) == []
        for desk in (one, two):
            counts = roster.counts(desk.store.view.connection, "desk")
            assert (counts.people, counts.checked_in) == (6, 2)
            arrivals = make_report(desk.station, "arrivals")
            assert sum(int(row[1]) for row in arrivals.rows) == 2
        assert agree(one, two)


@pytest.mark.expect_log
def test_the_view_of_a_station_one_has_met_is_not_taken_for_ones_own(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(3))
        meet(one, two)
        two.scan("000002")
    shutil.copy(tmp_path / "desk2" / "view.db", tmp_path / "desk1" / "view.db")
    with a_station(tmp_path / "desk1") as one:
        assert one.store.notices == []
        assert one.scan("000002").outcome is Outcome.ADMITTED


def test_a_scan_elsewhere_a_moment_ago_is_no_stutter_of_our_scanner(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(1))
        one.scan("000001")
        meet(one, two)
        verdict = two.scan("000001", later_s=0)
        assert (verdict.outcome, verdict.repeat) == (Outcome.ALREADY, False)


def test_the_history_of_a_desk_is_what_it_answered_itself(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, some_attendees(9))
        two.store.reading()
        meet(one, two)
        two.scan("000009")
        for n in range(1, 9):
            one.scan(f"{n:06}")
        meet(one, two)
        assert [line.name for line in History(two.store).recent()] == ["First9 Last9"]


def test_a_batch_is_bounded_and_the_next_goes_on_from_there(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        enrol(one.store, [an_attendee("F" * 300, "L" * 300, code=f"{n}") for n in range(2000)])
        with one.store.write() as journal:
            for n in range(700):
                journal.append(Kind.REVEAL, {"subject": str(n)}, at=NOON, actor="station")
        batches = 0
        while batch := stations_of(one).batch_after(stations_of(two).vector()):
            assert len(batch) <= MAX_BATCH_RECORDS
            assert len(batch) == 1 or sum(signed.size for signed in batch) <= MAX_BATCH_BYTES
            hand(two, batch)
            batches += 1
        assert batches > 3
        assert agree(one, two) or stations_of(two).batch_after(stations_of(one).vector())


@pytest.mark.expect_log
def test_what_the_disk_refuses_was_not_received(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        a_day(one)
        before = dict(stations_of(two).vector())
        original = two.store._files
        two.store._files = {str(tmp_path / "gone"): (0, 0)}
        with pytest.raises(NotSaved):
            stations_of(two).receive(everything(one.store))
        two.store._files = original
        assert stations_of(two).vector() == before
        meet(one, two)
        assert agree(one, two)


def test_receipts_say_what_is_nowhere_else(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        a_day(one)
        assert stations_of(one).only_here() == len(everything(one.store))
        meet(one, two)
        stations_of(one).note_receipts("two", dict(stations_of(two).vector()))
        assert stations_of(one).only_here() == 0
        one.scan("000009")
        assert stations_of(one).only_here() == 1
        lie = {log: replace(head, hash="00" * 32, seq=99) for log, head in stations_of(one).vector().items()}
        stations_of(one).note_receipts("liar", lie)
        assert stations_of(one).only_here() == 1


@pytest.mark.expect_log
def test_strangers_cannot_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MOST_ASIDE", 5)
    with some_desks(tmp_path) as (one, two), a_station(tmp_path / "stranger") as stranger:
        a_day(stranger)
        a_day(two)
        received = hand(one, everything(stranger.store) + everything(two.store))
        assert received.fates[Fate.STRANGER] == 5
        assert received.fates[Fate.TAKEN] == len(everything(two.store))
        monkeypatch.setattr(exchange, "MOST_ASIDE", 500)
        stations_of(one).accept(stations_of(stranger).own)
        meet(one, stranger)
        assert one.scan("000002").outcome is Outcome.ALREADY


def test_the_code_two_people_compare_tells_keys_apart() -> None:
    assert comparison_code("A" * 26, "ab" * 32) == comparison_code("A" * 26, "ab" * 32)
    assert comparison_code("A" * 26, "ab" * 32) != comparison_code("A" * 26, "ac" * 32)
    assert len(comparison_code("A" * 26, "ab" * 32)) == 7


def test_a_station_that_was_mended_takes_back_what_its_pages_lost(tmp_path: Path) -> None:
    with some_desks(tmp_path) as (one, two):
        a_day(one)
        meet(one, two)
        one.store.connection.execute("delete from record where seq in (3, 4) and log = ?", (one.store.journal.log,))
        one.store.connection.execute("delete from value where seq in (3, 4) and log = ?", (one.store.journal.log,))
        one.store.rebuild_view()
        assert len(verify(one.store).problems) == 1
        meet(one, two)
        assert verify(one.store).problems == ()
        introduce(one, two)
        assert one.store.journal._saved.hlc.wall_ms > 0
        one.clock.now += timedelta(days=1)
        assert one.scan("000012").admitted
