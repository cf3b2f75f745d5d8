"""Printers that are not there: they listen on loopback or at a pseudo terminal, answer as the makers describe it,
and go wrong when told to. They share nothing with the drivers.

A label that is printing waits until it was looked at `looks` times, so that nothing here depends on speed.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

PAPER_OUT, COVER, JAM, HOT, PAUSED, LOW = "paper-out", "cover", "jam", "hot", "paused", "low"
_BLOCKING = {PAPER_OUT, COVER, JAM, HOT, PAUSED}


class Dropped(Exception):
    """The connection breaks here."""


class Emulator(ABC):
    """A printer's mechanism: takes labels one at a time, waits while something is wrong."""

    def __init__(self, looks: int = 1) -> None:
        self.labels: list[bytes] = []
        """What came out, whole."""
        self.faults: set[str] = set()
        self.at_start: str | None = None
        """A fault that comes when the next label begins."""
        self.at_end: str | None = None
        """A fault that comes when the next label is out."""
        self.drop_after: int | None = None
        self.hangs_up = False
        """Closes the line in good order as soon as something comes."""
        self.silent = False
        self.silent_in_trouble = False
        self.keeps = False
        """Does not give back what it has."""
        self.jobs = 0
        """How many labels were taken in."""
        self.looks = looks
        self.printing = False
        self._seen = 0
        self._queue: list[bytes] = []
        self._buffer = bytearray()
        self._changed = threading.Condition()
        self._over = False
        self._threads = [threading.Thread(target=self._mechanism, daemon=True)]

    # What a test does

    def fault(self, name: str) -> None:
        with self._changed:
            self.faults.add(name)
            self.told_fault()

    def clear(self) -> None:
        """Somebody helped."""
        with self._changed:
            self.faults.clear()
            self._seen = 0
            self._changed.notify_all()

    def wait_for(self, what: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(what, 20)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(10)

    # The mechanism

    @property
    def blocked(self) -> bool:
        return bool(self.faults & _BLOCKING)

    @property
    def waiting(self) -> int:
        return len(self._queue) + self.printing

    def _mechanism(self) -> None:
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._over or bool(self._queue))
                if self._over:
                    return
                label = self._queue.pop(0)
                self.printing, self._seen = True, 0
                self.told_start()
                if self.at_start:
                    self.faults.add(self.at_start)
                    self.at_start = None
                    self.told_fault()
                self._changed.wait_for(lambda: self._over or not self.blocked)
                self._changed.wait_for(lambda: self._over or (self._seen >= self.looks and not self.blocked))
                if self._over:
                    return
                self.labels.append(label)
                self.printing = False
                self.told_end()
                if self.at_end:
                    self.faults.add(self.at_end)
                    self.at_end = None
                self._changed.notify_all()

    def take(self, label: bytes) -> None:
        self.jobs += 1
        self._queue.append(label)
        self._changed.notify_all()

    def looked_at(self) -> None:
        self._seen += 1
        self._changed.notify_all()

    def told_start(self) -> None:
        return

    def told_end(self) -> None:
        return

    def told_fault(self) -> None:
        return

    def forget(self) -> None:
        """Everything that is not out yet."""
        self._queue.clear()

    # The talk

    def feed(self, data: bytes) -> bytes:
        """Take bytes; answers what goes back. Raises Dropped."""
        with self._changed:
            if self.drop_after is not None:
                self.drop_after -= len(data)
                if self.drop_after <= 0:
                    self.drop_after = None
                    self._buffer.clear()
                    raise Dropped
            self._buffer += data
            answer = b"".join(self.understand())
            quiet = self.silent or (self.silent_in_trouble and self.blocked)
            return b"" if quiet else answer

    @abstractmethod
    def understand(self) -> Iterator[bytes]:
        """Take whole commands from the buffer; yields answers."""


