"""The hub in the window: one switch to host it here, who asks to be let in, and how every station is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kiosk import __version__
from kiosk.domain.fleet import FleetStation, WaitingStation
from kiosk.domain.fleet_table import fleet_table
from kiosk.domain.hub_room import HubPlace, HubView, role_words
from kiosk.domain.papers import Table
from kiosk.domain.pins import PinNeeded
from kiosk.domain.trust import DeviceRole
from kiosk.i18n import _, ngettext
from kiosk.ui.notices import sentence
from kiosk.ui.screens.hub_forms import InviteForm, JoinForm
from kiosk.ui.screens.nearby_part import NearbyPart
from kiosk.ui.screens.pin_forms import new_pin_form, pin_form, wrong_pin
from kiosk.ui.services import HubRoom
from kiosk.ui.tools import PageTools
from kiosk.ui.widgets.controls import button, dismiss
from kiosk.ui.widgets.flow import Flow
from kiosk.ui.widgets.page_stack import PageStack
from kiosk.ui.widgets.panel import Choice, FormPanel, QuestionPanel
from kiosk.ui.widgets.table import TableBox
from kiosk.ui.widgets.text import label

LOOK_MS = 2000
MAY_FOUND = (DeviceRole.ORGANIZER, DeviceRole.DESK)
"""Stations that hold enough for a hub to begin with."""


class HubPage(PageStack):
    """How things stand with the hub; inviting and joining open on pages of their own, Esc leads back."""

    def __init__(self, tools: PageTools) -> None:
        self.back = button(_("Back"), tools.back, told="Esc")
        super().__init__(self.back)
        self._tools = tools
        self._view = HubView()
        self._question: QuestionPanel | FormPanel | None = None
        self._waiting: QWidget | None = None
        self._waits_for = ""
        self.invite = InviteForm(tools, self._room, self.escape)
        self.join = JoinForm(tools, self._room, self.start, self.start)
        self.main = self._build()
        self.show_page(self.main)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def _build(self) -> QFrame:
        page = QFrame()
        page.setProperty("role", "card")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(28, 20, 28, 20)
        layout.setSpacing(12)
        top = QHBoxLayout()
        top.addWidget(label(_("Hub and stations"), "panel-title"), 1)
        top.addWidget(self.back)
        layout.addLayout(top)
        self.told = label("", "plain-text", wrap=True)
        self.problem = label("", "problem", wrap=True)
        layout.addWidget(self.told)
        layout.addWidget(self.problem)
        self.asking = QVBoxLayout()
        layout.addLayout(self.asking)
        self.more = label("", "muted")
        layout.addWidget(self.more)
        self.table = TableBox(_("Stations"), self._tools.theme)
        self.table.chosen.connect(lambda _row: self._enable())
        layout.addWidget(self.table, 1)
        self.nearby = NearbyPart(self._tools, lambda on: self._do(lambda: self._room().listen(on)))
        layout.addWidget(self.nearby, 1)
        self.invite_button = button(_("Invite a station…"), self._open_invite, "primary")
        self.host_button = button(_("Host the hub on this computer"), lambda: self._host(on=True), "primary")
        self.join_button = button(_("Join a hub…"), self._open_join)
        self.revoke_button = button(_("Send this station away…"), self._ask_revoke)
        self.held_button = button(_("Records held back…"), self._ask_held)
        self.pin_button = button(_("Set a PIN…"), self._open_pin)
        self.over_button = button(_("The conference is over…"), self._ask_over)
        self.stop_button = button(_("Host it no more…"), self._ask_stop)
        self.leave_button = button(_("Leave this hub…"), self._ask_leave)
        self.replace_button = button(_("This hub is gone for good…"), self._ask_replace)
        self.without_button = button(_("Hand out seats without it…"), self._ask_without)
        self.row = QWidget()
        self.row.setObjectName("row")
        row = Flow(self.row)
        for each in (
            self.invite_button, self.host_button, self.join_button, self.revoke_button, self.held_button,
            self.pin_button, self.over_button, self.stop_button, self.leave_button, self.replace_button,
            self.without_button,
        ):  # fmt: skip
            row.addWidget(each)
        self.buttons = QVBoxLayout()
        self.buttons.addWidget(self.row)
        layout.addLayout(self.buttons)
        layout.addStretch(0)
        return page

    def _room(self) -> HubRoom:
        return self._tools.services.hub()

    # How things stand

    def start(self) -> None:
        """As it is now."""
        self.show_page(self.main)
        self.problem.hide()
        self._close_question()
        self._show(self._view)
        self.back.setFocus()
        self._timer.start()
        self._look()

    def escape(self) -> bool:
        """One step back, where this is not the first page already."""
        if self.page is self.join.page:
            self.join.leave()
            return True
        if self.page is self.invite.page:
            self.start()
            return True
        if self._question is not None:
            self._close_question()
            return True
        return False

    def take_scan(self, text: str) -> bool:
        """An invitation that is scanned where one is asked for; whether it was."""
        return self.page is self.join.page and self.join.take_scan(text)

    def finish(self) -> None:
        """Look no more; whoever comes next proves who they are."""
        self._timer.stop()
        self._room().part()

    def _look(self) -> None:
        if self.isVisible() and self.page is self.main:
            self._tools.slow.run(lambda: self._room().view(), self._show, self._failed)

    def _failed(self, error: Exception) -> None:
        self.problem.setText(sentence(error))
        self.problem.show()
        self._enable()

    def _show(self, view: HubView) -> None:
        self._view = view
        here = view.place is HubPlace.HERE
        self.told.setText(_told(view))
        self._show_waiting(view.waiting)
        chosen = self.table.row()
        self.table.setVisible(here)
        if here:
            self.table.show_table(self._fleet(view), max(chosen, 0))
        self.nearby.setVisible(view.place is HubPlace.ELSEWHERE and not view.revoked)
        self.nearby.show_nearby(view.nearby)
        self.invite_button.setVisible(here)
        for each in (self.stop_button, self.pin_button, self.over_button):
            each.setVisible(here)
        self.revoke_button.setVisible(here)
        self.held_button.setVisible(here and bool(view.held_back))
        self.without_button.setVisible(bool(view.seats_wait_for))
        self.host_button.setVisible(view.place is HubPlace.NOWHERE)
        self.join_button.setVisible(not here)
        self.leave_button.setVisible(view.place is HubPlace.ELSEWHERE)
        self.replace_button.setVisible(view.place is HubPlace.ELSEWHERE and view.role in MAY_FOUND)
        self._enable()

    def _fleet(self, view: HubView) -> Table:
        now = self._tools.info.now()
        over = view.purge_on is not None and view.purge_on <= now
        return fleet_table(view.stations, now, __version__, over=over)

    def _enable(self) -> None:
        station = self._chosen()
        self.host_button.setEnabled(True)
        self.revoke_button.setEnabled(station is not None and station.revoked is None)
        self.without_button.setEnabled(station is not None and station.name in self._view.seats_wait_for)

    def _chosen(self) -> FleetStation | None:
        row = self.table.row()
        return self._view.stations[row] if 0 <= row < len(self._view.stations) else None

    # Who asks to be let in

    def _show_waiting(self, waiting: Sequence[WaitingStation]) -> None:
        """One at a time, who waits longest first. It stays while others come and go: somebody may be about to press."""
        shown = next((each for each in waiting if each.request == self._waits_for), waiting[0] if waiting else None)
        if self._waiting is not None and (shown is None or shown.request != self._waits_for):
            dismiss(self._waiting, self.back)
            self._waiting = None
        if shown is not None and self._waiting is None:
            self._waits_for = shown.request
            self._waiting = self._waiting_panel(shown)
            self.asking.addWidget(self._waiting)
        if self._waiting is not None:
            self._waiting.setVisible(self._question is None)
        more = len(waiting) - 1
        self.more.setVisible(more > 0)
        self.more.setText(ngettext("{n} more waits.", "{n} more wait.", more).format(n=more))

    def _waiting_panel(self, each: WaitingStation) -> QWidget:
        title = _("{name} asks to be let in ({role}):  {digits}").format(
            name=each.name, role=role_words(each.role), digits=each.digits
        )
        words = _("Let it in only if its screen shows these six digits.")
        let_in = Choice(_("The same: let it in"), partial(self._do, lambda: self._room().approve(each.digits)))
        refuse = Choice(_("Other digits: refuse"), partial(self._do, lambda: self._room().refuse(each.request)))
        return QuestionPanel(title, words, [let_in, refuse])

    # What is done

    def _do(self, work: Callable[[], object]) -> None:
        self._close_question()
        self.problem.hide()
        self._tools.slow.run(work, lambda _done: self._look(), partial(self._not_done, work))

    def _not_done(self, work: Callable[[], object], error: Exception) -> None:
        """What needs an organizer is done once one has typed their PIN."""
        if isinstance(error, PinNeeded):
            self._ask_pin(work)
        else:
            self._failed(error)

    def _ask_pin(self, work: Callable[[], object]) -> None:
        form = pin_form(self._view.organizers, self._tools.by, self._prove_then(work), self._close_question)
        self._put(form)
        form.start()

    def _prove_then(self, work: Callable[[], object]) -> Callable[[Mapping[str, str]], object]:
        def prove(values: Mapping[str, str]) -> None:
            form = self._question
            room = self._room()
            self._tools.slow.run(
                lambda: room.prove(values["name"], values["pin"]),
                lambda _done: self._do(work),
                lambda error: wrong_pin(form, sentence(error)),
            )

        return prove

    def _open_pin(self) -> None:
        form = new_pin_form(self._tools.by, self._set_pin, self._close_question)
        self._put(form)
        form.start()

    def _set_pin(self, values: Mapping[str, str]) -> None:
        form, room = self._question, self._room()
        name, pin = values["name"], values["pin"]
        if pin != values["again"]:
            wrong_pin(form, _("The two PINs are not the same. Type the new one twice."))
            return

        def failed(error: Exception) -> None:
            if isinstance(error, PinNeeded):
                self._ask_pin(lambda: room.set_pin(name, pin))
            else:
                wrong_pin(form, sentence(error))

        self._tools.slow.run(lambda: room.set_pin(name, pin), lambda _done: self._do(lambda: None), failed)

    def _ask_over(self) -> None:
        words = _(
            "Every name and every other personal value goes, at the hub and at each station once it has sent all it "
            "has. Who came and for how long stays, without names. Make reports and certificates before. This cannot "
            "be taken back."
        )
        over = Choice(_("Remove personal data everywhere"), partial(self._do, lambda: self._room().purge()))
        self._ask(_("Is the conference over?"), words, over)

    def _host(self, *, on: bool) -> None:
        self.host_button.setEnabled(False)
        if on:
            self.told.setText(_("Starting the hub…"))
        self._do(lambda: self._room().host(on))

    def _open_invite(self) -> None:
        self.show_page(self.invite.page)
        self.invite.start()

    def _open_join(self) -> None:
        self.show_page(self.join.page)
        self.join.start()

    def _ask_without(self) -> None:
        station = self._chosen()
        if station is None:
            return
        words = _(
            "The hub came back from a backup and does not know which seats {name} holds. If it is still letting people "
            "in, a room may be filled over its seats: switch it off, or look how many it gave."
        )
        go_on = Choice(
            _("Hand out seats without it"), partial(self._do, lambda: self._room().go_on_without(station.device))
        )
        self._ask(_("Has {name} stopped?").format(name=station.name), words.format(name=station.name), go_on)

    def _ask_revoke(self) -> None:
        station = self._chosen()
        if station is None:
            return
        words = _("The hub speaks with it no more. Wiped, it also destroys its data once it has sent everything.")
        self._ask(
            _("Send {name} away?").format(name=station.name),
            words,
            Choice(_("Send away"), partial(self._do, lambda: self._room().revoke(station.device, False))),
            Choice(_("Send away and wipe"), partial(self._do, lambda: self._room().revoke(station.device, True))),
        )

    def _ask_held(self) -> None:
        """One log after the other, the chosen station's first."""
        station, held = self._chosen(), self._view.held_back
        if not held:
            return
        each = next((each for each in held if station is not None and each.device == station.device), held[0])
        count = Choice(_("Let it count"), partial(self._do, lambda: self._room().let_count(each.log)))
        words = _("Leave it out") if each.kind else _("Count the rest without them")
        rest = Choice(words, partial(self._do, lambda: self._room().leave_out(each.log)))
        told = _(
            "What this station writes in later logs counts meanwhile. What is left out stays aside at the hub; an "
            "incident says so, and what is behind it counts."
        )
        self._ask(each.words, told, *([count, rest] if each.kind else [rest]))

    def _ask_stop(self) -> None:
        words = _("Stations go on alone and keep what they record. What the hub holds stays on this computer.")
        self._ask(_("Host the hub no more?"), words, Choice(_("Stop the hub"), lambda: self._host(on=False)))

    def _ask_leave(self) -> None:
        words = _("This station goes on alone. To come back, it has to be invited again.")
        stop = Choice(_("Leave the hub"), partial(self._do, lambda: self._room().leave()))
        self._ask(_("Leave this hub?"), words, stop)

    def _ask_replace(self) -> None:
        words = _(
            "Only if it will not come back, and there is no backup. This computer then hosts a new hub, which begins "
            "with everything this station holds. Each other station has to be invited again; until then it goes on "
            "alone, and nothing it records is lost."
        )
        found = Choice(_("Host a new hub here"), lambda: self._host(on=True))
        self._ask(_("Put a new hub in its place?"), words, found)

    def _ask(self, title: str, words: str, *choices: Choice) -> None:
        question = QuestionPanel(title, words, [*choices, Choice(_("Keep it"), self._close_question)])
        self._put(question)
        question.buttons[-1].setFocus()

    def _put(self, question: QuestionPanel | FormPanel) -> None:
        """One question at a time, in place of the buttons."""
        self._close_question()
        self._question = question
        self.buttons.insertWidget(0, question)
        question.show()
        self.row.hide()
        self._show_waiting(self._view.waiting)

    def _close_question(self) -> None:
        question, self._question = self._question, None
        if question is not None:
            dismiss(question, self.back)
            self.row.show()
            self._show_waiting(self._view.waiting)


