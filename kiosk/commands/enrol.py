"""`kiosk enrol`: who has a place in which session, from somebody's list."""

from __future__ import annotations

from pathlib import Path

import click

from kiosk.commands.bringing_in import Bringing
from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.domain.enrolment_plan import Leave
from kiosk.i18n import _
from kiosk.services.enrolment_report import as_data, in_words, write_decisions
from kiosk.services.import_enrolments import ImportEnrolments


@click.command("enrol")
@click.argument("files", nargs=-1, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option(
    "--gone",
    type=click.Choice([choice.value for choice in Leave]),
    default=Leave.KEEP.value,
    show_default=True,
    help="Places an earlier list gave to people of this one, and this one does not.",
)
@click.option(
    "--decisions", type=click.Path(dir_okay=False, path_type=Path), help="Where to write what needs a decision."
)
@click.option("--undo", metavar="BATCH", help="Take an earlier list back.")
@json_option
@pass_shell
def enrol_command(
    shell: Shell,
    files: tuple[Path, ...],
    dry_run: bool,
    gone: str,
    decisions: Path | None,
    undo: str | None,
    as_json: bool,
) -> None:
    """Read who goes where from CSV or a spreadsheet: badge_no and session_code, or e-mail, ticket code, eight courses
    in one cell.
    """
    if bool(files) == bool(undo):
        raise click.UsageError(_("Name a file to bring in, or a batch to take back with --undo."))
    with shell.station() as station:
        service = ImportEnrolments(station.store, station)
        if undo:
            service.undo(undo)
            answer({"undone": undo}) if as_json else click.echo(_("Taken back."))
            return
        bringing = Bringing(
            "kiosk enrol",
            lambda file: service.plan(file, Leave(gone)),
            service.write,
            lambda batch: (batch.id, batch.count),
            write_decisions,
            in_words,
            as_data,
        )
        refused = bringing.all(files, decisions or shell.folder / "imports", dry_run=dry_run, as_json=as_json)
    if refused:
        raise click.exceptions.Exit(1)
