"""What stations and hub say to each other, beside the records themselves (`exchange.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.domain.exchange import Head, Opening

BUNDLE_FORMAT = 1


HUB_ROLE = "hub"


@dataclass(frozen=True, slots=True)
class Vouched:
    """A device whose records count where somebody vouches for it."""

    device: str
    key: str
    name: str
    role: str = ""
    """What it was for, where the hub before had said so; `hub` for such a hub itself."""
    since_ms: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself: who made it, what they hold, whose records are in it."""

    format: int
    device: str
    key: str
    station: str
    vector: dict[str, Head]
    """What the sender holds: a receipt for whoever reads it."""
    openings: list[Opening]
    """Who wrote the logs in it."""
    records: int
    conference: dict[str, str] = field(default_factory=dict)
    """Title, short name and zone, for a station that has none yet."""
    role: str = ""
    """What the sender is at its hub: what is not for that role it does not hold whole."""
    vouched: list[Vouched] = field(default_factory=list)
    """Whose records count at the sender: for a hub that is made from what it holds."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A message and its sender's signature over it."""

    content: bytes
    signature: bytes
