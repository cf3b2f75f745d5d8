"""Records that come from other stations and go to them, on the disk: `domain/exchange.py` says what it means.

Everything that writes runs inside `store.write()`: what arrives is committed with an fsync before the view is folded
and before anybody is told that it was received. What does not fit yet lies in the table `aside`.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain.exchange import (
    MAX_BATCH_BYTES,
    MAX_BATCH_RECORDS,
    Arrived,
    Fate,
    Head,
    Opening,
    SideValue,
    Signed,
    Vector,
    first_wanted,
    opening,
    place_of,
    read_arrived,
)
from kiosk.domain.journal import Kind, read_record, record_hash
from kiosk.domain.verdicts import RecordId
from kiosk.storage.database import Connection, scalar
from kiosk.storage.journal import Journal, opening_of, utc_now

MOST_ASIDE = 20_000
"""Records kept aside at most: a broken or hostile station must not fill the disk. Whoever sent more still has them."""

_log = logging.getLogger(__name__)


# What is here


def vector(connection: Connection) -> dict[str, Head]:
    """How far every log is held, with what waits for its device to be accepted."""
    rows = connection.execute("select log, count(*), max(seq) from record group by log").fetchall()
    ends = {log: _end(connection, log, count, last) for log, count, last in rows}
    for (log,) in connection.execute("select distinct log from aside").fetchall():
        ends[log] = _with_aside(connection, log, ends.get(log, Head()))
    return ends


def _end(connection: Connection, log: str, count: int, last: int) -> Head:
    """Where the part of a log ends that is held without a gap. Only a mended journal has gaps."""
    if count != last:
        last = 0
        for (seq,) in connection.execute("select seq from record where log = ? order by seq", (log,)):
            if seq != last + 1:
                break
            last = seq
    return Head(last, _hash_at(connection, log, last).hex()) if last else Head()


def _with_aside(connection: Connection, log: str, end: Head) -> Head:
    """What waits for its device to be accepted is held all the same; of the rest, how far it goes."""
    rows = connection.execute(
        "select seq, hash from aside where log = ? and seq > ? and why = ? order by seq", (log, end.seq, Fate.STRANGER)
    )
    for seq, digest in rows:
        if seq == end.seq + 1:
            end = Head(seq, digest.hex())
    furthest = scalar(connection, "select max(seq) from aside where log = ? and why <> ?", log, Fate.STRANGER)
    return Head(end.seq, end.hash, furthest or 0)


def _hash_at(connection: Connection, log: str, seq: int) -> bytes:
    digest: bytes = scalar(connection, "select hash from record where log = ? and seq = ?", log, seq) or b""
    return digest


# Sending


def records_after(
    connection: Connection,
    theirs: Vector,
    *,
    first: Sequence[str] = (),
    most: int = MAX_BATCH_RECORDS,
    most_bytes: int = MAX_BATCH_BYTES,
) -> list[Signed]:
    """The next batch for somebody who holds `theirs`; empty when they lack nothing that is here.

    The logs named `first` come first: what this station wrote itself is nowhere else yet.
    """
    batch: list[Signed] = []
    room = most_bytes
    here = connection.execute("select log, max(seq) from record group by log").fetchall()
    order = {log: n for n, log in enumerate(first)}
    for log, last in sorted(here, key=lambda row: (order.get(row[0], len(order)), row[0])):
        for signed in _log_after(connection, log, last, theirs.get(log, Head())):
            if batch and (len(batch) == most or signed.size > room):
                return batch
            batch.append(signed)
            room -= signed.size
    return batch


def _log_after(connection: Connection, log: str, last: int, theirs: Head) -> Iterator[Signed]:
    there = _hash_at(connection, log, theirs.seq).hex() or None
    start = first_wanted(Head(last), theirs, there)
    rows = connection.execute(
        "select seq, bytes, signature from record where log = ? and seq >= ? order by seq", (log, start)
    )
    for seq, data, signature in rows:
        yield Signed(data, signature, _values(connection, RecordId(log, seq)))


def advanced(theirs: Vector, batch: Iterable[Signed]) -> dict[str, Head]:
    """What somebody will hold who held `theirs` and takes this batch in."""
    then = dict(theirs)
    for signed in batch:
        at = read_record(signed.data).id
        then[at.log] = Head(at.seq, record_hash(signed.data).hex())
    return then


def openings(connection: Connection) -> dict[str, Opening]:
    """Who wrote each log that is held here and counts."""
    logs = [row[0] for row in connection.execute("select distinct log from record").fetchall()]
    found = ((log, opening_of(connection, log)) for log in logs)
    return {log: opened for log, opened in found if opened is not None}


def _values(connection: Connection, at: RecordId) -> tuple[SideValue, ...]:
    rows = connection.execute(
        "select mac, salt, value from value where log = ? and seq = ? order by n", (at.log, at.seq)
    )
    return tuple(SideValue(*row) for row in rows)


# Receiving


@dataclass(slots=True)
class Received:
    """What became of records that arrived."""

    fates: Counter[Fate] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    """Of the records taken in."""
    values: int = 0
    """Personal values that came with them."""
    problems: list[str] = field(default_factory=list)
    """Why records were refused, for the log: ids, nothing personal."""

    def add(self, other: Received) -> None:
        """Count further records."""
        self.fates += other.fates
        self.kinds += other.kinds
        self.values += other.values
        self.problems += other.problems


def receive(journal: Journal, accepted: Mapping[str, str], batch: Iterable[Signed]) -> Received:
    """Take records in, inside `store.write()`. `accepted` are the keys (hex) of the devices that count here.

    Whatever the order and however often: the same records are held at the end. A bad one stops its own log only.
    """
    received = Received()
    arrived = []
    for signed in batch:
        try:
            arrived.append(read_arrived(signed))
        except ValueError as error:
            _note(received, Fate.REFUSED, f"a record {error}")
    by_log = attrgetter("log")
    for log, group in groupby(sorted(arrived, key=lambda item: (item.log, item.seq)), by_log):
        taking = _Taking(journal, accepted, log, received)
        for item in group:
            taking.place(item)
        taking.go_on()
    if received.fates[Fate.TAKEN]:
        journal.keep_clock()
    return received


def release(journal: Journal, accepted: Mapping[str, str]) -> Received:
    """Take in what waited for its device to be accepted, where it is by now. Inside `store.write()`."""
    received = Received()
    connection = journal.connection
    for log, opened in strangers(connection):
        if _is_accepted(opened, accepted, journal):
            rows = _aside(connection, log, Fate.STRANGER)
            connection.execute("delete from aside where log = ? and why = ?", (log, Fate.STRANGER))
            received.add(receive(journal, accepted, rows))
    return received


def strangers(connection: Connection) -> list[tuple[str, Opening]]:
    """Logs of which records wait until their device is accepted, with who opened each."""
    logs = connection.execute("select distinct log from aside where why = ? order by log", (Fate.STRANGER,)).fetchall()
    found = ((log, _opened(connection, log)) for (log,) in logs)
    return [(log, opened) for log, opened in found if opened is not None]


def waiting(connection: Connection) -> dict[Fate, int]:
    """How many records are kept aside, by why."""
    rows = connection.execute("select why, count(*) from aside group by why").fetchall()
    return {Fate(why): count for why, count in rows}


def _is_accepted(opened: Opening, accepted: Mapping[str, str], journal: Journal) -> bool:
    own = (opened.device, opened.key) == (journal.device.id, journal.device.public)
    return own or accepted.get(opened.device) == opened.key


def _opened(connection: Connection, log: str) -> Opening | None:
    """Who opened a log, be it taken in or aside."""
    known = opening_of(connection, log)
    if known is not None:
        return known
    for signed in _aside(connection, log, Fate.STRANGER, seq=1):
        return opening(read_arrived(signed).record)
    return None


def _aside(connection: Connection, log: str, why: Fate, seq: int | None = None) -> list[Signed]:
    sql = "select bytes, signature, side from aside where log = ? and why = ? and (? is null or seq = ?) order by seq"
    rows = connection.execute(sql, (log, why, seq, seq)).fetchall()
    return [Signed(data, signature, _read_side(side)) for data, signature, side in rows]


def _openings_aside(connection: Connection, log: str) -> list[Opening]:
    return [opening(read_arrived(signed).record) for signed in _aside(connection, log, Fate.FORK, seq=1)]


def _is_signed(item: Arrived, opened: Opening) -> bool:
    of_device = item.record.device == opened.device
    return of_device and is_signed_by(opened.key, item.signed.signature, item.signed.data)


def is_signed_by(key: str, signature: bytes, data: bytes) -> bool:
    """Whether this key (public, in hex) signed these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


