"""What a new station fetches: the hub's records, a page at a time, packed.

A page is MessagePack under Zstandard. Salts that follow from the first one are left out, and so are the codes that
stand for values that are there: the reader computes both, and proves every record as if it had come in a round.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from kiosk.domain.exchange import MAX_VALUES, MAX_VALUES_BYTES, SideValue, Signed
from kiosk.domain.journal import salts_from, value_mac
from kiosk.wire.compress import pack, unpack

PAGE_BYTES = 1024 * 1024
"""Of records and values in a page, before it is packed: some 2,300 people, a sixth of that on the wire. A page is taken
in at once, and must come through a bad network in a minute.
"""
PAGE_RECORDS = 2_000
MAX_PAGE_BYTES = PAGE_BYTES + MAX_VALUES_BYTES + 4 * 1024 * 1024
"""One record alone may be larger than a page."""
START = ""
"""The cursor of whoever has nothing yet."""

Cursor = Annotated[str, msgspec.Meta(max_length=64)]


class _Packed(msgspec.Struct, array_like=True, frozen=True):
    """A record with what cannot be computed."""

    data: bytes
    signature: bytes
    values: Annotated[list[bytes | None], msgspec.Meta(max_length=MAX_VALUES)] = []
    salts: list[bytes] = []
    """Of the values that are there; only the first where the others follow from it."""
    macs: list[bytes] = []
    """Of the values that are not there."""


class _Page(msgspec.Struct, frozen=True):
    protocol: int
    hub: str
    records: list[_Packed]
    next: Cursor
    total: int


class SnapshotPage(msgspec.Struct, frozen=True):
    """A page of the hub's records, in the order of logs and places."""

    protocol: int
    hub: str
    records: list[Signed]
    next: str
    """Where the next page begins; empty at the end."""
    total: int
    """How many records the hub holds."""


def write_page(page: SnapshotPage) -> bytes:
    """As it travels."""
    packed = _Page(page.protocol, page.hub, [_pack(signed) for signed in page.records], page.next, page.total)
    return pack(msgspec.msgpack.encode(packed))


def read_page(data: bytes) -> SnapshotPage:
    """What `write_page` wrote. Raises ValueError for anything else."""
    page = _decoder.decode(unpack(data, MAX_PAGE_BYTES))
    return SnapshotPage(page.protocol, page.hub, [_unpack(packed) for packed in page.records], page.next, page.total)


_decoder = msgspec.msgpack.Decoder(_Page)


def _pack(signed: Signed) -> _Packed:
    salts = [value.salt for value in signed.values if value.salt is not None]
    whole = len(salts) == len(signed.values) > 1
    if whole and salts == salts_from(salts[0], len(salts)):
        salts = salts[:1]
    values = [value.value for value in signed.values]
    macs = [value.mac for value in signed.values if value.value is None]
    return _Packed(signed.data, signed.signature, values, salts, macs)


def _unpack(packed: _Packed) -> Signed:
    if not packed.values:
        return Signed(packed.data, packed.signature)
    there = sum(value is not None for value in packed.values)
    follow = there == len(packed.values) > len(packed.salts) == 1
    salts = salts_from(packed.salts[0], there) if follow else packed.salts
    if len(salts) != there or len(packed.macs) != len(packed.values) - there:
        raise ValueError("has values without their salts")
    return Signed(packed.data, packed.signature, tuple(_side(packed.values, salts, packed.macs)))


def _side(values: Iterable[bytes | None], salts: Iterable[bytes], macs: Iterable[bytes]) -> Iterable[SideValue]:
    next_salt, next_mac = iter(salts), iter(macs)
    for value in values:
        if value is None:
            yield SideValue(next(next_mac))
        else:
            salt = next(next_salt)
            yield SideValue(value_mac(salt, value), salt, value)
