"""A hub that is restored again and again, from each of its backups and from either database into the other, while
stations go on scanning.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.verdicts import Outcome
from kiosk.hub.app import make_app
from kiosk.hub.backup import back_up, restore
from kiosk.hub.hub import open_hub
from kiosk.hub.proof import verify
from kiosk.hub.server import HubServer
from kiosk.hub.table import ROUTES
from kiosk.services.hub_link import HubLink
from tests.builders import KEY, Desk, enrol, some_attendees
from tests.databases import fresh, programs
from tests.hub.conftest import LiveHub, Serve
from tests.meeting import agree
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_round import rounds, stop, unsent

pytestmark = [pytest.mark.timeout(180), pytest.mark.expect_log]
PASSPHRASE = "correct horse battery"
BACKUPS = 4

ServeAt = Callable[[Path, "str | None"], LiveHub]


@pytest.fixture
def serve_at() -> Iterator[ServeAt]:
    """Serves a hub's folder, on SQLite or on this PostgreSQL."""
    with ExitStack() as closing:

        def start(folder: Path, url: str | None) -> LiveHub:
            hub = open_hub(folder, KEY[::-1], url)
            closing.callback(hub.close)
            server = HubServer(hub, make_app(hub, ROUTES), "127.0.0.1", 0)
            closing.callback(server.stop)
            server.start()
            return LiveHub(hub, server, url)

        yield start


def busy(desks: list[Desk], scanned: list[str]) -> None:
    """All of them at once: each lets somebody in, speaks with the hub, and again."""

    def work(desk: Desk, codes: list[str]) -> None:
        for code in codes:
            assert desk.scan(code).admitted
            rounds(desk)

    first = len(scanned) + 1
    codes = [[f"{first + 2 * n + k:06}" for k in range(2)] for n in range(len(desks))]
    with ThreadPoolExecutor(len(desks)) as pool:
        list(pool.map(work, desks, codes))
    scanned += [code for each in codes for code in each]


def test_from_each_backup_in_any_order_into_either_database_nothing_is_lost(
    serve: Serve, serve_at: ServeAt, stationed: Stationed, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    live = serve(folder=tmp_path / "hub")
    desks = [stationed(f"Desk {n}") for n in (1, 2, 3)]
    for desk in desks:
        let_in(live, desk)
    enrol(desks[0].store, some_attendees(60))
    for desk in desks:
        rounds(desk)
    scanned: list[str] = []
    for n in range(BACKUPS):
        back_up(live.hub.database, live.hub.folder, live.hub.key, tmp_path / f"{n}.backup", PASSPHRASE)
        busy(desks, scanned)
    for turn, n in enumerate((1, 0, 3, 2)):
        stop(live)
        other = live.url is None and bool(programs())
        url = fresh(request.getfixturevalue("postgresql"), f"r{secrets.token_hex(8)}") if other else None
        restore(tmp_path / f"new{turn}", KEY[::-1], url, tmp_path / f"{n}.backup", PASSPHRASE)
        live = serve_at(tmp_path / f"new{turn}", url)
        for desk in desks:
            link = HubLink.read(desk.store)
            assert link is not None
            replace(link, addresses=(f"127.0.0.1:{live.server.port}",)).write(desk.store)
        busy(desks, scanned)
    for desk in (*desks, *desks, *desks):
        rounds(desk)
    assert [unsent(desk) for desk in desks] == [0, 0, 0]
    assert agree(*desks)
    assert len(scanned) == 6 * (BACKUPS + 4)
    for code in scanned:
        assert desks[0].scan(code).outcome is Outcome.ALREADY
    with live.hub.database.snapshot() as connection:
        assert verify(connection).problems == ()
