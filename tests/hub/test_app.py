"""The gate every request passes, over real TLS on loopback."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from kiosk.domain.trust import DeviceRole
from kiosk.errors import NotSaved, StorageError
from kiosk.hub.identity import load_identity, load_key
from kiosk.hub.routes import ANYONE, DEVICES, STATIONS, Call, Raw, Route, Stream
from kiosk.hub.server import HubServer
from kiosk.hub.table import ROUTES
from kiosk.sync.tls import pinned_context
from tests.hub.conftest import KEY, LiveHub, Serve


@pytest.fixture
def database_url() -> None:
    """What passes the gate does not depend on the database."""


class Note(msgspec.Struct, frozen=True):
    text: str


async def _echo(call: Call) -> Note:
    assert isinstance(call.body, Note)
    return Note(call.body.text + call.device.role)


ECHO = Route("POST", "/v1/echo", "Says it again", _echo, STATIONS, takes=Note, gives=Note, max_bytes=100)


def test_hello_is_for_anyone_and_names_nobody(live: LiveHub) -> None:
    told = live.ask("GET", "/v1/hello")
    assert told.status == 200
    assert told.json["hub"] == live.hub.identity.id
    assert set(told.json) == {"protocol", "app", "hub", "boot", "time_ms"}
    assert told.headers["content-security-policy"].startswith("default-src 'none'")
    assert told.headers["cache-control"] == "no-store"
    assert "server" not in told.headers


def test_who_calls_is_known_by_the_certificate(serve: Serve) -> None:
    live = serve(ECHO)
    assert live.ask("POST", "/v1/echo", live.enrol(DeviceRole.DESK), {"text": "x"}).json == {"text": "xdesk"}
    told = live.ask("POST", "/v1/echo", live.enrol(DeviceRole.DASHBOARD), {"text": "x"})
    assert (told.status, told.json["code"]) == (403, "role")
    told = live.ask("POST", "/v1/echo", None, {"text": "x"})
    assert (told.status, told.json["code"]) == (401, "unknown_device")


@pytest.mark.parametrize("body", [b"{", b'{"text": 1}', b"[]", b"\xff\xfe", b'{"text": "\xff"}', b"[" * 99, b""])
def test_what_is_not_understood_is_refused_in_words(serve: Serve, body: bytes) -> None:
    live = serve(ECHO)
    told = live.ask("POST", "/v1/echo", live.enrol(DeviceRole.DESK), body)
    assert (told.status, told.json["code"]) == (400, "not_understood")
    assert "�" not in told.json["text"]


def test_a_long_body_is_refused_before_it_is_read(serve: Serve) -> None:
    live = serve(ECHO)
    link = live.enrol(DeviceRole.DESK)
    with live.connect(link) as connection:
        connection.sendall(b"POST /v1/echo HTTP/1.1\r\nhost: hub\r\ncontent-length: 101\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 413"
    with live.connect(link) as connection:
        head = b"POST /v1/echo HTTP/1.1\r\nhost: hub\r\ntransfer-encoding: chunked\r\n\r\n"
        connection.sendall(head + b"65\r\n" + b"x" * 101 + b"\r\n")
        assert connection.recv(12) == b"HTTP/1.1 413"
    assert live.ask("GET", "/v1/hello", None, b"a body where none is wanted").status == 413


@pytest.mark.parametrize(
    "method, path, status",
    [("GET", "/v1", 404), ("GET", "/v1/hello/", 404), ("POST", "/v1/hello", 405), ("GET", "/../etc/passwd", 404)],
)
def test_what_is_not_there_is_refused_in_words_and_never_redirected(
    live: LiveHub, method: str, path: str, status: int
) -> None:
    told = live.ask(method, path)
    assert told.status == status
    assert set(told.json) == {"code", "text"}


@pytest.mark.expect_log
def test_a_bug_is_one_sentence_and_the_hub_goes_on(serve: Serve) -> None:
    async def fails(_call: Call) -> Raw:
        raise RuntimeError("Maria Lopez")

    async def disk_full(_call: Call) -> Raw:
        raise NotSaved("The disk is full.")

    live = serve(Route("GET", "/bug", "", fails, ANYONE), Route("GET", "/full", "", disk_full, ANYONE))
    told = live.ask("GET", "/bug")
    assert told.status == 500
    assert b"Lopez" not in told.body
    told = live.ask("GET", "/full")
    assert (told.status, told.json["text"], told.headers["retry-after"]) == (503, "The disk is full.", "5")
    assert live.ask("GET", "/v1/hello").status == 200


def test_a_stranger_s_certificate_gets_no_further_than_the_handshake(live: LiveHub, tmp_path: Path) -> None:
    other = load_identity(tmp_path, KEY)
    context = pinned_context(live.hub.identity.ca_pem)
    load_key(context, other.authority.server, other.authority.server_key)
    heard = b""
    with suppress(ssl.SSLError, ConnectionError), live.connect(context=context) as connection:
        connection.sendall(b"GET /v1/hello HTTP/1.1\r\nhost: hub\r\n\r\n")
        heard = connection.recv(100)
    assert heard == b""


def test_another_hub_is_not_taken_for_ours(live: LiveHub, tmp_path: Path) -> None:
    other = load_identity(tmp_path, KEY)
    with pytest.raises(ssl.SSLCertVerificationError):
        live.connect(context=pinned_context(other.ca_pem))


def test_neither_plain_http_nor_old_tls(live: LiveHub) -> None:
    with socket.create_connection(("127.0.0.1", live.server.port), timeout=20) as plain:
        plain.sendall(b"GET /v1/hello HTTP/1.1\r\nhost: hub\r\n\r\n")
        assert b"HTTP" not in plain.recv(100)
    context = pinned_context(live.hub.identity.ca_pem)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        live.connect(context=context)


def test_a_stream_ends_when_the_hub_does(serve: Serve) -> None:
    async def ticks(_call: Call) -> Stream:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"data: 1\n\n"
            await asyncio.Event().wait()

        return Stream(pieces())

    live = serve(Route("GET", "/ticks", "", ticks, DEVICES, gives=Stream))
    with live.connect(live.enrol(DeviceRole.DESK)) as connection:
        connection.sendall(b"GET /ticks HTTP/1.1\r\nhost: hub\r\n\r\n")
        heard = b""
        while b"data: 1" not in heard:
            heard += connection.recv(1000)
        live.server.stop()
        while piece := connection.recv(1000):
            heard += piece
    assert heard.endswith(b"0\r\n\r\n")  # properly ended, not torn off


def test_a_port_in_use_is_a_sentence(live: LiveHub) -> None:
    with pytest.raises(StorageError, match="choose another port"):
        HubServer(live.hub, lambda *_: None, "127.0.0.1", live.server.port)  # type: ignore[arg-type, return-value]


def test_the_description_names_every_route_as_it_is(serve: Serve) -> None:
    live = serve(ECHO)
    told = live.ask("GET", "/openapi.json").json
    assert set(told["paths"]) == {route.path for route in ROUTES} | {"/v1/echo", "/openapi.json"}
    echo = told["paths"]["/v1/echo"]["post"]
    assert echo["x-roles"] == sorted(STATIONS)
    assert echo["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Note"}
    assert told["components"]["schemas"]["Note"]["required"] == ["text"]


def test_the_hub_is_the_same_after_a_restart_and_its_keys_lie_sealed(tmp_path: Path) -> None:
    first, again = load_identity(tmp_path, KEY), load_identity(tmp_path, KEY)
    assert (first.id, first.ca_fingerprint) == (again.id, again.ca_fingerprint)
    assert first.device.public == again.device.public
    assert b"PRIVATE" not in (tmp_path / "hub.keys").read_bytes()
    (tmp_path / "hub.keys").write_bytes(b"x" * 300)
    with pytest.raises(StorageError, match="backup"):
        load_identity(tmp_path, KEY)
