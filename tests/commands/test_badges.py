from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import zxingcpp
from click.testing import CliRunner, Result
from PIL import Image
from pypdf import PdfReader

from kiosk.commands.badges import badges_command
from kiosk.commands.shell import Shell
from kiosk.domain.own_codes import is_own
from kiosk.domain.people import Status
from kiosk.errors import BadInput
from kiosk.storage.keys import data_key
from tests.builders import a_store, an_attendee, enrol

pytestmark = pytest.mark.usefixtures("qapp")

PEOPLE = [
    an_attendee("Zoë", "Äpfel", code="000009", number="000009", registration_type="Staff"),
    an_attendee("Ada", "Lovelace", code="000001", number="000001", registration_type="Attendee", agency="Savannah PD"),
    an_attendee("محمد", "العبدالله", code="000007", registration_type="Attendee"),
    an_attendee("Carl", "Gone", code="000004", status=Status.CANCELLED),
    an_attendee("TBD", "TBD", code="000003", placeholder=True),
    *[an_attendee(f"First{n}", f"Last{n}", code=f"1{n:05}", registration_type="Attendee") for n in range(5)],
]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "correct horse battery staple")
    folder = tmp_path / "data"
    folder.mkdir()
    with a_store(folder, data_key(folder)) as store:
        enrol(store, PEOPLE)
    return folder


def badges(data: Path, *words: str) -> Result:
    return CliRunner().invoke(badges_command, list(words), obj=Shell(data))


def test_sheets_hold_everybody_who_is_coming_in_order_in_their_cells(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "sheets.pdf"
    result = badges(data, "sheets", "--to", str(target))
    assert result.exit_code == 0, result.output
    assert "8 badges on 2 pages" in result.output
    pages = PdfReader(io.BytesIO(target.read_bytes())).pages
    assert [(float(page.mediabox.width), float(page.mediabox.height)) for page in pages] == [(612, 792)] * 2
    assert [len(page.images) for page in pages] == [6, 2]
    content = pages[0].get_contents().get_data().decode()
    assert content.splitlines()[0].startswith("q 288.0000 0 0 216.0000 18.0000 504.0000 cm")
    codes = [zxingcpp.read_barcodes(image.image.convert("L"))[0].text for page in pages for image in page.images]
    assert len(set(codes)) == 8
    assert all(is_own(code) for code in codes)


def test_sheets_can_be_shifted_for_a_printer_that_is_off(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "sheets.pdf"
    assert badges(data, "sheets", "--to", str(target), "--type", "staff", "--offset", "1", "-2").exit_code == 0
    [page] = PdfReader(io.BytesIO(target.read_bytes())).pages
    right, up = 72 / 25.4, 2 * 72 / 25.4
    assert f"{18 + right:.4f} {504 + up:.4f} cm" in page.get_contents().get_data().decode()


def test_the_list_on_paper_is_text_with_page_numbers(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "list.pdf"
    result = badges(data, "list", "--to", str(target), "--paper", "a4")
    assert "8 people on 1 pages" in result.output
    [page] = PdfReader(io.BytesIO(target.read_bytes())).pages
    assert float(page.mediabox.height) == pytest.approx(297 / 25.4 * 72, abs=1)
    text = " ".join(page.extract_text().split())
    assert text.index("Äpfel") < text.index("Last0") < text.index("Lovelace")
    assert "Page 1 of 1" in text
    assert "Savannah PD" in text
    assert "Gone" not in text


def test_everybody_is_drawn_to_see_what_does_not_fit(data: Path) -> None:
    result = badges(data, "check")
    assert result.exit_code == 0, result.output
    assert "8 badges drawn: 0 outside a box, 0 with letters no font has" in result.output
    with_everyone = badges(data, "check", "--everyone", "--json")
    assert json.loads(with_everyone.output)["badges"] == 9


def test_a_letter_no_font_has_fails_the_check(data: Path) -> None:
    with a_store(data, data_key(data)) as store:
        enrol(store, an_attendee("Ada 𓀀", "Byron", code="000099", registration_type="Attendee"))
    result = badges(data, "check")
    assert result.exit_code == 1
    assert "Ada 𓀀 Byron: These characters cannot be printed: 𓀀" in result.output


def test_a_layout_goes_out_and_comes_in(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.json"
    assert badges(data, "save", "attendee-4x3", "--to", str(target)).exit_code == 0
    assert badges(data, "bring-in", str(target)).exit_code == 0
    listed = [json.loads(line) for line in badges(data, "layouts", "--json").output.splitlines()]
    assert listed[0]["name"].endswith(" 2")
    assert next(each["id"] for each in listed if each["shipped"]) == "attendee-4x3"
    sheet = tmp_path / "sheet.png"
    target.write_text('{"version": 1, "name": "small", "size_mm": [50, 30], "elements": []}')
    wrong = badges(data, "sheets", "--to", str(sheet), "--layout", str(target))
    assert isinstance(wrong.exception, BadInput)
    assert not sheet.exists()


def test_nobody_like_that_is_said_and_writes_nothing(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "list.pdf"
    result = badges(data, "list", "--to", str(target), "--agency", "no such agency")
    assert isinstance(result.exception, BadInput)
    assert list(tmp_path.glob("list*")) == []


def test_a_file_that_cannot_be_written_is_said(data: Path, tmp_path: Path) -> None:
    for command in ("list", "sheets"):
        result = badges(data, command, "--to", str(tmp_path / "no" / "such" / "folder.pdf"))
        assert isinstance(result.exception, BadInput)
        assert "cannot be written" in str(result.exception)


def test_the_sheet_of_a_folded_layout_is_upright(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "a6.pdf"
    assert badges(data, "sheets", "--to", str(target), "--sheet", "a4-a6", "--type", "staff").exit_code == 0
    [page] = PdfReader(io.BytesIO(target.read_bytes())).pages
    [image] = page.images
    assert isinstance(image.image, Image.Image)
    assert image.image.size == (1240, 1748)