class _Taking:
    """One log while records of it arrive."""

    def __init__(self, journal: Journal, accepted: Mapping[str, str], log: str, received: Received) -> None:
        self.journal, self.received, self.log = journal, received, log
        self.connection = journal.connection
        self._accepted = accepted
        self._opened = _opened(self.connection, log)
        self._also_opened = _openings_aside(self.connection, log)
        """Further records that claim to open this log: of two that do, at least one lies."""
        count, last = self.connection.execute("select count(*), max(seq) from record where log = ?", (log,)).fetchone()
        self._torn = count != (last or 0)
        end = _end(self.connection, log, count, last) if count else Head()
        self._end = _with_aside(self.connection, log, end)
        self._aside = bool(scalar(self.connection, "select 1 from aside where log = ? limit 1", log))

    def place(self, item: Arrived) -> Fate:
        """Find the place of one record, and put it there."""
        fate = self._fate(item)
        if fate is Fate.TAKEN:
            fate = self._take(item)
        elif fate in (Fate.GAP, Fate.FORK):
            fate = self._put_aside(item, fate)
        elif fate is Fate.REFUSED:
            _note(self.received, fate, f"the record {item.record.id} is not signed by who opened its log")
            return fate
        self.received.fates[fate] += 1
        return fate

    def go_on(self) -> None:
        """Place what waited for the records that have come."""
        while rows := _aside(self.connection, self.log, Fate.GAP, self._end.seq + 1):
            before = self._end
            self.connection.execute(
                "delete from aside where log = ? and seq = ? and why = ?", (self.log, before.seq + 1, Fate.GAP)
            )
            for signed in rows:
                self.place(read_arrived(signed))
            if self._end == before:
                return

    def _fate(self, item: Arrived) -> Fate:
        fate = place_of(item, self._end, self._hash_there(item), self._opened)
        if fate is Fate.KNOWN:
            return fate
        if item.seq == 1:
            return self._fate_of_opening(item, fate)
        if self._opened is None or _is_signed(item, self._opened):
            return fate
        return Fate.FORK if any(_is_signed(item, opened) for opened in self._also_opened) else Fate.REFUSED

    def _fate_of_opening(self, item: Arrived, fate: Fate) -> Fate:
        try:
            opened = opening(item.record)
        except ValueError:
            return Fate.REFUSED
        if not _is_signed(item, opened):
            return Fate.REFUSED
        if self._opened is None:
            self._opened = opened
        else:
            self._also_opened.append(opened)
        return fate

    def _hash_there(self, item: Arrived) -> bytes | None:
        held = _hash_at(self.connection, self.log, item.seq)
        if held:
            return held
        if self.log == self.journal.log and item.seq > self._end.seq:
            return b"ours"  # nobody but this process may go on with the log it writes
        waiting: bytes | None = scalar(
            self.connection,
            "select hash from aside where log = ? and seq = ? and why = ?", self.log, item.seq, Fate.STRANGER,
        )  # fmt: skip
        return waiting

    def _take(self, item: Arrived) -> Fate:
        assert self._opened is not None
        if not _is_accepted(self._opened, self._accepted, self.journal):
            fate = self._put_aside(item, Fate.STRANGER)
            if fate is Fate.STRANGER:
                self._end = Head(item.seq, item.hash.hex())
            return fate
        self.journal.take(item)
        if self._torn:
            self.journal.recount()
        if self._aside:  # it may have come before, when it did not fit yet
            self.connection.execute(
                "delete from aside where log = ? and seq = ? and hash = ?", (self.log, item.seq, item.hash)
            )
        self._end = Head(item.seq, item.hash.hex())
        self.received.kinds[item.record.kind] += 1
        self.received.values += len(item.signed.values)
        return Fate.TAKEN

    def _put_aside(self, item: Arrived, why: Fate) -> Fate:
        if scalar(self.connection, "select count(*) from aside") >= MOST_ASIDE:
            _note(self.received, Fate.REFUSED, "no more records are kept aside")
            return Fate.REFUSED
        first_fork = why is Fate.FORK and not scalar(
            self.connection, "select 1 from aside where log = ? and why = ?", self.log, Fate.FORK
        )
        added = self.connection.execute(
            "insert or ignore into aside (log, seq, hash, bytes, signature, side, why) values (?, ?, ?, ?, ?, ?, ?)",
            (self.log, item.seq, item.hash, item.signed.data, item.signed.signature, _side(item.signed.values), why),
        )
        if not added.rowcount:
            return Fate.KNOWN
        self._aside = True
        if first_fork:
            self._tell_fork(item)
        return why

    def _tell_fork(self, item: Arrived) -> None:
        """Write down that this log goes two ways, and where; both ways are kept."""
        held = _hash_at(self.connection, self.log, item.seq)
        seq, hashes = item.seq, [held.hex(), item.hash.hex()]
        if not held:
            seq, hashes = item.seq - 1, [self._end.hash, item.record.prev]
        if self.log == self.journal.log:
            self.journal.begin_log()
        body = {"log": self.log, "seq": seq, "hashes": sorted(hashes)}
        self.journal.append(Kind.FORK, body, at=utc_now(), actor="station")


