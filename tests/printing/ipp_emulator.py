"""An IPP printer over HTTP on loopback, with its own reading and writing of the protocol."""

from __future__ import annotations

import http.server
import socket
import struct
import threading
from collections.abc import Iterator

from tests.printing.emulators import COVER, JAM, LOW, PAPER_OUT, PAUSED, Dropped, Emulator

_REASONS = {
    PAPER_OUT: "media-empty-error",
    COVER: "door-open",
    JAM: "media-jam-error",
    LOW: "media-low-warning",
    PAUSED: "paused",
}
_KEYWORD, _ENUM, _INTEGER, _TEXT, _URI, _NAME = 0x44, 0x23, 0x21, 0x41, 0x45, 0x42


class Ipp(Emulator):
    """The mechanism, with jobs that have numbers, names and states."""

    def __init__(self) -> None:
        super().__init__(looks=1)
        self.media = (10160, 7620)
        self.device_uri = ""
        self.message = ""
        self.format = b"application/pdf"
        self.names: list[str] = []
        self.cancelled: set[int] = set()
        self.aborts = False
        self.substitutes = False
        self.asked: list[tuple[int, dict[str, bytes]]] = []

    def understand(self) -> Iterator[bytes]:
        raise NotImplementedError

    def state_of(self, number: int) -> tuple[int, str]:
        if number in self.cancelled:
            return 7, "job-canceled-by-user"
        if self.aborts:
            return 8, "document-format-error"
        if number <= len(self.labels):
            return 9, "job-completed-successfully"
        return 5, "job-printing"

    def answer(self, data: bytes) -> bytes:
        operation, attributes, document = read(data)
        with self._changed:
            self.asked.append((operation, attributes))
            if self.drop_after is not None and operation == 2:
                raise Dropped
            return {
                0x02: self.print_job,
                0x04: self.validate,
                0x08: self.cancel,
                0x09: self.job,
                0x0A: self.jobs_listed,
                0x0B: self.printer,
            }[operation](attributes, document)

    def printer(self, attributes: dict[str, bytes], document: bytes) -> bytes:
        reasons = [_REASONS[name] for name in sorted(self.faults)] or ["none"]
        state = 4 if self.waiting else 5 if self.blocked else 3
        x, y = (struct.pack(">i", size) for size in self.media)
        size = [
            (0x34, "media-col-ready", b""),
            *[(0x4A, "", b"media-size"), (0x34, "", b"")],
            *[(0x4A, "", b"x-dimension"), (_INTEGER, "", x), (0x4A, "", b"y-dimension"), (_INTEGER, "", y)],
            *[(0x37, "", b""), (0x37, "", b"")],
        ]
        more = [(_URI, "device-uri", self.device_uri.encode())] if self.device_uri else []
        more += [(_TEXT, "printer-state-message", self.message.encode())] if self.message else []
        return write(
            0,
            4,
            [
                (_ENUM, "printer-state", struct.pack(">i", state)),
                *[(_KEYWORD, "" if n else "printer-state-reasons", r.encode()) for n, r in enumerate(reasons)],
                (0x22, "printer-is-accepting-jobs", b"\x01"),
                *size,
                *more,
            ],
        )

    def validate(self, attributes: dict[str, bytes], document: bytes) -> bytes:
        if attributes.get("document-format") not in (self.format, b"application/octet-stream"):
            return write(0x040A, 1, [(_TEXT, "status-message", b"Unsupported format.")])
        if self.substitutes:
            return write(1, 5, [(0x10, "media-col", b"")])
        return write(0, 1, [])

    def print_job(self, attributes: dict[str, bytes], document: bytes) -> bytes:
        self.names.append(attributes["job-name"].decode())
        self.take(document)
        number = struct.pack(">i", len(self.names))
        return write(0, 2, [(_INTEGER, "job-id", number), (_ENUM, "job-state", struct.pack(">i", 3))])

    def job(self, attributes: dict[str, bytes], document: bytes) -> bytes:
        (number,) = struct.unpack(">i", attributes["job-id"])
        if number > len(self.names):
            return write(0x0406, 1, [])
        state, reason = self.state_of(number)
        self.looked_at()
        return write(
            0, 2, [(_ENUM, "job-state", struct.pack(">i", state)), (_KEYWORD, "job-state-reasons", reason.encode())]
        )

    def jobs_listed(self, attributes: dict[str, bytes], document: bytes) -> bytes:
        done = attributes["which-jobs"] == b"completed"
        parts = [
            write(0, 2, [(_INTEGER, "job-id", struct.pack(">i", n)), (_NAME, "job-name", name.encode())])[8:-1]
            for n, name in enumerate(self.names, 1)
            if (self.state_of(n)[0] >= 7) is done
        ]
        return b"\x02\x00\x00\x00\x00\x00\x00\x01" + b"".join(parts) + b"\x03"

    def cancel(self, attributes: dict[str, bytes], document: bytes) -> bytes:
        if self.keeps:
            return write(0x0404, 1, [])
        self.forget()
        self.cancelled.add(struct.unpack(">i", attributes["job-id"])[0])
        return write(0, 1, [])


def read(data: bytes) -> tuple[int, dict[str, bytes], bytes]:
    """Operation, attributes (the last value of each), document."""
    operation, at = struct.unpack_from(">H", data, 2)[0], 8
    attributes: dict[str, bytes] = {}
    name = ""
    while data[at] != 3:
        tag, at = data[at], at + 1
        if tag < 0x10:
            continue
        (size,) = struct.unpack_from(">H", data, at)
        name = data[at + 2 : at + 2 + size].decode() or name
        at += 2 + size
        (size,) = struct.unpack_from(">H", data, at)
        value = data[at + 2 : at + 2 + size]
        at += 2 + size
        if tag == 0x4A:
            name = value.decode()  # of a member of a collection
        elif tag != 0x37:  # the end of a collection has no value
            attributes[name] = value
    return operation, attributes, data[at + 1 :]


def write(status: int, group: int, fields: list[tuple[int, str, bytes]]) -> bytes:
    body = b"".join(
        bytes([tag]) + struct.pack(">H", len(name)) + name.encode() + struct.pack(">H", len(value)) + value
        for tag, name, value in fields
    )
    return b"\x02\x00" + struct.pack(">HI", status, 1) + bytes([group]) + body + b"\x03"


class IppServer:
    """Serves one such printer until it is switched off."""

    def __init__(self, printer: Ipp) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                if printer.silent:
                    over.wait(10)
                    return
                try:
                    answer = printer.answer(data)
                except Dropped:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/ipp")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_args: object) -> None:
                return

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_args: object) -> None:
                return  # whom we were talking to has gone

        over = threading.Event()
        self._over = over
        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"ipp://127.0.0.1:{self._server.server_address[1]}/ipp/print"
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.02), daemon=True)
        self._thread.start()

    def switch_off(self) -> None:
        if self._over.is_set():
            return
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    close = switch_off
