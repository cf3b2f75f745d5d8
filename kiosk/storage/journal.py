"""Appending records, and reading them back with proof.

A `Journal` writes one session log: a new random id at each process start, so that a restored or cloned disk can never
continue an old one. The first record of a log is `open`: it names the station's public key and the end of the log
before.
"""

from __future__ import annotations

import hashlib
import platform
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk import __version__
from kiosk.domain import journal as records
from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import CRITICAL, FORMAT, SALT_BYTES, Hlc, Kind, Record, Role
from kiosk.domain.verdicts import RecordId
from kiosk.storage.database import Connection, sqlite_version
from kiosk.storage.settings import get_setting, put_setting

DEVICE_SETTING = "device"
NO_PREDECESSOR = "0" * 64
NEVER = Hlc(0, 0)


@dataclass(frozen=True, slots=True)
class Device:
    """This station as the journal knows it: a name for ever and the key it signs with."""

    id: str
    key: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The public key, in hex."""
        return self.key.public_key().public_bytes_raw().hex()


def load_device(connection: Connection) -> Device:
    """This station's identity, made at the first start; the caller holds a write transaction if it may be made."""
    stored = get_setting(connection, DEVICE_SETTING)
    if stored is None:
        key = Ed25519PrivateKey.generate()
        stored = {"id": new_id(secrets.token_bytes(ID_BYTES)), "key": key.private_bytes_raw().hex()}
        put_setting(connection, DEVICE_SETTING, stored)
    return Device(stored["id"], Ed25519PrivateKey.from_private_bytes(bytes.fromhex(stored["key"])))


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log ends. `arrival` is this disk's own count of records, in order of arrival."""

    seq: int = 0
    hash: str = NO_PREDECESSOR
    hlc: Hlc = NEVER
    vector: bytes = bytes(8)
    """Digest over where every log here ends: XOR of the eight first bytes of SHA-256 over (log, seq, hash)."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies on the disk, with its side values (None where purged)."""

    arrival: int
    record: Record
    hash: bytes
    data: bytes
    signature: bytes


