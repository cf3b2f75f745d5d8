"""One session as its organizer sees it: who was expected, who came, who is inside, and its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.domain.attendance import Way
from kiosk.domain.credit_words import hours_words, line_words
from kiosk.domain.papers import Table
from kiosk.domain.words import clock_words
from kiosk.i18n import _
from kiosk.ui.notices import sentence
from kiosk.ui.page_form import PageForm, who_decides
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.moments import end_words
from kiosk.ui.widgets.table import TableBox
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.domain.programme import ProgrammeSession
    from kiosk.services.attendance import SessionSheet
    from kiosk.ui.tools import PageTools


class SessionsPage(QFrame):
    """Choose a session; it is shown, closed, opened again."""

    def __init__(self, tools: PageTools) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._tools = tools
        self._attendance, self._zone = tools.services.attendance, tools.info.zone
        self._sheet: SessionSheet | None = None
        self.session = QComboBox()
        self.session.setAccessibleName(_("Session"))
        self.session.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.session.currentIndexChanged.connect(self._ask)
        self.figures = label("", "figure", wrap=True)
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.people = TableBox(_("People of this session"), tools.theme)
        self.close_button = button(_("End of session…"), self._close, "primary")
        self.reopen_button = button(_("Take back the closing…"), self._reopen)
        self.hours_button = button(_("Hours of this person"), self._hours)
        self.people.chosen.connect(lambda row: self.hours_button.setEnabled(row >= 0))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(8)
        top = QHBoxLayout()
        self.back = button(_("Back"), tools.back, told="Esc")
        top.addWidget(self.back)
        top.addWidget(label(_("Sessions"), "panel-title"))
        top.addWidget(self.session, 1)
        layout.addLayout(top)
        for each in (self.figures, self.problem):
            layout.addWidget(each)
        layout.addWidget(self.people, 1)
        self._buttons = QWidget()
        row = Flow(self._buttons)
        for pressed in (self.close_button, self.reopen_button, self.hours_button):
            row.addWidget(pressed)
        layout.addWidget(self._buttons)
        self._forms = PageForm(layout, tools.desk, lambda: (self._buttons,), self.people)

    def start(self) -> None:
        """The session that was chosen; at first the one that runs now, or ran last."""
        self._forms.close()
        self.session.setFocus()
        self._tools.desk.run(self._attendance.sessions, self._offer, self._failed)

    def _offer(self, sessions: list[ProgrammeSession]) -> None:
        chosen = self.session.currentData()
        now = self._tools.info.now()
        begun = [session.id for session in sessions if session.opens <= now and session.kind != "service"]
        chosen = chosen or (begun[-1] if begun else None)
        self.session.blockSignals(True)
        self.session.clear()
        for session in sessions:
            when = session.start.astimezone(self._zone)
            day = f"{when:%a} {clock_words(session.start, self._zone)}"
            words = " · ".join((session.code, day, session.room, session.title))
            self.session.addItem(words[:120], session.id)
        self.session.setCurrentIndex(max(0, self.session.findData(chosen)))
        self.session.blockSignals(False)
        if sessions:
            self._ask()
        else:
            self.figures.setText(_("There is no programme yet. Bring one in first."))
            self._show_buttons(None)

    def _ask(self) -> None:
        session_id = self.session.currentData()
        if session_id is not None:
            self._tools.slow.run(lambda: self._attendance.session(session_id), self._show, self._failed)

    def _show(self, sheet: SessionSheet) -> None:
        if sheet.session.id != self.session.currentData():
            return
        self._forms.close()
        self.problem.hide()
        self._sheet = sheet
        self.people.show_table(self._table(sheet))
        enrolled = sum(row.line.enrolled for row in sheet.rows)
        came = sum(any(stay.came is not None for stay in row.line.stays) for row in sheet.rows)
        words = _("{enrolled} enrolled   {came} came   {inside} inside, no exit yet").format(
            enrolled=enrolled, came=came, inside=len(sheet.inside)
        )
        if sheet.closed is not None:
            closed = _("closed by {who}: everyone still inside left at {when}")
            words += "   " + closed.format(who=sheet.closed.by, when=clock_words(sheet.closed.end, self._zone))
        self.figures.setText(words)
        self._show_buttons(sheet)

    def _show_buttons(self, sheet: SessionSheet | None) -> None:
        self.close_button.setVisible(sheet is not None and sheet.closed is None)
        self.reopen_button.setVisible(sheet is not None and sheet.closed is not None)
        self.hours_button.setVisible(sheet is not None)

    def _table(self, sheet: SessionSheet) -> Table:
        headers = (_("Name"), _("Agency"), _("Enrolled"), _("In"), _("Out"), _("Hours"), _("Explanation"))
        rows = tuple(
            (
                row.attendee.full_name,
                row.attendee.agency,
                _("yes") if row.line.enrolled else _("no"),
                end_words(row.line, Way.IN, self._zone),
                end_words(row.line, Way.OUT, self._zone),
                hours_words(row.line.worth),
                line_words(row.line, self._zone),
            )
            for row in sheet.rows
        )
        return Table("", headers, rows, numbers=frozenset({5}))

    def _failed(self, error: Exception) -> None:
        self.problem.setText(sentence(error))
        self.problem.show()

    # The end, and back

    def _close(self) -> None:
        sheet = self._sheet
        if sheet is None:
            return
        when = clock_words(sheet.session.end, self._zone)
        words = _(
            "All still inside, {n} now, leave at {when}: marked as assumed, by you. A scan that comes later counts."
        )
        self._open_form(
            _("End of {session}?").format(session=sheet.session.code),
            words.format(n=len(sheet.inside), when=when),
            _("Close the session"),
            lambda by: self._attendance.close_session(sheet.session.id, by),
        )

    def _reopen(self) -> None:
        sheet = self._sheet
        if sheet is None or sheet.closed is None:
            return
        record = sheet.closed.record
        self._open_form(
            _("Take back the closing of {session}?").format(session=sheet.session.code),
            _("Whoever has no exit is then without one again."),
            _("Take back"),
            lambda by: self._attendance.undo(record, by),
        )

    def _open_form(self, title: str, words: str, does: str, work: Callable[[str], object]) -> None:
        submit = (does, lambda values: work(values["by"]))
        self._forms.ask(title, words, [who_decides(self._tools.by)], submit, lambda _done: self._ask())

    def escape(self) -> bool:
        """Esc closes an open form first; whether there was one."""
        return self._forms.escape()

    def _hours(self) -> None:
        row = self.people.row()
        if self._sheet is not None and 0 <= row < len(self._sheet.rows):
            page = self._tools.open_page(_("Hours of a person"))
            page.open_person(self._sheet.rows[row].attendee.id)  # type: ignore[attr-defined]
