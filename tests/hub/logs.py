"""Logs of devices that are nobody's station: whatever records a test wants, signed and chained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.exchange import Signed
from kiosk.domain.ids import new_id
from kiosk.domain.journal import NO_PREDECESSOR, Kind, canonical, record_hash
from kiosk.domain.trust import DeviceRole
from kiosk.hub.devices import DeviceState, KnownDevice


@dataclass(frozen=True, slots=True)
class Writer:
    """A device that writes logs."""

    id: str
    key: Ed25519PrivateKey
    role: DeviceRole

    @property
    def public(self) -> str:
        return self.key.public_key().public_bytes_raw().hex()

    @property
    def known(self) -> KnownDevice:
        """As the hub knows it."""
        state, name = DeviceState.ACTIVE, self.id[:4]
        return KnownDevice(self.id, name, self.role, state, self.public, b"", self.id, 1)

    def sign(self, content: Mapping[str, Any]) -> Signed:
        data = canonical(content)
        return Signed(data, self.key.sign(data))

    def content(self, log: str, seq: int, prev: str, **parts: Any) -> dict[str, Any]:
        """What a record holds; `parts` instead of what is usual."""
        opens = {"parent": None, "key": self.public, "station": "Desk", "app": "0"}
        usual: dict[str, Any] = {
            "v": 1, "log": log, "seq": seq, "prev": prev, "dev": self.id, "hlc": (1_700_000_000_000 + seq, 0),
            "wall": 1_700_000_000_000 + seq, "tz": "-04:00", "mono": seq, "clk": None, "actor": "station",
            "role": "desk", "gate": None if seq == 1 else "desk", "basis": {"vvd": "0" * 16, "hub_age_s": None},
            "kind": Kind.OPEN if seq == 1 else Kind.ADMIT, "crit": False,
            "body": opens if seq == 1 else {"attendee": f"A{seq}", "how": "qr"},
        }  # fmt: skip
        return usual | parts

    def log(self, log: str, changes: Sequence[Mapping[str, Any]]) -> list[Signed]:
        """A log: the record that opens it, and one for each of these."""
        signed: list[Signed] = []
        for seq, parts in enumerate([{}, *changes], 1):
            prev = record_hash(signed[-1].data).hex() if signed else NO_PREDECESSOR
            signed.append(self.sign(self.content(log, seq, prev, **parts)))
        return signed


def a_writer(name: str, role: DeviceRole = DeviceRole.DESK) -> Writer:
    """The same device for the same name, always."""
    seed = sha256(name.encode()).digest()
    return Writer(new_id(seed[:16]), Ed25519PrivateKey.from_private_bytes(seed), role)


def log_name(chance: Random) -> str:
    """A name for a log."""
    return new_id(chance.randbytes(16))
