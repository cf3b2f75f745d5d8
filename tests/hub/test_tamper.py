"""Every confirmed record, at the hub and at a station: changed, removed, moved or doubled, the proof names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import sqlalchemy as sa

from kiosk.hub.database import Connection
from kiosk.hub.proof import verify
from kiosk.hub.record_tables import record_table as table
from kiosk.storage.proof import chains
from tests.builders import Desk, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.sync.conftest import Stationed, let_in, stationed
from tests.sync.test_round import rounds, unsent

__all__ = ["stationed"]

pytestmark = pytest.mark.timeout(120)

Row = tuple[str, int]


@pytest.fixture
def desk(live: LiveHub, stationed: Stationed) -> Desk:
    """A morning, all of it confirmed."""
    desk = stationed("Desk 1")
    let_in(live, desk)
    enrol(desk.store, some_attendees(30))
    for n in range(1, 13):
        desk.scan(f"{n:06}")
    rounds(desk)
    assert unsent(desk) == 0
    return desk


def flipped(data: bytes, at: int) -> bytes:
    return data[: at % len(data)] + bytes([data[at % len(data)] ^ 1]) + data[at % len(data) + 1 :]


# At the hub


def _changed(connection: Connection, row: Row) -> None:
    data = connection.scalar(sa.select(table.c.data).where(*_is(row)))
    connection.execute(table.update().where(*_is(row)).values(data=flipped(bytes(data), row[1] * 31)))


def _unsigned(connection: Connection, row: Row) -> None:
    signature = connection.scalar(sa.select(table.c.signature).where(*_is(row)))
    connection.execute(table.update().where(*_is(row)).values(signature=flipped(bytes(signature), row[1])))


def _removed(connection: Connection, row: Row) -> None:
    connection.execute(table.delete().where(*_is(row)))


def _moved(connection: Connection, row: Row) -> None:
    """It and the one before change places."""
    one, other = row, (row[0], row[1] - 1 or 2)
    for here, there in ((one, (row[0], 10**6)), (other, one), ((row[0], 10**6), other)):
        connection.execute(table.update().where(*_is(here)).values(seq=there[1]))


def _doubled(connection: Connection, row: Row) -> None:
    found = connection.execute(sa.select(table).where(*_is(row))).one()
    last = connection.scalar(sa.select(sa.func.max(table.c.seq)).where(table.c.log == row[0])) or 0
    connection.execute(table.insert().values(**{**found._mapping, "seq": last + 1}))


def _is(row: Row) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.log == row[0], table.c.seq == row[1])


@pytest.mark.parametrize("tamper", [_changed, _unsigned, _removed, _moved, _doubled])
def test_whatever_is_done_to_a_record_at_the_hub_is_named(
    live: LiveHub, desk: Desk, tamper: Callable[[Connection, Row], None]
) -> None:
    with live.hub.database.engine.execution_options(writes=True).connect() as connection:
        rows = [(row.log, row.seq) for row in connection.execute(sa.select(table.c.log, table.c.seq))]
        assert len(rows) > 13
        assert problems(connection) == ()
        connection.rollback()
        for row in rows:
            with connection.begin() as undone:
                tamper(connection, row)
                assert problems(connection), (tamper.__name__, row)
                undone.rollback()
        assert problems(connection) == ()


def problems(connection: Connection) -> tuple[str, ...]:
    found = verify(connection).problems
    connection.execution_options(stream_results=False, yield_per=None)  # it reads by pages, we write again
    return found


# At a station


def changed(desk: Desk, row: Row) -> None:
    (data,) = desk.store.connection.execute("select bytes from record where log = ? and seq = ?", row).fetchone()
    sql = "update record set bytes = ? where log = ? and seq = ?"
    desk.store.connection.execute(sql, (flipped(data, row[1] * 31), *row))


def unsigned(desk: Desk, row: Row) -> None:
    (data,) = desk.store.connection.execute("select signature from record where log = ? and seq = ?", row).fetchone()
    sql = "update record set signature = ? where log = ? and seq = ?"
    desk.store.connection.execute(sql, (flipped(data, row[1]), *row))


def removed(desk: Desk, row: Row) -> None:
    desk.store.connection.execute("delete from record where log = ? and seq = ?", row)


def cut_off(desk: Desk, row: Row) -> None:
    """With everything behind it: a chain does not tell where it ended, a receipt does."""
    desk.store.connection.execute("delete from record where log = ? and seq >= ?", row)
    desk.store.connection.execute("delete from value where log = ? and seq >= ?", row)


def moved(desk: Desk, row: Row) -> None:
    log, seq = row
    sql = "update record set seq = ? where log = ? and seq = ?"
    for there, here in ((10**6, seq), (seq, seq - 1 or 2), (seq - 1 or 2, 10**6)):
        desk.store.connection.execute(sql, (there, log, here))


def doubled(desk: Desk, row: Row) -> None:
    log, seq = row
    desk.store.connection.execute(
        "insert into record (log, seq, hash, bytes, signature) "
        "select log, (select max(seq) + 1 from record where log = ?), hash, bytes, signature from record "
        "where log = ? and seq = ?",
        (log, log, seq),
    )


@contextmanager
def undone(desk: Desk) -> Iterator[None]:
    desk.store.connection.execute("begin immediate")
    try:
        yield
    finally:
        with suppress(Exception):
            desk.store.connection.execute("rollback")


@pytest.mark.parametrize("tamper", [changed, unsigned, removed, cut_off, moved, doubled])
def test_whatever_is_done_to_a_record_at_a_station_is_named(desk: Desk, tamper: Callable[[Desk, Row], None]) -> None:
    with desk.store.reading():
        rows = desk.store.connection.execute("select log, seq from record").fetchall()
        assert len(rows) > 13
        assert list(chains(desk.store)) == []
        for row in rows:
            with undone(desk):
                tamper(desk, row)
                assert list(chains(desk.store)), (tamper.__name__, row)
        assert list(chains(desk.store)) == []
