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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk import __version__
from kiosk.domain import journal as records
from kiosk.domain.clocks import LogClock, measured
from kiosk.domain.exchange import Arrived, Opening, opening
from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.journal import CRITICAL, FORMAT, NO_PREDECESSOR, SALT_BYTES, Hlc, Kind, Record, Role
from kiosk.domain.verdicts import RecordId
from kiosk.storage.database import Connection, sqlite_version
from kiosk.storage.ends import Ends
from kiosk.storage.own_clock import JUMP_MS, OwnClock
from kiosk.storage.own_clock import utc_now as utc_now  # noqa: PLC0414  (others take it from here)
from kiosk.storage.settings import get_setting, put_setting

DEVICE_SETTING = "device"
_OWN_LOG_SETTING = "own_log"
_FOLLOWED_SETTING = "followed_clock"
NEVER = Hlc(0, 0)
_NOTHING_MORE: Mapping[str, Any] = {}
_NO_CLOCK = LogClock("", "")
_TREMBLES_MS = 100
"""Between two looks at two clocks the computer may do something else."""


@dataclass(frozen=True, slots=True)
class Device:
    """This station as the journal knows it: a name for ever and the key it signs with."""

    id: str
    key: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The public key, in hex."""
        return self.key.public_key().public_bytes_raw().hex()


def load_device(connection: Connection, born: Device | None = None) -> Device:
    """This station's identity, made at the first start (or `born` with it); the caller holds a write transaction if it
    may be made.
    """
    stored = get_setting(connection, DEVICE_SETTING)
    if stored is None:
        new = born or Device(new_id(secrets.token_bytes(ID_BYTES)), Ed25519PrivateKey.generate())
        stored = {"id": new.id, "key": new.key.private_bytes_raw().hex()}
        put_setting(connection, DEVICE_SETTING, stored)
    return Device(stored["id"], Ed25519PrivateKey.from_private_bytes(bytes.fromhex(stored["key"])))


@dataclass(frozen=True, slots=True)
class End:
    """Where the log that is being written ends, and how far the clock and the knowledge of all logs are."""

    log: str
    seq: int = 0
    hash: str = NO_PREDECESSOR
    hlc: Hlc = NEVER
    vector: bytes = bytes(8)
    """Digest over where every log here ends: XOR of the eight first bytes of SHA-256 over (log, seq, hash)."""
    clock: LogClock = _NO_CLOCK
    """What the records of this log say of this computer's clock."""
    gap_ms: int | None = None
    """What the clock said when the computer was started, as it looked at the last record."""


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
        self.appended: list[Stored] = []
        """What the current transaction has added, for the fold."""
        self.appended_values: dict[RecordId, Sequence[bytes | None]] = {}
        self.hub_heard_at: float | None = None
        """When the hub last told all it knew, on the monotonic clock."""
        self.own_clock = OwnClock(device.id)
        self.ends = Ends(connection)
        self._end = self._saved = self._resume()

    # Clocks

    def follow(self, clock: Callable[[], datetime], running: Callable[[], int] | None = None) -> None:
        """Go by this clock, and by this time since the computer was started; without the latter, by the clock alone."""
        if self.own_clock.follow(clock, running, writing=self._end.seq > 0):
            clock_of_log = self.own_clock.of_log(self._end.log)
            self._end = self._saved = replace(self._end, clock=clock_of_log, gap_ms=None)

    def compared(self, more_ms: int, error_ms: int) -> bool:
        """What the hub's clock has more than our stopwatch, and how wrong that may be. Later records carry it; answers
        whether one is to be written for that (`note_clock`), because nothing has put the earlier ones right yet.
        """
        self.own_clock.compared(more_ms, error_ms)
        return self._end.seq > 0 and not self._end.clock.anchors

    def note_clock(self, **body: int) -> None:
        """Write down how this computer's clock compares with the hub's."""
        self.append(Kind.CLOCK, body, at=self.own_clock.clock(), actor="station")

    def hub_time(self, at: datetime) -> datetime:
        """What the hub's clock says while this computer's says `at`; as far as they were compared."""
        return self.own_clock.hub_time(at, self._end.clock)

    def _see_clock(self) -> None:
        """Note that somebody has set the clock since the last record."""
        gap_ms, before_ms = self.own_clock.gap_ms, self._end.gap_ms
        if before_ms is not None and abs(gap_ms - before_ms) < _TREMBLES_MS:
            return
        self._end = replace(self._end, gap_ms=gap_ms)
        if self._end.seq and before_ms is not None and abs(gap_ms - before_ms) > JUMP_MS:
            self.note_clock(jumped_ms=gap_ms - before_ms)

    @property
    def log(self) -> str:
        """The log this process writes."""
        return self._end.log

    @property
    def end(self) -> int:
        """How many records are in it so far."""
        return self._end.seq

    def _resume(self) -> End:
        """Begin after what was last written and followed here: the clock never runs backwards in the journal."""
        last = last_own(self.connection, self.device.id)
        followed = get_setting(self.connection, _FOLLOWED_SETTING, [0, 0])
        hlc = max(Hlc(*followed), last.record.hlc if last else NEVER)
        log = _new_log()
        return End(log, hlc=hlc, vector=_vector(self.ends), clock=self.own_clock.of_log(log))

    def begin(self) -> None:
        """Forget what an earlier transaction added."""
        self.appended.clear()
        self.appended_values.clear()
        self.ends.begin()
        self._end = self._saved

    def committed(self) -> None:
        """The transaction is on the disk: go on from here."""
        self.ends.committed()
        self._saved = self._end

    def begin_log(self) -> None:
        """Write on in a new log, because somebody else writes this one too."""
        log = _new_log()
        self._end = replace(self._end, log=log, seq=0, hash=NO_PREDECESSOR, clock=self.own_clock.of_log(log))

    def take(self, arrived: Arrived) -> None:
        """Add a record from elsewhere that was proved and follows its log; kept only if the transaction commits."""
        signed, at = arrived.signed, arrived.record.id
        arrival = self._insert(at, arrived.hash, signed.data, signed.signature)
        rows = [(at.log, at.seq, n, side.mac, side.salt, side.value) for n, side in enumerate(signed.values)]
        # A mended journal may have lost the record and not its values.
        self.connection.executemany("insert or replace into value values (?, ?, ?, ?, ?, ?)", rows)
        self.appended_values[at] = [side.value for side in signed.values]
        self.appended.append(Stored(arrival, arrived.record, arrived.hash, signed.data, signed.signature))
        self._end = replace(
            self._end,
            hlc=self._end.hlc.met(arrived.record.hlc, self.own_clock.order_ms()),
            vector=_moved(self._end.vector, at, arrived.record.prev, arrived.hash.hex()),
        )

    def recount(self) -> None:
        """Compute the digest over all logs anew: a gap in one was filled."""
        self._end = replace(self._end, vector=_vector(self.ends))

    def keep_clock(self) -> None:
        """Let the next start go on from the clock that was followed."""
        put_setting(self.connection, _FOLLOWED_SETTING, [self._end.hlc.wall_ms, self._end.hlc.count])

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
        basis: Mapping[str, Any] = _NOTHING_MORE,
        said: bool = False,
    ) -> Record:
        """Add a record to this process's log; it is kept only if the store's transaction commits.

        `at` is aware UTC: what this computer's clock says, or what a person `said`. `values` are personal: they are
        kept beside the record, which holds only their digest. `basis`: on what it was decided, besides what is known
        here.
        """
        if self._end.seq == 0 and kind != Kind.OPEN:
            self._open(at, said=said)
        self._see_clock()
        seq = self._end.seq + 1
        record_id = RecordId(self.log, seq)
        if values:
            macs = self._keep_values(record_id, values)
            body = {**body, "side": records.values_digest(macs)}
        hlc = self._end.hlc.next(self.own_clock.order_ms())
        mono, clk = self.own_clock.dates(at)
        data = records.canonical(
            {
                "v": FORMAT,
                "log": self.log,
                "seq": seq,
                "prev": self._end.hash,
                "dev": self.device.id,
                "hlc": (hlc.wall_ms, hlc.count),
                "wall": records.to_ms(at),
                "tz": self.zone_offset,
                "mono": mono,
                "clk": clk,
                "actor": actor,
                "role": role or self.role,
                "gate": place,
                "basis": {"vvd": self._end.vector.hex(), "hub_age_s": self._hub_age_s(), **basis},
                "kind": kind,
                "crit": kind in CRITICAL,
                "body": body,
                **({"said": True} if said else {}),
            }
        )
        digest = records.record_hash(data)
        signature = self.device.key.sign(data)
        arrival = self._insert(record_id, digest, data, signature)
        vector = _moved(self._end.vector, record_id, self._end.hash, digest.hex())
        record = Record(
            record_id, kind, at, hlc, self.device.id, actor, role or self.role, place, body, basis=basis,
            critical=kind in CRITICAL, mono=mono, clk=clk, said=said,
        )  # fmt: skip
        clock = self._end.clock.after(measured(record))
        self._end = End(self.log, seq, digest.hex(), hlc, vector, clock, self._end.gap_ms)
        self.appended.append(Stored(arrival, record, digest, data, signature))
        return record

    def _hub_age_s(self) -> int | None:
        """How old what we know of the others is at most."""
        return None if self.hub_heard_at is None else int(time.monotonic() - self.hub_heard_at)

    def _insert(self, at: RecordId, digest: bytes, data: bytes, signature: bytes) -> int:
        cursor = self.connection.execute(
            "insert into record (log, seq, hash, bytes, signature) values (?, ?, ?, ?, ?)",
            (at.log, at.seq, digest, data, signature),
        )
        self.ends.put(at.log, at.seq, digest)
        return cursor.lastrowid or 0

    def _open(self, at: datetime, *, said: bool) -> None:
        last = last_own(self.connection, self.device.id)
        put_setting(self.connection, _OWN_LOG_SETTING, self.log)
        body: dict[str, Any] = {
            "parent": [last.record.id.log, last.record.id.seq, last.hash.hex()] if last else None,
            "key": self.device.public,
            "station": self.station_name,
            "app": __version__,
            "sqlite": sqlite_version(),
            "system": platform.system(),
        }
        boot = self._end.clock.boot
        if boot is not None:
            body["boot"] = {"id": boot.id, "ms": boot.ms}
        self.append(Kind.OPEN, body, at=at, actor="station", said=said)

    def _keep_values(self, record: RecordId, values: Sequence[bytes]) -> list[bytes]:
        salts = records.salts_from(secrets.token_bytes(SALT_BYTES), len(values))
        rows, macs = [], []
        for n, (salt, value) in enumerate(zip(salts, values, strict=True)):
            mac = records.value_mac(salt, value)
            macs.append(mac)
            rows.append((record.log, record.seq, n, mac, salt, value))
        self.connection.executemany("insert into value (log, seq, n, mac, salt, value) values (?, ?, ?, ?, ?, ?)", rows)
        self.appended_values[record] = values
        return macs


