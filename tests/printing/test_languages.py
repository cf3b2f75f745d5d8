"""Every language says the same picture, dot for dot: decoded by programs that share nothing with the encoders."""

from __future__ import annotations

import io
import logging
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from kiosk.domain.badge import badge_of
from kiosk.domain.people import Attendee, AttendeeId, TicketCode
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.errors import BadInput
from kiosk.printing.bitmap import Bitmap, Page, png
from kiosk.printing.languages import LANGUAGES, encode
from kiosk.printing.layout import load_layout
from kiosk.printing.render import draw
from tests.printing import decoders
from tests.printing.decoders import Label

CODE = "K7Q4M2X9P3R8T6WZ"


def profile(language: str, dpi: int = 300, media: Media | None = None, **more: object) -> PrinterProfile:
    base = PrinterProfile("p", "Badge 1", language, "tcp", media=media or Media(101.6, 76.2), dpi=dpi)
    return replace(base, **more)  # type: ignore[arg-type]


def a_page(width: int, height: int, dpi: int = 300, seed: int = 1) -> Page:
    """Dots by chance, with white and black stretches as badges have them."""
    chance = random.Random(seed)
    image = Image.new("1", (width, height), 1)
    for _ in range(12):
        x, y = chance.randrange(width), chance.randrange(height)
        image.paste(chance.randrange(2), (x, y, min(width, x + chance.randrange(1, 99)), min(height, y + 37)))
    noise = Image.frombytes("1", (min(width, 64), min(height, 64)), chance.randbytes(8 * 64))
    image.paste(noise, (chance.randrange(width), chance.randrange(height)))
    return page_of(image, dpi)


def page_of(image: Image.Image, dpi: int) -> Page:
    rows = bytearray(image.tobytes())
    step = (image.width + 7) // 8
    flipped = bytearray(byte ^ 0xFF for byte in rows)
    for end in range(step - 1, len(flipped), step):
        flipped[end] &= 0xFF << (-image.width % 8) & 0xFF
    bitmap = Bitmap(image.width, image.height, dpi, bytes(flipped))
    return Page(bitmap, image.width / dpi * 25.4, image.height / dpi * 25.4)


def picture_of(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(png(page.bitmap))).convert("1")


def from_png(data: bytes) -> list[Label]:
    return [Label(Image.open(io.BytesIO(data)).convert("1"))]


def from_pdf(data: bytes) -> list[Label]:
    [sheet] = PdfReader(io.BytesIO(data), strict=True).pages
    [image] = sheet.images
    assert image.image is not None
    return [Label(image.image.convert("1"))]


def wide_brother(data: bytes) -> list[Label]:
    return decoders.brother(data, (102, 153), 1296)


Decode = Callable[[bytes], list[Label]]
ROLL = Media(62)
CASES: dict[str, tuple[PrinterProfile, Decode]] = {
    "zpl 203": (profile("zpl", 203), decoders.zpl),
    "zpl 300": (profile("zpl", 300), decoders.zpl),
    "brother 62": (profile("brother", media=ROLL), decoders.brother),
    "brother 62x100": (profile("brother", media=Media(62, 100)), lambda d: decoders.brother(d, (62, 100))),
    "brother wide": (profile("brother", media=Media(102, 152), head_dots=1296), wide_brother),
    "dymo": (profile("dymo", media=Media(57, 102)), decoders.dymo),
    "dymo 203": (profile("dymo", 203, media=Media(57, 102)), decoders.dymo),
    "escpos 203": (profile("escpos", 203, media=Media(72)), decoders.escpos),
    "escpos 300": (profile("escpos", 300, media=Media(72), head_dots=832), lambda d: decoders.escpos(d, 832)),
    "pwg 203": (profile("pwg", 203), decoders.pwg),
    "pwg 300": (profile("pwg", 300), decoders.pwg),
    "pdf 203": (profile("pdf", 203), from_pdf),
    "pdf 300": (profile("pdf", 300), from_pdf),
    "png 203": (profile("png", 203), from_png),
    "png 300": (profile("png", 300), from_png),
}


