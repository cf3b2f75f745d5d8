from __future__ import annotations

import io
from pathlib import Path

import pytest
import zxingcpp
from click.testing import CliRunner, Result
from PIL import Image
from pypdf import PdfReader

from kiosk.commands.badge import badge_command
from kiosk.commands.shell import Shell
from kiosk.domain.layout_choice import LayoutRules
from kiosk.domain.own_codes import is_own
from kiosk.errors import BadInput, KioskError
from kiosk.services.layouts import Layouts
from kiosk.services.station import Station
from kiosk.storage.keys import data_key
from tests.builders import a_store, an_attendee, enrol

pytestmark = pytest.mark.usefixtures("qapp")

ADA = an_attendee("Ada", "Lovelace", code="000001")
SEAT = an_attendee("TBD", "TBD", code="000002", placeholder=True)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "correct horse battery staple")
    folder = tmp_path / "data"
    folder.mkdir()
    with a_store(folder, data_key(folder)) as store:
        enrol(store, ADA, SEAT)
    return folder


def badge(data: Path, *words: str) -> Result:
    return CliRunner().invoke(badge_command, list(words), obj=Shell(data))


def test_a_badge_as_a_picture_whose_code_is_ours(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "ada.png"
    result = badge(data, "000001", "--to", str(target))
    assert (result.exit_code, result.output.strip()) == (0, str(target))
    with Image.open(target) as picture:
        [code] = zxingcpp.read_barcodes(picture.convert("L"))
    assert is_own(code.text)
    again = badge(data, code.text, "--to", str(tmp_path / "again.png"))
    assert again.exit_code == 0
    assert (tmp_path / "again.png").read_bytes() == target.read_bytes()


def test_a_badge_as_a_pdf_of_the_layouts_size(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "ada.PDF"
    assert badge(data, "000001", "--to", str(target)).exit_code == 0
    box = PdfReader(io.BytesIO(target.read_bytes())).pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((288, 216), abs=0.01)


def test_printing_goes_through_the_queue_once(data: Path) -> None:
    first = badge(data, "000001")
    assert first.exit_code == 0, first.output
    assert [path.suffix for path in (data / "badges").iterdir()] == [".pdf"]
    second = badge(data, "000001")
    assert (second.exit_code, "--reprint" in second.output) == (1, True)
    assert badge(data, "000001", "--reprint", "--printer", "pdf").exit_code == 0
    assert len(list((data / "badges").iterdir())) == 2


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["000001", "--to", "x.doc"], r"\.pdf, \.png"),
        (["000001", "--to", "x"], r"\.pdf, \.png"),
        (["000001", "--printer", "Zebra"], "Known here: PDF"),
        (["424242"], "Nobody on the roster"),
        (["000002"], "no name yet"),
        (["000002", "--to", "x.png"], "no name yet"),
        (["000001", "--to", "no/such/folder/x.png"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    error = badge(data, *words).exception
    assert isinstance(error, KioskError)
    with pytest.raises(KioskError, match=sentence):
        raise error


def test_a_layout_of_ones_own_or_none(data: Path, tmp_path: Path) -> None:
    layout = tmp_path / "mine.json"
    layout.write_text('{"version": 1, "name": "blank", "size_mm": [50, 30], "elements": []}')
    target = tmp_path / "blank.png"
    assert badge(data, "000001", "--to", str(target), "--layout", str(layout)).exit_code == 0
    with Image.open(target) as picture:
        assert picture.size == (591, 354)
    layout.write_text("{}")
    assert isinstance(badge(data, "000001", "--to", str(target), "--layout", str(layout)).exception, BadInput)


def test_a_file_takes_one_code(data: Path) -> None:
    assert badge(data, "000001", "000002", "--to", "x.png").exit_code == 2
    assert badge(data).exit_code == 2


def test_without_a_layout_the_stations_own_choice_counts(data: Path, tmp_path: Path) -> None:
    with a_store(data, data_key(data)) as store:
        Layouts(store, Station(store)).set_rules(LayoutRules("roll-62"))
    target = tmp_path / "ada.png"
    assert badge(data, "000001", "--to", str(target)).exit_code == 0
    with Image.open(target) as picture:
        assert picture.size == (732, 1181)
