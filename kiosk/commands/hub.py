"""`kiosk hub`: serve the hub, and look after it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import click
from filelock import FileLock, Timeout

from kiosk import log
from kiosk.commands.shell import Shell, ask_passphrase
from kiosk.errors import AlreadyRunning
from kiosk.hub.app import make_app
from kiosk.hub.hub import Hub, open_hub
from kiosk.hub.server import DEFAULT_PORT, HubServer
from kiosk.hub.table import ROUTES
from kiosk.i18n import _
from kiosk.storage.keys import data_key

LOCK_FILE = "hub.lock"

_log = logging.getLogger(__name__)

database_option = click.option(
    "--database", "url", metavar="URL", envvar="KIOSK_HUB_DATABASE", help="postgresql://…; otherwise a file."
)


@click.group("hub", invoke_without_command=True)
@click.option("--host", default="0.0.0.0", show_default=True, help="The address to listen on.")  # noqa: S104
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535))
@database_option
@click.pass_context
def hub_command(ctx: click.Context, host: str, port: int, url: str | None) -> None:
    """Serve the hub, where stations meet, until Ctrl+C."""
    if ctx.invoked_subcommand is not None:
        return
    shell = ctx.ensure_object(Shell)
    with opened(shell, url) as hub, _only_server(shell, hub):
        server = HubServer(hub, make_app(hub, ROUTES), host, port)
        click.echo(_("The hub listens on port {port}. Ctrl+C ends it.").format(port=server.port))
        server.run()
    click.echo(_("The hub has ended."))


@contextmanager
def opened(shell: Shell, url: str | None) -> Iterator[Hub]:
    """The hub of the data folder, closed at the end."""
    end_log = log.start(shell.settings)
    try:
        shell.folder.mkdir(parents=True, exist_ok=True)
        hub = open_hub(shell.folder, data_key(shell.folder, ask_passphrase), url)
        try:
            yield hub
        finally:
            hub.close()
    finally:
        end_log()


@contextmanager
def _only_server(shell: Shell, hub: Hub) -> Iterator[None]:
    """SQLite has one server: others would not hear of what it takes in. PostgreSQL tells them."""
    if hub.database.is_postgresql:
        yield
        return
    lock = FileLock(shell.folder / LOCK_FILE, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        words = _("A hub is already running on this data ({folder}).")
        raise AlreadyRunning(words.format(folder=shell.folder)) from error
    try:
        yield
    finally:
        lock.release()
