"""The hub as the window sees it: hosting one on this computer, or joining another.

What it takes (a database, certificates, a server) is loaded when somebody first asks for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from kiosk.domain.hub_room import HubPlace, HubView, Invited, JoinPending
from kiosk.domain.invitations import Invitation
from kiosk.domain.peers import NOBODY_NEARBY
from kiosk.domain.sync_state import SyncStatus
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput, KioskError
from kiosk.i18n import _
from kiosk.services.hub_link import HOST_SETTING, HubLink
from kiosk.services.station import Station
from kiosk.ui.services import HubRoom

if TYPE_CHECKING:
    from kiosk.domain.fleet import FleetStation
    from kiosk.hub.console import Console
    from kiosk.hub.hosting import Hosting
    from kiosk.relay_rooms import Relay
    from kiosk.sync.join import Joining

P = ParamSpec("P")
T = TypeVar("T")

PROVED_FOR_S = 120.0
"""A PIN is asked for again after so long without anything that needs one."""

_log = logging.getLogger(__name__)


class HubRooms:
    """Hosting and joining, one thing at a time."""

    def __init__(self, station: Station, key: bytes) -> None:
        self._station, self._key = station, key
        self._lock = threading.RLock()
        self._hosts: Hosting | None = None
        self._joining: Joining | None = None
        self._by, self._proved_s = "", float("-inf")
        """Which organizer has proved to be one, and when that was last of use."""
        self.rounds: Callable[[], SyncStatus] = SyncStatus
        """Asked for how the rounds go, while they are held."""
        self.relay: Relay | None = None
        """Stations nearby, while there are rounds with a hub."""
        self.on_join: Callable[[], None] = lambda: None
        """Called, in any thread, when this station has come to belong to a hub."""

    def room(self) -> HubRoom:
        """What the window is handed."""
        one = self._one_at_a_time
        return HubRoom(
            view=one(self._view),
            host=one(self._host),
            invite=one(self._invite),
            approve=one(self._approve),
            refuse=one(self._refuse),
            revoke=one(self._revoke),
            let_count=one(self._let_count),
            leave_out=one(self._leave_out),
            prove=one(self._prove),
            set_pin=one(lambda name, pin: self._console.pins.set(name, pin, self._console.by)),
            purge=one(self._purge),
            go_on_without=one(self._go_on_without),
            part=self._part,
            ask=one(self._ask),
            joined=one(self._joined),
            give_up=one(self._give_up),
            leave=one(self._leave),
            near=_hubs_nearby,
            listen=self._listen,
        )

    def _one_at_a_time(self, function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def alone(*arguments: P.args, **named: P.kwargs) -> T:
            with self._lock:
                return function(*arguments, **named)

        return alone

    @property
    def _hosting(self) -> Hosting:
        from kiosk.hub.hosting import Hosting

        self._hosts = self._hosts or Hosting(self._station, self._key)
        return self._hosts

    @property
    def _console(self) -> Console:
        """The console of the hub here, for the organizer who proved to be one not long ago."""
        now_s = time.monotonic()
        if now_s - self._proved_s > PROVED_FOR_S:
            self._by = ""
        self._proved_s = now_s
        return self._hosting.console(self._by)

    def _prove(self, name: str, pin: str) -> None:
        console = self._console
        console.prove(name, pin)
        self._by, self._proved_s = console.by, time.monotonic()

    def _part(self) -> None:
        self._by = ""

    def _purge(self) -> None:
        self._console.order_purge()

    def _go_on_without(self, station: str) -> None:
        self._console.seats_go_on_without(station)

    def resume(self) -> None:
        """The hub runs if it is to: at the start of the window, and again should it have died since. One that does not
        start is seen on its page, and here.
        """
        with self._lock:
            if self._station.store.setting(HOST_SETTING, False):
                try:
                    self._hosting.resume()
                except KioskError as error:
                    _log.warning("the hub did not come back: %s", error)

    def sync(self) -> SyncStatus:
        """How things stand with the hub."""
        return self.rounds()

    def stations(self) -> Sequence[FleetStation]:
        """Every station of the hub on this computer, if it runs. Waits for nothing."""
        hosts = self._hosts
        return hosts.console().stations() if hosts is not None and hosts.is_on else ()

    def is_over(self) -> bool:
        """Whether the hub on this computer wants personal data to be gone by now."""
        hosts = self._hosts
        on = hosts.console().purge_on() if hosts is not None and hosts.is_on else None
        return on is not None and on <= self._station.clock()

    def close(self) -> None:
        """End what is under way."""
        with self._lock:
            self._give_up()
            if self.relay is not None:
                self.relay.close()
            if self._hosts is not None:
                self._hosts.close()

    def _host(self, on: bool) -> None:
        if on:
            self._hosting.switch_on()
            self.on_join()
        else:
            self._hosting.switch_off()

    def _view(self) -> HubView:
        self.resume()
        link = HubLink.read(self._station.store)
        if self._hosts is not None and self._hosts.is_on:
            console = self._hosts.console()
            return HubView(
                HubPlace.HERE,
                self._hosts.addresses[0],
                self._station.name,
                link.role if link else None,
                waiting=console.waiting(),
                stations=console.stations(),
                held_back=console.held_back(),
                organizers=console.pins.names(),
                purge_on=console.purge_on(),
                seats_wait_for=console.seats().waits_for,
            )
        if link is None:
            return HubView()
        nearby = self.relay.view() if self.relay is not None else NOBODY_NEARBY
        place = HubPlace.ELSEWHERE
        return HubView(place, link.addresses[0], link.name, link.role, link.revoked, nearby=nearby)

    def _leave(self) -> None:
        HubLink.forget(self._station.store)
        if self.relay is not None:
            self.relay.keep_up()  # nobody is answered any more

    def _listen(self, on: bool) -> None:
        if self.relay is not None:
            self.relay.listen(on)

    def _invite(self, role: DeviceRole, name: str) -> Invited:
        import qrcode

        invitation = self._hosting.console().invite(role, name)
        code = qrcode.QRCode(border=0, error_correction=qrcode.ERROR_CORRECT_L)
        code.add_data(str(invitation))
        return Invited(invitation, code.get_matrix())

    def _approve(self, digits: str) -> None:
        self._console.approve(digits)

    def _refuse(self, request: str) -> None:
        self._console.refuse(request)

    def _revoke(self, device: str, wipe: bool) -> None:
        if device == self._station.store.journal.device.id:
            raise BadInput(_("The hub runs on this station. Send it away from another organizer's."))
        self._console.revoke(device, wipe=wipe)

    def _let_count(self, log: str) -> None:
        self._console.let_count(log)

    def _leave_out(self, log: str) -> None:
        self._console.leave_out(log)

    def _ask(self, invitation: Invitation) -> JoinPending:
        from kiosk.sync.join import Joining

        if self._hosts is not None and self._hosts.is_on:
            raise BadInput(_("The hub runs on this computer. Switch it off here before you join another one."))
        self._give_up()
        self._joining = Joining(self._station.store, self._station.name, invitation)
        pending = self._joining.ask()
        return JoinPending(pending.digits, pending.name, pending.role)

    def _joined(self) -> bool:
        link = self._joining.decided() if self._joining is not None else None
        if link is None:
            return False
        self._station.set_name(link.name)
        self._give_up()
        self.on_join()
        return True

    def _give_up(self) -> None:
        joining, self._joining = self._joining, None
        if joining is not None:
            joining.close()


def _hubs_nearby() -> Sequence[str]:
    """Where there may be a hub, by what is announced in this network."""
    from kiosk.wire.board import HUBS, addresses_of

    return addresses_of(HUBS)
