"""One station twice: a copied disk of which both run, and a machine that was resumed from one snapshot twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from kiosk.domain.exchange import Fate
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.verdicts import Outcome
from kiosk.errors import HubRefused
from kiosk.hub.console import Console
from kiosk.hub.proof import verify as verify_hub
from kiosk.hub.record_tables import aside_table
from kiosk.services.hub_link import HubLink
from kiosk.services.incidents import Incidents
from kiosk.services.verify import verify
from kiosk.sync.client import HubClient
from kiosk.sync.loop import HANDOVER, exchange
from kiosk.sync.round import Round
from tests.builders import Desk, a_station, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.meeting import agree
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_hub_replaced import join
from tests.sync.test_round import rounds, unsent

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


def kinds(desk: Desk) -> set[IncidentKind]:
    return {each.kind for each in Incidents(desk.store, desk.station).open()}


def hand_over(desk: Desk) -> None:
    """What the loop does when the hub says that this station was sent away."""
    link = HubLink.read(desk.store)
    assert link is not None
    client, round_ = HubClient(link), Round(desk.store, desk.station, link)
    try:
        while exchange(client, round_, HANDOVER).more:
            pass
    finally:
        client.close()


def test_two_laptops_with_one_disk_are_an_alarm_within_a_round_and_only_one_stays(
    live: LiveHub, stationed: Stationed, tmp_path: Path
) -> None:
    office = stationed("Office")
    let_in(live, office)
    enrol(office.store, some_attendees(20))
    rounds(office)
    with a_station(tmp_path / "one") as one:
        one.station.set_name("Desk 2")
        let_in(live, one)
        rounds(one)
        one.scan("000001")
        rounds(one)
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    with a_station(tmp_path / "one") as one, a_station(tmp_path / "copy") as copy:
        assert one.scan("000002").admitted
        assert copy.scan("000003").admitted
        rounds(one)
        rounds(copy)
        for desk in (office, copy, one):
            rounds(desk)
            assert kinds(desk) == {IncidentKind.CLONE}
        assert office.scan("000002").outcome is office.scan("000003").outcome is Outcome.ALREADY
        one.scan("000004")
        copy.scan("000005")

        Console(live.hub).revoke("Desk 2")  # both of them: they are one device
        live.hub.devices.forget()
        for desk in (one, copy):
            with pytest.raises(HubRefused) as refused:
                rounds(desk)
            assert refused.value.code == "revoked"
            hand_over(desk)
            assert desk.scan("000020").admitted, "each goes on alone"
        join(live, one, stranger=True)  # the one that is to stay
        with pytest.raises(HubRefused):
            rounds(copy)
        for desk in (one, office, one):
            rounds(desk)
        for code in ("000004", "000005", "000020"):
            assert office.scan(code).outcome is Outcome.ALREADY, "nothing that either wrote is lost"
        for desk in (office, one):
            rounds(desk)
        assert agree(one, office)
        assert verify(one.store).problems == ()


def test_a_snapshot_that_is_resumed_twice_is_a_fork_and_both_ways_are_kept(
    live: LiveHub, stationed: Stationed, tmp_path: Path
) -> None:
    office, one = stationed("Office"), stationed("one")
    for desk in (office, one):
        let_in(live, desk)
    enrol(office.store, some_attendees(20))
    for desk in (office, one):
        rounds(desk)
    one.scan("000001")
    rounds(one)
    shutil.copytree(tmp_path / "one", tmp_path / "twin", ignore=shutil.ignore_patterns("station.lock"))
    with a_station(tmp_path / "twin") as twin:
        # The same memory goes on twice: the same log, the same place in it.
        twin.store.journal._end = twin.store.journal._saved = one.store.journal._end
        one.scan("000002")
        twin.clock.forward(3600)
        twin.scan("000003")
        log = one.store.journal.log
        assert log == twin.store.journal.log
        rounds(one)
        rounds(twin)
        assert twin.store.journal.log != log, "it writes on in a log of its own"
        assert twin.scan("000004").admitted
        for desk in (twin, one, office, twin, one):
            rounds(desk)
        for desk in (one, twin, office):
            assert IncidentKind.FORK in kinds(desk)
        assert office.scan("000002").outcome is office.scan("000004").outcome is Outcome.ALREADY
        assert unsent(one) == 0
        with live.hub.database.snapshot() as connection:
            aside = sa.select(sa.func.count()).where(aside_table.c.log == log, aside_table.c.why == str(Fate.FORK))
            assert connection.scalar(aside) == 1, "the other way lies beside the first"
            assert verify_hub(connection).problems == ()
