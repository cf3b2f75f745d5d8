from __future__ import annotations

import io
import json
import sys
import threading
from typing import Any

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from kiosk.domain.badge import Badge, badge_of, plain
from kiosk.domain.layout import Layout, Weight
from kiosk.domain.layout_fit import Problem, ProblemKind
from kiosk.domain.layout_json import read_layout
from kiosk.domain.people import Attendee, AttendeeId, TicketCode
from kiosk.errors import BadInput
from kiosk.printing.bitmap import Bitmap, pdf, png
from kiosk.printing.fonts import Typeface, plain_latin
from kiosk.printing.layout import load_layout
from kiosk.printing.render import Drawn, draw
from kiosk.printing.typeset import shape

pytestmark = pytest.mark.usefixtures("qapp")

CODE = TicketCode("0123456789ABCDEF")
LONGEST = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafe"

NAMES = (
    ("Jo", "Li"), ("Mary-Kate", "O’Sullivan"), ("Hubert", LONGEST), ("María Fernanda", "Peña y García-Huidobro"),
    ("Ngọc Thị Minh", "Nguyễn"), ("Ọlábísí", "Adébáyọ̀"), ("Þórunn", "Jónsdóttir"), ("Łukasz", "Żółkowski"),
    ("Yağız", "Yıldırım"), ("سميرة", "النجار"), ("בִּנְיָמִין", "אבן-גבירול"),
    ("יונתן", "ג׳וניור"), ("ललित", "शर्मा"),
    ("ไอริณ", "กล้าหาญ"), ("ᎨᏓᏯ", "ᏬᏍᏖᎢ"), ("安怡", "张"),
    ("志偉", "陳"), ("恵子", "佐藤"), ("けいこ", "マイケル"), ("민규", "김"),
    ("Ειρήνη", "Πολίτη"), ("Єва", "Шевченко"), ("በርትራም", "ዉስተር"), ("ဘာထရမ်", "ဝူစ်တာ"), ("Zoë 🚓", "Müller-Lüdenscheidt"),
    ("Kelly 李", "Kim 김"), ("Bobby'; DROP", "<b>Null</b>"),
)  # fmt: skip


def badge(first: str = "Ada", last: str = "Lovelace", code: str = CODE, **fields: Any) -> Badge:
    attendee = Attendee(AttendeeId("A" * 26), first=first, last=last, **fields)
    return badge_of(attendee, TicketCode(code), "PLECET 2023")


def image(bitmap: Bitmap) -> Image.Image:
    return Image.open(io.BytesIO(png(bitmap))).convert("L")


def one_text(**changes: Any) -> Layout:
    element = {
        "type": "text",
        "box_mm": [10, 10, 60, 12],
        "text": "{big}",
        "cap_mm": [8, 3],
        "lines": 2,
        "narrow": 0.78,
    }
    content = {"version": 1, "name": "one", "size_mm": [80, 32], "elements": [{**element, **changes}]}
    return read_layout(json.dumps(content).encode())


def ink(drawn: Drawn) -> tuple[float, float, float, float]:
    """What is black: left, top, right, bottom in millimetres; all 0 when nothing is."""
    left, top, right, bottom = ImageChops.invert(image(drawn.page.bitmap)).getbbox() or (0, 0, 0, 0)
    scale = 25.4 / drawn.page.bitmap.dpi
    return left * scale, top * scale, right * scale, bottom * scale


def assert_inside(drawn: Drawn) -> None:
    left, top, right, bottom = ink(drawn)
    dot = 25.4 / drawn.page.bitmap.dpi
    if right:
        assert left >= 10 - dot
        assert top >= 10 - dot
    assert right <= 70 + dot
    assert bottom <= 22 + dot


@pytest.mark.parametrize("first, last", NAMES)
def test_every_name_has_its_letters_and_stays_in_its_box(first: str, last: str) -> None:
    whole = draw(load_layout(), badge(first, last))
    assert [problem for problem in whole.problems if problem.kind is ProblemKind.MISSING_GLYPHS] == []
    for name in (first, last):
        drawn = draw(one_text(), badge(name, ""))
        assert ink(drawn)[2] > 0
        assert_inside(drawn)


@given(st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), min_size=1, max_size=120))
def test_any_text_stays_in_its_box(name: str) -> None:
    if plain(name):
        assert_inside(draw(one_text(), badge(name, ""), dpi=150))


@pytest.mark.parametrize("weight", list(Weight))
@pytest.mark.parametrize("text", [text for pair in NAMES for text in pair])
def test_no_box_is_drawn_for_a_letter(text: str, weight: Weight) -> None:
    assert shape(text, Typeface(weight, plain_latin=False)).missing_glyphs == 0


def test_a_letter_that_no_font_has_is_said_before_printing() -> None:
    drawn = draw(load_layout(), badge("Ada 𓀀"))
    assert Problem(ProblemKind.MISSING_GLYPHS, "𓀀") in drawn.problems
    assert "𓀀" in drawn.problems[0].sentence()


def test_a_usual_first_name_is_read_across_a_table() -> None:
    _left, top, _right, bottom = ink(draw(one_text(box_mm=[4, 9, 72, 17.8], cap_mm=[14.5, 6]), badge("Hilde", "")))
    assert bottom - top >= 12


