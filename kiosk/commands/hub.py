"""`kiosk hub`: serve the hub, and look after it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from kiosk.commands.bundle import ask_passphrase as ask_bundle_passphrase
from kiosk.commands.hub_shell import new_pin, organizer
from kiosk.commands.hub_shell import only_server as _only_server
from kiosk.commands.hub_shell import opened as _opened
from kiosk.commands.shell import Shell, answer, ask_passphrase, complain, json_option
from kiosk.domain.fleet import FleetStation
from kiosk.domain.invitations import DEFAULT_PORT, LIFE_S
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput, KioskError
from kiosk.hub.app import make_app
from kiosk.hub.backup import restore
from kiosk.hub.console import PORT_SETTING, Console
from kiosk.hub.exporting import Exporting, Webhook
from kiosk.hub.founding import found_from_bundle
from kiosk.hub.hub import Hub
from kiosk.hub.proof import verify
from kiosk.hub.server import HubServer
from kiosk.hub.settings import put_setting
from kiosk.hub.table import ROUTES
from kiosk.i18n import _, ngettext
from kiosk.services.addresses import own_addresses
from kiosk.storage.keys import data_key
from kiosk.wire.board import HUBS, announced

SECRET_VARIABLE = "KIOSK_HUB_WEBHOOK_SECRET"  # noqa: S105  (a name)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("hub", invoke_without_command=True)
@click.option("--host", default="0.0.0.0", show_default=True, help="The address to listen on.")  # noqa: S104
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option("--database", "url", metavar="URL", envvar="KIOSK_HUB_DATABASE", help="postgresql://…, not a file.")
@click.option(
    "--figures-to",
    "figures",
    type=_FILE,
    envvar="KIOSK_HUB_FIGURES_TO",
    help="Write the dashboard's numbers here: .json or .csv. No names.",
)
@click.option(
    "--figures-every",
    "minutes",
    default=5,
    show_default=True,
    type=click.IntRange(1, 1440),
    envvar="KIOSK_HUB_FIGURES_EVERY",
    help="Minutes.",
)
@click.option(
    "--webhook",
    metavar="URL",
    envvar="KIOSK_HUB_WEBHOOK",
    help="Send them there, signed with KIOSK_HUB_WEBHOOK_SECRET; https only.",
)
@click.option("--announce/--no-announce", default=True, show_default=True, help="Tell this network that a hub is here.")
@click.option("--under-a-window", is_flag=True, hidden=True, help="Started by a window, which holds our input.")
@click.pass_context
def hub_command(
    ctx: click.Context,
    host: str,
    port: int,
    url: str | None,
    figures: Path | None,
    minutes: int,
    webhook: str | None,
    announce: bool,
    under_a_window: bool,
) -> None:
    """Serve the hub, where stations meet, until Ctrl+C. The commands look after it, while it runs or not."""
    ctx.meta["kiosk.hub.database"] = url
    if ctx.invoked_subcommand is not None:
        return
    if under_a_window:
        _serve_a_window(ctx, host, port, lambda hub: _exporting(hub, figures, minutes, webhook), announce)
        return
    with _opened(ctx) as hub, _only_server(ctx, hub):
        server = HubServer(hub, make_app(hub, ROUTES), host, port)
        hub.database.write(lambda connection: put_setting(connection, PORT_SETTING, server.port))
        click.echo(_("The hub listens on port {port}. Ctrl+C ends it.").format(port=server.port))
        notice = announced(HUBS, own_addresses(server.port), wanted=announce)
        with _exporting(hub, figures, minutes, webhook), notice:
            server.run()
    click.echo(_("The hub has ended."))


@contextmanager
def _exporting(hub: Hub, figures: Path | None, minutes: int, webhook: str | None) -> Iterator[None]:
    """Numbers for other systems, while the hub serves; nothing where nobody asked for it."""
    if figures is None and webhook is None:
        yield
        return
    hook = Webhook(webhook, os.environ.get(SECRET_VARIABLE, "")) if webhook else None
    exporting = Exporting(hub.board.now, minutes * 60, figures, hook)
    exporting.start()
    try:
        yield
    finally:
        exporting.close()


def _serve_a_window(
    ctx: click.Context,
    host: str,
    port: int,
    exporting: Callable[[Hub], AbstractContextManager[None]],
    announce: bool,
) -> None:
    """The window tells the key through a pipe and hears where we listen; when it is gone, we end as well."""
    try:
        key = bytes.fromhex(sys.stdin.readline())
        with _opened(ctx, key) as hub, _only_server(ctx, hub):
            server = HubServer(hub, make_app(hub, ROUTES), host, port)
            hub.database.write(lambda connection: put_setting(connection, PORT_SETTING, server.port))
            with exporting(hub), announced(HUBS, own_addresses(server.port), wanted=announce):
                server.start()
                answer({"port": server.port})
                sys.stdin.read()
                server.stop()
    except KioskError as error:
        answer({"trouble": str(error)})


@hub_command.command("invite")
@click.option("--role", type=click.Choice([str(role) for role in DeviceRole]), default="desk", show_default=True)
@click.option("--name", default="", help="What the station is called from then on: Desk 2.")
@click.option("--address", default="", help="Where stations reach the hub, if this computer cannot tell.")
@click.option("--png", type=click.Path(dir_okay=False, path_type=Path), help="Write the QR code to a picture.")
@json_option
@click.pass_context
def invite_command(ctx: click.Context, role: str, name: str, address: str, png: Path | None, as_json: bool) -> None:
    """Invite one station, for ten minutes."""
    with _opened(ctx) as hub:
        invitation = Console(hub).invite(DeviceRole(role), name, address)
    if png is not None:
        _write_picture(str(invitation), png)
    if as_json:
        code, addresses = str(invitation.code), list(invitation.addresses)
        answer({"code": code, "addresses": addresses, "fingerprint": invitation.fingerprint, "qr": str(invitation)})
        return
    click.echo(_qr_for_terminal(str(invitation)))
    click.echo(
        _("At the station:  kiosk join {address} --code {code}").format(
            address=invitation.addresses[0], code=invitation.code
        )
    )
    click.echo(
        _("Good for one station and {n} minutes. Then compare the six digits: kiosk hub approve").format(n=LIFE_S // 60)
    )


@hub_command.command("devices")
@json_option
@click.pass_context
def devices_command(ctx: click.Context, as_json: bool) -> None:
    """List the stations that wait to be let in, and those that were."""
    with _opened(ctx) as hub:
        waiting, stations = Console(hub).waiting(), Console(hub).stations()
    for each in waiting:
        if as_json:
            answer({"state": "waiting", "name": each.name, "role": each.role, "digits": each.digits})
        else:
            click.echo(
                _("waits     {digits}  {role:9} {name}").format(digits=each.digits, role=each.role, name=each.name)
            )
    for station in stations:
        if as_json:
            answer(_as_json(station))
        else:
            state = _("revoked") if station.revoked else _("expected") if station.expected else _("joined")
            click.echo(f"{state:9} {station.role:9} {station.name}  {station.device}")
    if not waiting and not stations and not as_json:
        click.echo(_("No station has joined yet. Invite one: kiosk hub invite"))


@hub_command.command("approve")
@click.argument("digits", nargs=-1, required=True)
@click.pass_context
def approve_command(ctx: click.Context, digits: tuple[str, ...]) -> None:
    """Let in the station that shows these six digits. Compare them with your own eyes."""
    with _opened(ctx) as hub:
        station = organizer(hub).approve("".join(digits))
    click.echo(_("{name} has joined as {role}.").format(name=station.name, role=station.role))


@hub_command.command("revoke")
@click.argument("device")
@click.option("--wipe", is_flag=True, help="Have it destroy its data when it is heard of again and has sent all.")
@click.pass_context
def revoke_command(ctx: click.Context, device: str, wipe: bool) -> None:
    """Speak with this station (its id or its name) no more."""
    with _opened(ctx) as hub:
        station = organizer(hub).revoke(device, wipe=wipe)
    click.echo(_("{name} is revoked. The hub no longer speaks with it.").format(name=station.name))


@hub_command.command("page-code")
@click.option("--names", is_flag=True, help="The browser may also see who people are.")
@click.option("--end-all", is_flag=True, help="No browser sees anything any more.")
@click.pass_context
def page_code_command(ctx: click.Context, names: bool, end_all: bool) -> None:
    """Make a code that lets one browser see the dashboard, for seven days."""
    with _opened(ctx) as hub:
        if end_all:
            count = Console(hub).end_pages()
            click.echo(_("{count} browsers were signed out.").format(count=count))
            return
        console = organizer(hub) if names else Console(hub)
        code, address = console.page_code(names=names)
    click.echo(_("Open https://{address} in the browser and type {code}").format(address=address, code=code))
    click.echo(_("The browser warns once: the hub vouches for itself. Good for ten minutes and one browser."))


@hub_command.command("seats")
@click.option("--without", metavar="STATION", help="Hand out seats though this station was not heard after a restore.")
@click.option("--forfeit", metavar="STATION", help="Take back what a lost station has not given of its seats.")
@click.option("--unsure", is_flag=True, help="An old database was put back by hand: hear every station first.")
@json_option
@click.pass_context
def seats_command(ctx: click.Context, without: str | None, forfeit: str | None, unsure: bool, as_json: bool) -> None:
    """Which seats were handed to which doors, and what is waited for before more are."""
    with _opened(ctx) as hub:
        console = organizer(hub) if unsure or without is not None or forfeit is not None else Console(hub)
        if unsure:
            console.seats_unsure()
        if without is not None:
            console.seats_go_on_without(without)
        if forfeit is not None:
            n = console.forfeit_seats(forfeit)
            if not as_json:
                click.echo(ngettext("{n} seat was taken back.", "{n} seats were taken back.", n).format(n=n))
        told = console.seats()
    if as_json:
        answer({"waits_for": list(told.waits_for), "held": told.held})
        return
    if told.waits_for:
        words = _("No seats are handed out until these stations are heard: {names}. `--without` goes on without one.")
        click.echo(words.format(names=", ".join(told.waits_for)))
    for session, held in told.held.items():
        click.echo(f"{session}  " + ", ".join(f"{name} {n}" for name, n in sorted(held.items())))
    if not told.held and not told.waits_for:
        click.echo(_("No seats were handed out yet. `kiosk place ROOM handed_out=yes` begins it."))


BACKUP_VARIABLE = "KIOSK_BACKUP_PASSPHRASE"

passphrase_option = click.option(
    "--passphrase", envvar=BACKUP_VARIABLE, prompt=True, hide_input=True, help=f"Seals the file; or {BACKUP_VARIABLE}."
)


@hub_command.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@passphrase_option
@click.pass_context
def backup_command(ctx: click.Context, file: Path, passphrase: str) -> None:
    """Write all of the hub to one sealed file, while it runs or not."""
    with _opened(ctx) as hub:
        copied = organizer(hub).back_up(file, passphrase)
    click.echo(
        _("{n:,} records are in {file}. Without its passphrase nobody can read it.").format(n=copied.records, file=file)
    )


@hub_command.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@passphrase_option
@click.pass_context
def restore_command(ctx: click.Context, file: Path, passphrase: str) -> None:
    """Put a backup into an empty data folder (--data), and prove it. Stations send again what it lacks."""
    folder = ctx.ensure_object(Shell).folder
    folder.mkdir(parents=True, exist_ok=True)
    restore(folder, data_key(folder, ask_passphrase), ctx.meta["kiosk.hub.database"], file, passphrase)
    _prove(ctx)


@hub_command.command("held")
@click.option("--let-count", metavar="LOG", help="Let the record that stops this log count after all.")
@click.option("--leave-out", metavar="LOG", help="Let the rest of this log count without what stops it.")
@json_option
@click.pass_context
def held_command(ctx: click.Context, let_count: str | None, leave_out: str | None, as_json: bool) -> None:
    """List records that are held back because one stops the rest of its log; or decide about one."""
    with _opened(ctx) as hub:
        console = organizer(hub) if let_count or leave_out else Console(hub)
        if let_count:
            console.let_count(let_count)
        if leave_out:
            console.leave_out(leave_out)
        held = console.held_back()
    for each in held:
        answer(asdict(each)) if as_json else click.echo(f"{each.log}  {each.words}")
    if not held and not as_json:
        click.echo(_("Nothing is held back."))


@hub_command.command("adopt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def adopt_command(ctx: click.Context, file: Path) -> None:
    """Begin with what a station holds (kiosk export-bundle there): for a hub that follows one that is gone for good."""
    with _opened(ctx) as hub:
        founded = found_from_bundle(hub, file, ask_bundle_passphrase(new=False))
    words = _(
        "{n:,} records came from {station}. Stations that are to join this hub: {m}. Invite each: kiosk hub invite"
    )
    click.echo(words.format(n=founded.records, station=founded.source, m=founded.stations))


@hub_command.command("verify")
@click.pass_context
def verify_command(ctx: click.Context) -> None:
    """Prove the hub's records: chains, signatures, personal values. Exits 1 if anything is wrong."""
    _prove(ctx)


