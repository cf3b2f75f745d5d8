"""`kiosk conference`: what the conference is called, its time zone, and what its codes look like."""

from __future__ import annotations

import click

from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.i18n import _
from kiosk.services import conference


@click.command("conference")
@click.option("--title", help="As it should stand on badges.")
@click.option("--short-name", help="On the strip of every station.")
@click.option("--zone", help="Time zone of the venue: America/New_York.")
@click.option("--code-prefix", help="What codes begin with: PLC.")
@click.option("--year", help="The year in codes; badges of another year are then told apart.")
@click.option("--url-hosts", help="Web addresses in codes, with commas between: plecet.example.")
@json_option
@pass_shell
def conference_command(shell: Shell, /, as_json: bool, **options: str | None) -> None:
    """Say what the conference is called, and change it: here, and at every station of the hub."""
    values = {name: text for name, text in options.items() if text is not None}
    with shell.station() as station:
        found = conference.change(station, values) if values else station.conference
        told = conference.typed(found)
    if as_json:
        answer(told)
        return
    names = {
        "title": _("Conference"),
        "short_name": _("Short name"),
        "zone": _("Time zone"),
        "code_prefix": _("Codes begin with"),
        "year": _("Year in codes"),
        "url_hosts": _("Web addresses in codes"),
    }
    for key, name in names.items():
        click.echo(f"{name}: {told[key] or '–'}")
