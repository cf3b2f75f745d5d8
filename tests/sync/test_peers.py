"""Stations of one hub that meet without it: real stations, real TLS, sockets on the loopback."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest

from kiosk.bench.ways import NETWORKS, FaultProxy
from kiosk.domain.exchange import Signed
from kiosk.domain.incidents import IncidentKind
from kiosk.domain.peers import Peer
from kiosk.domain.trust import DeviceRole
from kiosk.domain.verdicts import Outcome
from kiosk.errors import HubRefused, HubTrouble, HubUnavailable
from kiosk.services import nearby as nearby_module
from kiosk.services.hub_link import HubLink
from kiosk.services.incidents import Incidents
from kiosk.services.nearby import Nearby
from kiosk.sync import listening, peers
from kiosk.sync.client import understood
from kiosk.sync.http import HubHttp, Patience
from kiosk.sync.listening import Listener, Reply
from kiosk.sync.loop import SYNC
from kiosk.sync.peer_round import PEER_RECEIPT_SIGNED_AS, PeerRound, answer_to
from kiosk.sync.peers import Answers, PeerLoop
from kiosk.sync.round import Round
from kiosk.sync.tls import answering_context, calling_context, device_of
from kiosk.wire.codec import encode
from kiosk.wire.rounds import RECEIPT_SIGNED_AS, Receipt, SyncAnswer, SyncRequest
from tests.builders import Desk, an_attendee, enrol, some_attendees
from tests.hub.conftest import LiveHub, Serve
from tests.meeting import agree, everything
from tests.sync.conftest import Stationed, let_in, revoke
from tests.sync.test_loop import known_at, wait_for
from tests.sync.test_plaintext import CANARIES, found_in, tapped
from tests.sync.test_round import hub_holds, rounds, unsent
from tests.sync.test_scope import SECRET, values_at, write_certificate

pytestmark = [pytest.mark.timeout(120), pytest.mark.expect_log]


@pytest.fixture
def database_url() -> None:
    """How stations meet without a hub does not depend on its database."""


@dataclass(slots=True)
class Side:
    """A station that answers others."""

    desk: Desk
    nearby: Nearby
    listener: Listener
    heard: list[bool]

    @property
    def device(self) -> str:
        return self.desk.store.journal.device.id

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.listener.port}"

    def peer(self, other: Side) -> Peer:
        """The other one, as this one has heard of it from the hub."""
        return self.nearby.peers()[other.device]

    def line_to(self, other: Side, address: str = "") -> HubHttp:
        """A connection to the other one, and to nobody else."""
        wait = Patience(2, 2)
        is_it = lambda secure: device_of(secure) == other.device  # noqa: E731
        return HubHttp(address or other.address, None, calling_context(self.nearby.link), is_it, wait)

    def meet(self, other: Side, address: str = "", round_: PeerRound | None = None) -> None:
        """Rounds that this one asks of the other, until there is no more to say."""
        round_, line = round_ or PeerRound(self.nearby, self.peer(other)), self.line_to(other, address)
        try:
            for _n in range(50):
                request = round_.request()
                answer = understood(line.ask("POST", SYNC, encode(request)), SyncAnswer)
                if not round_.answered(request, answer).more:
                    return
        finally:
            line.close()
        raise AssertionError("they do not come to an end")


Nearbies = Callable[[Desk], Side]


@pytest.fixture
def beside() -> Iterator[Nearbies]:
    """Lets a station that has joined a hub answer others."""
    with ExitStack() as closing:

        def start(desk: Desk) -> Side:
            link = HubLink.read(desk.store)
            assert link is not None
            nearby, heard = Nearby(desk.store, desk.station, link), list[bool]()
            answers = Answers(nearby, lambda: heard.append(True))
            listener = Listener(answering_context(link), answers, "127.0.0.1", 0)
            closing.callback(listener.close)
            return Side(desk, nearby, listener, heard)

        yield start


@dataclass(slots=True)
class Fleet:
    """Stations that joined a hub and have heard of each other there."""

    live: LiveHub
    sides: list[Side]


Meeting = Callable[..., Fleet]


@pytest.fixture
def fleet(live: LiveHub, stationed: Stationed, beside: Nearbies) -> Meeting:
    def gather(*roles: DeviceRole) -> Fleet:
        desks = [stationed(f"Station {n}") for n in range(1, len(roles) + 1)]
        for desk, role in zip(desks, roles, strict=True):
            let_in(live, desk, role)
        enrol(desks[0].store, some_attendees(20))
        for desk in (*desks, *desks):
            rounds(desk)
        return Fleet(live, [beside(desk) for desk in desks])

    return gather


DESK, DOOR, ORGANIZER = DeviceRole.DESK, DeviceRole.DOOR, DeviceRole.ORGANIZER


def test_what_one_desk_did_the_other_knows_though_the_hub_is_gone(fleet: Meeting) -> None:
    meeting = fleet(DESK, DESK)
    one, two = meeting.sides
    meeting.live.server.stop()
    assert one.desk.scan("000001").admitted
    assert two.desk.scan("000002").admitted
    one.meet(two)
    assert two.desk.scan("000001").outcome is Outcome.ALREADY
    assert one.desk.scan("000002").outcome is Outcome.ALREADY
    assert two.heard, "whoever answers goes on with what came"
    two.meet(one)
    assert agree(one.desk, two.desk)


def test_much_comes_in_slices_between_which_scans_are_answered(fleet: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearby_module, "SLICE", 3)
    one, two = fleet(DESK, DESK).sides
    for n in range(1, 12):
        assert one.desk.scan(f"{n:06}").admitted
    taken: list[int] = []
    receive = two.nearby.stations.receive
    monkeypatch.setattr(two.nearby.stations, "receive", lambda batch: taken.append(len(batch)) or receive(batch))
    one.meet(two)
    assert taken == [3, 3, 3, 2]
    assert agree(one.desk, two.desk)


def test_two_admissions_in_two_places_become_one_incident(fleet: Meeting) -> None:
    one, two = fleet(DESK, DESK).sides
    assert one.desk.scan("000003").admitted
    assert two.desk.scan("000003").admitted
    one.meet(two)
    for side in (one, two):
        (incident,) = Incidents(side.desk.store, side.desk.station).open()
        assert incident.kind is IncidentKind.TWICE


def test_what_one_desk_did_reaches_the_hub_through_another(fleet: Meeting) -> None:
    meeting = fleet(DESK, DESK)
    one, two = meeting.sides
    assert one.desk.scan("000001").admitted
    before, held = unsent(one.desk), hub_holds(meeting.live)
    one.meet(two)
    assert unsent(one.desk) == before > 0, "another station's word is not the hub's"
    rounds(two.desk)
    assert hub_holds(meeting.live) >= held + before
    held = hub_holds(meeting.live)
    rounds(one.desk)
    assert unsent(one.desk) == 0, "it was there already, and now the hub says so"
    assert hub_holds(meeting.live) == held


def rounds_of(desk: Desk) -> Round:
    link = HubLink.read(desk.store)
    assert link is not None
    return Round(desk.store, desk.station, link)


def test_a_station_that_was_sent_away_is_refused_by_who_knows_and_asks_in_vain(fleet: Meeting) -> None:
    meeting = fleet(DESK, DESK)
    one, two = meeting.sides
    as_it_was = two.peer(one)
    revoke(meeting.live, one.desk)
    rounds(two.desk)
    assert one.device not in two.nearby.peers()
    assert one.desk.scan("000001").admitted
    with pytest.raises(HubRefused, match="not heard"):
        one.meet(two)
    assert not known_at(two.desk, "000001")
    loop = PeerLoop(two.nearby, lambda: True, lambda: None, lambda: None)
    two.nearby.may_be_at(one.device, [one.address])
    assert loop.states() == [], "nor is it asked"
    with pytest.raises(HubUnavailable):
        two.meet(one, round_=PeerRound(two.nearby, replace(as_it_was, key="00" * 32)))


def test_a_station_of_another_conference_gets_no_further_than_the_handshake(
    serve: Serve, fleet: Meeting, stationed: Stationed, beside: Nearbies
) -> None:
    meeting = fleet(DESK, DESK)
    one, _two = meeting.sides
    stranger = stationed("Stranger")
    other = serve(folder=one.desk.store.folder.parent / "other hub")
    let_in(other, stranger)
    foreign = beside(stranger)
    with pytest.raises((HubUnavailable, OSError)):
        foreign.line_to(one).ask("POST", SYNC, b"secret")
    with pytest.raises(HubUnavailable, match="not this hub"):
        one.line_to(foreign).ask("POST", SYNC, b"secret")
    assert not one.heard
    assert not foreign.heard


def test_whoever_only_poses_as_a_station_gets_not_one_byte(fleet: Meeting) -> None:
    """The hub's own certificate is of the right authority, and no station's."""
    meeting = fleet(DESK, DESK)
    one, two = meeting.sides
    got: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def pose() -> None:
        with suppress(OSError):
            plain, _address = listener.accept()
            with meeting.live.hub.identity.server_context().wrap_socket(plain, server_side=True) as line:
                got.append(line.recv(65536))

    thread = threading.Thread(target=pose, daemon=True)
    thread.start()
    with pytest.raises(HubUnavailable):
        one.meet(two, f"127.0.0.1:{listener.getsockname()[1]}")
    thread.join()
    listener.close()
    assert got in ([], [b""])


def test_who_shows_no_certificate_is_not_heard(fleet: Meeting) -> None:
    one, _two = fleet(DESK, DESK).sides
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = context.wrap_socket(socket.create_connection(("127.0.0.1", one.listener.port), 5))
    with line, suppress(ConnectionError, ssl.SSLError):
        line.sendall(b"POST /v1/sync HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}")
        assert line.recv(1000) == b""


def test_a_door_gets_from_a_desk_what_is_for_doors_and_passes_on_no_less_than_whole(fleet: Meeting) -> None:
    meeting = fleet(ORGANIZER, DOOR, DESK, ORGANIZER)
    office, door, desk, second = meeting.sides
    write_certificate(office.desk)
    enrol(office.desk.store, some_attendees(1, first_number=50))
    office.meet(door)
    assert SECRET not in values_at(door.desk)
    assert door.desk.scan("000050").admitted, "whom it may let in, it knows"
    for signed in door.nearby.batch_for(door.peer(second), second.nearby.stations.vector()):
        assert all(value.value for value in signed.values)
    door.meet(second)
    assert SECRET not in values_at(second.desk)
    assert not known_at(second.desk, "000050"), "a log goes no further than it is whole"
    office.meet(second)
    assert SECRET in values_at(second.desk), "and comes from whoever holds it whole"
    door.meet(second)
    assert known_at(second.desk, "000050")
    second.meet(desk)
    assert SECRET not in values_at(desk.desk)
    assert known_at(desk.desk, "000050")


def test_who_hands_on_less_than_it_should_is_not_believed(fleet: Meeting) -> None:
    """A record that came without its value would never be fetched again."""
    meeting = fleet(ORGANIZER, ORGANIZER)
    one, two = meeting.sides
    write_certificate(one.desk)
    bare = [replace(s, values=tuple(replace(v, salt=None, value=None) for v in s.values)) for s in after(one, two)]
    two.nearby.take_in(two.peer(one), bare)
    one.meet(two)
    assert SECRET in values_at(two.desk)


def after(one: Side, two: Side) -> list[Signed]:
    """What the second one lacks of the first one's."""
    return one.nearby.stations.batch_after(two.nearby.stations.vector())