class Zebra(Emulator):
    dots_per_mm = 12

    def understand(self) -> Iterator[bytes]:
        while found := re.search(rb"~HS|~HQES|~HI|~JA|\^XA.*?\^XZ", bytes(self._buffer), re.DOTALL):
            del self._buffer[: found.end()]
            match found[0]:
                case b"~HS":
                    if not (self.silent_in_trouble and self.blocked):
                        yield self.host_status()
                    self.looked_at()
                case b"~HI":
                    yield b"\x02ZD421-300dpi ZPL,V93.21.39Z,%d,8192KB\x03\r\n" % self.dots_per_mm
                case b"~HQES":
                    yield self.faults_listed()
                case b"~JA" if self.keeps:
                    pass
                case b"~JA":
                    self.forget()
                    self.printing = self.printing and not self.blocked
                case label:
                    if b"^GF" in label:
                        self.take(label)

    def host_status(self) -> bytes:
        flags = [int(name in self.faults) for name in (PAPER_OUT, PAUSED, HOT, COVER)]
        first = "030,{},{},1245,{:03},0,0,0,000,0,0,{}".format(*flags[:2], self.waiting, flags[2])
        second = f"000,0,{flags[3]},0,0,2,4,0,{self.waiting:08},1,000"
        return b"".join(b"\x02" + text.encode() + b"\x03\r\n" for text in (first, second, "1234,0"))

    def faults_listed(self) -> bytes:
        bits = {PAPER_OUT: 1, COVER: 4, JAM: 8, HOT: 0x10, PAUSED: 0x10000}
        errors = sum(bits.get(name, 0) for name in self.faults)
        warnings = 8 if LOW in self.faults else 0
        lines = [
            f"  {name}:         {int(bool(value))} 00000000 {value:08X}"
            for name, value in (("ERRORS", errors), ("WARNINGS", warnings))
        ]
        return ("\x02\r\n\r\n PRINTER STATUS\r\n" + "\r\n".join(lines) + "\r\n\x03").encode()


class Brother(Emulator):
    """What both ways of a Brother have in common: the raster, and its 32 bytes."""

    def __init__(self, media: tuple[int, int] = (62, 0), looks: int = 1) -> None:
        super().__init__(looks)
        self.media = media
        self.wrong = False
        self.push: Callable[[bytes], None] = lambda data: None

    def packet(self, kind: int = 0, phase: int = 0) -> bytes:
        bits = {PAPER_OUT: (2 if self.printing else 1, 0), JAM: (4, 0), COVER: (0, 0x10), HOT: (0, 0x80)}
        one = sum(bits.get(name, (0, 0))[0] for name in self.faults)
        two = sum(bits.get(name, (0, 0))[1] for name in self.faults) + int(self.wrong)
        width, length = self.media
        packet = bytearray(32)
        packet[0:8] = b"\x80\x20B4A0\x00\x00"
        packet[8:12] = bytes([one, two, width, 0x0B if length else 0x0A])
        packet[17:20] = bytes([length, kind, phase])
        return bytes(packet)

    def understand(self) -> Iterator[bytes]:
        at = start = 0
        data = bytes(self._buffer)
        sizes = {b"@": 2, b"iS": 3, b"ia": 4, b"iz": 13, b"iM": 4, b"iA": 4, b"iK": 4, b"id": 5}
        while at < len(data):
            if data[at] == 0x1B:
                size = sizes.get(data[at + 1 : at + 2]) or sizes.get(data[at + 1 : at + 3], 0)
            elif data[at] == 0x67:
                size = 3 + data[at + 2] if at + 2 < len(data) else 0
            else:
                size = {0x4D: 2, 0x5A: 1, 0x00: 1, 0x0C: 1, 0x1A: 1}[data[at]]
            if not size or at + size > len(data):
                break
            command = data[at : at + size]
            at += size
            if command == b"\x1biS":
                yield from self.asked()
                start = at
            elif command in (b"\x0c", b"\x1a"):
                self.take(data[start:at])
                start = at
        del self._buffer[:start]

    def asked(self) -> Iterator[bytes]:
        self.looked_at()
        yield self.packet()


class BrotherUsb(Brother):
    """Speaks by itself once it prints."""

    def __init__(self, media: tuple[int, int] = (62, 0)) -> None:
        super().__init__(media, looks=0)

    def told_start(self) -> None:
        self.push(self.packet(6, 1))

    def told_end(self) -> None:
        self.push(self.packet(1) + self.packet(6))

    def told_fault(self) -> None:
        self.push(self.packet(2))


