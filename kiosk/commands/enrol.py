"""`kiosk enrol`: who has a place in which session, from somebody's list."""

from __future__ import annotations

from pathlib import Path

import click

from kiosk.commands.shell import Shell, answer, complain, json_option, pass_shell
from kiosk.domain.enrolment_plan import Leave
from kiosk.errors import BadInput
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
        folder = decisions or shell.folder / "imports"
        refused = [file for file in files if not _import(service, file, Leave(gone), folder, dry_run, as_json)]
    if refused:
        raise click.exceptions.Exit(1)


def _import(service: ImportEnrolments, file: Path, leave: Leave, decisions: Path, dry_run: bool, as_json: bool) -> bool:
    """Bring one list in; whether it could be read."""
    try:
        plan = service.plan(file, leave)
        path = decisions if decisions.suffix else decisions / f"{file.name}.decisions.csv"
        written = write_decisions(plan, path)
        batch = None if dry_run else service.write(plan)
    except BadInput as error:
        complain(str(error))
        return False
    if as_json:
        answer(as_data(plan, batch, written))
        return True
    for line in in_words(plan):
        click.echo(line)
    if written:
        click.echo(_("What needs a decision is in {path}").format(path=written))
    if batch is None:
        click.echo(_("Nothing has been saved: this was a dry run."))
    elif not batch.count:
        click.echo(_("No changes."))
    else:
        click.echo(_("Saved as batch {batch}; `kiosk enrol --undo {batch}` takes it back.").format(batch=batch.id))
    return True
