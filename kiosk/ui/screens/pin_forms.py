"""Asking for an organizer's PIN, and setting one. What is typed is never shown, and a scanner cannot type it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtWidgets import QLineEdit

from kiosk.domain.pins import LEAST_DIGITS
from kiosk.i18n import _
from kiosk.ui.widgets.panel import Field, FormPanel, QuestionPanel

Submit = Callable[[Mapping[str, str]], object]
_SECRET = ("pin", "again")


def pin_form(organizers: Sequence[str], operator: str, submit: Submit, cancel: Callable[[], object]) -> FormPanel:
    """Who somebody is who decides something."""
    name = operator if operator in organizers else organizers[0] if len(organizers) == 1 else ""
    fields = [
        Field("name", _("Your name"), required=True, value=name, hint=", ".join(organizers)),
        Field("pin", _("Your PIN"), required=True),
    ]
    words = _("An organizer decides this. It is kept who did.")
    return _hidden(FormPanel(_("Your PIN, please"), words, fields, (_("Go on"), submit), cancel))


def new_pin_form(operator: str, submit: Submit, cancel: Callable[[], object]) -> FormPanel:
    """A PIN for somebody who has none yet, or another one."""
    fields = [
        Field("name", _("Whose PIN"), required=True, value=operator),
        Field("pin", _("PIN, at least {n} digits").format(n=LEAST_DIGITS), required=True),
        Field("again", _("The same again"), required=True),
    ]
    words = _(
        "From then on an organizer's PIN is asked for before a station is let in or sent away, and before personal "
        "data is removed. Give each organizer one of their own."
    )
    return _hidden(FormPanel(_("Set a PIN"), words, fields, (_("Set it"), submit), cancel))


def wrong_pin(form: FormPanel | QuestionPanel | None, words: str) -> None:
    """Say why it did not work; what was typed is gone."""
    if isinstance(form, FormPanel):
        for key in _SECRET:
            if key in form.inputs:
                form.inputs[key].clear()
        form.show_problem(words)
        form.inputs["pin"].setFocus()


def _hidden(form: FormPanel) -> FormPanel:
    for key in _SECRET:
        if key in form.inputs:
            form.inputs[key].setEchoMode(QLineEdit.EchoMode.Password)
    return form
