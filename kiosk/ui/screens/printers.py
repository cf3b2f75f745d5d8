"""The printers of this station: how they are, setting them up, and who prints by itself.

One page in four states: the list, what was found, the form of one printer, the ruler page of one. Scanning and printing
go on meanwhile; what is changed is in force at once, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from kiosk.domain.printer_offers import Offer
from kiosk.domain.printer_setup import INSET_MM, likely_dpi, line_mm, shifted
from kiosk.domain.printer_words import what_to_do
from kiosk.domain.printers import PrinterProfile, SelfPrinting
from kiosk.domain.words import isolated
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.ui.background import Awaited, Background
from kiosk.ui.notices import sentence
from kiosk.ui.print_words import now_words
from kiosk.ui.screens.printer_form import PrinterForm
from kiosk.ui.services import DeskServices
from kiosk.ui.widgets.controls import button
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.inputs import Chooser, number
from kiosk.ui.widgets.panel import Field, FormPanel
from kiosk.ui.widgets.text import label

if TYPE_CHECKING:
    from kiosk.services.printers import PrinterNow

LOOK_MS = 500
"""How often the list follows the printers while it is shown."""


class PrintersPage(QFrame):
    """The list of printers, and what leads from it."""

    def __init__(
        self,
        services: DeskServices,
        desk: Background,
        back: Callable[[], object],
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._printers, self._room, self._desk = services.badges.printers, services.print_room, desk
        self._back = back
        self._awaited = Awaited(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(28, 18, 28, 18)
        self._layout.setSpacing(10)
        self._panel: QWidget | None = None
        self._is_list = True
        self._rows: dict[str, _Row] = {}
        self._profiles: tuple[PrinterProfile, ...] = ()
        self._undo: Callable[[], object] | None = None
        self._said = ""
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._follow)

    def start(self) -> None:
        """The list, as it is now."""
        self._said, self._undo = "", None
        self.show_list()

    def escape(self) -> bool:
        """Back from a form to the list; whether there was one."""
        if self._is_list:
            return False
        self.show_list()
        return True

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def _show(self, panel: QWidget, first: QWidget | None = None) -> None:
        if self._panel is not None:
            self._panel.hide()
            self._panel.deleteLater()
        self._is_list, self._rows = False, {}
        self._timer.stop()
        self._panel = panel
        self._layout.addWidget(panel, 1)
        panel.show()
        if first is not None:
            first.setFocus()

    # The list

    def show_list(self) -> None:
        """Every printer with how it is and what can be done with it."""
        panel, layout = _panel(_("Printers"))
        layout.addWidget(label(_("The first that works prints; the others stand in for it."), "muted", wrap=True))
        if self._said:
            layout.addLayout(self._said_row())
        nows, rows = self._printers.now(), {}
        self._profiles = self._printers.profiles()
        if not self._profiles:
            words = _("No printer is set up yet: badges are saved as PDF files, one for each.")
            layout.addWidget(label(words, "plain-text", wrap=True))
        for now in nows if self._profiles else []:
            row = rows[now.profile.id] = _Row(now, self._choices(now))
            layout.addWidget(row)
        layout.addSpacing(6)
        policy = self._policy()
        line = QHBoxLayout()
        name = label(_("When somebody is first let in"), "field-name")
        name.setBuddy(policy)
        line.addWidget(name)
        line.addWidget(policy)
        line.addStretch(1)
        layout.addLayout(line)
        layout.addStretch(1)
        buttons = Flow()
        find = button(_("Find printers"), self.look_for, "primary")
        for each in (
            find,
            button(_("Add by hand"), self.add_by_hand),
            button(_("Back"), self._back, told="Esc"),
        ):
            buttons.addWidget(each)
        layout.addLayout(buttons)
        self._show(panel, find)
        self._is_list, self._rows = True, rows
        self._timer.start()

    def _said_row(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.addWidget(label(self._said, "figure", wrap=True), 1)
        if self._undo is not None:
            line.addWidget(button(_("Take it back"), self._undo))
        return line

    def _choices(self, now: PrinterNow) -> list[tuple[str, Callable[[], object]]]:
        profile = now.profile
        found: list[tuple[str, Callable[[], object]]] = [(_("Set up"), partial(self.edit, profile))]
        if profile.enabled:
            found.append((_("Test page"), partial(self.test, profile)))
        if profile.labels_per_roll is not None:
            found.append((_("New roll"), partial(self._new_roll, profile)))
        return found

    def _policy(self) -> Chooser[SelfPrinting]:
        choices = [
            (SelfPrinting.AUTOMATIC, _("the badge prints by itself")),
            (SelfPrinting.ASK, _("a button offers to print the badge")),
            (SelfPrinting.OFF, _("nothing is printed")),
        ]
        made = Chooser(_("When somebody is first let in"), choices, self._printers.self_printing)
        made.currentIndexChanged.connect(lambda _row: self._set_policy(made.value()))
        return made

    def _set_policy(self, policy: SelfPrinting) -> None:
        self._desk.run(lambda: self._printers.set_self_printing(policy), None, self._failed)

    def _follow(self) -> None:
        """How they are now; the rows are built anew only when a printer came or went."""
        if self._printers.profiles() != self._profiles:
            self.show_list()
            return
        for now in self._printers.now():
            if now.profile.id in self._rows:
                self._rows[now.profile.id].show_now(now)

    def _new_roll(self, profile: PrinterProfile) -> None:
        self._change(
            lambda: self._printers.new_roll(profile.id), _("A new roll for {name}.").format(name=isolated(profile.name))
        )

    def _change(self, work: Callable[[], object], words: str, undo: Callable[[], object] | None = None) -> None:
        """Do it on the desk's thread, then say so in the list, with a way to take it back."""

        def done(_result: object) -> None:
            self._said = words
            self._undo = None if undo is None else partial(self._change, undo, _("It is as it was before."))
            self.show_list()

        self._desk.run(work, done, self._failed)

    def _failed(self, error: Exception) -> None:
        self._said, self._undo = sentence(error), None
        self.show_list()

    # Adding

    def look_for(self) -> None:
        """Look for printers that are there."""
        panel, layout = _panel(_("Looking for printers…"))
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setAccessibleName(_("Progress"))
        layout.addWidget(bar)
        layout.addStretch(1)
        cancel = button(_("Cancel"), self.show_list, told="Esc")
        row = Flow()
        row.addWidget(cancel)
        layout.addLayout(row)
        self._show(panel, cancel)

        def found(offers: Sequence[Offer]) -> None:
            if self._panel is panel:  # nobody went elsewhere
                self.show_offers(offers)

        def failed(error: Exception) -> None:
            if self._panel is panel:
                self._failed(error)

        self._awaited.wait(self._room.discover(), found, failed)

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """What was found, each with a way to add it or what keeps it from being used."""
        title = _("Found") if offers else _("No printer was found")
        panel, layout = _panel(title)
        if not offers:
            words = _("Is it switched on and connected? One in the network can be added by its address.")
            layout.addWidget(label(words, "plain-text", wrap=True))
        known = {(profile.transport, profile.address) for profile in self._printers.profiles()}
        for offer in offers:
            layout.addWidget(self._offer_row(offer, (offer.profile.transport, offer.profile.address) in known))
        layout.addStretch(1)
        again = button(_("Look again"), self.look_for)
        row = Flow()
        for each in (
            again,
            button(_("Add by hand"), self.add_by_hand),
            button(_("Cancel"), self.show_list, told="Esc"),
        ):
            row.addWidget(each)
        layout.addLayout(row)
        self._show(panel, again)

    def _offer_row(self, offer: Offer, is_known: bool) -> QFrame:
        frame = QFrame()
        frame.setProperty("role", "panel")
        line = QHBoxLayout(frame)
        line.setContentsMargins(14, 8, 12, 8)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(offer.profile.name, "figure", wrap=True))
        words.addWidget(label(offer.words, "muted", wrap=True))
        for row in offer.problem.splitlines():
            words.addWidget(label(row, "plain-text", wrap=True))
        line.addLayout(words, 1)
        if offer.problem:
            copy = button(_("Copy"), partial(QGuiApplication.clipboard().setText, offer.problem))
            copy.setAccessibleName(_("Copy what mends {name}").format(name=offer.profile.name))
            line.addWidget(copy)
        if is_known:
            line.addWidget(label(_("set up already"), "muted"))
        else:
            add = button(_("Add"), partial(self._form, offer.profile))
            add.setAccessibleName(_("Add {name}").format(name=offer.profile.name))
            line.addWidget(add)
        return frame

    def add_by_hand(self) -> None:
        """A printer that cannot be found: its model, and where it is."""
        models = self._room.models()
        empty = PrinterProfile("", "", "zpl", "tcp")
        self._form(replace(models[0].profile, name="") if models else empty)

    def edit(self, profile: PrinterProfile) -> None:
        """Change one that is set up."""
        self._form(profile, partial(self._remove, profile))

    def _form(self, profile: PrinterProfile, remove: Callable[[], object] | None = None) -> None:
        if not profile.id:
            profile = replace(profile, order=self._printers.next_order())
        form = PrinterForm(profile, self._room.models(), partial(self._keep, profile), self.show_list, remove)
        self._show(form)
        form.start()

    def _keep(self, before: PrinterProfile, profile: PrinterProfile) -> None:
        form = self._panel

        def work() -> PrinterProfile:
            self._room.check(profile)
            return self._printers.save(profile) if before.id else self._printers.add(profile)

        def done(kept: PrinterProfile) -> None:
            name = isolated(kept.name)
            if before.id:
                self._said = _("{name} is set up anew.").format(name=name)
                undo: Callable[[], object] = lambda: self._printers.save(before)  # noqa: E731
            else:
                self._said = _("{name} is added. Print its test page next.").format(name=name)
                undo = lambda: self._printers.remove(kept.id)  # noqa: E731
            self._undo = partial(self._change, undo, _("It is as it was before."))
            self.show_list()

        def failed(error: Exception) -> None:
            if isinstance(form, PrinterForm):
                form.show_problem(sentence(error))

        self._desk.run(work, done, failed)

    def _remove(self, profile: PrinterProfile) -> None:
        words = _("{name} is removed. What waited for it goes to another printer.").format(name=isolated(profile.name))
        self._change(lambda: self._printers.remove(profile.id), words, undo=lambda: self._printers.save(profile))

    # The ruler page

    def test(self, profile: PrinterProfile) -> None:
        """Print the ruler page, then ask how it came out."""
        panel = _TestPanel(profile, partial(self._measured, profile), partial(self.test, profile), self.show_list)
        self._show(panel)
        panel.form.start()

        def say(words: str) -> None:
            if self._panel is panel:
                panel.said.setText(words)

        try:
            self._awaited.wait(self._room.test_page(profile.id), say, lambda error: say(sentence(error)))
        except BadInput as error:
            say(str(error))

    def _measured(self, profile: PrinterProfile, left_mm: float, top_mm: float, length_mm: float) -> None:
        moved = shifted(profile, left_mm, top_mm)
        name = isolated(profile.name)
        words = _("{name} prints {right} mm further right and {down} mm further down from now on.").format(
            name=name,
            right=f"{moved.offset_x_mm - profile.offset_x_mm:+.3g}",
            down=f"{moved.offset_y_mm - profile.offset_y_mm:+.3g}",
        )
        if moved == profile:
            words = _("{name} is set up right.").format(name=name)
        dpi = likely_dpi(profile, length_mm)
        if dpi is not None and dpi != profile.dpi:
            moved = replace(profile, dpi=dpi)  # every other measure was taken with a wrong ruler
            words = _("{name} has {dpi} dots per inch, which is set now. Print the test page again.").format(
                name=name, dpi=dpi
            )
        elif dpi is not None:
            words += " " + _("The line is too long or too short: switch off scaling in the printer's driver.")
        self._change(lambda: self._printers.save(moved), words, undo=lambda: self._printers.save(profile))


