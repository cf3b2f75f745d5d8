"""`kiosk badge`: draw badges into files, or print them."""

from __future__ import annotations

import threading
from pathlib import Path

import click

from kiosk.commands.shell import Shell, complain, pass_shell
from kiosk.desk import BADGE_FOLDER, press
from kiosk.domain.badge import Badge
from kiosk.domain.layout import Layout
from kiosk.domain.people import Attendee
from kiosk.domain.print_jobs import JobState, PrintJob
from kiosk.domain.printers import PrinterProfile
from kiosk.errors import BadInput, StorageError
from kiosk.i18n import _
from kiosk.print_rooms import drawing
from kiosk.services.badges import FIRST, Badges
from kiosk.services.layouts import Layouts

PATIENCE_S = 60.0
"""How long to wait for a printer that says nothing."""

_ENDED = (JobState.PRINTED, JobState.FAILED, JobState.UNCERTAIN, JobState.WAITING)


def _has_ended(job: PrintJob) -> bool:
    """Whether there is something to say about the job: it is out, somebody has to act, or no more will be known."""
    return job.state in _ENDED or job.is_stuck or (job.state is JobState.SENT and job.unasked)


@click.command("badge")
@click.argument("codes", nargs=-1, required=True, metavar="CODE…")
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save here; the ending chooses: .png .pdf .zpl .brother .dymo .escpos .pwg",
)
@click.option("--printer", "printer", help="Print on this printer; otherwise on the first. With --to: as it gets it.")
@click.option("--layout", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another layout (JSON).")
@click.option("--reprint", is_flag=True, help="Print again: a new badge, and the old one stops counting.")
@pass_shell
def badge_command(
    shell: Shell, codes: tuple[str, ...], target: Path | None, printer: str | None, layout: Path | None, reprint: bool
) -> None:
    """Print the badges of the people with these CODEs, or save one to a file."""
    if target is not None and (len(codes) > 1 or reprint):
        raise click.UsageError(_("--to saves the badge of one code; it does not go with --reprint."))
    if target is not None:
        press().check_ending(target.suffix)
    only = press().layout(layout) if layout else None
    with shell.station() as station:
        badges, layouts = Badges(station.store, station), Layouts(station.store, station)
        people = [_person(badges, code) for code in codes]
        wished = badges.printers.named(printer) if printer is not None else None
        if target is not None:
            _save(badges.badge(people[0].id), target, layouts, only, wished)
            return
        reason = "reprint" if reprint else FIRST
        with press().printers(badges, shell.folder / BADGE_FOLDER, drawing(layouts, only)):
            good = [_print(badges, person, reason, wished) for person in people]
    if not all(good):
        raise click.exceptions.Exit(1)


def _person(badges: Badges, code: str) -> Attendee:
    found = badges.find(code)
    if found is None:
        raise BadInput(_("Nobody on the roster has the code {code}.").format(code=repr(code[:40])))
    return found


def _save(badge: Badge, target: Path, layouts: Layouts, only: Layout | None, printer: PrinterProfile | None) -> None:
    data, problems = press().file(badge, target.suffix, drawing(layouts, only), printer, only)
    for problem in problems:
        complain(problem)
    try:
        target.write_bytes(data)
    except OSError as error:
        words = _("{path} cannot be written: {reason}.").format(path=target, reason=error.strerror)
        raise StorageError(words) from error
    click.echo(str(target))


def _print(badges: Badges, person: Attendee, reason: str, printer: PrinterProfile | None) -> bool:
    """Print one badge and say what became of it."""
    before = badges.latest(person.id)
    if reason == FIRST and before is not None and before.state is JobState.PRINTED:
        complain(_("The badge of {name} was printed already. --reprint makes a new one.").format(name=person.full_name))
        return False
    job = _ended(badges, badges.ask(person.id, reason, wish=printer.id if printer else ""))
    if job.state is JobState.PRINTED:
        where = badges.printers.name_of(job.printer)
        click.echo(_("{name}: printed on {printer}, {job}").format(name=person.full_name, job=job.id, printer=where))
        return True
    if job.state is JobState.SENT and not job.is_stuck:
        where = badges.printers.name_of(job.printer)
        click.echo(_("{name}: sent to {printer}, {job}").format(name=person.full_name, job=job.id, printer=where))
        return True
    if job.state is JobState.UNCERTAIN:
        complain(
            _("{name}: nobody knows whether it came out. {why}").format(name=person.full_name, why=job.detail).strip()
        )
        return False
    complain(
        _("{name}: not printed. {why}").format(name=person.full_name, why=job.detail or _("The printer says nothing."))
    )
    return False


def _ended(badges: Badges, job: PrintJob) -> PrintJob:
    """The job once there is something to say about it."""
    moved = threading.Event()
    badges.queue.listen(lambda changed: moved.set() if changed.id == job.id and _has_ended(changed) else None)
    now = badges.latest(job.attendee_id)
    if now is None or now.id != job.id or not _has_ended(now):
        moved.wait(PATIENCE_S)
    return badges.latest(job.attendee_id) or job
