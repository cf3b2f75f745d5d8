"""A printer's own device file (Linux: /dev/usb/lp0), which carries answers back as well."""

from __future__ import annotations

import errno
import os
import select
import time
import weakref

from kiosk.domain.printers import PrinterState
from kiosk.i18n import _
from kiosk.printing.transports.link import Ended, Link, NotReached

_EMPTY_PAUSE_S = 0.02


class UsbLink(Link):
    """The device file, open for both ways. Raises NotReached when it cannot be opened."""

    def __init__(self, path: str) -> None:
        flags = os.O_RDWR | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            self._file = os.open(path, flags)
        except OSError as error:
            raise _not_opened(error) from error
        self._closed = weakref.finalize(self, os.close, self._file)

    def close(self) -> None:
        self._closed()

    def _write_some(self, data: memoryview) -> int:
        try:
            return os.write(self._file, data)
        except BlockingIOError:
            return 0

    def _read_some(self, most: int) -> bytes:
        try:
            data = os.read(self._file, most)
        except BlockingIOError:
            return b""
        # Some printers answer every look with an empty packet: nothing came, and the line still stands.
        if not data and self._is_gone():
            raise Ended("the printer was unplugged")
        return data

    def _is_gone(self) -> bool:
        events = select.poll()
        events.register(self._file, select.POLLIN)
        return any(event & (select.POLLHUP | select.POLLERR) for _file, event in events.poll(0))

    def _wait(self, seconds: float, *, to_write: bool) -> None:
        ready, _writable, _failed = select.select(
            [] if to_write else [self._file], [self._file] if to_write else [], [], seconds
        )
        if ready:
            time.sleep(min(seconds, _EMPTY_PAUSE_S))


def _not_opened(error: OSError) -> NotReached:
    if error.errno in (errno.EACCES, errno.EPERM):
        return NotReached(PrinterState.FORBIDDEN, _("no permission"))
    if error.errno == errno.EBUSY:
        return NotReached(PrinterState.OFFLINE, _("another program is using it"))
    return NotReached(PrinterState.OFFLINE, error.strerror or str(error))
