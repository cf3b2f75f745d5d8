"""`kiosk stations`: this station's six digits, and whose records count here."""

from __future__ import annotations

import click

from kiosk.commands.bundle import named
from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.stations import Device, Stations


@click.command("stations")
@click.option("--accept", "code", default="", metavar="DIGITS", help="Accept the waiting station of these six digits.")
@click.option("--revoke", "station_name", default="", metavar="STATION", help="Let its records count no more.")
@click.option("--by", default=None, metavar="NAME", help="Who decided it.")
@json_option
@pass_shell
def stations_command(shell: Shell, code: str, station_name: str, by: str | None, as_json: bool) -> None:
    """Show this station's six digits, the stations accepted here and those that wait."""
    with shell.station() as station:
        stations = Stations(station.store, station)
        if code:
            stations.accept(_waiting_with(stations.strangers(), code), by)
        if station_name:
            stations.revoke(named(stations.known(), station_name).id, by)
        own, known, waiting = stations.own, stations.known(), stations.strangers()
    if as_json:
        answer({"own": _data(own), "accepted": [*map(_data, known)], "waiting": [*map(_data, waiting)]})
        return
    click.echo(_("{name} (this station)  {code}").format(name=own.name, code=own.code))
    for device in known:
        click.echo(_("{name} ({id})  accepted").format(name=device.name, id=device.id[:6]))
    for device in waiting:
        words = _("{name} ({id})  waits: {code}. If the digits there are the same: kiosk stations --accept {digits}")
        digits = device.code.replace(" ", "")
        click.echo(words.format(name=device.name, id=device.id[:6], code=device.code, digits=digits))


def _waiting_with(waiting: list[Device], code: str) -> Device:
    for device in waiting:
        if device.code.replace(" ", "") == code.replace(" ", ""):
            return device
    raise BadInput(_("No station that waits has the digits {code}.").format(code=code))


def _data(device: Device) -> dict[str, str]:
    return {"id": device.id, "name": device.name, "code": device.code}
