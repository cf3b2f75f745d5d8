"""The records a station keeps: what they hold, their canonical bytes, and how they hang together.

A record is one fact, written once. Its bytes are canonical JSON (sorted keys, no spaces, UTF-8, no floats, at most 4
KiB) and are kept and passed on verbatim: nobody writes someone else's record anew. Each record names the SHA-256 of
the one before it in its log, so a missing, altered or reordered record shows; each is signed by its station (the
signature stands beside the bytes).

Personal values never stand in a record. They are side values, each with 32 random bytes of salt; the record holds the
SHA-256 over `HMAC-SHA256(salt, value)` of each. When the values are purged, the chain still verifies.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from kiosk.domain.verdicts import RecordId

FORMAT = 1
MAX_RECORD_BYTES = 4096
SALT_BYTES = 32
NO_PREDECESSOR = "0" * 64
"""What the first record of a log names as the one before it."""
FURTHEST_AHEAD_MS = 5 * 60 * 1000
"""How far a clock elsewhere may be ahead of ours and still be followed."""


class Kind(StrEnum):
    """What a record says. Codes are for ever: add, never rename. A reader keeps kinds it does not know."""

    OPEN = "open"
    ADMIT = "admit"
    DENY = "deny"
    EXIT = "exit"
    UNDO = "undo"
    IMPORT = "import"
    IMPORT_NAME = "import.name"
    """What an import was called, as a side value: a file may be named after somebody."""
    IMPORT_UNDO = "import.undo"
    WALKIN = "walkin"
    EDIT = "edit"
    STAFF = "staff"
    """A person who works here: an id for records, the name as a side value."""
    HEADCOUNT = "headcount"
    """People in a room who have no badge: so many more, or fewer."""
    SEATS = "seats"
    """Somebody counted the seats taken in a room."""
    SEATS_GRANT = "seats.grant"
    """The hub hands seats of a session to a door."""
    SEATS_RELEASE = "seats.release"
    """A door gives seats back that were handed to it."""
    SEATS_FORFEIT = "seats.forfeit"
    """An organizer takes seats from a door that is not heard of: it may be giving them all the same."""
    WAIT = "wait"
    """Onto the waiting list of a session, or off it."""
    DOOR_ANYWAY = "door.anyway"
    """A supervisor chose a session that is not held here now, to scan people into."""
    REVOKE = "revoke"
    REINSTATE = "reinstate"
    REISSUE = "reissue"
    REVEAL = "reveal"
    """Somebody looked at masked contact details."""
    PRINT_ASK = "print.ask"
    PRINT_SENT = "print.sent"
    PRINT_DONE = "print.done"
    PRINT_UNKNOWN = "print.unknown"
    PRINT_FAILED = "print.failed"
    PROGRAMME = "programme"
    """Rooms and sessions, new or changed, as side values: an import, or a late change."""
    ENROL = "enrol"
    """People who have a place in a session."""
    WITHDRAW = "withdraw"
    """Enrolments taken back, by the records that made them: one made elsewhere meanwhile stands."""
    REPAIR = "repair"
    """A named person sets a time at a session's door right, or says that a scan does not count."""
    CLOSE = "session.close"
    """A session is over: whoever is still inside left at the end the body names."""
    GRANT = "credit.grant"
    """A named person decides what a session is worth to somebody."""
    CLOCK = "clock.fault"
    """The clock of a station was wrong all through one of its logs, by so much, as somebody says; or, where it names no
    log, a station notes that its clock was set, or how it compares with the hub's.
    """
    CERTIFICATE = "certificate"
    """A certificate was made; what it says is a side value, its code stands in the body."""
    LAYOUT = "layout"
    """A badge layout, as a side value; or that it was removed."""
    LAYOUT_RULES = "layout.rules"
    """Which layout is for which registration type."""
    RECOVER = "recover"
    """A damaged journal was set aside; the body says what was saved."""
    DEVICE_ADD = "device.add"
    """Somebody accepted a device: what it signs counts here from now on."""
    DEVICE_REVOKE = "device.revoke"
    FORK = "fork"
    """Two different records have one place in a log: somebody copied a running station, or altered one."""
    SETTLE = "incident.settle"
    """Somebody looked into two records that cannot both be right, and said what was the matter."""
    GAP = "log.gap"
    """Records in the midst of a log are lost for ever; what follows counts without them (`domain/gaps.py`)."""
    HUB_FAULT = "hub.fault"
    """The hub did not hold what it had confirmed, or sent what is no record: a station noticed."""
    PURGE = "purge"
    """The date from which on personal data is to be gone; the hub's is obeyed."""


CRITICAL = frozenset({Kind.REVOKE, Kind.REINSTATE, Kind.REISSUE, Kind.DEVICE_ADD, Kind.DEVICE_REVOKE, Kind.PURGE})
"""Kinds that a program which does not know them must not ignore: whom they name then needs the desk. Such a record
names one person, in its body (`subject`): side values are not for everybody.
"""


class Role(StrEnum):
    """In what capacity a station writes; decides between edits that did not know of each other."""

    ORGANIZER = "organizer"
    DESK = "desk"
    DOOR = "door"
    KIOSK = "kiosk"
    HUB = "hub"


