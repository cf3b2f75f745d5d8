"""Stations that have much to fetch or to send: a new one, and those that were away.

The floor of a new station: the very rows its view holds in the end, put into the same tables with the same indexes (the
search index too) through sqlcipher, in one transaction, each table in its order. No journal, no proof, no network,
nothing read or computed: the least that has to be written for these people to be found.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from kiosk.bench.hub_served import (
    NO_DIGEST,
    Client,
    Served,
    answered,
    let_in,
    opened,
    served,
    under_load,
)
from kiosk.bench.hub_served import (
    Connection as Line,
)
from kiosk.bench.roster import made_up_people
from kiosk.bench.rows import Row
from kiosk.domain.exchange import SideValue, Signed
from kiosk.domain.ids import new_id
from kiosk.domain.journal import NO_PREDECESSOR, Kind, canonical, record_hash, salts_from, value_mac, values_digest
from kiosk.domain.people import Attendee, AttendeeId, Ticket, TicketCode, TicketKind
from kiosk.domain.roster import NewAttendee
from kiosk.domain.roster_json import write_change
from kiosk.domain.sync_state import SyncState, SyncStatus
from kiosk.domain.trust import PROTOCOL
from kiosk.hub.hub import Hub
from kiosk.hub.taking import take_in
from kiosk.services.check_in import CheckIn
from kiosk.services.station import Station
from kiosk.storage.database import Connection, connect
from kiosk.storage.journal import DEVICE_SETTING, Device, utc_now
from kiosk.storage.roster import PAGE
from kiosk.storage.store import Store, open_store
from kiosk.storage.view import View
from kiosk.sync.client import HubClient
from kiosk.sync.loop import SyncLoop, exchange
from kiosk.sync.round import Round
from kiosk.sync.snapshot import Snapshot
from kiosk.wire.codec import encode
from kiosk.wire.compress import QUICK, pack
from kiosk.wire.rounds import SyncRequest

PEOPLE = 100_000
WEEK, SCANS = 200_000, 200
STATIONS, RECORDS, BATCH = 40, 2_500, 500
LINE_BITS_S = 2e6
"""What all stations have together, upwards."""
_KEY = bytes(32)


def run(tell: Callable[[str], None], name: str, url: str | None) -> list[Row]:
    """Every figure of them."""
    tell(f"{name}: a new station fetches {PEOPLE:,} people")
    rows = _new_station(name, url)
    tell(f"{name}: a station sends {WEEK:,} records after a week away")
    rows += _week_away(name, url)
    tell(f"{name}: {STATIONS} stations send {RECORDS:,} records each over {LINE_BITS_S / 1e6:.0f} Mbit/s")
    return rows + _outage(name, url)


# A new station


def _new_station(name: str, url: str | None) -> list[Row]:
    with served(url, 1, 1, _with_a_roster) as hub, tempfile.TemporaryDirectory(prefix="kiosk-bench-") as made:
        (client,) = hub.clients
        store = _station_of(client, Path(made) / "new")
        try:
            cpu, begun, own = hub.cpu_s(), time.perf_counter(), time.process_time()
            wire_bytes = _fetch(store, hub, client)
            spent, own, cpu = time.perf_counter() - begun, time.process_time() - own, hub.cpu_s() - cpu
            floor, floor_cpu = _floor(store.view.connection, Path(made) / "floor.db")
        finally:
            store.close()
    title = f"{name}: a roster of {PEOPLE:,} to a new station"
    return [
        Row(title, spent, "s", floor, spent / floor, "≤ 1.3"),
        Row(f"{title}: processor of the station", own, "s", floor_cpu, own / floor_cpu),
        Row(f"{title}: processor of the hub", cpu, "s"),
        Row(f"{title}: on the wire", wire_bytes / 1e6, "MB", limit="≤ 6.5 MB"),
    ]


def _with_a_roster(hub: Hub) -> None:
    """As if a desk had brought it in and sent it."""
    author = let_in(hub, 0).device
    records = list(_roster(author))
    for n in range(0, len(records), 50):
        part, accepted = records[n : n + 50], {author.id: author.public}
        hub.database.write(partial(take_in, accepted=accepted, own=hub.identity.device, batch=part))


def _roster(author: Device) -> Iterator[Signed]:
    log, prev, batch = new_id(secrets.token_bytes(16)), NO_PREDECESSOR, new_id(secrets.token_bytes(16))
    opens = {"parent": None, "key": author.public, "station": "Bench", "app": "0"}
    people = iter(made_up_people(PEOPLE))
    for seq in range(1, PEOPLE // PAGE + 2):
        values = [] if seq == 1 else [_person(next(people)) for _ in range(PAGE)]
        salts = salts_from(secrets.token_bytes(32), len(values))
        side = tuple(SideValue(value_mac(s, v), s, v) for s, v in zip(salts, values, strict=True))
        body = {"page": seq - 1, "batch": batch, "side": values_digest([value.mac for value in side])}
        data = canonical(
            {
                "v": 1, "log": log, "seq": seq, "prev": prev, "dev": author.id, "hlc": (1_700_000_000_000 + seq, 0),
                "wall": 1_700_000_000_000 + seq, "tz": "-04:00", "mono": seq, "clk": None, "actor": "station",
                "role": "organizer", "gate": None, "basis": {"vvd": "0" * 16, "hub_age_s": None},
                "kind": Kind.OPEN if seq == 1 else Kind.IMPORT, "crit": False, "body": opens if seq == 1 else body,
            }
        )  # fmt: skip
        prev = record_hash(data).hex()
        yield Signed(data, author.key.sign(data), side)


def _person(row: tuple[str, ...]) -> bytes:
    number, first, last, email, agency, agency_type, sworn, title, kind, _status, phone, _notes = row
    attendee_id = AttendeeId(new_id(secrets.token_bytes(16)))
    attendee = Attendee(
        attendee_id, first, last, title=title, agency=agency, agency_type=agency_type, sworn=sworn == "Sworn",
        registration_type=kind, email=email, phone=phone,
    )  # fmt: skip
    own = Ticket(TicketCode(new_id(secrets.token_bytes(16))[:16]), attendee_id, TicketKind.OWN)
    tickets = (own, Ticket(TicketCode(number), attendee_id))
    return write_change(NewAttendee(attendee, tickets, (f"list-1beef619:{number}",)))


def _station_of(client: Client, folder: Path) -> Store:
    """The station that was let in, before its first round."""
    store = open_store(folder, _KEY)
    store.set_setting(DEVICE_SETTING, {"id": client.device.id, "key": client.device.key.private_bytes_raw().hex()})
    store.close()
    return open_store(folder, _KEY)


def _fetch(store: Store, hub: Served, client: Client) -> int:
    """Everything, as the loop fetches it; how many bytes came."""
    link = replace(client.link, addresses=(f"127.0.0.1:{hub.port}",))
    link.write(store)
    station = Station(store)
    came = 0
    way, round_, snapshot = HubClient(link), Round(store, station, link), Snapshot(store, link.hub)
    fetch = way.fetch

    def counted(path, read):  # type: ignore[no-untyped-def]
        def counting(data: bytes) -> object:
            nonlocal came
            came += len(data)
            return read(data)

        return fetch(path, counting)

    way.fetch = counted  # type: ignore[method-assign]
    try:
        more = True
        while more:
            outcome = exchange(way, round_)
            more = outcome.more
            if snapshot.is_wanted(lacks_most=outcome.lacks_most):
                snapshot.fetch(way, round_, lambda _fetched: None, lambda: True)
    finally:
        way.close()
    (people,) = store.view.connection.execute("select count(*) from attendee").fetchone()
    assert people == PEOPLE, people
    return came


def _floor(view: Connection, path: Path) -> tuple[float, float]:
    """The rows of this view once more, bare; seconds, and seconds of the processor."""
    names = "select name from sqlite_master where type = 'table' and name not like 'search_text%'"
    tables = {name: view.execute(f"select * from {name}").fetchall() for (name,) in view.execute(names).fetchall()}
    words = [
        (row[0], " ".join({*row[2].replace("|", " ").split(), *row[3].split()})) for row in tables["search_person"]
    ]
    connection = connect(path, _KEY, durable=False)
    View(connection, lambda _record: (), lambda _record: None).create()  # type: ignore[arg-type,return-value]
    begun, cpu = time.perf_counter(), time.process_time()
    connection.execute("begin immediate")
    for name, rows in tables.items():
        if rows:
            marks = ",".join("?" * len(rows[0]))
            connection.executemany(f"insert or ignore into {name} values ({marks})", rows)
    connection.executemany("insert into search_text (rowid, words) values (?, ?)", words)
    connection.execute("commit")
    spent = time.perf_counter() - begun, time.process_time() - cpu
    connection.close()
    return spent


# A week away


def _week_away(name: str, url: str | None) -> list[Row]:
    with served(url, 1, 1) as hub, tempfile.TemporaryDirectory(prefix="kiosk-bench-") as made:
        store = _station_of(hub.clients[0], Path(made) / "away")
        try:
            _write_a_week(store)
            station = Station(store)
            check_in = CheckIn(store, station)
            alone = sorted(_scan(check_in, n) for n in range(SCANS))
            replace(hub.clients[0].link, addresses=(f"127.0.0.1:{hub.port}",)).write(store)
            spent, beside = _send(store, station, check_in)
        finally:
            store.close()
    title = f"{name}: {WEEK:,} records after a week away"
    median, floor = statistics.median(beside), statistics.median(alone)
    return [
        Row(f"{title}, sent", spent, "s"),
        Row(f"{title}: a scan meanwhile, median", median * 1e3, "ms", floor * 1e3, median / floor, "≤ 1.1"),
        Row(f"{title}: a scan meanwhile, p95", beside[int(0.95 * len(beside))] * 1e3, "ms"),
    ]


def _write_a_week(store: Store) -> None:
    at = utc_now()
    for part in range(0, WEEK, 5_000):
        with store.write() as journal:
            for n in range(part, part + 5_000):
                body = {"subject": f"{n:026}", "code": f"{n:016}", "outcome": "already", "reason": ""}
                journal.append(Kind.DENY, body, at=at, actor="station", place="desk")


def _scan(check_in: CheckIn, n: int) -> float:
    begun = time.perf_counter()
    check_in.present(f"SCAN{n:06}")
    return time.perf_counter() - begun


def _send(store: Store, station: Station, check_in: CheckIn) -> tuple[float, list[float]]:
    """Seconds until all of it is confirmed, and what scans took meanwhile, shortest first."""
    sent = threading.Event()

    def tell(status: SyncStatus) -> None:
        if status.state is SyncState.ONLINE and status.unsent < BATCH:
            sent.set()

    loop, took, begun = SyncLoop(store, station, tell), list[float](), time.perf_counter()
    loop.start()
    try:
        while not sent.wait(0.1):
            took.append(_scan(check_in, SCANS + len(took)))
    finally:
        loop.close()
    return time.perf_counter() - begun, sorted(took)


# After an outage


def _outage(name: str, url: str | None) -> list[Row]:
    with served(url, STATIONS, RECORDS) as hub:
        spent, sent = under_load(_send_over_a_thin_line(hub))
    records = STATIONS * RECORDS
    title = f"{name}: {STATIONS} stations x {RECORDS:,} records over {LINE_BITS_S / 1e6:.0f} Mbit/s together"
    return [
        Row(f"{title}, all confirmed", spent, "s", sent * 8 / LINE_BITS_S, spent / (sent * 8 / LINE_BITS_S), "≤ 60 s"),
        Row(f"{title}: packed, a record", sent / records, "bytes"),
    ]


async def _send_over_a_thin_line(hub: Served) -> tuple[float, int]:
    """Seconds until every station has its receipts, and bytes sent upwards; the floor is what the line takes."""
    lines = [await opened(hub, client) for client in hub.clients]
    begun, sent = time.perf_counter(), 0

    async def station(line: Line, client: Client) -> None:
        nonlocal sent
        for n in range(0, RECORDS, BATCH):
            body = pack(
                encode(SyncRequest(PROTOCOL, NO_DIGEST, None, client.records[n : n + BATCH], [client.log])), QUICK
            )
            request = b"POST /v1/sync HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\n"
            request += b"content-encoding: zstd\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
            sent += len(request)
            # One line for all: whoever sends waits until what was sent before is through.
            await asyncio.sleep(max(0.0, begun + sent * 8 / LINE_BITS_S - time.perf_counter()))
            while not await answered(line, request):
                await asyncio.sleep(0.05)

    await asyncio.gather(*(station(line, client) for line, client in zip(lines, hub.clients, strict=True)))
    spent = time.perf_counter() - begun
    for line in lines:
        line.close()
    return spent, sent
