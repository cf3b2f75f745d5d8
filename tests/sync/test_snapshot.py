"""A new station fetches what the hub holds, page by page: killed, cut off or lied to, it ends with the same as by
rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kiosk.commands.join import fetch_what_the_hub_holds
from kiosk.domain.sync_state import Fetched, SyncStatus
from kiosk.domain.trust import DeviceRole
from kiosk.domain.verdicts import Outcome as Answered
from kiosk.errors import HubUnavailable
from kiosk.hub import records
from kiosk.hub import snapshot as hub_snapshot
from kiosk.services.hub_link import HubLink
from kiosk.services.verify import verify
from kiosk.storage import roster
from kiosk.storage.proof import view_against_fold
from kiosk.storage.purge import purge
from kiosk.storage.view_reader import ViewReader
from kiosk.sync.client import HubClient
from kiosk.sync.loop import exchange
from kiosk.sync.round import Round
from kiosk.sync.snapshot import Snapshot
from kiosk.wire import snapshot as wire
from kiosk.wire.snapshot import SnapshotPage
from tests.builders import NOON, Desk, a_station, enrol, some_attendees
from tests.hub.conftest import LiveHub, Serve
from tests.meeting import agree, everything, stations_of
from tests.sync.conftest import Stationed, let_in
from tests.sync.test_loop import Watched
from tests.sync.test_round import again, rounds, stop

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little stands for much: ten people to a record, ten records to a page, twelve to a batch."""
    monkeypatch.setattr(roster, "PAGE", 10)
    monkeypatch.setattr(hub_snapshot, "PAGE_BYTES", 30_000)
    monkeypatch.setattr(records, "_AT_ONCE", 3)
    monkeypatch.setitem(records.records_after.__kwdefaults__, "most", 12)


class NewStation:
    """A station that begins, and its way to the hub."""

    def __init__(self, live: LiveHub, desk: Desk, role: DeviceRole = DeviceRole.DESK) -> None:
        self.desk = desk
        self.link = let_in(live, desk, role)
        self.client, self.round = HubClient(self.link), Round(desk.store, desk.station, self.link)
        self.snapshot = Snapshot(desk.store, self.link.hub)
        self.told: list[Fetched] = []

    def begin(self) -> None:
        """The first round: who the others are, and that there is much."""
        outcome = exchange(self.client, self.round)
        assert outcome.lacks_most
        assert self.snapshot.is_wanted(lacks_most=True)

    def fetch(self, pages: int = 1_000) -> None:
        left = iter(range(pages - 1))
        self.snapshot.fetch(self.client, self.round, self.told.append, lambda: next(left, None) is not None)

    def finish(self) -> None:
        while exchange(self.client, self.round).more:
            pass


Begin = Callable[..., NewStation]


@pytest.fixture
def begins(stationed: Stationed) -> Iterator[Begin]:
    """Starts new stations with something to fetch; their connections are closed after the test."""
    with ExitStack() as closing:

        def begin(live: LiveHub, name: str, role: DeviceRole = DeviceRole.DESK) -> NewStation:
            new = NewStation(live, stationed(name), role)
            closing.callback(new.client.close)
            return new

        yield begin


@pytest.fixture
def old(live: LiveHub, stationed: Stationed) -> Desk:
    """A desk with a roster, all of it at the hub."""
    desk = stationed("Desk 1")
    let_in(live, desk)
    enrol(desk.store, some_attendees(400))
    for n in range(1, 30):
        desk.scan(f"{n:06}")
    rounds(desk)
    return desk


def people(desk: Desk) -> int:
    return roster.counts(desk.store.view.connection, "desk").people


