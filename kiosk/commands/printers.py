"""`kiosk printers`: what is set up here, what could be, and how each is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from kiosk.commands.shell import Shell, answer, complain, json_option, pass_shell
from kiosk.desk import BADGE_FOLDER, press
from kiosk.domain.printer_offers import Offer
from kiosk.domain.printer_words import media_words, state_word, what_to_do
from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.printers import Printers


@click.command("printers")
@click.option("--udev", is_flag=True, help="Print the rules that let this computer's users print over USB (Linux).")
@click.option("--found/--no-found", "look", default=True, help="Whether to look for printers that are not set up.")
@json_option
@pass_shell
def printers_command(shell: Shell, udev: bool, look: bool, as_json: bool) -> None:
    """Say which printers are set up here and how they are, and which could be. Exits 1 if one cannot print."""
    if udev:
        _show_rules()
        return
    with shell.station() as station:
        known = [_asked(shell, profile) for profile in Printers(station.store).at_work()]
    taken = {(profile.transport, profile.address) for profile, _status in known}
    offers = press().found() if look else []
    found = [offer for offer in offers if (offer.profile.transport, offer.profile.address) not in taken]
    if as_json:
        answer({"printers": [_as_json(*one) for one in known], "found": [_offer_as_json(offer) for offer in found]})
    else:
        _show(known, found)
    if any(not _can_print(status) for _profile, status in known):
        raise click.exceptions.Exit(1)


def _show_rules() -> None:
    file, rules = press().udev_rules()
    complain(_("As administrator, put these lines into {file}, then plug the printer in again.").format(file=file))
    click.echo(rules)


def _asked(shell: Shell, profile: PrinterProfile) -> tuple[PrinterProfile, PrinterStatus]:
    try:
        return profile, press().status_of(profile, shell.folder / BADGE_FOLDER)
    except BadInput as error:
        return profile, PrinterStatus(PrinterState.ERROR, str(error))


def _can_print(status: PrinterStatus) -> bool:
    return status.state.takes_jobs or status.state is PrinterState.BUSY


def _show(known: list[tuple[PrinterProfile, PrinterStatus]], found: list[Offer]) -> None:
    for profile, status in known:
        sign = "✓" if _can_print(status) else "✕"
        place = profile.address or _("a folder")
        click.echo(
            f"{sign} {profile.name}  {profile.language}, {profile.transport}  {place}  {state_word(status.state)}"
        )
        advice = what_to_do(profile, status)
        if advice:
            click.echo(f"  {advice}")
    if found:
        click.echo(_("Found, not set up:"))
    for offer in found:
        click.echo(f"· {offer.profile.name}  {offer.words}")
        for line in offer.problem.splitlines():
            click.echo(f"  {line}")


def _as_json(profile: PrinterProfile, status: PrinterStatus) -> dict[str, Any]:
    return {
        "id": profile.id,
        "name": profile.name,
        "language": profile.language,
        "transport": profile.transport,
        "address": profile.address,
        "media": media_words(profile.media),
        "dpi": profile.dpi,
        "state": status.state.value,
        "ready": _can_print(status),
        "detail": status.detail,
        "loaded": media_words(status.loaded) if status.loaded else None,
        "labels_left": status.labels_left,
        "advice": what_to_do(profile, status),
    }


def _offer_as_json(offer: Offer) -> dict[str, Any]:
    profile = {key: value for key, value in asdict(offer.profile).items() if key != "id"}
    return {"profile": profile, "words": offer.words, "problem": offer.problem}
