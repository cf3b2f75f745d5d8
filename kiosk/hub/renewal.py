"""New keys for stations that have been let in: nobody has to compare anything again.

A station makes a new TLS key and asks, under the certificate it has, for one over it. Both are good until it has been
heard under the new one: a lost answer locks nobody out. The organizer may order it; a station does it by itself when
the hub has a new authority.
"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from kiosk.domain.trust import fingerprint
from kiosk.errors import BadInput
from kiosk.hub.database import Connection, note
from kiosk.hub.devices import DEVICES, DeviceState, KnownDevice, all_devices, put_device, renewal_table
from kiosk.i18n import _


def order(connection: Connection, device: str) -> KnownDevice:
    """Have a station (its id, or its name where that names one only) renew its keys. Raises BadInput, in words."""
    active = [each for each in all_devices(connection) if each.state is DeviceState.ACTIVE]
    named = [each for each in active if device in (each.id, each.name)]
    if len(named) != 1:
        words = _("The hub knows no such station.") if not named else _("Several stations are called so. Take the id.")
        raise BadInput(words)
    if not is_ordered(connection, named[0].id):
        connection.execute(renewal_table.insert().values(device=named[0].id))
    return named[0]


def is_ordered(connection: Connection, device: str) -> bool:
    """Whether this station is to renew its keys, or is about to."""
    return connection.scalar(sa.select(renewal_table.c.device).where(renewal_table.c.device == device)) is not None


def give(connection: Connection, device: str, certificate: bytes) -> None:
    """This certificate is the station's as well from now on."""
    connection.execute(renewal_table.delete().where(renewal_table.c.device == device))
    values = {"certificate": certificate, "fingerprint": fingerprint(certificate)}
    connection.execute(renewal_table.insert().values(device=device, **values))
    note(connection, DEVICES)


def used(connection: Connection, device: KnownDevice) -> None:
    """The station was heard under this certificate: from now on it is the only one."""
    given = renewal_table.c.device == device.id, renewal_table.c.fingerprint == device.fingerprint
    if connection.execute(renewal_table.delete().where(*given)).rowcount:
        (now,) = [each for each in all_devices(connection) if each.id == device.id]
        put_device(connection, replace(now, certificate=device.certificate, fingerprint=device.fingerprint))
