"""Serving the hub on the network: TLS 1.3 with its own authority, and nothing else.

There is no plain listener at all. A caller who shows a certificate that this hub did not issue gets no further than
the handshake. Streams are ended when the server is told to stop, so that it stops at once.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kiosk.domain.invitations import DEFAULT_PORT
from kiosk.errors import BadInput, StorageError
from kiosk.hub.hub import Hub
from kiosk.i18n import _

FIRST_REQUEST_S = 15.0
"""A caller who has not asked anything by then is hung up on."""
KEEP_ALIVE_S = 75
MAX_CALLERS = 1000
RETENTION_S = 60.0
"""How often it is asked whether the day has come when personal data is to be gone."""
END_S = 1
"""Requests that are under way when the server stops have so long to end."""

SWITCH_S = 0.001
"""The loop and the writer take turns so often: after each wait for the disk the writer has to get its turn again."""

_log = logging.getLogger(__name__)


class _Corked:
    """A transport that sends what is written in one turn of the loop as one piece: the head of an answer and its body
    are then one record of TLS and one packet.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send this soon."""
        if not self._pieces:
            self._loop.call_soon(self._send)
        self._pieces.append(data)

    def _send(self) -> None:
        pieces, self._pieces = self._pieces, []
        if pieces and not self._transport.is_closing():
            self._transport.write(b"".join(pieces))

    def close(self) -> None:
        """Send what was written, and hang up."""
        self._send()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Protocol(HttpToolsProtocol):
    """HTTP that tells the application which certificate was shown, and does not wait for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A caller is there, and the handshake is done."""
        super().connection_made(cast("asyncio.Transport", _Corked(transport, self.loop)))
        tls = cast("ssl.SSLObject", transport.get_extra_info("ssl_object"))
        self.app_state = {**self.app_state, "certificate": tls.getpeercert(binary_form=True)}
        self.loop.call_later(FIRST_REQUEST_S, self._hang_up_if_silent)

    def _hang_up_if_silent(self) -> None:
        asked: object = self.cycle  # uvicorn's types do not say that there is none at first
        if asked is None:
            self.transport.abort()


class _Server(uvicorn.Server):
    """A server that ends the streams first."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub
        self.listening = threading.Event()
        self._keeping: asyncio.Task[None]

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl+C and SIGTERM end the server, and then nothing else: what is open after it is closed in good order."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self._keeping = asyncio.create_task(self._keep_retention())
        self.listening.set()

    async def _keep_retention(self) -> None:
        """Let go of names on their day, whoever looks."""
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(None, self._hub.keep_retention)
            except StorageError as error:
                _log.error("personal data could not be removed: %s", error)
            await asyncio.sleep(RETENTION_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, end what is open. Who does not say goodbye in time is hung up on."""
        self._hub.closing.set()
        self._keeping.cancel()
        await super().shutdown(sockets)
        for caller in list(self.server_state.connections):
            caller.transport.abort()
        await asyncio.sleep(0)


class HubServer:
    """The hub on a port: `run` it in this thread until a signal comes, or `start` it in one of its own."""

    def __init__(self, hub: Hub, app: ASGIApp, host: str = "0.0.0.0", port: int = DEFAULT_PORT) -> None:  # noqa: S104
        self._socket = _listen(host, port)
        context = hub.identity.server_context()
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MAX_CALLERS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=END_S,
            ssl_context_factory=lambda _config, _default: context,
        )
        self._server = _Server(config, hub)
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def run(self) -> None:
        """Serve until SIGTERM or Ctrl+C."""
        if threading.current_thread() is threading.main_thread():  # the process is the hub's own
            sys.setswitchinterval(SWITCH_S)
            gc.collect()
            gc.freeze()  # the program itself is no garbage: to look through it once held up 200 streams by 0.2 s
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def start(self) -> None:
        """Serve in a thread; returns when it listens."""
        self._thread = threading.Thread(target=self.run, name="hub", daemon=True)
        self._thread.start()
        self._server.listening.wait()

    def stop(self) -> None:
        """End what `start` began."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises BadInput or StorageError, in words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(MAX_CALLERS)
    except OverflowError as error:
        listener.close()
        raise BadInput(_("{port} is not a port. Choose one from 1024 to 65535.").format(port=port)) from error
    except OSError as error:
        listener.close()
        words = _("The hub cannot listen on port {port}: {detail}. Is a hub running already? Else choose another port.")
        raise StorageError(words.format(port=port, detail=error.strerror or error)) from error
    listener.setblocking(False)
    return listener
