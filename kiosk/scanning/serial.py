"""Scanners on a serial line: USB scanners in CDC mode and real RS-232.

The better way to connect a scanner: no focus, no keyboard layout, no keys to be mistaken for commands. A thread reads
the port, and looks for it again when it is gone.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import serial
from serial.tools import list_ports

from kiosk.domain.codes import LONGEST_SCAN
from kiosk.domain.scan_lines import LineJoiner
from kiosk.i18n import _
from kiosk.scanning.source import Scanned, SourceState, SourceStatus, StatusChanged

log = logging.getLogger(__name__)

QUIET_S = 0.08
"""A pause this long ends a scan whose scanner sends no line ending."""
CARD_S = 0.3
"""The lines of one contact card come no further apart than this."""
LOOK_AGAIN_S = 1.0

_SCANNER_MAKERS = frozenset({0x05E0, 0x0C2E, 0x0536, 0x05F9, 0x1EAB, 0x065A})
"""USB vendor ids of Symbol (Zebra's scanners), Metrologic and Hand Held (Honeywell), Datalogic, Newland, Opticon."""
_SCANNER_WORDS = re.compile(r"scan|bar ?code|imager", re.IGNORECASE)
"""Not the makers' names: some of them make label printers too."""


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port of this computer."""

    device: str
    """`/dev/ttyACM0`, `COM3`."""
    name: str
    """What the device calls itself."""
    scanner: bool
    """Whether it says it is a scanner. Others may be printers or modems, and are opened only when somebody chose
    them."""


def find_ports() -> list[Port]:
    """The serial ports there are now, scanners first."""
    ports = [
        Port(
            info.device,
            info.description or info.device,
            info.vid in _SCANNER_MAKERS or bool(_SCANNER_WORDS.search(f"{info.manufacturer} {info.product}")),
        )
        for info in list_ports.comports()
    ]
    return sorted(ports, key=lambda port: (not port.scanner, port.device))


class Framer:
    """Cuts what comes over a line into scans: at CR, LF, ETX, or where it falls quiet."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._joiner = LineJoiner()

    def feed(self, data: bytes) -> Iterator[str]:
        """Take bytes as they came; yields each whole scan."""
        self._bytes += data
        *lines, rest = re.split(rb"[\r\n\x03]", bytes(self._bytes))
        # Enough to know that a scan is too long; a line without end must not fill the memory.
        self._bytes = bytearray(rest[: LONGEST_SCAN * 4 + 1])
        yield from self._whole(lines)

    def quiet(self) -> Iterator[str]:
        """Take that nothing came for a while; yields what was left without an ending."""
        line, self._bytes = bytes(self._bytes), bytearray()
        yield from self._whole([line])

    def flush(self) -> Iterator[str]:
        """Take that nothing came for a good while, not even the next line of a card."""
        text = self._joiner.flush()
        if text is not None:
            yield text

    def _whole(self, lines: Iterable[bytes]) -> Iterator[str]:
        for line in lines:
            text = self._joiner.feed(decoded(line)) if line else None
            if text is not None:
                yield text


def decoded(data: bytes) -> str:
    """Bytes of a scan as text: UTF-8, else ISO 8859-1, the first default of QR codes, in which every byte is a
    character.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


class SerialSource:
    """Reads one scanner on a serial line, in a thread of its own.

    `device` is the port somebody chose; None takes the first that says it is a scanner.
    """

    def __init__(
        self,
        scanned: Scanned,
        changed: StatusChanged,
        device: str | None = None,
        baud: int = 9600,
        find: Callable[[], list[Port]] = find_ports,
        look_again_s: float = LOOK_AGAIN_S,
    ) -> None:
        self._scanned = scanned
        self._changed = changed
        self._device = device
        self._baud = baud
        self._find = find
        self._look_again_s = look_again_s
        self._status = SourceStatus(SourceState.OFF)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def status(self) -> SourceStatus:
        """How it stands now."""
        return self._status

    def start(self) -> None:
        """Begin looking for the scanner; returns at once."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self._run, name="serial scanner", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Let go of the port and wait for the thread, a tenth of a second at most."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._set(SourceStatus(SourceState.OFF))

    def _run(self) -> None:
        while not self._stop.is_set():
            device = self._device or next((port.device for port in self._find() if port.scanner), None)
            if device is None:
                sentence = _("No serial scanner found. Plug one in or choose its port.")
                self._set(SourceStatus(SourceState.SEARCHING, sentence))
            else:
                self._read_until_gone(device)
            self._stop.wait(self._look_again_s)

    def _read_until_gone(self, device: str) -> None:
        try:
            with serial.Serial(device, self._baud, timeout=QUIET_S, exclusive=True) as port:
                self._set(SourceStatus(SourceState.READY, _("The scanner at {port} is ready.").format(port=device)))
                self._read(port)
        except PermissionError as error:
            self._refused(device, error)
        except (serial.SerialException, OSError) as error:
            if getattr(error, "errno", None) == 13 or "PermissionError" in str(error):
                self._refused(device, error)
                return
            log.info("serial scanner at %s is not there: %s", device, error)
            sentence = _("The scanner at {port} is not there. Check its cable.").format(port=device)
            self._set(SourceStatus(SourceState.SEARCHING, sentence))

    def _read(self, port: serial.Serial) -> None:
        framer = Framer()
        quiet_s = 0.0
        while not self._stop.is_set():
            data = port.read(max(1, port.in_waiting))
            quiet_s = 0.0 if data else quiet_s + QUIET_S
            scans = list(framer.feed(data) if data else framer.quiet())
            if quiet_s >= CARD_S:
                scans += framer.flush()
            for scan in scans:
                self._tell(scan)

    def _tell(self, scan: str) -> None:
        """Hand a scan over. What goes wrong there is logged and must not cost the scans after it."""
        try:
            self._scanned(scan)
        except Exception:
            log.exception("a scan from the serial line could not be handed over")

    def _refused(self, device: str, error: OSError) -> None:
        log.info("serial scanner at %s may not be opened: %s", device, error)
        sentence = _(
            "The scanner at {port} may not be opened. "
            "Close other programs that use it, or ask for access to serial ports."
        ).format(port=device)
        self._set(SourceStatus(SourceState.TROUBLE, sentence))

    def _set(self, status: SourceStatus) -> None:
        if status != self._status:
            self._status = status
            self._changed(status)
