from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import asset
from kiosk.domain.layout import BoxMm, Layout, Qr, resized
from kiosk.domain.layout_check import Remark, back_words, remarks_on
from kiosk.domain.layout_json import read_layout, write_layout
from kiosk.domain.layout_samples import samples

SHIPPED = sorted(asset("layouts").glob("*.json"))


def layout(*elements: dict[str, Any], **more: Any) -> Layout:
    content = {"version": 1, "name": "test", "size_mm": [100, 60], "safe_mm": 3, "elements": list(elements), **more}
    return read_layout(json.dumps(content).encode())


def text(**changes: Any) -> dict[str, Any]:
    return {"type": "text", "box_mm": [5, 5, 50, 10], "text": "{type}", "cap_mm": [5, 3], **changes}


QR = {"type": "qr", "box_mm": [70, 20, 25, 25]}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_nothing_is_doubtful_about_what_we_ship(path: Path) -> None:
    assert remarks_on(read_layout(path.read_bytes())) == []


@pytest.mark.parametrize(
    "element, words",
    [
        ({**QR, "box_mm": [70, 20, 16, 16]}, "QR of 16 mm: telephones need 20 mm"),
        (text(box_mm=[1, 20, 50, 10]), "Outside the safe area"),
        (text(box_mm=[5, 45, 50, 14]), "Outside the safe area"),
        (text(box_mm=[5, 20, 50, 10], text="{big}"), "Names under 6 mm"),
        (text(box_mm=[5, 20, 50, 4]), "never fit a box of 4 mm"),
        (text(box_mm=[5, 20, 50, 10], ink="white"), "White words on white paper"),
        (text(box_mm=[5, 8, 50, 10]), "Overlaps"),
        (text(box_mm=[60, 25, 30, 10]), "Overlaps"),
    ],
)
def test_a_doubt_stands_beside_its_element(element: dict[str, Any], words: str) -> None:
    found = remarks_on(layout(text(), QR if element["type"] == "text" else text(box_mm=[5, 30, 9, 9]), element))
    beside = [remark.words for remark in found if remark.place == 2]
    assert len(beside) == 1, beside
    assert words in beside[0]


def test_words_on_a_black_box_are_white_or_said() -> None:
    box = {"type": "box", "box_mm": [4, 4, 60, 12], "filled": True}
    assert [remark.words[:20] for remark in remarks_on(layout(QR, box, text()))] == ["Black words on a bla"]
    assert remarks_on(layout(QR, box, text(ink="white"))) == []


def test_what_stands_on_a_qr_makes_it_unreadable() -> None:
    found = remarks_on(layout(QR, text(box_mm=[75, 25, 20, 10])))
    assert Remark("Something stands on the QR code: it cannot be read.", 0, 0) in found


def test_the_badge_as_a_whole_and_its_back() -> None:
    assert [remark.words[:15] for remark in remarks_on(layout())] == ["There is no QR ", "No word says wh"]
    found = remarks_on(layout(text(), back={"elements": [QR, text(box_mm=[0, 0, 20, 10])]}))
    assert [(remark.side, remark.place) for remark in found] == [(1, 1)]


def test_rules_that_exclude_each_other_are_no_overlap() -> None:
    staff, others = {"when": {"registration_type": ["Staff"]}}, {"unless": {"registration_type": ["Staff"]}}
    assert remarks_on(layout(QR, text(**staff), text(**others))) == []


def test_on_a_smaller_page_everything_still_lies_on_it() -> None:
    for path in SHIPPED:
        smaller = resized(read_layout(path.read_bytes()), 50, 40)
        assert read_layout(write_layout(smaller)) == smaller
    assert resized(layout(QR), 80, 60).elements == (Qr(BoxMm(55, 20, 25, 25)),)


def test_samples_are_whoever_fits_the_worst() -> None:
    found = dict(samples("PLECET 2023"))
    assert len(found["Longest name"].last) == 87
    assert found["One name"].big == "Cher"
    assert found["One name"].rest == ""
    assert {"Arabic", "Emoji", "Short", "Usual"} < set(found)


def test_a_back_that_printers_of_labels_leave_out_is_said() -> None:
    own, folded = ({"fold": fold, "elements": []} for fold in (False, True))
    assert Remark(back_words()) in remarks_on(layout(text(), QR, back=own))
    assert Remark(back_words()) not in remarks_on(layout(text(), QR, back=folded))
