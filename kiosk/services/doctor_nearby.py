"""Is this station ready to go on with others while the hub is away? A line of the self-check."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.domain.peers import DEFAULT_PEER_PORT
from kiosk.i18n import _, ngettext
from kiosk.services.doctor import Check, State
from kiosk.services.hub_link import HubLink
from kiosk.services.nearby import Nearby
from kiosk.services.station import Station


def examine_nearby(station: Station, trouble: str = "") -> Iterator[Check]:
    """Nothing where there is no hub: stations know each other by it. `trouble`: what the running program says of it."""
    link = HubLink.read(station.store)
    if link is None or link.revoked:
        return
    nearby = Nearby(station.store, station, link)
    peers, addresses = nearby.peers(), nearby.addresses()
    known = ngettext("{n} other known", "{n} others known", len(peers)).format(n=len(peers))
    there = _("of {n} it is known where they are").format(n=sum(device in addresses for device in peers))
    switch = _("others may not ask this one")
    if nearby.listens:
        switch = _("others may ask this one, on port {port}").format(port=DEFAULT_PEER_PORT)
    state = State.LOOK if trouble else State.OK
    yield Check("nearby", _("Stations nearby"), state, f"{known}, {there}; {switch}", trouble)
