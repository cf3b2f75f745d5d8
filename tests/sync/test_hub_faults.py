"""An acknowledged history cannot be shortened or altered at the hub without a station noticing, and saying so."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from kiosk.domain.incidents import IncidentKind
from kiosk.hub.database import Connection, metadata, note
from kiosk.hub.record_tables import ENDS
from kiosk.services.incidents import Incident, Incidents
from kiosk.services.verify import verify
from tests.builders import Desk, enrol, some_attendees
from tests.hub.conftest import LiveHub, Serve
from tests.meeting import agree, stations_of
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_round import again, hub_holds, put_back, rounds, rows_of, stop, unsent

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


def faults(desk: Desk) -> list[Incident]:
    return [each for each in Incidents(desk.store, desk.station).open() if each.kind is IncidentKind.HUB]


def two_desks(live: LiveHub, stationed: Stationed) -> tuple[Desk, Desk]:
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(live, desk)
    enrol(one.store, some_attendees(20))
    for desk in (one, two, one):
        rounds(desk)
    return one, two


def shorten(connection: Connection, log: str, seq: int) -> None:
    """Somebody with a hand in the hub's database lets a log end earlier, neatly."""
    record, logs = metadata.tables["record"], metadata.tables["log"]
    digest = connection.scalar(sa.select(record.c.hash).where(record.c.log == log, record.c.seq == seq))
    connection.execute(record.delete().where(record.c.log == log, record.c.seq > seq))
    connection.execute(logs.update().where(logs.c.log == log).values(seq=seq, hash=digest))
    note(connection, ENDS)  # as a hub that is started on it would see it


@pytest.mark.parametrize("who", ["the one that wrote it", "one that only read it"])
def test_a_hub_that_holds_less_than_it_confirmed_is_an_incident_everywhere(
    live: LiveHub, stationed: Stationed, who: str
) -> None:
    one, two = two_desks(live, stationed)
    one.scan("000001")
    one.scan("000002")
    for desk in (one, two, one, two):
        rounds(desk)
    assert unsent(one) == 0
    assert faults(one) == []
    held, log = hub_holds(live), one.store.journal.log
    live.hub.database.write(lambda connection: shorten(connection, log, one.store.journal.end - 2))
    first, then = (one, two) if who == "the one that wrote it" else (two, one)
    rounds(first)
    (fault,) = faults(first)
    assert (fault.who, fault.one.station) == ("The hub", first.station.name)
    assert fault.one.says == "2 records it had confirmed are missing"
    assert "restored from a backup" in fault.what
    for desk in (then, first, then):
        rounds(desk)
    assert hub_holds(live) > held, "it was sent again what it lost"
    assert [each.id for each in faults(one)] == [each.id for each in faults(two)] == [fault.id], "one for all"
    Incidents(then.store, then.station).settle(fault.id, "The backup of ten o'clock", "Deb")
    for desk in (then, first):
        rounds(desk)
    assert faults(one) == faults(two) == []
    assert agree(one, two)


def test_it_is_noticed_by_a_station_that_was_off_meanwhile(serve: Serve, stationed: Stationed, tmp_path: Path) -> None:
    live = serve(folder=tmp_path / "hub")
    one, two = two_desks(live, stationed)
    backup = rows_of(live)
    one.scan("000001")
    rounds(one)
    put_back(live, backup)
    stop(live)
    live = again(serve, tmp_path / "hub", one, two)
    rounds(two)
    assert faults(two) == [], "it never knew"
    rounds(one)  # all that tells it are receipts on its disk
    (fault,) = faults(one)
    assert "missing" in fault.one.says
    rounds(two)
    assert [each.id for each in faults(two)] == [fault.id]


def flip(connection: Connection, column: str, log: str, part: float = 0.5) -> None:
    table = metadata.tables["record"]
    row = connection.execute(sa.select(table).where(table.c.log == log, table.c.seq == 2)).one()
    data = bytearray(getattr(row, column))
    data[int(len(data) * part)] ^= 1
    here = (table.c.log == log, table.c.seq == 2)
    connection.execute(table.update().where(*here).values(**{column: bytes(data)}))


@pytest.mark.parametrize("column, part", [("data", 0.5), ("data", 0), ("signature", 0.5), ("side", 0.5), ("side", 0)])
def test_a_record_that_was_altered_at_the_hub_is_refused_and_said_and_holds_up_nothing_else(
    live: LiveHub, stationed: Stationed, column: str, part: float
) -> None:
    one, two = two_desks(live, stationed)
    two.scan("000001")
    rounds(two)
    log = one.store.journal.log
    live.hub.database.write(lambda connection: flip(connection, column, log, part))
    fresh = stationed("Desk 3")
    let_in(live, fresh)
    rounds(fresh)
    (fault,) = faults(fresh)
    assert "not what" in fault.one.says
    assert stations_of(fresh).vector()[log].seq < 2, "not one byte of it is believed"
    assert stations_of(fresh).vector()[two.store.journal.log] == stations_of(two).vector()[two.store.journal.log]
    assert verify(fresh.store).problems == ()


def test_a_hub_that_restarts_or_is_merely_behind_is_no_fault(
    serve: Serve, stationed: Stationed, tmp_path: Path
) -> None:
    live = serve(folder=tmp_path / "hub")
    one, two = two_desks(live, stationed)
    one.scan("000001")
    stop(live)
    live = again(serve, tmp_path / "hub", one, two)
    for desk in (one, two, one):
        rounds(desk)
    assert faults(one) == faults(two) == []
