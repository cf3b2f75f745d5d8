"""Many badges at once: whose, in which order, and onto what. The desk's own badges always come first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from kiosk.domain.bulk_badges import Order, Person, Printed, Wanted, choose_people, values_of
from kiosk.domain.people import Status
from kiosk.domain.sheets import PAPERS, SHEETS, SheetsWritten
from kiosk.domain.words import isolated
from kiosk.i18n import _, ngettext
from kiosk.ui.long_task import LongTask, Stopped, Tell
from kiosk.ui.notices import sentence
from kiosk.ui.tools import PageTools
from kiosk.ui.widgets.ahead_panel import AheadPanel
from kiosk.ui.widgets.controls import button, number_box, worded
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.services.badges import Ahead, Asked

LOOK_MS = 1000
SHOWN = 300
"""Names in the preview; the count above it is of everybody."""
_STATUS = (Status.COMING, Status.PENDING, None)


class BulkPrintPage(QFrame):
    """Choose, look, then print, or save sheets or a list. Nothing happens before a button with the number on it."""

    def __init__(self, tools: PageTools) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._tools, self._services = tools, tools.services
        self._people: Sequence[Person] = ()
        self._chosen: Sequence[Person] = ()
        self._on_sheets: tuple[str, ...] = ()
        self._task = LongTask("badge sheets", self)
        self._task.progressed.connect(self._show_progress)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._build()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 18, 28, 16)
        layout.setSpacing(10)
        layout.addWidget(label(_("Print many badges"), "panel-title"))
        self.said = label("", "plain-text", wrap=True)
        self.said.hide()
        layout.addWidget(self.said)
        self.ahead = AheadPanel(self._pause, self._cancel)
        layout.addWidget(self.ahead)
        across = QBoxLayout.Direction.TopToBottom if self._tools.theme.is_large else QBoxLayout.Direction.LeftToRight
        middle = QBoxLayout(across)
        middle.setSpacing(24)
        middle.addWidget(self._build_filter(), 1)
        middle.addWidget(self._build_preview(), 1)
        layout.addLayout(middle, 1)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(_("Progress"))
        self.bar.hide()
        layout.addWidget(self.bar)
        layout.addWidget(self._build_ways())

    def _build_filter(self) -> QWidget:
        column = QWidget()
        column.setProperty("dense", True)
        form = QFormLayout(column)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(8)
        if self._tools.theme.is_large:
            form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self.type, self.agency_type = QComboBox(), QComboBox()
        self.agency = QLineEdit()
        self.agency.setMaxLength(100)
        self.agency.setPlaceholderText(_("a part of its name"))
        self.status = QComboBox()
        self.status.addItems([_("coming"), _("pending"), _("everybody")])
        self.not_yet = QCheckBox(_("Only those who have none yet"))
        self.not_yet.setChecked(True)
        orders = [(Order.LAST_NAME, _("last name")), (Order.AGENCY, _("agency, then last name"))]
        self.order = _combo([*orders, (Order.NUMBER, _("number"))])
        for name, widget in (
            (_("Type"), self.type), (_("Agency"), self.agency), (_("Agency type"), self.agency_type),
            (_("Status"), self.status), (_("Badges"), self.not_yet), (_("Sorted by"), self.order),
        ):  # fmt: skip
            widget.setAccessibleName(name if widget is not self.not_yet else self.not_yet.text())
            title = label(name, "field-name")
            title.setBuddy(widget)
            form.addRow(title, widget)
        for combo in (self.type, self.agency_type, self.status, self.order):
            combo.currentIndexChanged.connect(self._choose)
        self.agency.textChanged.connect(self._choose)
        self.not_yet.toggled.connect(self._choose)
        return column

    def _build_preview(self) -> QWidget:
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        self.count = label("", "figure", wrap=True)
        layout.addWidget(self.count)
        self.names = QListWidget()
        self.names.setAccessibleName(_("Whose badges"))
        self.names.setUniformItemSizes(True)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.names.setMinimumHeight(self._tools.theme.px(120))
        layout.addWidget(self.names, 1)
        return column

    def _build_ways(self) -> QWidget:
        """What can be done with them, each way with what has to be known for it."""
        ways = QWidget()
        ways.setProperty("dense", True)
        row = Flow(ways, gap_px=8)
        self.print_button = button(_("Print"), self.print_badges, "primary")
        self.sheet = _combo([(sheet, sheet.name) for sheet in SHEETS])
        self.right, self.down = (number_box(-20, 20, " mm", 1) for _way in range(2))
        self.sheets_button = button(_("Sheets as PDF…"), self._choose_sheets)
        self.paper = _combo([(paper, paper.name) for paper in PAPERS])
        self.list_button = button(_("List on paper…"), self._choose_list)
        row.addWidget(self.print_button)
        for name, widget in ((_("Sheets"), self.sheet), (_("moved right"), self.right), (_("down"), self.down)):
            row.addWidget(_named(name, widget))
        row.addWidget(self.sheets_button)
        row.addWidget(_named(_("Paper"), self.paper))
        row.addWidget(self.list_button)
        self.count_button = button(_("Count them as printed"), self.count_as_printed)
        self.count_button.hide()
        self.stop_button = button(_("Stop"), self._task.stop)
        self.stop_button.hide()
        for made in (self.count_button, self.stop_button, button(_("Back"), self._tools.back, told="Esc")):
            row.addWidget(made)
        return ways

    # Who there is

    def start(self) -> None:
        """The roster as it is now."""
        self._say("")
        self._timer.start()
        self._look()
        self._read()
        self.type.setFocus()

    def finish(self) -> None:
        """The window closes."""
        self._task.close()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def _read(self) -> None:
        self._tools.desk.run(self._services.bulk.people, self._show_people, self._failed)

    def _show_people(self, people: Sequence[Person]) -> None:
        self._people = people
        for combo, field in ((self.type, "registration_type"), (self.agency_type, "agency_type")):
            before = combo.currentData()
            blocked = QSignalBlocker(combo)
            combo.clear()
            combo.addItem(_("all"), "")
            for value in values_of(people, field):
                combo.addItem(value, value)
            combo.setCurrentIndex(max(0, combo.findData(before)))
            blocked.unblock()
        self._choose()

    def _choose(self) -> None:
        """Show whom these choices mean."""
        wanted = Wanted(
            registration_type=self.type.currentData() or "",
            agency=self.agency.text(),
            agency_type=self.agency_type.currentData() or "",
            status=_STATUS[self.status.currentIndex()],
            not_yet=self.not_yet.isChecked(),
        )
        self._chosen = choose_people(self._people, wanted, Order(self.order.currentData()))
        count = len(self._chosen)
        self.names.clear()
        self.names.addItems([_line(person) for person in self._chosen[:SHOWN]])
        words = ngettext("{count} badge", "{count} badges", count).format(count=f"{count:,}")
        if count > SHOWN:
            words = _("{badges}, of which these are the first {shown}").format(badges=words, shown=SHOWN)
        self.count.setText(words if count else _("Nobody like that."))
        self._offer()

    def _offer(self) -> None:
        """The buttons, with the number on them."""
        count, free = len(self._chosen), not self._task.is_running
        words = ngettext("Print {count} badge", "Print {count} badges", count).format(count=f"{count:,}")
        self.print_button.setText(worded(words))
        self.print_button.setAccessibleName(words)
        for made in (self.print_button, self.sheets_button, self.list_button):
            made.setEnabled(count > 0 and free)
        self.count_button.setVisible(bool(self._on_sheets))
        self.stop_button.setVisible(not free)
        self.bar.setVisible(not free)

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def _failed(self, error: Exception) -> None:
        self._say(sentence(error))
        self._offer()

    # On the printers

    def print_badges(self) -> None:
        """Ask for all of them; they give way to whoever stands at the desk."""
        ids, by = [person.attendee.id for person in self._chosen], self._tools.by
        self.print_button.setEnabled(False)
        self._tools.slow.run(lambda: self._services.badges.ask_many(ids, by=by), self._asked, self._failed)

    def _asked(self, asked: Asked) -> None:
        words = [ngettext("{count} badge is in the queue.", "{count} badges are in the queue.", asked.asked)]
        parts = [words[0].format(count=f"{asked.asked:,}")]
        if asked.already:
            parts.append(_("{count} were asked for before.").format(count=f"{asked.already:,}"))
        if asked.refused:
            parts.append(_("{count} get none: {why}").format(count=len(asked.refused), why=asked.refused[0][1]))
        self._say(" ".join(parts))
        self._look()
        self._read()

    def _look(self) -> None:
        self._tools.desk.run(self._services.badges.ahead, self._show_ahead, self._failed)

    def _show_ahead(self, ahead: Ahead) -> None:
        was_shown = self.ahead.isVisible()
        self.ahead.show_ahead(ahead)
        if was_shown and not self.ahead.isVisible():
            self._read()  # the last one is out: nobody is asked for twice

    def _pause(self) -> None:
        queue = self._services.badges.queue
        self._tools.desk.run(lambda: queue.pause(not queue.is_paused), lambda _nothing: self._look(), self._failed)

    def _cancel(self) -> None:
        by = self._tools.by
        self._tools.desk.run(lambda: self._services.badges.cancel_ahead(by), self._cancelled, self._failed)

    def _cancelled(self, count: int) -> None:
        words = ngettext("{count} badge was taken out of the queue.", "{count} badges were taken out.", count)
        self._say(words.format(count=f"{count:,}"))
        self._look()
        self._read()

    # On sheets, and as a list

    def _choose_sheets(self) -> None:
        self._with_file(_("Sheets as PDF"), "badges.pdf", self.save_sheets)

    def _choose_list(self) -> None:
        self._with_file(_("List on paper"), "list.pdf", self.save_list)

    def _with_file(self, title: str, name: str, save: Callable[[Path], object]) -> None:
        path, _kind = QFileDialog.getSaveFileName(self, title, name, "PDF (*.pdf)")
        if path:
            save(Path(path).with_suffix(".pdf"))

    def save_sheets(self, path: Path) -> None:
        """The badges on sheets of several; each gets its own code now."""
        ids, by, sheet = [person.attendee.id for person in self._chosen], self._tools.by, self.sheet.currentData()
        offset = (self.right.value(), self.down.value())
        services = self._services

        def work(tell: Tell, stopped: Stopped) -> SheetsWritten:
            layout_for = services.layouts.for_sheet(sheet)
            badges = []
            for attendee_id in ids:
                if stopped():
                    return SheetsWritten(0, 0, stopped=True)
                badges.append(services.bulk.badge(attendee_id, by))
            tools = services.badge_tools()
            return tools.sheets(path, badges, layout_for, sheet, offset, tell, stopped)

        def done(written: SheetsWritten) -> None:
            self._on_sheets = () if written.stopped else tuple(ids)
            self._say(_sheet_words(written, path))
            self._offer()

        self._say("")
        self.bar.setRange(0, 0)
        self._task.start(work, done, self._failed)
        self._offer()

    def count_as_printed(self) -> None:
        """The sheets are printed and cut: whoever is on them has a badge, and no printer makes another by itself."""
        ids, by = self._on_sheets, self._tools.by
        self._on_sheets = ()
        self._tools.slow.run(lambda: self._services.badges.on_sheets(ids, by), self._counted, self._failed)

    def _counted(self, count: int) -> None:
        words = ngettext("{count} badge counts as printed.", "{count} badges count as printed.", count)
        self._say(words.format(count=f"{count:,}"))
        self._read()

    def save_list(self, path: Path) -> None:
        """The people as a list with boxes to tick, for the day nothing else works."""
        people, paper, info = [person.attendee for person in self._chosen], self.paper.currentData(), self._tools.info
        note = f"{info.now().astimezone(info.zone):%Y-%m-%d %H:%M %Z}"
        services = self._services

        def work(_tell: Tell, _stopped: Stopped) -> int:
            return services.badge_tools().paper_list(path, people, info.conference, note, paper)

        def done(pages: int) -> None:
            words = ngettext("{pages} page is saved in {file}.", "{pages} pages are saved in {file}.", pages)
            self._say(words.format(file=path, pages=pages))
            self._offer()

        self._say("")
        self.bar.setRange(0, 0)
        self._task.start(work, done, self._failed)
        self._offer()

    def _show_progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)


def _sheet_words(written: SheetsWritten, path: Path) -> str:
    if written.stopped:
        return _("Stopped. No file was written.")
    words = ngettext("{count} badge is in {file}.", "{count} badges on {pages} pages are in {file}.", written.badges)
    parts = [words.format(count=f"{written.badges:,}", pages=written.pages, file=path)]
    parts.append(_("Print it in its true size, not fitted to the page."))
    if written.problems:
        name, problem = written.problems[0]
        parts.append(_("{count} to look at: {name}: {words}").format(
            count=len(written.problems), name=isolated(name), words=problem.sentence()
        ))  # fmt: skip
    return " ".join(parts)


def _line(person: Person) -> str:
    attendee = person.attendee
    first = " ".join(part for part in (attendee.title, attendee.first) if part)
    name = ", ".join(isolated(part) for part in (attendee.last, first) if part) or isolated(attendee.badge_name)
    known = {Printed.PRINTED: _("printed"), Printed.IN_QUEUE: _("in the queue"), Printed.NOT_YET: ""}[person.printed]
    parts = (name, isolated(attendee.agency) if attendee.agency else "", attendee.registration_type, known)
    return " · ".join(part for part in parts if part)


def _combo(choices: Sequence[tuple[object, str]]) -> QComboBox:
    combo = QComboBox()
    for value, words in choices:
        combo.addItem(words, value)
    return combo


def _named(name: str, widget: QWidget) -> QWidget:
    """A small input with its name before it."""
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(8, 0, 0, 0)
    row.setSpacing(8)
    title = label(name, "field-name")
    title.setBuddy(widget)
    widget.setAccessibleName(name)
    row.addWidget(title)
    row.addWidget(widget)
    return both
