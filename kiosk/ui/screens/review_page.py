"""Bringing something in from a file: choose it, see what will happen, then do it; take it back.

What is brought in is told by a `Job`; nothing is saved before the last button.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QFrame, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from kiosk.i18n import _
from kiosk.ui.background import Background
from kiosk.ui.notices import sentence
from kiosk.ui.widgets.controls import button, worded
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.services.programme import Batch


@dataclass(frozen=True, slots=True)
class Review:
    """What would happen, in words."""

    source: str
    counts: str
    details: Sequence[str]
    do_words: str
    """What the last button says; empty where there is nothing to do."""
    gone_words: str = ""
    """What may be done with what is no longer in the file; empty where all is."""


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of file that can be brought in."""

    title: str
    hint: str
    endings: str
    """For the file dialog: `*.json *.csv`."""
    plan: Callable[[Path, bool], Any]
    """Reads a file; whether what is gone from it goes here too. Raises BadInput."""
    review: Callable[[Any], Review]
    write: Callable[[Any], Batch]
    undo: Callable[[str], object]
    done_words: Callable[[int], str]


class ReviewPage(QFrame):
    """One page in four states: choose, reading, what will happen, done. The owner's threads do the work."""

    brought_in = Signal()
    """Something is other than before."""

    def __init__(self, desk: Background, reader: Background, back: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._desk, self._reader = desk, reader
        self._job: Job | None = None
        self._path: Path | None = None
        self._plan: Any = None
        self._batch: Batch | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 24, 28, 24)
        layout.setSpacing(14)
        self.title = label("", "panel-title", wrap=True)
        self.text = label("", "plain-text", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(_("Progress"))
        self.counts = label("", "figure", wrap=True)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName(_("What was found in the file"))
        self.gone = QCheckBox()
        self.gone.toggled.connect(self._again)
        for each in (self.title, self.text, self.bar, self.counts):
            layout.addWidget(each)
        layout.addWidget(self.details, 100)
        layout.addWidget(self.gone)
        self.choose_button = button(_("Choose a file…"), self._choose, "primary")
        self.do_button = button("", self._write, "primary")
        self.other_button = button(_("Choose another file…"), self._choose)
        self.undo_button = button(_("Undo this import"), self._undo)
        self.back_button = button(_("Back"), back, told="Esc")
        row = Flow()
        for pressed in (self.choose_button, self.do_button, self.other_button, self.undo_button, self.back_button):
            row.addWidget(pressed)
        layout.addLayout(row)
        layout.addStretch(1)

    def start(self, job: Job) -> None:
        """Nothing chosen yet."""
        self._job, self._path, self._plan, self._batch = job, None, None, None
        self._show(job.title, job.hint, self.choose_button)
        self.choose_button.setFocus()

    def _show(self, title: str, text: str, *shown: QWidget) -> None:
        """Set the words, and of the parts that come and go show these."""
        self.title.setText(title)
        self.text.setText(text)
        comes_and_goes = (self.bar, self.counts, self.details, self.gone, self.choose_button, self.do_button)
        for each in (*comes_and_goes, self.other_button, self.undo_button):
            each.setVisible(each in shown)
            each.setEnabled(True)

    # Look

    def _choose(self) -> None:
        job = self._the_job()
        kinds = "{} ({});;{} (*)".format(_("Lists"), job.endings, _("All files"))
        name, _kind = QFileDialog.getOpenFileName(self, job.title, "", kinds)
        if name:
            self.gone.setChecked(False)
            self.read(Path(name))

    def read(self, path: Path) -> None:
        """Look at a file and say what bringing it in would do. Scanning goes on meanwhile."""
        job, drop = self._the_job(), self.gone.isChecked()
        self._path = path
        self._show(_("Reading {file}…").format(file=path.name), _("Nothing has been saved yet."), self.bar)
        self._reader.run(lambda: job.plan(path, drop), self._planned, self._not_planned)

    def _again(self) -> None:
        if self._path is not None and self._plan is not None:
            self.read(self._path)

    def _planned(self, plan: Any) -> None:
        self._plan = plan
        review = self._the_job().review(plan)
        shown = [self.counts, self.details, self.other_button]
        shown += [self.gone] if review.gone_words else []
        shown += [self.do_button] if review.do_words else []
        self._show(_("Nothing has been saved yet"), review.source, *shown)
        self.counts.setText(review.counts)
        self.details.setPlainText("\n".join(review.details) or _("Nothing odd was found."))
        self.gone.setText(review.gone_words)
        self.do_button.setText(worded(review.do_words))
        self.do_button.setAccessibleName(review.do_words)
        (self.do_button if review.do_words else self.other_button).setFocus()

    def _not_planned(self, error: Exception) -> None:
        self._plan = None
        self._show(_("This file cannot be read"), sentence(error), self.choose_button)
        self.choose_button.setFocus()

    # Do

    def _write(self) -> None:
        job, plan = self._the_job(), self._plan
        if plan is not None:
            self.do_button.setEnabled(False)
            self.do_button.setText(worded(_("Saving…")))
            self._desk.run(lambda: job.write(plan), self._written, partial(self._failed, plan))

    def _written(self, batch: Batch) -> None:
        self._batch, self._plan = batch, None
        words = _("The doors follow from now on.")
        self._show(self._the_job().done_words(batch.count), words, self.undo_button, self.other_button)
        self.back_button.setFocus()
        self.brought_in.emit()

    def _failed(self, plan: Any, error: Exception) -> None:
        self._planned(plan)
        self.title.setText(sentence(error))

    def _undo(self) -> None:
        job, batch = self._the_job(), self._batch
        if batch is not None:
            self.undo_button.setEnabled(False)
            self._desk.run(lambda: job.undo(batch.id), self._undone, self._not_undone)

    def _undone(self, _nothing: object) -> None:
        self.start(self._the_job())
        self.title.setText(_("The import was taken back"))
        self.brought_in.emit()

    def _not_undone(self, error: Exception) -> None:
        self.text.setText(sentence(error))

    def _the_job(self) -> Job:
        assert self._job is not None
        return self._job