def _told(view: HubView) -> str:
    match view.place:
        case HubPlace.NOWHERE:
            return _(
                "This station works alone: one laptop, one printer. With a hub, several stations know of each other "
                "within a second, and go on alone whenever the network fails."
            )
        case HubPlace.HERE:
            count = sum(station.revoked is None for station in view.stations)
            words = ngettext("{n} station belongs to it", "{n} stations belong to it", count).format(n=count)
            told = _("The hub runs on this computer, at {address}; {count}.").format(address=view.address, count=words)
            return " ".join(filter(None, (told, _seats_words(view), _pin_words(view), _over_words(view))))
    role = role_words(view.role) if view.role else ""
    if view.revoked:
        words = _("The hub at {address} speaks with this station no more. Ask the organizer, or join again.")
        return words.format(address=view.address)
    words = _("This station belongs to the hub at {address}, as {name} ({role}).")
    return words.format(address=view.address, name=view.name, role=role)


def _seats_words(view: HubView) -> str:
    if not view.seats_wait_for:
        return ""
    words = _("It came back from a backup: no seats are handed out to doors until these stations are heard: {names}.")
    return words.format(names=", ".join(view.seats_wait_for))


def _pin_words(view: HubView) -> str:
    if view.organizers:
        return ""
    return _("Nobody has set a PIN: whoever sits here may let stations in and send them away.")


def _over_words(view: HubView) -> str:
    if view.purge_on is None:
        return ""
    return _("Personal data goes from {day} on, here and at every station.").format(day=f"{view.purge_on:%Y-%m-%d}")
