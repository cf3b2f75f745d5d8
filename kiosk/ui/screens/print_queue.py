"""The print queue: what needs somebody, what is on its way, what is printed ahead of time, what was printed last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout

from kiosk.domain.people import Attendee
from kiosk.domain.print_jobs import JobState, PrintJob
from kiosk.domain.words import clock_words, isolated
from kiosk.i18n import _
from kiosk.ui.background import Background
from kiosk.ui.notices import sentence
from kiosk.ui.print_words import job_words
from kiosk.ui.services import DeskServices
from kiosk.ui.widgets.ahead_panel import AheadPanel
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.services.badges import Ahead

LOOK_MS = 1000
"""How often the list follows the queue while it is shown."""
ROWS = 200
"""Jobs in the list: all that need somebody come first."""

Line = tuple[PrintJob, Attendee | None]


class PrintQueuePage(QFrame):
    """All jobs, and what can be done with the one that is chosen."""

    def __init__(
        self, services: DeskServices, by: str, zone: tzinfo, desk: Background, back: Callable[[], object]
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._badges, self._room, self._by, self._zone, self._desk = (
            services.badges, services.print_room, by, zone, desk,
        )  # fmt: skip
        self._lines: Sequence[Line] = ()
        self._asking = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 18, 28, 18)
        layout.setSpacing(10)
        layout.addWidget(label(_("Print queue"), "panel-title"))
        self.said = label("", "problem", wrap=True)
        self.said.hide()
        layout.addWidget(self.said)
        self.ahead = AheadPanel(self._pause, self._cancel_ahead)
        layout.addWidget(self.ahead)
        self.list = QListWidget()
        self.list.setAccessibleName(_("Badges in the queue"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # long names end in an ellipsis
        self.list.setUniformItemSizes(True)
        self.list.currentRowChanged.connect(lambda _row: self._offer())
        layout.addWidget(self.list, 1)
        self.detail = label("", "plain-text", wrap=True)
        layout.addWidget(self.detail)
        self._choices = Flow()
        layout.addLayout(self._choices)
        self._buttons: list[QPushButton] = []
        self._works: list[Callable[[], object]] = []
        self.back = button(_("Back"), back, told="Esc")
        row = Flow()
        row.addWidget(self.back)
        layout.addLayout(row)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """From the top."""
        self.said.hide()
        self.list.setFocus()
        self._timer.start()
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    # What is printed ahead of time

    def _pause(self) -> None:
        queue = self._badges.queue
        self._do(lambda: queue.pause(not queue.is_paused))

    def _cancel_ahead(self) -> None:
        self._do(lambda: self._badges.cancel_ahead(self._by))

    # The list

    def _look(self) -> None:
        if self._asking:
            return
        self._asking = True
        badges = self._badges
        self._desk.run(lambda: (badges.lines(ROWS), badges.ahead()), self._show, self._failed)

    def _show(self, found: tuple[Sequence[Line], Ahead]) -> None:
        self._asking = False
        lines, ahead = found
        self.ahead.show_ahead(ahead)
        if lines == self._lines:
            return
        chosen = self._chosen()
        self._lines = lines
        self.list.blockSignals(True)
        self.list.clear()
        for line in lines:
            item = QListWidgetItem(self._words(line))
            self.list.addItem(item)
        ids = [job.id for job, _who in lines]
        if chosen is not None and chosen[0].id in ids:
            self.list.setCurrentRow(ids.index(chosen[0].id))
        elif lines:
            self.list.setCurrentRow(0)
        self.list.blockSignals(False)
        self._offer()

    def _failed(self, error: Exception) -> None:
        self._asking = False
        self.said.setText(sentence(error))
        self.said.show()

    def _words(self, line: Line) -> str:
        job, who = line
        name = isolated(who.full_name) if who is not None else _("somebody no longer on the roster")
        printer = self._badges.printers.name_of(job.printer)
        parts = [clock_words(job.changed_at, self._zone), name, job_words(job, printer)]
        if printer and job.state is JobState.PRINTED:
            parts.append(isolated(printer))
        if job.issue > 1:
            parts.append(_("badge {count}").format(count=job.issue))
        if job.copy > 1:
            parts.append(_("try {count}").format(count=job.copy))
        return " · ".join(parts)

    def _chosen(self) -> Line | None:
        row = self.list.currentRow()
        return self._lines[row] if 0 <= row < len(self._lines) else None

    # What can be done

    def _offer(self) -> None:
        """The buttons for the job that is chosen; the same buttons stay, so that nobody loses their place."""
        line = self._chosen()
        choices = self._choices_for(line[0]) if line is not None else []
        words = line[0].detail if line is not None else _("Nothing was asked for yet.")
        self.detail.setText(words)
        self.detail.setVisible(bool(words))
        if [made.accessibleName() for made in self._buttons] != [text for text, _work in choices]:
            for made in self._buttons:
                self._choices.removeWidget(made)
                made.hide()
                made.deleteLater()
            self._buttons = [button(text, partial(self._press, place)) for place, (text, _work) in enumerate(choices)]
            for made in self._buttons:
                self._choices.addWidget(made)
                made.show()
        self._works = [work for _text, work in choices]

    def _press(self, place: int) -> None:
        self._do(self._works[place])

    def _choices_for(self, job: PrintJob) -> list[tuple[str, Callable[[], object]]]:
        badges, by = self._badges, self._by
        found: list[tuple[str, Callable[[], object]]] = []
        if job.state is JobState.UNCERTAIN or job.unasked:
            found.append((_("Yes, it's here"), lambda: badges.came_out(job.id, True, by)))
            found.append((_("No, print it"), lambda: badges.came_out(job.id, False, by)))
        if job.state in (JobState.WAITING, JobState.FAILED):
            found.append((_("Retry"), lambda: badges.retry(job.id, by)))
        if job.state in (JobState.QUEUED, JobState.WAITING, JobState.FAILED) or job.is_stuck:
            found += [
                (_("Print on {printer}").format(printer=isolated(profile.name)), partial(self._move, job, profile.id))
                for profile in badges.printers.at_work()
                if profile.id != job.printer
            ]
        if job.state in (JobState.QUEUED, JobState.WAITING, JobState.UNCERTAIN):
            found.append((_("Take it out"), lambda: badges.cancel(job.id, by)))
        elif job.is_stuck:
            found.append((_("Take it back"), lambda: self._room.take_back(job, None, by)))
        return found

    def _move(self, job: PrintJob, printer_id: str) -> object:
        if job.is_stuck:
            return self._room.take_back(job, printer_id, self._by)
        return self._badges.print_on(job.id, printer_id, self._by)

    def _do(self, work: Callable[[], object]) -> None:
        def done(_result: object) -> None:
            self.said.hide()
            self._look()

        def failed(error: Exception) -> None:
            self._failed(error)
            self._look()

        self._desk.run(work, done, failed)