def test_a_new_station_has_all_of_it_at_once(live: LiveHub, old: Desk, begins: Begin) -> None:
    new = begins(live, "Desk 2")
    new.begin()
    few = people(new.desk)
    new.fetch()
    assert people(new.desk) == 400 > few
    new.finish()
    assert not new.snapshot.is_wanted(lacks_most=False)
    rounds(old)
    assert agree(old, new.desk)
    assert new.desk.scan("000007").outcome is Answered.ALREADY
    shares = [fetched.share for fetched in new.told if fetched.people is None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert new.told[-1].people == 400


def test_it_goes_on_where_it_was_after_a_cut_and_after_a_kill(
    live: LiveHub, old: Desk, begins: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fetch = HubClient.fetch

    def noting(self: HubClient, path: str, read: Callable[[bytes], SnapshotPage]) -> SnapshotPage:
        asked.append(path)
        return fetch(self, path, read)

    monkeypatch.setattr(HubClient, "fetch", noting)
    with a_station(tmp_path / "new") as desk:
        new = NewStation(live, desk)
        new.begin()
        new.fetch(pages=2)
        new.client.close()
    with a_station(tmp_path / "new") as desk:  # a new process: only what is on the disk is left
        link = HubLink.read(desk.store)
        assert link is not None
        client, round_, snapshot = (
            HubClient(link),
            Round(desk.store, desk.station, link),
            Snapshot(desk.store, link.hub),
        )
        assert snapshot.is_wanted(lacks_most=False)
        snapshot.fetch(client, round_, lambda _fetched: None, lambda: True)
        while exchange(client, round_).more:
            pass
        client.close()
        rounds(old)
        assert len(set(asked)) == len(asked), "no page is asked for twice"
        assert agree(old, desk)


def test_what_is_no_place_is_no_cursor(live: LiveHub, begins: Begin) -> None:
    """Not even one of the right length, with what a database takes for the end of a text."""
    link = begins(live, "Desk 2").link
    for after in ("x", "0" * 26, "%00" * 26 + ":1", "%C3%A9" * 26 + ":1", "0" * 26 + ":-1", "0" * 26 + ":" + "9" * 20):
        told = live.ask("GET", f"/v1/snapshot?after={after}", link)
        assert (told.status, told.json["code"]) == (400, "cursor"), after


def test_pages_that_come_twice_or_in_another_order_change_nothing(live: LiveHub, old: Desk, begins: Begin) -> None:
    new = begins(live, "Desk 2")
    new.begin()
    link, after, pages = new.link, "", []
    while True:
        told = live.ask("GET", f"/v1/snapshot?after={after}", link)
        pages.append(wire.read_page(told.body))
        after = pages[-1].next
        if not after:
            break
    assert len(pages) > 3
    records_in_all = [signed.data for page in pages for signed in page.records]
    assert len(set(records_in_all)) == len(records_in_all) == pages[-1].total
    for page in (*reversed(pages), *pages):
        new.round.heard(page.records)
    new.finish()
    rounds(old)
    assert agree(old, new.desk)


def test_what_came_before_the_link_broke_is_known_at_once(
    live: LiveHub, old: Desk, begins: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = begins(live, "Desk 2")
    new.begin()
    before = people(new.desk)
    new.fetch(pages=2)
    assert people(new.desk) == before, "folded together with the rest"
    monkeypatch.setattr("kiosk.sync.http.MAX_ANSWER_BYTES", 10)
    with pytest.raises(HubUnavailable):
        new.fetch()
    assert people(new.desk) > before


def test_killed_before_it_was_folded_it_is_folded_at_the_next_start(live: LiveHub, old: Desk, tmp_path: Path) -> None:
    with a_station(tmp_path / "new") as desk:
        new = NewStation(live, desk)
        new.begin()
        before = people(desk)
        new.fetch(pages=2)
        desk.scan("nobody")  # folded at once, though it came after what is not
        assert people(desk) == before
        new.client.close()
    with a_station(tmp_path / "new") as desk:
        assert people(desk) > before
        assert list(view_against_fold(desk.store)) == []


def test_a_fold_of_what_came_never_brings_back_what_was_purged_meanwhile(
    live: LiveHub, old: Desk, begins: Begin
) -> None:
    new = begins(live, "Desk 2")
    new.begin()
    new.fetch(pages=2)
    purged: list[int] = []

    def purge_now(_people: int) -> None:
        if not purged:
            purged.append(purge(new.desk.store, NOON))

    new.desk.store.fold_the_rest(purge_now)
    assert purged[0] > 0
    assert people(new.desk) == 0


def test_readers_see_the_new_view(live: LiveHub, old: Desk, begins: Begin) -> None:
    new = begins(live, "Desk 2")
    reader = ViewReader(new.desk.store)
    new.begin()
    before = roster.counts(reader.connection(), "desk").people
    new.fetch()
    assert roster.counts(reader.connection(), "desk").people == 400 > before
    reader.close()


def test_a_scan_meanwhile_is_answered_and_sent(live: LiveHub, old: Desk, begins: Begin) -> None:
    new = begins(live, "Desk 2")
    new.begin()
    new.fetch(pages=1)
    verdict = new.desk.scan("000399")
    assert verdict.outcome in (Answered.UNKNOWN, Answered.ADMITTED)
    new.finish()
    new.fetch()
    new.finish()
    assert new.round.unsent() == 0
    rounds(old)
    assert agree(old, new.desk)


def test_what_is_taken_in_at_the_hub_meanwhile_comes_with_the_rounds(live: LiveHub, old: Desk, begins: Begin) -> None:
    new = begins(live, "Desk 2")
    new.begin()
    new.fetch(pages=1)
    enrol(old.store, some_attendees(100, first_number=5001))
    old.scan("005001")
    rounds(old)
    new.fetch()
    new.finish()
    rounds(old)
    assert agree(old, new.desk)
    assert people(new.desk) == 500


def test_a_door_gets_what_is_for_a_door(live: LiveHub, old: Desk, begins: Begin) -> None:
    with old.store.write() as journal:
        journal.append("layout", {"x": 1}, at=NOON, actor="station", values=[b"only for desks"])
    rounds(old)
    door, desk = begins(live, "Door 1", DeviceRole.DOOR), begins(live, "Desk 2")
    for new in (door, desk):
        new.begin()
        new.fetch()
        new.finish()
        assert people(new.desk) == 400
        assert verify(new.desk.store).problems == ()
    secret = [
        any(value.value == b"only for desks" for signed in everything(new.desk.store) for value in signed.values)
        for new in (door, desk)
    ]
    assert secret == [False, True]


def test_pages_are_prepared_once_for_each_role(
    live: LiveHub, old: Desk, begins: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = 0
    write = hub_snapshot.write_page

    def counting(page: SnapshotPage) -> bytes:
        nonlocal prepared
        prepared += 1
        return write(page)

    monkeypatch.setattr(hub_snapshot, "write_page", counting)
    for n in (2, 3, 4):
        new = begins(live, f"Desk {n}")
        new.begin()
        new.fetch()
    pages = [fetched.people for fetched in new.told].count(None)
    assert pages > 3
    assert prepared == pages + 2, "the last page may grow, and is made anew"


def test_a_cursor_outlives_the_hubs_start(serve: Serve, stationed: Stationed, tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    live = serve(folder=folder)
    old, desk = stationed("Desk 1"), stationed("Desk 2")
    let_in(live, old)
    enrol(old.store, some_attendees(400))
    rounds(old)
    new = NewStation(live, desk)
    new.begin()
    new.fetch(pages=2)
    new.client.close()
    stop(live)
    again(serve, folder, old, desk)
    link = HubLink.read(desk.store)
    assert link is not None
    client = HubClient(link)
    new.snapshot.fetch(client, new.round, new.told.append, lambda: True)
    client.close()
    rounds(desk)
    rounds(old)
    assert agree(old, desk)


def test_a_hub_of_yesterday_gives_everything_round_by_round(
    live: LiveHub, old: Desk, begins: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.sync.snapshot.SNAPSHOT", "/v1/nothing")
    new = begins(live, "Desk 2")
    new.begin()
    new.fetch()
    assert not new.snapshot.is_wanted(lacks_most=True)
    new.finish()
    rounds(old)
    assert agree(old, new.desk)


def test_the_loop_fetches_sends_what_is_scanned_meanwhile_and_says_how_far_it_is(
    live: LiveHub, old: Desk, stationed: Stationed
) -> None:
    desk = stationed("Desk 2")
    hub = let_in(live, desk).hub
    watched = Watched(desk)
    unsent: list[int] = []

    def scan_once(status: SyncStatus) -> None:
        if status.fetching is not None and not unsent:
            desk.scan("nobody")
        if status.fetching is not None:
            unsent.append(stations_of(desk).unsent(hub))

    watched.on_status = scan_once
    watched.loop.start()
    try:
        watched.until(lambda status: status.fetching is None and status.unsent == 0 and people(desk) == 400)
    finally:
        watched.loop.close()
    told = [status.fetching.people for status in watched.states if status.fetching is not None]
    assert told.count(None) > 3
    assert told[-1] == 400
    assert unsent[0] > 0
    assert 0 in unsent, "it does not wait for the last page"
    rounds(old)
    rounds(desk)
    assert agree(old, desk)


def test_the_shell_fetches_at_once_what_the_hub_holds_and_says_so(
    live: LiveHub, old: Desk, stationed: Stationed, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = stationed("Desk 2")
    fetch_what_the_hub_holds(desk.station, let_in(live, desk))
    told = capsys.readouterr()
    assert "Fetching the roster: 100 %" in told.out
    assert "Sorting the roster in: 400 people so far" in told.out
    assert people(desk) == 400
    stop(live)
    fetch_what_the_hub_holds(desk.station, HubLink.read(desk.store))
    assert "comes with the next `kiosk sync`" in capsys.readouterr().err
