"""Paper: every name can be read and copied, pages are counted, headers come again, nothing runs off the sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfReader

from kiosk.config import asset
from kiosk.domain.paper_template import fill, read_template
from kiosk.domain.papers import Imprint, PaperSize, Sheet, Sheets, Signatures, Table, Text
from kiosk.errors import BadInput
from kiosk.printing.paper_press import PaperPress

pytestmark = pytest.mark.usefixtures("qapp")

IMPRINT = Imprint("PLECET 2023", "Made May 4, 2023, 3:12 PM EDT at Desk 1")
NAMES = (
    "Mary-Kate O’Sullivan",
    "张安怡",
    "김민수",
    "Nguyễn Thị Minh Ngọc",
    "ᏣᎳᎩ",
    "สมชาย ใจดี",
    "Þórunn Jónsdóttir",
    "שמואל",
    "محمد",
)
LONGEST = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafen"

Save = Callable[..., PdfReader]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def saved(document: Table | Sheets, size: PaperSize = PaperSize.LETTER) -> PdfReader:
        file = tmp_path / "paper.pdf"
        PaperPress().save(document, file, size, IMPRINT, lambda _done, _of: None)
        return PdfReader(file)

    return saved


def words(reader: PdfReader) -> list[str]:
    """The text of each page as somebody who copies it gets it."""
    return [page.extract_text() for page in reader.pages]


def a_list(count: int, **more: object) -> Table:
    rows = tuple((NAMES[n % len(NAMES)], f"Agency {n}", f"{n}") for n in range(count))
    return Table("Training hours", ("Name", "Agency", "Hours"), rows, numbers=frozenset({2}), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_script_can_be_selected_and_copied(save: Save, name: str) -> None:
    (page,) = words(save(Table("List", ("Name",), ((name,),))))
    assert name in page or name[::-1] in page  # this reader gives Hebrew and Arabic as they stand on the page


def test_every_font_is_in_the_file(save: Save) -> None:
    page = save(a_list(len(NAMES))).pages[0]
    fonts = page["/Resources"]["/Font"]  # type: ignore[index]
    assert len(fonts) >= 4
    for font in fonts.values():
        (inner,) = font.get_object()["/DescendantFonts"]
        assert any(key.startswith("/FontFile") for key in inner.get_object()["/FontDescriptor"].get_object())


def test_a_long_list_has_its_headers_and_a_count_on_every_page(save: Save) -> None:
    pages = words(save(a_list(120)))
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Made May 4, 2023, 3:12 PM EDT at Desk 1" in page
        assert "Agency" in page.split("\n", 4)[0] or "Name" in page
    everything = "\n".join(pages)
    assert [n for n in range(120) if f"Agency {n}" not in everything] == []


@pytest.mark.parametrize("size, points", [(PaperSize.LETTER, (612, 792)), (PaperSize.A4, (595, 842))])
def test_paper_is_letter_or_a4(save: Save, size: PaperSize, points: tuple[int, int]) -> None:
    box = save(a_list(3), size).pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == pytest.approx(points, abs=1)


def test_a_wide_list_lies_across_the_page(save: Save) -> None:
    table = Table("Wide", tuple(f"Column number {n}" for n in range(12)), (tuple("some words" for _ in range(12)),))
    box = save(table).pages[0].mediabox
    assert box.width > box.height


def test_a_rare_word_is_not_torn_where_the_others_are_shorter(save: Save) -> None:
    states = ["cancelled", *["coming"] * 60]
    rows = tuple((f"A fairly long name of an agency, number {n}", "x" * 40, state) for n, state in enumerate(states))
    assert "cancelled" in words(save(Table("Attendance", ("Agency", "Note", "State"), rows)))[0]


def test_groups_have_headings_with_how_many(save: Save) -> None:
    rows = (("Salon A", "Ada"), ("Salon A", "Bob"), ("Salon B", "Chen"))
    (page,) = words(save(Table("Roll call", ("Room", "Name"), rows, group=0, to_write=("Seen",))))
    assert "Salon A – 2 people" in page
    assert "Salon B – 1 person" in page
    assert page.count("Seen") == 2


def test_a_heading_counts_people_only_where_the_rows_are_people(save: Save) -> None:
    table = Table("Agenda", ("Person", "Session"), (("Ana", "A1"), ("Ana", "B1")), group=0, of_people=False)
    (page,) = words(save(table))
    assert "Ana" in page
    assert "people" not in page


def test_an_empty_list_says_so(save: Save) -> None:
    (page,) = words(save(a_list(0)))
    assert "Nothing to list." in page


def test_each_sheet_begins_a_page_and_counts_its_own(save: Save) -> None:
    sheets = [Sheet("Transcript", (Text(f"Sheet {n}"), Signatures(("Date",)))) for n in range(3)]
    pages = words(save(Sheets("Transcripts", sheets, 3)))
    assert [f"Sheet {n}" in page and "Page 1 of 1" in page for n, page in enumerate(pages)] == [True] * 3


def a_certificate(name: str, lines: int = 8) -> Sheet:
    template = read_template(asset("papers/certificate.json").read_bytes(), "certificate")
    rows = tuple(
        (f"{n}", f"C{n}A · Engaging Community Partners", "May 4, 2023", "75 of 75", "1.25") for n in range(lines)
    )
    courses = Table("", ("Slot", "Course", "Date", "Minutes", "Hours"), rows, numbers=frozenset({3, 4}))
    values = {"name": name, "agency": "Gainesville Police Department", "hours": "10.00", "courses": "8 courses",
              "conference": "National Training Conference", "code": "7K2M-93QF-ZB0C-4D1T"}  # fmt: skip
    return fill(template, values, {"courses": courses})


@pytest.mark.parametrize("name", ["Ada Lovelace", f"Hubert {LONGEST}", "محمد العبدالله"])
@pytest.mark.parametrize("size", PaperSize)
def test_a_certificate_is_one_page_whatever_the_name(save: Save, name: str, size: PaperSize) -> None:
    (page,) = words(save(Sheets("Certificates", [a_certificate(name)], 1), size))
    assert "10.00 hours of training" in page
    assert "7K2M-93QF-ZB0C-4D1T" in page
    assert "Training coordinator" in page


def test_a_certificate_of_many_courses_is_still_one_page(save: Save) -> None:
    assert len(words(save(Sheets("Certificates", [a_certificate("Ada", lines=24)], 1)))) == 1


def test_somebody_who_stops_it_leaves_no_file(tmp_path: Path) -> None:
    def stop(done: int, _of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    file = tmp_path / "many.pdf"
    sheets = Sheets("Certificates", (a_certificate(f"No. {n}") for n in range(100)), 100)
    with pytest.raises(KeyboardInterrupt):
        PaperPress().save(sheets, file, PaperSize.LETTER, IMPRINT, stop)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        PaperPress().save(a_list(1), tmp_path / "nowhere" / "x.pdf", PaperSize.LETTER, IMPRINT, lambda _a, _b: None)


def test_hostile_words_are_printed_as_they_are(save: Save) -> None:
    (page,) = words(save(Table("<b>List</b>", ("Name",), (("<img src=x> & \x1b[31m \n next",),))))
    assert "<b>List</b>" in page
    assert "<img src=x>" in page


def test_a_cell_without_end_is_cut_and_no_row_runs_off_the_page(save: Save) -> None:
    rows = (("<h1>" * 3000, "one"), ("Ada Lovelace", "two"))
    (page,) = words(save(Table("List", ("Name", "Agency"), rows)))
    assert "Ada Lovelace" in page
    assert "…" in page


def test_a_mark_stands_on_every_page(tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    marked = Imprint("PLECET", "Made today", "DEMO DATA")
    PaperPress().save(a_list(120), file, PaperSize.LETTER, marked, lambda _a, _b: None)
    assert all("DEMO DATA" in page for page in words(PdfReader(file)))
