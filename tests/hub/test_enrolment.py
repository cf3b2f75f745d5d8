"""Joining a hub over real TLS: who is let in, who is not, and what a stranger in between gets to see."""

from __future__ import annotations

import json
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from kiosk.commands.main import main
from kiosk.domain.invitations import Code, Invitation
from kiosk.domain.trust import DeviceRole, fingerprint
from kiosk.errors import BadInput, HubRefused, HubTrouble
from kiosk.hub import failures
from kiosk.hub.console import Console
from kiosk.hub.hub import open_hub
from kiosk.hub.identity import load_identity
from kiosk.hub_rooms import HubRooms
from kiosk.services.hub_link import HubLink
from kiosk.storage.journal import utc_now
from kiosk.storage.store import Store, open_store
from kiosk.sync.http import HubHttp
from kiosk.sync.join import Joining
from kiosk.sync.tls import show_certificate, station_context
from tests.builders import a_station
from tests.hub.conftest import KEY, LiveHub, Serve

WRONG = Code("0000", "0" * 16)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "station", KEY)
    yield opened
    opened.close()


def invited(live: LiveHub, role: DeviceRole = DeviceRole.DESK, name: str = "Desk 2") -> Invitation:
    invitation = Console(live.hub).invite(role, name)
    return replace(invitation, addresses=(f"127.0.0.1:{live.server.port}",))


@contextmanager
def joining(store: Store, invitation: Invitation) -> Iterator[Joining]:
    attempt = Joining(store, "Laptop", invitation)
    try:
        yield attempt
    finally:
        attempt.close()


def refusal(store: Store, invitation: Invitation) -> HubTrouble:
    with joining(store, invitation) as attempt, pytest.raises(HubTrouble) as caught:
        attempt.ask()
    return caught.value


def code_of(error: HubTrouble) -> str:
    assert isinstance(error, HubRefused)
    return error.code


def test_a_station_joins_when_a_person_has_compared_the_digits(live: LiveHub, store: Store) -> None:
    console = Console(live.hub)
    with joining(store, invited(live)) as attempt:
        pending = attempt.ask()
        assert attempt.decided() is None
        [waiting] = console.waiting()
        assert (waiting.digits, waiting.name, waiting.role) == (pending.digits, "Desk 2", DeviceRole.DESK)
        console.approve(pending.digits)
        link = attempt.wait(lambda _seconds: False)
    assert link is not None
    assert link == HubLink.read(store)
    assert link.hub_key == live.hub.identity.device.public
    known = live.hub.devices.with_certificate(ssl_fingerprint(link))
    assert known is not None
    assert (known.id, known.sign_key) == (store.journal.device.id, store.journal.device.public)
    assert console.waiting() == []


def ssl_fingerprint(link: HubLink) -> str:
    return fingerprint(bytes.fromhex(link.certificate))


def test_a_station_that_is_refused_is_told_so(live: LiveHub, store: Store) -> None:
    console = Console(live.hub)
    with joining(store, invited(live)) as attempt:
        attempt.ask()
        [waiting] = console.waiting()
        console.refuse(waiting.request)
        with pytest.raises(HubRefused, match="did not let this station in"):
            attempt.decided()
    assert HubLink.read(store) is None


def test_each_kind_of_bad_code_has_its_own_words(live: LiveHub, store: Store) -> None:
    good = invited(live)
    unknown = refusal(store, replace(good, code=WRONG))
    mistyped = refusal(store, replace(good, code=Code(good.code.name, "0" * 16)))
    no_hub = refusal(store, replace(good, addresses=("127.0.0.1:9",)))
    with joining(store, good) as attempt:
        attempt.ask()
    used = refusal(store, good)
    live.hub.clock = lambda: utc_now() - timedelta(minutes=11)
    old = invited(live)
    live.hub.clock = utc_now
    expired = refusal(store, old)
    assert [code_of(e) for e in (unknown, used, expired)] == ["no_invitation", "used", "expired"]
    assert len({str(e) for e in (unknown, mistyped, no_hub, used, expired)}) == 5


def test_a_clock_set_back_gives_an_invitation_no_longer_life(live: LiveHub, store: Store) -> None:
    invitation = invited(live)
    live.hub.clock = lambda: utc_now() - timedelta(hours=1)
    assert code_of(refusal(store, invitation)) == "expired"


