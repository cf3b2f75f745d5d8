"""A station among others: who is asked when, what the strip says of it, and the switch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from kiosk import relay_rooms
from kiosk.domain.peers import holds_words, met_words, nearby_words
from kiosk.domain.sync_state import SyncState, SyncStatus, sync_words
from kiosk.domain.trust import DeviceRole
from kiosk.relay_rooms import Relay
from kiosk.services.hub_link import HubLink
from kiosk.sync import finding
from kiosk.sync import loop as loop_module
from kiosk.sync.loop import SyncLoop
from kiosk.wire.board import Board
from tests.builders import NOON, Desk, enrol, some_attendees
from tests.hub.conftest import Serve, live, serve
from tests.sync.conftest import Stationed, let_in, revoke, stationed
from tests.sync.test_loop import known_at, wait_for
from tests.sync.test_round import again, rounds, stop

__all__ = ["live", "serve", "stationed"]

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]
PATIENCE_S = 60


@pytest.fixture
def database_url() -> None:
    """How stations meet without a hub does not depend on its database."""


class Post:
    """A station that runs: its loop with the hub, and what stands beside it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.said: list[SyncStatus] = []
        self._changed = threading.Condition()
        self.relay = Relay(desk.station, self._tell, "127.0.0.1", 0, lambda: Board(["127.0.0.1"]))
        self.loop = SyncLoop(desk.store, desk.station, self.relay.tell, self.relay.be_somewhere)
        self.relay.start(self.loop)
        self.loop.start()

    def _tell(self, status: SyncStatus) -> None:
        with self._changed:
            self.said.append(status)
            self._changed.notify_all()

    def until(self, wanted: Callable[[str], bool]) -> str:
        """Wait until the strip says what is wanted."""
        words = lambda: sync_words(self.said[-1], NOON)  # noqa: E731
        with self._changed:
            assert self._changed.wait_for(lambda: bool(self.said) and wanted(words()), PATIENCE_S), self.said[-3:]
            return words()

    def close(self) -> None:
        self.relay.close()
        self.loop.close()


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Desk], Post]]:
    monkeypatch.setattr(loop_module, "FIRST_WAIT_S", 0.3)
    monkeypatch.setattr(loop_module, "LONGEST_WAIT_S", 0.3)
    monkeypatch.setattr(loop_module, "REFUSED_WAIT_S", 0.3)
    monkeypatch.setattr(loop_module, "BEAT_S", 0.2)
    monkeypatch.setattr(loop_module, "IDLE_S", 0.3)
    monkeypatch.setattr(relay_rooms, "AWAY_S", 0.2)
    monkeypatch.setattr(relay_rooms, "own_addresses", lambda port: (f"127.0.0.1:{port}",))
    with ExitStack() as closing:

        def start(desk: Desk) -> Post:
            begun = Post(desk)
            closing.callback(begun.close)
            return begun

        yield start


def test_the_hub_goes_and_the_stations_go_on_with_each_other(
    serve: Serve, stationed: Stationed, post: Callable[[Desk], Post]
) -> None:
    """The hub has told where the others are. What one wrote the other brings back to the hub."""
    hub = serve()
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(hub, desk)
    enrol(one.store, some_attendees(10))
    first, second = post(one), post(two)
    wait_for(lambda: bool(nearby_addresses(first)) and bool(nearby_addresses(second)))
    wait_for(lambda: two.scan("000009").admitted)
    first.until(lambda words: words.startswith("● Online · all sent"))
    assert not first.relay.view().asking
    stop(hub)
    assert one.scan("000001").admitted
    wait_for(lambda: known_at(two, "000001"))
    words = first.until(lambda words: "also at" in words)
    assert words.startswith("○ Offline – saving here, ")
    assert words.endswith(" to send · also at Desk 2"), words
    assert first.said[-1].unsent > 0, "the hub has none of it, and the strip says so"
    view = first.relay.view()
    assert view.asking
    (state,) = view.peers
    assert (state.name, state.answers, holds_words(state)) == ("Desk 2", True, "all of this station")
    assert "tell each other" in nearby_words(view)
    assert met_words(state, one.clock()) == "0 s ago"
    first.close()  # the first one is carried away; its records are not
    back = again(serve, hub.hub.folder, two)
    second.until(lambda words: words.startswith("● Online · all sent"))
    third = stationed("Desk 3")
    let_in(back, third)
    post(third)
    wait_for(lambda: known_at(third, "000001"))


