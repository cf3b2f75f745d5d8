"""The loop: a scan here is known there in a moment; a hub that is away, hangs or lies stops and loses nothing."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.exchange import Head
from kiosk.domain.sync_state import SyncState, SyncStatus
from kiosk.domain.verdicts import Outcome
from kiosk.errors import HubUnavailable
from kiosk.hub import records
from kiosk.services.hub_link import HubLink
from kiosk.storage import roster
from kiosk.sync import http as http_module
from kiosk.sync import loop as loop_module
from kiosk.sync.client import HubClient
from kiosk.sync.loop import LONGEST_WAIT_S, SyncLoop, wait_s
from kiosk.wire.rounds import SyncAnswer
from tests.builders import Desk, enrol, some_attendees
from tests.hub.conftest import LiveHub, Serve
from tests.sync.conftest import Stationed, let_in, revoke
from tests.sync.test_round import again, stop

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]

PATIENCE_S = 60


@pytest.fixture
def database_url() -> None:
    """How the loop goes on does not depend on the hub's database."""


class Watched:
    """A loop whose states can be waited for."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.states: list[SyncStatus] = []
        self.on_status: Callable[[SyncStatus], None] = lambda _status: None
        self._changed = threading.Condition()
        self.loop = SyncLoop(desk.store, desk.station, self._tell)

    def _tell(self, status: SyncStatus) -> None:
        with self._changed:
            self.states.append(status)
            self._changed.notify_all()
        self.on_status(status)

    def until(self, wanted: Callable[[SyncStatus], bool]) -> SyncStatus:
        """Wait for a status from now on, or the last one."""
        with self._changed:
            assert self._changed.wait_for(lambda: bool(self.states) and wanted(self.states[-1]), PATIENCE_S), (
                self.states[-3:]
            )
            return self.states[-1]


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Desk], Watched]]:
    monkeypatch.setattr(loop_module, "FIRST_WAIT_S", 0.3)
    monkeypatch.setattr(loop_module, "LONGEST_WAIT_S", 0.3)
    monkeypatch.setattr(loop_module, "REFUSED_WAIT_S", 0.3)
    with ExitStack() as closing:

        def start(desk: Desk) -> Watched:
            watched = Watched(desk)
            closing.callback(watched.loop.close)
            watched.loop.start()
            return watched

        yield start


def all_sent(status: SyncStatus) -> bool:
    return status.state is SyncState.ONLINE and status.unsent == 0


def known_at(desk: Desk, code: str) -> bool:
    with desk.store.reading():
        found = roster.by_code(desk.store.view.connection, code)
        return found is not None and roster.admission_of(desk.store.view.connection, found[0].id, "desk") is not None


def wait_for(what: Callable[[], bool]) -> None:
    """Until something has come; the thread that brings it does not tell us."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / 0.02)):
        if what():
            return
        pause.wait(0.02)
    raise AssertionError("it did not come")


def test_a_scan_at_one_desk_is_known_at_the_next_by_itself(
    live: LiveHub, stationed: Stationed, watch: Callable[[Desk], Watched]
) -> None:
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    enrol(one.store, some_attendees(10))
    first, second = watch(one), watch(two)
    first.until(all_sent)
    second.until(all_sent)
    wait_for(lambda: two.scan("000009").outcome is not Outcome.UNKNOWN)
    assert one.scan("000001").admitted
    wait_for(lambda: known_at(two, "000001"))
    assert two.scan("000001").outcome is Outcome.ALREADY
    assert two.scan("000002").admitted
    wait_for(lambda: known_at(one, "000002"))
    first.until(all_sent)
    second.until(all_sent)


def test_a_hub_that_is_away_is_said_and_comes_back_by_itself(
    serve: Serve, stationed: Stationed, watch: Callable[[Desk], Watched], tmp_path: Path
) -> None:
    live = serve(folder=tmp_path / "hub")
    one = stationed("Desk 1")
    let_in(live, one)
    watched = watch(one)
    watched.until(all_sent)
    stop(live)
    enrol(one.store, some_attendees(10))
    one.scan("000001")
    status = watched.until(lambda status: status.state is SyncState.OFFLINE and status.unsent >= 2)
    assert status.says
    assert status.confirmed_at is not None
    again(serve, tmp_path / "hub", one)
    watched.until(all_sent)


def test_a_revoked_station_is_told_so_and_goes_on_by_itself(
    live: LiveHub, stationed: Stationed, watch: Callable[[Desk], Watched]
) -> None:
    one = stationed("Desk 1")
    let_in(live, one)
    enrol(one.store, some_attendees(3))
    watched = watch(one)
    watched.until(all_sent)
    revoke(live, one)
    one.scan("000001")
    status = watched.until(lambda status: status.state is SyncState.REFUSED)
    assert "organizer" in status.says
    assert one.scan("000002").admitted


def test_a_station_of_no_hub_says_so_and_closes_at_once(stationed: Stationed, watch: Callable[[Desk], Watched]) -> None:
    watched = watch(stationed("Desk 1"))
    assert watched.until(lambda status: True).state is SyncState.ALONE


def test_waiting_doubles_to_a_minute_and_never_in_step() -> None:
    chance = random.Random(1)
    waits = [max(wait_s(failures, chance) for _ in range(200)) for failures in range(12)]
    assert waits[0] < 2.1
    assert waits[0] < waits[2] < waits[4]
    assert max(waits) <= LONGEST_WAIT_S
    assert len({wait_s(5, chance) for _ in range(20)}) == 20


# Whatever answers that is not the hub