@hub_command.command("purge")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day from which on, in UTC; otherwise now.")
@click.confirmation_option(
    prompt=_("Let go of every name and every other personal value, at the hub and at all its stations, for ever?")
)
@click.pass_context
def purge_command(ctx: click.Context, day: datetime | None) -> None:
    """Let go of who it was about, here and at every station; what happened stays, and still verifies. A station does
    it once it has heard of it and has sent everything. Until the day has come, another --on takes its place.
    """
    with _opened(ctx) as hub:
        on = day.replace(tzinfo=UTC) if day else hub.clock()
        gone = organizer(hub).order_purge(on)
        if on > hub.clock():
            words = _("Personal data goes on {day}, from the hub and from every station that hears of it until then.")
            click.echo(words.format(day=on.date().isoformat()))
            return
    click.echo(_("{n:,} personal values are gone from the hub. Stations follow at their next round.").format(n=gone))
    _prove(ctx)


@hub_command.command("renew")
@click.argument("device")
@click.pass_context
def renew_command(ctx: click.Context, device: str) -> None:
    """Have a station (its id or its name) renew the key it shows the hub, without joining again."""
    with _opened(ctx) as hub:
        station = organizer(hub).renew(device)
    click.echo(_("{name} renews its key when the hub hears of it.").format(name=station.name))


