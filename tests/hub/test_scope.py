"""Nothing outside its scope leaves the hub: every route, asked by everybody, in a hub full of people; and what streams
ends when whoever listens is sent away.
"""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.journal import Kind
from kiosk.domain.trust import PROTOCOL, DeviceRole
from kiosk.hub import taking
from kiosk.hub.console import Console
from kiosk.hub.database import Connection, note
from kiosk.hub.devices import all_devices, put_device
from kiosk.hub.news import RECORDS
from kiosk.hub.routes import Route, Stream
from kiosk.hub.table import ROUTES
from kiosk.services.hub_link import HubLink
from tests.builders import Desk, a_station, an_attendee, enrol
from tests.hub.conftest import LiveHub
from tests.hub.test_pages import bring, paired
from tests.hub.test_roles import AS, named
from tests.meeting import everything

NAME, PAPER = "Quetzalcoatl", "Huitzilopochtli"
"""Who somebody is; and what was certified of them, which is an organizer's alone."""


@pytest.fixture
def database_url() -> None:
    """What leaves does not depend on the database."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_station(tmp_path / "desk") as desk:
        enrol(desk.store, an_attendee(NAME, NAME, code="000001", agency="Atlanta PD", email=f"{NAME}@example.org"))
        desk.scan("000001")
        with desk.store.write() as journal:
            journal.append(Kind.CERTIFICATE, {"code": "X"}, at=desk.clock(), actor="station", values=[PAPER.encode()])
        yield desk


def spellings(text: str) -> Iterator[bytes]:
    """In the clear, and as part of bytes in base64 or hex, wherever in them it begins."""
    plain = text.encode()
    yield from (plain, plain.lower(), plain.upper(), plain.hex().encode())
    for before in range(3):
        coded = base64.b64encode(bytes(before) + plain)
        yield coded[(0, 2, 3)[before] : len(coded) - 4]


def tells(data: bytes, text: str) -> bool:
    return any(spelling in data for spelling in spellings(text))


def test_the_search_finds_what_it_looks_for() -> None:
    for before in range(6):
        assert tells(base64.b64encode(bytes(before) + NAME.encode() + b"more"), NAME)


READS = {DeviceRole.ORGANIZER, DeviceRole.DESK}
MAY_TELL_NAMES = {
    "POST /v1/sync": {*READS, DeviceRole.DOOR, DeviceRole.KIOSK},
    "GET /v1/news": {*READS, DeviceRole.DOOR, DeviceRole.KIOSK},
    "GET /v1/lists/{key}": READS,
    "GET /v1/people/{id}": READS,
}
"""Where a name may stand, and for whom. A new route tells nobody's name, or is written down here."""
MAY_TELL_PAPERS = {"POST /v1/sync": {DeviceRole.ORGANIZER}, "GET /v1/news": {DeviceRole.ORGANIZER}}
BODIES = {
    "/v1/sync": {"protocol": PROTOCOL, "digest": "0" * 16, "vector": {}},
    "/v1/handover": {"protocol": PROTOCOL, "digest": "0" * 16, "vector": {}},
    "/v1/beat": {"app": "1", "unsent": 0},
    "/v1/claim": {"attendee": "X", "place": "desk"},
    "/v1/incidents": {"incident": "x", "way": "settle", "text": "x", "by": "x"},
}


def paths_of(route: Route, attendee: str) -> list[str]:
    wanted = {"key": ("checked_in", "missing"), "id": (attendee,), "code": ("X",)}
    found = re.findall(r"{(\w+)}", route.path)
    if not found:
        return [route.path]
    return [route.path.replace(f"{{{found[0]}}}", value) for value in wanted.get(found[0], ("X",))]


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_nobodys_name_leaves_for_whom_it_is_not(live: LiveHub, desk: Desk, route: Route) -> None:
    bring(live, desk)
    attendee = desk.scan("000001").attendee
    assert attendee is not None
    callers: list[tuple[DeviceRole | None, HubLink | None, dict[str, str]]] = [
        *((role, live.enrol(role), {}) for role in DeviceRole),
        *((AS[browser], None, paired(live, names=browser != "browser")) for browser in AS),
        (None, None, {}),
    ]
    said: set[DeviceRole | None] = set()
    for role, link, headers in callers:
        for path in paths_of(route, attendee.id):
            if route.gives is Stream:
                data = heard(live, desk, path, link, headers)
            else:
                data = live.ask(route.method, path, link, BODIES.get(path, {}) if route.takes else None, headers).body
            assert not tells(data, NAME) or role in MAY_TELL_NAMES.get(named(route), set()), (role, path)
            assert not tells(data, PAPER) or role in MAY_TELL_PAPERS.get(named(route), set()), (role, path)
            said |= {role} if tells(data, NAME) else set()
    if not live.links or named(route) not in MAY_TELL_NAMES:
        assert said == set()
    else:
        assert said == MAY_TELL_NAMES[named(route)], "the canaries did not come where they belong"


def heard(live: LiveHub, desk: Desk, path: str, link: HubLink | None, headers: dict[str, str]) -> bytes:
    """What a stream says at first, and when something is pushed."""
    with live.listen("GET", path, link, headers) as connection:
        data = until(connection, b"data:", b'"code"')  # it listens now, or is refused
        if b" 200 " in data.partition(b"\r\n")[0] and path == "/v1/news":
            push(live, desk)
            data += until(connection, b"data: ")
        return data


def push(live: LiveHub, desk: Desk) -> None:
    """Everything of this desk comes to the hub, and is told to whoever listens."""
    accepted = {desk.store.journal.device.id: desk.store.journal.device.public}

    def take(connection: Connection) -> None:
        taking.take_in(connection, accepted, live.hub.identity.device, everything(desk.store))
        note(connection, RECORDS)

    live.hub.database.write(take)
    live.server._server.servers[0].get_loop().call_soon_threadsafe(live.hub.news.tell, everything(desk.store), "")


def sent_away(live: LiveHub, name: str) -> None:
    Console(live.hub).revoke(name)


def made_a_dashboard(live: LiveHub, name: str) -> None:
    def change(connection: Connection) -> None:
        (device,) = [each for each in all_devices(connection) if each.name == name]
        put_device(connection, replace(device, role=DeviceRole.DASHBOARD))

    live.hub.database.write(change)


ENDS = [("/v1/news", sent_away), ("/v1/news", made_a_dashboard), ("/v1/dashboard/stream", sent_away)]


@pytest.mark.parametrize(("path", "end"), ENDS)
def test_whoever_is_sent_away_hears_no_more_of_what_streams(
    live: LiveHub, desk: Desk, path: str, end: Callable[[LiveHub, str], None]
) -> None:
    bring(live, desk)
    with ExitStack() as closing:
        ear = closing.enter_context(live.listen("GET", path, live.enrol(DeviceRole.ORGANIZER, "ear")))
        assert b" 200 " in until(ear, b"data:")
        end(live, "ear")
        enrol(desk.store, an_attendee("Tlaloc", "Tlaloc", code="000002"))
        push(live, desk)
        rest = until(ear, b"0\r\n\r\n", b"data")
    assert not tells(rest, "Tlaloc")
    assert b"data" not in rest


def until(connection: ssl.SSLSocket, *ends: bytes) -> bytes:
    """What comes until one of these does; fails where none does."""
    data = b""
    while not any(end in data for end in ends):
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    return data