class _Row(QFrame):
    """One printer in the list: how it is, what to do about it, and what can be done with it."""

    def __init__(self, now: PrinterNow, choices: Sequence[tuple[str, Callable[[], object]]]) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 8, 12, 8)
        words = QVBoxLayout()
        words.setSpacing(0)
        self._state, self._to_do = label("", "figure", wrap=True), label("", "plain-text", wrap=True)
        words.addWidget(self._state)
        words.addWidget(self._to_do)
        line.addLayout(words, 1)
        for text, pressed in choices:
            made = button(text, pressed)
            made.setAccessibleName(f"{text}: {now.profile.name}")
            line.addWidget(made)
        self.show_now(now)

    def show_now(self, now: PrinterNow) -> None:
        """How it is now."""
        to_do = what_to_do(now.profile, now.status) if now.status is not None and now.profile.enabled else ""
        if now.status is not None and now.status.detail and to_do:
            to_do = f"{to_do} {now.status.detail}"
        self._state.setText(now_words(now))
        self._to_do.setText(to_do)
        self._to_do.setVisible(bool(to_do))
        self.setAccessibleName(f"{now_words(now)} {to_do}".strip())


class _TestPanel(QFrame):
    """What became of the ruler page, and what was measured on it."""

    def __init__(
        self,
        profile: PrinterProfile,
        measured: Callable[[float, float, float], object],
        again: Callable[[], object],
        back: Callable[[], object],
    ) -> None:
        super().__init__()
        self._measured = measured
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self.said = label(_("The test page is on its way…"), "figure", wrap=True)
        line = f"{line_mm(profile):g}"
        self.form = FormPanel(
            _("Does the outer frame touch all four edges, and is the line {line} mm long?").format(line=line),
            _("If so, save as it is. If not, take a ruler and write down what it shows; hold the page upright."),
            [
                Field("left", _("Left edge to the inner frame, mm"), required=True, value=f"{INSET_MM:g}"),
                Field("top", _("Top edge to the inner frame, mm"), required=True, value=f"{INSET_MM:g}"),
                Field("line", _("The line, mm"), required=True, value=line),
            ],
            (_("Save"), self._submit),
            back,
        )
        layout.addWidget(self.said)
        layout.addWidget(self.form)
        row = Flow()
        row.addWidget(button(_("Print it again"), again))
        layout.addLayout(row)
        layout.addStretch(1)

    def _submit(self, values: object) -> None:
        lines = self.form.inputs
        try:
            left, top, length = (
                number(lines[key].text(), lines[key].accessibleName()) for key in ("left", "top", "line")
            )
        except BadInput as error:
            self.form.show_problem(str(error))
            return
        self._measured(left or 0, top or 0, length or 0)


def _panel(title: str) -> tuple[QWidget, QVBoxLayout]:
    panel = QWidget()
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(10)
    layout.addWidget(label(title, "panel-title", wrap=True))
    return panel, layout
