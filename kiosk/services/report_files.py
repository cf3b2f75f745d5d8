"""Reports into files and onto paper: the ending of a file chooses its form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from kiosk.domain.papers import Document, Imprint, PaperSize, Sheet, Sheets, Table
from kiosk.domain.typed import one_line
from kiosk.errors import BadInput
from kiosk.files.write import WRITERS
from kiosk.i18n import _
from kiosk.services import credentials
from kiosk.services.attendance import Attendance, PersonHours
from kiosk.services.certificates import Certificates
from kiosk.services.day_report import day_sheet
from kiosk.services.paper_reports import (
    TEMPLATES,
    Form,
    check_values,
    chosen_people,
    load_template,
    personal_sheets,
    roster_sheets,
)
from kiosk.services.report_source import Choice, Source, Tell
from kiosk.services.reports import DAY, check, kind_of, make_report
from kiosk.services.station import Station
from kiosk.storage.store import Store

VALUES_SETTING = "paper_values"
PDF, JSON = ".pdf", ".json"
ENDINGS = (PDF, *WRITERS)
"""What every report may be saved as."""


class PaperPress(Protocol):
    """Draws documents; the printing room has one."""

    def save(self, document: Document, file: Path, size: PaperSize, imprint: Imprint, tell: Tell) -> None:
        """Write a PDF."""

    def draw(self, document: Document, device: Any, size: PaperSize, imprint: Imprint, tell: Tell) -> None:
        """Draw onto a printer of the system."""


@dataclass(frozen=True, slots=True)
class Order:
    """A report that somebody wants: which, about what, in which form."""

    name: str
    choice: Choice = field(default_factory=Choice)
    form: Form = field(default_factory=Form)
    size: PaperSize = PaperSize.LETTER
    one_file_each: bool = False
    """For papers: a file for each sheet, in a folder."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written."""

    title: str
    count: int
    """Rows of a table, or sheets."""
    file: Path


class Reports:
    """Every report of this station, on the screen, in files and on paper."""

    def __init__(self, store: Store, station: Station, attendance: Attendance, press: Callable[[], PaperPress]) -> None:
        """`press` is asked for when something is drawn."""
        self._store = store
        self._station = station
        self._attendance = attendance
        self._press = press
        self.certificates = Certificates(store, station, attendance)

    def paper_values(self) -> dict[str, str]:
        """What is given on all papers of this conference: the provider and its number, the place."""
        return dict(self._store.setting(VALUES_SETTING, {}))

    def set_paper_values(self, values: Mapping[str, str]) -> None:
        """Keep what is given on all papers. Raises BadInput for what may not be given."""
        check_values(values)
        self._store.set_setting(VALUES_SETTING, {name: one_line(text, 200) for name, text in values.items()})

    def table(self, order: Order, tell: Tell | None = None) -> Table:
        """The report as a table, for the screen."""
        return make_report(self._station, order.name, order.choice, tell)

    def save(self, order: Order, file: Path, tell: Tell | None = None) -> Saved:
        """Write the report; the file's ending says how. Raises BadInput, in words; then nothing was written.

        What `tell` raises stops it, and leaves no file that is half done.
        """
        title = kind_of(order.name).title()
        ending = file.suffix.lower()
        if ending == JSON and order.name in credentials.EXPORTS:
            return self._save_json(order, title, file, tell)
        if order.one_file_each and order.name in TEMPLATES:
            return self._save_each(order, title, file, tell)
        if ending in WRITERS:
            table = self.table(order, tell)
            WRITERS[ending](table, file)
            return Saved(table.title, len(table.rows), file)
        if ending != PDF:
            words = _("{name}: a report is written as one of {list}; the ending of the file says which.")
            also = (*ENDINGS, JSON) if order.name in credentials.EXPORTS else ENDINGS
            raise BadInput(words.format(name=file.name, list=", ".join(also)))
        with self._document(order, tell) as (document, imprint):
            self._press().save(document, file, order.size, imprint, tell or _nobody)
            count = len(document.rows) if isinstance(document, Table) else document.count
        return Saved(title, count, file)

    def print(self, order: Order, device: Any, tell: Tell | None = None) -> None:
        """Draw the report on a printer of the system."""
        with self._document(order, tell) as (document, imprint):
            self._press().draw(document, device, order.size, imprint, tell or _nobody)

    @contextmanager
    def _document(self, order: Order, tell: Tell | None) -> Iterator[tuple[Document, Imprint]]:
        with self._source(order, tell) as source:
            imprint = source.imprint()
            if order.name == DAY:
                yield Sheets(kind_of(DAY).title(), [day_sheet(source)], 1), imprint
            elif order.name not in TEMPLATES:
                yield self.table(order, tell), imprint
            else:
                yield self._sheets(order, source), imprint

    def _sheets(self, order: Order, source: Source) -> Sheets:
        title = kind_of(order.name).title()
        form = replace(order.form, values={**self.paper_values(), **order.form.values})
        if order.name == "roster":
            made = roster_sheets(source, form)
            return Sheets(title, made, len(made))
        load_template(order.name, form)  # refused before anything is issued
        people = self._people(order, source)
        if order.name == "certificates":
            self.certificates.issue(people)
        made_later = personal_sheets(order.name, source, form, people, self.certificates)
        return Sheets(title, made_later, len(people))

    def _people(self, order: Order, source: Source) -> list[PersonHours]:
        people = chosen_people(order.name, source)
        if not people:
            raise BadInput(_("Nobody who was chosen has earned any hours yet; nothing was written."))
        return people

    @contextmanager
    def _source(self, order: Order, tell: Tell | None) -> Iterator[Source]:
        check(order.name, order.choice)
        with closing(self._store.reader()) as view:
            # Counting is quick and drawing is not: what is told are the sheets that are drawn.
            yield Source(self._station, self._attendance, view, order.choice)

    # A file for each

    def _save_each(self, order: Order, title: str, folder: Path, tell: Tell | None) -> Saved:
        """A PDF for each sheet. What is there already under such a name is replaced."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            words = _("The folder {folder} cannot be made: {detail}.")
            raise BadInput(words.format(folder=folder, detail=error.strerror)) from error
        with self._document(order, tell) as (document, imprint):
            assert isinstance(document, Sheets)
            names: set[str] = set()
            for number, sheet in enumerate(document.sheets, 1):
                file = folder / f"{_unused(_file_safe(sheet, number), names)}{PDF}"
                one = replace(document, sheets=[sheet], count=1)
                self._press().save(one, file, order.size, imprint, _nobody)
                (tell or _nobody)(number, document.count)
        return Saved(title, document.count, folder)

    def _save_json(self, order: Order, title: str, file: Path, tell: Tell | None) -> Saved:
        with self._source(order, tell) as source:
            people = self._people(replace(order, name="certificates"), source)
            count = credentials.write(order.name, source, people, self._store, file)
        return Saved(title, count, file)


def _nobody(_done: int, _of: int) -> None:
    """Nobody wants to know."""


def _file_safe(sheet: Sheet, number: int) -> str:
    return re.sub(r"[^0-9A-Za-z-]+", "-", sheet.file_name).strip("-")[:60] or str(number)


def _unused(name: str, used: set[str]) -> str:
    """The name, or with a number behind it where it is taken: on some disks letter case does not count."""
    chosen, number = name, 1
    while chosen.casefold() in used:
        number += 1
        chosen = f"{name}-{number}"
    used.add(chosen.casefold())
    return chosen
