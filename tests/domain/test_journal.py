"""Records: one way to write them, and nothing that is not one is read as one."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.ids import crockford, new_id
from kiosk.domain.journal import Hlc, canonical, from_ms, read_record, to_ms, value_mac, values_digest
from kiosk.domain.people import Attendee, AttendeeId, Status, Ticket, TicketCode, TicketKind, TicketState
from kiosk.domain.roster import ChangedAttendee, NewAttendee
from kiosk.domain.roster_json import read_change, write_change

CONTENT = {
    "v": 1, "log": "L", "seq": 3, "prev": "00", "dev": "D", "hlc": (5, 1), "wall": 1000, "tz": "-04:00", "mono": 1,
    "clk": None, "actor": "a", "role": "desk", "gate": "desk", "basis": {}, "kind": "admit", "crit": False,
    "body": {"subject": "ø"},
}  # fmt: skip


def test_canonical_bytes_do_not_depend_on_how_the_content_was_put_together() -> None:
    assert canonical(CONTENT) == canonical(dict(reversed(CONTENT.items())))
    assert canonical(CONTENT).startswith(b'{"actor":"a","basis":{},"body":{"subject":"\xc3\xb8"}')


@pytest.mark.parametrize("body", [{"x": 1.5}, {"x": [{"y": float("nan")}]}, {"x": "a" * 5000}])
def test_floats_and_giants_are_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        canonical({**CONTENT, "body": body})


def test_a_record_is_read_back() -> None:
    record = read_record(canonical(CONTENT))
    assert (str(record.id), record.kind, record.place, record.hlc) == ("L:3", "admit", "desk", Hlc(5, 1))
    assert record.at == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


@given(st.binary(max_size=200))
def test_other_bytes_are_not_a_record(data: bytes) -> None:
    with pytest.raises(ValueError):
        read_record(data)


@pytest.mark.parametrize("missing", sorted(set(CONTENT) - {"v", "tz", "mono", "clk", "basis"}))
def test_a_record_without_its_parts_is_not_one(missing: str) -> None:
    content = {key: value for key, value in CONTENT.items() if key != missing}
    with pytest.raises(ValueError):
        read_record(json.dumps(content).encode())


def test_the_clock_of_records_never_goes_back() -> None:
    assert Hlc(100, 4).next(101) == Hlc(101, 0)
    assert Hlc(100, 4).next(100) == Hlc(100, 5)
    assert Hlc(100, 4).next(3) == Hlc(100, 5)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_times_keep_their_milliseconds(at: datetime) -> None:
    exact = at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)
    assert from_ms(to_ms(exact)) == exact


def test_what_stands_for_a_value_says_nothing_of_it_and_binds_it() -> None:
    macs = [value_mac(b"s" * 32, b"Ada"), value_mac(b"t" * 32, b"Ada")]
    assert macs[0] != macs[1]
    assert values_digest(macs) != values_digest(macs[::-1])
    assert values_digest(macs)["n"] == 2


def test_ids_are_read_out_without_doubt() -> None:
    assert new_id(bytes(16)) == "0" * 26
    assert new_id(b"\xff" * 16) == "Z" * 25 + "W"
    assert crockford(b"\xff" * 10) == "Z" * 16
    assert set(crockford(bytes(range(80)))) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    with pytest.raises(ValueError):
        new_id(b"short")


ADA = AttendeeId("A" * 26)
TEXT = st.text(max_size=30)


@given(
    TEXT,
    TEXT,
    st.booleans(),
    st.sampled_from([True, False, None]),
    st.dictionaries(TEXT, TEXT, max_size=3),
    st.sampled_from(Status),
)
def test_somebody_new_survives_the_way_to_the_disk(
    first: str, last: str, flag: bool, sworn: bool | None, extras: dict[str, str], status: Status
) -> None:
    attendee = Attendee(ADA, first, last, placeholder=flag, sworn=sworn, extras=extras, status=status)
    ticket = Ticket(TicketCode("0001"), ADA, TicketKind.NUMBER, TicketState.REPLACED, TicketCode("2"))
    change = NewAttendee(attendee, (ticket,), ("pretix:1",))
    assert read_change(write_change(change)) == change


def test_a_change_survives_the_way_to_the_disk() -> None:
    change = ChangedAttendee(
        ADA, {"note": "x", "sworn": None, "extras": {"Shirt": "L"}}, {"note": ""}, (Ticket(TicketCode("7"), ADA),),
        ("a:1",), {"1": "2"}, ("3",), ("L:4",), {"note": ["L:1"]},
    )  # fmt: skip
    assert read_change(write_change(change)) == change


def test_fields_of_a_newer_version_are_left_out_not_refused() -> None:
    assert read_change(b'{"new":"X","fields":{"first":"Ada","shoe_size":"7"}}') == NewAttendee(
        Attendee(AttendeeId("X"), "Ada")
    )


@pytest.mark.parametrize("data", [b"", b"[]", b"1", b'{"fields":{}}', b'{"new":"X","tickets":[{}]}', b"\xff"])
def test_other_bytes_are_not_a_change(data: bytes) -> None:
    with pytest.raises(ValueError):
        read_change(data)
