"""Which hub this station belongs to: kept as a station setting, read by whoever speaks with the hub."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from kiosk.domain.trust import DeviceRole, hub_name
from kiosk.storage.store import Store

_SETTING = "hub_link"
HOST_SETTING = "host_hub"
"""Whether the hub runs on this computer while its window is open."""


@dataclass(frozen=True, slots=True)
class HubLink:
    """A station's place at a hub: made by joining, forgotten by leaving."""

    hub: str
    """The hub's id."""
    addresses: tuple[str, ...]
    """`host:port`, the one that worked last first. A hint only: the certificate proves the hub."""
    hub_key: str
    """The hub's public Ed25519 key, in hex: what its own records are proved by."""
    ca_pem: str
    """The hub's own authority, or two while one follows the other; nobody else's certificate is accepted."""
    certificate: str
    """This station's TLS certificate, DER in hex."""
    tls_key_pem: str
    role: DeviceRole
    name: str
    """What the organizer called this station."""
    revoked: bool = False
    """The hub said that this station may no longer speak with it."""
    generation: int = 0
    """Which of the hub's authorities this station goes by; 0 is the first."""
    former: tuple[str, str, int] | None = None
    """Certificate, key and generation from before they were renewed: a hub that came back from a backup knows these."""

    @property
    def server_name(self) -> str:
        """The name the hub's certificate must bear."""
        return hub_name(self.hub, self.generation)

    def swapped(self) -> HubLink:
        """The same with the certificate from before it was renewed; what is tried now is kept for the next time."""
        if self.former is None:
            return self
        certificate, key, generation = self.former
        now = (self.certificate, self.tls_key_pem, self.generation)
        return replace(self, certificate=certificate, tls_key_pem=key, generation=generation, former=now)

    @classmethod
    def read(cls, store: Store) -> HubLink | None:
        """The station's link; None while it belongs to no hub."""
        stored: dict[str, Any] | None = store.setting(_SETTING, None)
        if stored is None:
            return None
        known = {name: value for name, value in stored.items() if name in cls.__dataclass_fields__}
        former = tuple(known["former"]) if known.get("former") else None
        return cls(**{
            **known, "addresses": tuple(known["addresses"]), "role": DeviceRole(known["role"]), "former": former,
        })  # fmt: skip

    def write(self, store: Store) -> None:
        """Keep it."""
        content = asdict(self)
        if self.former is None and not self.generation:
            del content["former"], content["generation"]  # programs from before these were known read it, too
        store.set_setting(_SETTING, content)

    def reached_at(self, store: Store, address: str) -> HubLink:
        """Remember that this address works: it is tried first from now on."""
        if self.addresses[:1] == (address,):
            return self
        link = replace(self, addresses=(address, *(a for a in self.addresses if a != address))[:8])
        link.write(store)
        return link

    @staticmethod
    def forget(store: Store) -> None:
        """Belong to no hub any more."""
        store.set_setting(_SETTING, None)
