"""A PostgreSQL of our own for tests: started in a temporary folder, on a socket there, stopped at the end.

`database_urls()` says on what the hub is tested here: on SQLite always, on PostgreSQL where it is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg

from tests import memory

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@cache
def programs() -> Path | None:
    """The folder with PostgreSQL's server programs; None where it is not installed."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def kinds() -> list[str]:
    """The databases a hub can be tested on here."""
    return [SQLITE, POSTGRESQL] if programs() else [SQLITE]


@contextmanager
def running() -> Iterator[str]:
    """A server that takes connections; its address."""
    binaries = programs()
    assert binaries is not None
    # It refuses to run as root; a short path, because a socket's may have a hundred characters.
    user = "postgres" if os.name == "posix" and os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="kiosk-pg-", dir=memory.folder() or "/tmp"))
    if user:
        shutil.chown(folder, user)

    def run(*command: str | Path) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)

    data = folder / "data"
    # Nothing here has to survive a power cut.
    settings = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off"
    # Whoever holds this pipe is alive: when it closes, even because the tests were killed, the server ends.
    ending = f"read _; '{binaries / 'pg_ctl'}' -D '{data}' -m immediate stop; rm -rf '{folder}'"
    guard = subprocess.Popen(
        ["sh", "-c", ending],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
        cwd="/",
        start_new_session=True,
    )
    assert guard.stdin is not None
    try:
        run(binaries / "initdb", "-D", data, "-U", "kiosk", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        run(binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", settings, "start")
        yield f"postgresql://kiosk@/postgres?host={folder}"
    finally:
        guard.stdin.close()
        guard.wait()


def fresh(server: str, name: str) -> str:
    """The address of an empty part of that server."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create schema {name}")  # type: ignore[arg-type]
    return f"{server}&options=-csearch_path%3D{name}"
