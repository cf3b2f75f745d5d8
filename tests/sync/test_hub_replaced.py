"""The hub is gone for good, with its disk, and there is no backup: a new one is made from an organizer's station."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.exchange import Opening
from kiosk.domain.invitations import Invitation
from kiosk.domain.journal import Kind
from kiosk.domain.trust import DeviceRole
from kiosk.domain.verdicts import Outcome
from kiosk.errors import BadInput, HubRefused
from kiosk.hub.console import Console
from kiosk.hub.database import Connection, metadata
from kiosk.hub.founding import Founded, found, found_from_bundle
from kiosk.hub.own_stations import let_in as host_for
from kiosk.hub.proof import verify
from kiosk.services.bundles import Bundles
from kiosk.services.incidents import Incidents
from kiosk.storage import exchange, roster
from kiosk.sync.join import Joining
from tests.builders import NOON, Desk, enrol, some_attendees
from tests.hub.conftest import LiveHub, Serve
from tests.meeting import agree, everything, stations_of
from tests.sync.conftest import Stationed, let_in, revoke
from tests.sync.test_round import hub_holds, rounds, stop, unsent

pytestmark = pytest.mark.timeout(180)
PASSPHRASE = "correct horse battery"


def a_morning(live: LiveHub, stationed: Stationed) -> tuple[Desk, ...]:
    """An organizer's, two desks, one that will be broken for good, one that was sent away; an incident, settled."""
    office, two, broken, gone = (stationed(name) for name in ("Office", "Desk 2", "Desk 3", "Desk 4"))
    let_in(live, office, DeviceRole.ORGANIZER)
    for desk in (two, broken, gone):
        let_in(live, desk)
    enrol(office.store, some_attendees(20))
    for desk in (office, two, broken, gone):
        rounds(desk)
    broken.scan("000001")
    gone.scan("000002")
    office.scan("000003")
    two.scan("000003")
    for desk in (broken, gone, office, two, office):
        rounds(desk)
    revoke(live, gone)
    for desk in (office, two):
        rounds(desk)
    (incident,) = Incidents(office.store, office.station).open()
    Incidents(office.store, office.station).settle(incident.id, "Two of one name", "Deb")
    for desk in (office, two, broken):
        rounds(desk)
    return office, two, broken, gone


def lose(live: LiveHub) -> None:
    """The hub and its disk are gone; on PostgreSQL, the rows."""

    def nothing(connection: Connection) -> None:
        for table in metadata.sorted_tables:
            if table.name != "schema_step":
                connection.execute(table.delete())

    live.hub.database.write(nothing)
    stop(live)


def from_the_station(live: LiveHub, office: Desk, _tmp_path: Path) -> Founded:
    return found(live.hub, office.station)


def from_a_bundle(live: LiveHub, office: Desk, tmp_path: Path) -> Founded:
    Bundles(office.store, office.station).export(tmp_path / "all", PASSPHRASE)
    return found_from_bundle(live.hub, tmp_path / "all", PASSPHRASE)


def join(live: LiveHub, desk: Desk, role: DeviceRole = DeviceRole.DESK, *, stranger: bool = False) -> None:
    """By an invitation, as people do it. One that the hub expects is let in by its key."""
    invitation: Invitation = Console(live.hub).invite(role, desk.station.name, f"127.0.0.1:{live.server.port}")
    with closing(Joining(desk.store, desk.station.name, invitation)) as joining:
        pending = joining.ask()
        if stranger:
            assert joining.decided() is None
            Console(live.hub).approve(pending.digits)
        assert joining.decided() is not None
    live.hub.devices.forget()


@pytest.mark.parametrize("how", [from_the_station, from_a_bundle])
def test_nothing_is_lost_and_nothing_is_confirmed_that_only_the_lost_hub_had(
    serve: Serve, stationed: Stationed, tmp_path: Path, how: Callable[[LiveHub, Desk, Path], Founded]
) -> None:
    live = serve()
    office, two, broken, gone = a_morning(live, stationed)
    lost_hub = live.hub.identity.id
    assert unsent(office) == unsent(two) == 0
    lose(live)
    office.scan("000010")
    two.scan("000011")
    broken_writes, gone_writes = map(logs_of, (broken, gone))

    live = serve(folder=tmp_path / "new")
    founded = how(live, office, tmp_path)
    assert founded.records == hub_holds(live) == len(everything(office.store))
    again = how(live, office, tmp_path)
    assert (again.records, hub_holds(live)) == (0, founded.records), "a second time changes nothing"
    assert {each.name: each.expected for each in Console(live.hub).stations()}.items() >= {
        ("Desk 2", True),
        ("Desk 3", True),
    }
    host_for(live.hub, office.station, DeviceRole.ORGANIZER, f"127.0.0.1:{live.server.port}")
    live.hub.devices.forget()
    assert unsent(office) == sum(
        each.seq for log, each in stations_of(office).vector().items() if log in logs_of(office)
    )
    join(live, two)
    for desk in (office, two, office):
        rounds(desk)
    assert unsent(office) == unsent(two) == 0
    assert agree(office, two)
    assert two.scan("000010").outcome is Outcome.ALREADY
    for desk in (office, two):
        assert [each.settled_by for each in Incidents(desk.store, desk.station).all()] == ["Deb"]

    fresh = stationed("Desk 5")
    join(live, fresh, stranger=True)
    rounds(fresh)
    held = stations_of(fresh).vector()
    assert broken_writes | gone_writes <= set(held), "of a laptop that never comes back, and of one sent away"
    assert any(opened.device == lost_hub for opened in opened_by(fresh).values()), "the lost hub's own log, too"
    assert fresh.scan("000001").outcome is fresh.scan("000002").outcome is Outcome.ALREADY
    assert roster.counts(fresh.store.view.connection, "desk").people == 20
    with live.hub.database.snapshot() as connection:
        assert verify(connection).problems == ()