@hub_command.command("rotate")
@click.option("--finish", is_flag=True, help="The old authority is good no more.")
@click.option("--yes", is_flag=True, help="Even for stations that have not changed over.")
@click.pass_context
def rotate_command(ctx: click.Context, finish: bool, yes: bool) -> None:
    """Give the hub a new authority, which the old one vouches for. Stations change over by themselves once the hub was
    started again; both are good until --finish.
    """
    with _opened(ctx) as hub:
        console = organizer(hub)
        if not finish:
            console.rotate()
            click.echo(_("The hub has a new authority. Start it again; stations then change over by themselves."))
            return
        behind = console.behind()
        if behind and not yes:
            words = _("Not changed over yet: {names}. Without the old authority they have to join again (--yes).")
            raise BadInput(words.format(names=", ".join(behind)))
        console.end_rotation()
    click.echo(_("The old authority is good no more, from the hub's next start on."))


@hub_command.command("pin")
@click.option("--name", default="", help="Whose PIN; otherwise the one there is.")
@click.option("--remove", is_flag=True, help="They have none any more. Nobody is asked once nobody has one.")
@click.pass_context
def pin_command(ctx: click.Context, name: str, remove: bool) -> None:
    """Set an organizer's PIN: from then on one is asked for before a station is let in or sent away, before a backup,
    and before names are let go of. A PIN for each person, so that it can be told who did what.
    """
    with _opened(ctx) as hub:
        console = organizer(hub)
        name = name or console.by
        if remove:
            console.pins.remove(name, console.by)
            click.echo(_("{name} has no PIN any more.").format(name=name))
            return
        console.pins.set(name, new_pin(), console.by)
    click.echo(_("{name} has a PIN now.").format(name=name))


