"""The machines of a random day: a station's disk with the program on it, and a hub's, spoken with without sockets.

What travels are bytes, so that they can be cut, doubled and come late; what reads them is the program's own.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import event

from kiosk.domain.exchange import Head, Signed
from kiosk.domain.trust import DeviceRole
from kiosk.domain.verdicts import RecordId
from kiosk.hub import records, rounds
from kiosk.hub.app import make_app
from kiosk.hub.database import Connection, metadata
from kiosk.hub.devices import all_devices, put_device
from kiosk.hub.hub import Hub, open_hub
from kiosk.services.check_in import CheckIn
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station
from kiosk.services.stations import Stations
from kiosk.storage.database import DriverError
from kiosk.storage.store import Store, open_store
from kiosk.sync.client import HubClient
from kiosk.sync.http import Answer
from kiosk.sync.loop import SYNC
from kiosk.sync.round import Outcome, Round
from kiosk.wire.codec import encode
from kiosk.wire.rounds import SyncAnswer, SyncRequest
from tests.builders import KEY, NOON, Clock, Desk


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder of a day's own."""
    with tempfile.TemporaryDirectory(prefix="kiosk-day-") as folder:
        yield Path(folder)


@dataclass(slots=True)
class Machine:
    """One machine with a station's data on it."""

    name: str
    folder: Path
    skew_ms: int = 0
    desk: Desk = field(init=False)
    round: Round = field(init=False)
    """With the hub it has joined."""
    seen: dict[str, dict[str, Head]] = field(default_factory=dict)
    """What others said to hold when last heard; may be long out of date."""

    def start(self) -> None:
        """Start the program on this disk."""
        store = open_store(self.folder, KEY)
        station = Station(store, Clock(), lambda: int(time.monotonic() * 1000))
        self.desk = Desk(store, station, CheckIn(store, station))
        self.round = Round(store, station, self.link)

    def kill(self) -> None:
        """End the program as a power cut would: nothing is tidied up."""
        store = self.desk.store
        for connection in (store.view.connection, store.connection):
            with suppress(DriverError):
                connection.close()
        store._process_lock.release()

    @property
    def link(self) -> HubLink:
        """The hub it has joined."""
        link = HubLink.read(self.store)
        assert link is not None
        return link

    @property
    def store(self) -> Store:
        """The station's memory."""
        return self.desk.store

    @property
    def stations(self) -> Stations:
        """The other stations, as this one knows them."""
        return Stations(self.store, self.desk.station)

    def holdings(self) -> set[RecordId]:
        """The records on its disk."""
        return {RecordId(*row) for row in self.store.connection.execute("select log, seq from record")}

    def hash_at(self, at: RecordId) -> bytes | None:
        """The hash of a record on its disk."""
        row = self.store.connection.execute(
            "select hash from record where log = ? and seq = ?", (at.log, at.seq)
        ).fetchone()
        return row[0] if row else None

    def content(self) -> list[tuple[Any, ...]]:
        """All of its journal, byte for byte."""
        connection = self.store.connection
        rows = connection.execute("select log, seq, hash, bytes, signature from record order by log, seq").fetchall()
        return rows + connection.execute(
            "select log, seq, n, mac, salt, value from value order by log, seq, n"
        ).fetchall()  # fmt: skip


class Killed(Exception):
    """The hub died before it could commit."""


