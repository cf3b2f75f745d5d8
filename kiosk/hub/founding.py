"""A hub that begins with what a station holds: the first one, and the one that follows a hub that is gone for good.

Everything that counted at the station counts here: the records it holds, the log of the hub before among them, and the
devices whose records are still to come. Each station joins again, by an invitation; until it has, it goes on alone, and
what it writes is not lost. What the hub before had confirmed is not confirmed by this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.exchange import Head, Opening, Signed
from kiosk.domain.journal import read_record, to_ms
from kiosk.domain.messages import HUB_ROLE, Vouched
from kiosk.domain.scope import not_withheld
from kiosk.domain.trust import DeviceRole
from kiosk.hub import taking
from kiosk.hub.database import Connection
from kiosk.hub.hub import Hub
from kiosk.hub.seats import begin_barrier
from kiosk.hub.vouched import vouch
from kiosk.services.bundles import read_bundle
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station
from kiosk.services.stations import Stations
from kiosk.storage import exchange
from kiosk.wire.codec import decode


@dataclass(frozen=True, slots=True)
class Founded:
    """What a hub began with."""

    records: int
    stations: int
    """How many are to join it."""
    source: str
    """The station it came from."""


def found(hub: Hub, station: Station) -> Founded:
    """Take over what this station holds, and whom it trusts. A second time changes nothing. Raises StorageError."""
    stations, link = Stations(station.store, station), HubLink.read(station.store)
    with station.store.reading():
        openings = exchange.openings(station.store.connection).values()
    role = link.role if link is not None else DeviceRole.ORGANIZER
    records = _take(hub, openings, role, _batches(stations))
    return Founded(records, _vouch(hub, stations.vouched()), stations.own.name)


def found_from_bundle(hub: Hub, path: Path, passphrase: str) -> Founded:
    """The same, from a bundle that the station exported: for a hub on another computer. Raises BadInput, in words."""
    manifest, read = read_bundle(path, passphrase)
    frames = read()
    next(frames)
    batches = (decode(frame, list[Signed]) for frame in frames)
    role = DeviceRole(manifest.role) if manifest.role in set(DeviceRole) else DeviceRole.ORGANIZER
    records = _take(hub, manifest.openings, role, batches)
    sender = Vouched(manifest.device, manifest.key, manifest.station, manifest.role)
    return Founded(records, _vouch(hub, [*manifest.vouched, sender]), manifest.station)


def _batches(stations: Stations) -> Iterator[list[Signed]]:
    held: dict[str, Head] = {}
    while batch := stations.batch_after(held):
        yield batch
        held = exchange.advanced(held, batch)


def _take(hub: Hub, openings: Iterable[Opening], role: DeviceRole, batches: Iterable[Sequence[Signed]]) -> int:
    """Of each log as far as no value was kept from a station of this role: who holds the rest whole brings it."""
    keys, own = {each.device: each.key for each in openings}, hub.identity.device
    cut: set[str] = set()
    taken = 0
    for batch in batches:
        whole, held_up = not_withheld(role, [each for each in batch if read_record(each.data).id.log not in cut])
        cut |= held_up

        def work(connection: Connection, whole: Sequence[Signed] = whole) -> int:
            return len(taking.take_in(connection, keys, own, whole).taken)

        taken += hub.database.write(work)
    return taken


def _vouch(hub: Hub, who: Sequence[Vouched]) -> int:
    """Let these count; answers how many of them are to join."""
    now_ms = to_ms(hub.clock())
    hub.database.write(lambda connection: vouch(connection, who, now_ms))
    hub.database.write(begin_barrier)  # the hub before may have handed out more than this station knows
    hub.devices.forget()
    return sum(each.role != HUB_ROLE for each in who)