def _new_log() -> str:
    return new_id(secrets.token_bytes(ID_BYTES))


def _moved(vector: bytes, to: RecordId, prev: str, digest: str) -> bytes:
    """The digest once this log ends one record later."""
    return _fold_end(_fold_end(vector, to.log, to.seq - 1, prev), to.log, to.seq, digest)


def _fold_end(vector: bytes, log: str, seq: int, digest: str) -> bytes:
    """Take a log's end into the vector digest, or out of it: XOR undoes itself. A log not begun adds nothing."""
    if seq == 0:
        return vector
    part = hashlib.sha256(f"{log}:{seq}:{digest}".encode()).digest()[:8]
    return bytes(a ^ b for a, b in zip(vector, part, strict=True))


def _vector(ends: Ends) -> bytes:
    vector = bytes(8)
    for log, (seq, digest) in ends.items():
        vector = _fold_end(vector, log, seq, digest.hex())
    return vector


def last_own(connection: Connection, device: str) -> Stored | None:
    """The last record this device wrote, as far as this disk knows."""
    log = get_setting(connection, _OWN_LOG_SETTING)
    last = _end_of(connection, log) if log else None
    if last is not None:
        return last
    # A journal from before there were others' records in it, or one that was mended.
    logs = connection.execute("select log from record where seq = 1 order by arrival desc").fetchall()
    for (found,) in logs:
        opened = opening_of(connection, found)
        if opened is not None and opened.device == device:
            return _end_of(connection, found)
    return None