class HubMachine:
    """One machine with a hub's data on it."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: NOON) -> None:
        self.folder, self.clock = folder, clock
        self._url: str | None = None
        self.skew_ms = 0
        self.held: dict[str, int] = {}
        """How far each log was ever on its disk."""

    def start(self) -> None:
        """Start the program on this disk."""
        self.hub: Hub = open_hub(self.folder, KEY, self._url, self.clock)
        self._app = make_app(self.hub, rounds.ROUTES)
        self._runner = asyncio.Runner()
        self._note()

    def _note(self) -> None:
        with self.hub.database.read() as connection:
            for log, seq in connection.exec_driver_sql("select log, seq from log"):
                self.held[log] = max(self.held.get(log, 0), seq)

    def kill(self) -> None:
        """End it: what is committed is on its disk, and nothing else."""
        self._runner.close()
        self.hub.close()

    def restart(self) -> None:
        """kill -9, and started again."""
        self.kill()
        self.start()

    # Being asked

    def ask(self, link: HubLink, data: bytes, *, cut: int | None = None, dies: bool = False) -> Answer | None:
        """What it answers to a round; None where it dies before it has committed. `cut`: so much of it arrives."""
        if dies:
            self.hub.feed.close()  # which asks the database in a thread of its own, and dies with the hub
            event.listen(self.hub.database.engine, "commit", _die)
        try:
            return self._runner.run(self._asked(link, data if cut is None else data[:cut], len(data)))
        except Killed:
            return None
        finally:
            if dies:
                event.remove(self.hub.database.engine, "commit", _die)
            self._note()

    async def _asked(self, link: HubLink, data: bytes, announced: int) -> Answer:
        told: list[dict[str, Any]] = []
        pieces = [{"type": "http.request", "body": data, "more_body": len(data) < announced}]

        async def receive() -> dict[str, Any]:
            return pieces.pop(0) if pieces else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            told.append(dict(message))

        scope: dict[str, Any] = {
            "type": "http", "method": "POST", "path": SYNC, "raw_path": SYNC.encode(), "query_string": b"",
            "headers": [(b"content-length", str(announced).encode())], "http_version": "1.1", "scheme": "https",
            "state": {"certificate": bytes.fromhex(link.certificate)}, "client": ("127.0.0.1", 1), "server": ("h", 1),
        }  # fmt: skip
        await self._app(scope, receive, send)
        headers = dict(told[0]["headers"])
        body = b"".join(message.get("body", b"") for message in told[1:])
        return Answer(told[0]["status"], headers.get(b"content-type", b"").decode(), body)

    # Its disk

    def vector(self) -> dict[str, Head]:
        """How far it holds every log."""
        with self.hub.database.read() as connection:
            return records.vector(connection)

    def content(self) -> list[Signed]:
        """All of its records."""
        with self.hub.database.read() as connection:
            return records.records_after(connection, {}, most=1_000_000, most_bytes=1 << 40)[0]

    def holdings(self) -> set[RecordId]:
        """The records on its disk."""
        return {RecordId(log, seq) for log, head in self.vector().items() for seq in range(1, head.seq + 1)}

    def copy(self) -> dict[str, list[dict[str, Any]]]:
        """What a backup holds."""
        with self.hub.database.read() as connection:
            return {
                table.name: [dict(row._mapping) for row in connection.execute(table.select())]
                for table in metadata.sorted_tables
            }

    def put_back(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        """A backup takes the place of what is there, and the hub starts from that."""

        def replace_all(connection: Connection) -> None:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
            for table in metadata.sorted_tables:
                if rows[table.name]:
                    connection.execute(table.insert(), rows[table.name])

        self.hub.database.write(replace_all)
        self.restart()

    def move_to(self, url: str) -> None:
        """Go on in the empty PostgreSQL at this address."""
        self.start()
        rows = self.copy()
        self.kill()
        self._url = url
        self.start()
        self.put_back(rows)
        self.kill()

    def give_role(self, role: DeviceRole, device: str | None = None) -> None:
        """What this device, or every one, may write from now on."""

        def change(connection: Connection) -> None:
            for known in all_devices(connection):
                if device in (None, known.id) and known.role is not role:
                    put_device(connection, replace(known, role=role))

        self.hub.database.write(change)
        self.hub.devices.forget()

    def live(self) -> Any:
        """The hub as fixtures have it that let a station in."""
        return SimpleNamespace(hub=self.hub, server=SimpleNamespace(port=1))


def _die(_connection: Connection) -> None:
    raise Killed


class _Line:
    """In place of a connection: what came back on it."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def ask(self, _method: str, _path: str, _data: bytes | None) -> Answer:
        return self.answer


def hear(round_: Round, request: SyncRequest, asked_ms: int, answer: Answer) -> Outcome:
    """Let a station make of an answer what it can. Raises HubTrouble, in words."""
    client = HubClient.__new__(HubClient)
    client._http = _Line(answer)  # type: ignore[assignment]
    told = client.ask("POST", SYNC, request, SyncAnswer)
    round_.met_clock(asked_ms, told)
    return round_.answered(request, told)


def meet_hub(machine: Machine, hub: HubMachine, most: int = 20) -> int:
    """Rounds over a sound network until there is no more to say; answers how many."""
    for n in range(1, most + 1):
        request, asked_ms = machine.round.request(), machine.round.now_ms()
        answer = hub.ask(machine.link, encode(request))
        assert answer is not None
        if not hear(machine.round, request, asked_ms, answer).more:
            return n
    raise AssertionError("a station and its hub do not come to an end")
