"""Zstandard on the wire. What comes in says how long it will be, or nothing; neither is believed."""

from __future__ import annotations

import io

import zstandard

LEVEL = 6
"""Records are JSON with much in common; beyond this, time grows and little is saved."""
QUICK = 1
"""Of rounds: both sides wait for it."""
PACKED = "zstd"
"""What HTTP calls it (RFC 8878). Answers are packed for whoever takes that; questions for who said so in an answer."""
WORTH_PACKING_BYTES = 2048
_PIECE_BYTES = 256 * 1024
_MAX_WINDOW_BYTES = 8 * 1024 * 1024
"""What a sender may make us remember while we unpack."""


class TooLong(ValueError):
    """More comes out than may."""


def pack(data: bytes, level: int = LEVEL) -> bytes:
    """Compressed."""
    return zstandard.ZstdCompressor(level=level).compress(data)


def unpack(data: bytes, most_bytes: int) -> bytes:
    """What was compressed, where that is no more than this. Raises TooLong for more, ValueError for what is none."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
    try:
        with unpacker.stream_reader(io.BytesIO(data)) as reader:
            whole = bytearray()
            while len(whole) <= most_bytes and (piece := reader.read(_PIECE_BYTES)):
                whole += piece
    except zstandard.ZstdError as error:
        raise ValueError("is not compressed as it should be") from error
    if len(whole) > most_bytes:
        raise TooLong("is longer than it may be when unpacked")
    return bytes(whole)
