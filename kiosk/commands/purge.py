"""`kiosk purge`: remove personal data from this station, when the conference is over."""

from __future__ import annotations

import click

from kiosk.commands.shell import Shell, pass_shell
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.services.retention import Retention
from kiosk.services.stations import Stations


@click.command("purge")
@click.confirmation_option(
    prompt=_("Remove every name and every other personal value from this station, for ever? What happened is kept.")
)
@pass_shell
def purge_command(shell: Shell) -> None:
    """Remove personal data from this station. At a hub, `kiosk hub purge` does it for all; this one must have sent
    everything first.
    """
    with shell.station() as station:
        link, stations = HubLink.read(station.store), Stations(station.store, station)
        retention = Retention(station.store, station)
        gone = retention.purge(lambda: stations.unsent(link.hub) if link else 0)
        click.echo(_("{n:,} personal values were removed.").format(n=gone))
        click.echo(retention.told())