@hub_command.command("decisions")
@json_option
@click.pass_context
def decisions_command(ctx: click.Context, as_json: bool) -> None:
    """List who let stations in or sent them away, took a backup or mistyped a PIN; newest first."""
    with _opened(ctx) as hub:
        found = Console(hub).decisions()
    for each in found:
        at = each.at.strftime("%Y-%m-%d %H:%M:%S UTC")
        if as_json:
            answer({"at": each.at.isoformat(), "who": each.who, "what": each.what.value, "about": each.about})
        else:
            click.echo(f"{at}  {each.who or '–':20} {each.what.value:16} {each.about}")
    if not found and not as_json:
        click.echo(_("Nothing was decided here yet."))


def _prove(ctx: click.Context) -> None:
    with _opened(ctx) as hub, hub.database.snapshot() as connection:
        findings = verify(connection)
    for problem in findings.problems:
        click.echo(f"✕ {problem}")
    click.echo(
        _("{records:,} records in {logs} logs, {values:,} personal values: {n} problems.").format(
            records=findings.records, logs=findings.logs, values=findings.values, n=len(findings.problems)
        )
    )
    if findings.problems:
        raise click.exceptions.Exit(1)


def _as_json(station: FleetStation) -> dict[str, object]:
    state = "revoked" if station.revoked else "expected" if station.expected else "joined"
    return {"state": state, "device": station.device, "name": station.name, "role": station.role}


def _qr_for_terminal(text: str) -> str:
    import io

    import qrcode

    code = qrcode.QRCode(border=2, error_correction=qrcode.ERROR_CORRECT_L)
    code.add_data(text)
    drawn = io.StringIO()
    code.print_ascii(drawn, invert=True)
    return drawn.getvalue()


def _write_picture(text: str, path: Path) -> None:
    import qrcode

    try:
        qrcode.make(text, box_size=8).save(str(path))
    except (OSError, ValueError) as error:
        complain(_("{path} cannot be written: {detail}").format(path=path, detail=error))