def nearby_addresses(post: Post) -> dict[str, tuple[str, ...]]:
    link = HubLink.read(post.desk.store)
    assert link is not None
    return relay_rooms.Nearby(post.desk.store, post.desk.station, link).addresses()


def test_stations_find_each_other_where_nobody_told_them_where_they_are(
    serve: Serve, stationed: Stationed, post: Callable[[Desk], Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a switch of their own, with new addresses, after a night without the hub."""
    monkeypatch.setattr(finding, "WATCH_S", 0.05)
    hub = serve()
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(hub, desk)
    enrol(one.store, some_attendees(3))
    for desk in (one, two, one):
        rounds(desk)
    stop(hub)
    assert one.scan("000001").admitted
    first, second = post(one), post(two)
    assert nearby_addresses(first) == nearby_addresses(second) == {}
    wait_for(lambda: known_at(two, "000001"))


def test_alone_in_a_hotel_s_network_it_is_said_what_helps(
    serve: Serve, stationed: Stationed, post: Callable[[Desk], Post]
) -> None:
    hub = serve()
    one, two = stationed("Desk 1"), stationed("Desk 2")
    for desk in (one, two):
        let_in(hub, desk)
    alone = post(one)
    assert nearby_words(alone.relay.view())
    alone.until(lambda words: words.startswith("● Online"))
    assert "goes through it" in nearby_words(alone.relay.view())
    stop(hub)
    wait_for(lambda: alone.relay.view().asking)
    assert "small router" in nearby_words(alone.relay.view())
    assert one.scan("nobody")
    assert "also at" not in alone.until(lambda words: words.startswith("○ Offline"))


@pytest.mark.parametrize("role", [DeviceRole.DESK, DeviceRole.KIOSK])
def test_desks_answer_by_themselves_and_the_switch_is_kept(
    serve: Serve, stationed: Stationed, post: Callable[[Desk], Post], role: DeviceRole
) -> None:
    listens = role is DeviceRole.DESK
    hub, desk = serve(), stationed("One")
    let_in(hub, desk, role)
    begun = post(desk)
    begun.until(lambda words: words.startswith("● Online"))
    wait_for(lambda: begun.relay.view().joined)
    assert begun.relay.view().listens is listens
    assert bool(begun.relay.view().address) is listens
    begun.relay.listen(not listens)
    assert begun.relay.view().listens is not listens
    begun.close()
    came_back = post(desk)
    came_back.until(lambda words: words.startswith("● Online"))
    wait_for(lambda: came_back.relay.view().joined)
    assert came_back.relay.view().listens is not listens


def test_without_a_hub_and_after_being_sent_away_nobody_is_answered(
    serve: Serve, stationed: Stationed, post: Callable[[Desk], Post]
) -> None:
    desk = stationed("One")
    begun = post(desk)
    begun.until(lambda words: words == "This station only – saved here")
    assert not begun.relay.view().joined
    hub = serve()
    let_in(hub, desk)
    begun.loop.wake()
    begun.until(lambda words: words.startswith("● Online"))
    wait_for(lambda: begun.relay.view().listens)
    HubLink.forget(desk.store)
    begun.relay.keep_up()
    assert not begun.relay.view().joined, "who has left answers nobody, at once"
    let_in(hub, desk)
    begun.relay.keep_up()
    assert begun.relay.view().listens
    revoke(hub, desk)
    begun.loop.wake()
    begun.until(lambda words: words.startswith("✕"))
    wait_for(lambda: not begun.relay.view().listens)
    assert begun.said[-1].state is SyncState.REFUSED
