"""What the desk says about printers and badges: a few words for the strip, the card and the lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kiosk.domain.people import Attendee
from kiosk.domain.print_jobs import JobState, PrintJob
from kiosk.domain.printer_turns import is_down
from kiosk.domain.printer_words import labels_words, state_word
from kiosk.domain.printers import PrinterState
from kiosk.domain.words import isolated
from kiosk.i18n import _, ngettext

if TYPE_CHECKING:
    from kiosk.services.printers import PrinterNow

IN_STRIP = 2
"""How many printers are named in the strip: the first, and whichever is in trouble or prints instead."""


def strip_words(printers: Sequence[PrinterNow], waiting: int) -> str:
    """Badge 1 ready · 312 labels · 3 to print."""
    at_work = [now for now in printers if now.profile.enabled]
    first, others = at_work[:1], at_work[1:]
    standing_in = [now for now in others if now.status is not None and not is_down(now.status)]
    in_trouble = [now for now in others if now.status is not None and is_down(now.status)]
    second = standing_in if first and first[0].status is not None and is_down(first[0].status) else in_trouble
    parts = [now_words(now) for now in first] + [state_words(now) for now in second]
    parts = parts[:IN_STRIP]
    if waiting:
        parts.append(ngettext("{count} to print", "{count} to print", waiting).format(count=f"{waiting:,}"))
    return " · ".join(parts) or _("No printer is switched on")


def now_words(now: PrinterNow) -> str:
    """How one printer is, with what is left on its roll: Badge 1 ready · 312 labels."""
    words = state_words(now)
    is_empty = now.status is not None and now.status.state is PrinterState.PAPER_OUT
    if now.labels_left is None or is_empty:
        return words
    return f"{words} · {labels_words(now.labels_left)}"


def state_words(now: PrinterNow) -> str:
    """How one printer is: Badge 1 ready."""
    state = state_word(now.status.state) if now.status is not None else _("not asked yet")
    if not now.profile.enabled:
        state = _("switched off")
    return _("{name} {state}").format(name=isolated(now.profile.name), state=state)


def badge_words(attendee: Attendee, job: PrintJob, printer: str) -> str:
    """For the card, as in: Badge 000008 · printing on Badge 1."""
    words = job_words(job, printer)
    if not attendee.number:
        return _("Badge {state}").format(state=words)
    return _("Badge {number} · {state}").format(number=attendee.number, state=words)


def job_words(job: PrintJob, printer: str) -> str:
    """Where a job is: what is known and no more."""
    if job.is_stuck or job.state is JobState.WAITING:
        return _("not printed yet")
    if job.state is JobState.SENT and job.unasked:
        return _("sent to {printer}").format(printer=isolated(printer))
    words = {
        JobState.PRINTED: _("printed"),
        JobState.UNCERTAIN: _("printed? Please look"),
        JobState.FAILED: _("not printed"),
        JobState.QUEUED: _("waiting for its turn…"),
    }.get(job.state)
    return words or _("printing on {printer}…").format(printer=isolated(printer))
