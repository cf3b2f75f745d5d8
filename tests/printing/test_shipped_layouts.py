"""Every layout we ship: everybody fits, every code is read once it was printed, and what is seen is what is printed."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from functools import cache

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageFilter
from pypdf import PdfReader

from kiosk.config import asset
from kiosk.domain.badge import Badge, badge_of
from kiosk.domain.layout import Layout
from kiosk.domain.layout_fit import FitReport, ProblemKind
from kiosk.domain.people import Attendee, AttendeeId
from kiosk.errors import BadInput
from kiosk.printing import render
from kiosk.printing.badge_tools import BadgeTools
from kiosk.printing.bitmap import pdf
from kiosk.printing.fit_report import check_fit
from kiosk.printing.fonts import Typeface
from kiosk.printing.layout import load_layout
from kiosk.printing.render import draw
from kiosk.printing.typeset import Fitted, Room, fit
from tests.domain.test_roster_samples import attendees, everything_accepted
from tests.printing.test_render import CODE, LONGEST, NAMES, badge, image

pytestmark = pytest.mark.usefixtures("qapp")

SHIPPED = {path.stem: path for path in sorted(asset("layouts").glob("*.json"))}
LONG_AGENCY = "University of the Lower Coast, School of Criminology and Criminal Justice Research and Training Programs"
ROSTERS = [path.name for path in sorted(asset("sample/rosters").iterdir()) if path.suffix in (".csv", ".xlsx")]


@cache
def everybody() -> list[Badge]:
    """Every person of every sample roster who has a name."""
    found = []
    for name in ROSTERS:
        for attendee in attendees(everything_accepted(name)).values():
            try:
                found.append(badge_of(attendee, CODE, "PLECET National Conference 2023"))
            except BadInput:
                continue  # a seat without a name gets no badge
    return found


def the_longest() -> list[Badge]:
    """The longest surname, every script, and long words everywhere."""
    long = {
        "agency": LONG_AGENCY,
        "agency_type": "Non-governmental",
        "title": "Assistant Chief of Staff",
        "sworn": False,
    }
    people = [Attendee(AttendeeId(f"{n:026}"), first=a, last=b, **long) for n, (a, b) in enumerate(NAMES)]
    people.append(Attendee(AttendeeId("Z" * 26), first=LONGEST, last=LONGEST, registration_type="M" * 60, **long))
    return [badge_of(person, CODE, "PLECET National Conference 2023") for person in people]


def layouts() -> list[Layout]:
    return [load_layout(path) for path in SHIPPED.values()]


def assert_fits(report: FitReport, badges: int) -> None:
    assert report.badges == badges
    assert report.of(ProblemKind.OUTSIDE) == ()
    assert report.of(ProblemKind.MISSING_GLYPHS) == ()
    assert report.of(ProblemKind.SMALL_QR) == ()


def test_the_longest_names_and_every_script_fit_every_layout() -> None:
    report = check_fit(the_longest(), lambda _badge: layouts(), dpis=(203,))
    assert_fits(report, len(NAMES) + 1)
    small = {finding.name for finding in report.of(ProblemKind.TOO_SMALL)}
    assert small <= {f"Hubert {LONGEST}", f"{LONGEST} {LONGEST}"}


def test_some_of_everybody_fit_every_layout() -> None:
    """One of a hundred, evenly from every roster; `make soak` takes all."""
    some = everybody()[::100]
    assert_fits(check_fit(some, lambda _badge: layouts(), dpis=(300,)), len(some))


@pytest.mark.soak
def test_everybody_fits_every_layout() -> None:
    report = check_fit(everybody(), lambda _badge: layouts())
    print("\n".join(report.lines()))
    assert_fits(report, len(everybody()))
    assert all(len(finding.problem.text) > 30 for finding in report.of(ProblemKind.TOO_SMALL))


def test_a_report_says_who_needed_the_smallest_size() -> None:
    report = check_fit([badge("Jo", "Li"), badge("Hubert", LONGEST)], lambda _badge: [load_layout()])
    [finding] = report.of(ProblemKind.TOO_SMALL)
    assert (finding.name, finding.layout) == (f"Hubert {LONGEST}", "Attendee, 4 × 3 in")
    smallest = {fit.place: (fit.words, fit.cap_mm) for _layout, fit in report.smallest}
    assert smallest["elements[4]"][0] == LONGEST
    assert 2 < smallest["elements[4]"][1] < 3.2
    lines = report.lines()
    assert "2 badges drawn: 0 outside a box, 0 with letters no font has, 1 smaller than asked for." in lines[0]
    assert any("elements[4]: 2.6 mm" in line for line in lines)


def test_a_check_can_be_stopped_and_tells_how_far_it_is() -> None:
    seen: list[tuple[int, int]] = []
    people = [badge("Jo", "Li")] * 5
    stopped = check_fit(
        people, lambda _badge: [load_layout()], (203,), lambda *at: seen.append(at), lambda: len(seen) == 2
    )
    assert seen == [(1, 5), (2, 5)]
    assert (stopped.badges, stopped.stopped) == (2, True)
    assert stopped.summary().startswith("Stopped after 2 badges")


def test_ink_beyond_its_box_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text leaves its box; if one did, the report would be the first to know."""

    def too_large(words: str, typeface: Typeface, room: Room) -> Fitted:
        fitted = fit(words, typeface, room)
        return replace(fitted, scale=fitted.scale * 1.5)

    monkeypatch.setattr(render, "fit", too_large)
    report = check_fit([badge("Mary-Kate", "O’Sullivan")], lambda _badge: [load_layout()], (203,))
    assert {finding.problem.text for finding in report.of(ProblemKind.OUTSIDE)} >= {"Mary-Kate", "O’Sullivan"}


