"""`kiosk`: the window; `kiosk COMMAND`: the shell. Commands are loaded when they are called, so that each starts
fast.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from kiosk import __version__
from kiosk.commands.shell import Shell, complain
from kiosk.errors import KioskError
from kiosk.i18n import _

_COMMANDS = {
    "badge": ("kiosk.commands.badge", "badge_command", "Draw or print badges."),
    "badges": ("kiosk.commands.badges", "badges_command", "Many badges: check them, on sheets, as a list; layouts."),
    "bench": ("kiosk.commands.bench", "bench_command", "Measure this machine against the limits."),
    "conference": ("kiosk.commands.conference", "conference_command", "What the conference is called, its time zone."),
    "demo": ("kiosk.commands.demo", "demo_command", "A throw-away sample conference; nothing to configure."),
    "doctor": ("kiosk.commands.doctor", "doctor_command", "The opening self-check."),
    "enrol": ("kiosk.commands.enrol", "enrol_command", "Read who has a place in which session."),
    "export-bundle": ("kiosk.commands.bundle", "export_bundle_command", "Seal what this station knows into a file."),
    "find": ("kiosk.commands.find", "find_command", "Look somebody up."),
    "hub": ("kiosk.commands.hub", "hub_command", "Serve the hub, where stations meet."),
    "import": ("kiosk.commands.import_roster", "import_roster_command", "Read a roster from a spreadsheet."),
    "place": ("kiosk.commands.place", "place_command", "The desk and the rooms: seats, and how their doors decide."),
    "printers": ("kiosk.commands.printers", "printers_command", "Printers set up here or found, and how they are."),
    "programme": ("kiosk.commands.programme", "programme_command", "Read, list, change or write the programme."),
    "import-bundle": ("kiosk.commands.bundle", "import_bundle_command", "Take in what another station sealed."),
    "join": ("kiosk.commands.join", "join_command", "Enrol this station at a hub."),
    "purge": ("kiosk.commands.purge", "purge_command", "Remove personal data from this station: it is over."),
    "report": ("kiosk.commands.report", "report_command", "Write a report to a file."),
    "scan": ("kiosk.commands.scan", "scan_command", "Present codes at a place."),
    "settle": ("kiosk.commands.settle", "settle_command", "Say what was the matter in a conflict."),
    "stations": ("kiosk.commands.stations", "stations_command", "Whose records count here, and this one's six digits."),
    "sync": ("kiosk.commands.sync", "sync_command", "Send and fetch now; says what is left."),
    "verify": ("kiosk.commands.verify", "verify_command", "Prove the records: chains, signatures, view."),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name, _short = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][2]) for name in sorted(_COMMANDS)])


@click.group(cls=_Commands, invoke_without_command=True)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder; otherwise KIOSK_DATA, otherwise the platform's own.",
)
@click.option(
    "--door",
    metavar="ROOM",
    help="Open the window as the door of this room, and stay so at the next start; '' makes it a desk again.",
)
@click.version_option(__version__, prog_name="kiosk")
@click.pass_context
def kiosk(ctx: click.Context, data: Path | None, door: str | None) -> None:
    """Check people in at a conference. Without a command: the window."""
    if ctx.obj is None:
        ctx.obj = Shell(data)
    if ctx.invoked_subcommand is None:
        from kiosk.demo import run_demo
        from kiosk.start import run_window

        ctx.exit(run_window(ctx.obj.settings, run_demo, door))


def main(arguments: list[str] | None = None) -> int:
    """Run a command line. Answers the exit code; nothing is shown as a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = kiosk.main(_data_first(words), prog_name="kiosk", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.UsageError as error:
        complain(error.format_message())
        complain(_("See kiosk --help."))
        return 2
    except click.ClickException as error:
        complain(error.format_message())
        return 1
    except KioskError as error:
        complain(str(error))
        return 1
    except (click.Abort, KeyboardInterrupt):
        complain(_("Stopped."))
        return 1
    except BrokenPipeError:
        # Whoever read our answers has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        sentence = _("Something unexpected happened ({kind}). What was shown as done is done; try again.")
        complain(sentence.format(kind=type(error).__name__))
        return 1


def _data_first(words: list[str]) -> list[str]:
    """Let `--data DIR` stand behind the command as well as before it."""
    for index, word in enumerate(words):
        if word == "--":
            break
        if word == "--data" and index + 1 < len(words):
            return ["--data", words[index + 1], *words[:index], *words[index + 2 :]]
        if word.startswith("--data="):
            return [word, *words[:index], *words[index + 1 :]]
    return words
