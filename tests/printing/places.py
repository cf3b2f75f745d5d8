"""Where the printers that are not there are reached: at a port on loopback, or at a pseudo terminal."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.printing.emulators import Brother, Dropped, Emulator, Escpos


class Network:
    """An emulator at a port on loopback; one connection at a time, as printers have it."""

    def __init__(self, printer: Emulator) -> None:
        self.printer = printer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._line: socket.socket | None = None
        self._over = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        if isinstance(printer, Escpos):
            printer.push = self._push
        self._thread.start()

    def _push(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            if self._line is not None:
                self._line.sendall(data)

    def _serve(self) -> None:
        while True:
            try:
                line, _sender = self._listening.accept()
            except OSError:
                return
            if self._over:
                line.close()
                return
            with line:
                self._line = line
                self._talk(line)
                self._line = None

    def _talk(self, line: socket.socket) -> None:
        try:
            while data := line.recv(1_000_000):
                if self.printer.hangs_up:
                    return
                answer = self.printer.feed(data)
                if answer:
                    line.sendall(answer)
        except Dropped:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            return

    def switch_off(self) -> None:
        self._over = True
        for each in (self._line, self._listening):
            if each is not None:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listening.close()

    close = switch_off


class Device:
    """An emulator at a device file: a pseudo terminal, which breaks when its other end is closed."""

    def __init__(self, printer: Emulator, folder: Path) -> None:
        self.printer = printer
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = folder / "lp0"
        self.path.symlink_to(os.ttyname(self._slave))
        self.address = str(self.path)
        self._wake, self._waker = os.pipe()
        self._off = False
        if isinstance(printer, Brother | Escpos):
            printer.push = self._push
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _push(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._master, data)

    def _serve(self) -> None:
        while True:
            ready, _writable, _failed = select.select([self._master, self._wake], [], [])
            if self._wake in ready:
                return
            try:
                answer = self.printer.feed(os.read(self._master, 65536))
            except (Dropped, OSError):
                self._unplug()
                return
            if answer:
                os.write(self._master, answer)

    def _unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def switch_off(self) -> None:
        if self._off:
            return
        self._off = True
        os.write(self._waker, b"x")
        self._thread.join(10)
        if self._master >= 0:
            self._unplug()
        os.close(self._wake)
        os.close(self._waker)

    close = switch_off


class Place(Protocol):
    """Where an emulator is reached."""

    address: str

    def switch_off(self) -> None: ...

    def close(self) -> None: ...


@contextmanager
def running(printer: Emulator, place: Place) -> Iterator[Place]:
    """An emulator that works, at a port or a device file."""
    printer.start()
    try:
        yield place
    finally:
        with contextlib.suppress(OSError):
            place.close()
        printer.close()
