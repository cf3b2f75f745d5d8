"""From a record that the hub has accepted to its number on every open page: two hundred of them, over TLS on loopback.

The hub is a process of its own, so that its share of the processor is its own. The floor is a frame of the same length
written to as many plain sockets and read from them.
"""

from __future__ import annotations

import json
import selectors
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from kiosk.bench.rows import Row

PAGES = 200
SCANS = 15
PATIENCE_S = 60.0

_HUB = """
import json, resource, sys, tempfile, time
from datetime import timedelta
from pathlib import Path
from kiosk.domain.journal import Kind
from kiosk.domain.people import Attendee, AttendeeId, Ticket, TicketCode, TicketKind
from kiosk.domain.roster import NewAttendee
from kiosk.domain.trust import DeviceRole, fingerprint
from kiosk.hub import page_access, records
from kiosk.hub.app import make_app
from kiosk.hub.database import note
from kiosk.hub.devices import DeviceState, KnownDevice, put_device
from kiosk.hub.hub import open_hub
from kiosk.hub.news import RECORDS
from kiosk.hub.server import HubServer
from kiosk.hub.table import ROUTES
from kiosk.services.check_in import CheckIn
from kiosk.services.station import Station
from kiosk.storage.exchange import records_after, vector
from kiosk.storage.journal import utc_now
from kiosk.storage.roster import write_changes
from kiosk.storage.store import open_store
pages, people = int(sys.argv[1]), int(sys.argv[2])
with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as folder:
    store = open_store(Path(folder) / "desk", bytes(32))
    changes = []
    for n in range(people):
        attendee = AttendeeId(f"{n:026}")
        ticket = Ticket(TicketCode(f"{n:06}"), attendee, TicketKind.NUMBER)
        changes.append(NewAttendee(Attendee(attendee, first="Ada", last=f"Bench {n}"), (ticket,)))
    with store.write() as journal:
        write_changes(journal, store.view, Kind.IMPORT, changes, at=utc_now(), actor="x", body={"batch": "B" * 26})
    station = Station(store)
    desk = CheckIn(store, station)
    hub = open_hub(Path(folder) / "hub", bytes(32))
    own = store.journal.device
    known = KnownDevice(own.id, "Desk 1", DeviceRole.DESK, DeviceState.ACTIVE, own.public, b"-", fingerprint(b"-"), 1)
    hub.database.write(lambda connection: put_device(connection, known))
    held = {}
    def bring():
        with store.reading():
            batch = records_after(store.connection, held, most=1_000_000, most_bytes=1 << 40)
            now_held = vector(store.connection)
        def work(connection):
            records.take_in(connection, {own.id: own.public}, hub.identity.device, batch)
            note(connection, RECORDS)
        hub.database.write(work)
        held.update(now_held)
    bring()
    def cookie(connection):
        code = page_access.make_code(connection, DeviceRole.DASHBOARD, hub.clock())
        return page_access.pair(connection, code, hub.clock())
    cookies = [hub.database.write(cookie) for _page in range(pages)]
    server = HubServer(hub, make_app(hub, ROUTES), "127.0.0.1", 0)
    server.start()
    print(json.dumps({"port": server.port, "cookies": cookies}), flush=True)
    scans = 0
    for line in sys.stdin:
        if line.strip() == "scan":
            desk.present(f"{scans:06}")
            scans += 1
            bring()
            answer = {"at": time.monotonic()}
        else:
            used = resource.getrusage(resource.RUSAGE_SELF)
            answer = {"cpu_s": used.ru_utime + used.ru_stime}
        print(json.dumps(answer), flush=True)
    server.stop(); hub.close(); store.close()
"""


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """How long a number takes to every page, and what the hub spends on it."""
    tell(f"{PAGES} open pages")
    with ExitStack() as closing:
        hub = closing.enter_context(_Hub())
        pages = _Pages(hub, closing)
        pages.wait_for(0)
        cpu_s, begun = hub.say("cpu")["cpu_s"], time.monotonic()
        spent: list[float] = []
        for number in range(1, SCANS + 1):
            at = hub.say("scan")["at"]
            spent += [heard - at for heard in pages.wait_for(number)]
        share = (hub.say("cpu")["cpu_s"] - cpu_s) / (time.monotonic() - begun)
        floor = _floor(pages.longest)
    p99, floor_p99 = _p99(spent), _p99(floor)
    return [
        Row(
            f"record accepted, number on {PAGES} open pages, p99", p99 * 1000, "ms", floor_p99 * 1000, p99 / floor_p99,
            "≤ 1000 ms",
        ),
        Row("the hub's share of one processor meanwhile", share * 100, "%"),
    ]  # fmt: skip


class _Hub:
    """The hub's process."""

    def __enter__(self) -> _Hub:
        command = [sys.executable, "-c", _HUB, str(PAGES), "1200"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready = self._heard()
        return self

    def say(self, word: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._heard()

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class _Pages:
    """Browsers that listen, without the browsers."""

    def __init__(self, hub: _Hub, closing: ExitStack) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # a loopback of our own
        self._selector = closing.enter_context(selectors.DefaultSelector())
        self._said: dict[int, bytes] = {}
        self.longest = 0
        """Bytes of the longest piece that came at once."""
        for n, cookie in enumerate(hub.ready["cookies"]):
            plain = socket.create_connection(("127.0.0.1", hub.ready["port"]))
            page = closing.enter_context(context.wrap_socket(plain))
            head = f"GET /v1/dashboard/stream HTTP/1.1\r\nhost: hub\r\ncookie: __Host-kiosk={cookie}\r\n\r\n"
            page.sendall(head.encode())
            page.setblocking(False)
            self._said[n] = b""
            self._selector.register(page, selectors.EVENT_READ, n)

    def wait_for(self, checked_in: int) -> list[float]:
        """When each page has heard this number."""
        wanted = b'"key":"checked_in","title":"Checked in","value":"%d"' % checked_in
        heard: dict[int, float] = {}
        until = time.monotonic() + PATIENCE_S
        while len(heard) < len(self._said):
            if time.monotonic() > until:
                raise TimeoutError(f"{len(self._said) - len(heard)} pages did not hear of {checked_in}")
            for key, _events in self._selector.select(1.0):
                self._read(key.data, key.fileobj)  # type: ignore[arg-type]
                if key.data not in heard and wanted in self._said[key.data]:
                    heard[key.data] = time.monotonic()
        for n in self._said:
            self._said[n] = b""
        return list(heard.values())

    def _read(self, n: int, page: ssl.SSLSocket) -> None:
        while True:
            try:
                piece = page.recv(1 << 16)
            except ssl.SSLWantReadError:
                return
            if not piece:
                raise ConnectionError(f"page {n} was hung up on: {self._said[n][-300:]!r}")
            self.longest = max(self.longest, len(piece))
            self._said[n] += piece


def _floor(length: int) -> list[float]:
    """How long a frame of so many bytes takes to as many plain sockets."""
    frame, spent = b"x" * length, []
    pairs = [socket.socketpair() for _page in range(PAGES)]
    for _round in range(SCANS):
        begun = time.monotonic()
        for ours, theirs in pairs:
            ours.sendall(frame)
            left = length
            while left:
                left -= len(theirs.recv(left))
            spent.append(time.monotonic() - begun)
    for ours, theirs in pairs:
        ours.close()
        theirs.close()
    return spent


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]
