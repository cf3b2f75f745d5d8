"""ESC/POS: DLE EOT 1 to 4 is answered at once, whatever happens; GS r only when the printer has come so far.

The second one is sent behind each page. Its answer says that everything before it was done, the cut included. A printer
that is off-line does not answer it, so it is asked again once the fault is gone.
"""

from __future__ import annotations

from kiosk.domain.printers import PrinterState, PrinterStatus
from kiosk.i18n import _
from kiosk.printing.status.talk import ANSWER_S, FASTEST_MM_PER_S, Look, drained
from kiosk.printing.transports.link import Link, ask

_WHOLE = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
_IN_ORDER = b"\x1dr\x01"
_CLEAR = b"\x10\x05\x02"
_REAL_TIME_BITS, _REAL_TIME = 0x93, 0x12
_ORDERED_BITS, _ORDERED = 0x90, 0x00
"""Which bits tell an answer in real time from one in order."""

_OFF_LINE = 0x08
_FAULTS = (
    (3, 0x60, PrinterState.PAPER_OUT),
    (1, 0x20, PrinterState.PAPER_OUT),
    (1, 0x04, PrinterState.COVER_OPEN),
    (2, 0x08, PrinterState.CUTTER_JAM),
    (2, 0x20, PrinterState.ERROR),
    (2, 0x40, PrinterState.COOLING),
    (2, 0x04, PrinterState.ERROR),
    (1, 0x40, PrinterState.ERROR),
    (1, 0x08, PrinterState.BUSY),
    (0, _OFF_LINE, PrinterState.ERROR),
    (3, 0x0C, PrinterState.PAPER_LOW),
)
"""Which answer, bits, meaning; the worst first."""


def parse(answers: bytes) -> PrinterStatus | None:
    """What the four answers to DLE EOT 1 to 4 say; None unless there are four."""
    real_time = real_time_of(answers)
    if len(real_time) < 4:
        return None
    state = next((state for nth, bits, state in _FAULTS if real_time[nth] & bits), PrinterState.READY)
    fine = state in (PrinterState.READY, PrinterState.PAPER_LOW)
    return PrinterStatus(state, "" if fine else real_time[:4].hex(" ").upper())


def real_time_of(data: bytes) -> bytes:
    """The real-time answers among what came."""
    return bytes(byte for byte in data if byte & _REAL_TIME_BITS == _REAL_TIME)


def has_ordered(data: bytes) -> bool:
    """Whether an answer in order is among what came."""
    return any(byte & _ORDERED_BITS == _ORDERED for byte in data)


class EscposTalk:
    """Over a line that carries answers back."""

    confirms = True

    def status(self, link: Link) -> PrinterStatus:
        drained(link)
        return self.ask(link)[0]

    def ask(self, link: Link) -> tuple[PrinterStatus, bytes]:
        """How it is, and all that came. Raises Broken."""
        answer = ask(link, _WHOLE, lambda got: parse(got) is not None, ANSWER_S)
        return parse(answer) or PrinterStatus(PrinterState.ERROR, _("answers no questions")), answer

    def watch(self, height_mm: float) -> EscposWatch:
        return EscposWatch(self, height_mm)

    def cancel(self, link: Link) -> bool:
        drained(link)
        link.write(_CLEAR)
        if not self.status(link).state.takes_jobs:
            return False
        return has_ordered(ask(link, _IN_ORDER, has_ordered, ANSWER_S))


class EscposWatch:
    """Out is a page behind which the question was answered, no sooner than paper can move, with nothing wrong then."""

    ending = _IN_ORDER

    def __init__(self, talk: EscposTalk, height_mm: float) -> None:
        self._talk = talk
        self._soonest_s = height_mm / FASTEST_MM_PER_S
        self._passed = self._stuck = False

    def look(self, link: Link, elapsed_s: float) -> Look:
        self._passed = self._passed or has_ordered(link.read(0))
        status, came = self._talk.ask(link)
        self._passed = self._passed or has_ordered(came)
        if not status.state.takes_jobs:
            self._stuck = True
            return Look(status)
        if self._stuck and not self._passed:
            link.write(_IN_ORDER)
            self._stuck = False
        return Look(status, out=self._passed and elapsed_s >= self._soonest_s)
