"""Records that come from other stations and go to them, on the disk: `domain/exchange.py` says what it means.

Everything that writes runs inside `store.write()`: what arrives is committed with an fsync before the view is folded
and before anybody is told that it was received. What does not fit yet lies in the table `aside`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain import placing
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
    read_arrived,
)
from kiosk.domain.gaps import Gap, contiguous, gap_in, note, said_of
from kiosk.domain.journal import Kind, Record, read_record, record_hash
from kiosk.domain.placing import Received
from kiosk.domain.retention import without_names
from kiosk.domain.verdicts import RecordId
from kiosk.storage.database import Connection, scalar
from kiosk.storage.ends import Ends
from kiosk.storage.journal import Journal, Lost, opening_of, utc_now
from kiosk.storage.settings import get_setting, put_setting

_GAPS_SETTING = "gaps"
PURGED_SETTING = "purged"
"""When personal data was removed here, in ms; from then on none is taken in."""
MOST_ASIDE = 20_000
"""Records kept aside at most: a broken or hostile station must not fill the disk. Whoever sent more still has them."""

Gone = Mapping[tuple[str, str], int]
"""Logs of devices that were sent away, by name and by the key that opened them: how far they count."""
NOBODY_GONE: Gone = {}

_log = logging.getLogger(__name__)


# What is here


def vector(connection: Connection, known: Ends | None = None) -> dict[str, Head]:
    """How far every log is held, with what waits for its device to be accepted. `known`: the journal's own ends."""
    known = known or Ends(connection)
    ends = {log: _end(connection, log, known) for log, _last in known.items()}
    for (log,) in connection.execute("select distinct log from aside").fetchall():
        ends[log] = _with_aside(connection, log, ends.get(log, Head()))
    return ends


def _end(connection: Connection, log: str, known: Ends) -> Head:
    """Where the part of a log ends that is held without a gap, but for what was said to be lost."""
    if not known.is_torn(log):
        last = known.last(log)
        return Head(last, known.hash_of_last(log).hex()) if last else Head()
    rows = connection.execute("select seq, hash from record where log = ? order by seq", (log,))
    end, digest, holes = contiguous(_heeded(connection, log), rows)
    return Head(end, digest.hex(), holes=holes) if end else Head()


def _heeded(connection: Connection, log: str) -> list[Gap]:
    """What was said to be lost of a log by who may say it."""
    opened = opening_of(connection, log)
    return [gap for gap in gaps_of(connection, log) if opened is not None and gap.is_of(opened)]


def lost(connection: Connection) -> Lost:
    """Answers whether records were said to be lost, for proving chains."""

    def was_said(at: RecordId, first: int, digest: str) -> bool:
        return any(gap.joins(first - 1, at.seq, digest) for gap in _heeded(connection, at.log))

    return was_said


def gaps_of(connection: Connection, log: str) -> list[Gap]:
    """What was said to be lost of a log, by whoever."""
    return said_of(get_setting(connection, _GAPS_SETTING, {}), log)


def unstated(journal: Journal, log: str, theirs: Head) -> list[Gap]:
    """The gap of a log that somebody has as well, who keeps aside what follows it; none where it was stated."""
    connection = journal.connection
    end = _end(connection, log, journal.ends)
    if not journal.ends.is_torn(log) or end.seq != theirs.seq:
        return []
    row = connection.execute(
        "select seq, hash, bytes from record where log = ? and seq > ? order by seq limit 1", (log, end.seq)
    ).fetchone()
    if row is None or row[0] > theirs.parked:
        return []
    seq, digest, data = row
    record = read_record(data)
    return [Gap(log, end.seq + 1, seq - 1, record.prev, digest.hex(), record.device)]


def note_gap(connection: Connection, record: Record) -> None:
    """Remember what a record says to be lost, beside the records: a setting, which a mended journal still has."""
    gap = gap_in(record)
    if gap is None:
        return
    said = get_setting(connection, _GAPS_SETTING, {})
    if note(said, gap):
        put_setting(connection, _GAPS_SETTING, said)