PORTALS = {
    "a page": b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 20\r\n\r\n<html>Log in</html>\n",
    "nothing": b"",
    "half a header": b"HTTP/1.1 200",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a redirect": b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n",
    "network login": b"HTTP/1.1 511 Network Authentication Required\r\ncontent-length: 0\r\n\r\n",
}


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Somebody on a port who says this to everybody and hangs up; counts what it was told."""
    listener = socket.create_server(("127.0.0.1", 0))
    told: list[bytes] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                caller, _address = listener.accept()
                caller.settimeout(5)
                with caller, suppress(OSError):
                    told.append(caller.recv(65536))
                    caller.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        assert not any(b"record" in part or b"vector" in part for part in told), "a body was sent in the clear"


@pytest.mark.parametrize("portal", PORTALS)
def test_a_portal_is_not_the_hub_and_gets_not_a_byte(live: LiveHub, stationed: Stationed, portal: str) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    with answering(PORTALS[portal]) as port:
        client = HubClient(replace(link, addresses=(f"127.0.0.1:{port}",)))
        with pytest.raises(HubUnavailable):
            client.ask("POST", "/v1/sync", {"vector": "secret record"}, SyncAnswer)
        client.close()


def test_a_hub_with_another_authority_is_not_the_hub(
    live: LiveHub, serve: Serve, stationed: Stationed, tmp_path: Path
) -> None:
    other = serve(folder=tmp_path / "other")
    one = stationed("Desk 1")
    link = let_in(live, one)
    client = HubClient(replace(link, addresses=(f"127.0.0.1:{other.server.port}",)))
    with pytest.raises(HubUnavailable, match="is not this hub"):
        client.ask("GET", "/v1/hello", None, dict)
    client.close()


class Cutting:
    """A proxy that passes bytes to the hub and back, and cuts what comes back after so many."""

    def __init__(self, port: int) -> None:
        self.after = 1 << 30
        self._hub = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _address = self._listener.accept()
                hub = socket.create_connection(("127.0.0.1", self._hub))
                for pair in ((caller, hub, 1 << 30), (hub, caller, self.after)):
                    thread = threading.Thread(target=_pass, args=pair)
                    self._threads.append(thread)
                    thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()


def _pass(source: socket.socket, target: socket.socket, most: int) -> None:
    with suppress(OSError):
        while most > 0 and (data := source.recv(min(most, 65536))):
            target.sendall(data)
            most -= len(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
            end.close()


def test_a_reply_cut_anywhere_clears_nothing(live: LiveHub, stationed: Stationed) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    enrol(one.store, some_attendees(30))
    proxy = Cutting(live.server.port)
    try:
        through = replace(link, addresses=(f"127.0.0.1:{proxy.port}",))
        from kiosk.sync.loop import exchange
        from kiosk.sync.round import Round

        failed = 0
        for after in [*range(100, 6000, 450)]:
            proxy.after = after
            client, round_ = HubClient(through), Round(one.store, one.station, link)
            before = round_.unsent()
            try:
                exchange(client, round_)
            except HubUnavailable:
                failed += 1
                assert round_.unsent() == before
            finally:
                client.close()
        assert failed > 3
        proxy.after = 1 << 30
        client, round_ = HubClient(through), Round(one.store, one.station, link)
        while exchange(client, round_).more:
            pass
        assert round_.unsent() == 0
        client.close()
    finally:
        proxy.close()


def test_a_hub_that_takes_the_call_and_says_nothing_is_given_up(
    live: LiveHub, stationed: Stationed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_module, "CONNECT_S", 0.3)
    one = stationed("Desk 1")
    link = let_in(live, one)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = HubClient(replace(link, addresses=(f"127.0.0.1:{silent.getsockname()[1]}",)))
        with pytest.raises(HubUnavailable):
            client.ask("GET", "/v1/hello", None, dict)


def test_the_address_that_works_is_tried_first_next_time(
    live: LiveHub, stationed: Stationed, watch: Callable[[Desk], Watched]
) -> None:
    one = stationed("Desk 1")
    link = let_in(live, one)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        dead = f"127.0.0.1:{nobody.getsockname()[1]}"
    replace(link, addresses=(dead, *link.addresses)).write(one.store)
    watch(one).until(all_sent)
    found = HubLink.read(one.store)
    assert found is not None
    assert found.addresses == (*link.addresses, dead)


def test_a_station_that_joins_another_hub_goes_there_at_once_whether_the_first_is_gone_or_not(
    serve: Serve,
    stationed: Stationed,
    watch: Callable[[Desk], Watched],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = stationed("Desk 1")
    first, second, third = (serve(folder=tmp_path / name) for name in ("first", "second", "third"))
    let_in(first, one)
    watched = watch(one)
    monkeypatch.setattr(loop_module, "wait_s", lambda _failures, _chance: 600.0)  # it would not ask by itself
    watched.until(all_sent)
    link = let_in(second, one)  # while the first still answers
    watched.loop.rejoined()
    wait_for(lambda: watched.loop.claims is not None and holds(second, one))
    assert HubLink.read(one.store) == link, "the old one did not come back in its place"
    stop(second)
    one.scan("000001")
    watched.until(lambda status: status.state is SyncState.OFFLINE)
    let_in(third, one)
    watched.loop.rejoined()
    watched.until(all_sent)
    assert holds(third, one)


def holds(live: LiveHub, desk: Desk) -> bool:
    """Whether this hub holds what the desk wrote last."""
    with live.hub.database.read() as connection:
        return desk.store.journal.end <= records.vector(connection).get(desk.store.journal.log, Head()).seq
