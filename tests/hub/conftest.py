"""A hub on a loopback port, with a real certificate for whoever asks."""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.ids import new_id
from kiosk.domain.trust import DeviceRole, fingerprint
from kiosk.hub.app import make_app
from kiosk.hub.devices import DeviceState, KnownDevice, put_device
from kiosk.hub.hub import Hub, open_hub
from kiosk.hub.routes import Route
from kiosk.hub.server import HubServer
from kiosk.hub.table import ROUTES
from kiosk.services.hub_link import HubLink
from kiosk.sync.tls import pinned_context, station_context
from tests.browsers import chromium
from tests.hub.logs import Writer

collect_ignore = [] if chromium() else ["test_page_in_browser.py", "test_page_states.py"]
"""`tests/conftest.py` says so at the top of a run."""

KEY = bytes(range(32))


@dataclass(frozen=True, slots=True)
class Told:
    """What the hub answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class LiveHub:
    """A hub that serves, and devices that were accepted without ceremony."""

    hub: Hub
    server: HubServer
    url: str | None = None
    links: dict[str, HubLink] = field(default_factory=dict)

    def enrol(self, role: DeviceRole, name: str = "", writer: Writer | None = None) -> HubLink:
        """A device of this role, accepted; `writer` where it is to write records."""
        key = ec.generate_private_key(ec.SECP256R1())
        spki = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        device = writer.id if writer else new_id(secrets.token_bytes(16))
        certificate = self.hub.identity.certify(device, spki)
        sign_key = writer.public if writer else Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
        known = KnownDevice(
            device, name or role, role, DeviceState.ACTIVE, sign_key, certificate, fingerprint(certificate), 1
        )
        self.hub.database.write(lambda connection: put_device(connection, known))
        self.hub.devices.forget()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        address = f"127.0.0.1:{self.server.port}"
        link = HubLink(
            self.hub.identity.id,
            (address,),
            self.hub.identity.device.public,
            self.hub.identity.ca_pem,
            certificate.hex(),
            pem.decode(),
            role,
            known.name,
        )
        self.links[device] = link
        return link

    def connect(self, link: HubLink | None = None, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        """A connection to it, with the device's certificate or without one."""
        if context is None:
            context = station_context(link) if link else pinned_context(self.hub.identity.ca_pem)
        name = f"hub-{self.hub.identity.id.lower()}.checkin.internal"
        plain = socket.create_connection(("127.0.0.1", self.server.port), timeout=20)
        try:
            return context.wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    def ask(
        self,
        method: str,
        path: str,
        link: HubLink | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Told:
        """One request, answered."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        with self.connect(link) as connection:
            http_connection = http.client.HTTPConnection("hub")
            http_connection.sock = connection
            http_connection.request(method, path, data, headers or {})
            response = http_connection.getresponse()
            return Told(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def status(self, method: str, path: str, link: HubLink | None = None, headers: dict[str, str] | None = None) -> int:
        """How one request is answered, whatever follows."""
        with self.listen(method, path, link, headers) as connection:
            return int(connection.recv(12)[9:])

    def listen(
        self, method: str, path: str, link: HubLink | None = None, headers: dict[str, str] | None = None
    ) -> ssl.SSLSocket:
        """A connection on which this was asked, and the answer comes."""
        connection = self.connect(link)
        lines = [f"{method} {path} HTTP/1.1", "host: hub", *(f"{k}: {v}" for k, v in (headers or {}).items()), "", ""]
        connection.sendall("\r\n".join(lines).encode())
        return connection


Serve = Callable[..., LiveHub]


@pytest.fixture
def serve(tmp_path: Path, database_url: str | None) -> Iterator[Serve]:
    """Starts hubs, ends them after the test."""
    with ExitStack() as closing:

        def start(*more: Route, folder: Path | None = None) -> LiveHub:
            hub = open_hub(folder or tmp_path / "hub", KEY, database_url)
            closing.callback(hub.close)
            server = HubServer(hub, make_app(hub, [*ROUTES, *more]), "127.0.0.1", 0)
            closing.callback(server.stop)
            server.start()
            return LiveHub(hub, server, database_url)

        yield start


@pytest.fixture
def live(serve: Serve) -> LiveHub:
    """A hub that serves its own routes."""
    return serve()