class Journal:
    """The journal inside one write transaction of the store; see `Store.write`."""

    def __init__(self, connection: Connection, device: Device, station_name: str, zone_offset: str = "+00:00") -> None:
        self.connection = connection
        self.device = device
        self.station_name = station_name
        self.zone_offset = zone_offset
        self.role = Role.DESK
        self.log = new_id(secrets.token_bytes(ID_BYTES))
        self.appended: list[Stored] = []
        """What the current transaction has added, for the fold."""
        self.appended_values: dict[RecordId, Sequence[bytes]] = {}
        self._started = time.monotonic()
        self._head = Head()
        self._saved = self._resume()

    def _resume(self) -> Head:
        """Begin after the newest record on this disk: the clock never runs backwards in the journal."""
        row = self.connection.execute("select bytes, hash from record order by arrival desc limit 1").fetchone()
        if row is None:
            return Head()
        self._head = Head(hlc=records.read_record(row[0]).hlc, vector=_vector(self.connection))
        return self._head

    def begin(self) -> None:
        """Forget what an earlier transaction added."""
        self.appended.clear()
        self.appended_values.clear()
        self._head = self._saved

    def committed(self) -> None:
        """The transaction is on the disk: go on from here."""
        self._saved = self._head

    def append(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        at: datetime,
        actor: str,
        place: str | None = None,
        values: Sequence[bytes] = (),
        role: str | None = None,
        hub_age_s: int | None = None,
    ) -> Record:
        """Add a record to this process's log; it is kept only if the store's transaction commits.

        `at` is aware UTC. `values` are personal: they are kept beside the record, which holds only their digest.
        """
        if self._head.seq == 0 and kind != Kind.OPEN:
            self._open(at)
        seq = self._head.seq + 1
        record_id = RecordId(self.log, seq)
        if values:
            macs = self._keep_values(record_id, values)
            body = {**body, "side": records.values_digest(macs)}
        hlc = self._head.hlc.next(time.time_ns() // 1_000_000)
        data = records.canonical(
            {
                "v": FORMAT,
                "log": self.log,
                "seq": seq,
                "prev": self._head.hash,
                "dev": self.device.id,
                "hlc": (hlc.wall_ms, hlc.count),
                "wall": records.to_ms(at),
                "tz": self.zone_offset,
                "mono": int((time.monotonic() - self._started) * 1000),
                "clk": None,
                "actor": actor,
                "role": role or self.role,
                "gate": place,
                "basis": {"vvd": self._head.vector.hex(), "hub_age_s": hub_age_s},
                "kind": kind,
                "crit": kind in CRITICAL,
                "body": body,
            }
        )
        digest = records.record_hash(data)
        signature = self.device.key.sign(data)
        cursor = self.connection.execute(
            "insert into record (log, seq, hash, bytes, signature) values (?, ?, ?, ?, ?)",
            (self.log, seq, digest, data, signature),
        )
        without = _fold_head(self._head.vector, self.log, seq - 1, self._head.hash)
        vector = _fold_head(without, self.log, seq, digest.hex())
        self._head = Head(seq, digest.hex(), hlc, vector)
        record = Record(record_id, kind, at, hlc, self.device.id, actor, role or self.role, place, body)
        self.appended.append(Stored(cursor.lastrowid or 0, record, digest, data, signature))
        return record

    def _open(self, at: datetime) -> None:
        row = self.connection.execute("select log, seq, hash from record order by arrival desc limit 1").fetchone()
        body = {
            "parent": [row[0], row[1], row[2].hex()] if row else None,
            "key": self.device.public,
            "station": self.station_name,
            "app": __version__,
            "sqlite": sqlite_version(),
            "system": platform.system(),
        }
        self.append(Kind.OPEN, body, at=at, actor="station")

    def _keep_values(self, record: RecordId, values: Sequence[bytes]) -> list[bytes]:
        salts = secrets.token_bytes(SALT_BYTES * len(values))
        rows, macs = [], []
        for n, value in enumerate(values):
            salt = salts[n * SALT_BYTES : (n + 1) * SALT_BYTES]
            mac = records.value_mac(salt, value)
            macs.append(mac)
            rows.append((record.log, record.seq, n, mac, salt, value))
        self.connection.executemany("insert into value (log, seq, n, mac, salt, value) values (?, ?, ?, ?, ?, ?)", rows)
        self.appended_values[record] = values
        return macs


def _fold_head(vector: bytes, log: str, seq: int, digest: str) -> bytes:
    """Take a log's end into the vector digest, or out of it: XOR undoes itself. A log not begun adds nothing."""
    if seq == 0:
        return vector
    part = hashlib.sha256(f"{log}:{seq}:{digest}".encode()).digest()[:8]
    return bytes(a ^ b for a, b in zip(vector, part, strict=True))


def _vector(connection: Connection) -> bytes:
    vector = bytes(8)
    for log, seq, digest in connection.execute("select log, max(seq), hash from record group by log"):
        vector = _fold_head(vector, log, seq, digest.hex())
    return vector


def read_after(connection: Connection, arrival: int) -> Iterator[Stored]:
    """Every record that arrived after this one, in order of arrival."""
    rows = connection.execute(
        "select arrival, bytes, hash, signature from record where arrival > ? order by arrival", (arrival,)
    )
    for number, data, digest, signature in rows:
        yield Stored(number, records.read_record(data), digest, data, signature)


def values_of(connection: Connection, record: RecordId) -> list[bytes | None]:
    """A record's side values, in order; None where purged, or lost with a damaged file."""
    sql = "select n, value from value where log = ? and seq = ? order by n"
    rows = connection.execute(sql, (record.log, record.seq))
    values: list[bytes | None] = []
    for n, value in rows:
        values += [None] * (n - len(values))
        values.append(value)
    return values


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that does not hold what it promises."""

    record: RecordId
    what: str


def check_chains(connection: Connection) -> Iterator[Problem]:
    """Prove every log: no gaps, each record names the one before, hashes, signatures and side values fit."""
    state: tuple[str, int, str] = ("", 0, NO_PREDECESSOR)
    keys: dict[str, Ed25519PublicKey] = {}
    rows = connection.execute("select log, seq, hash, bytes, signature from record order by log, seq")
    for log, seq, digest, data, signature in rows:
        at = RecordId(log, seq)
        expected_seq, expected_prev = (state[1] + 1, state[2]) if state[0] == log else (1, NO_PREDECESSOR)
        state = (log, seq, digest.hex())
        problem = _check_record(at, data, digest, signature, expected_seq, expected_prev, keys)
        if problem:
            yield Problem(at, problem)
    yield from _check_values(connection)


def _check_record(
    at: RecordId,
    data: bytes,
    digest: bytes,
    signature: bytes,
    expected_seq: int,
    expected_prev: str,
    keys: dict[str, Ed25519PublicKey],
) -> str:
    try:
        record = records.read_record(data)
    except ValueError:
        return "cannot be read"
    if records.record_hash(data) != digest:
        return "was altered: its hash does not fit"
    if record.id != at:
        return "carries another record's name"
    if at.seq != expected_seq:
        return f"is missing its predecessor: {expected_seq} was expected"
    if record.prev != expected_prev:
        return "does not follow the record before it"
    try:
        if record.kind == Kind.OPEN:
            keys[at.log] = Ed25519PublicKey.from_public_bytes(bytes.fromhex(record.body["key"]))
        keys[at.log].verify(signature, data)
    except (InvalidSignature, KeyError, ValueError, TypeError):
        return "is not signed by its station"
    return ""


def _check_values(connection: Connection) -> Iterator[Problem]:
    macs: dict[RecordId, list[bytes]] = {}
    rows = connection.execute("select log, seq, mac, salt, value from value order by log, seq, n")
    for log, seq, mac, salt, value in rows:
        at = RecordId(log, seq)
        macs.setdefault(at, []).append(mac)
        if value is not None and records.value_mac(salt, value) != mac:
            yield Problem(at, "has a side value that was altered")
    for at, found in macs.items():
        row = connection.execute("select bytes from record where log = ? and seq = ?", (at.log, at.seq)).fetchone()
        if row is None or records.read_record(row[0]).body.get("side") != records.values_digest(found):
            yield Problem(at, "has side values that are not its own")


def utc_now() -> datetime:
    """The station's clock: aware UTC. Services take it as a parameter, tests hand in another."""
    return datetime.now(UTC)
