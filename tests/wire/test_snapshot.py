"""Pages of the snapshot: every kind of side value comes back as it was, and a bomb is not unpacked."""

from __future__ import annotations

import tracemalloc

import pytest
import zstandard

from kiosk.domain.exchange import SideValue, Signed
from kiosk.domain.journal import salts_from, value_mac
from kiosk.wire import compress
from kiosk.wire.snapshot import SnapshotPage, read_page, write_page

SALT = bytes(range(32))
WITHHELD = SideValue(b"\1" * 32)


def whole(salt: bytes, value: bytes) -> SideValue:
    return SideValue(value_mac(salt, value), salt, value)


ALONE = (whole(SALT, b"alone"),)
FOLLOWING = tuple(whole(salt, b"%d" % n) for n, salt in enumerate(salts_from(SALT, 5)))
RANDOM = tuple(whole(bytes([n]) * 32, b"%d" % n) for n in range(5))


def page(*values: tuple[SideValue, ...]) -> SnapshotPage:
    return SnapshotPage(1, "H" * 26, [Signed(b"{}", b"s" * 64, each) for each in values], "next", 7)


@pytest.mark.parametrize(
    "values",
    [
        (),
        ALONE,
        FOLLOWING,
        RANDOM,
        (WITHHELD,),
        (WITHHELD, *FOLLOWING[1:]),
        (*RANDOM[:2], WITHHELD, *RANDOM[3:]),
        (whole(SALT, b""), whole(SALT, b"the same salt")),
        FOLLOWING[:1] + RANDOM[:1],
    ],
)
def test_values_come_back_as_they_were(values: tuple[SideValue, ...]) -> None:
    assert read_page(write_page(page(values, ALONE))) == page(values, ALONE)


def test_salts_that_follow_from_one_another_are_not_sent() -> None:
    following = tuple(whole(salt, b"x") for salt in salts_from(SALT, 250))
    random = tuple(whole(value_mac(b"", b"%d" % n), b"x") for n in range(250))
    assert len(write_page(page(random))) - len(write_page(page(following))) > 249 * 30


def streamed(size: int) -> bytes:
    """So many zeros, compressed without saying how many there are."""
    packer = zstandard.ZstdCompressor().compressobj()
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


@pytest.mark.parametrize("bomb", [compress.pack(bytes(100 << 20)), streamed(100 << 20)], ids=["sized", "unsized"])
def test_a_bomb_is_not_unpacked(bomb: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(ValueError, match="longer"):
        read_page(bomb)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20
