"""`kiosk join`: enrol this station at a hub."""

from __future__ import annotations

import time

import click

from kiosk.commands.shell import Shell, complain, pass_shell
from kiosk.commands.sync import sync_once
from kiosk.domain.invitations import Invitation, read_address, read_code, read_invitation
from kiosk.errors import BadInput, HubUnavailable
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station
from kiosk.sync.join import Joining


@click.command("join")
@click.argument("url")
@click.option("--code", help="The twenty characters of the invitation. Not needed where URL is the QR's whole text.")
@pass_shell
def join_command(shell: Shell, url: str, code: str | None) -> None:
    """Join the hub at URL with an invitation (`kiosk hub invite` makes one)."""
    invitation = _invitation(url, code)
    with shell.station() as station:
        old = HubLink.read(station.store)
        if old is not None and not old.revoked:
            complain(_("This station belongs to a hub already. If it joins, it leaves that one."))
        joining = Joining(station.store, station.name, invitation)
        try:
            pending = joining.ask()
            click.echo(_("Six digits:  {digits}").format(digits=pending.digits))
            click.echo(_("Compare them with those at the hub, and have the station approved there. Waiting…"))
            link = joining.wait(_wait)
        finally:
            joining.close()
        if pending.name != station.name:
            station.set_name(pending.name)
        click.echo(_("{name} has joined as {role}.").format(name=pending.name, role=pending.role))
        fetch_what_the_hub_holds(station, link)


def fetch_what_the_hub_holds(station: Station, link: HubLink | None) -> None:
    """At once, and say how far it is; where that breaks off, the station has joined all the same."""
    try:
        if link is not None:
            sync_once(station, link, as_json=False)
    except HubUnavailable as error:
        complain(_("{trouble} What is lacking comes with the next `kiosk sync`.").format(trouble=error))


def _invitation(url: str, code: str | None) -> Invitation:
    whole = read_invitation(url)
    if whole is not None:
        return whole
    address = read_address(url)
    if address is None:
        raise BadInput(_("{url} is no address of a hub. Write it like https://192.168.1.20:7443.").format(url=url))
    read = read_code(code or "")
    if read is None:
        words = _("A code has twenty letters and digits: --code AB12-CD34-EF56-GH78-JK90. Compare it.")
        raise BadInput(words)
    return Invitation((address,), "", read)


def _wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False
