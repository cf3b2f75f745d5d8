"""How certificates are renewed, and how the hub tells of its authorities."""

from __future__ import annotations

import msgspec


class AuthorityTold(msgspec.Struct, frozen=True):
    """One of the hub's authorities, and who vouches for it."""

    generation: int
    pem: str
    by_hub: str
    """The hub's signature, in hex."""
    by_former: str
    """That of the authority before, in hex."""


class Renewed(msgspec.Struct, frozen=True):
    """The certificate over a new key, DER in hex."""

    certificate: str
