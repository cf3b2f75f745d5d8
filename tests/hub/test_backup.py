"""A hub on one stick: sealed, put back on another computer or in the other database, proved; and purged."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
import sqlalchemy as sa

from kiosk.errors import BadInput
from kiosk.hub.backup import back_up, restore
from kiosk.hub.console import Console
from kiosk.hub.database import metadata
from kiosk.hub.hub import Hub, open_hub
from kiosk.hub.proof import Findings, verify
from tests.builders import KEY, enrol, some_attendees
from tests.databases import fresh, programs
from tests.hub.conftest import LiveHub
from tests.sync.conftest import Stationed, let_in, stationed
from tests.sync.test_round import rounds, unsent

__all__ = ["stationed"]

PASSPHRASE = "correct horse battery"
OTHER_KEY = KEY[::-1]


def proved(hub: Hub) -> Findings:
    with hub.database.snapshot() as connection:
        return verify(connection)


@pytest.fixture
def busy(live: LiveHub, stationed: Stationed) -> LiveHub:
    """A hub that holds a roster and a morning."""
    desk = stationed("Desk 1")
    let_in(live, desk)
    enrol(desk.store, some_attendees(30))
    desk.scan("000001")
    rounds(desk)
    assert unsent(desk) == 0
    return live


def test_a_backup_is_the_same_hub_elsewhere(
    busy: LiveHub, stationed: Stationed, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    hub, file = busy.hub, tmp_path / "hub.backup"
    before = proved(hub)
    assert before.problems == ()
    assert before.values > 0
    copied = back_up(hub.database, hub.folder, hub.key, file, PASSPHRASE)
    assert copied.records == before.records
    assert b"Lovelace" not in file.read_bytes()
    other = None  # from either database into the other
    if busy.url is None and programs():
        other = fresh(request.getfixturevalue("postgresql"), f"r{secrets.token_hex(8)}")
    assert restore(tmp_path / "new", OTHER_KEY, other, file, PASSPHRASE) == copied
    again = open_hub(tmp_path / "new", OTHER_KEY, other)
    try:
        assert proved(again) == before
        assert (again.identity.id, again.identity.ca_fingerprint) == (hub.identity.id, hub.identity.ca_fingerprint)
        assert [s.name for s in Console(again).stations()] == ["Desk 1"]
    finally:
        again.close()
    with pytest.raises(BadInput, match="empty folder"):
        restore(tmp_path / "new", OTHER_KEY, other, file, PASSPHRASE)


def test_a_wrong_passphrase_or_a_cut_file_puts_nothing_back(busy: LiveHub, tmp_path: Path) -> None:
    hub, file = busy.hub, tmp_path / "hub.backup"
    back_up(hub.database, hub.folder, hub.key, file, PASSPHRASE)
    (tmp_path / "new").mkdir()
    with pytest.raises(BadInput, match="passphrase"):
        restore(tmp_path / "new", OTHER_KEY, None, file, "another passphrase")
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(BadInput, match="damaged"):
        restore(tmp_path / "new", OTHER_KEY, None, file, PASSPHRASE)
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("column", ["data", "signature", "hash", "side"])
def test_whatever_is_altered_is_found(busy: LiveHub, column: str) -> None:
    table = metadata.tables["record"]

    def alter(connection: sa.Connection) -> None:
        row = connection.execute(sa.select(table).where(table.c.side.is_not(None)).limit(1)).one()
        value = bytes(getattr(row, column))
        middle = len(value) // 2
        changed = value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
        connection.execute(
            table.update().where(table.c.log == row.log, table.c.seq == row.seq).values(**{column: changed})
        )

    busy.hub.database.write(alter)
    assert proved(busy.hub).problems


def test_a_record_that_was_taken_out_is_missed(busy: LiveHub) -> None:
    table = metadata.tables["record"]
    with busy.hub.database.read() as connection:
        log = connection.scalar(sa.select(table.c.log).where(table.c.seq == 3).limit(1))
    gone = table.delete().where(table.c.log == log, table.c.seq == 2)
    busy.hub.database.write(lambda connection: connection.execute(gone).rowcount)
    assert proved(busy.hub).problems == (f"{log}:3 does not follow the record before it",)


def test_after_a_purge_nobody_is_named_and_everything_verifies(busy: LiveHub) -> None:
    hub = busy.hub
    before = proved(hub)
    hub.order_purge(hub.clock())
    assert hub.keep_retention() == before.values
    after = proved(hub)
    assert (after.values, after.problems) == (0, ())
    assert after.records == before.records + 1  # the order, in the hub's own log
    assert hub.keep_retention() == 0


def test_damaged_values_do_not_keep_the_names_of_others(busy: LiveHub) -> None:
    """Where nobody can tell what is in them, they go, too; the proof says which record they were of."""
    hub, table = busy.hub, metadata.tables["record"]
    before = proved(hub).values
    with hub.database.read() as connection:
        log, seq = connection.execute(
            sa.select(table.c.log, table.c.seq).where(table.c.side.is_not(None)).order_by(sa.func.length(table.c.side))
        ).first()
    damaged = table.update().where(table.c.log == log, table.c.seq == seq).values(side=b"Ana Alvarez")
    hub.database.write(lambda connection: connection.execute(damaged).rowcount)
    hub.order_purge(hub.clock())
    assert 0 < hub.keep_retention() <= before
    after = proved(hub)
    assert after.values == 0
    with hub.database.read() as connection:
        assert b"Ana Alvarez" not in list(connection.scalars(sa.select(table.c.side)))
