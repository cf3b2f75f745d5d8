"""`kiosk report`: a report into a file."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import click

from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.errors import BadInput
from kiosk.i18n import _, ngettext
from kiosk.services.reports import Table, make_report

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@click.command("report")
@click.argument("name")
@click.option("--to", "file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where to: FILE.csv")
@json_option
@pass_shell
def report_command(shell: Shell, name: str, file: Path, as_json: bool) -> None:
    """Write a report: attendance, arrivals or refused."""
    if file.suffix.lower() != ".csv":
        raise BadInput(_("{name}: reports are written as .csv for now.").format(name=file.name))
    with shell.station() as station:
        table = make_report(station, name)
    write_csv(table, file)
    if as_json:
        answer({"report": name, "file": str(file), "rows": len(table.rows)})
    else:
        rows = ngettext("{n} row", "{n} rows", len(table.rows)).format(n=len(table.rows))
        click.echo(_("{title}: {rows} in {file}").format(title=table.title, rows=rows, file=file))


def write_csv(table: Table, file: Path) -> None:
    """Write a table so that a spreadsheet opens it as text: with a BOM, and no cell that could be a formula.

    Raises BadInput when the file cannot be written; a file that was there before is then unharmed.
    """
    part = file.with_name(file.name + ".part")
    try:
        with part.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(table.headers)
            writer.writerows([harmless(cell) for cell in row] for row in table.rows)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        words = _("{file} cannot be written: {detail}.")
        raise BadInput(words.format(file=file, detail=error.strerror or error)) from error


def harmless(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run as a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