class BrotherNet(Brother):
    """Says nothing on the line of the job; SNMP answers on a port of its own."""

    def __init__(self, media: tuple[int, int] = (62, 0)) -> None:
        super().__init__(media)
        self._agent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._agent.bind(("127.0.0.1", 0))
        self.snmp_port: int = self._agent.getsockname()[1]
        self.first_version_only = False
        self._threads.append(threading.Thread(target=self._answer, daemon=True))

    def asked(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._agent.shutdown(socket.SHUT_RDWR)
        super().close()
        self._agent.close()

    def _answer(self) -> None:
        while True:
            try:
                question, sender = self._agent.recvfrom(2048)
            except OSError:
                return
            if not question:
                return
            with self._changed:
                if self.silent or (self.first_version_only and question[4] == 1):
                    continue
                answer = self._agent_answer(question)
                self.looked_at()
            self._agent.sendto(answer, sender)

    def _agent_answer(self, question: bytes) -> bytes:
        """Answer a GET: the same message with values where it holds nulls."""
        bits = {LOW: 0x80, PAPER_OUT: 0x40, COVER: 0x08, JAM: 0x04}
        errors = sum(bits.get(name, 0) for name in self.faults)
        values = {
            b"\x2b\x06\x01\x04\x01\x93\x03\x03\x03\x09\x01\x06\x01\x00": b"\x04\x20" + self.packet(),
            b"\x2b\x06\x01\x02\x01\x19\x03\x05\x01\x01\x01": b"\x02\x01" + (b"\x04" if self.printing else b"\x03"),
            b"\x2b\x06\x01\x02\x01\x19\x03\x05\x01\x02\x01": b"\x04\x01" + bytes([errors]),
        }
        start = question.index(b"\xa0")
        community = question[2 if question[1] < 0x80 else 3 : start]
        rid = question[start + (2 if question[start + 1] < 0x80 else 3) :]
        rid = rid[: 2 + rid[1]]
        bindings = b""
        for oid, value in values.items():
            if self._tlv(6, oid) in question:
                bindings += self._tlv(0x30, self._tlv(6, oid) + value)
        body = rid + b"\x02\x01\x00\x02\x01\x00" + self._tlv(0x30, bindings)
        return self._tlv(0x30, community + self._tlv(0xA2, body))

    @staticmethod
    def _tlv(kind: int, body: bytes) -> bytes:
        size = bytes([len(body)]) if len(body) < 0x80 else b"\x82" + struct.pack(">H", len(body))
        return bytes([kind]) + size + body


class Escpos(Emulator):
    """Answers in real time, and in order once it has printed so far."""

    def __init__(self) -> None:
        super().__init__(looks=1)
        self._ask_after = 0
        self.push: Callable[[bytes], None] = lambda data: None

    def understand(self) -> Iterator[bytes]:
        at = start = 0
        data = bytes(self._buffer)
        while at < len(data):
            two, size = data[at : at + 2], 1
            if two == b"\x1dv" and at + 8 <= len(data):
                step, height = struct.unpack_from("<HH", data, at + 4)
                size = 8 + step * height
            elif two in (b"\x10\x04", b"\x10\x05", b"\x1dr", b"\x1bd"):
                size = 3
            elif two == b"\x1dV":
                size = 4
            elif two in (b"\x1b@", b"\x1d\x0c"):
                size = 2
            if at + size > len(data) or (len(two) < 2 and two in (b"\x1d", b"\x1b", b"\x10")):
                break
            at += size
            if two == b"\x10\x04":
                self.looked_at()
                yield bytes([self.real_time(data[at - 1])])
            elif two == b"\x10\x05":
                self.forget()
            elif two == b"\x1dr":
                yield from self.in_order()
            elif two in (b"\x1dV", b"\x1d\x0c") or data[at - 1] == 0x0C:
                self.take(data[start:at])
            else:
                continue
            start = at
        del self._buffer[:start]

    def in_order(self) -> Iterator[bytes]:
        if self.waiting and not self.blocked:
            self._ask_after += 1
        elif not self.blocked:
            yield bytes([3 if LOW in self.faults else 0])

    def told_end(self) -> None:
        while self._ask_after:
            self._ask_after -= 1
            self.push(bytes([3 if LOW in self.faults else 0]))

    def told_fault(self) -> None:
        self._ask_after = 0  # an answer that is due is not given off-line

    def real_time(self, which: int) -> int:
        out, cover = PAPER_OUT in self.faults, COVER in self.faults
        jam, hot = JAM in self.faults, HOT in self.faults
        bits = {
            1: 0x08 * self.blocked,
            2: 0x04 * cover | 0x20 * out | 0x40 * (jam or hot),
            3: 0x08 * jam | 0x40 * hot,
            4: 0x0C * (out or LOW in self.faults) | 0x60 * out,
        }
        return 0x12 | bits[which]


class Dymo(Emulator):
    def __init__(self) -> None:
        super().__init__(looks=0)

    def understand(self) -> Iterator[bytes]:
        at = start = 0
        data, step = bytes(self._buffer), 84
        while at < len(data):
            if data[at] == 0x16:
                size = 1 + step
            elif data[at] == 0x1B and at + 1 < len(data):
                size = {0x1B: 1, ord("D"): 3, ord("L"): 4}.get(data[at + 1], 2)
            else:
                break
            if at + size > len(data):
                break
            command = data[at : at + size]
            at += size
            if command[:2] == b"\x1bD":
                step = command[2]
            elif command == b"\x1bA":
                self.looked_at()
                yield bytes([self.byte()])
                start = at
            elif command == b"\x1bE":
                self.take(data[start:at])
                start = at
        del self._buffer[:start]

    def byte(self) -> int:
        return 0x03 | 0x20 * (PAPER_OUT in self.faults) | 0x40 * (JAM in self.faults) | 0x80 * self.blocked
