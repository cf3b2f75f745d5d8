"""The schema of `journal.db` as a list of steps. A change is a new step, never an edited one.

`view.db` has no migrations: it is thrown away and folded anew (`view.py`).
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.errors import NewerFile
from kiosk.i18n import _
from kiosk.storage.database import Connection, scalar, utils

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

SCHEMA_VERSION = 2
"""How many steps there are; kept in the file as `user_version`, so that an up-to-date file is known without loading
sqlite-utils.
"""


def migrate(connection: Connection, path: Path) -> None:
    """Bring `journal.db` to today's schema; a copy is made first where it holds anything.

    Raises NewerFile when a newer version of the program wrote it.
    """
    version = scalar(connection, "pragma user_version")
    if version > SCHEMA_VERSION:
        raise NewerFile(
            _("{name} was written by a newer version of this program. Update the program; nothing was changed.").format(
                name=path.name
            )
        )
    if version == SCHEMA_VERSION:
        return
    if version > 0:
        copy_before(connection, path, version)
    run = utils(connection)
    _steps().apply(run)
    connection.execute(f"pragma user_version = {SCHEMA_VERSION}")


def copy_before(connection: Connection, path: Path, version: int) -> Path:
    """Set a copy of the file beside it, named by its schema version, so that a failed step loses nothing."""
    connection.execute("pragma wal_checkpoint(truncate)")
    copy = path.with_name(f"{path.name}.before-{version + 1}-{time.time_ns()}")
    shutil.copy2(path, copy)
    return copy


def _steps() -> Migrations:
    from sqlite_utils import Migrations

    migrations = Migrations("journal")

    @migrations()
    def step_001_records_values_jobs(db: Database) -> None:
        """Records verbatim, side values apart, print jobs, choices made on this station."""
        db.execute(
            """create table record (
                 arrival integer primary key,
                 log text not null, seq integer not null,
                 hash blob not null, bytes blob not null, signature blob not null,
                 unique (log, seq)) strict"""
        )
        db.execute(
            """create table value (
                 log text not null, seq integer not null, n integer not null,
                 mac blob not null, salt blob, value blob,
                 primary key (log, seq, n)) strict, without rowid"""
        )
        db.execute(
            """create table print_job (
                 id text primary key, attendee_id text not null, code text not null,
                 issue integer not null, copy integer not null,
                 reason text not null, asked_by text not null, printer text,
                 state text not null, detail text not null default '',
                 asked_at_ms integer not null, changed_at_ms integer not null) strict"""
        )
        db.execute("create index print_job_state on print_job (state, asked_at_ms)")
        db.execute("create index print_job_attendee on print_job (attendee_id)")
        db.table("setting").create({"name": str, "value": str}, pk="name", not_null={"value"}, strict=True)

    @migrations()
    def step_002_several_printers(db: Database) -> None:
        """Jobs for several printers: which one is wished for, what is printed ahead of time, how often it was tried."""
        for column in ("wish text not null default ''", "batch text not null default ''"):
            db.execute(f"alter table print_job add column {column}")
        for column in ("priority", "tries", "unasked"):
            db.execute(f"alter table print_job add column {column} integer not null default 0")
        db.execute("drop index print_job_state")
        db.execute("create index print_job_state on print_job (state, priority, asked_at_ms)")
        db.execute("create index print_job_batch on print_job (batch) where batch <> ''")

    @migrations()
    def step_003_other_stations(db: Database) -> None:
        """Records from elsewhere that do not fit (yet), and how far others hold ours."""
        db.execute(
            """create table aside (
                 log text not null, seq integer not null, hash blob not null,
                 bytes blob not null, signature blob not null, side text not null, why text not null,
                 primary key (log, seq, hash)) strict"""
        )
        db.execute(
            """create table receipt (
                 holder text not null, log text not null, seq integer not null, hash blob not null,
                 primary key (holder, log)) strict, without rowid"""
        )

    return migrations
