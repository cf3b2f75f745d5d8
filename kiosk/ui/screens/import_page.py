"""Reading a list of attendees: choose a file, see what will happen, then do it.

Nothing is saved before the last button.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from kiosk.domain.roster_faults import Effect, effect_of, summary
from kiosk.domain.roster_plan import Count, Plan
from kiosk.i18n import _, ngettext
from kiosk.ui.background import Background
from kiosk.ui.notices import sentence
from kiosk.ui.services import DeskServices
from kiosk.ui.widgets.controls import button, worded
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.services.import_roster import Batch

EXAMPLES = 3
"""Lines shown of each group that needs a decision."""


class ImportPage(QFrame):
    """One page in four states: choose, reading, what will happen, done. The owner's threads do the work."""

    imported = Signal()
    """The roster has other people than before."""
    _progressed = Signal(int, int)

    def __init__(
        self, services: DeskServices, by: str, desk: Background, reader: Background, back: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._service, self._by, self._desk, self._reader = services.import_roster, by, desk, reader
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 24)
        layout.setSpacing(14)
        self.title = label("", "panel-title", wrap=True)
        self.text = label("", "plain-text", wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_("Progress"))
        self.counts = label("", "figure", wrap=True)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName(_("What was found in the list"))
        for each in (self.title, self.text, self.bar, self.counts):
            layout.addWidget(each)
        layout.addWidget(self.details, 100)
        self.choose_button = button(_("Choose a file…"), self._choose, "primary")
        self.other_button = button(_("Choose another file…"), self._choose)
        self.import_button = button(_("Import"), self._write, "primary")
        self.undo_button = button(_("Undo this import"), self._undo)
        self.back_button = button(_("Back"), back, told="Esc")
        row = Flow()
        for pressed in (self.choose_button, self.import_button, self.other_button, self.undo_button, self.back_button):
            row.addWidget(pressed)
        layout.addLayout(row)
        layout.addStretch(1)
        self._plan: Plan | None = None
        self._batch: Batch | None = None
        self._progressed.connect(self._show_progress)

    def start(self) -> None:
        """Nothing chosen yet."""
        self._plan = self._batch = None
        words = _("CSV, TSV, XLSX, XLS or ODS. Nothing is saved until you have seen what will happen.")
        self._show(_("Import a list"), words, self.choose_button)
        self.choose_button.setFocus()

    def _show(self, title: str, text: str, *shown: QWidget) -> None:
        """Set the words, and of the parts that come and go show these."""
        self.title.setText(title)
        self.text.setText(text)
        comes_and_goes = (self.bar, self.counts, self.details, self.choose_button, self.import_button)
        for each in (*comes_and_goes, self.other_button, self.undo_button):
            each.setVisible(each in shown)
            each.setEnabled(True)

    # Look

    def _choose(self) -> None:
        kinds = "{} (*.csv *.tsv *.txt *.xlsx *.xls *.ods);;{} (*)".format(_("Lists"), _("All files"))
        name, _kind = QFileDialog.getOpenFileName(self, _("Import a list"), "", kinds)
        if name:
            self.read(Path(name))

    def read(self, path: Path) -> None:
        """Look at a file and say what importing it would do. Scanning goes on meanwhile."""
        self._show(_("Reading {file}…").format(file=path.name), _("Nothing has been saved yet."), self.bar)
        self.bar.setRange(0, 0)
        self._reader.run(
            lambda: self._service.plan(path, progress=self._progressed.emit), self._planned, self._not_planned
        )

    def _show_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def _planned(self, plan: Plan) -> None:
        self._plan = plan
        people = len(plan.changes)
        self._show(_("Nothing has been saved yet"), source_words(plan), self.counts, self.details, self.other_button)
        self.counts.setText(count_words(plan))
        self.details.setPlainText("\n".join(group_words(plan)))
        self.import_button.setVisible(people > 0)
        self.import_button.setText(worded(import_words(people)))
        self.import_button.setAccessibleName(import_words(people))
        self.import_button.setFocus()

    def _not_planned(self, error: Exception) -> None:
        self._show(_("This list cannot be read"), sentence(error), self.choose_button)

    # Do

    def _write(self) -> None:
        plan = self._plan
        if plan is None:
            return
        self.import_button.setEnabled(False)
        self.import_button.setText(worded(_("Importing…")))
        self._desk.run(lambda: self._service.write(plan, self._by), self._written, partial(self._failed, plan))

    def _written(self, batch: Batch) -> None:
        self._batch, self._plan = batch, None
        title = ngettext("{count} person imported", "{count} people imported", batch.people).format(
            count=f"{batch.people:,}"
        )
        self._show(title, _("The desk is ready for them."), self.undo_button)
        self.back_button.setFocus()
        self.imported.emit()

    def _failed(self, plan: Plan, error: Exception) -> None:
        self._planned(plan)
        self.title.setText(sentence(error))

    def _undo(self) -> None:
        batch = self._batch
        if batch is not None:
            self.undo_button.setEnabled(False)
            self._desk.run(lambda: self._service.undo(batch.id, self._by), self._undone, self._not_undone)

    def _undone(self, _nothing: object) -> None:
        self.start()
        self.title.setText(_("The import was taken back"))
        self.imported.emit()

    def _not_undone(self, error: Exception) -> None:
        self.text.setText(sentence(error))


