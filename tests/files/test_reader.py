"""Files of every kind: what a spreadsheet shows is what we get, and the worst that comes back is a sentence."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import Font

from kiosk.domain.roster_sheet import Book
from kiosk.errors import BadInput
from kiosk.files import limits
from kiosk.files.reader import read_book
from kiosk.files.text import find_delimiter

DATA = Path(__file__).parent.parent / "data"
PEOPLE = "First Name,Last Name,Email\nJosé,Nuñez,jose@agency.example\nZoë,O’Brien,zoe@agency.example\n"


def read(folder: Path, data: bytes, name: str = "list.csv") -> Book:
    path = folder / name
    path.write_bytes(data)
    return read_book(path)


def workbook(fill: object) -> bytes:
    book = Workbook()
    fill(book.active)  # type: ignore[operator]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "encoding, told",
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_every_encoding_gives_the_same_names(tmp_path: Path, encoding: str, told: str) -> None:
    book = read(tmp_path, PEOPLE.encode(encoding))
    assert book.encoding == told
    assert book.sheets[0].rows[0] == ["First Name", "Last Name", "Email"]
    assert [row[:2] for row in book.sheets[0].rows[1:]] == [["José", "Nuñez"], ["Zoë", "O’Brien"]]


def test_an_encoding_of_another_script_is_found(tmp_path: Path) -> None:
    text = "Имя,Фамилия,Город\n" + "Дмитрий,Достоевский,Петербург\nНаталья,Гончарова,Москва\n" * 20
    assert read(tmp_path, text.encode("cp1251")).sheets[0].rows[1] == ["Дмитрий", "Достоевский", "Петербург"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["list.csv", "list.tsv", "list.txt", "list.xls"])
def test_the_delimiter_is_told_by_the_content(tmp_path: Path, delimiter: str, name: str) -> None:
    lines = [["Name", "Fee", "Agency"], ["Ann Ng", "495,00", "Parks, State of NY; HQ"], ["Bo Li", "12,50", "Police"]]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    book = read(tmp_path, text.encode(), name)
    assert book.delimiter == delimiter
    assert book.sheets[0].rows == lines


def test_line_breaks_quotes_and_old_macs(tmp_path: Path) -> None:
    rows = read(tmp_path, b'Name,Note\r\n"Ng, Ann","a\nb ""c"""\r\n').sheets[0].rows
    assert rows == [["Name", "Note"], ["Ng, Ann", 'a\nb "c"']]
    assert read(tmp_path, b"Name,Note\rAnn,x\rBo,y\r").sheets[0].rows == [["Name", "Note"], ["Ann", "x"], ["Bo", "y"]]


def test_blank_records_count_but_not_at_the_end(tmp_path: Path) -> None:
    assert read(tmp_path, b"a,b\n\n1,2\n\n\n,\n").sheets[0].rows == [["a", "b"], [], ["1", "2"]]


@pytest.mark.parametrize("name", ["small.xls", "small.ods"])
def test_old_excel_and_open_document(name: str) -> None:
    book = read_book(DATA / name)
    assert book.format == name[-3:]
    assert book.sheets[0].rows == [
        ["First Name", "Last Name", "Email", "Badge #"],
        ["José", "Nuñez", "jose@agency.example", "000123"],
        ["Ana", "Ng", "ana@agency.example", "124"],
    ]
    assert [sheet.hidden for sheet in book.sheets] == ([False, True] if name.endswith("xls") else [False])


def test_a_workbook_says_by_looks_what_no_value_says(tmp_path: Path) -> None:
    def fill(sheet: object) -> None:
        for row in (
            ["Name", "Number", "Full", "Fee"],
            ["Ann", 42, "=A2", 12.5],
            ["Bo", 7, "=A3", True],
            ["Cy", "007", "#N/A", 1e23],
        ):
            sheet.append(row)  # type: ignore[attr-defined]
        for cell in ("B2", "B3"):
            sheet[cell].number_format = "000000"  # type: ignore[index]
        sheet["A3"].font = Font(strike=True)  # type: ignore[index]
        sheet.row_dimensions[4].hidden = True  # type: ignore[attr-defined]

    [sheet] = read(tmp_path, workbook(fill), "list.xlsx").sheets
    assert [list(row) for row in sheet.rows[1:]] == [
        ["Ann", "000042", "", "12.5"],
        ["Bo", "000007", "", "TRUE"],
        ["Cy", "007", "#N/A", "1.00000E+23"],
    ]
    assert dict(sheet.padded) == {(2, 1): "42", (3, 1): "7"}
    assert sheet.struck == {(3, 0)}
    assert sheet.hidden_rows == {4}
    assert dict(sheet.uncalculated) == {2: 2}