def _note(received: Received, fate: Fate, why: str) -> None:
    received.fates[fate] += 1
    received.problems.append(why)
    _log.warning("refused: %s", why)


def _side(values: Sequence[SideValue]) -> str:
    rows = [[value.mac.hex(), _hex(value.salt), _hex(value.value)] for value in values]
    return json.dumps(rows)


def _hex(data: bytes | None) -> str | None:
    return None if data is None else data.hex()


def _read_side(text: str) -> tuple[SideValue, ...]:
    return tuple(SideValue(bytes.fromhex(mac), _bytes(salt), _bytes(value)) for mac, salt, value in json.loads(text))


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


# Who holds what


def note_receipts(connection: Connection, holder: str, vector: Vector) -> None:
    """Remember how far somebody else holds our logs, as far as they hold the same; inside a transaction."""
    for log, head in vector.items():
        if head.seq and _hash_at(connection, log, head.seq).hex() == head.hash:
            connection.execute(
                "insert into receipt (holder, log, seq, hash) values (?, ?, ?, ?) on conflict (holder, log) "
                "do update set seq = excluded.seq, hash = excluded.hash where excluded.seq > receipt.seq",
                (holder, log, head.seq, bytes.fromhex(head.hash)),
            )


def receipts_of(connection: Connection, holder: str) -> dict[str, Head]:
    """How far somebody else held what is here when we last heard."""
    rows = connection.execute("select log, seq, hash from receipt where holder = ?", (holder,))
    return {log: Head(seq, digest.hex()) for log, seq, digest in rows}


def only_here(connection: Connection, logs: Sequence[str]) -> int:
    """How many records of these logs nobody else is known to hold."""
    return sum(
        scalar(
            connection,
            "select count(*) from record where log = ? "
            "and seq > (select ifnull(max(seq), 0) from receipt where log = ?)",
            log, log,
        )
        for log in logs
    )  # fmt: skip
