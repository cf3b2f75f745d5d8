"""Messages as bytes, and back. What comes in may be anything: sizes are bounded by the caller, shapes here."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")


def encode(message: Any) -> bytes:
    """A message (a dataclass, or a list of them) as JSON; bytes in it as base64."""
    return msgspec.json.encode(message)


def decode(data: bytes, kind: type[T]) -> T:
    """A message of this kind. Raises ValueError, saying where, when the bytes are none."""
    try:
        message: T = _decoder(cast(Hashable, kind)).decode(data)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    return message


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
