"""What the conference is called, where its clock stands, and what its codes look like: said once, for every station."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout

from kiosk.i18n import _
from kiosk.services.conference import BadConference
from kiosk.ui.notices import sentence
from kiosk.ui.services import DeskInfo
from kiosk.ui.widgets.panel import Field, FormPanel, mark
from kiosk.ui.widgets.text import label
from kiosk.ui.widgets.zones import complete_zones

if TYPE_CHECKING:
    from kiosk.ui.tools import PageTools


class ConferencePage(QFrame):
    """One form. It is kept as it is typed in; nothing changes before *Save*."""

    def __init__(self, tools: PageTools) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._tools, self._services = tools, tools.services
        self.form: FormPanel | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(4, 4, 4, 4)
        self._words = label("", "page-text", wrap=True)
        self._column.addWidget(self._words)
        self._column.addStretch(1)

    def start(self) -> None:
        """As it is now."""
        self._words.hide()
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self._tools.desk.run(self._services.conference, self._show, self._failed)

    def _show(self, values: Mapping[str, str]) -> None:
        form = self.form = FormPanel(
            _("The conference"),
            _("Badges, reports and every screen say it so. Other stations have it with their next contact."),
            _fields(values),
            (_("Save"), self._save),
            self._tools.back,
        )
        complete_zones(form.inputs["zone"])
        self._column.insertWidget(0, form)
        form.inputs["title"].setFocus()

    def _failed(self, error: Exception) -> None:
        self._words.setText(sentence(error))
        self._words.show()

    def _save(self, values: Mapping[str, str]) -> None:
        change = self._services.change_conference
        self._tools.desk.run(lambda: change(values), self._saved, self._refused)

    def _saved(self, info: DeskInfo | None) -> None:
        self._tools.back()
        if info is not None:
            self._tools.renamed(info)

    def _refused(self, error: Exception) -> None:
        form = self.form
        if form is None:
            return
        problems = error.problems if isinstance(error, BadConference) else {}
        for key, line in form.inputs.items():
            mark(line, key in problems)
        form.show_problem(sentence(error))
        form.inputs[next(iter(problems), "title")].setFocus()


def _fields(values: Mapping[str, str]) -> list[Field]:
    return [
        Field("title", _("Conference"), required=True, value=values["title"], hint=_("as it should stand on badges")),
        Field("short_name", _("Short name"), value=values["short_name"], hint=_("on the strip of every station")),
        Field("zone", _("Time zone of the venue"), required=True, value=values["zone"]),
        Field(
            "code_prefix",
            _("Codes begin with"),
            value=values["code_prefix"],
            hint=_("PLC, for codes like PLC23-1"),
        ),
        Field("year", _("Year in codes"), value=values["year"], hint=_("badges of another year are then told apart")),
        Field(
            "url_hosts",
            _("Web addresses in codes"),
            value=values["url_hosts"],
            hint=_("plecet.example, where codes are links to it"),
        ),
    ]
