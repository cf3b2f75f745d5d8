"""Networks as hotels have them, on the loopback: a way to the hub that is down, hangs, lies or breaks as it is told.

For the benchmark of scans beside each of them, and for the tests.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from queue import SimpleQueue

PORTAL = b"HTTP/1.1 %s\r\nLocation: http://portal.example/\r\nContent-Length: 7\r\n\r\n<html/>"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a network."""

    refuses: Callable[[int], bool] = lambda _n: False
    """Whether the nth connection is closed at once."""
    says: bytes = b""
    """What somebody else answers in the hub's place."""
    loses_up: bool = False
    """Nothing of what is sent arrives; it looks as if it did."""
    loses_down: bool = False
    delay_s: float = 0
    """So much later everything arrives, each way."""
    loss: float = 0
    """How likely a piece is lost at first, and arrives only when it is sent again."""
    cut_chance: float = 0
    """How likely each piece is to be the last one."""
    cut_after: int | None = None
    """So many bytes of an answer, and no more."""
    again_s: float = 0.3
    """How long it takes until what was lost is sent again."""

    def times(self, factor: float) -> Fault:
        """The same network where everything takes so much longer, or less."""
        return replace(self, delay_s=self.delay_s * factor, again_s=self.again_s * factor)


UP = Fault()
NETWORKS = {
    "up": UP,
    "down": Fault(refuses=lambda _n: True),
    "hanging": Fault(loses_up=True, loses_down=True),
    "5 s late": Fault(delay_s=5),
    "a fifth is lost": Fault(loss=0.2),
    "breaking": Fault(cut_chance=0.1),
    "one way, out": Fault(loses_down=True),
    "one way, in": Fault(loses_up=True),
    "flapping": Fault(refuses=lambda n: n % 2 == 0),
    "portal 200": Fault(says=PORTAL % b"200 OK"),
    "portal 302": Fault(says=PORTAL % b"302 Found"),
    "portal 511": Fault(says=PORTAL % b"511 Network Authentication Required"),
    "cut in the handshake": Fault(cut_after=300),
    "cut in the answer": Fault(cut_after=2300),
}
GETS_THROUGH = frozenset({"up", "5 s late", "a fifth is lost", "breaking", "flapping"})
"""Networks over which everything arrives in the end as they are."""


class FaultProxy:
    """The way to a hub, with a fault that can be changed. `close` it."""

    def __init__(self, hub_port: int, seed: int = 1) -> None:
        self._hub_port, self._chance = hub_port, random.Random(seed)
        self._fault, self._numbers, self._met = UP, count(1), threading.Semaphore(0)
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def turn(self, fault: Fault) -> None:
        """Another network from now on; whatever is open breaks."""
        self._fault, self._met = fault, threading.Semaphore(0)
        self._break_all()

    def met(self, timeout_s: float) -> bool:
        """Wait until somebody has tried this network, or once more."""
        return self._met.acquire(timeout=timeout_s)

    def close(self) -> None:
        """End it."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self._break_all()

    def _break_all(self) -> None:
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _address = self._listener.accept()
                threading.Thread(target=self._take, args=(caller, self._fault, self._met), daemon=True).start()

    def _take(self, caller: socket.socket, fault: Fault, met: threading.Semaphore) -> None:
        self._open.add(caller)
        with suppress(OSError), caller:
            if fault is not self._fault:
                return  # it came just before the network turned
            met.release()
            if fault.refuses(next(self._numbers)):
                return
            if fault.says:
                caller.recv(65536)
                caller.sendall(fault.says)
                return
            with socket.create_connection(("127.0.0.1", self._hub_port), 5) as hub:
                self._open.add(hub)
                for end in (caller, hub):  # no delay but the one that was asked for
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                back = threading.Thread(
                    target=self._pass, args=(hub, caller, fault, fault.loses_down, fault.cut_after), daemon=True
                )
                back.start()
                self._pass(caller, hub, fault, fault.loses_up, None)
                back.join()
                self._open.discard(hub)
        self._open.discard(caller)

    def _pass(self, source: socket.socket, to: socket.socket, fault: Fault, loses: bool, most: int | None) -> None:
        pieces = SimpleQueue[tuple[float, bytes]]()
        sending = threading.Thread(target=_send, args=(pieces, to), daemon=True)
        sending.start()
        with suppress(OSError):
            while data := source.recv(16384 if most is None else min(16384, most)):
                if self._chance.random() < fault.cut_chance:
                    break
                if not loses:
                    pieces.put((time.monotonic() + self._late_s(fault), data))
                if most is not None and not (most := most - len(data)):
                    break
        pieces.put((0, b""))
        sending.join()
        for end in (source, to):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _late_s(self, fault: Fault) -> float:
        late_s = fault.delay_s
        while self._chance.random() < fault.loss:
            late_s += fault.again_s
        return late_s


def _send(pieces: SimpleQueue[tuple[float, bytes]], to: socket.socket) -> None:
    """Each piece when it is due, in their order."""
    with suppress(OSError):
        while (piece := pieces.get())[1]:
            time.sleep(max(0.0, piece[0] - time.monotonic()))  # the network itself: nobody waits for it to have passed
            to.sendall(piece[1])
