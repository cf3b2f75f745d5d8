"""A serial line: older receipt printers, and USB ones that show up as a serial port."""

from __future__ import annotations

import time
import weakref

import serial

from kiosk.domain.printers import PrinterState
from kiosk.i18n import _
from kiosk.printing.transports.link import STALL_S, Link, NotReached

BAUD = 9600
_PIECE = 256
_PAUSE_S = 0.01


def port_and_baud(address: str) -> tuple[str, int]:
    """`/dev/ttyUSB0`, `COM3@19200`. Raises NotReached for a speed that is none."""
    port, _at, baud = address.strip().partition("@")
    if baud and not (baud.isascii() and baud.isdigit()):
        raise NotReached(PrinterState.OFFLINE, f"not a speed: {baud!r}")
    return port, int(baud or BAUD)


class SerialLink(Link):
    """The port, open for both ways. Raises NotReached when it cannot be opened."""

    def __init__(self, address: str) -> None:
        port, baud = port_and_baud(address)
        try:
            self._port = serial.Serial(port, baud, timeout=0, write_timeout=STALL_S, exclusive=True, dsrdtr=False)
        except (OSError, ValueError) as error:
            forbidden = isinstance(error.__context__, PermissionError) or "Permission" in str(error)
            if forbidden:
                raise NotReached(PrinterState.FORBIDDEN, _("no permission")) from error
            raise NotReached(PrinterState.OFFLINE, str(error)) from error
        self._closed = weakref.finalize(self, self._port.close)

    def close(self) -> None:
        self._closed()

    def _write_some(self, data: memoryview) -> int:
        # The library cannot say how much of a piece was taken when it gives up: small pieces, and all or nothing.
        return self._port.write(bytes(data[:_PIECE])) or 0

    def _read_some(self, most: int) -> bytes:
        return bytes(self._port.read(most))

    def _wait(self, seconds: float, *, to_write: bool) -> None:
        time.sleep(min(seconds, _PAUSE_S))
