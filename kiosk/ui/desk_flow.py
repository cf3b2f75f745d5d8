"""What happens at the desk: what is asked of each person, and what can be done about each answer.

How a scan comes to its answer is in `answer_flow`. Printing never changes an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Signal

from kiosk.domain.people import Attendee, AttendeeId
from kiosk.domain.verdicts import Outcome, Reason, RecordId, Verdict
from kiosk.domain.words import isolated, reason_words
from kiosk.i18n import _
from kiosk.ui.answer_flow import AnswerFlow, Speaker
from kiosk.ui.answers import answer_for, contact, questions, settled
from kiosk.ui.background import Background
from kiosk.ui.notices import sentence
from kiosk.ui.screens.desk import DeskScreen
from kiosk.ui.services import DeskInfo, DeskServices
from kiosk.ui.theme import Theme
from kiosk.ui.widgets.history import ROWS
from kiosk.ui.widgets.panel import Choice, Field, FormPanel, QuestionPanel

if TYPE_CHECKING:
    from kiosk.services.find import Found
    from kiosk.services.history import HistoryLine


class Counts(Protocol):
    """How far the desk is."""

    @property
    def people(self) -> int: ...
    @property
    def expected(self) -> int: ...
    @property
    def checked_in(self) -> int: ...


class DeskFlow(AnswerFlow):
    """The desk's behaviour, between the screen and the services."""

    empty_roster = Signal()
    people_there = Signal()
    """There is somebody on the roster; said as often as they are counted."""
    badge_wanted = Signal(object, str)
    """Another badge for this `Attendee`, and why; no reason: somebody is to be asked for it."""
    shown = Signal(object)
    """The `Verdict` on the screen is a new one; None: nobody is in front of the desk any more."""

    def __init__(
        self,
        screen: DeskScreen,
        info: DeskInfo,
        theme: Theme,
        speaker: Speaker,
        desk: Background,
    ) -> None:
        super().__init__(screen, screen, info, theme, speaker, desk)
        self._screen = screen
        self._questions: list[Reason] = []
        screen.action.connect(self.act)
        screen.history.undo.connect(self.undo)

    # Starting

    def use(self, services: DeskServices) -> None:
        """The services are open: look at the roster, then answer what was scanned meanwhile."""
        self._services = services
        self._desk.run(
            lambda: (services.roster.counts(), services.history.recent(ROWS)), self._started, self._failed_to_start
        )

    def _started(self, answer: tuple[Counts, Sequence[HistoryLine]]) -> None:
        counts, lines = answer
        self._show_counts(counts)
        self._screen.history.show_lines(lines)
        if counts.people == 0:
            self.empty_roster.emit()
        elif not self._early and self._pending == 0 and self._verdict is None:
            self.to_ready()
        self.started.emit()
        self._present_early()

    # A scan, or somebody picked from the search

    def _answer_to(self, text: str) -> Callable[[], Verdict | None]:
        check_in = self.services.check_in
        return lambda: check_in.present(text)

    def admit(self, found: Found) -> None:
        """Check in somebody who was found by name."""
        self._admit(found.attendee.id, "search")

    def admit_walk_in(self, attendee: Attendee) -> None:
        """Check in somebody who has just been added."""
        self._admit(attendee.id, "walk_in")

    def _admit(self, attendee_id: AttendeeId, how: str) -> None:
        self._ask(lambda: self.services.check_in.admit(attendee_id, how=how))

    # The answer

    def show_verdict(self, verdict: Verdict) -> None:
        """Show and sound one answer."""
        self._verdict = self._last = verdict
        answer = answer_for(verdict, self._info.zone)
        self._screen.show_answer(answer, _actions(verdict))
        if not verdict.repeat:
            self._speaker.play(verdict.outcome)
        if verdict.outcome is Outcome.NOT_SAVED:
            self._sound_alarm(verdict)
        elif verdict.outcome is Outcome.ALREADY:
            self._ask_already()
        else:
            self._questions = questions(verdict)
            self._ask_next()
        self.shown.emit(verdict)

    def to_ready(self) -> None:
        """Clear the desk; an alarm has to be acknowledged first."""
        if self._alarm:
            self.acknowledge()
            return
        self._verdict = None
        self._questions = []
        self._screen.show_ready()
        self._say_state()
        self.shown.emit(None)

    def show_last(self) -> None:
        """The last answer once more, without its sound."""
        if self._last is not None and not self._alarm:
            self._verdict = self._last
            self._screen.show_answer(answer_for(self._last, self._info.zone), _actions(self._last))

    # One more thing, and already in

    def _ask_next(self) -> None:
        """Put the next question under the answer; after the last one the person is simply checked in."""
        verdict = self._verdict
        if verdict is None or verdict.attendee is None or not self._questions:
            self._screen.set_panel(None)
            return
        reason, who = self._questions[0], verdict.attendee
        title, text, choices = self._question(reason, who)
        self._screen.set_panel(QuestionPanel(title, text, choices))

    def _question(self, reason: Reason, who: Attendee) -> tuple[str, str, list[Choice]]:
        leave = Choice(_("Leave it open"), self._leave_open)
        note = Choice(_("Add a note"), self.add_note)
        done = Choice(_("Done"), self._next_question)
        match reason:
            case Reason.PLACEHOLDER:
                enter = Choice(_("Enter the name"), self.enter_name)
                return _("Whose seat is this?"), _("The badge is printed once there is a name."), [enter, leave]
            case Reason.UNPAID:
                paid = Choice(_("Paid now"), lambda: self._settle({"unpaid": False}))
                return _("Is it paid now?"), "", [paid, leave, note]
            case Reason.TO_SIGN:
                signed = Choice(_("Signed"), lambda: self._settle({"to_sign": ""}))
                return _("Is it signed now?"), "", [signed, leave]
            case Reason.ACCESS_NEED:
                told = Choice(_("Room lead knows"), self._next_question)
                return _("Does the room lead know?"), "", [told, note]
            case Reason.ATTENTION:
                called = Choice(_("Somebody is coming"), self._next_question)
                return _("Is somebody coming to greet them?"), "", [called, note]
            case _:
                return _("Is the note dealt with?"), "", [done, note]

    def _next_question(self) -> None:
        del self._questions[:1]
        verdict = self._verdict
        if not self._questions and verdict is not None and verdict.attendee is not None:
            self._screen.set_panel(None)
            self._screen.card.show_answer(settled(answer_for(verdict, self._info.zone), verdict.attendee))
        else:
            self._ask_next()

    def _leave_open(self) -> None:
        """The person is in; the thing stays open, and so does the colour."""
        self._questions = []
        self._screen.set_panel(None)

    def _settle(self, fields: Mapping[str, str | bool]) -> None:
        who = self._person()
        if who is not None:
            self._desk.run(
                lambda: self.services.edit.set(who.id, fields, self.by),
                partial(self._edited, self._next_question),
                self.notices.failed,
            )

    def _edited(self, then: Callable[[], object], attendee: Attendee) -> None:
        """The roster holds new values: what is on the screen follows, if it is still about this person."""
        if (
            self._verdict is not None
            and self._verdict.attendee is not None
            and self._verdict.attendee.id == attendee.id
        ):
            self._verdict = self._last = replace(self._verdict, attendee=attendee)
            then()

    def _ask_already(self) -> None:
        self._screen.set_panel(
            QuestionPanel(
                _("What happened?"),
                "",
                [
                    Choice(_("Reprint"), self.reprint),
                    Choice(_("Let it be"), self.to_ready),
                    Choice(_("That was someone else"), self._someone_else),
                ],
            )
        )

    def _someone_else(self) -> None:
        self.let_in(_("Somebody else was checked in with this badge"))

    # What can be done about it

    def act(self, name: str) -> None:
        """A button under the answer."""
        actions: dict[str, Callable[[], object]] = {
            "reprint": self.reprint,
            "note": self.add_note,
            "correct": self.enter_name,
            "undo": self.undo_last,
            "let_in": self.let_in,
        }
        if name in actions:
            actions[name]()

    def reprint(self) -> None:
        """Another badge for the person on the screen."""
        who = self._person()
        if who is not None:
            self.badge_wanted.emit(who, "")

    def undo_last(self) -> None:
        """Take back the newest check-in that can be taken back."""
        for line in self._screen.history.lines:
            if line.can_undo and not line.undone:
                self.undo(line.record)
                return
        self.notices.say(_("There is nothing to undo."))

    def undo(self, record: RecordId) -> None:
        """Take one back; the record of it stays, and another says it was undone."""
        self._desk.run(
            lambda: self.services.check_in.undo(record, self.by),
            lambda _none: self._undone(record),
            self.notices.failed,
        )

    def _undone(self, record: RecordId) -> None:
        line = next((line for line in self._screen.history.lines if line.record == record), None)
        if self._verdict is not None and self._verdict.record == record:
            self.to_ready()
        name = isolated(line.name) if line is not None and line.name else _("This person")
        self.notices.say(_("Undone: {name} is not checked in any more.").format(name=name))
        self.refresh()

    def let_in(self, why: str = "") -> None:
        """A supervisor decides otherwise: who and why, both needed."""
        who = self._person()
        verdict = self._verdict
        if who is None or verdict is None or verdict.admitted:
            return
        self._screen.set_panel(
            FormPanel(
                _("Let in anyway"),
                _("It says {reason}. The journal keeps who decided otherwise, and why.").format(
                    reason=reason_words(verdict.reason).lower()
                ),
                [Field("by", _("Who decides"), required=True), Field("why", _("Why"), required=True, value=why)],
                (_("Let in"), partial(self._override, who.id)),
                self.close_panel,
            )
        )

    def _override(self, attendee_id: AttendeeId, values: Mapping[str, str]) -> None:
        self._ask(lambda: self.services.check_in.override(attendee_id, values["why"], values["by"]))

    def add_note(self) -> None:
        """A note for the desk, kept with the person."""
        who = self._person()
        if who is not None:
            self._edit_form(_("Note for the desk"), [Field("note", _("Note"), value=who.note)], who, self._note_saved)

    def _note_saved(self) -> None:
        self._refresh_card()
        self._ask_next()
        self.notices.say(_("The note is saved."))

    def enter_name(self) -> None:
        """Give a placeholder its person, or correct a name; then print."""
        who = self._person()
        if who is None:
            return
        known = not who.placeholder
        self._edit_form(
            _("Correct the badge") if known else _("Who is it?"),
            [
                Field("first", _("First name"), required=True, value=who.first if known else ""),
                Field("last", _("Last name"), required=True, value=who.last if known else ""),
                Field("agency", _("Agency"), value=who.agency),
            ],
            who,
            self._named,
            also={"placeholder": False, "badge_name": ""},
        )

    def _named(self) -> None:
        who = self._person()
        if who is not None:
            self.badge_wanted.emit(who, "name")
        if self._questions[:1] == [Reason.PLACEHOLDER]:
            self._next_question()
        else:
            self._refresh_card()
            self._ask_next()

    def _edit_form(
        self,
        title: str,
        fields: Sequence[Field],
        who: Attendee,
        then: Callable[[], object],
        also: Mapping[str, str | bool] | None = None,
    ) -> None:
        def save(values: Mapping[str, str]) -> None:
            changed = {**values, **(also or {})}
            self._desk.run(
                lambda: self.services.edit.set(who.id, changed, self.by),
                partial(self._edited, then),
                lambda error: form.show_problem(sentence(error)),
            )

        form = FormPanel(title, "", fields, (_("Save"), save), self.close_panel)
        self._screen.set_panel(form)

    def close_panel(self) -> None:
        """Away with the form; the question it came from is still there."""
        self._screen.set_panel(None)
        if self._verdict is not None and self._verdict.outcome is Outcome.ALREADY:
            self._ask_already()
        else:
            self._ask_next()

    def close_form(self) -> bool:
        """Esc closes a form before it clears the desk; whether there was one."""
        if isinstance(self._screen.panel, FormPanel):
            self.close_panel()
            return True
        return False

    def reveal(self, shown: bool) -> None:
        """Show e-mail and phone while F7 is held; the journal keeps that it was done."""
        who = self._person()
        if who is None:
            return
        self._screen.card.set_contact(contact(who, in_full=True) if shown else "")
        if shown:
            self._desk.run(lambda: self.services.edit.revealed(who.id, self.by))

    # The rest of the screen

    def refresh(self) -> None:
        """Bring history and figures up to date."""
        if self._services is not None:
            services = self._services
            self._desk.run(lambda: services.history.recent(ROWS), self._screen.history.show_lines)
            self.count()

    def count(self) -> None:
        """Bring the figures up to date: other stations let people in as well."""
        if self._services is not None:
            self._desk.run(self._services.roster.counts, self._show_counts)

    def _show_counts(self, counts: Counts) -> None:
        self._screen.figures.setText(
            _("{here} in of {expected} expected").format(here=f"{counts.checked_in:,}", expected=f"{counts.expected:,}")
        )
        if counts.people:
            self.people_there.emit()

    def _refresh_card(self) -> None:
        if self._verdict is not None:
            self._screen.card.show_answer(answer_for(self._verdict, self._info.zone))

    def _person(self) -> Attendee | None:
        return self._verdict.attendee if self._verdict is not None else None


def _actions(verdict: Verdict) -> tuple[str, ...]:
    """The buttons that belong to an answer."""
    if verdict.attendee is None:
        return ("search", "walk_in") if verdict.outcome is Outcome.UNKNOWN else ()
    if verdict.admitted:
        return ("reprint", "note", "correct", "undo") if verdict.record is not None else ("reprint", "note", "correct")
    if verdict.outcome is Outcome.NOT_SAVED:
        return ()
    return ("note",) if verdict.outcome is Outcome.ALREADY else ("let_in", "note")
