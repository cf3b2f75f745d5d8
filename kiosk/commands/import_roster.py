"""`kiosk import`: a roster from a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import click

from kiosk.commands.bringing_in import Bringing
from kiosk.commands.shell import Shell, answer, json_option, pass_shell, progress_bar
from kiosk.domain.roster_faults import DECIDABLE, Fault
from kiosk.domain.roster_plan import Plan, Vanished
from kiosk.i18n import _, ngettext
from kiosk.services.import_report import as_data, in_words, write_decisions
from kiosk.services.import_roster import ImportOptions, ImportRoster


@click.command("import")
@click.argument("files", nargs=-1, metavar="FILE…", type=click.Path(path_type=Path))
@click.option(
    "--preset",
    default="",
    help="Whose export it is: eventbrite, pretix, cvent, google_forms, luma, tito, meetup, indico, whova, generic.",
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar='"COLUMN=field"',
    help="What a column is, over what was recognised; may be repeated.",
)
@click.option("--sheet", "sheets", multiple=True, help="Only this sheet, a hidden one too; may be repeated.")
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    type=click.Choice([kind.value for kind in DECIDABLE]),
    metavar="KIND",
    help="Import lines of this kind that would wait for a decision; may be repeated.",
)
@click.option(
    "--vanished",
    type=click.Choice([choice.value for choice in Vanished]),
    default=Vanished.KEEP.value,
    show_default=True,
    help="People an earlier file of this kind had and this one has not.",
)
@click.option(
    "--decisions", type=click.Path(dir_okay=False, path_type=Path), help="Where to write what needs a decision."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing to the roster.")
@click.option(
    "--undo", metavar="BATCH", help="Take an earlier import back, as long as none of its people has checked in."
)
@json_option
@pass_shell
def import_roster_command(
    shell: Shell,
    files: tuple[Path, ...],
    preset: str,
    mapping: tuple[str, ...],
    sheets: tuple[str, ...],
    accepted: tuple[str, ...],
    vanished: str,
    decisions: Path | None,
    dry_run: bool,
    undo: str | None,
    as_json: bool,
) -> None:
    """Read rosters from CSV, TSV, XLSX, XLS or ODS. What needs a decision is left out and written to a file."""
    if bool(files) == bool(undo):
        raise click.UsageError(_("Name a file to import, or a batch to take back with --undo."))
    options = ImportOptions(
        preset,
        dict(map(_assignment, mapping)),
        frozenset(sheets),
        frozenset(Fault(kind) for kind in accepted),
        Vanished(vanished),
    )
    with shell.station() as station:
        service = ImportRoster(station.store, station)
        if undo:
            _undo(service, undo, as_json)
            return
        refused = _import(service, files, options, decisions or shell.folder / "imports", dry_run, as_json)
    if refused:
        raise click.exceptions.Exit(1)


def _import(
    service: ImportRoster,
    files: tuple[Path, ...],
    options: ImportOptions,
    decisions: Path,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Import file after file; one that cannot be read does not stop the others. Answers how many could not be."""
    known = service.known()

    def plan(file: Path) -> Plan:
        with progress_bar(file.name, quiet=as_json) as progress:
            return service.plan(file, options, progress, known)

    def after(done: Plan) -> None:
        nonlocal known
        if len(files) > 1:
            known = known.after(done.changes) if dry_run else service.known()

    bringing = Bringing(
        "kiosk import",
        plan,
        service.write,
        lambda batch: (batch.id, batch.people),
        write_decisions,
        in_words,
        as_data,
        after,
    )
    return bringing.all(files, decisions, dry_run=dry_run, as_json=as_json)


def _undo(service: ImportRoster, batch: str, as_json: bool) -> None:
    people = service.undo(batch)
    if as_json:
        answer({"undone": batch, "people": people})
    else:
        click.echo(ngettext("Taken back: {count} person.", "Taken back: {count} people.", people).format(count=people))


def _assignment(text: str) -> tuple[str, str]:
    column, equals, target = text.rpartition("=")
    if not equals or not column.strip() or not target.strip():
        raise click.UsageError(_('--map takes COLUMN=field, such as "Surname=last"; not “{text}”.').format(text=text))
    return column.strip(), target.strip()