def test_what_a_door_must_not_write_goes_no_further_by_any_way(fleet: Meeting) -> None:
    meeting = fleet(DESK, DOOR, DESK)
    desk, door, other = meeting.sides
    assert door.desk.scan("000001").admitted
    enrol(door.desk.store, some_attendees(1, first_number=90))  # a roster, from a door
    assert door.desk.scan("000002").admitted
    door.meet(desk)
    assert known_at(desk.desk, "000001")
    assert not desk.desk.scan("000090").admitted
    assert not known_at(desk.desk, "000002")
    late = after(door, desk)[1:]
    desk.nearby.take_in(desk.peer(other), late)  # by another's hand, before what it follows
    desk.meet(door)
    desk.nearby.stations.release()
    assert not desk.desk.scan("000090").admitted


def test_a_station_that_lies_about_what_it_holds_changes_nothing(fleet: Meeting) -> None:
    meeting = fleet(DESK, DESK)
    one, two = meeting.sides
    assert one.desk.scan("000001").admitted
    before = unsent(one.desk)
    link, key = one.nearby.link, two.desk.store.journal.device.key
    round_, line = PeerRound(one.nearby, one.peer(two)), one.line_to(two)
    request = round_.request()
    answer = understood(line.ask("POST", SYNC, encode(request)), SyncAnswer)
    line.close()
    mine = one.nearby.stations.vector()
    lie = encode(Receipt(two.device, answer.boot, one.device, mine))
    as_the_hub = encode(Receipt(link.hub, answer.boot, one.device, mine))
    said = replace(answer.receipt, content=lie, signature=key.sign(PEER_RECEIPT_SIGNED_AS + lie))
    round_.answered(request, told(answer, receipt=said, vector=mine))
    assert unsent(one.desk) == before, "the hub has said nothing"
    lies = ((lie, RECEIPT_SIGNED_AS), (as_the_hub, PEER_RECEIPT_SIGNED_AS), (as_the_hub, RECEIPT_SIGNED_AS))
    for content, words in lies:
        forged = replace(answer.receipt, content=content, signature=key.sign(words + content))
        with pytest.raises(HubUnavailable):
            round_.answered(request, told(answer, receipt=forged))
        with pytest.raises((HubUnavailable, HubRefused)):
            rounds_of(one.desk).answered(request, told(answer, receipt=forged))
    rounds(one.desk)
    assert unsent(one.desk) == 0
    rounds(two.desk)
    assert known_at(two.desk, "000001"), "it reached the hub, which is what counts"


