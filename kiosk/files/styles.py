"""What an XLSX says by looks alone: struck-through text, hidden rows, numbers shown with zeros, formulas never run.

The parser for the values does not tell these. The sheets' XML is searched rather than parsed again: on large sheets
that costs a tenth of what reading the values does, where a library for styles costs a hundred times it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import cast
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from kiosk.domain.roster_sheet import Cell
from kiosk.files import limits
from kiosk.files.archive import damaged, read_part

# Bounded, so that a hostile tag of a million attributes costs no more than an honest one.
_TAG = rb"<(?:\w+:)?"
_END = rb"</(?:\w+:)?"
_ANY = rb"[^<>]{0,500}"
_HIDDEN_ROW = re.compile(
    _TAG + rb"row\b(?=" + _ANY + rb"""\bhidden=["'](?:1|true)["'])""" + _ANY + rb"""\br=["'](\d{1,9})["']"""
)
_FAR_OUT = re.compile(rb' r="(?:[A-Z]{3}|[C-Z][A-Z]\d|[A-Z]{1,2}\d{6})')
"""Column CA or row 100,000: from there on the exact extent is worth computing."""
_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,7})(\d{1,9})["']""")
_AT = _ANY + rb"""\br=["']([A-Z]{1,7})(\d{1,9})["']""" + _ANY + rb">"
_FORMULA = _TAG + rb"f\b" + _ANY + rb"(?:/>|>[^<]*" + _END + rb"f>)"
_NO_VALUE = rb"(?:" + _TAG + rb"v\s*/>|" + _TAG + rb"v>\s*" + _END + rb"v>)?"
_UNCALCULATED = re.compile(_TAG + rb"c\b" + _AT + rb"\s*" + _FORMULA + rb"\s*" + _NO_VALUE + rb"\s*" + _END + rb"c>")
_ERROR = re.compile(
    _TAG
    + rb"c\b(?="
    + _ANY
    + rb"""\bt=["']e["'])"""
    + _AT
    + rb"\s*(?:"
    + _FORMULA
    + rb"\s*)?"
    + _TAG
    + rb"v>(\#[A-Z0-9/!?_]{2,20})<"
)
_ZEROS = re.compile(r'"?(0{2,})"?')
MAX_STYLE_BYTES = 8 * 2**20


@dataclass(slots=True)
class Looks:
    """What one sheet says by looks."""

    hidden_rows: set[int] = field(default_factory=set)
    struck: set[Cell] = field(default_factory=set)
    zeros: dict[Cell, int] = field(default_factory=dict)
    """Cells whose number is shown with at least so many digits."""
    uncalculated: dict[int, int] = field(default_factory=dict)
    errors: dict[Cell, str] = field(default_factory=dict)
    """Cells that hold `#N/A` and its like, which the parser for values gives as empty."""


@dataclass(frozen=True, slots=True)
class _Styles:
    struck: frozenset[int]
    zeros: dict[int, int]


def read_looks(name: str, archive: zipfile.ZipFile) -> dict[str, Looks]:
    """Looks by sheet name; raises BadInput where the sheets are damaged or larger than any roster."""
    styles = _styles(name, archive)
    looks: dict[str, Looks] = {}
    for sheet, part in _sheet_parts(name, archive):
        xml = read_part(name, archive, part)
        _check_extent(sheet, xml)
        looks[sheet] = _looks(xml, styles)
    return looks


def _tree(name: str, data: bytes) -> Element | None:
    if not data or len(data) > MAX_STYLE_BYTES:
        return None
    try:
        return cast("Element", fromstring(data, forbid_dtd=True))
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise damaged(name) from error


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _sheet_parts(name: str, archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    workbook = _tree(name, read_part(name, archive, "xl/workbook.xml"))
    relations = _tree(name, read_part(name, archive, "xl/_rels/workbook.xml.rels"))
    if workbook is None or relations is None:
        return
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for element in workbook.iter():
        if _local(element) != "sheet":
            continue
        relation_id = next((value for key, value in element.attrib.items() if key.endswith("}id")), None)
        target = targets.get(relation_id, "")
        yield element.get("name", ""), target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))


def _styles(name: str, archive: zipfile.ZipFile) -> _Styles:
    tree = _tree(name, read_part(name, archive, "xl/styles.xml"))
    if tree is None:
        return _Styles(frozenset(), {})
    sections = {_local(child): child for child in tree}
    fonts = [
        any(_local(part) == "strike" and part.get("val", "1") not in ("0", "false") for part in font)
        for font in sections.get("fonts", ())
    ]
    formats = {
        part.get("numFmtId"): _ZEROS.fullmatch(part.get("formatCode", "")) for part in sections.get("numFmts", ())
    }
    struck, zeros = set(), {}
    for number, style in enumerate(sections.get("cellXfs", ())):
        font = style.get("fontId", "")
        if font.isdigit() and int(font) < len(fonts) and fonts[int(font)]:
            struck.add(number)
        shown = formats.get(style.get("numFmtId"))
        if shown:
            zeros[number] = len(shown.group(1))
    return _Styles(frozenset(struck), zeros)


def _check_extent(sheet: str, xml: bytes) -> None:
    """A single cell in the last corner would make the parser lay out the whole grid."""
    if not _FAR_OUT.search(xml) and b" r='" not in xml:
        return
    columns: set[bytes] = set()
    last_row = 0
    for letters, digits in _REFERENCE.findall(xml):
        columns.add(letters)
        last_row = max(last_row, int(digits))
    limits.check_shape(sheet, last_row, max(map(_column, columns), default=-1) + 1)


def _looks(xml: bytes, styles: _Styles) -> Looks:
    looks = Looks()
    if b"hidden=" in xml:
        looks.hidden_rows = {int(row) for row in _HIDDEN_ROW.findall(xml)}
    if interesting := styles.struck | styles.zeros.keys():
        for style, letters, row in _styled(interesting).findall(xml):
            cell = int(row), _column(letters)
            if int(style) in styles.struck:
                looks.struck.add(cell)
            if int(style) in styles.zeros:
                looks.zeros[cell] = styles.zeros[int(style)]
    if b"f>" in xml or b"<f" in xml:
        for letters, row in _UNCALCULATED.findall(xml):
            looks.uncalculated.setdefault(_column(letters), int(row))
    if b't="e"' in xml or b"t='e'" in xml:
        looks.errors = {
            (int(row), _column(letters)): text.decode("ascii") for letters, row, text in _ERROR.findall(xml)
        }
    return looks


def _styled(numbers: frozenset[int] | set[int]) -> re.Pattern[bytes]:
    choice = "|".join(map(str, sorted(numbers))).encode()
    return re.compile(_TAG + rb"c\b(?=" + _ANY + rb"""\bs=["'](""" + choice + rb""")["'])""" + _AT)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
