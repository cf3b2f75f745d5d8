from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.printer_json import checked, id_for, profile_as_json, profile_of_json
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.errors import BadInput

FULL = PrinterProfile(
    "badge-1", "Badge 1", "zpl", "tcp", "10.0.0.9:9100", "hqes", "zebra-zd421", Media(101.6, 76.2, "4 × 3 in"), 203,
    812, 90, 1.5, -2, 15, 4, False, "hall", 3, 500, ask=False, enabled=False,
)  # fmt: skip


def test_a_profile_comes_back_as_it_went() -> None:
    assert profile_of_json(json.loads(json.dumps(profile_as_json(FULL)))) == FULL
    plain = PrinterProfile("x", "X", "dymo", "usb", media=Media(62))
    assert profile_of_json(json.loads(json.dumps(profile_as_json(plain)))) == plain


def test_a_profile_of_an_earlier_version_lacks_what_was_added_since() -> None:
    least = {"id": "x", "name": "X", "language": "zpl", "transport": "tcp"}
    assert profile_of_json(least) == PrinterProfile("x", "X", "zpl", "tcp")


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"colour": "red"}, "colour"),
        ({"dpi": "300"}, "dpi"),
        ({"dpi": True}, "dpi"),
        ({"dpi": 20}, "dpi must lie between 100 and 1200"),
        ({"darkness": 500}, "darkness"),
        ({"offset_x_mm": float("nan")}, "offset_x_mm"),
        ({"rotate": 45}, "turned"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"name": "a\x1b[31m"}, "name"),
        ({"id": "../etc"}, "id"),
        ({"address": "x" * 301}, "address"),
        ({"media": {"width_mm": 0, "length_mm": None, "name": ""}}, "width_mm"),
        ({"media": {"width": 62}}, "width"),
        ({"media": 62}, "media"),
        ({"media": {}}, "width"),
        ({"cut": 1}, "cut"),
    ],
)
def test_what_no_printer_has_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        profile_of_json({**profile_as_json(FULL), **changes})


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(profile_as_json(FULL))), json_values)
def test_any_value_anywhere_is_used_or_refused(key: str, value: Any) -> None:
    try:
        profile = profile_of_json({**profile_as_json(FULL), key: value})
    except BadInput:
        return
    assert checked(profile) == profile


@pytest.mark.parametrize("value", [None, [], "x", {}, {"id": "x"}])
def test_what_is_no_printer_is_refused(value: object) -> None:
    with pytest.raises(BadInput):
        profile_of_json(value)


def test_ids_are_made_from_names_and_differ() -> None:
    taken: set[str] = set()
    made = []
    for name in ("Badge 1", "badge  1", "Пропуск", "", "Badge 1", "x" * 99):
        made.append(id_for(name, frozenset(taken)))
        taken.add(made[-1])
        checked(replace(FULL, id=made[-1]))
    assert made[:5] == ["badge-1", "badge-1-2", "printer", "printer-2", "badge-1-3"]
    assert len(set(made)) == 6
