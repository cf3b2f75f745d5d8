"""DYMO LabelWriter 300 and 400: one byte, which knows paper and jam but never whether a label came out."""

from __future__ import annotations

from kiosk.domain.printers import PrinterState, PrinterStatus
from kiosk.i18n import _
from kiosk.printing.status.talk import ANSWER_S, Look, drained
from kiosk.printing.transports.link import Link, ask

_ASK = b"\x1bA"
_READY = 0x01
_FAULTS = ((0x20, PrinterState.PAPER_OUT), (0x40, PrinterState.CUTTER_JAM), (0x80, PrinterState.ERROR))
_SLOWEST_MM_PER_S = 50


def parse(byte: int) -> PrinterStatus:
    """What the byte says."""
    state = next((state for bit, state in _FAULTS if byte & bit), None)
    if state is not None:
        return PrinterStatus(state, f"{byte:02X}")
    return PrinterStatus(PrinterState.READY if byte & _READY else PrinterState.BUSY)


class DymoTalk:
    """Over USB."""

    confirms = False

    def status(self, link: Link) -> PrinterStatus:
        drained(link)
        answer = ask(link, _ASK, bool, ANSWER_S)
        return parse(answer[-1]) if answer else PrinterStatus(PrinterState.ERROR, _("answers no questions"))

    def watch(self, height_mm: float) -> DymoWatch:
        return DymoWatch(self, height_mm)

    def cancel(self, link: Link) -> bool:
        return False


class DymoWatch:
    """Looks for a fault for as long as the label takes."""

    ending = b""

    def __init__(self, talk: DymoTalk, height_mm: float) -> None:
        self._talk = talk
        self._done_s = height_mm / _SLOWEST_MM_PER_S

    def look(self, link: Link, elapsed_s: float) -> Look:
        status = self._talk.status(link)
        return Look(status, final=status.state.takes_jobs and elapsed_s >= self._done_s)
