from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.layout import Align, BoxMm, Ink, Layout, Qr, Text, TooLong, Valign, Weight
from kiosk.domain.layout_json import read_layout, write_layout
from kiosk.domain.pretix_layout import is_pretix, read_pretix
from kiosk.errors import BadInput

SIZE = [{"width": 148, "height": 105, "offset": [0, 0], "orientation": "landscape"}]


def thing(**changes: Any) -> dict[str, Any]:
    usual = {
        "type": "textcontainer", "page": 1, "left": "10.00", "bottom": "60.00", "width": "100.00", "height": "20.00",
        "fontsize": "30.0", "color": [0, 0, 0, 1], "fontfamily": "Open Sans", "bold": True, "italic": False,
        "content": "attendee_name", "text": "John Doe", "align": "center", "verticalalign": "middle", "rotation": 0,
    }  # fmt: skip
    return {**usual, **changes}


def read(*things: dict[str, Any], **about: Any) -> tuple[Layout, tuple[str, ...]]:
    return read_pretix(json.dumps({"name": "Badge", "size": SIZE, "layout": list(things), **about}).encode())


def test_what_is_measured_from_the_bottom_is_measured_from_the_top() -> None:
    layout, remarks = read(thing())
    [text] = layout.elements
    assert isinstance(text, Text)
    assert (layout.name, layout.width_mm, layout.height_mm) == ("Badge", 148, 105)
    assert text.box == BoxMm(10, 105 - 60 - 20, 100, 20)
    assert text.template.parts == ("{first} {last}",)
    assert text.max_cap_mm == pytest.approx(30 * 25.4 / 72 * 0.714, abs=0.01)
    assert (text.weight, text.align, text.valign, text.lines) == (Weight.BOLD, Align.CENTER, Valign.MIDDLE, 1)
    assert text.too_long is TooLong.SHRINK
    assert remarks == ()


def test_a_code_becomes_a_qr_and_one_that_is_too_small_is_made_larger() -> None:
    qr = {"type": "barcodearea", "left": "100.00", "bottom": "5.00", "size": "40.00", "content": "secret"}
    layout, remarks = read(qr)
    assert layout.elements == (Qr(BoxMm(100, 60, 40, 40)),)
    assert remarks == ()
    layout, remarks = read({**qr, "size": "8"})
    assert layout.elements[0].box.width == 14.5
    assert "made larger" in remarks[0]


@pytest.mark.parametrize(
    "strange, words",
    [
        ({"type": "imagearea"}, "picture was left out"),
        ({"type": "poweredby"}, "mark of pretix"),
        ({"type": "hologram"}, "“hologram” is not known"),
        ({"content": "question_17"}, "“question_17” is not known"),
        ({"rotation": "90"}, "upright"),
        ({"italic": True}, "Italic"),
        ({"color": [200, 0, 0, 1]}, "Colours"),
        ({"page": 3}, "two sides"),
        ({"left": "500"}, "outside the page"),
        ({"width": "400"}, "cut to it"),
        ({"left": "NaN"}, "without a place"),
    ],
)
def test_what_cannot_be_taken_over_is_said_in_words(strange: dict[str, Any], words: str) -> None:
    layout, remarks = read(thing(), thing(**strange))
    assert any(words in remark for remark in remarks), remarks
    assert read_layout(write_layout(layout)) == layout


def test_white_text_stays_white_the_second_page_is_the_back_and_a_bare_list_is_enough() -> None:
    layout, remarks = read_pretix(json.dumps([thing(color=[255, 255, 255, 1]), thing(page=2)]).encode())
    assert layout.elements[0].ink is Ink.WHITE  # type: ignore[union-attr]
    assert layout.back is not None
    assert not layout.back.folded
    assert any("A6" in remark for remark in remarks)
    _layout, remarks = read(thing(type="textarea", height=None), background="https://pretix.example/bg.pdf")
    assert any("one line" in remark for remark in remarks)
    assert any("background" in remark for remark in remarks)


def test_a_text_of_ones_own_is_words_and_no_field() -> None:
    layout, _remarks = read(thing(content="other", text="Welcome {first} \u202e!"))
    [text] = layout.elements
    assert isinstance(text, Text)
    assert text.template.parts == ("Welcome (first) !",)


def test_ours_is_not_taken_for_one_of_pretix() -> None:
    assert not is_pretix(b'{"version": 1, "name": "x", "size_mm": [50, 50], "elements": []}')
    assert not is_pretix(b"[]")
    with pytest.raises(BadInput, match="size"):
        read(thing(), size=[{"width": 1e9, "height": 3}])


values = st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.lists(st.integers(-3, 300), max_size=4)


@given(st.sampled_from(sorted(thing())), values)
def test_any_value_anywhere_is_read_or_remarked_and_what_comes_out_is_a_layout(key: str, value: Any) -> None:
    data = json.dumps({"size": SIZE, "layout": [thing(), thing(**{key: value})]}).encode()
    if is_pretix(data):
        layout, _remarks = read_pretix(data)
        assert read_layout(write_layout(layout)) == layout