def printed(name: str, page: Page) -> Image.Image:
    """What came out, cut to the page: languages may end in whole bytes of white or centre on the roll."""
    setup, decode = CASES[name]
    [label] = decode(encode(page, setup))
    width, height = page.bitmap.width, page.bitmap.height
    if setup.language == "brother":
        _, dots, rows = decoders.BROTHER_ROLLS[(round(setup.media.width_mm), label.said["media"][1])]  # type: ignore[index]
        x, y = (dots - width) // 2, ((rows or height) - height) // 2
        return label.picture.crop((x, y, x + width, y + height))
    beyond = label.picture.crop((width, 0, label.picture.width, height))
    assert decoders.ink(beyond) is None
    assert label.picture.height == height
    assert label.picture.width - width < 8
    return label.picture.crop((0, 0, width, height))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width, height", [(1, 1), (7, 300), (575, 257), (333, 900), (561, 513)])
def test_every_dot_arrives(name: str, width: int, height: int) -> None:
    page = a_page(width, height, CASES[name][0].dpi, seed=width)
    assert printed(name, page).tobytes() == picture_of(page).tobytes()


@st.composite
def pages(draw_one: st.DrawFn) -> Page:
    width, height = draw_one(st.integers(1, 70)), draw_one(st.integers(1, 30))
    step = (width + 7) // 8
    row = st.one_of(st.binary(min_size=step, max_size=step), st.sampled_from([bytes(step), b"\xff" * step]))
    data = b"".join(draw_one(st.lists(row, min_size=height, max_size=height)))
    whole = Image.frombytes("1", (step * 8, height), data)
    return page_of(whole.crop((0, 0, width, height)), 300)


@pytest.mark.parametrize("name", [name for name in CASES if "203" not in name])
@given(page=pages())
def test_any_picture_arrives(name: str, page: Page) -> None:
    assert printed(name, page).tobytes() == picture_of(page).tobytes()


def a_badge_page(dpi: int) -> Page:
    ada = Attendee(AttendeeId("0" * 26), first="Ada", last="Lovelace", agency="Analytical Engines")
    return draw(load_layout(), badge_of(ada, TicketCode(CODE), "Conference"), dpi).page


BADGES: dict[str, tuple[PrinterProfile, Decode]] = {
    **{name: case for name, case in CASES.items() if case[0].language not in ("brother", "dymo", "escpos")},
    "brother wide": (replace(CASES["brother wide"][0], rotate=90), wide_brother),
    "dymo 4XL": (profile("dymo", head_dots=1248), lambda d: decoders.dymo(d, 1248)),
    "escpos 203": (profile("escpos", 203, rotate=90, head_dots=640), lambda d: decoders.escpos(d, 640)),
    "escpos 300": (profile("escpos", 300, rotate=270, head_dots=904), lambda d: decoders.escpos(d, 904)),
}


@pytest.mark.parametrize("name", BADGES)
def test_the_code_on_a_real_badge_is_read(qapp: object, name: str) -> None:
    setup, decode = BADGES[name]
    [label] = decode(encode(a_badge_page(setup.dpi), setup))
    assert [code.text for code in zxingcpp.read_barcodes(label.picture.convert("L"))] == [CODE]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_pages_are_turned_clockwise(degrees: int) -> None:
    page = a_page(31, 17)
    [label] = from_png(encode(page, profile("png", rotate=degrees)))
    assert label.picture.tobytes() == picture_of(page).rotate(-degrees, expand=True).tobytes()


def test_a_turned_page_lies_on_turned_paper() -> None:
    page = a_page(600, 300)
    [sheet] = PdfReader(io.BytesIO(encode(page, profile("pdf", rotate=90)))).pages
    assert (float(sheet.mediabox.width), float(sheet.mediabox.height)) == pytest.approx((72, 144), abs=0.01)


@pytest.mark.parametrize("x_mm, y_mm, dots", [(1, 2, (12, 24)), (-1, 0, (-12, 0)), (0, -2, (0, -24))])
def test_an_offset_moves_the_picture_on_the_paper(x_mm: float, y_mm: float, dots: tuple[int, int]) -> None:
    page = a_page(300, 200)
    [label] = from_png(encode(page, profile("png", offset_x_mm=x_mm, offset_y_mm=y_mm)))
    wanted = Image.new("1", (300, 200), 1)
    wanted.paste(picture_of(page), dots)
    assert label.picture.tobytes() == wanted.tobytes()


