"""The short way reads what the general one reads, or leaves it alone: no record may be taken that stations refuse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.domain.exchange import Signed, opening, read_arrived
from kiosk.domain.journal import NO_PREDECESSOR, canonical
from kiosk.domain.roles import may_write
from kiosk.domain.trust import DeviceRole
from kiosk.hub.reading import runs_of
from tests.hub.logs import a_writer

DESK = a_writer("desk")
LOG = "0" * 26
FOLLOWS = DESK.content(LOG, 7, "ab" * 32)
OPENS = DESK.content(LOG, 1, NO_PREDECESSOR)
HOSTILE = (
    *(b"1.0", b"-0", b"1e5", b"1E5", b"NaN", b"-Infinity", b"01", b"9" * 400, b"-9223372036854775809"),
    *(b"18446744073709551616", b"253402300800000", b"281474976710657", b"1099511627777", b"0", b"-1"),
    *(b'"\\u0041"', b'"\\n"', b'"\xc3\xa9"', b'"\xed\xa0\x80"', b'"\xff"', b'"\x7f"', b'"\x1f"', b'"/"', b'"\\/"'),
    *(b'"\\ud800"', b'""', b'" "', b'"x"', b'"' + b"x" * 81 + b'"'),
    *(b"[" * 90 + b"]" * 90, b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a":[{"b":[1.5]}]}', b'{"":null}'),
    *(b"true", b"null", b"[]", b"{}", b"[ ]", b'["x",0.5]', b"[1,2,3]", b"[1,true]"),
    *(b'{"side":{"n":0,"sha256":"x"}}', b'{"side":null}'),
)


def agree(data: bytes, role: DeviceRole = DeviceRole.DESK) -> bool:
    """Whether the short way takes these bytes; then the general one must as well."""
    device = replace(DESK, role=role)
    signed = Signed(data, DESK.key.sign(data))
    runs = runs_of(device.known, [signed])
    if runs is None:
        return False
    (run,) = runs
    arrived = read_arrived(signed)
    assert run.rows == [(arrived.log, arrived.seq, arrived.hash, data, signed.signature)]
    assert (run.end.seq, run.end.hash) == (arrived.seq, arrived.hash.hex())
    assert (run.before.seq, run.before.hash) == (arrived.seq - 1, arrived.record.prev)
    assert (run.log, run.device) == (arrived.log, arrived.record.device)
    assert run.kinds == {arrived.record.kind: 1}
    assert may_write(role, arrived.record)
    assert run.opened == (opening(arrived.record) if arrived.seq == 1 else None)
    return True


@pytest.mark.parametrize("content", [FOLLOWS, OPENS])
def test_what_a_station_writes_goes_the_short_way(content: Mapping[str, Any]) -> None:
    assert agree(canonical(content))


def test_every_character_is_escaped_the_same_way() -> None:
    for n in range(128):
        assert agree(canonical({**FOLLOWS, "body": {chr(n): chr(n)}}))


BODIES: list[dict[str, Any]] = [
    {},
    {"attendee": "A", "how": "qr", "n": -5, "list": [1, None, "x"], "deep": {"a": [True, "b"]}},
]


@pytest.mark.parametrize("body", BODIES)
def test_bodies_of_any_plain_kind_go_the_short_way(body: dict[str, Any]) -> None:
    assert agree(canonical({**FOLLOWS, "body": body}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from([FOLLOWS, OPENS]), st.sampled_from(sorted(FOLLOWS)), json_values, st.booleans())
def test_any_value_anywhere(content: Mapping[str, Any], part: str, value: Any, within: bool) -> None:
    changed = {**content, part: {**content["body"], "x": value} if within and part == "body" else value}
    agree(json.dumps(changed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(errors="surrogatepass"))


@pytest.mark.parametrize("part", sorted(FOLLOWS))
@pytest.mark.parametrize("content", [FOLLOWS, OPENS])
def test_any_hostile_bytes_anywhere(content: Mapping[str, Any], part: str) -> None:
    whole = canonical({**content, part: "HERE"})
    for hostile in HOSTILE:
        agree(whole.replace(b'"HERE"', hostile))
        inside = canonical({**content, "body": {**content["body"], "x": "HERE"}})
        agree(inside.replace(b'"HERE"', hostile))


@given(st.sampled_from([FOLLOWS, OPENS]), st.data())
@example(FOLLOWS, None)
def test_any_bytes_changed_put_in_or_left_out(content: Mapping[str, Any], data: Any) -> None:
    whole = canonical(content)
    if data is None:
        assert not agree(whole + b" ")
        assert not agree(b"\xef\xbb\xbf" + whole)
        assert not agree(whole.decode().encode("utf-16"))
        return
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(start + 4, len(whole))))
    agree(whole[:start] + data.draw(st.binary(max_size=4)) + whole[end:])
    agree(whole[:start] + data.draw(st.text('{}[]",:0123456789.-eE\\u truefalsn', max_size=6)).encode() + whole[end:])


@pytest.mark.parametrize("role", DeviceRole)
def test_what_a_device_may_not_write_is_left_to_the_general_way(role: DeviceRole) -> None:
    taken = {
        (kind, capacity)
        for kind in ("admit", "edit", "of tomorrow")
        for capacity in ("desk", "kiosk", "organizer", "hub")
        if agree(canonical({**FOLLOWS, "kind": kind, "role": capacity}), role)
    }
    assert bool(taken) is (role is not DeviceRole.DASHBOARD)
    assert ("admit", "hub") not in taken


def test_a_run_is_broken_by_a_gap_another_predecessor_another_device_and_a_bad_signature() -> None:
    chance = Random(1)
    log = DESK.log("1" * 26, [{}, {}, {}])
    other = a_writer("other").log("2" * 26, [{}])
    assert runs_of(DESK.known, log) is not None
    assert runs_of(DESK.known, []) is None
    assert runs_of(DESK.known, [*log[:1], *log[2:]]) is None
    assert runs_of(DESK.known, [*log, *other]) is None
    assert runs_of(DESK.known, [*log[:-1], replace(log[-1], signature=chance.randbytes(64))]) is None
    forked = DESK.sign(DESK.content("1" * 26, 3, "c" * 64))
    assert runs_of(DESK.known, [*log[:2], forked]) is None
    two = runs_of(DESK.known, [*log, *DESK.log("3" * 26, [{}])])
    assert two is not None
    assert [run.log for run in two] == ["1" * 26, "3" * 26]


def test_a_log_that_names_another_key_is_left_to_the_general_way() -> None:
    strange = DESK.content(LOG, 1, NO_PREDECESSOR)
    strange["body"] = {**strange["body"], "key": a_writer("other").public}
    assert not agree(canonical(strange))
