"""What stands behind the door's last button, and what happens when it is pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from kiosk.domain.programme import DoorPolicy
from kiosk.domain.words import clock_words, isolated, time_words, titled, weekday_words
from kiosk.i18n import _, ngettext
from kiosk.ui.background import Background
from kiosk.ui.door_flow import DoorFlow
from kiosk.ui.notices import sentence
from kiosk.ui.screens.door import NARROW_PX, DoorScreen
from kiosk.ui.screens.door_more import ListPage, MorePage
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.widgets.panel import Field, FormPanel

if TYPE_CHECKING:
    from kiosk.domain.occupancy import SeatCount
    from kiosk.domain.programme import ProgrammeSession
    from kiosk.services.doors import Door
    from kiosk.services.monitor import Waiting

MOST_OFFERED = 12
"""Sessions offered to scan into."""

LONGEST_ON_BUTTON = 26
LONGEST_ON_WIDE_BUTTON = 64

Action = tuple[str, Callable[[], object]]


class DoorMore(QObject):
    """The pages behind the last button. Scanning goes on while they are open."""

    def __init__(
        self, screen: DoorScreen, flow: DoorFlow, info: DeskInfo, desk: Background, others: Sequence[Action]
    ) -> None:
        super().__init__(screen)
        self._screen, self._flow, self._info, self._desk = screen, flow, info, desk
        self._page = MorePage(
            [
                (_("Count seats"), self.count_seats),
                (_("Waiting list"), self.open_waiting),
                (_("End of session"), self.end_session),
                (_("Who may come in"), self.choose_policy),
                (_("Scan anyway to…"), self.choose_session),
                *others,
                (_("Give seats back"), self.give_seats_back),
            ],
            flow.to_ready,
        )
        self._page.counted.connect(self._count)
        self._waiting = ListPage(_("Waiting list"), self.open)
        self._sessions = ListPage(_("Scan anyway to…"), self.open)
        self._policies = ListPage(_("Who may come in"), self.open)

    @property
    def page(self) -> MorePage:
        """The page of the buttons."""
        return self._page

    @property
    def _services(self) -> DeskServices:
        return self._flow.services

    def open(self) -> None:
        """Show what there is."""
        now = self._flow.now
        self._page.show_count(now.occupancy.uncounted if now else 0, now is not None and now.session is not None)
        has_seats = now is not None and now.lease is not None and now.lease.left > 0
        self._page.offer(_("Give seats back"), offered=has_seats)
        self._screen.set_panel(None)
        self._screen.show_page(self._page)
        self._page.start()

    def escape(self) -> bool:
        """Esc on a page behind this one leads back here; whether it did."""
        if self._screen.page in (self._waiting, self._sessions, self._policies):
            self.open()
            return True
        return False

    def _session(self) -> ProgrammeSession | None:
        """The session at hand: whose door it is, or was a moment ago."""
        now = self._flow.now
        if now is None or (now.session is None and now.timetable.former is None):
            self._flow.notices.say(_("Nothing is held in this room now."))
            return None
        return now.session or now.timetable.former

    # People without a badge, seats

    def _count(self, change: int) -> None:
        session = self._session()
        if session is not None:
            monitor, by = self._services.monitor, self._flow.by
            self._desk.run(
                lambda: monitor.headcount(session.id, change, by), self._counted, self._flow.notices.failed
            )  # fmt: skip

    def _counted(self, count: int) -> None:
        self._page.show_count(count)
        self._flow.look()

    def count_seats(self) -> None:
        """Seats taken, counted by hand, against who was scanned."""
        session = self._session()
        if session is None:
            return
        monitor, by = self._services.monitor, self._flow.by

        def submit(values: Mapping[str, str]) -> None:
            text = values["counted"]
            number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1
            self._desk.run(
                lambda: monitor.count_seats(session.id, number, by),
                self._seats_counted,
                lambda error: form.show_problem(sentence(error)),
            )

        form = FormPanel(
            _("How many seats are taken?"),
            _("Count once when everybody sits. The difference to the scans is shown and kept."),
            [Field("counted", _("Seats taken"), required=True)],
            (_("Compare"), submit),
            self.open,
        )
        self._flow.ask(form)

    def _seats_counted(self, check: SeatCount) -> None:
        self._flow.to_ready()
        if check.difference == 0:
            words = _("{counted} seats taken, and {known} people known to be inside: it fits.")
        elif check.difference > 0:
            words = _("{counted} seats taken, {known} people known to be inside: {more} came in without a scan.")
        else:
            words = _("{counted} seats taken, {known} people known to be inside: {more} left without a scan.")
        self._flow.notices.say(
            words.format(counted=check.counted, known=check.known, more=abs(check.difference))
        )  # fmt: skip

    # Who waits

    def open_waiting(self) -> None:
        """Who waits for a seat, first come first."""
        session = self._session()
        if session is not None:
            monitor = self._services.monitor
            self._desk.run(
                lambda: monitor.waiting(session.id), partial(self._show_waiting, session), self._flow.notices.failed
            )

    def _show_waiting(self, session: ProgrammeSession, waiting: Sequence[Waiting]) -> None:
        words = _("Press a name to let that person in, or scan their badge.") if waiting else _("Nobody waits.")
        lines: list[Action] = [
            (
                _("{place}. {name}, since {when}").format(
                    place=place,
                    name=isolated(self._short(each.attendee.full_name)),
                    when=clock_words(each.since, self._info.zone),
                ),
                partial(self._flow.admit_person, each.attendee.id),
            )
            for place, each in enumerate(waiting[:MOST_OFFERED], start=1)
        ]
        self._waiting.show_lines(words, lines)
        self._screen.show_page(self._waiting)
        self._waiting.start()

    # Seats that were handed out

    def give_seats_back(self) -> None:
        """Other doors may have the seats this one does not need."""
        now = self._flow.now
        if now is None or now.session is None or now.lease is None or now.lease.left <= 0:
            self._flow.notices.say(_("There are no seats here to give back."))
            return
        monitor, by, session = self._services.monitor, self._flow.by, now.session

        def given(n: int) -> None:
            words = ngettext("{n} seat is given back.", "{n} seats are given back.", n).format(n=n)
            self._flow.to_ready()
            self._flow.notices.say(words)
            self._flow.look()

        self._desk.run(lambda: monitor.give_seats_back(session.id, by), given, self._flow.notices.failed)

    # Who may come in, the end, and another session

    def choose_policy(self) -> None:
        """What happens to somebody who is not on the list of this session; other doors follow."""
        session = self._session()
        if session is None:
            return
        words = {
            DoorPolicy.REGISTERED: _("Enrolled people only"),
            DoorPolicy.ASK: _("Ask me about the others"),
            DoorPolicy.ANYONE: _("Anyone, and put them on the list"),
        }
        now = _("Now: {policy}. It counts for this session, at every door.").format(policy=words[session.door])
        lines: list[Action] = [(text, partial(self._let, session, policy)) for policy, text in words.items()]
        self._policies.show_lines(now, lines)
        self._screen.show_page(self._policies)
        self._policies.start()

    def _let(self, session: ProgrammeSession, policy: DoorPolicy) -> None:
        programme, by = self._services.programme, self._flow.by

        def changed(_session: ProgrammeSession) -> None:
            self._flow.to_ready()
            self._flow.look()

        self._desk.run(
            lambda: programme.change(session.id, {"door": policy}, by), changed, self._flow.notices.failed
        )  # fmt: skip

    def end_session(self) -> None:
        """All still inside leave at the scheduled end."""
        session = self._session()
        if session is None:
            return
        form = FormPanel(
            _("End of session"),
            _("Everybody still inside {session} is taken to have left at {end}. It is marked as assumed.").format(
                session=titled(session), end=clock_words(session.end, self._info.zone)
            ),
            [Field("by", _("Who says so"), required=True, value=self._info.operator)],
            (_("All have left"), partial(self._close, session)),
            self.open,
        )
        self._flow.ask(form)

    def _close(self, session: ProgrammeSession, values: Mapping[str, str]) -> None:
        self._flow.close_session(session, values["by"])
        self._flow.to_ready()

    def choose_session(self) -> None:
        """A supervisor chooses what people are scanned into, whatever the clock says."""
        programme, now = self._services.programme, self._info.now()

        def near() -> list[ProgrammeSession]:
            held = [each for each in programme.sessions() if not each.cancelled]
            here = [each for each in held if each.room == self._flow.door.room]
            return sorted(here or held, key=lambda each: abs(each.start - now))[:MOST_OFFERED]

        self._desk.run(near, self._show_sessions, self._flow.notices.failed)

    def _show_sessions(self, sessions: Sequence[ProgrammeSession]) -> None:
        words = _("For a supervisor: people are scanned into what you choose until you choose “By the clock”.")
        lines: list[Action] = [(_("By the clock"), self._follow_clock)]
        lines += [
            (self._line_of(session), partial(self._confirm_session, session))
            for session in sorted(sessions, key=lambda each: each.start)
        ]
        self._sessions.show_lines(words, lines)
        self._screen.show_page(self._sessions)
        self._sessions.start()

    def _line_of(self, session: ProgrammeSession) -> str:
        zone = self._info.zone
        day = weekday_words(session.start, zone)
        return f"{day} {time_words(session, zone)}  {isolated(self._short(session.title))}"

    def _follow_clock(self) -> None:
        self._flow.choose(self._door_of(None))

    def _confirm_session(self, session: ProgrammeSession) -> None:
        def submit(values: Mapping[str, str]) -> None:
            by, monitor = values["by"], self._services.monitor
            self._desk.run(
                lambda: monitor.open_anyway(session.id, by),
                lambda opened: self._flow.choose(self._door_of(opened)),
                lambda error: form.show_problem(sentence(error)),
            )

        form = FormPanel(
            _("Scan into {session}").format(session=titled(session)),
            _("Times are not looked at until the door follows the clock again. The journal keeps who decided it."),
            [Field("by", _("Who decides"), required=True)],
            (_("Scan into it"), submit),
            self.choose_session,
        )
        self._flow.ask(form)

    def _door_of(self, session: ProgrammeSession | None) -> Door:
        from kiosk.services.doors import Door

        room = self._flow.door.room
        return Door(room) if session is None else Door(room, session.id, anyway=True)

    def _short(self, text: str) -> str:
        """As much as stands on a button of this screen."""
        longest = LONGEST_ON_BUTTON if self._screen.width() < NARROW_PX else LONGEST_ON_WIDE_BUTTON
        return text if len(text) <= longest else text[: longest - 1] + "…"
