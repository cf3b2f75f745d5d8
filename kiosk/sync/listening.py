"""A station answering others on its network: TLS 1.3, and only for devices of its own hub.

Nobody gets as far as one byte of HTTP without a certificate of the hub's authority. All of it is bounded, because this
runs beside a queue of people: so many callers at a time, so few from one address, a time by which each question must
be there, a size. Who is over the line is hung up on; who comes when the line is full waits outside, in the system's
own queue. A flood costs the others their exchange, and no scan anything.
"""

from __future__ import annotations

import logging
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, cast

from kiosk.errors import StorageError
from kiosk.i18n import _
from kiosk.sync.tls import device_of
from kiosk.wire.rounds import MAX_ROUND_BYTES

MOST_CALLERS = 16
MOST_FROM_ONE = 6
"""Callers from one address at a time: a station has one question at a time."""
HANDSHAKE_S = 5.0
QUESTION_S = 20.0
"""From the end of the handshake, or of the answer before, until the next answer is out."""
_LOOK_S = 0.25
"""How often callers whose time is over are looked for."""
_FULL_S = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: JSON, and how it went."""

    status: int
    data: bytes
    retry_after_s: int | None = None


Answering = Callable[[str, str, bytes], Reply]
"""Answers a device that asks this path with this body."""


@dataclass(slots=True, eq=False)
class _Caller:
    """Somebody on the line."""

    line: socket.socket
    host: str
    until: float
    thread: threading.Thread | None = None

    def give(self, seconds: float) -> None:
        """So long from now on."""
        self.until = time.monotonic() + seconds

    def hang_up(self) -> None:
        """From any thread; whoever reads or writes there is woken."""
        with suppress(OSError):
            socket.socket.shutdown(self.line, socket.SHUT_RDWR)


class Listener:
    """Answers other stations, in threads of its own, from the moment it is made until `close`.

    Raises StorageError, in words, where it cannot listen at all. A port that is taken is replaced by another.
    """

    def __init__(self, context: ssl.SSLContext, answering: Answering, host: str, port: int) -> None:
        self._context, self._answering = context, answering
        self._socket = _listen(host, port)
        self._socket.settimeout(_LOOK_S)
        self._closing = threading.Event()
        self._callers: set[_Caller] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="nearby", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        """Hang up on everybody; waits for what is being written."""
        self._closing.set()
        self._thread.join()
        self._socket.close()
        for caller in self._now():
            caller.hang_up()
        for caller in self._now():
            if caller.thread is not None:
                caller.thread.join()

    def _now(self) -> list[_Caller]:
        with self._lock:
            return list(self._callers)

    def _run(self) -> None:
        while not self._closing.is_set():
            for caller in self._now():
                if caller.until < time.monotonic():
                    caller.hang_up()
            if len(self._callers) >= MOST_CALLERS:
                self._closing.wait(_FULL_S)
                continue
            try:
                line, (host, *_rest) = self._socket.accept()
            except TimeoutError:
                continue
            except OSError as error:
                _log.info("nobody is heard for a moment: %s", error)
                self._closing.wait(_LOOK_S)
                continue
            self._take(line, str(host))

    def _take(self, line: socket.socket, host: str) -> None:
        if sum(caller.host == host for caller in self._now()) >= MOST_FROM_ONE:
            line.close()
            self._closing.wait(_FULL_S)
            return
        caller = _Caller(line, host, time.monotonic() + HANDSHAKE_S)
        caller.thread = threading.Thread(target=self._serve, args=(caller,), name="nearby-caller", daemon=True)
        with self._lock:
            self._callers.add(caller)
        caller.thread.start()

    def _serve(self, caller: _Caller) -> None:
        try:
            caller.line.settimeout(QUESTION_S)
            caller.line = secure = self._context.wrap_socket(
                caller.line, server_side=True, do_handshake_on_connect=False
            )
            secure.do_handshake()
            device = device_of(secure)
            if device is not None:
                caller.give(QUESTION_S)
                _Handler(caller, secure, device, self._answering)
        except (OSError, ValueError) as error:
            _log.info("a caller was hung up on: %s", type(error).__name__)
        except Exception:
            _log.exception("answering another station")
        finally:
            with self._lock:
                self._callers.discard(caller)
            caller.line.close()


class _Handler(BaseHTTPRequestHandler):
    """The questions of one caller, one after the other. By now it has shown a certificate of our hub."""

    protocol_version = "HTTP/1.1"

    def __init__(self, caller: _Caller, secure: ssl.SSLSocket, device: str, answering: Answering) -> None:
        self._caller, self._device, self._answering = caller, device, answering
        super().__init__(secure, (caller.host, 0), cast(Any, None))

    def do_POST(self) -> None:
        """A question with a body."""
        announced = self.headers.get("content-length", "")
        size = int(announced) if announced.isascii() and announced.isdecimal() and len(announced) < 12 else None
        if size is None or size > MAX_ROUND_BYTES:
            self.send_error(413)
            return
        body = self.rfile.read(size)
        if len(body) < size:
            self.close_connection = True  # cut off: it is no question
            return
        self._say(self._answering(self._device, self.path, body))
        self._caller.give(QUESTION_S)

    def _say(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.data)))
        if reply.retry_after_s is not None:
            self.send_header("Retry-After", str(reply.retry_after_s))
        self.end_headers()
        self.wfile.write(reply.data)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no question of ours: a word, and goodbye."""
        self.close_connection, self.request_version = True, self.protocol_version
        self._say(Reply(code, b'{"code":"no_such_thing","text":""}'))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """What strangers write is not for the log."""


def _listen(host: str, port: int) -> socket.socket:
    trouble: OSError | None = None
    for each in (port, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, each))
            listener.listen(MOST_CALLERS)
        except OSError as error:
            listener.close()
            trouble = error
        else:
            return listener
    words = _("This station cannot listen for others: {detail}. They may still be asked from here.")
    assert trouble is not None
    raise StorageError(words.format(detail=trouble.strerror or trouble)) from trouble
