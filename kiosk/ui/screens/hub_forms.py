"""Inviting a station, and joining a hub: what both sides look at while two people do it together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout

from kiosk.domain.hub_room import Invited, JoinPending, role_words
from kiosk.domain.invitations import LIFE_S, Invitation, read_address, read_code, read_invitation
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.ui.notices import sentence
from kiosk.ui.services import HubRoom
from kiosk.ui.tools import PageTools
from kiosk.ui.widgets.controls import button, escaped, field
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.squares import SquaresView
from kiosk.ui.widgets.text import label

LOOK_MS = 1000
MOST_NEAR = 3
"""Hubs nearby that are offered."""


def card(title: str) -> tuple[QFrame, QVBoxLayout]:
    """A page of its own, with a title."""
    page = QFrame()
    page.setProperty("role", "card")
    layout = QVBoxLayout(page)
    layout.setContentsMargins(28, 24, 28, 24)
    layout.setSpacing(14)
    layout.addWidget(label(title, "panel-title"))
    return page, layout


class InviteForm:
    """For which station, then the code: to scan, or to type."""

    def __init__(self, tools: PageTools, room: Callable[[], HubRoom], back: Callable[[], object]) -> None:
        self._tools, self._room = tools, room
        self.page, layout = card(_("Invite a station"))
        self.role = QComboBox()
        self.role.setAccessibleName(_("What the station is"))
        for role in DeviceRole:
            self.role.addItem(role_words(role), role)
        self.name = field(_("What it is to be called"), hint=_("Desk 2"))
        self.make = button(_("Make the invitation"), self._make, "primary")
        self.name.returnPressed.connect(self.make.click)
        row = QHBoxLayout()
        row.addWidget(self.role)
        row.addWidget(self.name, 1)
        row.addWidget(self.make)
        layout.addLayout(row)
        self.problem = label("", "problem", wrap=True)
        layout.addWidget(self.problem)
        self.squares = SquaresView(_("The invitation as a code to scan"))
        self.words = label("", "plain-text", wrap=True)
        self.code = label("", "tile")
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByKeyboard)
        beside = QVBoxLayout()
        beside.addWidget(self.words)
        beside.addWidget(self.code)
        beside.addStretch(1)
        shown = QHBoxLayout()
        shown.addWidget(self.squares, 1)
        shown.addLayout(beside, 2)
        layout.addLayout(shown, 1)
        last = Flow()
        last.addWidget(button(_("Back"), back, told="Esc"))
        layout.addLayout(last)

    def start(self) -> None:
        """A new one."""
        self.problem.hide()
        self._show(None)
        self.name.clear()
        self.name.setFocus()

    def _make(self) -> None:
        role, name = DeviceRole(self.role.currentData()), self.name.text()
        self.make.setEnabled(False)
        self._tools.slow.run(lambda: self._room().invite(role, name), self._show, self._failed)

    def _show(self, invited: Invited | None) -> None:
        self.make.setEnabled(True)
        self.problem.hide()
        self.squares.show_squares(invited.squares if invited else ())
        if invited is None:
            words = _("Each invitation is for one station, once. Make it when somebody sits there.")
            self.words.setText(words)
            self.code.setText("")
            return
        words = _(
            "At that station: Ctrl+comma, Hub and stations, Join a hub. Scan this code there, or type the address "
            "{address} and these characters. Good for {n} minutes."
        )
        self.words.setText(words.format(address=invited.invitation.addresses[0], n=LIFE_S // 60))
        code = str(invited.invitation.code)
        self.code.setText(f"{code[:9]}\n{code[10:19]}\n{code[20:]}")
        self.code.setAccessibleName(code)

    def _failed(self, error: Exception) -> None:
        self.make.setEnabled(True)
        self.problem.setText(sentence(error))
        self.problem.show()


class JoinForm:
    """An address and a code, then six digits that two people compare."""

    def __init__(
        self, tools: PageTools, room: Callable[[], HubRoom], back: Callable[[], object], joined: Callable[[], object]
    ) -> None:
        self._tools, self._room, self._back, self._joined = tools, room, back, joined
        self.page, layout = card(_("Join a hub"))
        words = _("The organizer makes an invitation at the hub. Scan its code here, or type it.")
        layout.addWidget(label(words, "muted", wrap=True))
        self.address = field(_("Address of the hub"), hint="192.168.1.20:7443")
        self.code = field(_("Code of the invitation"), hint="AB12-CD34-EF56-GH78-JK90")
        self.ask = button(_("Ask to be let in"), self._ask, "primary")
        for each in (self.address, self.code):
            each.setMaxLength(1000)
            each.returnPressed.connect(self.ask.click)
        self.names = [label(_("Address of the hub"), "field-name"), label(_("Code of the invitation"), "field-name")]
        for name, each in zip(self.names, (self.address, self.code), strict=True):
            layout.addWidget(name)
            layout.addWidget(each)
        self.near = [button("", partial(self._take_near, n), "quiet") for n in range(MOST_NEAR)]
        self._near: Sequence[str] = ()
        near = Flow()
        for one in self.near:
            near.addWidget(one)
        layout.addLayout(near)
        self.problem = label("", "problem", wrap=True)
        layout.addWidget(self.problem)
        self.digits = label("", "tile")
        self.words = label("", "plain-text", wrap=True)
        layout.addWidget(self.digits)
        layout.addWidget(self.words)
        layout.addStretch(1)
        row = Flow()
        row.addWidget(self.ask)
        row.addWidget(button(_("Back"), self.leave, told="Esc"))
        layout.addLayout(row)
        self._timer = QTimer(self.page)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """A new attempt."""
        self._waits(None)
        self.problem.hide()
        self.code.clear()
        self.address.setFocus()
        self._show_near(())
        self._tools.slow.run(lambda: self._room().near(), self._show_near, lambda _error: None)

    def _show_near(self, addresses: Sequence[str]) -> None:
        """Hubs that say they are in this network. Only what they are asked with decides whether it is the right one."""
        self._near = addresses
        for each, address in zip(self.near, addresses, strict=False):
            words = _("Hub nearby: {address}").format(address=address)
            each.setText(escaped(words))
            each.setAccessibleName(words)
        self._see_near()

    def _see_near(self) -> None:
        asking = self.ask.isVisibleTo(self.page)
        for n, each in enumerate(self.near):
            each.setVisible(asking and n < len(self._near))

    def _take_near(self, n: int) -> None:
        self.address.setText(self._near[n])
        self.code.setFocus()

    def take_scan(self, text: str) -> bool:
        """The code of an invitation was scanned; whether it was one."""
        invitation = read_invitation(text)
        if invitation is None or not self.ask.isVisible():
            return False
        self.address.setText(invitation.addresses[0])
        self.code.setText(text.strip())
        self._ask()
        return True

    def leave(self) -> None:
        """Ask no more."""
        self._timer.stop()
        self._tools.slow.run(lambda: self._room().give_up())
        self._back()

    def _ask(self) -> None:
        try:
            invitation = _invitation(self.address.text(), self.code.text())
        except BadInput as error:
            self._failed(error)
            return
        self.ask.setEnabled(False)
        self.problem.hide()
        self._tools.slow.run(lambda: self._room().ask(invitation), self._waits, self._failed)

    def _waits(self, pending: JoinPending | None) -> None:
        self.ask.setEnabled(pending is None)
        for each in (*self.names, self.address, self.code, self.ask):
            each.setVisible(pending is None)
        self._see_near()
        self.digits.setText(pending.digits if pending else "")
        words = _(
            "Compare these six digits with those at the hub. {name} belongs to it as soon as somebody there agrees."
        )
        self.words.setText(words.format(name=pending.name) if pending else "")
        if pending:
            self._timer.start()

    def _look(self) -> None:
        self._timer.stop()
        self._tools.slow.run(lambda: self._room().joined(), self._heard, self._failed)

    def _heard(self, joined: bool) -> None:
        if joined:
            self._joined()
        elif not self.ask.isVisible() and self.page.isVisible():
            self._timer.start()

    def _failed(self, error: Exception) -> None:
        self._waits(None)
        self.problem.setText(sentence(error))
        self.problem.show()


def _invitation(address: str, code: str) -> Invitation:
    whole = read_invitation(address) or read_invitation(code)
    if whole is not None:
        return whole
    where, read = read_address(address), read_code(code)
    if where is None:
        raise BadInput(_("This is no address of a hub. It stands beside the code, like 192.168.1.20:7443."))
    if read is None:
        raise BadInput(_("The code has twenty letters and digits. Compare it with the one at the hub."))
    return Invitation((where,), "", read)
