"""The notice board of a network, with real multicast on the loopback; other tests may be at it at the same time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from zeroconf import DNSOutgoing, ServiceInfo, Zeroconf, const

from kiosk.wire import board as board_module
from kiosk.wire.board import HUBS, MOST_NOTICES, STATIONS, Board, announced

LOOPBACK = ["127.0.0.1"]


@pytest.fixture
def boards() -> Iterator[list[Board]]:
    made = [Board(LOOPBACK), Board(LOOPBACK)]
    yield made
    for each in made:
        each.close()


def until_seen(board: Board, service: str, address: str) -> list[str]:
    """What the board says once this address is on it."""
    for _n in range(40):
        found = board.look(service, 0.5)
        if address in found:
            return found
    raise AssertionError("it is not on the board")


def test_what_one_announces_another_finds_and_does_not_find_itself(boards: list[Board]) -> None:
    one, two = boards
    one.announce(STATIONS, ["127.0.0.1:7441", "192.168.77.1:7441"])
    assert {"127.0.0.1:7441", "192.168.77.1:7441"} <= set(until_seen(two, STATIONS, "127.0.0.1:7441"))
    assert "127.0.0.1:7441" not in one.look(STATIONS, 0.3)
    assert "127.0.0.1:7441" not in two.look(HUBS, 0.3), "a station is no hub"


def test_a_notice_says_nothing_but_a_number_and_a_port(boards: list[Board], monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[ServiceInfo] = []
    monkeypatch.setattr(Zeroconf, "register_service", lambda _network, info: said.append(info))
    boards[0].announce(STATIONS, ["127.0.0.1:7442"])
    (info,) = said
    assert (info.port, info.properties, info.weight, info.priority) == (7442, {}, 0, 0)
    name = info.name.removesuffix("." + STATIONS)
    assert len(name) == 16
    int(name, 16)
    assert info.server == f"{name}.local."
    assert socket.gethostname().lower() not in f"{info.name}{info.server}".lower() or len(socket.gethostname()) < 3


def lies(count: int, host: str, name: str = "x") -> list[bytes]:
    """Packets with so many notices, under names as long as names may be."""
    packets = []
    for first in range(0, count, 10):
        out = DNSOutgoing(const._FLAGS_QR_RESPONSE | const._FLAGS_AA)
        for n in range(first, first + 10):
            called = f"{n:04}{name * 40}"
            info = ServiceInfo(
                STATIONS, f"{called}.{STATIONS}", port=7444, parsed_addresses=[host], server=f"{called}.local."
            )
            for record in (info.dns_pointer(), info.dns_service(), info.dns_text(), *info.dns_addresses()):
                out.add_answer_at_time(record, 0)
        packets += out.packets()
    return packets


@contextmanager
def a_liar(packets: list[bytes]) -> Iterator[None]:
    """Sends them to everybody, over and over."""
    stop = threading.Event()

    def lie() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            while not stop.is_set():
                for packet in packets:
                    out.sendto(packet, ("224.0.0.251", 5353))
                stop.wait(0.01)

    thread = threading.Thread(target=lie, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_of_thousands_of_notices_a_few_are_read(boards: list[Board]) -> None:
    with a_liar(lies(1000, "10.66.66.66")):
        for _n in range(20):
            found = boards[0].look(STATIONS, 0.5)
            if found:
                break
    assert "10.66.66.66:7444" in found
    assert len(found) <= MOST_NOTICES
    assert len(boards[0]._network.cache.cache) > MOST_NOTICES


def test_nobody_is_asked_in_the_wide_world(boards: list[Board]) -> None:
    with a_liar([*lies(10, "8.8.8.8"), *lies(10, "192.168.66.1", "y")]):
        for _n in range(20):
            found = boards[0].look(STATIONS, 0.5)
            if found:
                break
    assert "192.168.66.1:7444" in found
    assert "8.8.8.8:7444" not in found


def test_what_serves_is_announced_as_long_as_it_does(boards: list[Board], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "Board", lambda: Board(LOOPBACK))
    with announced(HUBS, ["127.0.0.1:7446"]):
        until_seen(boards[1], HUBS, "127.0.0.1:7446")
    with announced(HUBS, ["127.0.0.1:7447"], wanted=False):
        assert "127.0.0.1:7447" not in boards[1].look(HUBS, 0.3)