def told(answer: SyncAnswer, **changed: object) -> SyncAnswer:
    """The answer, changed on the way."""
    fields = {name: getattr(answer, name) for name in answer.__struct_fields__}
    return SyncAnswer(**{**fields, **changed})


def test_a_lost_answer_and_a_repeated_question_change_nothing(fleet: Meeting) -> None:
    one, two = fleet(DESK, DESK).sides
    assert one.desk.scan("000001").admitted
    one.meet(two)
    assert one.desk.scan("000002").admitted
    round_ = PeerRound(one.nearby, one.peer(two))
    request = SyncRequest(1, "0" * 16, {}, after(one, two))
    line = one.line_to(two)
    for _n in range(3):
        line.ask("POST", SYNC, encode(request))
    line.close()
    held = len(everything(two.desk.store))
    one.meet(two, round_=round_)
    assert len(everything(two.desk.store)) == held
    assert agree(one.desk, two.desk)


@pytest.mark.parametrize("name", ["portal 200", "portal 302", "portal 511", "hanging", "cut in the answer", "flapping"])
def test_networks_between_two_stations_lose_nothing(fleet: Meeting, name: str) -> None:
    one, two = fleet(DESK, DESK).sides
    assert one.desk.scan("000001").admitted
    proxy = FaultProxy(two.listener.port)
    try:
        proxy.turn(NETWORKS[name])
        with suppress(HubTrouble):
            one.meet(two, proxy.address)
        proxy.turn(NETWORKS["up"])
        one.meet(two, proxy.address)
    finally:
        proxy.close()
    assert known_at(two.desk, "000001")
    assert agree(one.desk, two.desk)