def test_the_ending_does_not_matter(tmp_path: Path) -> None:
    data = workbook(lambda sheet: sheet.append(["Name", "Email"]))
    assert read(tmp_path, data, "list.csv").format == "xlsx"
    assert read(tmp_path, PEOPLE.encode(), "list.xlsx").format == "csv"


# Files that mean harm, or were harmed


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """A workbook one of whose parts is these bytes."""
    good = workbook(lambda sheet: sheet.append(["x"]))
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    names = parts["xl/_rels/workbook.xml.rels"]
    parts["xl/_rels/workbook.xml.rels"] = names.replace(b"</Relationships>", SHARED_STRINGS + b"</Relationships>")
    return zipped(parts | {"xl/sharedStrings.xml": b"<sst/>", name: content})


SHARED_STRINGS = (
    b'<Relationship Id="rId99" Target="sharedStrings.xml" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/>'
)


def with_sheet(xml: bytes) -> bytes:
    """A workbook whose only sheet is these bytes."""
    return with_part("xl/worksheets/sheet1.xml", xml)


def lying(data: bytes) -> bytes:
    """The same archive, announcing a hundred bytes for its largest part."""
    largest = max(zipfile.ZipFile(io.BytesIO(data)).infolist(), key=lambda part: part.file_size)
    return data.replace(largest.file_size.to_bytes(4, "little"), (100).to_bytes(4, "little"))


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
ODS_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table")
).encode()
ODS_BOMB = (
    b'<office:document-content %s><table:table-row table:number-rows-repeated="1048576">'
    b'<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    b"</table:table-row>" % ODS_NAMES
)
HOSTILE = {
    "nothing at all": b"",
    "only blanks": b" \r\n\t\r\n",
    "zero bytes": b"Name,Email\0\0\0" * 50,
    "a bomb of many parts": zipped({"xl/workbook.xml": b"<x/>"} | {f"xl/{n}": bytes(1_000_000) for n in range(140)}),
    "a steep bomb": zipped({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b" " * 8 * 2**20}),
    "a bomb that lies": lying(with_part("xl/sharedStrings.xml", b" " * 4 * 2**20)),
    "thousands of parts": zipped({f"xl/{n}": b"" for n in range(limits.MAX_PARTS + 1)}),
    "one cell in the last corner": with_sheet(SHEET % b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "one cell far to the right": with_sheet(SHEET % b'<row r="1"><c r="XFD1"><v>1</v></c></row>'),
    "one cell far out, quoted otherwise": with_sheet(SHEET % b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
    "nested markup": b"<?xml version='1.0'?>" + b"<a>" * 10_000,
    "entities": zipped(
        {
            "xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>',
            "xl/_rels/workbook.xml.rels": b"<x/>",
        }
    ),
    "an ODS of a trillion cells": zipped(
        {"content.xml": ODS_BOMB, "mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}
    ),
    "a truncated workbook": workbook(lambda sheet: sheet.append(["Name", "Email"]))[:-200],
    "half a workbook": workbook(lambda sheet: sheet.append(["Name", "Email"]))[:2000],
    "a zip of something else": zipped({"readme.txt": b"hello"}),
    "a Word file": zipped({"word/document.xml": b"<x/>"}),
    "a locked workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + bytes(600)
    + "EncryptedPackage".encode("utf-16-le")
    + bytes(900),
    "a broken old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 8,
    "a PDF": b"%PDF-1.7\n",
    "a web page called xls": b"<html><table><tr><td>Name</td></tr></table></html>",
    "JSON": b'{"attendees": []}',
    "UTF-16 cut in the middle": PEOPLE.encode("utf-16")[:-1],
    "a cell of a megabyte": b"Name,Email\n" + b"x" * 2**20 + b",a@b.example\n",
    "a quotation mark never closed": b'Name,Email\n"Ann,a@b.example\n' + b"Bo,b@b.example\n" * 400,
    "a thousand columns": b",".join(b"c%d" % n for n in range(1000)) + b"\n",
    "too many rows": b"a,b\n" * (limits.MAX_ROWS + 2),
}


SAID = {
    "nothing at all": "is empty",
    "only blanks": "is empty",
    "zero bytes": "zero bytes",
    "a bomb of many parts": "unpacks to far more",
    "a steep bomb": "unpacks to far more",
    "thousands of parts": "unpacks to far more",
    "one cell in the last corner": "1,048,576 rows",
    "one cell far to the right": "16,384 columns",
    "one cell far out, quoted otherwise": "1,048,576 rows",
    "nested markup": "web page or XML",
    "an ODS of a trillion cells": "unpacks to far more",
    "a zip of something else": "no spreadsheet",
    "a Word file": "no spreadsheet",
    "a locked workbook": "password",
    "a PDF": "PDF",
    "a web page called xls": "web page",
    "JSON": "JSON",
    "a cell of a megabyte": "Record 2 .* characters",
    "a quotation mark never closed": "Record 2 .* quotation mark",
    "a thousand columns": "1,000 columns",
    "too many rows": "rows",
}
"""Everything else is damaged, and said to be."""


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path, what: str, ending: str) -> None:
    with pytest.raises(BadInput, match=SAID.get(what, "damaged")) as error:
        read(tmp_path, HOSTILE[what], f"list.{ending}")
    assert 15 < len(str(error.value)) < 300
    assert "\n" not in str(error.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file"):
        read_book(tmp_path / "nowhere.csv")
    with pytest.raises(BadInput, match="folder"):
        read_book(tmp_path)


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(limits.MAX_FILE_BYTES + 1)
    with pytest.raises(BadInput, match="at most"):
        read_book(path)


def test_a_locked_workbook_is_said_to_be_locked(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="password"):
        read(tmp_path, HOSTILE["a locked workbook"], "list.xlsx")


def only_refused(folder: Path, data: bytes) -> None:
    with suppress(BadInput):
        read(folder, data)


def test_ten_thousand_nested_tags_are_an_empty_sheet(tmp_path: Path) -> None:
    assert read(tmp_path, with_sheet(b"<a>" * 10_000), "list.xlsx").sheets[0].rows == []


@given(data=st.binary(max_size=400))
def test_no_bytes_break_the_reader(tmp_path: Path, data: bytes) -> None:
    only_refused(tmp_path, data)


@given(
    text=st.text(alphabet='a,;\t|"\r\n\0é\ufeff😀 ', max_size=200),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
def test_no_text_breaks_the_reader(tmp_path: Path, text: str, encoding: str) -> None:
    only_refused(tmp_path, text.encode(encoding, errors="replace"))


WORKBOOK = workbook(lambda sheet: [sheet.append(["Name", "Email", n]) for n in range(5)])
ARCHIVES = [WORKBOOK, (DATA / "small.ods").read_bytes(), (DATA / "small.xls").read_bytes()]


@given(which=st.integers(0, 2), at=st.floats(0, 0.999), patch=st.binary(min_size=1, max_size=12))
def test_no_damage_breaks_the_reader(tmp_path: Path, which: int, at: float, patch: bytes) -> None:
    data = ARCHIVES[which]
    start = int(at * len(data))
    only_refused(tmp_path, data[:start] + patch + data[start + len(patch) :])


PARTS = zipfile.ZipFile(io.BytesIO(WORKBOOK))
INNER = {name: PARTS.read(name) for name in PARTS.namelist()}


@given(
    part=st.sampled_from(sorted(INNER)),
    at=st.floats(0, 0.999),
    patch=st.one_of(
        st.binary(min_size=1, max_size=6), st.sampled_from([b"9999999", b"-1", b'"', b">", b"</", b"ZZZ9"])
    ),
)
def test_no_damage_inside_a_workbook_breaks_the_reader(tmp_path: Path, part: str, at: float, patch: bytes) -> None:
    content = INNER[part]
    start = int(at * len(content))
    only_refused(tmp_path, zipped(INNER | {part: content[:start] + patch + content[start + len(patch) :]}))


@given(xml=st.text(alphabet='<>/="rcsvtf A1Z9 #N', max_size=120))
def test_no_sheet_breaks_the_reader(tmp_path: Path, xml: str) -> None:
    only_refused(tmp_path, with_sheet(SHEET % xml.encode()))


def test_a_header_tells_what_separates_where_cells_hold_lists() -> None:
    assert find_delimiter("badge,sessions\n1,A; B; C; D\n2,A; B; C; D\n") == ","
    assert find_delimiter("badge;price\n1;1,5\n2;1,5\n") == ";"
    assert find_delimiter("Report, final\nname;city;note\nA;B;C\nD;E;F\n") == ";"
