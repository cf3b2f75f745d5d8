"""`kiosk verify`: prove the records, or a certificate."""

from __future__ import annotations

import click

from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.domain.credit_words import hours_words
from kiosk.domain.words import isolated
from kiosk.i18n import _
from kiosk.services.attendance import Attendance
from kiosk.services.certificates import Certificates, Verified
from kiosk.services.verify import verify


@click.command("verify")
@click.argument("code", required=False)
@json_option
@pass_shell
def verify_command(shell: Shell, code: str | None, as_json: bool) -> None:
    """Check every record's hash, chain and signature, and the view against a fresh fold. With the CODE of a
    certificate: say what was certified, and whether the records still give the same. Exits 1 if anything is wrong.
    """
    if code is None:
        _verify_records(shell, as_json)
    else:
        _verify_certificate(shell, code, as_json)


def _verify_certificate(shell: Shell, code: str, as_json: bool) -> None:
    with shell.station() as station:
        found = Certificates(station.store, station, Attendance(station.store, station)).verify(code)
        made = found.certified.at.astimezone(station.conference.zone_info).strftime("%Y-%m-%d %H:%M %Z")
    if as_json:
        answer(_as_json(found))
    else:
        certified = found.certified
        click.echo(f"{isolated(certified.name) or certified.attendee_id} · {isolated(certified.agency)}".strip(" ·"))
        click.echo(_("{hours} h, certified {when} at {where}").format(
            hours=hours_words(certified.total), when=made, where=certified.station
        ))  # fmt: skip
        for _id, title, credit in certified.courses:
            click.echo(f"  {hours_words(credit)}  {title}")
        for difference in found.differences:
            click.echo(f"✕ {difference}")
        if not found.differences:
            click.echo(_("The records still give the same."))
    if found.differences:
        raise click.exceptions.Exit(1)


def _as_json(found: Verified) -> dict[str, object]:
    certified = found.certified
    return {
        "code": certified.code,
        "holds": not found.differences,
        "differences": found.differences,
        "name": certified.name,
        "agency": certified.agency,
        "hours": hours_words(certified.total),
        "courses": [{"title": title, "hours": hours_words(credit)} for _id, title, credit in certified.courses],
        "at": certified.at.isoformat(),
        "station": certified.station,
    }


def _verify_records(shell: Shell, as_json: bool) -> None:
    with shell.store() as store:
        findings = verify(store)
    if as_json:
        counts = {"records": findings.records, "logs": findings.logs, "values": findings.values}
        answer({"ok": not findings.problems, **counts, "problems": findings.problems})
    else:
        for problem in findings.problems:
            click.echo(f"✕ {problem}")
        summary = _("{records} records in {logs} logs, {values} personal values: ").format(
            records=findings.records, logs=findings.logs, values=findings.values
        )
        click.echo(
            summary + (_("{n} problems.").format(n=len(findings.problems)) if findings.problems else _("all good."))
        )
    if findings.problems:
        raise click.exceptions.Exit(1)
