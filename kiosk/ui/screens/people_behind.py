"""Behind a number of the dashboard: who they are; behind a person: what happened to them, oldest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from kiosk.domain.papers import Table
from kiosk.i18n import _, ngettext
from kiosk.services.people_lists import Entry, PeopleList, Story
from kiosk.ui.notices import sentence
from kiosk.ui.widgets.controls import button, field
from kiosk.ui.widgets.table import TableBox
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.ui.tools import PageTools


class PeopleBehind(QFrame):
    """A list that can be searched, and below it the history of whoever is chosen."""

    def __init__(self, tools: PageTools, close: Callable[[], object]) -> None:
        super().__init__()
        self._tools = tools
        self._list = PeopleList("", ())
        self._shown: list[Entry] = []
        self.title = label("", "panel-title")
        self.count = label("", "muted", wrap=True)
        self.search = field(_("Find in this list"), _("name or agency"))
        self.search.textChanged.connect(self._filter)
        self.people = TableBox(_("People"), tools.theme)
        self.people.chosen.connect(self._choose)
        self.who = label("", "column-title", wrap=True)
        self.history = TableBox(_("What happened"), tools.theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(button(_("Back to the numbers"), close, told="Esc"))
        top.addWidget(self.title)
        top.addWidget(self.count, 1)
        top.addWidget(self.search)
        layout.addLayout(top)
        layout.addWidget(self.people, 2)
        layout.addWidget(self.who)
        layout.addWidget(self.history, 1)

    def show_list(self, key: str) -> None:
        """The people behind this number, as they are now."""
        self.search.clear()
        self._show(PeopleList(_("One moment…"), ()))
        self.search.setFocus()
        self._tools.slow.run(lambda: self._tools.services.people_list(key), self._show, self._failed)

    def _show(self, found: PeopleList) -> None:
        self.title.setText(found.title)
        self._list = found
        self._filter()

    def _failed(self, error: Exception) -> None:
        self.count.setText(sentence(error))

    def _filter(self) -> None:
        wanted = self.search.text().casefold().split()
        self._shown = [
            each
            for each in self._list.entries
            if all(word in f"{each.name} {each.agency} {each.registration_type}".casefold() for word in wanted)
        ]
        count = len(self._shown)
        self.count.setText(ngettext("{count} person", "{count} people", count).format(count=f"{count:,}"))
        rows = tuple((each.name, each.agency, each.registration_type, each.standing) for each in self._shown)
        self.people.show_table(Table("", (_("Name"), _("Agency"), _("Type"), _("Now")), rows), 0)

    def _choose(self, row: int) -> None:
        self._show_story(None)
        if 0 <= row < len(self._shown):
            chosen = self._shown[row].id
            self._tools.slow.run(
                lambda: self._tools.services.story(chosen),
                lambda story: self._show_story(story) if self._is_chosen(story) else None,
                self._failed,
            )

    def _is_chosen(self, story: Story) -> bool:
        row = self.people.row()
        return 0 <= row < len(self._shown) and self._shown[row].id == story.id

    def _show_story(self, story: Story | None) -> None:
        words = "" if story is None else " · ".join(filter(None, (story.name, story.agency, story.registration_type)))
        self.who.setText(words if story is None or story.events else _("{who}: no scans yet").format(who=words))
        headers = (_("When"), _("Where"), _("What"), _("Station"), _("By"))
        self.history.show_table(Table("", headers, story.events if story else ()))
