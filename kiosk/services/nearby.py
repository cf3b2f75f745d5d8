"""Other stations of the same hub, for exchanging with them while the hub is away: who counts, and where they may be.

Who belongs to the conference is what the hub's own log says, as far as this station has heard it. What comes from
another station is taken in under the same rules as at the hub: nobody's log grows by what its device may not write.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from functools import partial

from kiosk.domain.exchange import Fate, Signed, Vector
from kiosk.domain.peers import LISTENS_BY_ITSELF, Peer, added
from kiosk.domain.placing import Received
from kiosk.domain.scope import Cut, for_role, rightly_written, whole_for
from kiosk.domain.trust import DeviceRole
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station
from kiosk.services.stations import Stations
from kiosk.storage.exchange_view import accepted_devices, announced_roles, station_names
from kiosk.storage.store import Store

SLICE = 100
"""Records taken in at a time: a scan waits for no more of them."""
_BREATH_S = 0.001
"""Between two slices whoever waits to write gets their turn."""
_LISTEN_SETTING = "listen_nearby"
_ADDRESSES_SETTING = "peer_addresses"
_WHO_EXCHANGES = frozenset(DeviceRole) - {DeviceRole.DASHBOARD}


class Nearby:
    """The stations of one hub, as one of them knows them. For any thread."""

    def __init__(self, store: Store, station: Station, link: HubLink) -> None:
        self.store, self.station, self.link = store, station, link
        self.stations = Stations(store, station)

    # Who counts

    def peers(self) -> dict[str, Peer]:
        """The other stations that the hub let in and did not send away, as far as we have heard."""
        own, hub = self.store.journal.device.id, self.link.hub
        with self.store.reading():
            view = self.store.view.connection
            keys, roles, names = accepted_devices(view, [hub]), announced_roles(view, hub), station_names(view)
        said = {device: DeviceRole(role) for device, role in roles.items() if role in _WHO_EXCHANGES}
        return {
            device: Peer(device, keys[device], names.get(device, "?"), role)
            for device, role in said.items()
            if device != own and device in keys
        }

    # What goes and comes

    def batch_for(self, peer: Peer, theirs: Vector, skip: Collection[str] = ()) -> list[Signed]:
        """The next records for this station: values only where they are for its role, and only what is whole here."""
        return self.stations.batch_after(theirs, skip, partial(_passed_on, peer.role))

    def take_in(self, peer: Peer, batch: Sequence[Signed]) -> Received:
        """Take in what this station has sent. Nothing of it may be what its device must not write, or less than we may
        read: it would never be fetched again.
        """
        roles = {each.device: each.role for each in (*self.peers().values(), peer)}
        rightly, _cut = rightly_written(roles, batch)
        fitting, _cut = whole_for(self.link.role, rightly)
        received = Received()
        for first in range(0, len(fitting), SLICE):
            received.add(self.stations.receive(fitting[first : first + SLICE]).received)
            time.sleep(_BREATH_S)
        if received.fates[Fate.TAKEN]:
            received.add(self.stations.release().received)
        return received

    # Where they may be, and whether we answer

    @property
    def listens(self) -> bool:
        """Whether this station answers others: at desks, unless somebody has switched it off."""
        wanted: bool = self.store.setting(_LISTEN_SETTING, self.link.role in LISTENS_BY_ITSELF)
        return wanted and not self.link.revoked

    def listen(self, on: bool) -> None:
        """Answer others from now on, or no more."""
        self.store.set_setting(_LISTEN_SETTING, on)

    def addresses(self) -> dict[str, tuple[str, ...]]:
        """Where stations may be, by device; where they answered last comes first."""
        known: dict[str, list[str]] = self.store.setting(_ADDRESSES_SETTING, {})
        return {device: tuple(addresses) for device, addresses in known.items()}

    def may_be_at(self, device: str, addresses: Sequence[str]) -> None:
        """Remember where a station may be, or was met."""
        known = self.addresses()
        now = added(known, device, addresses)
        if now != known:
            self.store.set_setting(_ADDRESSES_SETTING, now)


def _passed_on(reader: DeviceRole, batch: Sequence[Signed]) -> Cut:
    return whole_for(reader, for_role(reader, batch))