def test_a_name_is_never_cut_but_said_to_be_small() -> None:
    name = f"{LONGEST} {LONGEST}"
    drawn = draw(one_text(lines=1), badge(name, ""))
    assert drawn.problems == (Problem(ProblemKind.TOO_SMALL, name),)
    left, _top, right, _bottom = ink(drawn)
    assert right - left > 55


def test_an_agency_may_be_shortened_and_it_is_said() -> None:
    agency = "University of the Lower Coast, School of Criminology and Criminal Justice Research and Training Programs"
    layout = one_text(text="{agency}", too_long="shorten", cap_mm=[5, 4])
    drawn = draw(layout, badge(agency=agency))
    assert drawn.problems == (Problem(ProblemKind.SHORTENED, agency),)
    assert_inside(drawn)


def test_hebrew_begins_at_the_right_and_arabic_letters_join() -> None:
    layout = one_text(lines=1)
    left, _top, right, _bottom = ink(draw(layout, badge("שרה", "")))
    assert right == pytest.approx(70, abs=0.2)
    assert left > 30
    typeface = Typeface(Weight.BOLD, plain_latin=True)
    lamed, word = shape("ל", typeface), shape("לא", typeface)
    # Lamed is taller than aleph: in "לא" it comes first and so stands at the right.
    tallest = max(range(word.outline.elementCount()), key=lambda n: -word.outline.elementAt(n).y)
    assert word.outline.elementAt(tallest).x > word.ink.width() - lamed.ink.width()
    apart = sum(shape(letter, typeface).ink.width() for letter in "سمير")
    assert shape("سمير", typeface).ink.width() < 0.9 * apart


def test_first_and_last_name_stand_in_one_font() -> None:
    """Our first font lacks Vietnamese letters: the whole name is then set in the second, not letter by letter."""
    assert len(list(Typeface(Weight.BOLD, plain_latin("Anh Nguyễn")).stretches("Nguyễn"))) == 1
    first_names = [
        image(draw(load_layout(), badge("Anh", last)).page.bitmap).crop((0, 100, 1200, 310))
        for last in ("Nguyen", "Nguyễn")
    ]
    assert ImageChops.difference(*first_names).getbbox() is not None


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize(
    "code", [CODE, "610000000011880000000001", "https://tickets.example/t/lcvo92sjhuyhfbo8vqtfdydewun4vxu7"]
)
def test_the_code_reads_back(code: str, dpi: int) -> None:
    found = zxingcpp.read_barcodes(image(draw(load_layout(), badge(code=code), dpi).page.bitmap))
    assert [result.text for result in found] == [code]


def test_the_code_is_large_in_whole_dots_with_white_around_it() -> None:
    drawn = draw(load_layout(), badge(last="W" * 60, agency="M" * 80))
    picture = image(drawn.page.bitmap)
    [found] = zxingcpp.read_barcodes(picture)
    left, top, right = found.position.top_left.x, found.position.top_left.y, found.position.top_right.x
    side = right - left + 1
    assert side / drawn.page.bitmap.dpi * 25.4 >= 20
    module = round(side / 21)
    quiet = 4 * module
    frame = picture.crop((left - quiet, top - quiet, right + quiet, top + 21 * module + quiet))
    frame.paste(255, (quiet - 1, quiet - 1, quiet + 21 * module + 1, quiet + 21 * module + 1))
    assert ImageChops.invert(frame).getbbox() is None


def test_a_code_too_long_for_any_qr_is_refused() -> None:
    with pytest.raises(BadInput, match="too long"):
        draw(load_layout(), badge(code="x" * 5000))


def test_a_code_that_would_print_too_fine_is_said() -> None:
    drawn = draw(load_layout(), badge(code="x" * 600))
    assert ProblemKind.SMALL_QR in [problem.kind for problem in drawn.problems]


def test_sworn_is_white_on_black_and_everybody_else_black_on_white() -> None:
    def blackness(sworn: bool | None) -> float:
        band = image(draw(load_layout(), badge(sworn=sworn, agency_type="City")).page.bitmap).crop((60, 770, 1140, 862))
        return 1 - sum(band.tobytes()) / 255 / (band.width * band.height)

    assert blackness(True) > 0.6
    assert blackness(False) < 0.4
    assert blackness(None) < 0.4


def test_the_same_badge_is_the_same_bytes_in_any_thread() -> None:
    here = pdf(draw(load_layout(), badge()).page)
    elsewhere: list[bytes] = []
    thread = threading.Thread(target=lambda: elsewhere.append(pdf(draw(load_layout(), badge()).page)))
    thread.start()
    thread.join(30)
    assert elsewhere == [here]


def test_nothing_but_black_and_white_and_the_size_on_paper() -> None:
    drawn = draw(load_layout(), badge())
    assert (drawn.page.bitmap.width, drawn.page.bitmap.height) == (1200, 900)
    with pytest.raises(BadInput, match="dots per inch"):
        draw(load_layout(), badge(), dpi=10_000)


def test_qt_gives_back_what_it_takes() -> None:
    """PySide6 6.12.0 on Python 3.11 loses a reference to None at each call, and dies of it."""
    layout, ada = load_layout(), badge()
    draw(layout, ada)
    before = sys.getrefcount(None)
    for _ in range(3):
        draw(layout, ada)
    assert abs(sys.getrefcount(None) - before) < 200
