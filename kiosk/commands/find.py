"""`kiosk find`: the desk's search."""

from __future__ import annotations

import click

from kiosk.commands.scan import stamp
from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.domain.masking import mask_email
from kiosk.i18n import _
from kiosk.services.find import Find, Found


@click.command("find")
@click.argument("text")
@click.option("--limit", default=12, show_default=True, type=click.IntRange(1, 200), help="At most so many people.")
@json_option
@pass_shell
def find_command(shell: Shell, text: str, limit: int, as_json: bool) -> None:
    """Look somebody up by name, agency, e-mail, number or code. Exits 1 if there is nobody."""
    with shell.station() as station:
        find = Find(station.store)
        try:
            found = find.find(text, limit)
        finally:
            find.close()
        for one in found:
            if as_json:
                answer(_content(one))
            else:
                click.echo(_line(one))
    if not found:
        if not as_json:
            click.echo(_("Nobody found. Try fewer letters, or the agency."), err=True)
        raise click.exceptions.Exit(1)


def _content(found: Found) -> dict[str, object]:
    attendee, admission = found.attendee, found.admission
    return {
        "id": attendee.id,
        "name": attendee.full_name,
        "agency": attendee.agency,
        "type": attendee.registration_type,
        "number": attendee.number,
        "status": attendee.status.value,
        "email": mask_email(attendee.email),
        "checked_in": stamp(admission.at) if admission else None,
    }


def _line(found: Found) -> str:
    attendee = found.attendee
    state = _("checked in") if found.admission else attendee.status.value
    parts = (
        attendee.full_name or _("(no name yet)"),
        attendee.agency,
        mask_email(attendee.email),
        attendee.number,
        state,
    )
    return " · ".join(part for part in parts if part)
