"""`kiosk report`: a report into a file."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click

from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.desk import paper_press
from kiosk.domain.papers import PaperSize
from kiosk.errors import BadInput
from kiosk.i18n import _, ngettext
from kiosk.services.attendance import Attendance
from kiosk.services.paper_reports import Form
from kiosk.services.report_files import Order, Reports, Saved
from kiosk.services.report_source import Choice, Tell
from kiosk.services.reports import kind_of

_FILE = click.Path(path_type=Path)


@click.command("report")
@click.argument("name")
@click.option("--to", "file", required=True, type=_FILE, help="Where to; the ending chooses: .pdf .csv .xlsx (.json)")
@click.option("--session", default="", metavar="CODE", help="About this session only.")
@click.option("--attendee", "people", multiple=True, metavar="CODE", help="About this person only; may be repeated.")
@click.option("--agency", default="", metavar="NAME", help="About the people of this agency only.")
@click.option("--template", type=click.Path(dir_okay=False, path_type=Path), help="Another form (JSON) for papers.")
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="A value for all papers: provider=…")
@click.option("--paper", type=click.Choice([size.value for size in PaperSize]), default=PaperSize.LETTER.value)
@click.option("--one-file-each", is_flag=True, help="Papers only: a PDF for each, in the folder that --to names.")
@json_option
@pass_shell
def report_command(
    shell: Shell,
    name: str,
    file: Path,
    session: str,
    people: tuple[str, ...],
    agency: str,
    template: Path | None,
    values: tuple[str, ...],
    paper: str,
    one_file_each: bool,
    as_json: bool,
) -> None:
    """Write a report: day, attendance, arrivals, sessions, roster, agenda, credits, transcripts, certificates,
    affidavits, conflicts, refused, roll-call, no-shows, xapi or open-badges.
    """
    kind_of(name)
    form = Form(template, dict(_pair(value) for value in values))
    order = Order(name, Choice(session, people, agency), form, PaperSize(paper), one_file_each)
    with shell.station() as station:
        reports = Reports(station.store, station, Attendance(station.store, station), paper_press)
        with _progress(quiet=as_json) as tell:
            saved = reports.save(order, file, tell)
    if as_json:
        answer({"report": name, "file": str(saved.file), "rows": saved.count})
    else:
        click.echo(_said(saved))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput(_("--set wants NAME=VALUE, not {text}.").format(text=text[:40]))
    return name.strip(), value.strip()


def _said(saved: Saved) -> str:
    rows = ngettext("{n} row", "{n} rows", saved.count).format(n=saved.count)
    return _("{title}: {rows} in {file}").format(title=saved.title, rows=rows, file=saved.file)


def _progress(quiet: bool) -> AbstractContextManager[Tell | None]:
    """A bar where somebody is watching; Ctrl+C stops, and leaves no half file."""
    if quiet or not sys.stderr.isatty():
        return nullcontext(None)
    return _Bar()


class _Bar:
    """Progress on a terminal."""

    def __enter__(self) -> Tell:
        from rich.console import Console
        from rich.progress import Progress

        self._progress = Progress(console=Console(stderr=True), transient=True)
        self._progress.start()
        task = self._progress.add_task(_("Writing"), total=None)
        return lambda done, of: self._progress.update(task, completed=done, total=of)

    def __exit__(self, *_error: Any) -> None:
        self._progress.stop()
