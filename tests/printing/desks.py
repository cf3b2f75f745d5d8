"""Each printer that is not there, with the driver that believes in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.domain.printer_words import what_to_do
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.printing.drivers import make_printer
from kiosk.printing.ipp_printer import IppPrinter
from kiosk.printing.printer import Outcome, Printer, Sent
from kiosk.printing.stream import StreamPrinter
from tests.printing import decoders
from tests.printing.emulators import BrotherNet, BrotherUsb, Dymo, Emulator, Escpos, Zebra
from tests.printing.ipp_emulator import Ipp, IppServer
from tests.printing.places import Device, Network, Place
from tests.printing.test_languages import a_page, from_pdf

PAGE = a_page(96, 80)
JOB = "0123456789ABCDEFGHJKMNPQRS-1-1"


def running() -> bool:
    return False


@dataclass
class Desk:
    """A printer that is not there, and the driver that believes in it."""

    printer: StreamPrinter | IppPrinter
    paper: Emulator
    place: Place
    decode: Callable[[bytes], list[decoders.Label]]

    def send(self) -> Outcome:
        return self.printer.send(PAGE, JOB, running)

    def words(self, outcome: Outcome, waiting: int = 0) -> str:
        assert outcome.status is not None
        return outcome.words or what_to_do(self.printer.profile, outcome.status, waiting)

    def followed(self) -> Outcome:
        """What is known once the printer was asked often enough."""
        until = time.monotonic() + 10
        while (outcome := self.printer.follow(JOB, running)).sent is not self.proof and time.monotonic() < until:
            time.sleep(0.01)
        self.paper.wait_for(lambda: bool(self.paper.labels))
        return outcome

    @property
    def proof(self) -> Sent:
        """The most that this printer can ever say."""
        return Sent.PRINTED if self.printer.can_confirm else Sent.SENT


def profile(language: str, transport: str, **more: object) -> PrinterProfile:
    base = PrinterProfile("p", "Badge 1", language, transport)
    return replace(base, **more)  # type: ignore[arg-type]


ROLL = Media(62)
DRIVERS: dict[str, tuple[Callable[[], Emulator], PrinterProfile, Callable[[bytes], list[decoders.Label]]]] = {
    "zebra network": (Zebra, profile("zpl", "tcp"), decoders.zpl),
    "zebra usb": (Zebra, profile("zpl", "usb"), decoders.zpl),
    "brother usb": (BrotherUsb, profile("brother", "usb", media=ROLL), decoders.brother),
    "brother network": (BrotherNet, profile("brother", "tcp", media=ROLL), decoders.brother),
    "escpos network": (Escpos, profile("escpos", "tcp", media=Media(80)), decoders.escpos),
    "escpos serial": (Escpos, profile("escpos", "serial", media=Media(80)), decoders.escpos),
    "dymo usb": (Dymo, profile("dymo", "usb", media=Media(57, 102)), decoders.dymo),
    "ipp": (Ipp, profile("pdf", "ipp"), from_pdf),
}
SPEAKING = [name for name in DRIVERS if name not in ("brother network", "ipp")]
"""Those that answer on the line of the job."""


def printer_of(setup: PrinterProfile) -> Printer:
    return make_printer(setup, Path("unused"))


def placed(paper: Emulator, setup: PrinterProfile, folder: Path) -> Place:
    if isinstance(paper, Ipp):
        return IppServer(paper)
    return Network(paper) if setup.transport == "tcp" else Device(paper, folder)


Sit = Callable[..., Desk]
