"""Reports: choose one and what it is about, look at it as a table, save it or print it. Scanning goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from kiosk.domain.papers import PaperSize, Table
from kiosk.errors import KioskError
from kiosk.i18n import _, ngettext
from kiosk.services.paper_reports import TEMPLATES, Form
from kiosk.services.report_files import Order, Saved
from kiosk.services.report_source import Choice
from kiosk.services.reports import REPORTS
from kiosk.ui.notices import sentence
from kiosk.ui.page_form import PageForm
from kiosk.ui.widgets.controls import button, field
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.panel import Field
from kiosk.ui.widgets.table import TableBox
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.domain.programme import ProgrammeSession
    from kiosk.ui.tools import PageTools

FORMS = ((".pdf", "PDF"), (".xlsx", "Excel"), (".csv", "CSV"))
EXPORTS = ("xapi", "open-badges")
"""Reports that are for programs: saved as JSON only."""


class Stopped(KioskError):
    """Somebody pressed Cancel."""


class ReportsPage(QFrame):
    """One page: what, about whom, a table, and what becomes of it."""

    _progressed = Signal(int, int)

    def __init__(self, tools: PageTools) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._reports, self._attendance = tools.services.reports(), tools.services.attendance
        self._slow, self._zone = tools.slow, tools.info.zone
        self._asked = 0
        """Counts what was asked for: an answer to an older question is not shown."""
        self._stop = False
        self._busy = False
        self._by_hand: Path | None = None
        """A form of somebody's own, in place of the one we ship."""
        self.report = _combo(_("Report"))
        for name, kind in REPORTS.items():
            self.report.addItem(kind.title(), name)
        self.session = _combo(_("Session"))
        self.agency = field(_("Agency"), _("all agencies"))
        self.person = field(_("Person"), _("all, or a code"))
        self.paper = _combo(_("Paper"))
        for size, words in ((PaperSize.LETTER, _("Letter")), (PaperSize.A4, _("A4"))):
            self.paper.addItem(words, size)
        self.each = QCheckBox(_("One PDF each"))
        self.facts = label("", "muted", wrap=True)
        self.problem = label("", "problem", wrap=True)
        self.table = TableBox(_("The report"), tools.theme)
        self.state = label("", "plain-text", wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_("Progress"))
        self.cancel = button(_("Cancel"), self._cancel)
        self.saves = {ending: button(words, partial(self._save_as, ending)) for ending, words in FORMS}
        self.json = button("JSON", partial(self._save_as, ".json"))
        self.print_button = button(_("Print…"), self._print)
        self.values_button = button(_("Provider…"), self._ask_values)
        self.form_button = button(_("Another form…"), self._choose_form)
        self._build(tools.back)
        self._listen()

    def _build(self, back: Callable[[], object]) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(8)
        top = QHBoxLayout()
        self.back = button(_("Back"), back, told="Esc")
        top.addWidget(self.back)
        top.addWidget(label(_("Reports"), "panel-title"), 1)
        layout.addLayout(top)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        for column, (name, widget, share) in enumerate(
            (
                (_("Report"), self.report, 3),
                (_("Session"), self.session, 4),
                (_("Agency"), self.agency, 3),
                (_("Person"), self.person, 2),
                (_("Paper"), self.paper, 1),
            )
        ):
            said = label(name, "muted")
            said.setBuddy(widget)
            grid.addWidget(said, 0, column)
            grid.addWidget(widget, 1, column)
            grid.setColumnStretch(column, share)
        layout.addLayout(grid)
        layout.addWidget(self.facts)
        layout.addWidget(self.problem)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.state)
        self._buttons = QWidget()
        row = Flow(self._buttons)
        row.addWidget(label(_("Save as"), "muted"))
        for each in (
            *self.saves.values(), self.json, self.print_button, self.each, self.values_button, self.form_button,
            self.bar, self.cancel,
        ):  # fmt: skip
            row.addWidget(each)
        layout.addWidget(self._buttons)
        self._forms = PageForm(layout, self._slow, lambda: (self.table, self._buttons), self.report)

    def _listen(self) -> None:
        self.report.currentIndexChanged.connect(self._chosen)
        self.session.currentIndexChanged.connect(self._preview)
        self.agency.editingFinished.connect(self._preview)
        self.person.editingFinished.connect(self._preview)
        self._progressed.connect(self._show_progress)

    def start(self) -> None:
        """Look at the report that is chosen, as things stand now."""
        self._stop = False
        self.escape()
        self._working(False)
        self.state.setText("")
        self.problem.hide()
        self.report.setFocus()
        self._slow.run(self._attendance.sessions, self._offer_sessions, self._failed)
        self._chosen()

    def choose(self, name: str) -> None:
        """Look at this report; printing it is one key away."""
        self.report.setCurrentIndex(self.report.findData(name))
        self.print_button.setFocus()

    # What

    def _offer_sessions(self, sessions: list[ProgrammeSession]) -> None:
        """All sessions, by their start; the one that was chosen stays chosen."""
        chosen = self.session.currentData() or ""
        self.session.blockSignals(True)
        self.session.clear()
        self.session.addItem(_("all sessions"), "")
        for session in sessions:
            when = session.start.astimezone(self._zone)
            words = f"{session.code} · {when:%a} {when:%H:%M} · {session.room} · {session.title}"
            self.session.addItem(words[:120], session.id)
        self.session.setCurrentIndex(max(0, self.session.findData(chosen)))
        self.session.blockSignals(False)

    def order(self) -> Order:
        """What is asked for. Only what the report can follow counts."""
        name = str(self.report.currentData())
        kind = REPORTS[name]
        session = str(self.session.currentData() or "") if kind.by_session else ""
        people = tuple(self.person.text().replace(",", " ").split()) if kind.by_person else ()
        agency = self.agency.text().strip() if kind.by_person else ""
        size = PaperSize(self.paper.currentData())
        each = self.each.isChecked() and name in TEMPLATES
        form = Form(self._by_hand if name in TEMPLATES else None)
        return Order(name, Choice(session, people, agency), form, size, each)

    def _chosen(self) -> None:
        kind = REPORTS[str(self.report.currentData())]
        self.session.setEnabled(kind.by_session)
        for widget in (self.agency, self.person):
            widget.setEnabled(kind.by_person)
        self._preview()

    def _preview(self) -> None:
        self._asked += 1
        asked, order = self._asked, self.order()
        self.facts.setText(_("Counting…"))
        self.problem.hide()

        def done(table: Table) -> None:
            if asked == self._asked:
                self._show(table)

        def failed(error: Exception) -> None:
            if asked == self._asked:
                self._show(Table("", (), ()))
                self._failed(error)

        self._slow.run(lambda: self._reports.table(order, self._heard), done, failed)

    def _show(self, table: Table) -> None:
        self.table.show_table(table)
        count = ngettext("{n} row", "{n} rows", len(table.rows)).format(n=f"{len(table.rows):,}")
        self.facts.setText("   ".join([count, *(f"{name}: {value}" for name, value in table.facts)]))
        self._working(self._busy)

    def _failed(self, error: Exception) -> None:
        self._working(False)
        self.facts.setText("")
        self.problem.setText(sentence(error))
        self.problem.show()

    # What stands on papers

    def _ask_values(self) -> None:
        """The same on all papers, kept for the next time."""
        self._slow.run(self._reports.paper_values, self._show_values, self._failed)

    def _show_values(self, values: Mapping[str, str]) -> None:
        names = (("provider", _("Provider")), ("provider_number", _("Provider number")), ("venue", _("Place")))
        self._forms.ask(
            _("On all certificates, affidavits and rosters"),
            _("What is empty is left out. A social security number is never printed."),
            [Field(key, name, value=values.get(key, "")) for key, name in names],
            (_("Keep"), lambda typed: self._reports.set_paper_values({**values, **typed})),
            lambda _none: self.escape(),
        )

    def escape(self) -> bool:
        """Esc closes an open form first; whether there was one."""
        return self._forms.escape()

    def _choose_form(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, _("A form for these papers"), "", "*.json")
        self.use_form(Path(name) if name else None)

    def use_form(self, path: Path | None) -> None:
        """Set papers in this form; without one, in ours."""
        self._by_hand = path
        self.state.setText(_("Form: {file}").format(file=path.name) if path else _("Form: the one that comes with it"))

    # What becomes of it

    def _save_as(self, ending: str) -> None:
        order = self.order()
        if order.one_file_each and ending == ".pdf":
            name = QFileDialog.getExistingDirectory(self, _("A folder for the files"))
        else:
            kinds = f"*{ending}"
            name, _kind = QFileDialog.getSaveFileName(self, _("Save the report"), f"{order.name}{ending}", kinds)
        if name:
            self.save_to(Path(name), ending)

    def save_to(self, path: Path, ending: str) -> None:
        """Write what is chosen there."""
        order = self.order()
        if order.one_file_each and ending != ".pdf":
            order = replace(order, one_file_each=False)
        if not order.one_file_each and path.suffix.lower() != ending:
            path = path.with_name(path.name + ending)
        self._begin()
        self._slow.run(lambda: self._reports.save(order, path, self._tell), self._saved, self._not_saved)

    def _begin(self) -> None:
        self._stop = False
        self.bar.setRange(0, 0)
        self.state.setText(_("Writing… Scanning goes on."))
        self.problem.hide()
        self._working(True)
        self.cancel.setFocus()

    def _tell(self, done: int, total: int) -> None:
        """Called on the slow thread; raises to stop it."""
        self._heard(done, total)
        self._progressed.emit(done, total)

    def _heard(self, _done: int, _total: int) -> None:
        if self._stop or self._slow.is_closed:
            raise Stopped(_("Stopped. Nothing was written."))

    def _show_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _cancel(self) -> None:
        self._stop = True
        self.cancel.setEnabled(False)

    def _saved(self, saved: Saved) -> None:
        self._working(False)
        self.state.setText(_("Saved: {file}").format(file=saved.file))
        self.report.setFocus()

    def _not_saved(self, error: Exception) -> None:
        self._working(False)
        self._stop = False
        if isinstance(error, Stopped):
            self.state.setText(str(error))
        else:
            self.state.setText("")
            self._failed(error)

    def _print(self) -> None:
        """On a printer of the system; who chooses it is the system's own dialog."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if QPrintDialog(printer, self).exec():
            self.print_on(printer)

    def print_on(self, printer: object) -> None:
        """Print what is chosen there."""
        order = self.order()
        self._begin()
        self._slow.run(
            lambda: self._reports.print(order, printer, self._tell), lambda _none: self._printed(), self._not_saved
        )

    def _printed(self) -> None:
        self._working(False)
        self.state.setText(_("Handed to the printer."))
        self.report.setFocus()

    def _working(self, busy: bool) -> None:
        """Something is being written, or not."""
        self._busy = busy
        order = self.order()
        for_programs = order.name in EXPORTS
        shown: dict[QWidget, bool] = {
            self.bar: busy,
            self.cancel: busy,
            self.json: not busy and for_programs,
            self.print_button: not busy,
            **dict.fromkeys((self.each, self.values_button, self.form_button), not busy and order.name in TEMPLATES),
            **dict.fromkeys(self.saves.values(), not busy),
        }
        for widget, is_shown in shown.items():
            widget.setVisible(is_shown)
            widget.setEnabled(True)


def _combo(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setMinimumContentsLength(8)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return made
