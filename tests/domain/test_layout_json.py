from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import asset
from kiosk.domain.layout import Qr, Text
from kiosk.domain.layout_json import read_layout, write_layout
from kiosk.errors import BadInput
from kiosk.printing.layout import load_layout


def layout(**changes: Any) -> bytes:
    return json.dumps({"version": 1, "name": "test", "size_mm": [100, 50], "elements": [], **changes}).encode()


def text(**changes: Any) -> dict[str, Any]:
    return {"type": "text", "box_mm": [0, 0, 50, 10], "text": "{big}", "cap_mm": [5, 3], **changes}


def test_the_one_we_ship_is_four_by_three_inches_with_a_large_name_and_a_large_code() -> None:
    ours = load_layout()
    assert (ours.width_mm, ours.height_mm) == (101.6, 76.2)
    texts = [element for element in ours.elements if isinstance(element, Text)]
    assert max(element.max_cap_mm for element in texts) >= 12
    assert all(min(e.box.width, e.box.height) >= 20 for e in ours.elements if isinstance(e, Qr))


@pytest.mark.parametrize(
    "changes, place",
    [
        ({"version": 2}, "version 2"),
        ({"colour": "red"}, "colour"),
        ({"size_mm": [100]}, "size_mm"),
        ({"size_mm": [100, 1e9]}, "size_mm"),
        ({"elements": [text(font="Comic Sans")]}, r"elements\[0\].font.*bold, text"),
        ({"elements": [text(), text(boxx=1)]}, r"elements\[1\].boxx"),
        ({"elements": [text(box_mm=[60, 0, 50, 10])]}, r"elements\[0\].box_mm.*100 × 50 mm"),
        ({"elements": [text(text="{email}")]}, r"email.*known are .*agency"),
        ({"elements": [text(text="{first.__class__}")]}, r"elements\[0\].text"),
        ({"elements": [text(text="{first")]}, r"elements\[0\].text"),
        ({"elements": [text(cap_mm=[3, 5])]}, "largest"),
        ({"elements": [text(lines=True)]}, "must be a number"),
        ({"elements": [{"type": "script"}]}, r"elements\[0\].type"),
        ({"elements": [{"type": "qr", "box_mm": [0, 0, 10, 10]}]}, "14.5 mm"),
        ({"elements": ["qr"]}, r"elements\[0\]"),
        ({"elements": [text()] * 101}, "at most 100"),
    ],
)
def test_a_mistake_is_named_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(BadInput, match=place):
        read_layout(layout(**changes))


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"version": 1, "version": 1}', b'{"version": NaN}']
)
def test_what_is_no_layout_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(BadInput):
        read_layout(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(st.sampled_from(["type", "box_mm", "text", "cap_mm", "font", "lines", "narrow", "align"]), json_values)
def test_any_value_anywhere_is_used_or_refused(key: str, value: Any) -> None:
    complaint = "elements[0]"
    try:
        read_layout(layout(elements=[text(**{key: value})]))
    except BadInput as error:
        complaint = str(error)
    assert complaint.startswith("elements[0]")


def test_a_file_is_named_in_the_complaint(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(layout(version=9))
    with pytest.raises(BadInput, match=r"mine\.json: .*version 9"):
        load_layout(path)
    with pytest.raises(BadInput, match="cannot be read"):
        load_layout(tmp_path / "gone.json")


SHIPPED = sorted(asset("layouts").glob("*.json"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_layout_comes_back_as_it_was_written(path: Path) -> None:
    shipped = read_layout(path.read_bytes())
    assert read_layout(write_layout(shipped)) == shipped
    assert shipped.safe_mm >= 2


def test_everything_a_layout_may_say_comes_back() -> None:
    rule = {"when": {"sworn": ["yes"], "given": ["title"]}, "unless": {"registration_type": ["Staff"]}}
    elements = [
        text(ink="white", align="right", valign="top", lines=3, narrow=0.6, upper=True, too_long="shorten", **rule),
        text(text=["{title}", "{badge_name|first}"], font="text"),
        {"type": "band", "box_mm": [0, 0, 50, 10], "left": "{sworn}", "right": ["{type}"], "cap_mm": [5, 3]},
        {"type": "qr", "box_mm": [0, 0, 30, 30], "data": "vcard", "level": "Q"},
        {"type": "box", "box_mm": [1.2345, 0, 30, 30], "border_mm": 1.5},
        {"type": "line", "from_mm": [0, 50], "to_mm": [100, 0], "thick_mm": 2},
    ]
    read = read_layout(layout(elements=elements, safe_mm=3, back={"fold": False, "elements": [text()]}))
    again = read_layout(write_layout(read))
    assert again.back == read.back
    assert len(again.elements) == len(elements)
    assert again.elements[:4] == read.elements[:4]
    assert write_layout(again) == write_layout(read)
