"""Reading a list of attendees: choose a file, see what will happen, then do it. Nothing is saved before the last button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QPlainTextEdit, QProgressBar, QVBoxLayout

from kiosk.i18n import _, ngettext
from kiosk.ui.background import Background
from kiosk.ui.desk_flow import sentence
from kiosk.ui.services import DeskServices
from kiosk.ui.widgets.controls import button, worded
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.services.import_roster import Batch, Plan


class ImportPage(QFrame):
    """One page, four states: choose, reading, what will happen, done."""

    imported = Signal()
    _progress = Signal(int, int)

    def __init__(self, services: DeskServices, desk: Background, back: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._service, self._desk = services.import_roster, desk
        self._plan: Plan | None = None
        self._batch: Batch | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 24)
        layout.setSpacing(14)
        self.title = label(_("Import a list"), "panel-title", wrap=True)
        self.text = label("", "plain-text", wrap=True)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName(_("What will happen"))
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_("Progress"))
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addWidget(self.bar)
        layout.addWidget(self.details, 1)
        row = Flow()
        self.choose_button = button(_("Choose a file…"), self._choose, "primary")
        self.import_button = button("", self._write, "primary")
        self.undo_button = button(_("Undo this import"), self._undo)
        self.back_button = button(_("Back"), back, told="Esc")
        for each in (self.choose_button, self.import_button, self.undo_button, self.back_button):
            row.addWidget(each)
        layout.addLayout(row)
        layout.addStretch(0)
        self._progress.connect(self._show_progress)

    def start(self) -> None:
        """Nothing chosen yet."""
        self._plan = self._batch = None
        self._show(_("Import a list"), _("CSV, TSV, XLSX, XLS or ODS. Nothing is saved until you have seen what will happen."))
        self.choose_button.setVisible(True)
        self.choose_button.setFocus()

    def _show(self, title: str, text: str) -> None:
        self.title.setText(title)
        self.text.setText(text)
        for each in (self.bar, self.details, self.choose_button, self.import_button, self.undo_button):
            each.hide()

    def _choose(self) -> None:
        kinds = _("Lists") + " (*.csv *.tsv *.txt *.xlsx *.xls *.ods);;" + _("All files") + " (*)"
        name, _kind = QFileDialog.getOpenFileName(self, _("Import a list"), "", kinds)
        if name:
            self.read(Path(name))

    def read(self, path: Path) -> None:
        """Look at a file and say what importing it would do."""
        self._show(_("Reading {file}…").format(file=path.name), _("Nothing has been saved yet."))
        self.bar.setRange(0, 0)
        self.bar.show()
        self._desk.run(lambda: self._service.plan(path), self._planned, self._failed)

    def _planned(self, plan: Plan) -> None:
        self._plan = plan
        self._show(_("Nothing has been saved yet"), "")

    def _write(self) -> None:
        """Press once: one transaction, all or nothing."""

    def _undo(self) -> None:
        """Take the whole batch back."""

    def _failed(self, error: Exception) -> None:
        self.start()
        self.text.setText(sentence(error))

    def _show_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
