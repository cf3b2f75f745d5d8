"""Stations nearby in the shell: asked once, for `kiosk sync`, and said how that went."""

from __future__ import annotations

from collections.abc import Sequence

import click

from kiosk.domain.peers import PeerState, holds_words
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.services.nearby import Nearby
from kiosk.services.station import Station


def meet_stations(station: Station, link: HubLink, addresses: Sequence[str]) -> list[PeerState]:
    """Rounds with every station of the hub whose address is known, and with whoever of them is at these."""
    from kiosk.sync.peers import PeerLoop

    loop = PeerLoop(Nearby(station.store, station, link), lambda: True, lambda: None, lambda: None)
    loop.ask_everybody(addresses)
    return [state for state in loop.states() if state.answers]


def say_stations(met: Sequence[PeerState]) -> None:
    """Who was met, for people."""
    if not met:
        click.echo(_("No station nearby was met."))
    for state in met:
        click.echo(_("{name} was met; it holds {what}.").format(name=state.name, what=holds_words(state)))


def stations_data(met: Sequence[PeerState]) -> list[dict[str, object]]:
    """The same, for programs."""
    return [{"name": state.name, "role": state.role.value, "lacks": state.lacks} for state in met]
