"""A station that was away for a week sends all it has: in pieces, through kills and cut links, and scans meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.domain.verdicts import Outcome as Answered
from kiosk.errors import HubUnavailable
from kiosk.services.hub_link import HubLink
from kiosk.services.verify import verify
from kiosk.sync import http as http_module
from kiosk.sync.client import HubClient
from kiosk.sync.loop import exchange
from kiosk.sync.round import Round
from tests.builders import NOON, Desk, a_station, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_round import hub_holds, rounds

pytestmark = pytest.mark.timeout(120)

RECORDS, KILLS = 5_000, 4


@pytest.fixture
def database_url() -> None:
    """What a station sends does not depend on the hub's database."""


def write_a_week(desk: Desk) -> None:
    with desk.store.write() as journal:
        for n in range(RECORDS):
            journal.append("deny", {"code": f"{n:06}", "outcome": "unknown"}, at=NOON, actor="station", place="desk")


def test_all_of_it_arrives_once_through_kills_and_cuts_and_scans_are_answered_meanwhile(
    live: LiveHub, stationed: Stationed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = scanned = 0
    with a_station(tmp_path / "away") as desk:
        let_in(live, desk)
        enrol(desk.store, some_attendees(20))
        write_a_week(desk)
    for _kill in range(KILLS):
        with a_station(tmp_path / "away") as desk:  # a new process: only what is on the disk is left
            link = HubLink.read(desk.store)
            assert link is not None
            client, round_ = HubClient(link), Round(desk.store, desk.station, link)
            before = round_.unsent()
            for cut in (False, True, False):
                scanned += 1
                assert desk.scan(f"{scanned:06}").outcome is Answered.ADMITTED
                pushed += len(round_.request().push)
                with monkeypatch.context() as broken:
                    if cut:
                        broken.setattr(http_module, "MAX_ANSWER_BYTES", 10)  # the answer does not come through
                        with pytest.raises(HubUnavailable):
                            exchange(client, round_)
                    else:
                        exchange(client, round_)
            assert round_.unsent() < before, "what was confirmed stays confirmed"
            client.close()
    with a_station(tmp_path / "away") as desk:
        rounds(desk)
        assert hub_holds(live) >= RECORDS + scanned
        assert pushed <= KILLS * 3 * 500
        other = stationed("Desk 2")
        let_in(live, other)
        rounds(other, most=80)
        assert other.scan("000001").outcome is Answered.ALREADY
        assert verify(other.store).problems == ()
