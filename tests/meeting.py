"""Stations that meet, in tests: what one holds and the other lacks goes across, in whole batches, pieces or any order.

with two_desks(tmp_path) as (one, two):
    one.scan("000001")
    meet(one, two)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kiosk.domain.exchange import Fate, Head, Signed
from kiosk.domain.placing import Received
from kiosk.services.stations import Stations
from kiosk.storage.exchange_view import accepted_devices
from kiosk.storage.proof import chains, fingerprints, view_against_fold
from kiosk.storage.store import Store
from tests.builders import Desk, a_station


def stations_of(desk: Desk) -> Stations:
    """The other stations, as this desk knows them."""
    return Stations(desk.store, desk.station)


def introduce(*desks: Desk) -> None:
    """Let each of them accept all the others."""
    for desk in desks:
        for other in desks:
            if other is not desk:
                stations_of(desk).accept(stations_of(other).own)


@contextmanager
def some_desks(folder: Path, count: int = 2) -> Iterator[list[Desk]]:
    """So many desks, each with a folder and a name, that have accepted one another."""
    with ExitStack() as closing:
        desks = []
        for n in range(1, count + 1):
            desk = closing.enter_context(a_station(folder / f"desk{n}"))
            desk.station.set_name(f"Desk {n}")
            desks.append(desk)
        introduce(*desks)
        yield desks


def everything(store: Store) -> list[Signed]:
    """All records of a station."""
    return after(store, {})


def after(store: Store, theirs: dict[str, Head]) -> list[Signed]:
    """All records above a vector, whatever a batch may hold."""
    from kiosk.storage.exchange import records_after

    with store.reading():
        return records_after(store.connection, theirs, most=1_000_000, most_bytes=1 << 40)


def hand(to: Desk, batch: Sequence[Signed]) -> Received:
    """Let a desk take in a batch."""
    return stations_of(to).receive(batch).received


def meet(*desks: Desk, rounds: int = 20) -> None:
    """Let them exchange, each with each, until nobody learns anything."""
    for _ in range(rounds):
        moved = 0
        for desk in desks:
            for other in desks:
                if other is not desk:
                    batch = stations_of(desk).batch_after(stations_of(other).vector())
                    fates = hand(other, batch).fates
                    moved += sum(count for fate, count in fates.items() if fate is not Fate.KNOWN)
        if not moved:
            return
    raise AssertionError("they do not come to an end")


def agree(*desks: Desk) -> bool:
    """Whether all of them hold the same and say the same, and each proves itself."""
    for desk in desks:
        assert list(chains(desk.store)) == []
        assert list(view_against_fold(desk.store)) == []
    first = fingerprints(desks[0].store.view.connection)
    return all(fingerprints(desk.store.view.connection) == first for desk in desks[1:])


def trusts(desk: Desk, other: Desk) -> bool:
    """Whether what the other signs counts here."""
    own = desk.store.journal.device.id
    return other.store.journal.device.id in accepted_devices(desk.store.view.connection, [own])
