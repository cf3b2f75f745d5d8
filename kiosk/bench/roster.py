"""Reading and writing a roster of twenty thousand: CSV against a wall of seconds, XLSX against what calamine needs to
read it.

Each import runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape  # writing only

from kiosk.bench.rows import Row

PEOPLE = 20_000

_HEADERS = tuple(
    "Ticket number,First Name,Last Name,Email,Agency,Agency type,Sworn,Rank,Registration type,Status,Phone,Notes".split(
        ","
    )
)

_IMPORT = """
import json, resource, secrets, sys, tempfile, time
from pathlib import Path
from kiosk.services.import_roster import ImportRoster
from kiosk.services.station import Station
from kiosk.storage.store import open_store
with tempfile.TemporaryDirectory() as folder:
    store = open_store(Path(folder), secrets.token_bytes(32))
    importer = ImportRoster(store, Station(store))
    begun = time.perf_counter()
    batch = importer.write(importer.plan(Path(sys.argv[1])))
    took = time.perf_counter() - begun
    store.close()
try:  # a forked process inherits the peak of its parent in ru_maxrss, but not this
    peak_kb = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"people": batch.people, "s": took, "mb": peak_kb / 1000}))
"""

_CALAMINE = """
import json, sys, time
from python_calamine import CalamineWorkbook
begun = time.perf_counter()
CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python(skip_empty_area=False)
print(json.dumps({"s": time.perf_counter() - begun}))
"""

_READ = """
import json, sys, time
from pathlib import Path
from kiosk.files.reader import read_book
begun = time.perf_counter()
read_book(Path(sys.argv[1]))
print(json.dumps({"s": time.perf_counter() - begun}))
"""


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """Time and memory of an import."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
        text, book = Path(folder) / "people.csv", Path(folder) / "people.xlsx"
        text.write_text(made_up_csv(PEOPLE), encoding="utf-8")
        _write_xlsx(book)
        tell("CSV")
        from_csv = _child(_IMPORT, text)
        tell("XLSX")
        from_xlsx = _child(_IMPORT, book)
        calamine = min(_child(_CALAMINE, book)["s"] for _turn in range(3))
        reading = min(_child(_READ, book)["s"] for _turn in range(3))
    assert from_csv["people"] == from_xlsx["people"] == PEOPLE
    return [
        Row(f"import of {PEOPLE:,} rows x {len(_HEADERS)} columns, CSV", from_csv["s"], "s", limit="≤ 5 s"),
        Row("memory of that import", from_csv["mb"], "MB", limit="≤ 300 MB"),
        Row("import of the same as XLSX", from_xlsx["s"], "s"),
        Row("reading that XLSX", reading * 1000, "ms", calamine * 1000, reading / calamine, "≤ 3"),
        Row("memory of that import", from_xlsx["mb"], "MB", limit="≤ 300 MB"),
    ]


def _child(program: str, file: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def made_up_csv(people: int) -> str:
    """A clean roster of so many made-up people."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(_HEADERS)
    writer.writerows(made_up_people(people))
    return stream.getvalue()


def made_up_people(people: int) -> Iterator[tuple[str, ...]]:
    """Their rows, in the order of the columns."""
    for n in range(people):
        first, last = (
            f"{_SYLLABLES[n % 23]}{_SYLLABLES[n // 23 % 23].lower()}",
            f"{_SYLLABLES[n // 7 % 23]}{_SYLLABLES[n % 19].lower()}son",
        )
        yield (
            f"{n + 1:06}",
            first,
            last,
            f"{first}.{last}.{n}@agency{n % 400}.example".lower(),
            f"Agency {n % 400} Police Department",
            ("Local", "State", "Campus", "Tribal", "Federal")[n % 5],
            ("Sworn", "Non-sworn")[n % 2],
            ("Sgt.", "", "Chief", "Officer")[n % 4],
            "Attendee",
            "Attending",
            f"(404) 555-{n % 10000:04}",
            "",
        )


_SYLLABLES = "Ba Cor Den El Fa Gor Han Il Jan Kel Lor Mar Nor Os Pet Qui Ros San Tor Ul Ver Wil Yan".split()


def _write_xlsx(file: Path) -> None:
    """The same people as the smallest workbook there is (ECMA-376, part 1): one sheet, texts where they are used."""
    rows = csv.reader(io.StringIO(made_up_csv(PEOPLE)))
    cells = "".join("<row>" + "".join(map(_cell, row)) + "</row>" for row in rows)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _PARTS.items():
            book.writestr(name, content)
        book.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>'
        )


def _cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="a" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Attendees" sheetId="1" r:id="a"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="a" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
