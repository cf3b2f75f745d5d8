"""`kiosk export-bundle` and `kiosk import-bundle`: records carried between stations on a USB stick."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from kiosk.commands.shell import Shell, answer, complain, json_option, pass_shell, progress_bar
from kiosk.errors import BadInput
from kiosk.i18n import _, ngettext
from kiosk.services.bundles import Bundle, Bundles, Taken
from kiosk.services.station import Station
from kiosk.services.stations import Device, Stations

PASSPHRASE_VARIABLE = "KIOSK_BUNDLE_PASSPHRASE"  # noqa: S105  (a name, not a secret)


def ask_passphrase(*, new: bool) -> str:
    """The passphrase of a bundle: from the environment, or from whoever sits at the terminal."""
    given = os.environ.get(PASSPHRASE_VARIABLE, "")
    if not given and sys.stdin.isatty():
        words = _("Choose a passphrase for this file, and tell it to the other station") if new else _("Its passphrase")
        given = str(click.prompt(words, hide_input=True, confirmation_prompt=new, err=True))
    if not given:
        raise BadInput(_("A bundle is sealed under a passphrase: set {name}.").format(name=PASSPHRASE_VARIABLE))
    return given


@click.command("export-bundle")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--for", "receiver", default="", metavar="STATION", help="Only what this station is not known to hold.")
@json_option
@pass_shell
def export_bundle_command(shell: Shell, file: Path, receiver: str, as_json: bool) -> None:
    """Write what this station knows to a sealed file, for another station to take in."""
    with shell.station() as station:
        stations = Stations(station.store, station)
        device = named(stations.known(), receiver).id if receiver else None
        passphrase = ask_passphrase(new=True)
        with progress_bar(file.name, quiet=as_json) as progress:
            made = Bundles(station.store, station).export(file, passphrase, device, progress)
    if as_json:
        answer({"file": str(file), "records": made.records, "station": made.own.name, "code": made.own.code})
        return
    words = ngettext("{n} record of {station} in {file}.", "{n} records of {station} in {file}.", made.records)
    click.echo(words.format(n=made.records, station=made.own.name, file=file))
    click.echo(_("Whoever takes it in for the first time is shown six digits: {code}").format(code=made.own.code))


@click.command("import-bundle")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--accept",
    "codes",
    multiple=True,
    metavar="DIGITS",
    help="Accept the station of these six digits.",
)
@click.option("--by", default=None, metavar="NAME", help="Who compared the digits.")
@json_option
@pass_shell
def import_bundle_command(shell: Shell, file: Path, codes: tuple[str, ...], by: str | None, as_json: bool) -> None:
    """Take in what another station wrote to a sealed file. Nothing of a file that is not whole is taken."""
    with shell.station() as station:
        bundles = Bundles(station.store, station)
        bundle = bundles.open(file, ask_passphrase(new=False))
        _accept(station, bundle, codes, by)
        with progress_bar(file.name, quiet=as_json) as progress:
            taken = bundles.take(bundle, progress)
    if as_json:
        answer(as_data(taken))
    else:
        for line in in_words(taken):
            click.echo(line)


def _accept(station: Station, bundle: Bundle, codes: tuple[str, ...], by: str | None) -> None:
    """Let a person say of each station nobody knows here whether it is the one they mean."""
    stations = Stations(station.store, station)
    wanted = {code.replace(" ", "") for code in codes}
    declined = []
    for stranger in bundle.strangers:
        code = stranger.code
        if code.replace(" ", "") in wanted or (not codes and _is_the_one(stranger, code)):
            stations.accept(stranger, by)
        else:
            declined.append(_("{name}: {code}").format(name=stranger.name, code=code))
    if declined:
        complain(
            _(
                "Stations that are not accepted here: {list}. Compare the six digits with what `kiosk stations` says "
                "there, then give --accept and the digits."
            ).format(list="; ".join(declined))
        )


def _is_the_one(stranger: Device, code: str) -> bool:
    if not sys.stdin.isatty():
        return False
    words = _("{name} is not known here. Does `kiosk stations` on that computer say {code}?")
    return click.confirm(words.format(name=stranger.name, code=code), default=False, err=True)


def as_data(taken: Taken) -> dict[str, object]:
    """What a bundle brought, for programs."""
    fates = {fate.value: count for fate, count in taken.received.fates.items()}
    return {
        "from": taken.sender.name,
        "records": fates.get("taken", 0),
        "people": taken.people,
        "scans": taken.scans,
        "conflicts": taken.conflicts,
        "waiting": taken.waiting,
        "refused": taken.refused,
    }


def in_words(taken: Taken) -> list[str]:
    """What a bundle brought, for people."""
    data = as_data(taken)
    lines = [
        _("From {name}: {records} records, {people} new people, {scans} scans.").format(
            name=taken.sender.name, **{name: data[name] for name in ("records", "people", "scans")}
        )
    ]
    if taken.conflicts:
        words = ngettext("{n} conflict came with it", "{n} conflicts came with it", taken.conflicts)
        lines.append(words.format(n=taken.conflicts) + _(": `kiosk report conflicts` lists them."))
    if taken.waiting:
        words = ngettext("{n} record waits", "{n} records wait", taken.waiting)
        lines.append(words.format(n=taken.waiting) + _(" for others, or for a station to be accepted."))
    if taken.refused:
        words = ngettext("{n} record was refused", "{n} records were refused", taken.refused)
        lines.append(words.format(n=taken.refused) + _(": what it said of itself was not true."))
    return lines


def named(devices: list[Device], name: str) -> Device:
    """The one station of this name, or of this beginning of its id. Raises BadInput, naming those there are."""
    found = [device for device in devices if device.name == name or device.id.startswith(name.upper())]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{device.name} ({device.id[:6]})" for device in devices) or "-"
    if not found:
        raise BadInput(
            _("No station called {name} is accepted here. There are: {known}.").format(name=name, known=known)
        )
    raise BadInput(_("Several stations are called {name}: {known}. Give the letters.").format(name=name, known=known))
