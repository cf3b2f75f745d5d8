"""What stations say of themselves, kept at the hub: the last word of each, with the time it was heard."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kiosk.domain.fleet import FleetStation, Vitals
from kiosk.domain.journal import from_ms
from kiosk.domain.messages import HUB_ROLE, Vouched
from kiosk.domain.peers import MOST_PEERS, PeerAddress
from kiosk.hub.database import Connection, metadata, note
from kiosk.hub.devices import KnownDevice, all_devices, not_joined, role_of
from kiosk.hub.held_back import held_back
from kiosk.hub.vouched import vouched
from kiosk.wire.codec import decode, encode

FLEET = "fleet"
"""The topic of news about stations."""

_beat = sa.Table(
    "heartbeat",
    metadata,
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("vitals", sa.LargeBinary, nullable=False),
)


def create(connection: Connection) -> None:
    """The table."""
    _beat.create(connection)


def put_beat(connection: Connection, device: str, vitals: Vitals, now_ms: int) -> None:
    """A station has spoken; in a transaction of the writer."""
    values = {"at_ms": now_ms, "vitals": encode(vitals)}
    if not connection.execute(_beat.update().where(_beat.c.device == device).values(**values)).rowcount:
        connection.execute(_beat.insert().values(device=device, **values))
    note(connection, FLEET)


def fleet(connection: Connection) -> list[FleetStation]:
    """Every station that was let in, with what it last said; then those that are to join this hub anew."""
    beats = {row.device: row for row in connection.execute(sa.select(_beat))}
    devices = all_devices(connection)
    expected = [each for each in not_joined(vouched(connection), devices) if each.role != HUB_ROLE]
    held = Counter[str]()
    for each in held_back(connection):
        held[each.device] += each.waiting
    joined = [replace(station_of(each, beats.get(each.id)), held_back=held[each.id]) for each in devices]
    return joined + [_expected(each) for each in expected]


def _expected(each: Vouched) -> FleetStation:
    return FleetStation(each.device, each.name, role_of(each), from_ms(each.since_ms), expected=True)


def peers_of(connection: Connection, device: str) -> list[PeerAddress]:
    """Where this device may ask others, those first that were heard last."""
    there = [
        station
        for station in fleet(connection)
        if station.device != device and station.revoked is None and station.vitals and station.vitals.addresses
    ]
    there.sort(key=lambda station: station.last_contact or station.enrolled, reverse=True)
    return [PeerAddress(each.device, each.vitals.addresses) for each in there[:MOST_PEERS] if each.vitals]


def station_of(device: KnownDevice, beat: sa.Row[Any] | None = None) -> FleetStation:
    """A device as the organizer sees it."""
    return FleetStation(
        device.id,
        device.name,
        device.role,
        from_ms(device.enrolled_ms),
        _time(device.revoked_ms),
        device.wipe,
        _time(device.wiped_ms),
        _time(beat.at_ms if beat else None),
        decode(bytes(beat.vitals), Vitals) if beat else None,
    )


def _time(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
