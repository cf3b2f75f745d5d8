"""What happens at a session's door: whose door it is follows the clock, an answer stands a moment, and the monitor
decides what the organizer left to them.

How a scan comes to its answer is in `answer_flow`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from kiosk.domain.door import ONE_TAP, one_tap
from kiosk.domain.people import AttendeeId
from kiosk.domain.verdicts import Outcome, Reason, Verdict
from kiosk.domain.words import clock_words, isolated, reason_words, state_words, titled
from kiosk.i18n import _, ngettext
from kiosk.ui.answer_flow import AnswerFlow, Speaker
from kiosk.ui.answers import answer_for
from kiosk.ui.background import Background
from kiosk.ui.screens.door import ChoiceRow, DoorScreen, Last
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.panel import Bar, Choice, Field, FormPanel
from kiosk.ui.widgets.ready_view import StatusPage

if TYPE_CHECKING:
    from kiosk.domain.programme import ProgrammeSession
    from kiosk.services.doors import Door, DoorNow
    from kiosk.services.find import Found
    from kiosk.services.history import HistoryLine

SHOWN_MS = 1_200
"""How long somebody who was let in stands on the screen. The next scan cuts it short."""
ALREADY_MS = 3_000
LOOK_MS = 5_000
"""How often a door looks at the programme and the clock while nobody is scanned."""
LINES = 8
CLOCK_TOLERANCE_S = 120


class DoorFlow(AnswerFlow):
    """The door's behaviour, between the screen and the services."""

    def __init__(
        self, screen: DoorScreen, info: DeskInfo, theme: Theme, speaker: Speaker, desk: Background, door: Door
    ) -> None:
        super().__init__(screen, screen, info, theme, speaker, desk)
        self._screen = screen
        self._door = door
        self._out = False
        self._now: DoorNow | None = None
        self._lines: tuple[HistoryLine, ...] = ()
        self._own: set[str] = set()
        """Logs in which this door has written: another door of the same room undoes its own."""
        self._shared = False
        self._off_min = 0
        """By how many minutes this computer's clock is said to be behind."""
        self._nothing = StatusPage(theme, _("Nothing scheduled in this room now"))
        self._stands = QTimer(self)
        self._stands.setSingleShot(True)
        self._stands.timeout.connect(self._stood)
        self._looks = QTimer(self)
        self._looks.setInterval(LOOK_MS)
        self._looks.timeout.connect(self.look)
        screen.turn.connect(self.turn)
        screen.undo.connect(self.undo_last)

    # Starting

    def use(self, services: DeskServices) -> None:
        """The services are open: whose door is it?"""
        self._services = services
        self._desk.run(lambda: services.doors.now(self._door), self._begun, self._failed_to_start)

    def _begun(self, now: DoorNow) -> None:
        self._show_now(now)
        if not self._early and self._pending == 0 and self._verdict is None:
            self.to_ready()
        self._looks.start()
        self.started.emit()
        self._present_early()
        self.refresh()

    @property
    def now(self) -> DoorNow | None:
        """Whose door it is, as last seen."""
        return self._now

    @property
    def door(self) -> Door:
        """Where people are scanned."""
        return self._door

    @property
    def out(self) -> bool:
        """Whether people are scanned on their way out."""
        return self._out

    # Whose door it is

    def look(self) -> None:
        """See whose door it is by now."""
        doors, door = self.services.doors, self._door
        self._desk.run(lambda: doors.now(door), self._show_now, self.notices.failed)

    def set_shared(self, shared: bool) -> None:
        """Whose count is shown: this door's only, or what all stations know."""
        self._shared = shared
        if self._now is not None:
            self._show_now(self._now)

    @property
    def _scope(self) -> str:
        return "" if self._shared else _("this door only")

    def set_clock_offset(self, offset_s: int) -> None:
        """What has to be added to this computer's clock to have the hub's, where somebody knows."""
        minutes = round(offset_s / 60) if abs(offset_s) > CLOCK_TOLERANCE_S else 0
        if minutes == self._off_min:
            return
        self._off_min = minutes
        bar = None
        if minutes:
            time = ngettext("{n} minute", "{n} minutes", abs(minutes)).format(n=abs(minutes))
            behind = _("This computer's clock is {time} behind the hub's.")
            ahead = _("This computer's clock is {time} ahead of the hub's.")
            words = (behind if minutes > 0 else ahead).format(time=time)
            bar = Bar(
                words, _("Times are put right, and the door goes by the hub's. Set the clock when there is a moment.")
            )
        self._screen.set_bar("clock", bar)

    def choose(self, door: Door) -> None:
        """Scan people into another session, or follow the clock again."""
        self._door = door
        self.to_ready()
        self.refresh()

    def turn(self) -> None:
        """From IN to OUT or back. OUT ends by itself when the next session opens."""
        if not self._alarm:
            self._set_out(not self._out)
            self.to_ready()

    def _set_out(self, out: bool) -> None:
        self._out = out
        self._screen.set_way(out=out)
        if self._now is not None:
            self._screen.head.show_now(self._now, self._scope)

    def _show_now(self, now: DoorNow) -> None:
        before, self._now = self._now, now
        if before is not None and now.session is not None and _id(before.session) != now.session.id:
            self._next_session(before, now)
        self._screen.head.show_now(now, self._scope)
        self._screen.following.setText(self._following_words(now))
        if self._screen.page in (self._nothing, self._screen.ready_page) and self._verdict is None:
            self._screen.show_page(self._ready_page())

    def _next_session(self, before: DoorNow, now: DoorNow) -> None:
        """Another session has the door: people come in again, and whoever stayed behind is said."""
        was_out = self._out
        self._set_out(False)
        former = now.timetable.former
        if before.session is None or former is None or former.id != before.session.id or not now.left_behind:
            return
        choices = [Choice(_("All have left"), partial(self.close_session, former))]
        if was_out:
            choices.append(Choice(_("Back to OUT"), self._back_to_out))
        words = ngettext(
            "{count} person has not been scanned out of {session}.",
            "{count} people have not been scanned out of {session}.",
            now.left_behind,
        )
        self._screen.set_bar(
            "former", Bar(words.format(count=now.left_behind, session=titled(former)), choices=choices)
        )

    def _back_to_out(self) -> None:
        self._screen.set_bar("former", None)
        self._set_out(True)
        self.to_ready()

    def close_session(self, session: ProgrammeSession, by: str = "") -> None:
        """Everyone who is still inside left at the scheduled end; marked as assumed, by whoever says so."""
        by = by or self.by

        def closed(count: int) -> None:
            self._screen.set_bar("former", None)
            self.notices.say(
                ngettext(
                    "{count} person is taken to have left at the end of {session}.",
                    "{count} people are taken to have left at the end of {session}.",
                    count,
                ).format(count=count, session=titled(session))
            )
            self.refresh()

        attendance = self.services.attendance
        self._desk.run(lambda: attendance.close_session(session.id, by), closed, self.notices.failed)

    def _following_words(self, now: DoorNow) -> str:
        coming, opens = now.timetable.coming, now.timetable.opens
        if coming is None or opens is None:
            return _("Nothing more is planned here.")
        return _("Next opens {when}: {title}").format(
            title=isolated(coming.title), when=clock_words(opens, self._info.zone)
        )

    def _ready_page(self) -> StatusPage:
        now = self._now
        if now is None or now.session is not None or self._out:
            waits = now.waiting if now is not None else 0
            words = ngettext("{count} person waits for a seat.", "{count} people wait for a seat.", waits)
            self._screen.ready_page.set_text(words.format(count=waits) if waits else "")
            return self._screen.ready_page
        self._nothing.set_text(self._following_words(now))
        return self._nothing

    # A scan, or somebody picked from the search

    def _answer_to(self, text: str) -> Callable[[], Verdict | None]:
        doors, door, out = self.services.doors, self._door, self._out
        return lambda: doors.present(text, door, out=out)

    def admit(self, found: Found) -> None:
        """Answer for somebody who was found by name."""
        self.admit_person(found.attendee.id)

    def admit_person(self, attendee_id: AttendeeId) -> None:
        """Answer for somebody who was picked from a list, as if their badge had been scanned."""
        doors, door, out = self.services.doors, self._door, self._out
        self._ask(lambda: doors.admit(attendee_id, door, out=out))

    # The answer

    def show_verdict(self, verdict: Verdict) -> None:
        """Show and sound one answer, with what there is to decide about it."""
        self._verdict = self._last = verdict
        if verdict.record is not None:
            self._own.add(verdict.record.log)
        self._stands.stop()
        self._screen.show_answer(answer_for(verdict, self._info.zone))
        if not verdict.repeat:
            self._speaker.play(verdict.outcome)
        if verdict.outcome is Outcome.NOT_SAVED:
            self._sound_alarm(verdict)
            return
        choices = self._choices(verdict)
        if choices:
            self._screen.set_panel(ChoiceRow(choices))
        else:
            self._stands.start(SHOWN_MS if verdict.outcome is Outcome.ADMITTED else ALREADY_MS)

    def _choices(self, verdict: Verdict) -> list[Choice]:
        """What the room monitor may do: one tap where it is theirs to decide, a supervisor's name where it is not."""
        if verdict.admitted or verdict.outcome is Outcome.ALREADY:
            return []
        who = verdict.attendee
        if who is None:
            return [Choice(_("OK"), self.to_ready), Choice(_("No badge?"), self._screen.no_badge.emit)]
        if one_tap(verdict):
            send = _("Send there") if verdict.reason is Reason.WRONG_ROOM else _("Send to the desk")
            return [Choice(send, self.to_ready), Choice(_("Let in anyway"), partial(self._let_in, who.id))]
        leave = Choice(_leave_words(verdict.reason), self.to_ready)
        supervisor = Choice(_("Supervisor"), self.let_in)
        if verdict.reason is Reason.ROOM_FULL:
            return [Choice(_("Waiting list"), partial(self._wait, who.id)), leave, supervisor]
        return [leave, supervisor] if verdict.reason is not Reason.NO_SESSION else [leave]

    def _stood(self) -> None:
        """It has been read; the door is ready for the next one."""
        if not self._alarm and self._screen.page is self._screen.card:
            self.to_ready()

    def to_ready(self) -> None:
        """Clear the screen; an alarm has to be acknowledged first."""
        if self._alarm:
            self.acknowledge()
            return
        self._stands.stop()
        self._verdict = None
        self._screen.show_ready(self._ready_page())
        self._say_state()

    def show_last(self) -> None:
        """The last answer once more, without its sound."""
        if self._last is not None and not self._alarm:
            self._stands.stop()
            self._verdict = self._last
            self._screen.show_answer(answer_for(self._last, self._info.zone))

    # What can be done about it

    def _let_in(self, attendee_id: AttendeeId) -> None:
        doors, door, by = self.services.doors, self._door, self.by
        self._ask(lambda: doors.let_in(attendee_id, door, by))

    def let_in(self) -> None:
        """A supervisor decides otherwise: who and why, both needed."""
        verdict = self._verdict
        if verdict is None or verdict.attendee is None or verdict.admitted:
            return
        who = verdict.attendee.id

        def override(values: Mapping[str, str]) -> None:
            doors, door = self.services.doors, self._door
            self._ask(lambda: doors.override(who, door, values["why"], values["by"]))

        self.ask(
            FormPanel(
                _("Let in anyway"),
                _("It says {reason}. The journal keeps who decided otherwise, and why.").format(
                    reason=reason_words(verdict.reason).lower()
                ),
                [Field("by", _("Who decides"), required=True), Field("why", _("Why"), required=True)],
                (_("Let in"), override),
                self.to_ready,
            )
        )

    def ask(self, form: FormPanel) -> None:
        """Show a form in the place of the answer."""
        self._stands.stop()
        self._screen.set_panel(None)
        self._screen.show_page(form)
        form.start()

    def _wait(self, attendee_id: AttendeeId) -> None:
        session, monitor, by = self._session_of(self._verdict), self.services.monitor, self.by
        if session is None:
            return

        def joined(place: int) -> None:
            self.notices.say(_("Number {place} on the waiting list.").format(place=place))
            self.to_ready()
            self.refresh()

        self._desk.run(lambda: monitor.join(attendee_id, session.id, by), joined, self.notices.failed)

    def _session_of(self, verdict: Verdict | None) -> ProgrammeSession | None:
        return verdict.doorway.session if verdict is not None and verdict.doorway is not None else None

    def undo_last(self) -> None:
        """Take back the newest answer that can be taken back."""
        line = next((line for line in self._lines if line.can_undo and line.record.log in self._own), None)
        if line is None:
            self.notices.say(_("There is nothing to undo."))
            return
        doors, by = self.services.doors, self.by
        self._desk.run(
            lambda: doors.undo(line.record, by), lambda _none: self._undone(line), self.notices.failed
        )  # fmt: skip

    def _undone(self, line: HistoryLine) -> None:
        self.to_ready()
        words = _("Undone: {name}, {what}.")
        self.notices.say(words.format(name=isolated(line.name) or _("This person"), what=_became(line).lower()))
        self.refresh()

    # The rest of the screen

    def refresh(self) -> None:
        """Bring the last scans and the count up to date."""
        if self._services is None:
            return
        self.look()
        history, doors, door = self._services.history, self._services.doors, self._door

        def lines() -> Sequence[HistoryLine]:
            now = doors.now(door)
            session = now.session or now.timetable.former
            return history.recent(LINES, session.id if session is not None else door.room)

        self._desk.run(lines, self._show_lines)

    def _show_lines(self, lines: Sequence[HistoryLine]) -> None:
        self._lines = tuple(lines)
        self._screen.last.show_last(
            [Last(line.outcome, line.name, _("Undone") if line.undone else _became(line)) for line in lines]
        )  # fmt: skip


def _became(line: HistoryLine) -> str:
    """What became of a scan; at a door nobody is checked in, they are in."""
    return _("In") if line.reason is Reason.OK else state_words(line.outcome, line.reason)


def _id(session: ProgrammeSession | None) -> str:
    return "" if session is None else session.id


def _leave_words(reason: Reason) -> str:
    """What the room monitor does with somebody who is not let in."""
    if reason is Reason.HUB_SILENT:
        return _("Send to the desk")
    return _("Send there") if reason in ONE_TAP else _("OK")
