"""`kiosk demo`: the sample conference."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from kiosk.commands.shell import answer, json_option
from kiosk.domain.words import headline
from kiosk.i18n import _


@click.command("demo")
@click.option("--offscreen-check", is_flag=True, help="Do it without a display and name the files it made.")
@click.option("--to", "out", type=click.Path(file_okay=False, path_type=Path), help="Where the check puts its files.")
@click.option("--replay", "speed", metavar="SPEED", help="Play the sample scan log through a hub: 60x, or max.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Where the replay's hub listens on loopback.")
@click.option("--database", metavar="URL", help="An empty postgresql://… for the replay's hub, not a file.")
@click.option("--then-end", is_flag=True, help="End with the log, not with Ctrl+C.")
@json_option
@click.pass_context
def demo_command(
    ctx: click.Context,
    offscreen_check: bool,
    out: Path | None,
    speed: str | None,
    port: int,
    database: str | None,
    then_end: bool,
    as_json: bool,
) -> None:
    """Open a throw-away sample conference: a roster, a desk, a printer that writes PDF files. Nothing is kept."""
    if speed is not None:
        from kiosk import replay

        replay.run(replay.read_speed(speed), port, database, click.echo, then_end=then_end)
        return
    from kiosk import demo

    if not offscreen_check:
        ctx.exit(demo.run_demo())
    checked = demo.check_offscreen(out or Path(tempfile.mkdtemp(prefix="kiosk-demo-")))
    if as_json:
        answer(
            {
                "people": checked.people,
                "verdicts": [verdict.outcome.value for verdict in checked.verdicts],
                "badge": str(checked.badge),
                "screenshot": str(checked.screenshot),
            }
        )
        return
    click.echo(_("Sample roster imported: {n} people.").format(n=checked.people))
    for verdict in checked.verdicts:
        name = verdict.attendee.full_name if verdict.attendee else verdict.looks_like
        click.echo(f"  {verdict.code}: {headline(verdict)} – {name}")
    click.echo(_("Badge printed:      {file}").format(file=checked.badge))
    click.echo(_("Screen of the desk: {file}").format(file=checked.screenshot))
