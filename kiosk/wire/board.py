"""The notice board of a network (multicast DNS): a hub or a station says that it is there, others read it.

A notice is a hint and proves nothing: anybody in the network may put up any number of them, under any name. All that
is taken from one is an address to try, in a network of one's own, and of a bounded number; who is there is seen by its
certificate. Ours say no more than a random name and a port.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from kiosk.domain.peers import is_near
from kiosk.errors import HubTrouble
from kiosk.i18n import _

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, Zeroconf

STATIONS, HUBS = "_checkin._tcp.local.", "_checkin-hub._tcp.local."
MOST_NOTICES = 64
"""Read at a time; whoever puts up thousands is not read to the end."""
LOOK_S = 2.0
_LONGEST_NAME = 100
_MOST_ADDRESSES = 2
_RESOLVE_MS = 200
_END_S = 1.0

_log = logging.getLogger(__name__)


class Board:
    """This computer at the notice board. `close` it. Raises HubTrouble where the network has none."""

    def __init__(self, interfaces: Sequence[str] | None = None) -> None:
        from zeroconf import InterfaceChoice, IPVersion, Zeroconf

        logging.getLogger("zeroconf").setLevel(logging.CRITICAL)  # what strangers write is not for our log
        try:
            self._network: Zeroconf = Zeroconf(
                list(interfaces) if interfaces else InterfaceChoice.Default, ip_version=IPVersion.V4Only
            )
        except OSError as error:
            words = _("This network has no way to find others by themselves (multicast): {detail}.")
            raise HubTrouble(words.format(detail=error.strerror or error)) from error
        self._own: set[str] = set()

    def announce(self, service: str, addresses: Sequence[str]) -> None:
        """Say that something is at these addresses, until `close`. Nobody can tell from it what or whose."""
        from zeroconf import Error, ServiceInfo

        name = secrets.token_hex(8)
        hosts = [address.rpartition(":")[0] for address in addresses]
        port = int(addresses[0].rpartition(":")[2])
        info = ServiceInfo(
            service, f"{name}.{service}", port=port, parsed_addresses=hosts, server=f"{name}.local.", properties={}
        )
        self._own.add(info.name)
        with suppress(Error, OSError):
            self._network.register_service(info)

    def look(self, service: str, seconds: float = LOOK_S, closing: threading.Event | None = None) -> list[str]:
        """Addresses that others say something is at, our own left out."""
        from zeroconf import ServiceBrowser

        names: dict[str, None] = {}

        class Reader:
            """Notes names, up to an end."""

            def add_service(self, _network: Zeroconf, _service: str, name: str) -> None:
                if len(names) < MOST_NOTICES and len(name) <= _LONGEST_NAME:
                    names[name] = None

            update_service = add_service

            def remove_service(self, _network: Zeroconf, _service: str, name: str) -> None:
                names.pop(name, None)

        until = time.monotonic() + 2 * seconds
        browser = ServiceBrowser(self._network, service, listener=Reader())  # type: ignore[arg-type]
        (closing or threading.Event()).wait(seconds)
        browser.cancel()
        found: dict[str, None] = {}
        for name in list(names):
            if name not in self._own and not (closing and closing.is_set()):
                found.update(dict.fromkeys(self._addresses(service, name, until)))
        return list(found)[:MOST_NOTICES]

    def _addresses(self, service: str, name: str, until: float) -> list[str]:
        from zeroconf import Error, ServiceInfo

        info = ServiceInfo(service, name)
        with suppress(Error, OSError, ValueError):
            if info.load_from_cache(self._network) or (
                time.monotonic() < until and info.request(self._network, _RESOLVE_MS)
            ):
                return _near_ones(info)
        return []

    def close(self) -> None:
        """Take our notices down."""
        ending = threading.Thread(target=self._network.close, name="board-end", daemon=True)
        ending.start()
        ending.join(_END_S)


def _near_ones(info: ServiceInfo) -> list[str]:
    if not info.port or not 0 < info.port < 65536:
        return []
    addresses = [f"{host}:{info.port}" for host in info.parsed_addresses()[:_MOST_ADDRESSES] if ":" not in host]
    return [address for address in addresses if is_near(address)]


def addresses_of(service: str, seconds: float = LOOK_S) -> list[str]:
    """Where others say something is now; empty where the network has no notice board."""
    try:
        board = Board()
    except HubTrouble as error:
        _log.info("%s", error)
        return []
    try:
        return board.look(service, seconds)
    finally:
        board.close()


@contextmanager
def announced(service: str, addresses: Sequence[str], *, wanted: bool = True) -> Iterator[None]:
    """Say that something is there, as long as this lasts; nobody waits for it to be said."""
    boards: list[Board] = []

    def put_up() -> None:
        try:
            boards.append(Board())
            boards[-1].announce(service, addresses)
        except (HubTrouble, ImportError) as error:
            _log.info("%s", error)

    if wanted:
        threading.Thread(target=put_up, name="board", daemon=True).start()
    try:
        yield
    finally:
        for board in boards:
            board.close()
