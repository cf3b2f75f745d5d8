"""Records: chained, signed, verbatim; nothing personal in them; every way to tamper with them shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.domain.journal import MAX_RECORD_BYTES, NO_PREDECESSOR, Kind, canonical, read_record, record_hash
from kiosk.storage.database import Connection
from kiosk.storage.journal import check_chains, read_after, values_of
from kiosk.storage.store import Store
from tests.builders import NOON, a_station, a_store, an_attendee, enrol, some_attendees


def contents(store: Store) -> list[dict[str, object]]:
    rows = store.connection.execute("select bytes from record order by arrival")
    return [json.loads(row[0]) for row in rows]


def test_each_start_begins_a_log_that_names_the_end_of_the_one_before(tmp_path: Path) -> None:
    for n in range(3):
        with a_station(tmp_path) as desk:
            enrol(desk.store, an_attendee(code=f"{n}"))
            desk.scan(f"{n}")
    with a_store(tmp_path) as store:
        rows = [(item.record.id.log, item.record.id.seq, item.hash.hex()) for item in read_after(store.connection, 0)]
        opened = [item for item in contents(store) if item["kind"] == "open"]
    logs = list(dict.fromkeys(log for log, _seq, _hash in rows))
    assert len(logs) == 3
    for log in logs:
        assert [seq for name, seq, _hash in rows if name == log] == [1, 2, 3]
    ends = [[row for row in rows if row[0] == log][-1] for log in logs]
    parents = [item["body"]["parent"] for item in opened]  # type: ignore[index]
    assert parents == [None, list(ends[0]), list(ends[1])]
    assert [item["prev"] for item in opened] == [NO_PREDECESSOR] * 3


def test_a_start_at_which_nothing_happens_leaves_no_record(tmp_path: Path) -> None:
    for _ in range(3):
        with a_store(tmp_path) as store:
            assert contents(store) == []


def test_bytes_are_canonical_and_kept_verbatim(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(3))
        desk.scan("000001")
        for item in read_after(desk.store.connection, 0):
            assert canonical(json.loads(item.data)) == item.data
            assert len(item.data) <= MAX_RECORD_BYTES
            assert record_hash(item.data) == item.hash


def test_a_large_import_stays_within_the_size_of_a_record(tmp_path: Path) -> None:
    people = [an_attendee("F" * 400, "L" * 400, code=f"C{n}", note="n" * 500) for n in range(600)]
    with a_store(tmp_path) as store:
        enrol(store, people)
        sizes = [len(item.data) for item in read_after(store.connection, 0)]
        values = [len(values_of(store.connection, item.record.id)) for item in read_after(store.connection, 0)]
    assert max(sizes) < 1000
    assert values == [0, 250, 250, 100]


def test_every_record_says_who_where_and_on_what_knowledge(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        desk.station.set_operator("Marta Vieira")
        enrol(desk.store, an_attendee(code="1"))
        desk.scan("1")
        admit = contents(desk.store)[-1]
    assert admit["kind"] == "admit"
    assert admit["gate"] == "desk"
    assert admit["role"] == "desk"
    assert admit["actor"] not in ("", "station", "Marta Vieira")
    assert len(admit["basis"]["vvd"]) == 16  # type: ignore[index]
    assert admit["tz"] == "-04:00"
    assert admit["hlc"][0] > 0  # type: ignore[index]


def test_the_basis_depends_on_what_is_known_and_not_on_who_adds_it_up(tmp_path: Path) -> None:
    """The digest a process keeps as it goes is the one the next process computes from the file."""
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(3))
        desk.scan("000001")
        running = desk.store.journal._saved.vector
    with a_store(tmp_path) as store:
        assert store.journal._saved.vector == running


def test_a_refused_transaction_leaves_no_gap(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        for n in range(6):
            try:
                with store.write() as journal:
                    journal.append(Kind.REVEAL, {"subject": "x"}, at=NOON, actor="station", values=[b"v"])
                    if n % 2:
                        raise RuntimeError("no")
            except RuntimeError:
                continue
        assert [item["seq"] for item in contents(store)] == [1, 2, 3, 4]
        assert list(check_chains(store.connection)) == []


TAMPERING: dict[str, tuple[Callable[[Connection], object], str]] = {
    "altered": (
        lambda c: c.execute("update record set bytes = cast(replace(bytes, '\"desk\"', '\"door\"') as blob)"),
        "hash does not fit",
    ),
    "removed": (lambda c: c.execute("delete from record where seq = 2"), "missing its predecessor"),
    "first removed": (lambda c: c.execute("delete from record where seq = 1"), "missing its predecessor"),
    "hash replaced": (lambda c: c.execute("update record set hash = zeroblob(32) where seq = 2"), "hash does not fit"),
    "signature replaced": (
        lambda c: c.execute("update record set signature = (select signature from record where seq = 1) where seq = 2"),
        "not signed",
    ),
    "renamed": (lambda c: c.execute("update record set seq = 99 where seq = 3"), "another record's name"),
    "value altered": (lambda c: c.execute("update value set value = cast('{}' as blob) where n = 0"), "was altered"),
    "value removed": (lambda c: c.execute("delete from value where n = 1"), "not its own"),
    "value of another": (
        lambda c: c.execute(
            "insert into value select log, 1, 0, mac, salt, value from value where n = 0"
        ),
        "not its own",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_shows(tmp_path: Path, how: str) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(3))
        desk.scan("000001")
        assert list(check_chains(desk.store.connection)) == []
        tamper, words = TAMPERING[how]
        tamper(desk.store.connection)
        assert any(words in problem.what for problem in check_chains(desk.store.connection))


def test_a_forged_record_with_a_fitting_hash_shows(tmp_path: Path) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, some_attendees(3))
        desk.scan("000001")
        last = list(read_after(desk.store.connection, 0))[-1]
        forged = last.data.replace(b'"outcome":"admitted"', b'"outcome":"refused"')
        assert forged != last.data
        desk.store.connection.execute(
            "update record set bytes = ?, hash = ? where arrival = ?", (forged, record_hash(forged), last.arrival)
        )
        assert [problem.what for problem in check_chains(desk.store.connection)] == ["is not signed by its station"]


def test_a_purged_value_leaves_every_chain_whole(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        enrol(store, some_attendees(3))
        store.connection.execute("update value set value = null, salt = null where n = 1")
        assert list(check_chains(store.connection)) == []
        record = next(item.record.id for item in read_after(store.connection, 1))
        assert [value is None for value in values_of(store.connection, record)] == [False, True, False]


def test_a_record_of_a_newer_program_is_kept_as_it_is(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        with store.write() as journal:
            record = journal.append("lease.grant", {"seats": [1, {"row": None}]}, at=NOON, actor="station")
        data = store.connection.execute("select bytes from record where seq = 2").fetchone()[0]
        assert read_record(data).kind == "lease.grant"
        store.rebuild_view()
        assert store.record_of(record.id).body == {"seats": [1, {"row": None}]}
