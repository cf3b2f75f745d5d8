"""What a layout may hold besides words: rules, backs, pictures, contact cards."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageChops

from kiosk.domain.codes import CodeRules, read
from kiosk.domain.layout import Layout, Level, Mono
from kiosk.domain.layout_fit import ProblemKind
from kiosk.domain.layout_json import read_layout
from kiosk.errors import BadInput
from kiosk.printing.pictures import bring_in
from kiosk.printing.qr import qr_modules
from kiosk.printing.render import draw
from tests.printing.test_render import CODE, LONGEST, badge, image

pytestmark = pytest.mark.usefixtures("qapp")


def a_layout(*elements: dict[str, Any], size: tuple[float, float] = (80, 40), **more: Any) -> Layout:
    content = {"version": 1, "name": "test", "size_mm": list(size), "elements": list(elements), **more}
    return read_layout(json.dumps(content).encode())


def a_box(**more: Any) -> dict[str, Any]:
    return {"type": "box", "box_mm": [10, 10, 20, 10], "filled": True, **more}


def black_at(picture: Image.Image, x_mm: float, y_mm: float) -> bool:
    return picture.getpixel((round(x_mm / 25.4 * 300), round(y_mm / 25.4 * 300))) == 0


@pytest.mark.parametrize(
    "rule, fields, shown",
    [
        ({"when": {"registration_type": ["Speaker", "staff"]}}, {"registration_type": " STAFF"}, True),
        ({"when": {"registration_type": ["Speaker"]}}, {"registration_type": "Staff"}, False),
        ({"unless": {"registration_type": ["Staff"]}}, {"registration_type": "Staff"}, False),
        ({"unless": {"registration_type": ["Staff"]}}, {"registration_type": ""}, True),
        ({"when": {"sworn": ["yes"]}}, {"sworn": True}, True),
        ({"when": {"sworn": ["no", "unknown"]}}, {"sworn": True}, False),
        ({"when": {"sworn": ["no", "unknown"]}}, {}, True),
        ({"when": {"agency_type": ["Tribal"], "given": ["title"]}}, {"agency_type": "Tribal"}, False),
        ({"when": {"agency_type": ["Tribal"], "given": ["title"]}}, {"agency_type": "Tribal", "title": "Chief"}, True),
    ],
)
def test_a_rule_says_on_whose_badge_an_element_stands(
    rule: dict[str, Any], fields: dict[str, Any], shown: bool
) -> None:
    drawn = draw(a_layout(a_box(**rule)), badge(**fields))
    assert black_at(image(drawn.page.bitmap), 20, 15) is shown


@pytest.mark.parametrize(
    "rule, place",
    [
        ({"when": {}}, r"elements\[0\].when: names nobody"),
        ({"when": {"vip": ["x"]}}, r"elements\[0\].when.vip"),
        ({"when": {"sworn": ["maybe"]}}, "yes, no, unknown"),
        ({"unless": {"given": ["email"]}}, r"elements\[0\].unless.given.*email"),
        ({"when": {"registration_type": "Staff"}}, "list"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, Any], place: str) -> None:
    with pytest.raises(BadInput, match=place):
        a_layout(a_box(**rule))


@pytest.mark.parametrize("dpi", [203, 300])
def test_a_folded_back_stands_upside_down_above_the_front(dpi: int) -> None:
    qr = {"type": "qr", "box_mm": [50, 5, 25, 25]}
    drawn = draw(a_layout(a_box(), back={"elements": [qr]}), badge(), dpi)
    assert (drawn.page.width_mm, drawn.page.height_mm) == (80, 80)
    sheet = image(drawn.page.bitmap)
    assert sheet.size == (round(80 / 25.4 * dpi), round(80 / 25.4 * dpi))
    back = sheet.crop((0, 0, sheet.width, sheet.height // 2))
    folded = zxingcpp.read_barcodes(back.rotate(180))[0]
    assert folded.text == CODE
    assert -5 < folded.orientation < 5
    assert folded.position.top_left.x > sheet.width / 2
    alone = image(draw(a_layout(a_box()), badge(), dpi).page.bitmap)
    assert ImageChops.difference(sheet.crop((0, sheet.height - alone.height, *sheet.size)), alone).getbbox() is None


def test_a_back_that_is_not_folded_is_a_page_of_its_own() -> None:
    drawn = draw(a_layout(a_box(), back={"fold": False, "elements": [a_box(box_mm=[40, 20, 10, 10])]}), badge())
    assert drawn.back is not None
    assert drawn.page.height_mm == drawn.back.height_mm == 40
    assert black_at(image(drawn.back.bitmap), 45, 25)
    assert not black_at(image(drawn.page.bitmap), 45, 25)


def test_white_words_stand_on_a_filled_box() -> None:
    words = {"type": "text", "box_mm": [11, 11, 18, 8], "text": "{big}", "cap_mm": [6, 2], "ink": "white"}
    with_words = image(draw(a_layout(a_box(), words), badge()).page.bitmap)
    without = image(draw(a_layout(a_box()), badge()).page.bitmap)
    assert ImageChops.subtract(with_words, without).getbbox() is not None


def a_picture(mode: str = "L", size: tuple[int, int] = (400, 200), kind: str = "PNG") -> bytes:
    picture = Image.linear_gradient("L").resize(size).convert(mode)
    data = io.BytesIO()
    picture.save(data, kind)
    return data.getvalue()


def test_greys_are_dithered_in_the_printers_own_dots_and_line_art_is_not() -> None:
    grey, mono = bring_in(a_picture("RGB", kind="JPEG"))
    assert mono is Mono.DITHER
    art = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    art.paste((10, 10, 10, 255), (100, 100, 200, 200))
    data = io.BytesIO()
    art.save(data, "PNG")
    line_art, mono = bring_in(data.getvalue())
    assert mono is Mono.THRESHOLD
    pictures = [
        {"type": "image", "box_mm": [0, 0, 40, 20], "png": base64.b64encode(grey).decode(), "mono": "dither"},
        {"type": "image", "box_mm": [50, 0, 30, 30], "png": base64.b64encode(line_art).decode()},
    ]
    for dpi in (203, 300):
        drawn = image(draw(a_layout(*pictures), badge(), dpi).page.bitmap)
        dots = dpi / 25.4
        dark = drawn.crop((0, round(4 * dots), round(40 * dots), round(6 * dots)))  # three quarters grey
        assert 0.65 < 1 - sum(dark.tobytes()) / 255 / (dark.width * dark.height) < 0.85
        left, top, right, bottom = ImageChops.invert(drawn.crop((round(50 * dots), 0, *drawn.size))).getbbox() or (
            0,
            0,
            0,
            0,
        )
        assert (left / dots, top / dots, right / dots, bottom / dots) == pytest.approx((10, 10, 20, 20), abs=0.3)


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"<svg/>", a_picture()[:200]])
def test_what_is_no_picture_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(BadInput, match="no picture we can read"):
        bring_in(data)


def test_a_large_picture_is_made_smaller_and_a_huge_one_refused() -> None:
    png, _mono = bring_in(a_picture(size=(5000, 2500)))
    with Image.open(io.BytesIO(png)) as kept:
        assert kept.size == (1200, 600)
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    with pytest.raises(BadInput, match="too large"):
        bring_in(bomb.getvalue())


@pytest.mark.parametrize(
    "png", ["###", base64.b64encode(b"GIF89a" * 20).decode(), base64.b64encode(a_picture(size=(2001, 5))).decode()]
)
def test_only_a_small_png_may_stand_in_a_layout(png: str) -> None:
    with pytest.raises(BadInput, match=r"elements\[0\].png"):
        a_layout({"type": "image", "box_mm": [0, 0, 10, 10], "png": png})


def test_a_damaged_picture_is_said() -> None:
    broken = base64.b64encode(a_picture()[:60]).decode()
    with pytest.raises(BadInput, match="damaged"):
        draw(a_layout({"type": "image", "box_mm": [0, 0, 10, 10], "png": broken}), badge())


@pytest.mark.parametrize("kind", ["vcard", "mecard"])
@pytest.mark.parametrize("last", ["O’Sullivan", "Peña; y, García: \\ Huidobro", "النجار"])
def test_a_contact_card_opens_the_door_too(kind: str, last: str) -> None:
    layout = a_layout({"type": "qr", "box_mm": [0, 0, 40, 40], "data": kind, "level": "M"})
    drawn = draw(layout, badge("Mary-Kate", last, agency="Gainesville PD", title="Sgt.", email="mk@police.example"))
    [found] = zxingcpp.read_barcodes(image(drawn.page.bitmap))
    assert CODE in read(found.text, CodeRules()).candidates
    assert last.split(maxsplit=1)[0].split(";", maxsplit=1)[0].rstrip(";:\\") in found.text
    assert "@" not in found.text
    assert drawn.problems == ()


def test_a_contact_card_that_would_print_too_fine_gives_way_to_the_code() -> None:
    layout = a_layout({"type": "qr", "box_mm": [0, 0, 22, 22], "data": "vcard"})
    drawn = draw(layout, badge("Hubert", LONGEST, agency="M" * 90))
    [found] = zxingcpp.read_barcodes(image(drawn.page.bitmap))
    assert found.text == CODE
    assert [problem.kind for problem in drawn.problems] == [ProblemKind.CARD_CUT]


def test_a_better_level_is_taken_where_it_costs_no_larger_square() -> None:
    assert qr_modules(CODE) == qr_modules(CODE, Level.Q)
    assert len(qr_modules(CODE, Level.H)) > len(qr_modules(CODE)) == 21


def test_how_large_the_words_came_out_is_told() -> None:
    words = {"type": "text", "box_mm": [0, 0, 70, 20], "text": "{big}", "cap_mm": [9, 3], "lines": 4, "narrow": 0.7}
    [usual] = draw(a_layout(words), badge("Ada")).fits
    assert (usual.place, usual.words, usual.lines, usual.at_smallest) == ("elements[0]", "Ada", 1, False)
    assert usual.cap_mm == pytest.approx(9)
    [long] = draw(a_layout(words), badge(LONGEST, "")).fits
    assert long.cap_mm < 5
    assert long.lines > 2
