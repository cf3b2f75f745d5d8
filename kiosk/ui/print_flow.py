"""Badges at the desk: asking for one, and what became of it, beside the answer and never in place of it.

A job on its way is a few words on the card. A job in trouble is a bar that stays, whoever comes next, until somebody
deals with it; it always says that the person is checked in, and offers one thing to do first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from kiosk.domain.people import Attendee
from kiosk.domain.print_jobs import JobState, PrintJob
from kiosk.domain.printer_turns import is_down, stands_in
from kiosk.domain.printer_words import waiting_words
from kiosk.domain.printers import SelfPrinting
from kiosk.domain.verdicts import Verdict
from kiosk.domain.words import isolated
from kiosk.i18n import _, ngettext
from kiosk.ui.background import Background
from kiosk.ui.desk_flow import DeskFlow
from kiosk.ui.print_words import badge_words, strip_words
from kiosk.ui.screens.desk import DeskScreen
from kiosk.ui.widgets.panel import Bar, Choice, QuestionPanel

if TYPE_CHECKING:
    from kiosk.services.badges import Badges
    from kiosk.services.printers import PrinterNow

STRIP_MS = 100
"""How long the strip waits for more news."""

REASONS = ("lost", "damaged", "missing")
"""Why somebody needs another badge; kept with the job."""


class PrintFlow(QObject):
    """Follows print jobs and printers; their threads tell it of every change by a signal."""

    printer_says = Signal(str)
    """How the printers are: a few words for the strip."""

    def __init__(self, screen: DeskScreen, flow: DeskFlow, desk: Background) -> None:
        super().__init__(screen)
        self._screen, self._flow, self._desk = screen, flow, desk
        self._trouble: dict[str, tuple[PrintJob, Attendee | None]] = {}
        self._open = 0
        """Badges that are asked for and not out yet."""
        self._soon = QTimer(self)  # a whole batch moves at once
        self._soon.setSingleShot(True)
        self._soon.setInterval(STRIP_MS)
        self._soon.timeout.connect(self._look_at_printers)

    @property
    def _badges(self) -> Badges:
        return self._flow.services.badges

    def start(self) -> None:
        """Show what was left in trouble by the last run, and how the printers are."""
        self._desk.run(self._badges.queue.troubled, self.show_jobs)
        self.show_printers()

    # Asking

    def ask(self, who: Attendee, reason: str) -> None:
        """Another badge for this person; without a reason somebody is asked for one, if there is a badge to replace."""
        if reason:
            self._print(who, reason)
            return

        def known(last: PrintJob | None) -> None:
            if last is None or not last.has_started:
                self._print(who, "first")
            elif self._shows(who):
                self._screen.set_panel(self._why_again(who, last))

        self._desk.run(lambda: self._badges.latest(who.id), known, self._flow.notices.failed)

    def _why_again(self, who: Attendee, last: PrintJob) -> QuestionPanel:
        words = _("It will be badge {count} for {name}. The one before stops counting at once.")
        names = {"lost": _("Lost"), "damaged": _("Damaged"), "missing": _("It never came out")}
        choices = [Choice(names[reason], partial(self._print_and_close, who, reason)) for reason in REASONS]
        choices.append(Choice(_("Never mind"), self._flow.close_panel))
        return QuestionPanel(
            _("Why a new badge?"), words.format(count=last.issue + 1, name=isolated(who.full_name)), choices
        )

    def _print_and_close(self, who: Attendee, reason: str) -> None:
        self._flow.close_panel()
        self._print(who, reason)

    def _print(self, who: Attendee, reason: str) -> None:
        self._screen.set_bar("offer", None)

        def asked(job: PrintJob) -> None:
            self._flow.notices.say(_("The badge is on its way to the printer."))
            self.show_job(job)

        badges, by = self._badges, self._flow.by
        self._desk.run(lambda: badges.ask(who.id, reason, by), asked, self._flow.notices.failed)

    def offer(self, verdict: Verdict | None) -> None:
        """Where this station asks before it prints: a bar for whoever was just let in."""
        self._screen.set_bar("offer", None)
        if verdict is None or not verdict.admitted or verdict.repeat or verdict.attendee is None:
            return
        if verdict.attendee.placeholder or self._badges.printers.self_printing is not SelfPrinting.ASK:
            return
        title = _("Print a badge for {name}?").format(name=isolated(verdict.attendee.full_name))
        choices = [
            Choice(_("Print it"), partial(self._print, verdict.attendee, "first")),
            Choice(_("Not now"), lambda: self._screen.set_bar("offer", None)),
        ]
        self._screen.set_bar("offer", Bar(title, choices=choices))

    def _shows(self, who: Attendee) -> bool:
        verdict = self._flow.verdict
        return verdict is not None and verdict.attendee is not None and verdict.attendee.id == who.id

    # What became of it

    def show_printers(self) -> None:
        """A printer, its roll or what is before it changed."""
        if not self._soon.isActive():
            self._soon.start()

    def _look_at_printers(self) -> None:
        badges = self._badges

        def look() -> tuple[list[PrinterNow], int]:
            return badges.printers.now(), badges.queue.pending().open

        self._desk.run(look, self._show_strip)

    def _show_strip(self, found: tuple[list[PrinterNow], int]) -> None:
        printers, self._open = found
        self.printer_says.emit(strip_words(printers, self._open))
        if self._trouble:
            self._show_bar()

    def show_jobs(self, jobs: Sequence[PrintJob]) -> None:
        """Several, oldest first."""
        for job in jobs:
            self.show_job(job)

    def show_job(self, job: PrintJob) -> None:
        """A job was asked for, or a printer moved it."""
        self.show_printers()
        self._show_on_card(job)
        if job.is_stuck or job.state in (JobState.WAITING, JobState.UNCERTAIN, JobState.FAILED):
            self._look_up(job)
        elif job.state not in (JobState.CLAIMED, JobState.SENDING) and self._trouble.pop(job.id, None) is not None:
            self._show_bar()  # only taken up again, it may be back in a moment

    def settled(self, job: PrintJob) -> None:
        """Somebody dealt with a job, here or on another page: it is no trouble, unless it needs somebody again."""
        if job.state is JobState.UNCERTAIN:
            self.show_job(job)
            return
        self.show_printers()
        self._show_on_card(job)
        if self._trouble.pop(job.id, None) is not None:
            self._show_bar()

    def _show_on_card(self, job: PrintJob) -> None:
        verdict = self._flow.verdict
        if verdict is not None and verdict.attendee is not None and verdict.attendee.id == job.attendee_id:
            printer = self._badges.printers.name_of(job.printer)
            self._screen.card.set_badge(badge_words(verdict.attendee, job, printer))

    def _look_up(self, job: PrintJob) -> None:
        services = self._flow.services

        def known(attendee: Attendee | None) -> None:
            if self._trouble.get(job.id, (None, None))[0] is job:  # meanwhile the printer may have been helped
                self._trouble[job.id] = (job, attendee)
                self._show_bar()

        _job, attendee = self._trouble.get(job.id, (None, None))
        self._trouble[job.id] = (job, attendee)
        self._desk.run(lambda: services.roster.attendee(job.attendee_id), known, lambda _error: known(None))

    # The bar

    def _show_bar(self) -> None:
        """The oldest trouble; the others wait behind it and are counted."""
        if not self._trouble:
            self._screen.set_bar("print", None)
            return
        job, attendee = next(iter(self._trouble.values()))
        name = isolated(attendee.full_name) if attendee is not None else _("one person")
        if job.state is JobState.UNCERTAIN:
            title = _("Did the badge for {name} come out?").format(name=name)
            text = " ".join(part for part in (job.detail, _("They are checked in either way.")) if part)
        else:
            title = _("Badge not printed: {why}").format(why=job.detail or _("the printer does not say why."))
            text = _("{name} IS checked in.").format(name=name)
        if job.is_stuck or job.state is JobState.WAITING:
            text = f"{text} {waiting_words(max(self._open, 1))}"
        others = sum(each.state is JobState.UNCERTAIN for each, _who in self._trouble.values())
        others -= job.state is JobState.UNCERTAIN
        if others:
            more = ngettext("{count} more badge to look for.", "{count} more badges to look for.", others)
            text = f"{text} {more.format(count=others)}"
        shown, choices = self._screen.bar("print"), self._choices(job)
        if isinstance(shown, TroubleBar) and shown.is_about(job, title, choices):
            shown.set_text(text)  # whoever is about to press a button keeps it
        else:
            self._screen.set_bar("print", TroubleBar(job, title, text, choices))

    def _choices(self, job: PrintJob) -> list[Choice]:
        badges, by = self._badges, self._flow.by
        if job.state is JobState.UNCERTAIN:
            found = [
                Choice(_("Yes, it's here"), self._doing(job, lambda: badges.came_out(job.id, True, by))),
                Choice(_("No, print it"), self._doing(job, lambda: badges.came_out(job.id, False, by))),
            ]
            if self._never_says(job):
                found.append(Choice(_("Stop asking"), self._doing(job, lambda: self._trust(job))))
            return found
        found = []
        if not job.is_stuck:
            found.append(Choice(_("Retry"), self._doing(job, lambda: badges.retry(job.id, by))))
        other = self._other_printer(job)
        if other is not None:
            words = _("Print on {printer}").format(printer=isolated(other.profile.name))
            found.append(Choice(words, self._doing(job, lambda: self._elsewhere(job, other.profile.id))))
        found.append(Choice(_("Write by hand"), self._doing(job, lambda: self._by_hand(job))))
        return found

    def _never_says(self, job: PrintJob) -> bool:
        """Whether its printer was set to be asked about, and cannot say anything itself."""
        room, profile = self._flow.services.print_room, self._badges.printers.profile(job.printer)
        return profile is not None and profile.ask and not room.can_confirm(profile.id)

    def _trust(self, job: PrintJob) -> None:
        """This one is here, and from now on nobody is asked about this printer's."""
        self._badges.came_out(job.id, True, self._flow.by)
        profile = self._badges.printers.profile(job.printer)
        if profile is not None:
            self._badges.printers.save(replace(profile, ask=False))

    def _other_printer(self, job: PrintJob) -> PrinterNow | None:
        """One that would take it now, if possible with the same labels."""
        printers = self._badges.printers
        own = printers.profile(job.printer)
        able = [
            now
            for now in printers.now()
            if now.profile.enabled and now.status and not is_down(now.status) and now.profile.id != job.printer
        ]
        return min(able, key=lambda now: own is None or not stands_in(now.profile, own), default=None)

    def _elsewhere(self, job: PrintJob, printer_id: str) -> object:
        if job.is_stuck:
            return self._flow.services.print_room.take_back(job, printer_id, self._flow.by)
        return self._badges.print_on(job.id, printer_id, self._flow.by)

    def _by_hand(self, job: PrintJob) -> object:
        if job.is_stuck:
            return self._flow.services.print_room.take_back(job, None, self._flow.by)
        return self._badges.by_hand(job.id, self._flow.by)

    def _doing(self, job: PrintJob, work: Callable[[], object]) -> Callable[[], None]:
        def done(_result: object) -> None:
            self._trouble.pop(job.id, None)
            self._show_bar()

        def failed(error: Exception) -> None:
            self._screen.set_bar("print", None)
            self._show_bar()
            self._flow.notices.failed(error)

        return lambda: self._desk.run(work, done, failed)


class TroubleBar(Bar):
    """What is wrong with one badge."""

    def __init__(self, job: PrintJob, title: str, text: str, choices: Sequence[Choice]) -> None:
        super().__init__(title, text, choices)
        self._about = (job.id, title, [choice.text for choice in choices])

    def is_about(self, job: PrintJob, title: str, choices: Sequence[Choice]) -> bool:
        """Whether it asks just this about this job."""
        return self._about == (job.id, title, [choice.text for choice in choices])
