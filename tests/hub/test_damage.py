"""A hub's disk goes bad: it says so, never answers otherwise in silence, and has everything again in the end."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.incidents import IncidentKind
from kiosk.errors import DamagedFile, StorageError
from kiosk.hub.backup import back_up, restore
from kiosk.hub.database import HUB_FILE, metadata
from kiosk.hub.founding import found
from kiosk.hub.hub import Hub, open_hub
from kiosk.hub.identity import KEYS_FILE
from kiosk.hub.proof import verify
from kiosk.services.hub_link import HubLink
from kiosk.services.incidents import Incidents
from tests.builders import Desk, a_station, enrol, some_attendees
from tests.faults import DAMAGES, damage
from tests.hub.conftest import KEY, LiveHub, Serve
from tests.meeting import agree
from tests.sync.conftest import Stationed, let_in, stationed
from tests.sync.test_round import again, rounds, stop, unsent

__all__ = ["stationed"]

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]
PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def database_url() -> None:
    """PostgreSQL looks after its own files (data checksums); this is about ours."""


def content(hub: Hub) -> dict[str, list[tuple[object, ...]]]:
    """All that is in it; raises what reading raises."""
    with hub.database.snapshot() as connection:
        assert verify(connection).problems == ()
        return {
            table.name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for table in metadata.sorted_tables
        }


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """A hub's folder after a morning, closed; and all that it held."""
    folder = tmp_path_factory.mktemp("damage")
    hub = open_hub(folder / "hub", KEY)
    with a_station(folder / "desk") as desk:
        enrol(desk.store, some_attendees(400))
        for n in range(1, 200):
            desk.scan(f"{n:06}")
        found(hub, desk.station)
    held = content(hub)
    hub.close()
    return folder / "hub", held


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_said_or_harmless_and_never_silent(
    day: tuple[Path, dict[str, object]], tmp_path: Path, kind: str, seed: int
) -> None:
    folder, before = day
    data = Path(shutil.copytree(folder, tmp_path / "hub"))
    damage(data / HUB_FILE, kind, seed)
    assert told(data) in (before, "said")


def told(data: Path) -> object:
    """What the hub in this folder holds, or that it said what to do."""
    try:
        with closing(open_hub(data, KEY)) as hub:
            return content(hub)
    except StorageError as error:
        return "said" if "restore" in str(error) else str(error)


def test_keys_without_their_database_and_a_database_without_its_keys_are_refused(
    day: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    folder, _before = day
    data = Path(shutil.copytree(folder, tmp_path / "one"))
    (data / HUB_FILE).unlink()
    with pytest.raises(DamagedFile, match="missing or empty"):
        open_hub(data, KEY)
    data = Path(shutil.copytree(folder, tmp_path / "two"))
    keys = (data / KEYS_FILE).read_bytes()
    (data / KEYS_FILE).unlink()
    with pytest.raises(StorageError, match="keys are not in"):
        open_hub(data, KEY)
    assert not (data / KEYS_FILE).exists(), "no other identity is made up"
    open_hub(tmp_path / "other", KEY).close()
    shutil.copy(tmp_path / "other" / KEYS_FILE, data)
    with pytest.raises(StorageError, match="another hub"):
        open_hub(data, KEY)
    (data / KEYS_FILE).write_bytes(keys)
    open_hub(data, KEY).close()


def three_desks(live: LiveHub, stationed: Stationed) -> list[Desk]:
    desks = [stationed(f"Desk {n}") for n in (1, 2, 3)]
    for desk in desks:
        let_in(live, desk)
    enrol(desks[0].store, some_attendees(20))
    for desk in (*desks, *desks):
        rounds(desk)
    return desks


def scan_and_meet(desks: list[Desk], first: int) -> None:
    for n, desk in enumerate(desks):
        assert desk.scan(f"{first + n:06}").admitted
    for desk in (*desks, *desks):
        rounds(desk)


def test_the_drill_a_damaged_hub_a_backup_of_this_morning_and_nothing_is_lost(
    serve: Serve, stationed: Stationed, tmp_path: Path
) -> None:
    live = serve(folder=tmp_path / "hub")
    desks = three_desks(live, stationed)
    back_up(live.hub.database, live.hub.folder, live.hub.key, tmp_path / "morning", PASSPHRASE)
    scan_and_meet(desks, 1)
    stop(live)
    damage(tmp_path / "hub" / HUB_FILE, "first page", 1)
    with pytest.raises(DamagedFile, match="restore"):
        open_hub(tmp_path / "hub", KEY)
    restore(tmp_path / "new", KEY, None, tmp_path / "morning", PASSPHRASE)
    live = again(serve, tmp_path / "new", *desks)
    scan_and_meet(desks, 4)
    assert [unsent(desk) for desk in desks] == [0, 0, 0]
    assert agree(*desks)
    assert content(live.hub)["record"]
    for desk in desks:
        assert IncidentKind.HUB in {each.kind for each in Incidents(desk.store, desk.station).open()}


def test_a_write_ahead_log_that_was_cut_short_is_noticed_by_the_stations(
    serve: Serve, stationed: Stationed, tmp_path: Path
) -> None:
    """A disk that lied: the last commits are gone, and the file is as sound as before them."""
    live = serve(folder=tmp_path / "hub")
    desks = three_desks(live, stationed)
    raw = live.hub.database.engine.raw_connection()
    raw.cursor().execute("pragma wal_checkpoint(truncate)")
    raw.close()
    before = (tmp_path / "hub" / HUB_FILE).read_bytes()
    scan_and_meet(desks, 1)
    shutil.copytree(tmp_path / "hub", tmp_path / "cut")
    for file in (tmp_path / "cut").glob(f"{HUB_FILE}*"):
        file.unlink()
    (tmp_path / "cut" / HUB_FILE).write_bytes(before)
    stop(live)
    live = serve(folder=tmp_path / "cut")
    for desk in desks:
        link = HubLink.read(desk.store)
        assert link is not None
        replace(link, addresses=(f"127.0.0.1:{live.server.port}",)).write(desk.store)
    for desk in (*desks, *desks):
        rounds(desk)
    assert [unsent(desk) for desk in desks] == [0, 0, 0]
    assert agree(*desks)
    assert IncidentKind.HUB in {each.kind for each in Incidents(desks[0].store, desks[0].station).open()}
    assert content(live.hub)["record"]
