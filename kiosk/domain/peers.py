"""Stations that exchange with each other while their hub is away: who they are, where they may be, how that goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from kiosk.domain.fleet import ago
from kiosk.domain.invitations import read_address
from kiosk.domain.trust import DeviceRole
from kiosk.i18n import _, ngettext

DEFAULT_PEER_PORT = 7444
"""Where a station answers others; the hub beside it has the port before."""
MOST_ADDRESSES = 4
"""Of one station."""
MOST_PEERS = 64
_LONGEST = 60
LISTENS_BY_ITSELF = frozenset({DeviceRole.DESK, DeviceRole.ORGANIZER})
"""Stations that answer others unless somebody has switched it off: people sit there. Doors and kiosks only ask."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another station of the same hub, as the hub's own log tells of it."""

    device: str
    key: str
    """Public, in hex: what its records and receipts are proved by."""
    name: str
    role: DeviceRole
    """What it may read and write."""


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """Where a station may be. A hint: who answers there is seen by its certificate."""

    device: str
    addresses: Sequence[str]
    """`host:port`, likeliest first."""


Addresses = Mapping[str, Sequence[str]]
"""By device."""


def added(known: Addresses, device: str, addresses: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The same, with these addresses of a device first. What is no address is left out, and there is an end to them."""
    short = [address for address in addresses[:MOST_ADDRESSES] if len(address) <= _LONGEST]
    plain = [read for address in short if (read := read_address(address)) is not None]
    merged = tuple(dict.fromkeys([*plain, *known.get(device, ())]))[:MOST_ADDRESSES]
    others = {each: tuple(found) for each, found in known.items() if each != device}
    if not merged or (device not in known and len(others) >= MOST_PEERS):
        return others
    return {**others, device: merged}


def seen_first(host: str, addresses: Sequence[str]) -> tuple[str, ...]:
    """The addresses a station says it has, and before them where it was seen, unless that is on the very computer."""
    if not addresses or not _is_elsewhere(host):
        return tuple(addresses[:MOST_ADDRESSES])
    port = addresses[0].rpartition(":")[2]
    seen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return tuple(dict.fromkeys([seen, *addresses]))[:MOST_ADDRESSES]


def _is_elsewhere(host: str) -> bool:
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return False


def is_near(address: str) -> bool:
    """Whether this is a number in a network of one's own: what a stranger announces is not asked in the wide world."""
    try:
        return not ip_address(address.rpartition(":")[0].strip("[]")).is_global
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class PeerState:
    """How it goes with one station nearby."""

    name: str
    role: DeviceRole
    met: datetime | None = None
    """When the last round with it went well; None while none has."""
    lacks: int | None = None
    """Of this station's own records, how many it has not said to hold. None: it was never heard."""
    answers: bool = False
    """Whether it answered when it was asked last."""


@dataclass(frozen=True, slots=True)
class NearbyView:
    """What the page shows of stations nearby."""

    joined: bool = False
    """Stations exchange only within one hub: its authority is what they know each other by."""
    listens: bool = False
    """Whether this station answers others."""
    address: str = ""
    """Where, while it does."""
    asking: bool = False
    """The hub is away: stations are asked now."""
    peers: Sequence[PeerState] = ()
    trouble: str = ""
    """What is the matter with listening or finding, where something is."""


NOBODY_NEARBY = NearbyView()


def nearby_words(view: NearbyView) -> str:
    """How things stand, in a sentence or two."""
    if not view.joined:
        return _("Stations exchange without a hub once they have joined one: by it they know each other.")
    if not view.asking:
        return _(
            "The hub answers; everything goes through it. Where it does not, stations in one network ask each other."
        )
    if any(peer.answers for peer in view.peers):
        return _("The hub is away. Stations nearby tell each other what they know; the hub gets it when it is back.")
    return _(
        "The hub is away, and nobody nearby answers. Many hotel networks keep their guests apart: a small router of "
        "your own does not."
    )


def reach_words(view: NearbyView) -> str:
    """Whether others may ask this station, and where."""
    if view.trouble:
        return f"▲ {view.trouble}"
    if not view.joined:
        return ""
    if not view.listens:
        return _("Others may not ask this station; while the hub is away it asks those that may be asked.")
    words = _("Others may ask this station at {address}. A firewall on this computer has to let that in.")
    return words.format(address=view.address)


def holds_words(peer: PeerState) -> str:
    """What a station nearby holds of what was written here, as far as it has said."""
    if peer.lacks is None:
        return _("not heard yet")
    if peer.lacks:
        words = ngettext("all of this station but {n} record", "all of this station but {n} records", peer.lacks)
        return words.format(n=peer.lacks)
    return _("all of this station")


def met_words(peer: PeerState, now: datetime) -> str:
    """When it was last met."""
    if peer.met is None:
        return _("never")
    return _("{ago} ago").format(ago=ago(peer.met, now))
