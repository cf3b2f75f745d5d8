"""Nobody who listens on the wire, or holds the disk of a station or a hub that is off, reads who is coming."""

from __future__ import annotations

import itertools
import logging
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk import log
from kiosk.config import Settings
from kiosk.domain.fleet import Vitals
from kiosk.services.verify import verify
from kiosk.sync.beat import beat
from kiosk.sync.client import HubClient
from tests.builders import a_station, an_attendee, enrol
from tests.hub.conftest import LiveHub, Serve
from tests.sync.conftest import let_in
from tests.sync.test_round import rounds

CANARIES = ["Quetzalcoatl", "Huitzilopochtli", "xochipilli@example.org", "Tenochtitlan Police"]


@pytest.fixture
def database_url() -> None:
    """The hub's own file: what lies in PostgreSQL is the server's to encrypt."""


@contextmanager
def tapped(port: int) -> Iterator[tuple[int, list[bytes]]]:
    """A wire with somebody on it: the port to connect to, and every byte that passed."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                heard.append(data)
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                one = listener.accept()[0]
                other = socket.create_connection(("127.0.0.1", port))
                ends.extend((one, other))
                for pair in ((one, other), (other, one)):
                    threads.append(threading.Thread(target=pass_on, args=pair))
                    threads[-1].start()

    ends: list[socket.socket] = []
    threads = [threading.Thread(target=accept)]
    threads[0].start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        for end in ends:
            end.close()


def found_in(data: bytes) -> list[str]:
    forms = {canary: (canary.encode(), canary.upper().encode(), canary.encode("utf-16-le")) for canary in CANARIES}
    return [canary for canary, shapes in forms.items() if any(shape in data for shape in shapes)]


@pytest.fixture
def passing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files lie; those that are deleted are kept there, too."""
    folder, taken = tmp_path / "temporary", itertools.count()
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    remove = shutil.rmtree

    def keep(path: object, *arguments: object, **named: object) -> None:
        if Path(str(path)).is_relative_to(folder):
            shutil.copytree(str(path), tmp_path / "kept" / str(next(taken)))
        remove(path, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(tempfile._shutil, "rmtree", keep)  # type: ignore[attr-defined]
    return folder


@pytest.mark.expect_log
def test_no_name_on_the_wire_nor_on_a_disk(serve: Serve, tmp_path: Path, passing: Path) -> None:
    end_log = log.start(Settings(data=tmp_path / "logged"))
    live: LiveHub = serve()
    with tapped(live.server.port) as (port, heard):
        for number, name in enumerate(("one", "two")):
            with a_station(tmp_path / name) as desk:
                desk.station.set_name(CANARIES[1])
                link = replace(let_in(live, desk), addresses=(f"127.0.0.1:{port}",))
                link.write(desk.store)
                if number == 0:
                    person = an_attendee(CANARIES[0], CANARIES[1], code="000001", email=CANARIES[2], agency=CANARIES[3])
                    enrol(desk.store, person)
                rounds(desk)
                assert desk.scan("000001").attendee.first == CANARIES[0]  # type: ignore[union-attr]
                rounds(desk)
                if number == 1:
                    assert verify(desk.store).problems == ()  # which folds everything anew, in a temporary file
                    with suppress(RuntimeError), desk.store.write():
                        raise RuntimeError(f"stopped at '{CANARIES[0]}'")
                    logging.getLogger("kiosk.sync").error("nobody called %s", CANARIES[1])
                    try:
                        raise ValueError(f"no such person: '{CANARIES[0]} {CANARIES[1]}' <{CANARIES[2]}>")
                    except ValueError:
                        logging.getLogger("kiosk.sync").exception("odd")
                client = HubClient(link)
                beat(client, Vitals("1", 0, place=CANARIES[3]))
                client.close()
    live.server.stop()
    live.hub.close()
    end_log()
    wire = b"".join(heard)
    assert len(wire) > 10_000
    assert found_in(wire) == []
    disks = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    names = {path.name for path in disks}
    assert names >= {"hub.db", "hub.keys", "journal.db", "view.db", log.LOG_NAME, "key.pem", "fresh.db"}
    assert list(passing.iterdir()) == []  # nothing is left lying about
    assert all(b"ENCRYPTED PRIVATE KEY" in disks[path] for path in disks if path.name == "key.pem")
    assert {str(path): found_in(data) for path, data in disks.items() if found_in(data)} == {}