@dataclass(frozen=True, slots=True, order=True)
class Hlc:
    """A hybrid logical clock reading: milliseconds since 1970 UTC and a counter. Orders records; never shown as a time.

    Kulkarni et al., "Logical Physical Clocks", 2014.
    """

    wall_ms: int
    count: int

    def met(self, other: Hlc, now_ms: int) -> Hlc:
        """This reading after one from elsewhere was seen. One too far ahead is kept but not followed: a clock that is
        years wrong must not drag the others along.
        """
        return self if other.wall_ms > now_ms + FURTHEST_AHEAD_MS else max(self, other)

    def next(self, now_ms: int) -> Hlc:
        """The reading for the next record, given the wall clock; greater than this one whatever the clock says."""
        if now_ms > self.wall_ms:
            return Hlc(now_ms, 0)
        return Hlc(self.wall_ms, self.count + 1)


@dataclass(frozen=True, slots=True)
class Record:
    """One fact, decoded. `at` is what the station's clock said (aware UTC)."""

    id: RecordId
    kind: str
    at: datetime
    hlc: Hlc
    device: str
    actor: str
    role: str
    place: str | None
    body: Mapping[str, Any]
    prev: str = ""
    critical: bool = False
    version: int = FORMAT
    """Of the record's form; a higher one than ours is a newer program's."""
    basis: Mapping[str, Any] | None = None
    """On what it was decided: how much of the other stations' records was known, and whether the hub was asked."""
    mono: int | None = None
    """How long the program had run, in milliseconds, whatever was done to the clock."""
    clk: tuple[int, int] | None = None
    """What the hub's clock had more than `at`, and how wrong that may be, in milliseconds; None where nobody knows."""
    said: bool = False
    """Whether `at` is what somebody said, not what the clock did."""

    @property
    def order(self) -> tuple[Hlc, str, int]:
        """Canonical order of records from all stations."""
        return (self.hlc, self.id.log, self.id.seq)


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970 UTC."""
    return (at - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """The aware UTC time of so many milliseconds since 1970."""
    return _EPOCH + ms * _MILLISECOND


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way to write this content as bytes. Raises ValueError for floats and for more than 4 KiB: both are
    bugs.
    """
    _refuse_floats(content)
    data = _encoder.encode(content).encode()
    if len(data) > MAX_RECORD_BYTES:
        raise ValueError(f"a record may hold {MAX_RECORD_BYTES} bytes, not {len(data)}")
    return data


def _refuse_floats(value: object) -> None:
    """Exact types only, because every record passes through here: subclasses of str and int are what they are."""
    kind = type(value)
    if kind is dict:
        for item in value.values():  # type: ignore[attr-defined]
            if type(item) is not str:
                _refuse_floats(item)
    elif kind is list or kind is tuple:
        for item in value:  # type: ignore[attr-defined]
            _refuse_floats(item)
    elif isinstance(value, float):
        raise ValueError("a record holds no floats")


def record_hash(data: bytes) -> bytes:
    """SHA-256 of a record's bytes: its name in receipts and in the next record."""
    return hashlib.sha256(data).digest()


def value_mac(salt: bytes, value: bytes) -> bytes:
    """What stands for a side value in the chain; says nothing about the value to whoever lacks the salt."""
    return hmac.digest(salt, value, "sha256")


def salts_from(first: bytes, count: int) -> list[bytes]:
    """The salts of one record's values: the first is random, the others follow from it, so that a page of two hundred
    and fifty people travels with one. Whoever holds one value of a record may hold them all, and they are purged
    together.
    """
    rest = hashlib.shake_256(b"kiosk salts\n" + first).digest(SALT_BYTES * max(0, count - 1))
    return [first, *(rest[n : n + SALT_BYTES] for n in range(0, len(rest), SALT_BYTES))][:count]


def values_digest(macs: Sequence[bytes]) -> dict[str, Any]:
    """The body entry (`side`) that binds a record to its side values."""
    return {"n": len(macs), "sha256": hashlib.sha256(b"".join(macs)).hexdigest()}


def content_of(data: bytes) -> Any:
    """A record's bytes as JSON. Raises ValueError when they are none."""
    if len(data) > MAX_RECORD_BYTES:
        raise ValueError("is too long for a record")
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def read_record(data: bytes) -> Record:
    """Decode a record's bytes. Raises ValueError when they are not one; unknown kinds and keys are kept."""
    return record_from(content_of(data))


def record_from(content: Any) -> Record:
    """The record that was read as JSON. Raises ValueError when it is none."""
    try:
        return Record(
            id=RecordId(content["log"], content["seq"]),
            kind=content["kind"],
            at=from_ms(content["wall"]),
            hlc=Hlc(*content["hlc"]),
            device=content["dev"],
            actor=content["actor"],
            role=content["role"],
            place=content["gate"],
            body=content["body"],
            prev=content["prev"],
            critical=content["crit"],
            version=int(content.get("v", FORMAT)),
            basis=content.get("basis"),
            mono=_whole(content.get("mono")),
            clk=_comparison(content.get("clk")),
            said=content.get("said") is True,
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"is none: {error}") from error


def _whole(value: object) -> int | None:
    return value if type(value) is int and abs(value) < _MOST_MS else None


def _comparison(value: object) -> tuple[int, int] | None:
    """What a record says of its clock; None where that makes no sense."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    offset, error = _whole(value[0]), _whole(value[1])
    return (offset, error) if offset is not None and error is not None and error >= 0 else None


_MOST_MS = 10**15
"""More milliseconds than that are no time."""
