"""Text tables: which encoding, which delimiter, which cells.

Both are told by the content, never by the file's ending.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter

from kiosk.domain.roster_sheet import Sheet
from kiosk.errors import BadInput
from kiosk.files import limits
from kiosk.i18n import _

DELIMITERS = ",;\t|"
SNIFF_RECORDS = 60

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH = re.compile(rb"[\x80-\xff]+")


def decode(data: bytes) -> tuple[str, str]:
    """The text and the encoding's name. Raises BadInput where it is no text at all."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decode_as(data, encoding), encoding
    if b"\0" in data[:4096] or b"\0" in data:
        encoding = _utf16_without_mark(data)
        return _decode_as(data, encoding), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        encoding = _legacy_encoding(data)
        return data.decode(encoding, errors="replace"), encoding


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(
            _(
                "The file says it is {encoding} text but is not from byte {byte} on. It is damaged: ask for it again."
            ).format(encoding=encoding, byte=error.start)
        ) from error


def _utf16_without_mark(data: bytes) -> str:
    """UTF-16 of mostly Latin text has every other byte zero; anything else with zero bytes is no text."""
    sample = data[:4000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(data) % 2 == 0 and odd > len(sample) * 0.3 and even < odd / 10:
        return "utf-16-le"
    if len(data) % 2 == 0 and even > len(sample) * 0.3 and odd < even / 10:
        return "utf-16-be"
    raise BadInput(
        _("The file holds zero bytes, so it is no table of text. It is damaged or not a spreadsheet: ask for it again.")
    )


def _legacy_encoding(data: bytes) -> str:
    """Single accented letters between ASCII ones are Western; whole words of high bytes are left to statistics."""
    runs = [len(run) for run in _HIGH.findall(data[: 2**20])]
    if sum(length for length in runs if length == 1) >= 0.5 * sum(runs):
        return "cp1252"
    from charset_normalizer import from_bytes  # statistics are slow to load and seldom needed

    lines = b"\n".join(line for line in data[: 2**20].splitlines() if _HIGH.search(line))[: 2**15]
    best = from_bytes(lines).best()
    if best is None or best.encoding in ("latin_1", "ascii", "utf_8"):
        return "cp1252"
    return best.encoding.replace("_", "-")


def find_delimiter(text: str) -> str:
    """The character that splits most records into the same number of fields. A comma where nothing splits.

    One that splits the first record as it splits nearly all others goes before one that only splits their cells: a list
    may hold `A1; B1; C1` in a column.
    """
    head = text[: 2**18]
    scores = {delimiter: _evenness(head, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best][1] > 0 else ","


def _evenness(text: str, delimiter: str) -> tuple[bool, float]:
    widths: Counter[int] = Counter()
    first = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, record in enumerate(reader):
            if number >= SNIFF_RECORDS:
                break
            widths[len(record)] += 1
            first = first or len(record)
    except csv.Error:
        return False, 0
    del widths[0]
    if not widths:
        return False, 0
    width, times = max(widths.items(), key=lambda item: (item[1] * (item[0] - 1), item[0]))
    share = times / widths.total()
    return width > 1 and first == width and share > 0.9, (width - 1) * share


def read_text(name: str, data: bytes) -> tuple[Sheet, str, str]:
    """The table in these bytes, its encoding and its delimiter. Raises BadInput."""
    text, encoding = decode(data)
    if not text.strip():
        raise BadInput(_("“{name}” is empty.").format(name=name))
    delimiter = find_delimiter(text)
    rows = _records(name, text, delimiter)
    limits.check_shape(name, len(rows), max(map(len, rows), default=0))
    return Sheet(name, rows), encoding, delimiter


def _records(name: str, text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(limits.MAX_CELL_CHARACTERS)
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    try:
        for record in reader:
            rows.append(record)
            if reader.line_num - before > limits.MAX_LINES_IN_CELL:
                raise BadInput(
                    _(
                        "Record {row} of “{name}” opens a quotation mark that is not closed for {lines} "
                        "lines. Close it and "
                        "import again."
                    ).format(row=len(rows), name=name, lines=reader.line_num - before)
                )
            before = reader.line_num
            if len(rows) > limits.MAX_ROWS:
                break
    except csv.Error as error:
        raise BadInput(
            _(
                "Record {row} of “{name}” has a cell of more than {limit:,} characters, or a quotation mark "
                "that is never "
                "closed."
            ).format(row=len(rows) + 1, name=name, limit=limits.MAX_CELL_CHARACTERS)
        ) from error
    while rows and not any(map(str.strip, rows[-1])):
        rows.pop()
    return rows
