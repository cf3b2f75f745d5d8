"""The devices a hub knows: who they are, what they are for, and whether they may still speak."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock

import sqlalchemy as sa

from kiosk.domain.messages import HUB_ROLE, Vouched
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput
from kiosk.hub.database import Connection, Database, metadata, note
from kiosk.hub.vouched import vouched
from kiosk.i18n import _

DEVICES = "devices"
"""The topic of news about devices, and about stations that wait."""
FRESH_S = 5.0
"""A revocation is in force after so long at the latest, even where news of it were lost."""


class DeviceState(StrEnum):
    """Whether a device may speak."""

    ACTIVE = "active"
    REVOKED = "revoked"


_device = sa.Table(
    "device",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sign_key", sa.Text, nullable=False),
    sa.Column("certificate", sa.LargeBinary, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False, unique=True),
    sa.Column("enrolled_ms", sa.BigInteger, nullable=False),
    sa.Column("revoked_ms", sa.BigInteger),
    sa.Column("wipe", sa.Boolean, nullable=False),
    sa.Column("wiped_ms", sa.BigInteger),
)


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device that was accepted once."""

    id: str
    name: str
    role: DeviceRole
    state: DeviceState
    sign_key: str
    """Its public Ed25519 key, in hex: what its records are proved by."""
    certificate: bytes
    fingerprint: str
    """Of its TLS certificate."""
    enrolled_ms: int
    revoked_ms: int | None = None
    wipe: bool = False
    """It is to destroy its data as soon as it is heard of, once it has sent everything."""
    wiped_ms: int | None = None


def create(connection: Connection) -> None:
    """The table."""
    _device.create(connection)


renewal_table = sa.Table(
    "renewal",
    metadata,
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("certificate", sa.LargeBinary),
    sa.Column("fingerprint", sa.Text),
)
"""Who is to renew its keys, and the certificate it was given, until it has used it."""


def create_renewals(connection: Connection) -> None:
    """The table."""
    renewal_table.create(connection)


def renewed(connection: Connection, devices: Iterable[KnownDevice]) -> list[KnownDevice]:
    """Of these devices, those that were given another certificate and have not used it yet; under that one."""
    rows = connection.execute(sa.select(renewal_table).where(renewal_table.c.fingerprint.is_not(None)))
    given = {row.device: (bytes(row.certificate), row.fingerprint) for row in rows}
    return [
        replace(each, certificate=given[each.id][0], fingerprint=given[each.id][1])
        for each in devices
        if each.id in given
    ]


def all_devices(connection: Connection) -> list[KnownDevice]:
    """Every device, in the order in which they were accepted."""
    rows = connection.execute(sa.select(_device).order_by(_device.c.enrolled_ms, _device.c.id))
    return [_known(row) for row in rows]


def put_device(connection: Connection, device: KnownDevice) -> None:
    """Accept a device, or write down its new state; in a transaction of the writer."""
    connection.execute(_device.delete().where(_device.c.id == device.id))
    values = {name: getattr(device, name) for name in KnownDevice.__dataclass_fields__}
    connection.execute(_device.insert().values(**{**values, "role": str(device.role), "state": str(device.state)}))
    note(connection, DEVICES)


def _known(row: sa.Row[tuple[object, ...]]) -> KnownDevice:
    values = dict(row._mapping)
    return KnownDevice(**{**values, "role": DeviceRole(values["role"]), "state": DeviceState(values["state"])})


def revoke(connection: Connection, device: str, now_ms: int, *, wipe: bool = False) -> KnownDevice:
    """Speak with a device (its id, or its name where that names one only) no more; in a transaction of the writer.

    Raises BadInput, in words.
    """
    known = [each for each in all_devices(connection) if device in (each.id, each.name)]
    active = [each for each in known if each.state is DeviceState.ACTIVE]
    if not known:
        return _revoke_expected(connection, device, now_ms)
    if len(active) > 1:
        words = _("Several stations are called {name}. Take the id from `kiosk hub devices`.")
        raise BadInput(words.format(name=device))
    if not active and not (wipe and not known[-1].wipe):
        raise BadInput(_("The station is revoked already."))
    gone = active[0] if active else known[-1]
    revoked_ms = now_ms if gone.revoked_ms is None else gone.revoked_ms
    gone = replace(gone, state=DeviceState.REVOKED, revoked_ms=revoked_ms, wipe=wipe or gone.wipe)
    put_device(connection, gone)
    return gone


def _revoke_expected(connection: Connection, device: str, now_ms: int) -> KnownDevice:
    """Let somebody count no more who has not joined this hub."""
    found = [each for each in not_joined(vouched(connection), all_devices(connection)) if each.role != HUB_ROLE]
    named = [each for each in found if device in (each.device, each.name)]
    if len(named) != 1:
        raise BadInput(_("The hub knows no such station."))
    [each] = named
    gone = KnownDevice(
        each.device, each.name, role_of(each), DeviceState.REVOKED, each.key, b"", f"none:{each.device}", each.since_ms,
        now_ms,
    )  # fmt: skip
    put_device(connection, gone)
    return gone


def role_of(each: Vouched) -> DeviceRole:
    """What it was for, or is taken to have been for where nobody said."""
    return DeviceRole(each.role) if each.role in set(DeviceRole) else DeviceRole.DESK


def not_joined(trusted: Iterable[Vouched], devices: Iterable[KnownDevice]) -> list[Vouched]:
    """Of those the organizer's station vouched for, the ones that were neither let in nor sent away here."""
    known = {device.id for device in devices}
    return [each for each in trusted if each.device not in known]


class Devices:
    """Who is who, kept in memory for a moment: every request asks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._by_fingerprint: dict[str, KnownDevice] = {}
        self._all: tuple[KnownDevice, ...] = ()
        self._vouched: list[Vouched] = []
        self._read_at = float("-inf")

    def with_certificate(self, fingerprint: str) -> KnownDevice | None:
        """The device that showed this certificate; None for one that was replaced, or was never ours."""
        found = self._fresh().get(fingerprint)
        if found is None:  # perhaps another process let it in a moment ago; only who was let in has one to show
            self.forget()
            found = self._fresh().get(fingerprint)
        return found

    def all(self) -> tuple[KnownDevice, ...]:
        """Every device; the same object as long as nothing changed."""
        self._fresh()
        return self._all

    def expected(self) -> list[Vouched]:
        """Who counts, and has not joined."""
        self._fresh()
        return not_joined(self._vouched, self._all)

    def _fresh(self) -> dict[str, KnownDevice]:
        with self._lock:
            if time.monotonic() - self._read_at > FRESH_S:
                self._read()
            return self._by_fingerprint

    def forget(self) -> None:
        """Something changed: look again."""
        with self._lock:
            self._read_at = float("-inf")

    def _read(self) -> None:
        with self._database.read() as connection:
            found, trusted = tuple(all_devices(connection)), vouched(connection)
            also = renewed(connection, found)
        if (found, trusted) != (self._all, self._vouched):
            self._all, self._vouched = found, trusted
        self._by_fingerprint = {device.fingerprint: device for device in (*found, *also)}
        self._read_at = time.monotonic()
