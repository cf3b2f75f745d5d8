"""What stations tell each other: signed records above a vector, and what becomes of each when it arrives.

A *vector* says where every log ends that a station holds. Two stations that show each other their vectors know which
records the other lacks; nothing else has to be remembered about anybody, so a disk that came back from a copy, a reply
that was lost and a message that came twice need no case of their own.

A record is taken in when it is whole, signed by the device that opened its log, and follows what is held of that log.
What does not (yet) fit is kept aside, never dropped, and holds up its own log only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from kiosk.domain.ids import ALPHABET
from kiosk.domain.journal import (
    NO_PREDECESSOR,
    SALT_BYTES,
    Kind,
    Record,
    canonical,
    content_of,
    record_from,
    record_hash,
    value_mac,
    values_digest,
)
from kiosk.domain.typed import one_line

MAX_BATCH_RECORDS = 500
MAX_BATCH_BYTES = 512 * 1024
"""Of records and side values. One record alone may be larger: an import's page of people with long notes."""
MAX_VALUES = 1_000
MAX_VALUES_BYTES = 8 * 1024 * 1024
"""Side values of one record; nobody writes as many or as much."""
LOG_CHARACTERS = 26
MAX_SEQ = 2**40
MOST_HOLES = 50
"""Of one log, in a vector; nobody loses more often."""
_MAC_BYTES = 32
_LONGEST_NAME = 80
_LETTERS = frozenset(ALPHABET)


@dataclass(frozen=True, slots=True)
class SideValue:
    """A personal value beside a record. Without salt and value it was purged, or is not for this reader."""

    mac: bytes
    salt: bytes | None = None
    value: bytes | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A record as it travels: its bytes verbatim, its signature, its side values."""

    data: bytes
    signature: bytes
    values: tuple[SideValue, ...] = ()

    @property
    def size(self) -> int:
        """Bytes it adds to a batch."""
        return len(self.data) + len(self.signature) + sum(_size(value) for value in self.values)


def _size(value: SideValue) -> int:
    return len(value.mac) + len(value.salt or b"") + len(value.value or b"")


@dataclass(frozen=True, slots=True)
class Head:
    """How far a log is held without a gap, and the hash (hex) of the record there."""

    seq: int = 0
    hash: str = NO_PREDECESSOR
    parked: int = 0
    """The furthest record of this log that is kept aside because it does not follow; 0 for none."""
    kept: int = 0
    """The furthest record that is kept aside because an organizer has to look at one before it; 0 for none."""
    holes: tuple[tuple[int, int], ...] = ()
    """Records before the end that are not held, and were said to be lost: first and last."""

    @property
    def aside(self) -> int:
        """The furthest record that is on the disk and does not count yet."""
        return max(self.parked, self.kept)


def is_possible(head: Head) -> bool:
    """Whether a log can end so: what comes from elsewhere may be any number."""
    ends = 0 <= head.seq <= MAX_SEQ and 0 <= head.parked <= MAX_SEQ and 0 <= head.kept <= MAX_SEQ
    if not head.holes:
        return ends
    return ends and len(head.holes) <= MOST_HOLES and all(0 < a <= b <= MAX_SEQ for a, b in head.holes)


Vector: TypeAlias = Mapping[str, Head]
"""Per log, how far it is held."""


def digest_of(vector: Vector) -> str:
    """Sixteen characters that are the same for two stations exactly when they hold the same."""
    parts = "\n".join(_told(log, vector[log]) for log in sorted(vector) if vector[log].seq)
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def _told(log: str, head: Head) -> str:
    told = f"{log}:{head.seq}:{head.hash}"
    return f"{told}:{head.holes}" if head.holes else told


def first_wanted(own: Head, theirs: Head, own_hash_there: str | None) -> int:
    """The first record of a log to send to somebody who holds it as far as `theirs`; beyond our own end if none is.

    `own_hash_there` is the hash of our own record where they end, None where we have none. If theirs is another one,
    the log forks: they are shown ours, and what follows it, once.
    """
    agreed = theirs.seq == 0 or own_hash_there == theirs.hash
    if agreed and own.seq > theirs.seq:
        return theirs.seq + 1
    # What follows does not fit on what they hold. They keep it aside, and say how far.
    start = theirs.seq if own_hash_there is not None and not agreed else theirs.seq + 1
    return max(start, theirs.aside + 1)


class Fate(StrEnum):
    """What became of a record that arrived."""

    TAKEN = "taken"
    KNOWN = "known"
    """It was here already."""
    GAP = "gap"
    """It waits for the ones before it."""
    STRANGER = "stranger"
    """It waits until somebody has accepted the device that wrote it."""
    FORK = "fork"
    """Another record has its place in the log. Both are kept."""
    FORBIDDEN = "forbidden"
    """Its device may not write such. It waits, and what follows it, until an organizer has looked at it."""
    REFUSED = "refused"
    """It is not what it says, or not whole. It is not kept; whoever has it sound can send it again."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record that arrived, read and proved as far as it goes by itself: shape, digest, side values."""

    signed: Signed
    record: Record
    hash: bytes

    @property
    def log(self) -> str:
        """The log it belongs to."""
        return self.record.id.log

    @property
    def seq(self) -> int:
        """Its place there."""
        return self.record.id.seq


