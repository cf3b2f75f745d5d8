"""Telling the hub how this station is, and hearing what the organizer has ordered."""

from __future__ import annotations

from dataclasses import asdict

import msgspec

from kiosk.domain.fleet import Vitals
from kiosk.domain.peers import PeerAddress
from kiosk.sync.client import HubClient
from kiosk.wire.renewal import AuthorityTold


class Heard(msgspec.Struct, frozen=True):
    """What the hub has to say to a station."""

    revoked: bool
    wipe: bool
    """The organizer ordered this station's data to be destroyed."""
    peers: list[PeerAddress] = []
    """Where other stations may be asked."""
    authorities: list[AuthorityTold] = []
    """Those of the hub that are good, where there is, or was, more than one."""
    renew: bool = False
    """The organizer wants this station to renew its keys."""


def beat(client: HubClient, vitals: Vitals, *, wiping: bool = False) -> Heard:
    """Say how we are. Raises HubTrouble."""
    return client.ask("POST", "/v1/beat", {**asdict(vitals), "wiping": wiping}, Heard)
