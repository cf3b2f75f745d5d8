"""`kiosk settle`: say what was the matter with two records that cannot both be right."""

from __future__ import annotations

import click

from kiosk.commands.shell import Shell, pass_shell
from kiosk.i18n import _
from kiosk.services.incidents import Incidents


@click.command("settle")
@click.argument("incident")
@click.option("--why", required=True, help="What was the matter.")
@click.option("--by", required=True, metavar="NAME", help="Who looked into it.")
@pass_shell
def settle_command(shell: Shell, incident: str, why: str, by: str) -> None:
    """Settle an incident that `kiosk report conflicts` lists. What happened stays as it is."""
    with shell.station() as station:
        Incidents(station.store, station).settle(incident, why, by)
    click.echo(_("Settled."))
