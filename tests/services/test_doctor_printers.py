from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.domain.printers import PDF, Media, PrinterProfile, PrinterState, PrinterStatus
from kiosk.services.doctor import Check, State
from kiosk.services.doctor_printers import examine_printers
from kiosk.services.print_queue import Pending
from kiosk.services.printers import PrinterNow

ONE = PrinterProfile("badge-1", "Badge 1", "zpl", "usb", "/dev/usb/lp0", media=Media(62))


def look(now: PrinterNow, pending: Pending = Pending()) -> list[Check]:  # noqa: B008  (it is frozen)
    return list(examine_printers([now], pending))


@pytest.mark.parametrize(
    "state, labels, wanted, words",
    [
        (PrinterState.READY, 312, State.OK, "ready · 62 mm · 312 labels"),
        (PrinterState.READY, None, State.OK, "ready · 62 mm"),
        (PrinterState.READY, 12, State.LOOK, "12 labels"),
        (PrinterState.PAPER_LOW, None, State.LOOK, "few labels"),
        (PrinterState.UNKNOWN, None, State.LOOK, "does not say"),
        (PrinterState.PAPER_OUT, 0, State.MEND, "out of labels"),
        (PrinterState.OFFLINE, None, State.MEND, "does not answer"),
        (PrinterState.FORBIDDEN, None, State.MEND, "no permission"),
    ],
)
def test_a_printer_is_told_of_with_what_to_do(
    state: PrinterState, labels: int | None, wanted: State, words: str
) -> None:
    [printer, _queue] = look(PrinterNow(ONE, PrinterStatus(state), labels))
    assert (printer.state, words in printer.value) == (wanted, True)
    assert bool(printer.fix) is (wanted is State.MEND or ("label" in words and wanted is State.LOOK))
    if state is PrinterState.FORBIDDEN:
        assert "kiosk printers --udev" in printer.fix


def test_none_set_up_is_fine_and_one_switched_off_is_nobodys_trouble() -> None:
    [printers, _queue] = look(PrinterNow(PDF, None, None))
    assert (printers.state, "PDF files" in printers.value) == (State.OK, True)
    [off, _queue] = look(PrinterNow(replace(ONE, enabled=False), PrinterStatus(PrinterState.OFFLINE), None))
    assert off.state is State.OK


def test_badges_nobody_knows_of_are_worth_a_look() -> None:
    [_printer, queue] = look(PrinterNow(ONE, PrinterStatus(PrinterState.READY), None), Pending(3, 1, 2))
    assert (queue.state, "2 badges may or may not" in queue.value) == (State.LOOK, True)
    [_printer, queue] = look(PrinterNow(ONE, PrinterStatus(PrinterState.READY), None), Pending(3))
    assert (queue.state, queue.value) == (State.OK, "3 badges to print")
