"""The hours of one person: every session with its minutes and why, and what a named person may set right about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from kiosk.domain.attendance import Way
from kiosk.domain.credit import Line
from kiosk.domain.credit_words import hours_words, line_words
from kiosk.domain.papers import Table
from kiosk.domain.words import clock_words
from kiosk.errors import BadInput
from kiosk.i18n import _, ngettext
from kiosk.ui.notices import sentence
from kiosk.ui.page_form import PageForm, who_decides
from kiosk.ui.screens.search import SearchPage
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.moments import end_of, end_words
from kiosk.ui.widgets.panel import Field
from kiosk.ui.widgets.table import TableBox
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.services.attendance import Decided, PersonHours
    from kiosk.services.find import Found
    from kiosk.ui.tools import PageTools


class HoursPage(QFrame):
    """First somebody is looked up, then their sessions are shown."""

    def __init__(self, tools: PageTools) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._tools = tools
        self._attendance, self._zone = tools.services.attendance, tools.info.zone
        self._hours: PersonHours | None = None
        self.search = SearchPage(tools.theme, tools.info.zone, self._ask, does=_("Enter shows the hours"))
        self.search.chosen.connect(self._found)
        self.name = label("", "panel-title", wrap=True)
        self.total = label("", "figure", wrap=True)
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.lines = TableBox(_("Sessions of this person"), tools.theme)
        self.lines.chosen.connect(lambda _row: self._chosen())
        self.why = label("", "plain-text", wrap=True)
        self.times_button = button(_("Set the times…"), self._set_times, "primary")
        self.credit_button = button(_("Decide the credit…"), self._decide)
        self.withdraw_button = button(_("Does not count…"), self._withdraw)
        self.undo_button = button(_("Take back…"), self._undo)
        self.other_button = button(_("Somebody else"), self.start)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.search)
        self._stack.addWidget(self._build_person())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(8)
        top = QHBoxLayout()
        self.back = button(_("Back"), tools.back, told="Esc")
        top.addWidget(self.back)
        top.addWidget(label(_("Hours of a person"), "panel-title"), 1)
        layout.addLayout(top)
        layout.addWidget(self._stack, 1)

    def _build_person(self) -> QWidget:
        person = QWidget()
        self._column = QVBoxLayout(person)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(self.name, 3)
        top.addWidget(self.total, 2)
        self._column.addLayout(top)
        self._column.addWidget(self.problem)
        self._column.addWidget(self.lines, 1)
        self._column.addWidget(self.why)
        self._buttons = QWidget()
        row = Flow(self._buttons)
        for each in (
            self.times_button, self.credit_button, self.withdraw_button, self.undo_button, self.other_button,
        ):  # fmt: skip
            row.addWidget(each)
        self._column.addWidget(self._buttons)
        hidden = (self._buttons, self.lines)  # a low screen has room for the form alone
        self._forms = PageForm(self._column, self._tools.desk, lambda: hidden, self.lines)
        return person

    def start(self) -> None:
        """Look somebody up."""
        self._forms.close()
        self._hours = None
        self._stack.setCurrentWidget(self.search)
        self.search.start()

    def _ask(self, text: str, done: Callable[..., object], failed: Callable[[Exception], object]) -> None:
        find = self._tools.services.find
        self._tools.reader.run(lambda: find.find(text, limit=12), done, failed)

    def _found(self, found: Found) -> None:
        self.open_person(found.attendee.id)

    def open_person(self, attendee_id: str) -> None:
        """Show the hours of this person."""
        self._tools.desk.run(lambda: self._attendance.of(attendee_id), self.show_hours, self._failed)

    def show_hours(self, hours: PersonHours) -> None:
        """These hours; the session that was chosen stays chosen."""
        self._forms.close()
        chosen = self._line()
        same = self._hours is not None and self._hours.attendee.id == hours.attendee.id
        self._hours = hours
        self._stack.setCurrentIndex(1)
        self.problem.hide()
        attendee = hours.attendee
        self.name.setText(" · ".join(part for part in (attendee.full_name, attendee.agency) if part))
        courses = len(hours.result.counting)
        words = ngettext("{hours} h in {n} session", "{hours} h in {n} sessions", courses)
        self.total.setText(words.format(hours=hours_words(hours.result.total), n=courses))
        sessions = [line.session.id for line in hours.result.lines]
        row = sessions.index(chosen.session.id) if same and chosen and chosen.session.id in sessions else 0
        self.lines.show_table(self._table(hours), row)
        self.lines.setFocus()

    def _table(self, hours: PersonHours) -> Table:
        headers = (_("Slot"), _("Session"), _("When"), _("In"), _("Out"), _("Minutes"), _("Hours"), _("Title"))
        rows = tuple(
            (
                str(line.session.course_slot or ""),
                f"{line.session.code} · {line.session.room}",
                f"{line.session.start.astimezone(self._zone):%a} {clock_words(line.session.start, self._zone)}",
                end_words(line, Way.IN, self._zone),
                end_words(line, Way.OUT, self._zone),
                f"{line.counted_min} / {line.full_min}",
                hours_words(line.credit),
                line.session.title,
            )
            for line in hours.result.lines
        )
        return Table("", headers, rows, numbers=frozenset({5, 6}))

    def _line(self) -> Line | None:
        row = self.lines.row()
        lines = self._hours.result.lines if self._hours else ()
        return lines[row] if 0 <= row < len(lines) else None

    def _chosen(self) -> None:
        line = self._line()
        for each in (self.times_button, self.credit_button, self.undo_button):
            each.setEnabled(line is not None)
        self.withdraw_button.setEnabled(line is not None and bool(line.stays))
        if line is None:
            self.why.setText(_("Nothing is known of this person at any session yet."))
        else:
            self.why.setText(f"{line.session.code}: {line_words(line, self._zone)}")

    def _failed(self, error: Exception) -> None:
        self.problem.setText(sentence(error))
        self.problem.show()

    # Setting right

    def escape(self) -> bool:
        """Esc closes an open form first; whether there was one."""
        return self._forms.escape()

    def _open_form(
        self,
        title: str,
        words: str,
        fields: Sequence[Field],
        does: str,
        work: Callable[[Mapping[str, str]], PersonHours],
    ) -> None:
        self._forms.ask(title, words, fields, (does, work), self.show_hours)

    def _who(self) -> list[Field]:
        return [Field("why", _("Why"), required=True), who_decides(self._tools.by)]

    def _set_times(self) -> None:
        line, hours = self._line(), self._hours
        if line is None or hours is None:
            return
        came, left = end_of(line, Way.IN), end_of(line, Way.OUT)
        shown = [clock_words(moment.at, self._zone) if moment else "" for moment in (came, left)]

        def work(values: Mapping[str, str]) -> PersonHours:
            found = hours
            changed = False
            for way, moment, typed, was in ((Way.IN, came, "in", shown[0]), (Way.OUT, left, "out", shown[1])):
                if values[typed] and values[typed] != was:
                    at = self._attendance.time_of(values[typed], line.session)
                    target = moment.record if moment else None
                    found = self._attendance.repair(
                        hours.attendee.id, line.session.id, way, at, values["why"], values["by"], target
                    )
                    changed = True
            if not changed:
                raise BadInput(_("Neither time is other than before."))
            return found

        start, end = (clock_words(at, self._zone, with_zone=True) for at in (line.session.start, line.session.end))
        self._open_form(
            _("{session}: when they came and left").format(session=line.session.code),
            _("The session is from {start} to {end}. What was scanned stays on record.").format(start=start, end=end),
            [Field("in", _("Came"), value=shown[0]), Field("out", _("Left"), value=shown[1]), *self._who()],
            _("Set right"),
            work,
        )

    def _decide(self) -> None:
        line, hours = self._line(), self._hours
        if line is None or hours is None:
            return

        def work(values: Mapping[str, str]) -> PersonHours:
            text = values["minutes"]
            if not (text.isascii() and text.isdigit() and len(text) < 5):
                raise BadInput(_("Give whole minutes, 0 for none."))
            return self._attendance.grant(hours.attendee.id, line.session.id, int(text), values["why"], values["by"])

        self._open_form(
            _("{session}: what it is worth").format(session=line.session.code),
            _("Whatever was scanned; the session has {n} minutes.").format(n=line.session.minutes),
            [Field("minutes", _("Minutes of credit"), required=True), *self._who()],
            _("Decide"),
            work,
        )

    def _withdraw(self) -> None:
        line, hours = self._line(), self._hours
        if line is None or hours is None:
            return
        targets = [moment.record for stay in line.stays for moment in (*stay.moments, *stay.again)]
        self._open_form(
            _("{session}: was not there").format(session=line.session.code),
            _("Its scans stop counting, and stay on record: somebody else wore the badge, say."),
            self._who(),
            _("Does not count"),
            lambda values: self._attendance.withdraw(
                hours.attendee.id, line.session.id, targets, values["why"], values["by"]
            ),
        )

    def _undo(self) -> None:
        """Take back the last decision about this session."""
        line, hours = self._line(), self._hours
        if line is None or hours is None:
            return

        def ask(decisions: list[Decided]) -> None:
            about = [each for each in decisions if each.session == line.session.id]
            if about:
                self._ask_to_undo(hours.attendee.id, about[-1])
            else:
                self._failed(BadInput(_("Nobody has decided anything about this session.")))

        self._tools.desk.run(lambda: self._attendance.decisions(hours.attendee.id), ask, self._failed)

    def _ask_to_undo(self, attendee_id: str, last: Decided) -> None:
        def work(values: Mapping[str, str]) -> PersonHours:
            self._attendance.undo(last.record, values["by"])
            return self._attendance.of(attendee_id)

        self._open_form(
            _("Take back?"),
            _("{words} (by {who})").format(words=last.words, who=last.by),
            [who_decides(self._tools.by)],
            _("Take back"),
            work,
        )
