"""What the commands of `kiosk hub` share: the hub of the data folder, and who sits at it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from filelock import FileLock, Timeout

from kiosk import log
from kiosk.commands.shell import Shell, ask_passphrase
from kiosk.domain.pins import LEAST_DIGITS
from kiosk.errors import AlreadyRunning, BadInput
from kiosk.hub.console import Console
from kiosk.hub.hub import Hub, open_hub
from kiosk.i18n import _
from kiosk.storage.keys import data_key

LOCK_FILE = "hub.lock"
NAME_VARIABLE, PIN_VARIABLE, NEW_PIN_VARIABLE = "KIOSK_ORGANIZER", "KIOSK_PIN", "KIOSK_NEW_PIN"


def organizer(hub: Hub) -> Console:
    """The hub's console, for whoever proves to be an organizer; for anybody while nobody has a PIN.

    The PIN comes from a prompt, from KIOSK_PIN or from standard input; never from the command line, which others can
    read. Raises WrongPin or BadInput, in words.
    """
    console = Console(hub)
    names = console.pins.names()
    if names:
        console.prove(_name(names), _pin(PIN_VARIABLE, _("Your PIN"), confirm=False))
    return console


def new_pin() -> str:
    """Another PIN, typed twice where somebody types. Raises BadInput."""
    words = _("The new PIN, at least {n} digits").format(n=LEAST_DIGITS)
    return _pin(NEW_PIN_VARIABLE, words, confirm=True)


def _name(names: list[str]) -> str:
    named = os.environ.get(NAME_VARIABLE, "")
    if named or len(names) == 1:
        return named or names[0]
    if not sys.stdin.isatty():
        words = _("Several organizers have a PIN: {names}. Set {variable} to one of them.")
        raise BadInput(words.format(names=", ".join(names), variable=NAME_VARIABLE))
    return str(click.prompt(_("Who are you"), type=click.Choice(names), err=True))


def _pin(variable: str, words: str, *, confirm: bool) -> str:
    given = os.environ.get(variable, "")
    if not given and sys.stdin.isatty():
        given = click.prompt(words, hide_input=True, confirmation_prompt=confirm, err=True)
    given = given or sys.stdin.readline().strip()
    if not given:
        raise BadInput(_("This needs an organizer's PIN. Type it when asked, or set {name}.").format(name=variable))
    return given


@contextmanager
def opened(ctx: click.Context, key: bytes | None = None) -> Iterator[Hub]:
    """The hub of the data folder, closed at the end."""
    shell = ctx.ensure_object(Shell)
    end_log = log.start(shell.settings)
    try:
        shell.folder.mkdir(parents=True, exist_ok=True)
        key = key or data_key(shell.folder, ask_passphrase)
        hub = open_hub(shell.folder, key, ctx.meta["kiosk.hub.database"])
        try:
            yield hub
        finally:
            hub.close()
    finally:
        end_log()


@contextmanager
def only_server(ctx: click.Context, hub: Hub) -> Iterator[None]:
    """SQLite has one server: others would not hear of what it takes in. PostgreSQL tells them."""
    if hub.database.is_postgresql:
        yield
        return
    folder = ctx.ensure_object(Shell).folder
    lock = FileLock(folder / LOCK_FILE, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise AlreadyRunning(_("A hub is already running on this data ({folder}).").format(folder=folder)) from error
    try:
        yield
    finally:
        lock.release()
