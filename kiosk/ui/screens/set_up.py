"""A fresh machine: look at the demo, or begin with a conference of one's own.

One page, nothing to configure for the demo.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.station import Conference
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.panel import Field, FormPanel, mark
from kiosk.ui.widgets.text import label
from kiosk.ui.widgets.zones import complete_zones


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody decided on a fresh machine."""

    demo: bool
    conference: Conference = field(default_factory=Conference)
    station: str = ""
    passphrase: str = ""


class SetUp(QDialog):
    """The first page of all."""

    def __init__(self, theme: Theme, needs_passphrase: bool) -> None:
        super().__init__()
        self.chosen: Chosen | None = None
        self._needs_passphrase = needs_passphrase
        self.setWindowTitle(_("Set up this computer"))
        self.setObjectName("ground")
        self.resize(theme.px(900), theme.px(700))
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(32, 20, 32, 20)
        layout.setSpacing(10)
        layout.addWidget(label(_("Welcome"), "page-title"))
        layout.addWidget(
            label(
                _("Look around first: the demo has a conference, people and a printer. Nothing of it is kept."),
                "page-text",
                wrap=True,
            )
        )
        self.demo_button = button(_("Open the demo"), self._demo, "primary")
        layout.addWidget(self.demo_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.form = FormPanel(
            _("Or begin with your own conference"),
            _("Everything stays on this computer, encrypted. You import the list of attendees next."),
            self._fields(),
            (_("Begin"), self._begin),
            self.reject,
        )
        complete_zones(self.form.inputs["zone"])
        for name in ("passphrase", "again"):
            if name in self.form.inputs:
                self.form.inputs[name].setEchoMode(QLineEdit.EchoMode.Password)
        layout.addWidget(self.form)
        layout.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.demo_button.setFocus()

    def _fields(self) -> list[Field]:
        fields = [
            Field("title", _("Conference"), required=True, hint=_("as it should stand on badges")),
            Field("zone", _("Time zone of the venue"), required=True, value="America/New_York"),
            Field("station", _("Name of this station"), required=True, value=_("Desk 1")),
        ]
        if self._needs_passphrase:
            fields += [
                Field(
                    "passphrase",
                    _("Passphrase for the data"),
                    required=True,
                    hint=_("8 characters or more; without it the data is lost"),
                ),
                Field("again", _("Passphrase again"), required=True),
            ]
        return fields

    def _demo(self) -> None:
        self.chosen = Chosen(demo=True)
        self.accept()

    def _begin(self, values: Mapping[str, str]) -> None:
        problems: dict[str, str] = {}
        conference = Conference(title=values["title"], short_name=values["title"][:24], zone=values["zone"])
        try:
            conference.zone_info  # noqa: B018  (asked for its error)
        except BadInput as error:
            problems["zone"] = str(error)
        passphrase = values.get("passphrase", "")
        if self._needs_passphrase and len(passphrase) < 8:
            problems["passphrase"] = _("Take at least 8 characters.")
        elif passphrase != values.get("again", ""):
            problems["again"] = _("The two are not the same.")
        for key, line in self.form.inputs.items():
            mark(line, key in problems)
        if problems:
            self.form.show_problem(" ".join(problems.values()))
            self.form.inputs[next(iter(problems))].setFocus()
            return
        self.chosen = Chosen(False, conference, values["station"], passphrase)
        self.accept()


def ask_set_up(theme: Theme, needs_passphrase: bool) -> Chosen | None:
    """Show the page; None when it was closed."""
    page = SetUp(theme, needs_passphrase)
    page.exec()
    return page.chosen