def logs_of(desk: Desk) -> set[str]:
    """The logs this desk has written."""
    own = stations_of(desk).own.id
    return {log for log, opened in opened_by(desk).items() if opened.device == own}


def opened_by(desk: Desk) -> dict[str, Opening]:
    with desk.store.reading():
        return exchange.openings(desk.store.connection)


def test_what_a_station_writes_that_has_not_joined_yet_counts_when_it_is_carried(
    serve: Serve, stationed: Stationed, tmp_path: Path
) -> None:
    live = serve()
    office, two, broken, _gone = a_morning(live, stationed)
    lose(live)
    two.scan("000012")
    live = serve(folder=tmp_path / "new")
    found(live.hub, office.station)
    host_for(live.hub, office.station, DeviceRole.ORGANIZER, f"127.0.0.1:{live.server.port}")
    live.hub.devices.forget()
    rounds(office)
    Bundles(two.store, two.station).export(tmp_path / "stick", PASSPHRASE)
    bundles = Bundles(office.store, office.station)
    bundle = bundles.open(tmp_path / "stick", PASSPHRASE)
    assert [each.name for each in bundle.strangers] == ["Desk 4"], "the new hub told who counts"
    bundles.take(bundle)
    rounds(office)
    join(live, broken)
    rounds(broken)
    assert broken.scan("000012").outcome is Outcome.ALREADY


def test_the_key_and_the_invitation_let_a_known_station_in_and_nobody_who_poses_as_it(
    serve: Serve, stationed: Stationed, tmp_path: Path
) -> None:
    live = serve()
    office, two, _broken, _gone = a_morning(live, stationed)
    lose(live)
    live = serve(folder=tmp_path / "new")
    found(live.hub, office.station)
    thief = stationed("Thief")
    device = thief.store.journal.device
    thief.store.journal.device = replace(device, id=two.store.journal.device.id)
    with pytest.raises(HubRefused, match="posing"):
        join(live, thief)
    thief.store.journal.device = device
    Console(live.hub).revoke("Desk 2")
    assert [each.expected for each in Console(live.hub).stations() if each.name == "Desk 2"] == [False]
    with pytest.raises(BadInput, match="revoked already"):
        Console(live.hub).revoke("Desk 2")
    live.hub.devices.forget()
    invitation = Console(live.hub).invite(DeviceRole.DESK, "Desk 2", f"127.0.0.1:{live.server.port}")
    with closing(Joining(two.store, "Desk 2", invitation)) as joining:
        joining.ask()
        assert joining.decided() is None, "one that was sent away is looked at by a person"


def test_what_was_kept_from_a_desk_reaches_a_hub_made_from_it_whole(
    serve: Serve, stationed: Stationed, tmp_path: Path
) -> None:
    live = serve()
    office, two = stationed("Office"), stationed("Desk 2")
    let_in(live, office, DeviceRole.ORGANIZER)
    let_in(live, two)
    with office.store.write() as journal:
        journal.append(Kind.CERTIFICATE, {"code": "X"}, at=NOON, actor="station", values=[b"Ada was here"])
    for desk in (office, two):
        rounds(desk)
    lose(live)
    live = serve(folder=tmp_path / "new")
    assert found(live.hub, two.station).records < len(everything(two.store)), "it has it without what it says"
    host_for(live.hub, two.station, DeviceRole.ORGANIZER, f"127.0.0.1:{live.server.port}")
    join(live, office, DeviceRole.ORGANIZER)
    for desk in (office, two):
        rounds(desk)
    fresh = stationed("Office 2")
    join(live, fresh, DeviceRole.ORGANIZER, stranger=True)
    rounds(fresh)
    (told,) = [each for each in everything(fresh.store) if b'"certificate"' in each.data]
    assert told.values[0].value == b"Ada was here"
