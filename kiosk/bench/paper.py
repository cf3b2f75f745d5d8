"""A Zebra made of nothing, on loopback: takes labels, moves paper at a given speed, says what is left in its memory."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable

_WHOLE = re.compile(rb"~HS|~HQES|~HI|\^XA.*?\^XZ", re.DOTALL)
_WELL = b"\x02\r\nPRINTER STATUS\r\nERRORS:   0 00000000 00000000\r\nWARNINGS: 0 00000000 00000000\r\n\x03"


class PaperMill:
    """One connection at a time. `close` it."""

    def __init__(self, label_mm: float, mm_per_s: float | None, got: Callable[[], None] = lambda: None) -> None:
        """Without a speed labels are out at once; `got` is called when a whole one has come."""
        self._label_s = label_mm / mm_per_s if mm_per_s else 0.0
        self._got = got
        self._out_at = 0.0
        self.labels = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Switch it off."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                line, _sender = self._listening.accept()
            except OSError:
                return
            with line, contextlib.suppress(OSError):
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        buffer = b""
        while data := line.recv(65536):
            buffer += data
            while found := _WHOLE.search(buffer):
                buffer = buffer[found.end() :]
                answer = self._answer(found[0])
                if answer:
                    line.sendall(answer)

    def _answer(self, command: bytes) -> bytes:
        if command == b"~HQES":
            return _WELL
        if command == b"~HI":
            return b"\x02MILL-300dpi,V1,12,8192KB\x03\r\n"
        if command == b"~HS":
            waiting = int(time.monotonic() < self._out_at)
            first = b"030,0,0,0900,%03d,0,0,0,000,0,0,0" % waiting
            second = b"000,0,0,0,0,2,4,0,%08d,1,000" % waiting
            return b"".join(b"\x02" + text + b"\x03\r\n" for text in (first, second, b"1234,0"))
        self.labels += 1
        self._out_at = max(time.monotonic(), self._out_at) + self._label_s
        self._got()
        return b""
