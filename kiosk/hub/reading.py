"""Reading what nearly every station pushes nearly always: further records of a log of its own, one after another.

Whatever is found to be such a run here is one by `domain.exchange.read_arrived` and `domain.placing` as well, which
have the word; only it is found four times as fast. A record whose bytes are ASCII, hold no floats and are the same when
they are written anew with sorted keys, is in canonical form. Everything else, whatever has side values, and what the
hub keeps count of (seats), goes the general way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from kiosk.domain.exchange import LOG_CHARACTERS, MAX_SEQ, Head, Opening, Signed, is_log, opening
from kiosk.domain.journal import MAX_RECORD_BYTES, NO_PREDECESSOR, Kind, read_record
from kiosk.domain.roles import may_write_kind
from kiosk.hub.devices import KnownDevice
from kiosk.storage.exchange import is_signed_by
from kiosk.storage.seats_view import SEAT_KINDS

_LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: there is no time after it."""
_Scalar: TypeAlias = str | int | bool | None
_Plain: TypeAlias = _Scalar | list[_Scalar] | dict[str, _Scalar]
_Deep: TypeAlias = _Scalar | list[_Plain] | dict[str, _Plain]
"""No floats, and only so deep."""
_Text = Annotated[str, Meta(min_length=1, max_length=80)]
_Ms = Annotated[int, Meta(ge=0, le=_LATEST_MS)]


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A record's content, its keys in their order."""

    actor: _Text
    basis: dict[str, _Scalar] | None
    body: dict[str, _Deep]
    clk: list[_Scalar] | None
    crit: bool
    dev: _Text
    gate: Annotated[str, Meta(max_length=80)] | None
    hlc: tuple[_Ms, Annotated[int, Meta(ge=0, le=MAX_SEQ)]]
    kind: _Text
    log: Annotated[str, Meta(min_length=LOG_CHARACTERS, max_length=LOG_CHARACTERS)]
    mono: int
    prev: Annotated[str, Meta(min_length=len(NO_PREDECESSOR), max_length=len(NO_PREDECESSOR))]
    role: _Text
    seq: Annotated[int, Meta(ge=1, le=MAX_SEQ)]
    tz: str
    v: int
    wall: _Ms


_read = msgspec.json.Decoder(_Line).decode
_write = msgspec.json.Encoder(order="sorted").encode

Row: TypeAlias = tuple[str, int, bytes, bytes, bytes]
"""Log, place, hash, bytes, signature."""


@dataclass(frozen=True, slots=True)
class Run:
    """Records of one log that follow each other, written and signed by the device that sent them."""

    log: str
    device: str
    key: str
    before: Head
    """What they follow."""
    end: Head
    opened: Opening | None
    """Where they begin the log."""
    records: list[Signed]
    rows: list[Row]
    kinds: Counter[str]


def runs_of(device: KnownDevice, push: Sequence[Signed]) -> list[Run] | None:
    """What this device pushed, as runs; None where it is anything else."""
    lines = _lines(push)
    if not lines:
        return None
    runs = []
    for _log, group in groupby(zip(lines, push, strict=True), lambda pair: pair[0].log):
        run = _run(device, list(group))
        if run is None:
            return None
        runs.append(run)
    return runs


def _lines(push: Sequence[Signed]) -> list[_Line] | None:
    """What these records say; None where one is not what is usual."""
    data = [signed.data for signed in push]
    if not b"".join(data).isascii() or max(map(len, data), default=0) > MAX_RECORD_BYTES:
        return None
    try:
        lines = list(map(_read, data))
    except (msgspec.DecodeError, RecursionError):
        return None
    if list(map(_write, lines)) != data:
        return None
    with_values = any(signed.values for signed in push) or any("side" in line.body for line in lines)
    return None if with_values or any(line.kind in SEAT_KINDS for line in lines) else lines


def _run(device: KnownDevice, items: Sequence[tuple[_Line, Signed]]) -> Run | None:
    """These records of one log as a run of this device; None where they are none."""
    first, last = items[0], items[-1][1]
    log, seq, prev = first[0].log, first[0].seq, first[0].prev
    before = Head(seq - 1, prev)
    rows: list[Row] = []
    for line, signed in items:
        if line.seq != seq or line.prev != prev or line.dev != device.id:
            return None
        digest = sha256(signed.data)
        rows.append((log, seq, digest.digest(), signed.data, signed.signature))
        seq, prev = seq + 1, digest.hexdigest()
    opened = _opening(first[1]) if before.seq == 0 else None
    if (before.seq == 0 and (opened is None or before != Head() or opened.key != device.sign_key)) or not is_log(log):
        return None
    if any(line.kind == Kind.GAP for line, _signed in items):
        return None  # it changes where another log may go on
    if not all(may_write_kind(device.role, *what) for what in {(line.role, line.kind) for line, _signed in items}):
        return None
    if not is_signed_by(device.sign_key, last.signature, last.data):
        return None  # each names the one before it, so that the last one's signature proves them all
    records, kinds = [signed for _line, signed in items], Counter(line.kind for line, _signed in items)
    return Run(log, device.id, device.sign_key, before, Head(seq - 1, prev), opened, records, rows, kinds)


def _opening(signed: Signed) -> Opening | None:
    try:
        return opening(read_record(signed.data))
    except ValueError:
        return None
