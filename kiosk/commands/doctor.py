"""`kiosk doctor`: is this computer ready?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.desk import BADGE_FOLDER, press
from kiosk.domain.printers import PrinterProfile, PrinterState, PrinterStatus
from kiosk.errors import AlreadyRunning, KioskError
from kiosk.i18n import _
from kiosk.services.badges import Badges
from kiosk.services.doctor import Check, State, examine_computer, examine_data, examine_no_data, locked_data
from kiosk.services.doctor_nearby import examine_nearby
from kiosk.services.doctor_printers import examine_printers
from kiosk.services.station import Station
from kiosk.storage.keys import has_key
from kiosk.storage.store import Store


@click.command("doctor")
@json_option
@pass_shell
def doctor_command(shell: Shell, as_json: bool) -> None:
    """Say what is ready on this computer, what is not, and what to do. Exits 1 if something must be mended."""
    now = datetime.now(UTC)
    checks = [*examine_computer(shell.settings, now), *_examine_data(shell, now)]
    ready = all(check.state is not State.MEND for check in checks)
    if as_json:
        answer({"ready": ready, "checks": [asdict(check) for check in checks]})
    else:
        _print(checks, ready)
    if not ready:
        raise click.exceptions.Exit(1)


def _examine_data(shell: Shell, now: datetime) -> list[Check]:
    if not has_key(shell.folder):
        return list(examine_no_data())
    try:
        store = shell.open_store()
    except AlreadyRunning:
        return [Check("data", _("Data"), State.OK, _("in use by the running program, which looks after it"))]
    except KioskError as error:
        return [locked_data(error)]
    try:
        return [*examine_data(store, now), *examine_nearby(Station(store)), *_examine_printers(shell, store)]
    finally:
        store.close()


def _examine_printers(shell: Shell, store: Store) -> list[Check]:
    """Each printer is asked: nobody else is at work on this data."""
    station = Station(store)
    badges = Badges(store, station)
    printers = badges.printers
    for profile in printers.profiles():
        if profile.enabled:
            printers.told(profile.id, _status_of(profile, shell))
    return list(examine_printers(printers.now(), badges.queue.pending()))


def _status_of(profile: PrinterProfile, shell: Shell) -> PrinterStatus:
    try:
        return press().status_of(profile, shell.folder / BADGE_FOLDER)
    except (KioskError, ImportError) as error:
        return PrinterStatus(PrinterState.ERROR, str(error))


def _print(checks: list[Check], ready: bool) -> None:
    width = max(len(check.label) for check in checks)
    colours = {State.OK: "green", State.LOOK: "yellow", State.MEND: "red"}
    for check in checks:
        line = check.line(width)
        click.echo(click.style(line[0], fg=colours[check.state], bold=True) + line[1:])
    click.echo(_("Ready.") if ready else _("Not ready: mend what is marked ✕."))
