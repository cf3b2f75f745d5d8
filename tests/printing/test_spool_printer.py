"""Windows' spooler, which is not there: what it is told, and what is made of its answers."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

import pytest

from kiosk.domain.printers import PrinterProfile, PrinterState
from kiosk.printing.languages import encode
from kiosk.printing.printer import Sent
from kiosk.printing.spool_printer import SpoolPrinter
from kiosk.printing.transports.winspool import WindowsQueue
from tests.printing.desks import JOB, PAGE, printer_of, running

PROFILE = PrinterProfile("w", "Badge 1", "zpl", "winspool", "ZDesigner ZD421")


@dataclass
class Spooler:
    """winspool.drv as far as it is asked."""

    flags: int = 0
    refuses: str = ""
    takes_bytes: int | None = None
    documents: list[tuple[str, str, bytes]] = field(default_factory=list)
    open: int = 0
    ended: int = 0

    def OpenPrinterW(self, name: str, handle: Any, _defaults: None) -> int:
        self.open += 1
        return int(self.refuses != "OpenPrinterW")

    def ClosePrinter(self, _handle: Any) -> int:
        self.open -= 1
        return 1

    def GetPrinterW(self, _handle: Any, level: int, info: Any, size: int, _needed: Any) -> int:
        assert (level, size) == (6, 4)
        ctypes.memmove(info, self.flags.to_bytes(4, "little"), 4)
        return int(self.refuses != "GetPrinterW")

    def StartDocPrinterW(self, _handle: Any, level: int, about: Any) -> int:
        assert level == 1
        self.documents.append((about._obj.name, about._obj.kind, b""))
        return int(self.refuses != "StartDocPrinterW")

    def StartPagePrinter(self, _handle: Any) -> int:
        return 1

    def WritePrinter(self, _handle: Any, data: bytes, size: int, written: Any) -> int:
        title, kind, _nothing = self.documents.pop()
        self.documents.append((title, kind, data[:size]))
        written._obj.value = size if self.takes_bytes is None else self.takes_bytes
        return int(self.refuses != "WritePrinter")

    def EndPagePrinter(self, _handle: Any) -> int:
        return 1

    def EndDocPrinter(self, _handle: Any) -> int:
        self.ended += 1
        return 1


def desk(**more: Any) -> tuple[SpoolPrinter, Spooler]:
    spooler = Spooler(**more)
    return SpoolPrinter(PROFILE, WindowsQueue(PROFILE.address, spooler)), spooler


def test_the_bytes_go_to_the_queue_untouched() -> None:
    printer, spooler = desk()
    assert printer.status().state is PrinterState.READY
    assert printer.send(PAGE, JOB, running).sent is Sent.SENT
    assert printer.follow(JOB, running).sent is Sent.SENT
    assert spooler.documents == [(JOB, "RAW", encode(PAGE, PROFILE))]
    assert spooler.open == 0


@pytest.mark.parametrize(
    "flags, state",
    [
        (0x10, PrinterState.PAPER_OUT),
        (0x400010, PrinterState.PAPER_OUT),
        (0x400000, PrinterState.COVER_OPEN),
        (0x80, PrinterState.OFFLINE),
        (0x1, PrinterState.PAUSED),
        (0x400, PrinterState.BUSY),
    ],
)
def test_what_the_spooler_flags_keeps_the_badge_back(flags: int, state: PrinterState) -> None:
    printer, spooler = desk(flags=flags)
    outcome = printer.send(PAGE, JOB, running)
    assert (outcome.sent, printer.status().state) == (Sent.NOT_STARTED, state)
    assert spooler.documents == []


def test_a_queue_that_does_not_open_is_a_printer_that_does_not_answer() -> None:
    printer, _spooler = desk(refuses="OpenPrinterW")
    assert printer.status().state is PrinterState.OFFLINE
    assert printer.send(PAGE, JOB, running).sent is Sent.NOT_STARTED


@pytest.mark.parametrize("more", [{"refuses": "WritePrinter"}, {"takes_bytes": 100}, {"refuses": "StartDocPrinterW"}])
def test_what_was_only_half_taken_asks_a_person(more: dict[str, Any]) -> None:
    printer, spooler = desk(**more)
    assert printer.send(PAGE, JOB, running).sent is Sent.UNKNOWN
    assert (spooler.open, spooler.ended) == (0, int(more.get("refuses") != "StartDocPrinterW"))


def test_elsewhere_there_is_no_such_spooler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(ctypes, "WinDLL", raising=False)
    printer = printer_of(PROFILE)
    assert printer.status().state is PrinterState.OFFLINE
    assert (printer.can_confirm, printer.cancel()) == (False, False)