def import_words(people: int) -> str:
    """What the last button says; it holds the number."""
    return ngettext("Import {count} person", "Import {count} people", people).format(count=f"{people:,}")


def source_words(plan: Plan) -> str:
    """How the file was understood, in one line."""
    sheet = next((sheet for sheet in plan.sheets if sheet.left_out is None), None)
    parts = [plan.source, plan.format, plan.encoding]
    if sheet is not None:
        parts += [sheet.title, _("header in row {row}").format(row=sheet.header_row) if sheet.header_row else ""]
    return " · ".join(part for part in parts if part)


def count_words(plan: Plan) -> str:
    """The counts, each with its sign and its word."""
    words = (
        (Count.NEW, _("+ {count} new")),
        (Count.CHANGED, _("~ {count} changed")),
        (Count.SAME, _("= {count} same")),
        (Count.NOT_COMING, _("– {count} not coming")),
        (Count.NEEDS_DECISION, _("! {count} to decide")),
        (Count.SKIPPED, _("{count} skipped")),
    )
    return "   ".join(text.format(count=f"{plan.counts.get(count, 0):,}") for count, text in words)


def group_words(plan: Plan) -> list[str]:
    """The findings by their cause: what keeps lines from being imported first, with examples."""
    kinds = plan.kinds()
    lines: list[str] = []
    for effect, title in (
        (Effect.DECIDE, _("Not imported until somebody decides:")),
        (Effect.SKIP, _("Left out:")),
        (Effect.WARN, _("Imported, worth a look:")),
    ):
        group = [kind for kind in kinds if effect_of(kind) is effect]
        if not group:
            continue
        lines += [title, *(part for kind in group for part in _group(plan, kind, kinds[kind], effect)), ""]
    if plan.vanished:
        gone = len(plan.vanished)
        lines.append(
            ngettext(
                "{count} person is no longer in the list and is kept.",
                "{count} people are no longer in the list and are kept.",
                gone,
            ).format(count=gone)
        )
    return lines or [_("Nothing odd was found.")]


def _group(plan: Plan, kind: object, count: int, effect: Effect) -> list[str]:
    found = [finding for finding in plan.findings if finding.kind is kind]
    lines = ["   " + summary(found[0].kind, count)]
    if effect is Effect.DECIDE:
        for finding in found[:EXAMPLES]:
            lines.append("        " + _("row {row}: {value}").format(row=finding.row, value=finding.value[:60]))
    return lines
