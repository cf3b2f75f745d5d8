"""Printers that could be set up: those CUPS and the system know, those at a USB port, those that answer on the network.

Each source is asked by itself and may fail by itself; a computer without CUPS or without a network still finds the
others. Nothing is printed and nothing is changed.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.printer_offers import Offer
from kiosk.i18n import _
from kiosk.printing.models import Model, model_by_id, model_by_usb
from kiosk.printing.transports.ipp import cups_line
from kiosk.printing.transports.ipp_wire import PRINTER_GROUP, Operation, Tag, Value
from kiosk.printing.transports.link import Broken, NotReached

CUPS_S = 2.0
NETWORK_S = 1.5
USB_CLASS = Path("/sys/class/usbmisc")
DEVICES = Path("/dev/usb")

UDEV_FILE = "/etc/udev/rules.d/70-kiosk-printers.rules"
_VENDORS = (("04f9", "Brother"), ("0922", "DYMO"), ("0a5f", "Zebra"), ("04b8", "Epson"))

_RAW, _IPP = "_pdl-datastream._tcp.local.", "_ipp._tcp.local."
_LONGEST_NAME = 40

_log = logging.getLogger(__name__)


def discover() -> list[Offer]:
    """All that is found, what is best set up first; looks for a second or two."""
    found: list[Offer] = []
    sources: tuple[Callable[[], list[Offer]], ...] = (usb_printers, network_printers, cups_printers, system_printers)
    for source in sources:
        try:
            found += source()
        except Exception:  # the others are still worth having
            _log.exception("a way of finding printers failed")
    return _each_once(found)


def looked_for() -> Future[Sequence[Offer]]:
    """The same, for whoever cannot wait: the answer comes later."""
    answer: Future[Sequence[Offer]] = Future()
    # A daemon: a network that does not answer must not keep the program from ending.
    threading.Thread(target=lambda: answer.set_result(discover()), name="printers looked for", daemon=True).start()
    return answer


def _each_once(offers: list[Offer]) -> list[Offer]:
    """One offer for each way to a printer: Qt lists what CUPS has, and a printer says twice that it is there."""
    known: dict[tuple[str, str], Offer] = {}
    queues = {offer.profile.address for offer in offers if offer.profile.transport == "cups"}
    for offer in offers:
        if offer.profile.transport == "system" and offer.profile.address in queues:
            continue
        known.setdefault((offer.profile.transport, offer.profile.address), offer)
    return list(known.values())


# USB


def usb_printers(classes: Path = USB_CLASS, devices: Path = DEVICES) -> list[Offer]:
    """Printers with a device file of their own (Linux)."""
    found = []
    for entry in sorted(classes.glob("lp*")) if classes.is_dir() else []:
        offer = _usb_offer((entry / "device").resolve().parent, devices / entry.name)
        if offer is not None:
            found.append(offer)
    return found


def _usb_offer(device: Path, file: Path) -> Offer | None:
    try:
        vendor, product = (int(_said(device, name), 16) for name in ("idVendor", "idProduct"))
    except ValueError:
        return None
    model = model_by_usb(vendor, product)
    name = _name(_said(device, "product") or _said(device, "manufacturer"), file.name)
    if model is None:
        return None  # an office printer: CUPS knows how to speak to it
    problem = "" if os.access(file, os.R_OK | os.W_OK) else _no_permission(file)
    return Offer(model.profile(name, "usb", str(file)), _("USB, {file}").format(file=file), problem)


def _said(device: Path, name: str) -> str:
    try:
        return (device / name).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _no_permission(file: Path) -> str:
    words = _("{file} may not be used by this account. As administrator, put these lines into {rules}:")
    after = _("Then unplug the printer and plug it in again.")
    return "\n".join((words.format(file=file, rules=UDEV_FILE), udev_rules(), after))


def udev_rules() -> str:
    """The lines that let whoever sits at this computer use label printers (Linux)."""
    return "\n".join(
        f'# {name}\nSUBSYSTEM=="usbmisc", KERNEL=="lp*", ATTRS{{idVendor}}=="{vendor}", MODE="0660", TAG+="uaccess"'
        for vendor, name in _VENDORS
    )


# Network


@dataclass(frozen=True, slots=True)
class Announced:
    """A printer that says on the network that it is there."""

    service: str
    name: str
    host: str
    port: int
    path: str = ""
    """Where its IPP is."""
    kind: str = ""
    """What it says it is."""


def network_printers(look: Callable[[float], list[Announced]] | None = None) -> list[Offer]:
    """Printers that announce themselves (mDNS, DNS-SD)."""
    return [offer for one in (look or _look_around)(NETWORK_S) if (offer := _network_offer(one)) is not None]


def _network_offer(one: Announced) -> Offer | None:
    words = _("network, {host}").format(host=one.host)
    host = f"[{one.host}]" if ":" in one.host else one.host
    name = _name(one.name, one.host)
    if one.service == _IPP:
        model = model_by_id("ipp")
        assert model is not None
        return Offer(model.profile(name, "ipp", f"ipp://{host}:{one.port}/{one.path.strip('/')}"), words)
    model = _model_named(f"{one.kind} {one.name}")
    return Offer(model.profile(name, "tcp", f"{host}:{one.port}"), words) if model else None


_NAMED = (
    (re.compile(r"zebra|\bzt?d?\d{3}|ztc|gk420|gx4[23]0", re.I), "zebra-203"),
    (re.compile(r"ql-?11\d\d", re.I), "brother-ql-1110"),
    (re.compile(r"ql-?\d{3}", re.I), "brother-ql-820"),
    (re.compile(r"tm-?t88", re.I), "epson-tm-180"),
    (re.compile(r"\btm-?[mtp]\d\d", re.I), "epson-tm-203"),
)
"""How printers call themselves on port 9100, which does not say what language is spoken there."""


def _model_named(words: str) -> Model | None:
    found = next((model_id for pattern, model_id in _NAMED if pattern.search(words)), "")
    model = model_by_id(found)
    if model is not None and model.language == "zpl" and "300" in words:
        return model_by_id("zebra-300")
    return model


def _look_around(seconds: float) -> list[Announced]:
    from zeroconf import ServiceBrowser, Zeroconf

    names: dict[tuple[str, str], None] = {}
    with Zeroconf() as network:

        class Listener:
            """Remembers who is there; asked for more later, because a listener must not wait."""

            def add_service(self, _network: Zeroconf, service: str, name: str) -> None:
                names[service, name] = None

            update_service = add_service

            def remove_service(self, _network: Zeroconf, service: str, name: str) -> None:
                names.pop((service, name), None)

        browser = ServiceBrowser(network, [_IPP, _RAW], listener=Listener())  # type: ignore[arg-type]
        time.sleep(seconds)
        browser.cancel()
        return [one for service, name in list(names) for one in _announced(network, service, name)]


def _announced(network: object, service: str, name: str) -> Iterator[Announced]:
    from zeroconf import ServiceInfo

    info = ServiceInfo(service, name)
    addresses = info.parsed_scoped_addresses() if info.request(network, 500) else []  # type: ignore[arg-type]
    if addresses and info.port:
        said = {key.decode(errors="replace"): (value or b"") for key, value in info.properties.items()}
        path = said.get("rp", b"ipp/print").decode(errors="replace")
        kind = (said.get("ty") or said.get("usb_MDL") or b"").decode(errors="replace")
        yield Announced(service, name.removesuffix("." + service), addresses[0], info.port, path, kind)


# Queues


def cups_printers() -> list[Offer]:
    """The queues of CUPS on this computer; none where CUPS does not answer."""
    wanted = [Value(Tag.KEYWORD, name) for name in ("printer-name", "printer-info", "printer-make-and-model")]
    try:
        answer = cups_line().ask(Operation.CUPS_GET_PRINTERS, CUPS_S, {"requested-attributes": wanted})
    except (NotReached, Broken):
        return []
    model = model_by_id("cups")
    assert model is not None
    offers = []
    for printer in answer.all(PRINTER_GROUP):
        queue = str(printer.get("printer-name", [""])[0])
        title = str(printer.get("printer-info", [""])[0])
        kind = str(printer.get("printer-make-and-model", [""])[0])
        if queue:
            offers.append(Offer(model.profile(_name(title, queue), "cups", queue), _("CUPS, {kind}").format(kind=kind)))
    return offers


def system_printers() -> list[Offer]:
    """The printers the operating system has a driver for, as Qt lists them."""
    if sys.platform.startswith("linux") and not Path("/run/cups/cups.sock").exists():
        return []  # without CUPS Qt has nothing to list here
    from PySide6.QtPrintSupport import QPrinterInfo

    model = model_by_id("system")
    assert model is not None
    words = _("this computer's own driver")
    return [Offer(model.profile(_name(name), "system", name), words) for name in QPrinterInfo.availablePrinterNames()]


def _name(*candidates: str) -> str:
    """The first that is a name, on one line, not too long."""
    for words in candidates:
        tidy = "".join(c if c.isprintable() else " " for c in words)
        if tidy := " ".join(tidy.split())[:_LONGEST_NAME].strip():
            return tidy
    return _("Printer")
