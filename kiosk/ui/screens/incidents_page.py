"""What wants somebody: records that cannot both be right, stations and printers in trouble; one action for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from kiosk.domain.dashboard import Alarm
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.papers import Table
from kiosk.domain.verdicts import RecordId
from kiosk.domain.words import clock_words
from kiosk.i18n import _
from kiosk.services.incidents import Incident, Side, Way
from kiosk.services.organizer_alarms import INCIDENT, STATION
from kiosk.ui.notices import sentence
from kiosk.ui.page_form import PageForm, who_decides
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.panel import Field
from kiosk.ui.widgets.table import TableBox
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPushButton

    from kiosk.ui.tools import PageTools

Item = Incident | Alarm


class IncidentsPage(QFrame):
    """A row for everything that wants somebody, what is open first; below it what can be done about the chosen one."""

    def __init__(self, tools: PageTools) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._tools, self._zone = tools, tools.info.zone
        self._items: Sequence[Item] = ()
        self.text = label("", "muted", wrap=True)
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.table = TableBox(_("What wants somebody"), tools.theme)
        self.table.chosen.connect(lambda _row: self._offer())
        self.details = label("", "plain-text", wrap=True)
        self.possible: list[QPushButton] = []
        self._row = Flow()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._column.setSpacing(8)
        top = QHBoxLayout()
        self.back = button(_("Back"), tools.back, told="Esc")
        top.addWidget(self.back)
        top.addWidget(label(_("Incidents"), "panel-title"), 1)
        top.addWidget(button(_("Look again"), self.start))
        self._column.addLayout(top)
        self._column.addWidget(self.text)
        self._column.addWidget(self.problem)
        self._column.addWidget(self.table, 1)
        self._column.addWidget(self.details)
        self._column.addLayout(self._row)
        self._forms = PageForm(self._column, tools.desk, lambda: (self.details, *self.possible), self.table)

    def start(self) -> None:
        """Everything, as it is known now."""
        self._forms.close()
        self.table.setFocus()
        self._tools.slow.run(self._look, self._show, self._failed)

    def _look(self) -> Sequence[Item]:
        services = self._tools.services
        alarms = [alarm for alarm in services.alarms() if not alarm.key.startswith(INCIDENT)]
        incidents = services.incidents.all()
        opened = [each for each in incidents if not each.settled_by]
        return [*opened, *alarms, *(each for each in incidents if each.settled_by)]

    def _show(self, items: Sequence[Item]) -> None:
        self._forms.close()
        self.problem.hide()
        self._items = items
        wanting = sum(not (isinstance(item, Incident) and item.settled_by) for item in items)
        words = _("{n} things want somebody. Nothing is decided by itself: what happened stays on record.")
        self.text.setText(words.format(n=wanting) if wanting else _("✓ Nothing needs you."))
        headers = (_("What"), _("Who"), _("Where"), _("One"), _("The other"), _("State"))
        self.table.show_table(Table("", headers, tuple(self._cells(item) for item in items)), 0)
        self._offer()

    def _failed(self, error: Exception) -> None:
        self.problem.setText(sentence(error))
        self.problem.show()

    # Words

    def _cells(self, item: Item) -> tuple[str, ...]:
        if isinstance(item, Alarm):
            since = _("since {time}").format(time=self._when(item.since)) if item.since else _("open")
            return (f"▲ {item.what}", item.who, "", "", "", since)
        state = _("settled by {name}").format(name=item.settled_by) if item.settled_by else _("open")
        mark = "✓" if item.settled_by else "▲"
        sides = (self._side(side) for side in (item.one, item.other))
        return (f"{mark} {item.what}", item.who, item.where, *sides, state)

    def _side(self, side: Side) -> str:
        return side.words(self._zone)

    def _when(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%a} {clock_words(at, self._zone)}"

    # What can be done

    def _chosen(self) -> Item | None:
        row = self.table.row()
        return self._items[row] if 0 <= row < len(self._items) else None

    def _offer(self) -> None:
        """Buttons for the chosen row."""
        self._forms.close()
        for each in self.possible:
            self._row.removeWidget(each)
            each.deleteLater()
        item = self._chosen()
        self.details.setText(self._details(item))
        self.possible = [
            button(words, action, "primary" if not n else "plain")
            for n, (words, action) in enumerate(self._possible(item))
        ]
        for each in self.possible:
            self._row.addWidget(each)

    def _details(self, item: Item | None) -> str:
        if item is None:
            return ""
        if isinstance(item, Alarm):
            return f"{item.who}: {item.what}. {item.todo}"
        if item.settled_by:
            return _("{what}. Settled by {name}.").format(what=item.what, name=item.settled_by)
        sides = "\n".join(f"– {self._side(side)}" for side in (item.one, item.other))
        return f"{item.who}: {item.what}.\n{sides}"

    def _possible(self, item: Item | None) -> list[tuple[str, Callable[[], object]]]:
        if item is None:
            return []
        if isinstance(item, Alarm):
            title = _page_of(item)
            return [(_("Open {page}").format(page=title), partial(self._tools.open_page, title))]
        if item.kind is IncidentKind.DISPUTE and not item.field and not item.settled_by:
            return [(_("Open {page}").format(page=_("Programme")), partial(self._tools.open_page, _("Programme")))]
        return [each for way in item.ways for each in self._by(way, item)]

    def _by(self, way: Way, item: Incident) -> list[tuple[str, Callable[[], object]]]:
        if way is Way.SETTLE:
            return [(_("Settle it…"), partial(self._settle, item))]
        if way is Way.GIVE:
            return [(_("Give the right value…"), partial(self._give, item))]
        words = _("Take back: {side}…")
        return [
            (words.format(side=self._side(side)), partial(self._undo, item, side)) for side in (item.other, item.one)
        ]

    def _settle(self, item: Incident) -> None:
        incidents = self._tools.services.incidents
        self._ask(
            _("Settle: {what}").format(what=item.what),
            _("{sides}. Both stay on record; your reason is kept beside them.").format(
                sides=" – ".join(self._side(side) for side in (item.one, item.other))
            ),
            [Field("why", _("What was the matter"), required=True)],
            _("Settle it"),
            lambda values: incidents.settle(item.id, values["why"], values["by"]),
        )

    def _undo(self, item: Incident, side: Side) -> None:
        check_in = self._tools.services.check_in
        self._ask(
            _("Take back one admission of {who}?").format(who=item.who),
            self._side(side),
            [],
            _("Take it back"),
            lambda values: check_in.undo(RecordId.parse(side.record), values["by"]),
        )

    def _give(self, item: Incident) -> None:
        incidents = self._tools.services.incidents
        self._ask(
            _("What is right for {who}?").format(who=item.who),
            "\n".join(self._side(side) for side in (item.one, item.other)),
            [Field("value", item.field.removeprefix("extras."), value=item.one.value)],
            _("This is right"),
            lambda values: incidents.give(item.id, values["value"], values["by"]),
        )

    def _ask(
        self,
        title: str,
        text: str,
        fields: list[Field],
        press: str,
        action: Callable[[Mapping[str, str]], object],
    ) -> None:
        fields = [*fields, who_decides(self._tools.by)]
        self._forms.ask(title, text, fields, (press, action), lambda _done: self.start())

    def escape(self) -> bool:
        """Esc closes an open form first; whether there was one."""
        return self._forms.escape()


def _page_of(alarm: Alarm) -> str:
    """Where somebody does something about it."""
    if alarm.key.startswith(STATION):
        return _("Hub and stations")
    return _("Printers") if alarm.key.startswith("printer:") else _("Print queue")
