"""`kiosk verify`: prove the records."""

from __future__ import annotations

import click

from kiosk.commands.shell import Shell, answer, json_option, pass_shell
from kiosk.i18n import _
from kiosk.services.verify import verify


@click.command("verify")
@json_option
@pass_shell
def verify_command(shell: Shell, as_json: bool) -> None:
    """Check every record's hash, chain and signature, and the view against a fresh fold. Exits 1 if anything is
    wrong.
    """
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
