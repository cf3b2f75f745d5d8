"""Port 9100: the printer's own socket. One connection a job; most printers serve one at a time."""

from __future__ import annotations

import contextlib
import select
import socket
import weakref

from kiosk.domain.printers import PrinterState
from kiosk.printing.transports.link import Ended, Link, NotReached

PORT = 9100


def host_and_port(address: str, port: int = PORT) -> tuple[str, int]:
    """`printer.local`, `10.0.0.7:9100`, `[fe80::1]:9100`. Raises NotReached for what is none."""
    host, colon, last = address.strip().rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, last = address.strip(), str(port)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not last.isascii() or not last.isdigit() or not 0 < int(last) < 65536:
        raise NotReached(PrinterState.OFFLINE, f"not a network address: {address!r}")
    return host, int(last)


class TcpLink(Link):
    """One connection. Raises NotReached when there is none in time."""

    def __init__(self, address: str, connect_s: float) -> None:
        try:
            self._socket = socket.create_connection(host_and_port(address), timeout=connect_s)
        except OSError as error:
            raise NotReached(PrinterState.OFFLINE, error.strerror or str(error)) from error
        # A line on which a printer holds a badge is kept, and whoever drops the printer may forget to close it.
        self._closed = weakref.finalize(self, self._socket.close)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def finish(self) -> bool:
        with contextlib.suppress(OSError):  # gone already: the next read says so
            self._socket.shutdown(socket.SHUT_WR)
        return True

    def close(self) -> None:
        self._closed()

    def _write_some(self, data: memoryview) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    def _read_some(self, most: int) -> bytes:
        try:
            data = self._socket.recv(most)
        except BlockingIOError:
            return b""
        if not data:
            raise Ended("the printer closed the connection")
        return data

    def _wait(self, seconds: float, *, to_write: bool) -> None:
        select.select([] if to_write else [self._socket], [self._socket] if to_write else [], [], seconds)