def as_printed(picture: Image.Image, dpi: int, seed: int) -> Image.Image:
    """What a scanner sees of a thermal print: dots a little fat, soft, noisy, tilted, at 200 pixels an inch."""
    chance = random.Random(seed)
    fat = picture.resize((picture.width * 2, picture.height * 2)).filter(ImageFilter.MinFilter(3))
    scale = 200 / dpi / 2
    seen = fat.resize((round(fat.width * scale), round(fat.height * scale)), Image.Resampling.BOX)
    tilted = seen.rotate(chance.uniform(-4, 4), expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    noise = Image.effect_noise(tilted.size, 40)
    return Image.blend(tilted.filter(ImageFilter.GaussianBlur(0.7)), noise, 0.2)


def codes_seen(name: str, dpi: int, seeds: range) -> list[list[str]]:
    drawn = draw(load_layout(SHIPPED[name]), badge("Hubert", LONGEST, agency=LONG_AGENCY, number="000008"), dpi)
    printed = (as_printed(image(drawn.page.bitmap), dpi, seed) for seed in seeds)
    return [[code.text for code in zxingcpp.read_barcodes(each)] for each in printed]


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_code_of_every_layout_is_read_once_it_was_printed(name: str, dpi: int) -> None:
    assert codes_seen(name, dpi, range(1)) == [[CODE]]


@pytest.mark.soak
@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_code_of_every_layout_is_read_however_it_was_printed(name: str, dpi: int) -> None:
    assert codes_seen(name, dpi, range(1, 101)) == [[CODE]] * 100


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("dpi", [203, 300])
def test_the_preview_is_the_printed_page_dot_for_dot(name: str, dpi: int) -> None:
    layout, ada = load_layout(SHIPPED[name]), badge("Ada", "Lovelace", agency="Gainesville PD", sworn=True)
    preview = BadgeTools().preview(layout, ada, dpi)
    page = draw(layout, ada, dpi).page
    assert (preview.width, preview.height, preview.rows) == (page.bitmap.width, page.bitmap.height, page.bitmap.rows)
    [sheet] = PdfReader(io.BytesIO(pdf(page))).pages
    [embedded] = sheet.images
    assert embedded.image is not None
    assert ImageChops.difference(embedded.image.convert("L"), image(page.bitmap)).getbbox() is None
    size = (layout.width_mm / 25.4 * 72, layout.sheet_height_mm / 25.4 * 72)
    assert (float(sheet.mediabox.width), float(sheet.mediabox.height)) == pytest.approx(size, abs=0.01)
