"""The hub hears how each station is; a clock that is wrong is measured; what the organizer ordered is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk import __version__
from kiosk.domain.journal import content_of
from kiosk.domain.printers import PrinterState
from kiosk.domain.sync_state import SyncState
from kiosk.hub import records
from kiosk.hub.devices import revoke as end
from kiosk.hub.fleet import fleet
from kiosk.services.printers import Printers
from kiosk.services.vitals import with_printers
from kiosk.storage.journal import utc_now
from kiosk.sync import loop as loop_module
from tests.builders import Desk, a_station, enrol, some_attendees
from tests.hub.conftest import LiveHub
from tests.meeting import everything
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_loop import Watched, all_sent, wait_for, watch
from tests.sync.test_round import rounds

__all__ = ["watch"]

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


@pytest.fixture
def database_url() -> None:
    """What a station says of itself does not depend on the hub's database."""


def stations_at(live: LiveHub) -> dict[str, object]:
    with live.hub.database.read() as connection:
        return {station.name: station.vitals for station in fleet(connection)}


def test_the_hub_hears_how_a_station_is(live: LiveHub, stationed: Stationed, watch: Callable[[Desk], Watched]) -> None:
    one = stationed("Desk 1")
    let_in(live, one)
    enrol(one.store, some_attendees(3))
    watch(one).until(all_sent)
    wait_for(lambda: stations_at(live)["Desk 1"] is not None)
    vitals = stations_at(live)["Desk 1"]
    assert vitals.app == __version__  # type: ignore[attr-defined]
    assert vitals.unsent == 0  # type: ignore[attr-defined]
    assert vitals.roster_age_s is not None  # type: ignore[attr-defined]
    assert not vitals.purged  # type: ignore[attr-defined]
    assert abs(vitals.clock_offset_ms) < 30_000  # type: ignore[attr-defined]


@pytest.mark.parametrize("hours", [-3, 0, 2, 87_600])
def test_a_wrong_clock_is_measured_and_written_beside_what_it_says(
    live: LiveHub, stationed: Stationed, hours: int
) -> None:
    one = stationed("Desk 1")
    one.station.clock = lambda: utc_now() - timedelta(hours=hours)
    let_in(live, one)
    live.hub.clock = utc_now
    enrol(one.store, some_attendees(3))
    rounds(one)
    one.scan("000001")
    (admitted,) = [record for record in map(content_of, data_of(one)) if record["kind"] == "admit"]
    offset_ms, error_ms = admitted["clk"]
    assert abs(offset_ms - hours * 3_600_000) <= error_ms + 1_000


def data_of(desk: Desk) -> list[bytes]:
    return [signed.data for signed in everything(desk.store)]


def test_the_worst_printer_and_the_roll_that_ends_first_are_told(tmp_path: Path) -> None:
    from kiosk.domain.fleet import Vitals

    with a_station(tmp_path) as desk:
        told = with_printers(Vitals("1", 0), Printers(desk.store), desk.station)
        assert told.place == "desk"
        assert told.printer is None or isinstance(told.printer, PrinterState)


@pytest.fixture
def ordered(live: LiveHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A station whose records are all at the hub, and whose organizer has just ordered it to be wiped."""
    monkeypatch.setattr(loop_module, "BEAT_S", 0.0)
    monkeypatch.setattr(loop_module, "REFUSED_WAIT_S", 0.1)
    with a_station(tmp_path / "lost") as desk:
        desk.station.set_name("Lost")
        let_in(live, desk)
        enrol(desk.store, some_attendees(3))
        rounds(desk)
        device = desk.store.journal.device.id
        live.hub.database.write(lambda connection: end(connection, device, 1, wipe=True))
        live.hub.devices.forget()
        yield desk


def test_a_station_is_wiped_as_ordered_and_says_so(live: LiveHub, ordered: Desk, tmp_path: Path) -> None:
    watched = Watched(ordered)
    watched.loop.start()
    watched.until(lambda status: status.state is SyncState.WIPED)
    watched.loop.close()
    assert not list((tmp_path / "lost").glob("*.db"))
    with live.hub.database.read() as connection:
        assert [station.wiped is not None for station in fleet(connection)] == [True]


def test_what_a_lost_station_still_has_is_handed_over_before_it_is_wiped(live: LiveHub, ordered: Desk) -> None:
    scanned = ordered.scan("000001")
    log, seq = scanned.record.log, scanned.record.seq  # type: ignore[union-attr]
    watched = Watched(ordered)
    watched.loop.start()
    watched.until(lambda status: status.state is SyncState.WIPED)
    watched.loop.close()
    with live.hub.database.read() as connection:
        assert records.vector(connection)[log].seq >= seq


def test_nothing_is_wiped_that_is_nowhere_else(ordered: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "HANDOVER", "/v1/nowhere")
    ordered.scan("000001")
    watched = Watched(ordered)
    watched.loop.start()
    watched.until(lambda status: "waits until" in status.says)
    watched.loop.close()
    assert (tmp_path / "lost" / "journal.db").exists()
    assert ordered.scan("000002").admitted