def read_arrived(signed: Signed) -> Arrived:
    """Read a record from elsewhere. Raises ValueError, saying why, when it is not one."""
    content = content_of(signed.data)
    record = record_from(content)
    _check_shape(content)
    try:
        if canonical(content) != signed.data:
            raise ValueError("is not in canonical bytes")
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    _check_values(record.body, signed.values)
    return Arrived(signed, record, record_hash(signed.data))


def _check_shape(content: Mapping[str, Any]) -> None:
    """Every part of its kind: what comes from elsewhere may be anything."""
    texts = [content[name] for name in ("kind", "dev", "actor", "role")]
    log, seq, prev, place = (content[name] for name in ("log", "seq", "prev", "gate"))
    wall_ms, count = content["hlc"]
    whole = (
        _is_text(log, LOG_CHARACTERS)
        and is_log(log)
        and _is_number(seq, 1, MAX_SEQ)
        and all(_is_text(text) and text for text in texts)
        and (place is None or _is_text(place))
        and _is_number(wall_ms, 0, MAX_SEQ << 8)
        and _is_number(count, 0, MAX_SEQ)
        and isinstance(content["body"], dict)
        and _is_text(prev)
        and len(prev) == len(NO_PREDECESSOR)
        and isinstance(content["crit"], bool)
    )
    if not whole:
        raise ValueError("has a part that is not of its kind")
    if seq == 1 and (content["kind"] != Kind.OPEN or prev != NO_PREDECESSOR):
        raise ValueError("does not open its log, though it is the first")


def is_log(name: str) -> bool:
    """Whether this can be the name of a log."""
    return len(name) == LOG_CHARACTERS and _LETTERS.issuperset(name)


def _is_text(value: object, longest: int = _LONGEST_NAME) -> bool:
    return isinstance(value, str) and len(value) <= longest


def _is_number(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _check_values(body: Mapping[str, Any], values: Sequence[SideValue]) -> None:
    if "side" not in body and not values:
        return
    if len(values) > MAX_VALUES or sum(_size(value) for value in values) > MAX_VALUES_BYTES:
        raise ValueError("has more side values than a record may")
    if body.get("side") != values_digest([value.mac for value in values]):
        raise ValueError("has side values that are not its own")
    for value in values:
        if len(value.mac) != _MAC_BYTES or (value.salt is None) != (value.value is None):
            raise ValueError("has a side value that is not whole")
        if value.salt is None or value.value is None:
            continue
        if len(value.salt) != SALT_BYTES or value_mac(value.salt, value.value) != value.mac:
            raise ValueError("has a side value that was altered")


@dataclass(frozen=True, slots=True)
class Opening:
    """Who writes a log, from the record that opens it."""

    device: str
    key: str
    """Public, in hex."""
    station: str = ""


def opening(record: Record) -> Opening:
    """Raises ValueError when the record opens nothing."""
    key = record.body.get("key")
    if record.kind != Kind.OPEN or not isinstance(key, str) or len(key) != 64:
        raise ValueError("does not open a log")
    bytes.fromhex(key)
    return Opening(record.device, key, one_line(str(record.body.get("station", "")), _LONGEST_NAME))


def place_of(arrived: Arrived, end: Head, hash_there: bytes | None, opened: Opening | None) -> Fate:
    """Where a record belongs that is known to be signed by who opened its log, or whose opening is not here yet.

    `end` is where its log ends here, `hash_there` the hash of the record that has its place already.
    """
    if hash_there is not None:
        return Fate.KNOWN if hash_there == arrived.hash else Fate.FORK
    if arrived.seq > 1 and opened is None:
        return Fate.GAP
    if arrived.seq > end.seq + 1:
        return Fate.GAP
    return Fate.TAKEN if arrived.record.prev == end.hash else Fate.FORK
