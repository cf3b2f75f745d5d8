"""Stations that have much to fetch or to send: a new one, and those that were away.

The floor of a new station: the very rows its view holds in the end, put into the same tables with the same indexes (the
search index too) through sqlcipher, in one transaction, each table in its order. No journal, no proof, no network,
nothing read or computed: the least that has to be written for these people to be found.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from kiosk.bench.hub_served import Client, Served, let_in, served
from kiosk.bench.roster import made_up_people
from kiosk.bench.rows import Row
from kiosk.domain.exchange import SideValue, Signed
from kiosk.domain.ids import new_id
from kiosk.domain.journal import NO_PREDECESSOR, Kind, canonical, record_hash, salts_from, value_mac, values_digest
from kiosk.domain.people import Attendee, AttendeeId, Ticket, TicketCode, TicketKind
from kiosk.domain.roster import NewAttendee
from kiosk.domain.roster_json import write_change
from kiosk.hub.hub import Hub
from kiosk.hub.taking import take_in
from kiosk.services.station import Station
from kiosk.storage.database import Connection, connect
from kiosk.storage.journal import DEVICE_SETTING, Device
from kiosk.storage.roster import PAGE
from kiosk.storage.store import Store, open_store
from kiosk.storage.view import View
from kiosk.sync.client import HubClient
from kiosk.sync.loop import exchange
from kiosk.sync.round import Round
from kiosk.sync.snapshot import Snapshot

PEOPLE = 100_000
_KEY = bytes(32)


def run(tell: Callable[[str], None], name: str, url: str | None) -> list[Row]:
    """Every figure of them."""
    tell(f"{name}: a new station fetches {PEOPLE:,} people")
    return _new_station(name, url)


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