def _with_aside(connection: Connection, log: str, end: Head) -> Head:
    """What waits for its device to be accepted is held all the same; of the rest, how far it goes."""
    rows = connection.execute(
        "select seq, hash from aside where log = ? and seq > ? and why = ? order by seq", (log, end.seq, Fate.STRANGER)
    )
    for seq, digest in rows:
        if seq == end.seq + 1:
            end = replace(end, seq=seq, hash=digest.hex())
    furthest = scalar(connection, "select max(seq) from aside where log = ? and why <> ?", log, Fate.STRANGER)
    return replace(end, parked=furthest or 0)


def _hash_at(connection: Connection, log: str, seq: int) -> bytes:
    digest: bytes = scalar(connection, "select hash from record where log = ? and seq = ?", log, seq) or b""
    return digest


# Sending


def records_after(
    connection: Connection,
    theirs: Vector,
    *,
    first: Sequence[str] = (),
    skip: Collection[str] = (),
    most: int = MAX_BATCH_RECORDS,
    most_bytes: int = MAX_BATCH_BYTES,
    known: Ends | None = None,
) -> list[Signed]:
    """The next batch for somebody who holds `theirs`; empty when they lack nothing that is here.

    The logs named `first` come first: what this station wrote itself is nowhere else yet. Those in `skip` wait.
    """
    batch: list[Signed] = []
    room = most_bytes
    here = [(log, last) for log, (last, _hash) in (known or Ends(connection)).items()]
    order = {log: n for n, log in enumerate(first)}
    for log, last in sorted(here, key=lambda row: (order.get(row[0], len(order)), row[0])):
        if log in skip:
            continue
        for signed in _log_after(connection, log, last, theirs.get(log, Head())):
            if batch and (len(batch) == most or signed.size > room):
                return batch
            batch.append(signed)
            room -= signed.size
    return batch