def _end_of(connection: Connection, log: str) -> Stored | None:
    row = connection.execute(
        "select arrival, bytes, hash, signature from record where log = ? order by seq desc limit 1", (log,)
    ).fetchone()
    return Stored(row[0], records.read_record(row[1]), row[2], row[1], row[3]) if row else None


def opening_of(connection: Connection, log: str) -> Opening | None:
    """Who writes this log; None where the record that opens it is not here."""
    row = connection.execute("select bytes from record where log = ? and seq = 1", (log,)).fetchone()
    try:
        return opening(records.read_record(row[0])) if row else None
    except ValueError:
        return None


def read_after(connection: Connection, arrival: int) -> Iterator[Stored]:
    """Every record that arrived after this one, in order of arrival."""
    rows = connection.execute(
        "select arrival, bytes, hash, signature from record where arrival > ? order by arrival", (arrival,)
    )
    for number, data, digest, signature in rows:
        yield Stored(number, records.read_record(data), digest, data, signature)


def record_of(connection: Connection, record: RecordId) -> Record:
    """A record by its name. Raises KeyError when this disk does not hold it."""
    sql = "select bytes from record where log = ? and seq = ?"
    row = connection.execute(sql, (record.log, record.seq)).fetchone()
    if row is None:
        raise KeyError(str(record))
    return records.read_record(row[0])


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


Lost = Callable[[RecordId, int, str], bool]
"""Whether it was said that before this record, from that place on, records are lost; with the record's hash."""


def check_chains(connection: Connection, lost: Lost = lambda _at, _first, _hash: False) -> Iterator[Problem]:
    """Prove every log: no gaps but those stated, each record names the one before, hashes, signatures and side values
    fit.
    """
    state: tuple[str, int, str] = ("", 0, NO_PREDECESSOR)
    keys: dict[str, Ed25519PublicKey] = {}
    rows = connection.execute("select log, seq, hash, bytes, signature from record order by log, seq")
    for log, seq, digest, data, signature in rows:
        at = RecordId(log, seq)
        expected_seq, expected_prev = (state[1] + 1, state[2]) if state[0] == log else (1, NO_PREDECESSOR)
        if seq != expected_seq and lost(at, expected_seq, digest.hex()):
            expected_seq, expected_prev = seq, ""
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
    if expected_prev and record.prev != expected_prev:
        return "does not follow the record before it"
    try:
        if record.kind == Kind.OPEN and at.seq == 1:
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
