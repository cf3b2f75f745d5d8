"""Forms as data: filled where there is something to say, refused in words where they cannot be used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kiosk.config import asset
from kiosk.domain.paper_template import PLACEHOLDERS, fill, read_template
from kiosk.domain.papers import Fields, Grid, Sheet, Signatures, Table, Text
from kiosk.errors import BadInput

COURSES = Table("", ("Course",), (("One",),))


def a_template(*blocks: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"format": 1, "title": "Form", "blocks": blocks, **more}).encode()


def filled(*blocks: dict[str, Any], values: dict[str, str] | None = None, **more: Any) -> Sheet:
    return fill(read_template(a_template(*blocks, **more), "form.json"), values or {}, {"courses": COURSES})


def test_what_is_given_is_filled_in() -> None:
    sheet = filled(
        {"text": "{name} of {agency}", "size_pt": 20, "bold": True, "align": "center"},
        {"table": "courses"},
        {"sign": ["Officer", "Date"]},
        values={"name": "Ada Lovelace", "agency": "Riverford PD"},
    )
    text, grid, signatures = sheet.blocks
    assert isinstance(text, Text)
    assert (text.words, text.size_pt, text.bold) == ("Ada Lovelace of Riverford PD", 20, True)
    assert isinstance(grid, Grid)
    assert grid.table == COURSES
    assert signatures == Signatures(("Officer", "Date"))


def test_what_is_empty_is_left_out_with_its_line() -> None:
    sheet = filled(
        {"text": "Provider: {provider}"},
        {"fields": [["ORI", "{ori}"], ["Name", "{name}"]]},
        {"fields": [["ORI", "{ori}"]]},
        {"text": "always"},
        values={"name": "Ada"},
    )
    assert sheet.blocks == (Fields((("Name", "Ada"),)), Text("always"))


def test_a_template_may_give_values_of_its_own_which_others_overrule() -> None:
    block = {"text": "{provider}"}
    sheet = fill(read_template(a_template(block, values={"provider": "Ours"}), "form.json"), {"provider": "Theirs"}, {})
    assert sheet.blocks == (Text("Theirs"),)
    unset = fill(read_template(a_template(block, values={"provider": "Ours"}), "form.json"), {"provider": ""}, {})
    assert unset.blocks == (Text("Ours"),)


@pytest.mark.parametrize("words", ["SSN", "s.s.n", "Social Security Number", "social-security", "Soc. Sec. No."])
def test_a_social_security_number_is_never_asked_for(words: str) -> None:
    for data in (
        a_template({"fields": [[words, "{number}"]]}),
        a_template({"text": words}),
        a_template(columns={"number": [words]}),
    ):
        with pytest.raises(BadInput, match="social security number"):
            read_template(data, "form.json")


@pytest.mark.parametrize(
    "data, why",
    [
        (b"{", "not a template"),
        (b"[]", "not a template"),
        (b'{"format": 1}', "not a template"),
        (b" " * 300_000, "too large"),
        (a_template(format=2), "newer kind"),
        (a_template({"text": "{salary}"}), "nothing called salary"),
        (a_template({"text": "{name.__class__}"}), "nothing called name.__class__"),
        (a_template({"text": "{name"}), "cannot be understood"),
        (a_template({"text": 5}), "cannot be understood"),
        (a_template({"table": "salaries"}), "nothing called salaries"),
        (a_template({"image": "x.png"}), "cannot be understood"),
        (a_template({"text": "x", "size_pt": 1000}), "cannot be understood"),
        (a_template({"text": "x", "size_pt": "large"}), "cannot be understood"),
        (a_template({"text": "x", "above_mm": -5}), "cannot be understood"),
        (a_template({"fields": [["one"]]}), "cannot be understood"),
        (a_template(values={"salary": "1"}), "nothing called salary"),
        (a_template(*[{"text": "x"}] * 101), "too many blocks"),
    ],
)
def test_a_form_that_cannot_be_used_is_refused_in_words(data: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_template(data, "form.json")


@pytest.mark.parametrize("name", ["certificate", "transcript", "affidavit", "roster"])
def test_the_forms_we_ship_can_be_used_and_leave_out_what_nobody_has(name: str) -> None:
    template = read_template(asset(f"papers/{name}.json").read_bytes(), name)
    full = fill(template, dict.fromkeys(PLACEHOLDERS, "x"), {"courses": COURSES, "attendees": COURSES})
    empty = fill(template, {"name": "Ada", "hours": "1.25"}, {"courses": COURSES, "attendees": COURSES})
    assert len(empty.blocks) < len(full.blocks) or name == "affidavit"
    assert any(isinstance(block, Signatures) for block in full.blocks)
    assert any(isinstance(block, Grid) for block in full.blocks)
