"""From how a printer is set up to the printer itself: which line, which way of asking, put together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kiosk.domain.printers import PrinterProfile
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.printing.ipp_printer import IppPrinter
from kiosk.printing.languages import LANGUAGES
from kiosk.printing.pdf_printer import PdfPrinter
from kiosk.printing.printer import Printer
from kiosk.printing.spool_printer import SpoolPrinter
from kiosk.printing.status import snmp
from kiosk.printing.status.brother import BrotherSnmpTalk, BrotherTalk
from kiosk.printing.status.dymo import DymoTalk
from kiosk.printing.status.escpos import EscposTalk
from kiosk.printing.status.talk import Silence, Talk
from kiosk.printing.status.zebra import ZebraTalk
from kiosk.printing.stream import Open, StreamPrinter
from kiosk.printing.transports.ipp import IppLine, cups_line
from kiosk.printing.transports.link import Link, NotReached
from kiosk.printing.transports.tcp import TcpLink, host_and_port
from kiosk.printing.transports.usb import UsbLink
from kiosk.printing.transports.winspool import WindowsQueue

LINES = ("tcp", "usb", "serial")
"""Transports that carry bytes both ways; the others hand a page to somebody else."""

TALKS: dict[str, Callable[[], Talk]] = {
    "hqes": ZebraTalk,
    "brother": BrotherTalk,
    "dle-eot": EscposTalk,
    "dymo": DymoTalk,
    "none": Silence,
}
_USUAL = {"zpl": "hqes", "brother": "brother", "escpos": "dle-eot", "dymo": "dymo"}


def usual_status(language: str, transport: str) -> str:
    """How a printer of this language is asked over this transport, where nobody says otherwise."""
    if transport not in LINES:
        return transport
    if (language, transport) == ("brother", "tcp"):
        return "brother-snmp"  # nothing comes back on port 9100
    return _USUAL.get(language, "none")


def make_printer(profile: PrinterProfile, folder: Path) -> Printer:
    """The printer of this profile. `folder` is where files go when the profile names no place.

    Raises BadInput for a profile that no printer can have.
    """
    if profile.transport == "system":
        from kiosk.printing.system_printer import SystemPrinter

        return SystemPrinter(profile)
    if profile.language not in LANGUAGES:
        raise BadInput(_("{name}: nobody here speaks {what}.").format(name=profile.name, what=profile.language))
    if profile.transport in LINES:
        return _stream(profile)
    if profile.transport == "ipp":
        return IppPrinter(profile, IppLine(profile.address))
    if profile.transport == "cups":
        return IppPrinter(profile, cups_line(profile.address))
    if profile.transport == "winspool":
        return SpoolPrinter(profile, WindowsQueue(profile.address))
    if profile.transport == "file":
        return PdfPrinter(Path(profile.address) if profile.address else folder, profile)
    raise BadInput(_("{name}: there is no way called {what}.").format(name=profile.name, what=profile.transport))


def _stream(profile: PrinterProfile) -> StreamPrinter:
    status = profile.status or usual_status(profile.language, profile.transport)
    kind, _colon, port = status.partition(":")
    if kind == "brother-snmp" and profile.transport == "tcp":
        return _brother_over_network(profile, int(port or snmp.PORT))
    if kind not in TALKS:
        raise BadInput(_("{name}: there is no way of asking called {what}.").format(name=profile.name, what=kind))
    talk = TALKS[kind]()
    head_dpi = talk.head_dpi if isinstance(talk, ZebraTalk) and profile.language == "zpl" else None
    return StreamPrinter(profile, _opener(profile), talk, head_dpi=head_dpi)


def _brother_over_network(profile: PrinterProfile, port: int) -> StreamPrinter:
    try:
        host = host_and_port(profile.address)[0]
    except NotReached:
        host = ""  # said with the printer's status: a wrong address is no reason not to start
    talk = BrotherSnmpTalk(host, port)
    return StreamPrinter(profile, _opener(profile), talk, talk.aside)


def _opener(profile: PrinterProfile) -> Open:
    address = profile.address
    if profile.transport == "tcp":
        return lambda connect_s: TcpLink(address, connect_s)
    if profile.transport == "usb":
        return lambda _connect_s: UsbLink(address)

    def serial_line(_connect_s: float) -> Link:
        from kiosk.printing.transports.serial import SerialLink

        return SerialLink(address)

    return serial_line
