"""Somebody who is not on the roster: five lines, and whoever looks similar, before a second entry is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QSizePolicy, QVBoxLayout, QWidget

from kiosk.domain.people import Attendee
from kiosk.i18n import _
from kiosk.ui.background import Background
from kiosk.ui.notices import sentence
from kiosk.ui.services import DeskServices
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.panel import Field, FormPanel
from kiosk.ui.widgets.results import Results
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.services.find import Found

PAUSE_MS = 200
"""Typing rests this long before similar people are looked up."""


class WalkInPage(QWidget):
    """The form, and the people it resembles."""

    added = Signal(object)
    """The new `Attendee`."""
    chosen = Signal(object)
    """Somebody already on the roster, a `Found`, was picked instead."""

    def __init__(
        self,
        services: DeskServices,
        by: str,
        zone: tzinfo,
        desk: Background,
        search: Background,
        cancel: Callable[[], object],
    ) -> None:
        super().__init__()
        self._services, self._by, self._desk, self._search = services, by, desk, search
        self._results = Results(zone)
        self.form = FormPanel(
            _("Walk-in"),
            "",
            [
                Field("first", _("First name")),
                Field("last", _("Last name"), required=True),
                Field("agency", _("Agency")),
                Field("registration_type", _("Type"), value=_("Walk-in")),
                Field("email", _("E-mail"), hint=_("only if they want mail from us")),
            ],
            (_("Add and check in"), self._add),
            cancel,
        )
        self._similar_title = label(_("Already on the list?"), "column-title")
        self._similar = QVBoxLayout()
        self._similar.setSpacing(8)
        self._rows: list[QWidget] = []
        self._agencies = QStringListModel()
        completer = QCompleter(self._agencies, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.form.inputs["agency"].setCompleter(completer)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.form)
        layout.addWidget(self._similar_title)
        layout.addLayout(self._similar)
        layout.addStretch(1)
        self._similar_title.hide()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._look)
        for key in ("first", "last"):
            self.form.inputs[key].textEdited.connect(self._pause.start)
        self.form.inputs["agency"].textEdited.connect(self._complete)

    def start(self) -> None:
        """An empty form with the cursor in its first line."""
        for key, line in self.form.inputs.items():
            line.setText(_("Walk-in") if key == "registration_type" else "")
        self.form.submit_button.setEnabled(True)
        self.form.problem.hide()
        self.show_similar(())
        self.form.start()

    def show_similar(self, found: Sequence[Found]) -> None:
        """People the new one may be; one press checks them in instead."""
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []
        for each in found:
            name, second, standing = self._results.lines(each)
            row = button(
                " · ".join(part for part in (name, second, standing) if part),
                partial(self.chosen.emit, each),
                "row",
            )
            row.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # a long name widens no page
            self._similar.addWidget(row)
            row.show()
            self._rows.append(row)
        self._similar_title.setVisible(bool(found))

    def _look(self) -> None:
        values = self.form.values()
        if len(values["last"]) < 2:
            self.show_similar(())
            return
        self._search.run(
            lambda: self._services.walk_in.similar(values["first"], values["last"]),
            lambda found: self._looked(values, found),
        )

    def _looked(self, values: Mapping[str, str], found: Sequence[Found]) -> None:
        now = self.form.values()
        if (now["first"], now["last"]) == (values["first"], values["last"]):
            self.show_similar(found[:3])

    def _complete(self, text: str) -> None:
        if len(text.strip()) >= 2:
            self._desk.run(lambda: self._services.roster.agencies(text.strip()), self._agencies.setStringList)

    def _add(self, values: Mapping[str, str]) -> None:
        self._desk.run(
            lambda: self._services.walk_in.add(values, self._by),
            self._added,
            lambda error: self.form.show_problem(sentence(error)),
        )

    def _added(self, attendee: Attendee) -> None:
        self.added.emit(attendee)
