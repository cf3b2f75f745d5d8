"""What became of a badge, beside the answer and never in place of it.

A job on its way is a few words on the card. A job in trouble is a bar that stays, whoever comes next, until somebody
deals with it; it always says that the person is checked in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from kiosk.domain.people import Attendee
from kiosk.domain.print_jobs import JobState, PrintJob
from kiosk.domain.words import isolated
from kiosk.i18n import _, ngettext
from kiosk.ui.background import Background
from kiosk.ui.desk_flow import DeskFlow
from kiosk.ui.screens.desk import DeskScreen
from kiosk.ui.widgets.panel import Bar, Choice

TROUBLE = (JobState.WAITING, JobState.UNCERTAIN, JobState.FAILED)


class PrintFlow(QObject):
    """Follows print jobs; the printer's thread tells it of every change by a signal."""

    printer_says = Signal(str)
    """How the printer is, as far as its jobs tell: a few words for the strip."""

    def __init__(self, screen: DeskScreen, flow: DeskFlow, desk: Background) -> None:
        super().__init__(screen)
        self._screen, self._flow, self._desk = screen, flow, desk
        self._trouble: dict[str, tuple[PrintJob, Attendee | None]] = {}
        flow.printing.connect(self.show_job)

    def start(self) -> None:
        """Show what was left in trouble by the last run."""
        self._desk.run(self._flow.services.badges.queue.troubled, self.show_jobs)

    def show_jobs(self, jobs: Sequence[PrintJob]) -> None:
        """Several, oldest first."""
        for job in jobs:
            self.show_job(job)

    def show_job(self, job: PrintJob) -> None:
        """A job was asked for, or its state changed."""
        verdict = self._flow.verdict
        if verdict is not None and verdict.attendee is not None and verdict.attendee.id == job.attendee_id:
            self._screen.card.set_badge(_badge_words(verdict.attendee, job))
        if job.state is JobState.WAITING:
            self.printer_says.emit(_("Printer needs a hand"))
        elif job.state is JobState.PRINTED:
            self.printer_says.emit(_("Printer ready"))
        if job.state in TROUBLE:
            self._look_up(job)
        elif self._trouble.pop(job.id, None) is not None:
            self._show_bar()

    def _look_up(self, job: PrintJob) -> None:
        services = self._flow.services

        def known(attendee: Attendee | None) -> None:
            if self._trouble.get(job.id, (None, None))[0] is job:  # meanwhile the printer may have been helped
                self._trouble[job.id] = (job, attendee)
                self._show_bar()

        self._trouble[job.id] = (job, None)
        self._desk.run(lambda: services.roster.attendee(job.attendee_id), known, lambda _error: known(None))

    def _show_bar(self) -> None:
        """The oldest trouble; the others wait behind it and are counted."""
        if not self._trouble:
            self._screen.set_bar("print", None)
            return
        job, attendee = next(iter(self._trouble.values()))
        name = isolated(attendee.full_name) if attendee is not None else _("one person")
        if job.state is JobState.UNCERTAIN:
            title = _("Did the badge for {name} come out?").format(name=name)
            text = _("They are checked in either way.")
            choices = [
                Choice(_("Yes"), partial(self._came_out, job, True)),
                Choice(_("Print it again"), partial(self._came_out, job, False)),
            ]
        else:
            title = _("Badge not printed: {why}").format(why=job.detail or _("the printer does not say why."))
            text = _("{name} IS checked in.").format(name=name)
            choices = [
                Choice(_("Retry"), partial(self._retry, job)),
                Choice(_("Write by hand"), partial(self._by_hand, job)),
            ]
        others = len(self._trouble) - 1
        if others:
            more = ngettext("{count} more badge is waiting.", "{count} more badges are waiting.", others).format(
                count=others
            )
            text = f"{text} {more}"
        self._screen.set_bar("print", Bar(title, text, choices))

    def _came_out(self, job: PrintJob, yes: bool) -> None:
        badges = self._flow.services.badges
        self._do(job, lambda: badges.came_out(job.id, yes, self._flow.by))

    def _retry(self, job: PrintJob) -> None:
        badges = self._flow.services.badges
        self._do(job, lambda: badges.retry(job.id, self._flow.by))

    def _by_hand(self, job: PrintJob) -> None:
        badges = self._flow.services.badges
        self._do(job, lambda: badges.by_hand(job.id, self._flow.by))

    def _do(self, job: PrintJob, work: Callable[[], object]) -> None:
        def done(_result: object) -> None:
            self._trouble.pop(job.id, None)
            self._show_bar()

        def failed(error: Exception) -> None:
            self._show_bar()
            self._flow.notices.failed(error)

        self._desk.run(work, done, failed)


def _badge_words(attendee: Attendee, job: PrintJob) -> str:
    words = {
        JobState.PRINTED: _("printed"),
        JobState.WAITING: _("not printed yet"),
        JobState.UNCERTAIN: _("printed? Please look"),
        JobState.FAILED: _("not printed"),
    }.get(job.state, _("printing…"))
    if not attendee.number:
        return _("Badge {state}").format(state=words)
    return _("Badge {number} · {state}").format(number=attendee.number, state=words)
