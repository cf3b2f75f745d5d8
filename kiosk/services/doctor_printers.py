"""What the self-check says of printers: set up, reachable, allowed to be used, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kiosk.domain.printer_words import labels_words, media_words, state_word, what_to_do
from kiosk.domain.printers import PDF, PrinterState
from kiosk.i18n import _, ngettext
from kiosk.services.doctor import Check, State
from kiosk.services.print_queue import Pending
from kiosk.services.printers import PrinterNow

_LOOK = (PrinterState.UNKNOWN, PrinterState.PAPER_LOW, PrinterState.BUSY, PrinterState.COOLING)
FEW_LABELS = 30


def examine_printers(printers: Sequence[PrinterNow], pending: Pending) -> Iterator[Check]:
    """A line for each printer that was set up, and one for the queue."""
    set_up = [now for now in printers if now.profile.id != PDF.id]
    if not set_up:
        yield Check("printers", _("Printers"), State.OK, _("none set up; badges are saved as PDF files"))
    for now in set_up:
        yield _printer(now)
    yield _queue(pending)


def _printer(now: PrinterNow) -> Check:
    name, label = f"printer:{now.profile.id}", _("Printer {name}").format(name=now.profile.name)
    if not now.profile.enabled:
        return Check(name, label, State.OK, _("switched off"))
    if now.status is None:
        return Check(name, label, State.LOOK, _("not asked yet"))
    value = f"{state_word(now.status.state)} · {media_words(now.profile.media)}"
    if now.labels_left is not None:
        value = f"{value} · {labels_words(now.labels_left)}"
    fix = what_to_do(now.profile, now.status)
    if now.status.detail and fix:
        fix = f"{fix} {now.status.detail}"
    few = now.labels_left is not None and now.labels_left < FEW_LABELS
    if fix:
        return Check(name, label, State.MEND, value, fix)
    if few or now.status.state is PrinterState.PAPER_LOW:
        return Check(name, label, State.LOOK, value, _("Have a new roll at hand."))
    return Check(name, label, State.LOOK if now.status.state in _LOOK else State.OK, value)


def _queue(pending: Pending) -> Check:
    label = _("Print queue")
    if pending.uncertain:
        words = ngettext(
            "{count} badge may or may not have come out",
            "{count} badges may or may not have come out",
            pending.uncertain,
        )
        fix = _("Look for them, then say so in the print queue (Ctrl+,).")
        return Check("print_queue", label, State.LOOK, words.format(count=pending.uncertain), fix)
    words = ngettext("{count} badge to print", "{count} badges to print", pending.open)
    return Check("print_queue", label, State.OK, words.format(count=pending.open) if pending.open else _("empty"))