def test_a_page_wider_than_the_head_loses_its_border_and_nothing_else() -> None:
    page = a_page(732, 50)
    [label] = decoders.brother(encode(page, profile("brother", media=ROLL)))
    assert label.picture.tobytes() == picture_of(page).crop((18, 0, 714, 50)).tobytes()
    [label] = decoders.zpl(encode(page, profile("zpl", head_dots=500)))
    assert label.picture.tobytes() == picture_of(page).crop((0, 0, 500, 50)).tobytes()


def test_zebra_settings_come_from_the_profile_alone() -> None:
    [left_alone] = decoders.zpl(encode(a_page(80, 40), profile("zpl")))
    assert left_alone.said == {"LS": 0, "PW": 80, "LL": 40, "PQ": 1}
    data = encode(a_page(80, 40), profile("zpl", darkness=99, speed=6, model="zebra-300-cutter"))
    [label] = decoders.zpl(data)
    assert data.startswith(b"~SD30^XA")
    assert (label.said["PR"], label.said["MM"]) == (6, "C")
    assert b"^MM" not in encode(a_page(80, 40), profile("zpl", model="zebra-300-cutter", cut=False))


def test_a_brother_cuts_each_label_where_it_should() -> None:
    [continuous] = decoders.brother(encode(a_page(696, 90), profile("brother", media=ROLL)))
    assert continuous.said | {"autocut": True, "cut_every": 1, "cut_at_end": True, "margin": 35} == continuous.said
    [uncut] = decoders.brother(encode(a_page(696, 90), profile("brother", media=ROLL, cut=False)))
    assert uncut.said | {"autocut": False, "cut_at_end": False} == uncut.said
    [die_cut] = decoders.brother(encode(a_page(696, 90), profile("brother", media=Media(62, 100))), (62, 100))
    assert die_cut.said["margin"] == 0


def test_the_black_and_red_roll_gets_black_alone() -> None:
    page = a_page(696, 90)
    [label] = decoders.brother(encode(page, profile("brother", media=Media(62, None, "DK-22251"))))
    assert label.said["two_colours"] is True
    assert int(str(label.said["flags"])) & 0x40 == 0
    assert label.picture.tobytes() == picture_of(page).tobytes()


def test_a_roll_brother_does_not_make_is_said_by_name() -> None:
    with pytest.raises(BadInput, match="Badge 1"):
        encode(a_page(80, 40), profile("brother", media=Media(80)))


def test_receipts_are_cut_labels_are_fed_to_the_next() -> None:
    page = a_page(576, 600, 203)
    [cut] = decoders.escpos(encode(page, profile("escpos", 203, media=Media(80))))
    assert cut.said == {"end": "cut 4200", "bands": [256, 256, 88]}
    [label] = decoders.escpos(encode(page, profile("escpos", 203, media=Media(72, 75))))
    assert label.said["end"] == "label"
    [torn] = decoders.escpos(encode(page, profile("escpos", 203, media=Media(80), cut=False)))
    assert torn.said["end"] == "feed"


def test_the_receipt_library_leaves_the_process_alone(tmp_path: Path) -> None:
    """It takes over the root logger, fills the folder of temporary files and talks on standard output, unless kept."""
    program = (
        "import logging, os, sys, tempfile\n"
        f"sys.path.insert(1, {str(tmp_path)!r})\n"
        "from tests.printing.test_languages import a_page, profile\n"
        "from kiosk.printing.languages import encode\n"
        "before = tempfile.mkdtemp\n"
        "assert encode(a_page(576, 300, 203), profile('escpos', 203))\n"
        "assert logging.root.handlers == [], logging.root.handlers\n"
        "assert tempfile.mkdtemp is before\n"
        "assert 'cups' not in sys.modules\n"
        "assert 'ESCPOS_CAPABILITIES_PICKLE_DIR' not in os.environ\n"
        "assert os.listdir(tempfile.gettempdir()) == [], os.listdir(tempfile.gettempdir())\n"
    )
    (tmp_path / "tmp").mkdir()
    (tmp_path / "cups").mkdir()  # anybody's folder of this name is in its way
    env = {
        "PATH": "",
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    [pickle] = (tmp_path / "cache" / "kiosk-checkin" / "escpos").iterdir()
    assert not pickle.parent.stat().st_mode & 0o022


def test_no_language_is_loud(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG):
        for name in LANGUAGES:
            encode(a_page(60, 40, 300), profile(name, media=ROLL))
    assert [record for record in caplog.records if record.name.startswith("escpos")] == []
    assert capsys.readouterr().out == ""
