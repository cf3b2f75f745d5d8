"""Clocks of doors that were wrong: what each station scanned, and by how much its times are to be moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from kiosk.domain.attendance import DoorLog
from kiosk.domain.papers import Table
from kiosk.domain.words import clock_words
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.ui.notices import sentence
from kiosk.ui.page_form import PageForm, who_decides
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.panel import Field
from kiosk.ui.widgets.table import TableBox
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.ui.tools import PageTools


class ClocksPage(QFrame):
    """One row for each time a door's program ran; a clock that was wrong is corrected for all its scans."""

    def __init__(self, tools: PageTools) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._tools = tools
        self._attendance, self._zone = tools.services.attendance, tools.info.zone
        self._logs: list[DoorLog] = []
        self.text = label("", "muted", wrap=True)
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.table = TableBox(_("What each door scanned"), tools.theme)
        self.correct_button = button(_("This clock was wrong…"), self._correct, "primary")
        self.table.chosen.connect(lambda row: self.correct_button.setEnabled(row >= 0))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._column.setSpacing(8)
        top = QHBoxLayout()
        self.back = button(_("Back"), tools.back, told="Esc")
        top.addWidget(self.back)
        top.addWidget(label(_("Clocks of doors"), "panel-title"), 1)
        self._column.addLayout(top)
        self._column.addWidget(self.text)
        self._column.addWidget(self.problem)
        self._column.addWidget(self.table, 1)
        row = Flow()
        row.addWidget(self.correct_button)
        self._column.addLayout(row)
        self._forms = PageForm(self._column, tools.desk, lambda: (self.correct_button,), self.table)

    def start(self) -> None:
        """Every door's scans, as they are known now."""
        self._forms.close()
        self.table.setFocus()
        self._tools.slow.run(self._attendance.door_logs, self._show, self._failed)

    def _show(self, logs: list[DoorLog]) -> None:
        self._forms.close()
        self.problem.hide()
        self._logs = logs
        words = _("A laptop whose clock is wrong gives a whole room the wrong times. What was scanned stays on record.")
        self.text.setText(words if logs else _("Nobody has been scanned at a door yet."))
        headers = (_("Station"), _("Scans"), _("First"), _("Last"), _("Corrected"))
        rows = tuple(
            (log.station, str(log.scans), self._when(log.first), self._when(log.last), _correction(log)) for log in logs
        )
        self.table.show_table(Table("", headers, rows, numbers=frozenset({1})), 0)

    def _when(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%a} {clock_words(at, self._zone)}"

    def _failed(self, error: Exception) -> None:
        self.problem.setText(sentence(error))
        self.problem.show()

    def _correct(self) -> None:
        row = self.table.row()
        if not 0 <= row < len(self._logs):
            return
        log = self._logs[row]

        def work(values: Mapping[str, str]) -> None:
            self._attendance.correct_clock(log.log, _seconds(values["minutes"]), values["why"], values["by"])

        self._forms.ask(
            _("How wrong was the clock of {station}?").format(station=log.station),
            _("Minutes it was fast, with a minus where it was slow; 0 takes a correction back."),
            [
                Field("minutes", _("Minutes fast"), required=True),
                Field("why", _("Why"), required=True),
                who_decides(self._tools.by),
            ],
            (_("Correct all {n} scans").format(n=log.scans), work),
            lambda _done: self.start(),
        )

    def escape(self) -> bool:
        """Esc closes an open form first; whether there was one."""
        return self._forms.escape()


def _seconds(text: str) -> int:
    """Minutes as typed, with a sign or not. Raises BadInput."""
    digits = text.removeprefix("-").removeprefix("−").removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 7):
        raise BadInput(_("Give whole minutes: 20 where it was fast, -20 where it was slow."))
    return int(digits) * (-60 if text[0] in "-−" else 60)


def _correction(log: DoorLog) -> str:
    if not log.ahead_s:
        return ""
    minutes = abs(log.ahead_s) // 60
    words = _("{n} min fast") if log.ahead_s > 0 else _("{n} min slow")
    return words.format(n=minutes)
