"""An IPP printer, over HTTP: questions and jobs, each bounded in time. CUPS is one, on this computer.

Nothing here knows what a printer's answers mean for a badge.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

from kiosk.domain.printers import PrinterState
from kiosk.printing.transports.ipp_wire import Attributes, Message, Operation, Tag, Value, parse, request
from kiosk.printing.transports.link import Broken, NotReached

PORT = 631
USER = "kiosk"
_LARGEST = 4_000_000
_CUPS_SOCKETS = ("/run/cups/cups.sock", "/var/run/cups/cups.sock", "/private/var/run/cupsd")


class _LocalConnection(http.client.HTTPConnection):
    """HTTP over a socket file, as CUPS listens on this computer."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        if sys.platform == "win32":
            raise OSError("no socket files here")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class IppLine:
    """Where a printer is asked."""

    def __init__(self, url: str, socket_file: str = "") -> None:
        """`ipp://host:port/path`, or only a host; what is no address is never reached."""
        self._host, self._port, self._path, self._secure = _parts(url)
        self._socket_file = socket_file
        self._numbers = itertools.count(1)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.uri = f"{'ipps' if self._secure else 'ipp'}://{host}:{self._port}{self._path}"

    def ask(
        self,
        operation: Operation,
        wait_s: float,
        more: Attributes | None = None,
        job: Attributes | None = None,
        document: bytes = b"",
    ) -> Message:
        """Ask once. Raises NotReached before anything was sent, Broken after."""
        operation_group: dict[str, Value | list[Value]] = {
            "attributes-charset": Value(Tag.CHARSET, "utf-8"),
            "attributes-natural-language": Value(Tag.LANGUAGE, "en"),
            "printer-uri": Value(Tag.URI, self.uri),
            "requesting-user-name": Value(Tag.NAME, USER),
            **(more or {}),
        }
        body = request(operation, next(self._numbers), operation_group, job or {}) + document
        with self._connected(wait_s) as connection:
            try:
                connection.request("POST", self._path, body, {"Content-Type": "application/ipp"})
                answer = connection.getresponse()
                data = answer.read(_LARGEST)
                if answer.status != http.HTTPStatus.OK:
                    raise Broken(f"HTTP {answer.status}", len(body))
                return parse(data)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise Broken(str(error) or type(error).__name__, len(body)) from error

    @contextmanager
    def _connected(self, wait_s: float) -> Iterator[http.client.HTTPConnection]:
        if not self._host:
            raise NotReached(PrinterState.OFFLINE, "not a printer's address")
        connection = self._connection(wait_s)
        with contextlib.closing(connection):
            try:
                connection.connect()
            except OSError as error:
                raise NotReached(PrinterState.OFFLINE, error.strerror or str(error)) from error
            yield connection

    def _connection(self, wait_s: float) -> http.client.HTTPConnection:
        if self._socket_file:
            return _LocalConnection(self._socket_file, wait_s)
        if not self._secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=wait_s)
        # Printers sign their certificates themselves; unchecked it is still better than no cover at all.
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(self._host, self._port, timeout=wait_s, context=unchecked)


def _parts(url: str) -> tuple[str, int, str, bool]:
    """Host, port, path, and whether it is covered; no host where it is no address."""
    try:
        parts = urlsplit(url if "://" in url else f"ipp://{url}")
        port = parts.port or (443 if parts.scheme == "https" else PORT)
    except ValueError:
        return "", 0, "", False
    known = parts.scheme in ("ipp", "ipps", "http", "https")
    host = parts.hostname if known and parts.hostname else ""
    return host, port, parts.path.rstrip("/") or "/ipp/print", parts.scheme in ("ipps", "https")


def cups_line(queue: str = "") -> IppLine:
    """A queue of CUPS on this computer, or CUPS itself; a URL is taken as it is."""
    if "://" in queue:
        return IppLine(queue)
    socket_file = next((path for path in _CUPS_SOCKETS if Path(path).is_socket()), "")
    return IppLine(f"ipp://localhost/printers/{quote(queue)}" if queue else "ipp://localhost/cups", socket_file)
