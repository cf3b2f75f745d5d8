"""Names for things: random bytes written so that people can read them out.

Crockford's base32 has no I, L, O or U, so nothing is mistaken for a digit (https://www.crockford.com/base32.html).
Randomness is handed in: this room throws no dice.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

ID_BYTES = 16
"""Random bytes in an id: 128 bits, so that two stations never choose the same one."""


def crockford(data: bytes) -> str:
    """The bytes as Crockford base32, most significant bit first, without padding: 10 bytes become 16 characters, 16
    become 26.
    """
    length = -(-len(data) * 8 // 5)
    number = int.from_bytes(data, "big") << (length * 5 - len(data) * 8)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range((length - 1) * 5, -1, -5))


def new_id(random: bytes) -> str:
    """An id from `ID_BYTES` random bytes."""
    if len(random) != ID_BYTES:
        raise ValueError(f"an id takes {ID_BYTES} random bytes, not {len(random)}")
    return crockford(random)
