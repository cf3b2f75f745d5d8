"""What every command shares: the data folder, the key, answers and complaints.

Answers go to standard output, complaints to standard error in a sentence. Exit 0: done; 1: it could not be done; 2:
wrong use.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from kiosk import config, log
from kiosk.config import Settings
from kiosk.errors import KeyUnavailable, KioskError
from kiosk.i18n import _
from kiosk.services.station import Station
from kiosk.storage.keys import data_key
from kiosk.storage.store import Store, open_store

_log = logging.getLogger(__name__)


def ask_passphrase(new: bool) -> str | None:
    """Ask at the terminal; None where there is none."""
    if not sys.stdin.isatty():
        return None
    words = _("Choose a passphrase for the data on this computer") if new else _("Passphrase")
    return str(click.prompt(words, hide_input=True, confirmation_prompt=new, err=True))


@dataclass(slots=True)
class Shell:
    """The context object of every command."""

    data: Path | None = None
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = config.load(self.data)

    @property
    def folder(self) -> Path:
        """The data folder of this call."""
        return self.settings.data

    def open_store(self) -> Store:
        """The station's data, for this process alone. The caller closes it; better: `with shell.store() as store`."""
        folder = self.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            words = _("The data folder {folder} cannot be made: {detail}. Choose another with --data.")
            raise KeyUnavailable(words.format(folder=folder, detail=error.strerror)) from error
        return open_store(folder, data_key(folder, ask_passphrase))

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The station's data, closed at the end. What was mended at the start is said."""
        end_log = log.start(self.settings)
        try:
            store = self.open_store()
            try:
                for notice in store.notices:
                    complain(notice)
                yield store
            except (KioskError, click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
                raise
            except Exception:
                _log.exception("a command failed")
                raise
            finally:
                store.close()
        finally:
            end_log()

    @contextmanager
    def station(self) -> Iterator[Station]:
        """The station at work on its data."""
        with self.store() as store:
            yield Station(store)


def complain(sentence: str) -> None:
    """Say what is wrong, on standard error."""
    click.echo(sentence, err=True)


def answer(content: Any) -> None:
    """One line of JSON on standard output, sent off at once."""
    click.echo(json.dumps(content, ensure_ascii=False))  # which flushes


@contextmanager
def progress_bar(name: str, *, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


json_option: Callable[..., Any] = click.option("--json", "as_json", is_flag=True, help="Answer as JSON, for programs.")
pass_shell = click.make_pass_decorator(Shell)
