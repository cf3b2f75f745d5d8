"""`kiosk report` and `kiosk verify CODE` as somebody at a terminal uses them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pypdf import PdfReader

from kiosk.commands.main import main
from kiosk.domain.attendance import Way
from kiosk.services.attendance import Attendance
from kiosk.services.station import Station
from kiosk.storage.keys import data_key
from kiosk.storage.store import Store, open_store
from tests.builders import an_attendee, enrol, hold
from tests.doors import a_course, attend

ADA, BOB = ("0" * 25 + mark for mark in "AB")
ONE = a_course("A1", course_slot=1)

pytestmark = pytest.mark.usefixtures("qapp")


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    folder.mkdir(exist_ok=True)
    store = open_store(folder, data_key(folder, lambda new: "a passphrase for tests"))
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "station"
    monkeypatch.setenv("KIOSK_DATA", str(folder))
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase for tests")
    with opened(folder) as store:
        enrol(
            store,
            an_attendee("Ada", "Lovelace", id=ADA, code="000001", number="000001", agency="Riverford PD"),
            an_attendee("安怡", "张", id=BOB, code="000002", number="000002", agency="Riverford PD"),
        )
        hold(store, ONE)
        attend(store, ADA, ONE)
        attend(store, BOB, ONE)
    return folder


def report(*words: str) -> int:
    return main(["report", *words])


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".pdf"])
def test_the_ending_of_the_file_chooses_its_form(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    file = tmp_path / f"hours{ending}"
    assert report("credits", "--to", str(file)) == 0
    assert "Training hours: 2 rows" in capsys.readouterr().out
    assert file.stat().st_size > 100


def test_certificates_of_one_of_some_and_of_an_agency(data: Path, tmp_path: Path) -> None:
    for words, pages in (
        (["--attendee", "000001"], 1),
        (["--attendee", "000001", "--attendee", "000002"], 2),
        (["--agency", "Riverford PD"], 2),
    ):
        file = tmp_path / "certificates.pdf"
        assert report("certificates", *words, "--to", str(file), "--paper", "a4", "--set", "provider=Ours") == 0
        reader = PdfReader(file)
        assert len(reader.pages) == pages
        assert "Ours" in reader.pages[0].extract_text()
    folder = tmp_path / "each"
    assert report("certificates", "--one-file-each", "--to", str(folder)) == 0
    assert sorted(file.name for file in folder.iterdir()) == ["000001.pdf", "000002.pdf"]


def test_a_code_from_a_certificate_is_confirmed_and_later_is_not(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "one.pdf"
    report("certificates", "--attendee", "000001", "--to", str(file))
    (code,) = (word for word in PdfReader(file).pages[0].extract_text().split() if word.count("-") == 3)
    capsys.readouterr()
    assert main(["verify", code]) == 0
    said = capsys.readouterr().out
    assert "Ada Lovelace · Riverford PD" in said
    assert "1.25 h, certified" in said
    assert "The records still give the same." in said
    with opened(data) as store:
        attendance = Attendance(store, Station(store))
        left = attendance.of(ADA).stays[0].left
        assert left is not None
        attendance.repair(ADA, ONE.id, Way.OUT, ONE.start.replace(minute=30), "left early", "Deb", left.record)
    assert main(["verify", code, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["holds"], answer["hours"]) == (False, "1.25")
    assert "The total was 1.25 h; the records now give 0.00 h." in answer["differences"]
    assert main(["verify", "0000-0000-0000-0000"]) == 1
    assert "No certificate with the code" in capsys.readouterr().err


def test_exports_for_other_systems_are_json(data: Path, tmp_path: Path) -> None:
    for name, count in (("xapi", 2), ("open-badges", 2)):
        file = tmp_path / f"{name}.json"
        assert report(name, "--to", str(file)) == 0
        assert len(json.loads(file.read_text("utf-8"))) == count


@pytest.mark.parametrize(
    "words, said",
    [
        (["credits", "--to", "x.docx"], ".pdf, .csv, .xlsx"),
        (["xapi", "--to", "x.docx"], ".json"),
        (["certificates", "--to", "x.pdf", "--set", "provider"], "NAME=VALUE"),
        (["certificates", "--to", "x.pdf", "--set", "ssn=1"], "social security"),
        (["certificates", "--to", "x.pdf", "--agency", "Nowhere"], "Nobody on the roster is of the agency"),
        (["attendance", "--to", "x.csv", "--session", "Z9"], "no session Z9"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert report(*words) == 1
    assert said in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["station"]
