"""`kiosk badges`: many badges at once, on sheets or as a list on paper; whether all of them fit; layouts as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kiosk.commands.shell import Shell, answer, complain, json_option, pass_shell
from kiosk.desk import badge_tools, press
from kiosk.domain.bulk_badges import Order, Person, Wanted, choose_people
from kiosk.domain.layout_choice import choose
from kiosk.domain.layout_fit import ProblemKind
from kiosk.domain.people import Status
from kiosk.domain.sheets import PAPERS, SHEETS, sheet_of
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.badges import Badges
from kiosk.services.bulk_badges import BulkBadges
from kiosk.services.layouts import Layouts
from kiosk.services.station import Station

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("badges")
def badges_command() -> None:
    """Many badges at once, and the layouts they are printed in."""


def _whose(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say whose badges, and in which order."""
    for option in (
        click.option("--type", "registration_type", default="", help="Only this registration type."),
        click.option("--agency", default="", help="Only agencies with this in their name."),
        click.option("--everyone", is_flag=True, help="Those who are not coming too."),
        click.option("--not-printed", is_flag=True, help="Only those who have no badge yet."),
        click.option("--sort", type=click.Choice([str(order) for order in Order]), default=str(Order.LAST_NAME)),
    ):
        command = option(command)
    return command


def _people(
    bulk: BulkBadges, registration_type: str, agency: str, everyone: bool, not_printed: bool, sort: str
) -> list[Person]:
    status = None if everyone else Status.COMING
    wanted = Wanted(registration_type, agency, status=status, not_yet=not_printed)
    people = choose_people(bulk.people(), wanted, Order(sort))
    if not people:
        raise BadInput(_("There is nobody like that on the roster."))
    return people


def _counts(count: int, pages: int, file: Path) -> dict[str, object]:
    return {"count": f"{count:,}", "pages": pages, "file": file}


def _bulk(station: Station) -> BulkBadges:
    return BulkBadges(station.store, station, Badges(station.store, station))


@badges_command.command("check")
@click.option("--layout", type=_FILE, help="Draw them in this layout (JSON); otherwise each in its own.")
@_whose
@json_option
@pass_shell
def check_command(shell: Shell, /, layout: Path | None, as_json: bool, **whose: Any) -> None:
    """Draw everybody's badge at 203 and 300 dpi and say what does not fit. Exits 1 if a badge would be wrong."""
    only = press().layout(layout) if layout else None
    with shell.station() as station:
        bulk, layouts = _bulk(station), Layouts(station.store, station)
        trials = bulk.trials(_people(bulk, **whose))
        kept, rules = layouts.all(), layouts.rules()
        report = badge_tools().check(trials, lambda badge: [only or choose(kept, rules, badge)])
    if as_json:
        counts = {str(kind): len(report.of(kind)) for kind in ProblemKind}
        answer({"badges": report.badges, **counts})
    else:
        click.echo("\n".join(report.lines()))
    if report.of(ProblemKind.OUTSIDE) or report.of(ProblemKind.MISSING_GLYPHS):
        raise click.exceptions.Exit(1)


@badges_command.command("sheets")
@click.option("--to", "target", required=True, type=_NEW_FILE, help="Where to: FILE.pdf")
@click.option("--sheet", "sheet_name", type=click.Choice([sheet.id for sheet in SHEETS]), default=SHEETS[0].id)
@click.option("--offset", type=(float, float), default=(0.0, 0.0), metavar="RIGHT DOWN", help="Shift, in millimetres.")
@click.option("--layout", type=_FILE, help="Another layout (JSON) of the size of the cells.")
@_whose
@pass_shell
def sheets_command(
    shell: Shell, /, target: Path, sheet_name: str, offset: tuple[float, float], layout: Path | None, **whose: Any
) -> None:
    """Badges on sheets of several, as a PDF to be printed in its true size."""
    sheet = sheet_of(sheet_name)
    assert sheet is not None
    only = press().layout(layout) if layout else None
    if only is not None and not only.fits(sheet.cell):
        raise BadInput(_("{name} has not the size of the cells of this sheet.").format(name=only.name))
    with shell.station() as station:
        bulk, layouts = _bulk(station), Layouts(station.store, station)
        badges = [bulk.badge(person.attendee.id) for person in _people(bulk, **whose)]
        in_its_layout = layouts.for_sheet(sheet)
        written = badge_tools().sheets(target, badges, lambda badge: only or in_its_layout(badge), sheet, offset)
    for name, problem in written.problems:
        complain(f"{name}: {problem.sentence()}")
    words = _("{count} badges on {pages} pages in {file}")
    click.echo(words.format(**_counts(written.badges, written.pages, target)))


@badges_command.command("list")
@click.option("--to", "target", required=True, type=_NEW_FILE, help="Where to: FILE.pdf")
@click.option("--paper", type=click.Choice([paper.name for paper in PAPERS], case_sensitive=False), default="Letter")
@_whose
@pass_shell
def list_command(shell: Shell, /, target: Path, paper: str, **whose: Any) -> None:
    """The list for the day nothing else works: everybody on paper, with a box to tick."""
    with shell.station() as station:
        people = [person.attendee for person in _people(_bulk(station), **whose)]
        conference = station.conference
        now = station.clock().astimezone(conference.zone_info)
    media = next(each for each in PAPERS if each.name.casefold() == paper.casefold())
    pages = badge_tools().paper_list(target, people, conference.title, f"{now:%Y-%m-%d %H:%M %Z}", media)
    click.echo(_("{count} people on {pages} pages in {file}").format(**_counts(len(people), pages, target)))


@badges_command.command("layouts")
@json_option
@pass_shell
def layouts_command(shell: Shell, as_json: bool) -> None:
    """The layouts there are."""
    with shell.station() as station:
        for kept in Layouts(station.store, station).all():
            size = [kept.layout.width_mm, kept.layout.sheet_height_mm]
            if as_json:
                answer({"id": kept.id, "name": kept.name, "size_mm": size, "shipped": kept.shipped})
            else:
                click.echo(f"{kept.id}  {kept.name}  ({size[0]:g} × {size[1]:g} mm)")


@badges_command.command("bring-in")
@click.argument("file", type=_FILE)
@pass_shell
def bring_in_command(shell: Shell, file: Path) -> None:
    """Keep the layout in FILE, ours or one of pretix."""
    with shell.station() as station:
        kept, remarks = Layouts(station.store, station).bring_in_file(file)
    for remark in remarks:
        complain(remark)
    click.echo(f"{kept.id}  {kept.name}")


@badges_command.command("save")
@click.argument("layout_id", metavar="LAYOUT")
@click.option("--to", "target", required=True, type=_NEW_FILE, help="Where to: FILE.json")
@pass_shell
def save_command(shell: Shell, layout_id: str, target: Path) -> None:
    """Save a LAYOUT, by its id, as a file to be changed or brought in elsewhere."""
    with shell.station() as station:
        Layouts(station.store, station).save_file(layout_id, target)
    click.echo(str(target))