def test_nobody_is_approved_after_five_minutes_or_with_other_digits(live: LiveHub, store: Store) -> None:
    console = Console(live.hub)
    with joining(store, invited(live)) as attempt:
        pending = attempt.ask()
        other = f"{(int(pending.digits.replace(' ', '')) + 1) % 1_000_000:06}"
        with pytest.raises(BadInput, match="No station waits with these digits"):
            console.approve(other)
        live.hub.clock = lambda: utc_now() + timedelta(minutes=6)
        with pytest.raises(BadInput):
            console.approve(pending.digits)
        with pytest.raises(HubRefused, match="five minutes"):
            attempt.decided()


def test_another_version_is_said(live: LiveHub, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.sync.join.PROTOCOL", 2)
    assert code_of(refusal(store, invited(live))) == "version"


def test_five_wrong_proofs_burn_an_invitation_whatever_restarts(serve: Serve, store: Store, tmp_path: Path) -> None:
    live = serve()
    invitation = invited(live)
    body = enrol_body(live, store, invitation)
    wrong = {**body, "proof": "00" * 32}
    for _ in range(3):
        assert live.ask("POST", "/v1/enrol", None, wrong).json["code"] == "wrong_code"
    live.server.stop()
    live.hub.close()
    live = serve()
    for _ in range(2):
        assert live.ask("POST", "/v1/enrol", None, wrong).json["code"] == "wrong_code"
    told = live.ask("POST", "/v1/enrol", None, body)
    assert (told.status, told.json["code"]) == (410, "burned")


def enrol_body(live: LiveHub, store: Store, invitation: Invitation) -> dict[str, object]:
    """What a station would send, without sending it."""
    sent: list[bytes] = []

    def listen(_http: HubHttp, _method: str, path: str, body: bytes | None = None) -> object:
        assert body is not None
        sent.append(body)
        raise HubTrouble(path)

    with pytest.MonkeyPatch.context() as patch, joining(store, invitation) as attempt, suppress(HubTrouble):
        real = HubHttp.ask
        patch.setattr(
            HubHttp, "ask", lambda http, m, p, b=None: real(http, m, p) if b is None else listen(http, m, p, b)
        )
        attempt.ask()
    body: dict[str, object] = json.loads(sent[0])
    return body


@pytest.mark.parametrize("name", ["device", "name", "sign_key", "tls_key", "nonce", "proof", "signature"])
def test_a_request_that_is_altered_lets_nobody_in(live: LiveHub, store: Store, name: str) -> None:
    body = enrol_body(live, store, invited(live))
    value = str(body[name])
    for altered in (value[:-1] + ("1" if value[-1] != "1" else "2"), value[::-1]):
        if altered != value:
            assert live.ask("POST", "/v1/enrol", None, {**body, name: altered}).status in (400, 403)
    assert Console(live.hub).waiting() == []
    assert live.ask("POST", "/v1/enrol", None, body).status == 200


def test_a_request_that_is_replayed_lets_nobody_in(live: LiveHub, store: Store) -> None:
    """Not before it is approved, not after, and not with another invitation's name on it."""
    body = enrol_body(live, store, invited(live))
    assert live.ask("POST", "/v1/enrol", None, body).status == 200
    assert live.ask("POST", "/v1/enrol", None, body).json["code"] == "used"
    [waiting] = Console(live.hub).waiting()
    Console(live.hub).approve(waiting.digits)
    assert live.ask("POST", "/v1/enrol", None, body).json["code"] == "used"
    another = {**body, "invitation": invited(live).code.name}
    assert live.ask("POST", "/v1/enrol", None, another).json["code"] == "wrong_code"
    assert Console(live.hub).waiting() == []


def test_no_guess_at_a_proof_lets_anybody_in(live: LiveHub, store: Store) -> None:
    """Of a hundred thousand guesses the hub looks at a few: the rest is turned away unseen, and the code is burned."""
    body = enrol_body(live, store, invited(live))
    codes = [
        live.ask("POST", "/v1/enrol", None, {**body, "proof": secrets.token_hex(32)}).json["code"] for _try in range(40)
    ]
    assert codes[:5] == ["wrong_code"] * 5
    assert set(codes[5:]) <= {"burned", "too_often"}
    assert "too_often" in codes
    live.hub.failures = failures.Failures()
    assert live.ask("POST", "/v1/enrol", None, body).json["code"] == "burned"
    assert Console(live.hub).waiting() == []


def test_of_two_who_use_one_code_at_once_one_wins(live: LiveHub, store: Store, tmp_path: Path) -> None:
    invitation = invited(live)
    bodies = [enrol_body(live, store, invitation) for _ in range(4)]
    barrier, statuses = threading.Barrier(4), []

    def use(body: dict[str, object]) -> None:
        barrier.wait()
        statuses.append(live.ask("POST", "/v1/enrol", None, body).status)

    threads = [threading.Thread(target=use, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 410, 410, 410]


def test_guessing_is_slow(live: LiveHub) -> None:
    statuses = [
        live.ask("GET", f"/v1/invitations/{n:04}?nonce={'ab' * 16}").status
        for n in range(failures.FAILURES_PER_MINUTE + 2)
    ]
    assert statuses == [404] * failures.FAILURES_PER_MINUTE + [429] * 2


def test_somebody_else_s_device_cannot_be_enrolled_with_another_key(
    live: LiveHub, store: Store, tmp_path: Path
) -> None:
    with joining(store, invited(live)) as attempt:
        Console(live.hub).approve(attempt.ask().digits)
    other = open_store(tmp_path / "other", KEY)
    other.journal.device = replace(other.journal.device, id=store.journal.device.id)
    try:
        assert code_of(refusal(other, invited(live))) == "bad_key"
    finally:
        other.close()


def test_a_revoked_station_is_not_heard_even_if_another_process_revoked_it(live: LiveHub, store: Store) -> None:
    with joining(store, invited(live)) as attempt:
        Console(live.hub).approve(attempt.ask().digits)
        link = attempt.wait(lambda _seconds: False)
    assert link is not None
    assert live.hub.devices.with_certificate(ssl_fingerprint(link)) is not None
    other_process = open_hub(live.hub.folder, KEY, live.url)
    heard = threading.Event()
    live.hub.feed.call("devices", heard.set)
    Console(other_process).revoke("Desk 2")
    other_process.close()
    assert heard.wait(10)
    known = live.hub.devices.with_certificate(ssl_fingerprint(link))
    assert known is not None
    assert known.state == "revoked"
    with pytest.raises(BadInput, match="revoked already"):
        Console(live.hub).revoke("Desk 2")


def test_a_station_let_in_by_another_process_is_known_at_once(live: LiveHub, store: Store) -> None:
    with joining(store, invited(live)) as attempt:
        digits = attempt.ask().digits
        live.hub.devices.all()  # as of now, and not looked at again for seconds
        other_process = open_hub(live.hub.folder, KEY, live.url)
        Console(other_process).approve(digits)
        other_process.close()
        link = attempt.wait(lambda _seconds: False)
    assert link is not None
    assert live.hub.devices.with_certificate(ssl_fingerprint(link)) is not None


# A stranger in between


@dataclass
class FakeHub:
    """Speaks TLS with a certificate of its own, and remembers every byte it was sent."""

    answer: Callable[[bytes], bytes]
    identity_folder: Path
    heard: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._context = load_identity(self.identity_folder, KEY).server_context()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _address = self._socket.accept()
            except OSError:
                return
            with suppress(OSError), plain, self._context.wrap_socket(plain, server_side=True) as connection:
                heard = connection.recv(100_000)
                self.heard.append(heard)
                answer = self.answer(heard)
                connection.sendall(answer)
                if not answer.endswith(b"}"):
                    connection.unwrap()  # nothing more will come: whoever waits for the rest need not wait long
                while more := connection.recv(100_000):
                    self.heard.append(more)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


def http(status: str, body: bytes, *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers])
    return head.encode() + b"\r\n\r\n" + body


PORTAL = b"<html>Welcome to the Hyatt</html>"


@pytest.mark.parametrize("trick", ["lie", "relay", "portal", "redirect", "login", "garbage", "cut", "silence"])
def test_a_fake_hub_gets_one_question_and_not_one_byte_of_a_body(
    live: LiveHub, store: Store, tmp_path: Path, trick: str
) -> None:
    invitation = replace(invited(live), fingerprint="")  # typed: all there is to go by is the code

    def answer(heard: bytes) -> bytes:
        path = heard.split(b" ")[1].decode()
        honest = live.ask("GET", path).body
        other = load_identity(tmp_path / "fake", KEY)
        lie = {**json.loads(honest), "ca": other.ca_pem, "hub": other.id}
        return {
            "lie": http("200 OK", json.dumps(lie).encode()),
            "relay": http("200 OK", honest),
            "portal": http("200 OK", PORTAL),
            "login": http("511 Network Authentication Required", PORTAL),
            "redirect": http("302 Found", b"", f"location: https://127.0.0.1:{live.server.port}{path}"),
            "garbage": b"\x00\xff" * 50,
            "cut": http("200 OK", honest)[:-20],
            "silence": b"",
        }[trick]

    (tmp_path / "fake").mkdir()
    fake = FakeHub(answer, tmp_path / "fake")
    try:
        error = refusal(store, replace(invitation, addresses=(f"127.0.0.1:{fake.port}",)))
    finally:
        fake.close()
    question = f"GET /v1/invitations/{invitation.code.name}?nonce=".encode()
    assert fake.heard
    assert all(heard.startswith(question) and heard.endswith(b"\r\n\r\n") for heard in fake.heard)
    assert invitation.code.secret.encode() not in b"".join(fake.heard)
    assert Console(live.hub).waiting() == []
    assert str(error)


def test_in_the_shell_and_in_the_window_too_a_fake_hub_gets_one_question(
    live: LiveHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    invitation = invited(live)
    (tmp_path / "fake").mkdir()
    fake = FakeHub(lambda _heard: http("200 OK", PORTAL), tmp_path / "fake")
    address = f"127.0.0.1:{fake.port}"
    monkeypatch.setenv("KIOSK_PASSPHRASE", "a passphrase for tests")
    try:
        assert main(["--data", str(tmp_path / "shell"), "join", address, "--code", str(invitation.code)]) == 1
        with a_station(tmp_path / "window") as desk:
            rooms = HubRooms(desk.station, KEY)
            with pytest.raises(HubTrouble):
                rooms.room().ask(replace(invitation, addresses=(address,)))
            rooms.close()
    finally:
        fake.close()
    assert "login page" in capsys.readouterr().err
    question = f"GET /v1/invitations/{invitation.code.name}?nonce=".encode()
    assert len(fake.heard) >= 2
    assert all(heard.startswith(question) and heard.endswith(b"\r\n\r\n") for heard in fake.heard)
    assert b"Desk 1" not in b"".join(fake.heard)
    assert Console(live.hub).waiting() == []


def test_a_station_s_own_connection_says_nothing_to_a_fake_hub(live: LiveHub, tmp_path: Path) -> None:
    link = live.enrol(DeviceRole.DESK)
    (tmp_path / "fake").mkdir()
    fake = FakeHub(lambda _heard: http("200 OK", b"{}"), tmp_path / "fake")
    asking = HubHttp(f"127.0.0.1:{fake.port}", link.server_name, station_context(link))
    try:
        with pytest.raises(HubTrouble, match="is not this hub"):
            asking.ask("POST", "/v1/sync", b"Maria Lopez")
    finally:
        asking.close()
        fake.close()
    assert fake.heard == []


def test_an_accepted_station_cannot_pose_as_the_hub(live: LiveHub) -> None:
    """Its certificate comes from the same authority, but bears its own name."""
    thief, victim = live.enrol(DeviceRole.DOOR), live.enrol(DeviceRole.DESK)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    show_certificate(context, thief)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with suppress(OSError), listening.accept()[0] as plain, context.wrap_socket(plain, server_side=True):
                pass

        thread = threading.Thread(target=accept)
        thread.start()
        asking = HubHttp(f"127.0.0.1:{listening.getsockname()[1]}", victim.server_name, station_context(victim))
        with pytest.raises(HubTrouble, match="is not this hub"):
            asking.ask("POST", "/v1/sync", b"x")
        asking.close()
        thread.join()


def test_clocks_years_off_do_not_lock_a_station_out(live: LiveHub, store: Store) -> None:
    link = live.enrol(DeviceRole.DESK)
    certificates = [
        live.hub.identity.authority.certificate,
        live.hub.identity.authority.server,
        x509.load_der_x509_certificate(bytes.fromhex(link.certificate)),
    ]
    for certificate in certificates:
        assert certificate.not_valid_before_utc < datetime.fromisoformat("2001-01-01T00:00:00Z")
        assert certificate.not_valid_after_utc > datetime.fromisoformat("2049-01-01T00:00:00Z")
