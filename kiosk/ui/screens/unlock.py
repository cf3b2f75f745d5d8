"""The data of this station is locked by a passphrase: ask for it, and say why where the last one did not fit."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout

from kiosk.i18n import _
from kiosk.ui.widgets.panel import Field, FormPanel


class Unlock(QDialog):
    """One field."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.passphrase = ""
        self.setWindowTitle(_("Unlock this station"))
        self.setObjectName("ground")
        self.resize(640, 320)
        self.form = FormPanel(
            _("Unlock this station"),
            why,
            [Field("passphrase", _("Passphrase"), required=True)],
            (_("Unlock"), self._unlock),
            self.reject,
        )
        self.form.inputs["passphrase"].setEchoMode(QLineEdit.EchoMode.Password)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.addWidget(self.form)
        self.form.inputs["passphrase"].setFocus()

    def _unlock(self, values: Mapping[str, str]) -> None:
        self.passphrase = values["passphrase"]
        self.accept()


def ask_passphrase(why: str) -> str:
    """Ask at the screen; empty when nobody wanted to answer."""
    page = Unlock(why)
    page.exec()
    return page.passphrase
