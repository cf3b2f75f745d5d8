"""Zebra: ~HQES lists faults, ~HS says what is still in the memory; a page that has left it, without a fault, is out.

While something is wrong some models do not answer ~HS at all (Zebra says so itself), hence ~HQES comes first. A Zebra
that took the connection and answers nothing needs a hand; it is not off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.domain.printers import PrinterState, PrinterStatus
from kiosk.i18n import _
from kiosk.printing.status.talk import ANSWER_S, FASTEST_MM_PER_S, Look, drained
from kiosk.printing.transports.link import Link, ask

_ERRORS = re.compile(rb"ERRORS:\s+([01])\s+([0-9A-F]{8})\s+([0-9A-F]{8})")
_WARNINGS = re.compile(rb"WARNINGS:\s+([01])\s+([0-9A-F]{8})\s+([0-9A-F]{8})")
_FRAMED = re.compile(rb"\x02([^\x02\x03]*)\x03")

_FAULTS = (
    (0x1, PrinterState.PAPER_OUT),
    (0x4, PrinterState.COVER_OPEN),
    (0x8, PrinterState.CUTTER_JAM),
    (0x2, PrinterState.RIBBON_OUT),
    (0x30, PrinterState.COOLING),
    (0x10000, PrinterState.PAUSED),
)
"""Bits of the first group of errors, the worst first."""
_PAPER_NEAR_END = 0x8
_DPI_OF = {6: 152, 8: 203, 12: 300, 24: 600}
"""Dots in an inch, by dots in a millimetre as it says them."""
_SURE_S = 0.25
"""A memory that is empty twice, so long apart, was not just about to be filled."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What ~HS says: what is still to come, and the flags it shares with ~HQES."""

    waiting: int
    """Formats received and labels of a batch still to print."""
    fault: PrinterState | None


def parse_hqes(answer: bytes) -> PrinterStatus | None:
    """What a whole answer to ~HQES says; None where it is none."""
    errors, warnings = _ERRORS.search(answer), _WARNINGS.search(answer)
    if errors is None or warnings is None:
        return None
    if errors[1] == b"1":
        bits = int(errors[3], 16)
        state = next((state for mask, state in _FAULTS if bits & mask), PrinterState.ERROR)
        return PrinterStatus(state, f"ERRORS {errors[2].decode()} {errors[3].decode()}")
    low = warnings[1] == b"1" and int(warnings[3], 16) & _PAPER_NEAR_END
    return PrinterStatus(PrinterState.PAPER_LOW if low else PrinterState.READY)


def parse_hs(answer: bytes) -> Memory | None:
    """What a whole answer to ~HS says; None where it is none."""
    strings = [string.split(b",") for string in _FRAMED.findall(answer)]
    if len(strings) < 3 or len(strings[0]) < 12 or len(strings[1]) < 9:
        return None
    try:
        first, second = ([int(part) for part in string] for string in strings[:2])
    except ValueError:
        return None
    # Formats in the buffer, one that is being received, labels left in the batch.
    waiting = first[4] + first[7] + second[8]
    flags = (
        (first[1], PrinterState.PAPER_OUT),
        (second[2], PrinterState.COVER_OPEN),
        (second[3], PrinterState.RIBBON_OUT),
        (first[10] or first[11], PrinterState.COOLING),
        (first[2], PrinterState.PAUSED),
    )
    return Memory(waiting, next((state for flag, state in flags if flag), None))


def parse_hi(answer: bytes) -> int | None:
    """The head's dots in an inch, from a whole answer to ~HI: model, firmware, dots in a millimetre, memory."""
    identity = _FRAMED.search(answer)
    parts = identity[1].split(b",") if identity else []
    return _DPI_OF.get(int(parts[2])) if len(parts) > 2 and parts[2].strip().isdigit() else None


class ZebraTalk:
    """Over a line that carries answers back."""

    confirms = True

    def status(self, link: Link) -> PrinterStatus:
        drained(link)
        answer = ask(link, b"~HQES\r\n", lambda got: parse_hqes(got) is not None, ANSWER_S)
        return parse_hqes(answer) or PrinterStatus(PrinterState.ERROR, _("answers no questions"))

    def head_dpi(self, link: Link) -> int | None:
        """The head's dots in an inch; None when it does not say. Raises Broken."""
        drained(link)
        return parse_hi(ask(link, b"~HI\r\n", lambda got: _FRAMED.search(got) is not None, ANSWER_S))

    def watch(self, height_mm: float) -> ZebraWatch:
        return ZebraWatch(self, height_mm)

    def cancel(self, link: Link) -> bool:
        drained(link)
        link.write(b"~JA")
        memory = self.memory(link) or self.memory(link)  # the first question may have been cancelled with the rest
        return memory is not None and memory.waiting == 0

    def memory(self, link: Link) -> Memory | None:
        """What is still in it; None when it does not say. Raises Broken."""
        drained(link)
        return parse_hs(ask(link, b"~HS\r\n", lambda got: parse_hs(got) is not None, ANSWER_S))


class ZebraWatch:
    """Out is what was seen in the memory, or had the time to pass through it, and is there no more."""

    ending = b""

    def __init__(self, talk: ZebraTalk, height_mm: float) -> None:
        self._talk = talk
        self._soonest_s = height_mm / FASTEST_MM_PER_S
        self._seen = False
        self._empty_since: float | None = None

    def look(self, link: Link, elapsed_s: float) -> Look:
        memory = self._talk.memory(link)
        self._seen = self._seen or bool(memory and memory.waiting)
        if memory is None or memory.fault is not None:
            self._empty_since = None
            return Look(self._talk.status(link))
        if memory.waiting:
            self._empty_since = None
            return Look(PrinterStatus(PrinterState.BUSY))
        if self._empty_since is None:
            self._empty_since = elapsed_s
        sure = self._seen or elapsed_s >= max(self._soonest_s, self._empty_since + _SURE_S)
        return Look(PrinterStatus(PrinterState.READY), out=sure)