def _log_after(connection: Connection, log: str, last: int, theirs: Head) -> Iterator[Signed]:
    there = _hash_at(connection, log, theirs.seq).hex() or None
    start = first_wanted(Head(last), theirs, there)
    for first, until in (*theirs.holes, (start, last)):
        rows = connection.execute(
            "select seq, bytes, signature from record where log = ? and seq between ? and ? order by seq",
            (log, first, until),
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
    found = ((log, opening_of(connection, log)) for log, _last in Ends(connection).items())
    return {log: opened for log, opened in found if opened is not None}


def _values(connection: Connection, at: RecordId) -> tuple[SideValue, ...]:
    rows = connection.execute(
        "select mac, salt, value from value where log = ? and seq = ? order by n", (at.log, at.seq)
    )
    return tuple(SideValue(*row) for row in rows)


# Receiving


def receive(
    journal: Journal, accepted: Mapping[str, str], batch: Iterable[Signed], gone: Gone = NOBODY_GONE
) -> Received:
    """Take records in, inside `store.write()`. `accepted` are the keys (hex) of the devices that count here; of those
    `gone`, what they wrote before counts.
    """
    if get_setting(journal.connection, PURGED_SETTING) is not None:
        batch = without_names(list(batch))
    received = placing.receive(_JournalShelf(journal, accepted, gone), batch, is_signed_by)
    if received.fates[Fate.TAKEN]:
        journal.keep_clock()
    for why in received.refusals:
        _log.warning("refused: %s", why)
    return received


def release(journal: Journal, accepted: Mapping[str, str], gone: Gone = NOBODY_GONE) -> Received:
    """Take in what waited for its device to be accepted, where it is by now. Inside `store.write()`."""
    received = Received()
    connection = journal.connection
    for log, opened in strangers(connection):
        if _JournalShelf(journal, accepted, gone).is_accepted(opened) or gone.get((log, opened.key)):
            rows = _aside(connection, log, Fate.STRANGER)
            connection.execute("delete from aside where log = ? and why = ?", (log, Fate.STRANGER))
            received.add(receive(journal, accepted, rows, gone))
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


def is_signed_by(key: str, signature: bytes, data: bytes) -> bool:
    """Whether this key (public, in hex) signed these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _opened(connection: Connection, log: str) -> Opening | None:
    known = opening_of(connection, log)
    if known is not None:
        return known
    for signed in _aside(connection, log, Fate.STRANGER, seq=1):
        return opening(read_arrived(signed).record)
    return None


def _aside(connection: Connection, log: str, why: Fate, seq: int | None = None) -> list[Signed]:
    sql = "select bytes, signature, side from aside where log = ? and why = ? and (? is null or seq = ?) order by seq"
    rows = connection.execute(sql, (log, why, seq, seq)).fetchall()
    return [Signed(data, signature, read_side(side)) for data, signature, side in rows]


class _JournalShelf:
    """A station's journal as the shelf that records are placed on."""

    def __init__(self, journal: Journal, accepted: Mapping[str, str], gone: Gone) -> None:
        self._journal = journal
        self._gone = gone
        self._connection = journal.connection
        self._accepted = accepted
        self._torn = False
        self._last = 0
        self._has_aside = False

    def opened(self, log: str) -> Opening | None:
        return _opened(self._connection, log)

    def also_opened(self, log: str) -> list[Opening]:
        return [opening(read_arrived(signed).record) for signed in _aside(self._connection, log, Fate.FORK, seq=1)]

    def end(self, log: str) -> Head:
        known = self._journal.ends
        self._torn, self._last = known.is_torn(log), known.last(log)
        self._has_aside = bool(scalar(self._connection, "select 1 from aside where log = ? limit 1", log))
        return _with_aside(self._connection, log, _end(self._connection, log, known))

    def hash_at(self, log: str, seq: int) -> bytes | None:
        held = _hash_at(self._connection, log, seq)
        if held:
            return held
        if log == self._journal.log and seq > self._journal.end:
            return _OURS
        waiting: bytes | None = scalar(
            self._connection, "select hash from aside where log = ? and seq = ? and why = ?", log, seq, Fate.STRANGER
        )
        return waiting

    def is_accepted(self, opened: Opening) -> bool:
        own = (opened.device, opened.key) == (self._journal.device.id, self._journal.device.public)
        return own or self._accepted.get(opened.device) == opened.key

    def counted_before(self, opened: Opening, item: Arrived) -> bool:
        return item.seq <= self._gone.get((item.log, opened.key), 0)

    def may_write(self, opened: Opening, item: Arrived) -> bool:
        return True  # roles are the hub's: two stations that meet accept each other whole

    def gaps(self, log: str) -> list[Gap]:
        return gaps_of(self._connection, log)

    def first_missing(self, gap: Gap) -> int:
        sql = "select seq from record where log = ? and seq between ? and ? order by seq"
        missing = gap.first
        for (seq,) in self._connection.execute(sql, (gap.log, gap.first, gap.last)):
            if seq != missing:
                break
            missing += 1
        return missing

    def take(self, item: Arrived) -> None:
        self._journal.take(item)
        self._torn |= item.seq != self._last + 1
        self._last = max(self._last, item.seq)
        if self._torn:
            self._journal.recount()
        note_gap(self._connection, item.record)
        if self._has_aside:  # it may have come before, when it did not fit yet
            self._connection.execute(
                "delete from aside where log = ? and seq = ? and hash = ?", (item.log, item.seq, item.hash)
            )

    def put_aside(self, item: Arrived, why: Fate) -> Fate:
        if scalar(self._connection, "select count(*) from aside") >= MOST_ASIDE:
            return Fate.REFUSED
        added = self._connection.execute(
            "insert or ignore into aside (log, seq, hash, bytes, signature, side, why) values (?, ?, ?, ?, ?, ?, ?)",
            (
                item.log,
                item.seq,
                item.hash,
                item.signed.data,
                item.signed.signature,
                write_side(item.signed.values),
                why,
            ),
        )
        self._has_aside = True
        return why if added.rowcount else Fate.KNOWN

    def waiting_for(self, log: str, seq: int) -> list[Signed]:
        rows = _aside(self._connection, log, Fate.GAP, seq)
        if rows:
            self._connection.execute("delete from aside where log = ? and seq = ? and why = ?", (log, seq, Fate.GAP))
        return rows

    def tell_fork(self, log: str, seq: int, hashes: list[str]) -> None:
        told = scalar(self._connection, "select count(*) from aside where log = ? and why = ?", log, Fate.FORK)
        if told > 1:
            return
        if log == self._journal.log:
            self._journal.begin_log()
        body = {"log": log, "seq": seq, "hashes": hashes}
        self._journal.append(Kind.FORK, body, at=utc_now(), actor="station")


_OURS = b"ours"
"""In place of a hash: nobody but this process may go on with the log it writes."""


def write_side(values: Sequence[SideValue]) -> str:
    """Side values of what is kept aside, as they are stored."""
    rows = [[value.mac.hex(), _hex(value.salt), _hex(value.value)] for value in values]
    return json.dumps(rows)


def _hex(data: bytes | None) -> str | None:
    return None if data is None else data.hex()


def read_side(text: str) -> tuple[SideValue, ...]:
    """Read back `write_side`."""
    return tuple(SideValue(bytes.fromhex(mac), _bytes(salt), _bytes(value)) for mac, salt, value in json.loads(text))


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


# Who holds what


def note_receipts(connection: Connection, holder: str, vector: Vector) -> None:
    """Remember how far somebody else says to hold our logs now, as far as they hold the same; inside a transaction.

    They may hold less than they did: a hub that came back from a backup has to be sent again what it lost.
    """
    before = receipts_of(connection, holder)
    told = {log: _cleared(connection, log, head) for log, head in vector.items()}
    now = {
        log: head
        for log, head in told.items()
        if head.seq and (head == before.get(log) or _hash_at(connection, log, head.seq).hex() == head.hash)
    }
    gone = [(holder, log) for log in before if log not in now]
    connection.executemany("delete from receipt where holder = ? and log = ?", gone)
    rows = [
        (holder, log, head.seq, bytes.fromhex(head.hash))
        for log, head in now.items()
        if before.get(log, Head()).seq != head.seq
    ]
    connection.executemany("insert or replace into receipt (holder, log, seq, hash) values (?, ?, ?, ?)", rows)


def _cleared(connection: Connection, log: str, head: Head) -> Head:
    """How far somebody holds a log without lacking what is here, whatever they hold behind it."""
    sql = "select min(seq) from record where log = ? and seq between ? and ?"
    for first, last in head.holes:
        lacks = scalar(connection, sql, log, first, last)
        if lacks is not None:
            return Head(lacks - 1, _hash_at(connection, log, lacks - 1).hex())
    return head


def confirm(connection: Connection, holder: str, heads: Vector, held: Vector | None) -> None:
    """Remember a receipt over some logs; and where `held` says all that is held, that earlier receipts hold no more."""
    now = {**receipts_of(connection, holder), **heads}
    if held is not None:
        now = {log: head if held[log].seq >= head.seq else held[log] for log, head in now.items() if log in held}
    note_receipts(connection, holder, now)


def missing_at(connection: Connection, holder: str, held: Vector) -> int:
    """How many records somebody confirmed that they do not hold any more, if `held` is all they hold."""
    confirmed = receipts_of(connection, holder).items()
    return sum(_missing(head, held.get(log, Head())) for log, head in confirmed)


def _missing(confirmed: Head, held: Head) -> int:
    if held.seq == confirmed.seq:
        return int(held.hash != confirmed.hash)
    return max(0, confirmed.seq - max(held.seq, held.kept))


def receipts_of(connection: Connection, holder: str) -> dict[str, Head]:
    """How far somebody else held what is here when we last heard."""
    rows = connection.execute("select log, seq, hash from receipt where holder = ?", (holder,))
    return {log: Head(seq, digest.hex()) for log, seq, digest in rows}


def confirmed_and_gone(connection: Connection) -> list[RecordId]:
    """Records that somebody confirmed to hold, and that are not here any more: the end of a log was cut off."""
    rows = connection.execute(
        "select distinct log, seq from receipt where not exists "
        "(select 1 from record where record.log = receipt.log and record.seq = receipt.seq) order by log, seq"
    )
    return [RecordId(log, seq) for log, seq in rows]


def only_here(journal: Journal, logs: Sequence[str], holder: str | None = None) -> int:
    """How many records of these logs nobody else (or this holder not) is known to hold."""
    sql = "select ifnull(max(seq), 0) from receipt where log = ? and (? is null or holder = ?)"
    confirmed = {log: scalar(journal.connection, sql, log, holder, holder) for log in logs}
    return sum(_held_after(journal, log, seq) for log, seq in confirmed.items())


def _held_after(journal: Journal, log: str, seq: int) -> int:
    if journal.ends.is_torn(log):
        return int(scalar(journal.connection, "select count(*) from record where log = ? and seq > ?", log, seq))
    return max(0, journal.ends.last(log) - seq)