def test_nobody_who_listens_between_two_stations_reads_who_is_coming(fleet: Meeting) -> None:
    one, two = fleet(DESK, DESK).sides
    enrol(one.desk.store, an_attendee(CANARIES[0], CANARIES[1], code="000070", email=CANARIES[2], agency=CANARIES[3]))
    with tapped(two.listener.port) as (port, heard):
        one.meet(two, f"127.0.0.1:{port}")
        assert two.desk.scan("000070").admitted
        one.meet(two, f"127.0.0.1:{port}")
    wire = b"".join(heard)
    assert len(wire) > 3_000
    assert found_in(wire) == []
    assert not any(text.encode() in wire.lower() for text in (one.device.lower(), "checkin.internal", "station"))


# Who answers, and for how long


def test_who_says_nothing_or_too_much_is_hung_up_on_and_others_are_heard(
    fleet: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = fleet(DESK, DESK).sides
    monkeypatch.setattr(listening, "HANDSHAKE_S", 1.0)
    monkeypatch.setattr(listening, "QUESTION_S", 100.0)
    silent = [socket.create_connection(("127.0.0.1", two.listener.port), 5) for _n in range(40)]
    wait_for(lambda: len(two.listener._now()) == listening.MOST_FROM_ONE)
    assert one.desk.scan("000001").admitted
    wait_for(lambda: met(one, two))  # at first the line is full
    assert two.desk.scan("000002").admitted, "and a scan never waits for them"
    for line in silent:
        line.settimeout(20)
        with suppress(ConnectionError):
            assert line.recv(1) == b"", "nobody is left hanging"
        line.close()


def test_there_is_an_end_to_callers_whoever_they_are(fleet: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MOST_FROM_ONE", 100)
    monkeypatch.setattr(listening, "MOST_CALLERS", 3)
    monkeypatch.setattr(listening, "HANDSHAKE_S", 100.0)  # nobody's time is over
    one, _two = fleet(DESK, DESK).sides
    seen: list[int] = []
    with ExitStack() as lines:
        for _n in range(6):  # three, and three who wait in the system's queue
            lines.enter_context(socket.create_connection(("127.0.0.1", one.listener.port), 5))
        wait_for(lambda: len(one.listener._now()) >= 3)
        wait_for(lambda: seen.append(len(one.listener._now())) or len(seen) == 10)  # type: ignore[func-returns-value]
    assert seen == [3] * 10


def met(one: Side, two: Side) -> bool:
    with suppress(HubTrouble):
        one.meet(two)
        return True
    return False


def test_a_question_that_trickles_in_is_given_up(fleet: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = fleet(DESK, DESK).sides
    monkeypatch.setattr(listening, "QUESTION_S", 1.0)
    plain = socket.create_connection(("127.0.0.1", two.listener.port), 20)
    with calling_context(one.nearby.link).wrap_socket(plain) as line:
        line.sendall(b"POST /v1/sync HTTP/1.1\r\ncontent-length: 100000\r\n\r\n")
        with pytest.raises(OSError, match=r"."):
            trickle(line)
    one.meet(two)


def trickle(line: ssl.SSLSocket) -> None:
    """Byte by byte, so that something always comes; for ten seconds, ten times as long as there is."""
    pause = threading.Event()
    for _n in range(500):
        line.sendall(b"{")
        pause.wait(0.02)


NO_QUESTIONS = {
    b"POST /v1/sync HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n": 413,
    b"POST /v1/sync HTTP/1.1\r\ncontent-length: 00000000000099999999999\r\n\r\n": 413,
    b"POST /v1/sync HTTP/1.1\r\ncontent-length: nine\r\n\r\n": 413,
    b"POST /v1/sync HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}": 400,
    b"POST /v1/claim HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}": 404,
    b"GET /v1/sync HTTP/1.1\r\n\r\n": 501,
    b"\x00\xff nonsense\r\n\r\n": 400,
}


def test_whatever_else_a_station_is_asked_it_says_no(fleet: Meeting) -> None:
    one, two = fleet(DESK, DESK).sides
    context = calling_context(one.nearby.link)
    for said, status in NO_QUESTIONS.items():
        plain = socket.create_connection(("127.0.0.1", two.listener.port), 20)
        with context.wrap_socket(plain) as line:
            line.sendall(said)
            assert f" {status} ".encode() in line.recv(1000)[:20]


def test_of_two_rounds_at_once_one_is_asked_to_come_again(fleet: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = fleet(DESK, DESK).sides
    inside, go_on = threading.Event(), threading.Event()

    def slowly(*said: Any) -> Any:
        inside.set()
        go_on.wait(20)
        return answer_to(*said)

    monkeypatch.setattr(peers, "_BUSY_S", 0.01)
    monkeypatch.setattr(peers, "answer_to", slowly)
    answers = Answers(two.nearby, lambda: None)
    request = encode(PeerRound(one.nearby, one.peer(two)).request())
    replies: list[Reply] = []
    first = threading.Thread(target=lambda: replies.append(answers(one.device, SYNC, request)))
    first.start()
    assert inside.wait(20)
    second = answers(one.device, SYNC, request)
    go_on.set()
    first.join()
    assert (second.status, second.retry_after_s, replies[0].status) == (503, 1, 200)
