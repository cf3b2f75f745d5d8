"""Looking after a hub from the computer it runs on: the shell's `kiosk hub …` and the window's hub page.

It works on the hub's database, whether or not a server runs beside it; a server that does hears of every change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from kiosk.domain.fleet import FleetStation, HeldBack, WaitingStation
from kiosk.domain.invitations import DEFAULT_PORT, Code, Invitation, read_address
from kiosk.domain.journal import from_ms, to_ms
from kiosk.domain.trust import DeviceRole
from kiosk.errors import BadInput
from kiosk.hub import enrolment, page_access, pins, renewal, retention, seats
from kiosk.hub.backup import Copied, back_up
from kiosk.hub.database import Connection
from kiosk.hub.devices import DeviceState, KnownDevice, all_devices, revoke
from kiosk.hub.enrolment import Waiting
from kiosk.hub.fleet import fleet, station_of
from kiosk.hub.held_back import held_back, leave_out, let_count
from kiosk.hub.hub import Hub
from kiosk.hub.identity import Identity, begin_rotation, end_rotation
from kiosk.hub.pins import Decision, Pins, What
from kiosk.hub.seats import SeatsAtHub
from kiosk.hub.settings import get_setting
from kiosk.i18n import _
from kiosk.services.addresses import own_addresses

T = TypeVar("T")
PORT_SETTING = "port"


class Console:
    """An organizer at the hub. `by`: who has proved to be one by a PIN; needed for whatever decides, once anybody has
    a PIN.
    """

    def __init__(self, hub: Hub, by: str = "") -> None:
        self._hub = hub
        self._by = by
        self.pins = Pins(hub.database, hub.clock)

    def prove(self, name: str, pin: str) -> None:
        """Be this organizer from now on. Raises WrongPin or BadInput, in words."""
        self._by = self.pins.prove(name, pin)

    @property
    def by(self) -> str:
        """Who has proved to be an organizer."""
        return self._by

    def decisions(self) -> list[Decision]:
        """Who decided what here, newest first."""
        with self._hub.database.read() as connection:
            return pins.decisions(connection)

    def _decide(self, work: Callable[[Connection], T], what: What, about: Callable[[T], str]) -> T:
        """Do it and keep who did, in one transaction. Raises PinNeeded, and what the work raises."""
        now_ms = self._now_ms()

        def both(connection: Connection) -> T:
            pins.may_decide(connection, self._by)
            done = work(connection)
            pins.write_down(connection, self._by, what, about(done), now_ms)
            return done

        return self._hub.database.write(both)

    def invite(self, role: DeviceRole, station: str = "", address: str = "") -> Invitation:
        """An invitation for one station. `address`: where stations reach the hub, if this computer cannot tell.

        Raises BadInput, in words.
        """
        named = read_address(address) if address else None
        if address and named is None:
            raise BadInput(_("{address} is no address. Write it like 192.168.1.20:7443.").format(address=address))
        now_ms = self._now_ms()
        code = self._hub.database.write(lambda c: enrolment.invite(c, role, station, now_ms))
        with self._hub.database.read() as connection:
            invitation = invitation_of(connection, self._hub.identity, code)
        return replace(invitation, addresses=(named,)) if named else invitation

    def waiting(self) -> list[WaitingStation]:
        """Stations whose digits somebody has to compare."""
        with self._hub.database.read() as connection:
            return waiting_stations(connection, self._hub.clock())

    def approve(self, digits: str) -> FleetStation:
        """Let in the station that shows these digits. Raises BadInput, in words."""
        now_ms, identity = self._now_ms(), self._hub.identity
        return station_of(
            self._decide(lambda c: enrolment.approve(c, identity, digits, now_ms), What.APPROVED, _name_of)
        )

    def refuse(self, request: str) -> str:
        """Send a station away; answers what it called itself. Raises BadInput, in words."""
        now_ms = self._now_ms()
        return self._decide(lambda c: enrolment.refuse(c, request, now_ms), What.REFUSED, _name_of).name

    def stations(self) -> list[FleetStation]:
        """Every station that was ever let in."""
        with self._hub.database.read() as connection:
            return fleet(connection)

    def revoke(self, device: str, *, wipe: bool = False) -> FleetStation:
        """Speak with this station no more: by its id, or by its name where that names one only. Raises BadInput.

        `wipe`: it is to destroy its data when it is heard of again and has sent everything.
        """
        now_ms = self._now_ms()
        what = What.WIPE if wipe else What.REVOKED
        return station_of(self._decide(lambda c: revoke(c, device, now_ms, wipe=wipe), what, _name_of))

    def held_back(self) -> list[HeldBack]:
        """Records that do not count, because one stops the rest of its log."""
        with self._hub.database.read() as connection:
            return held_back(connection)

    def let_count(self, log: str) -> None:
        """Let the record that stops this log count. Raises BadInput, in words."""
        own = self._hub.identity.device
        self._decide(lambda connection: let_count(connection, own, log), What.LET_COUNT, lambda _done: log)

    def leave_out(self, log: str) -> None:
        """Let the rest of this log count without what stops it. Raises BadInput, in words."""
        own, boot, now = self._hub.identity.device, self._hub.boot, self._hub.clock()
        self._decide(lambda c: leave_out(c, own, boot, log, now), What.LEFT_OUT, lambda _done: log)

    def page_code(self, *, names: bool) -> tuple[str, str]:
        """A code for one browser, and where it finds the hub. With `names` it may see who people are."""
        role = DeviceRole.ORGANIZER if names else DeviceRole.DASHBOARD
        code = self._make_page_code(role)
        with self._hub.database.read() as connection:
            return code, own_addresses(get_setting(connection, PORT_SETTING, DEFAULT_PORT))[0]

    def _make_page_code(self, role: DeviceRole) -> str:
        def make(connection: Connection) -> str:
            return page_access.make_code(connection, role, self._hub.clock())

        if role is DeviceRole.DASHBOARD:
            return self._hub.database.write(make)
        return self._decide(make, What.PAGE_WITH_NAMES, lambda _code: "")

    def order_purge(self, on: datetime | None = None) -> int:
        """The conference is over, now or from then on: see `Hub.order_purge`. Answers how many values are gone."""
        now = self._hub.clock()
        self._decide(lambda c: self._hub.put_order(c, on or now), What.PURGE, lambda _done: (on or now).isoformat())
        return self._hub.keep_retention()

    def renew(self, device: str) -> FleetStation:
        """Have this station renew its keys when it is next heard of. Raises BadInput, in words."""
        return station_of(self._decide(lambda c: renewal.order(c, device), What.RENEW, _name_of))

    def rotate(self) -> Identity:
        """Make a new authority: good beside the old one as soon as the hub is started again. Raises BadInput."""
        return self._rotated(begin_rotation, "")

    def end_rotation(self) -> Identity:
        """From the next start of the hub on only the new authority is good. Raises BadInput."""
        return self._rotated(end_rotation, "finish")

    def _rotated(self, work: Callable[[Path, bytes], Identity], about: str) -> Identity:
        self._decide(lambda _connection: None, What.ROTATE, lambda _done: about)
        return work(self._hub.folder, self._hub.key)

    def behind(self) -> list[str]:
        """Stations that have not been heard under the new authority; they would have to join again without the old."""
        following = self._hub.identity.following
        with self._hub.database.read() as connection:
            active = [each for each in all_devices(connection) if each.state is DeviceState.ACTIVE]
        return [each.name for each in active if following is not None and not following.has_issued(each.certificate)]

    def purge_on(self) -> datetime | None:
        """From when on personal data is to be gone."""
        with self._hub.database.read() as connection:
            return retention.ordered(connection)

    def back_up(self, file: Path, passphrase: str) -> Copied:
        """All of the hub in one sealed file. Raises KioskError, in words."""
        self._decide(lambda _connection: None, What.BACKUP, lambda _done: "")
        return back_up(self._hub.database, self._hub.folder, self._hub.key, file, passphrase)

    def seats(self) -> SeatsAtHub:
        """What was handed out, and who has to be heard before more is."""
        with self._hub.database.read() as connection:
            return seats.overview(connection)

    def seats_go_on_without(self, station: str) -> str:
        """Hand out seats though this station was not heard after a restore; answers its name. Raises BadInput."""
        return self._decide(lambda c: seats.go_on_without(c, station), What.SEATS, str)

    def forfeit_seats(self, station: str) -> int:
        """Take from a station what it has not given of its seats, as far as is known; answers how many that was.

        Raises BadInput, in words. If it is at work all the same, unheard, a room may be filled over its seats.
        """
        hub = self._hub
        write = seats.writer(hub.identity.device, hub.boot, hub.clock())
        return self._decide(lambda c: seats.forfeit(c, write, device_of(c, station)), What.SEATS, lambda _n: station)

    def seats_unsure(self) -> None:
        """Somebody put back an old database by hand: hand out nothing until every station was heard."""
        self._decide(seats.begin_barrier, What.SEATS, lambda _done: "")

    def end_pages(self) -> int:
        """Sign every browser out; answers how many."""
        return self._hub.database.write(page_access.part_all)

    def _now_ms(self) -> int:
        return to_ms(self._hub.clock())


def device_of(connection: Connection, station: str) -> str:
    """The id of the station of this id or name. Raises BadInput where there is none, or are several."""
    found = {each.id for each in all_devices(connection) if station in (each.id, each.name)}
    if len(found) != 1:
        words = _("There is no station {name}, or there are several. Take the id from `kiosk hub devices`.")
        raise BadInput(words.format(name=station))
    return found.pop()


def _name_of(station: KnownDevice | Waiting) -> str:
    return station.name


def invitation_of(connection: Connection, identity: Identity, code: Code) -> Invitation:
    """All that a station needs, around a code."""
    port = get_setting(connection, PORT_SETTING, DEFAULT_PORT)
    return Invitation(own_addresses(port), identity.ca_fingerprint, code)


def waiting_stations(connection: Connection, now: datetime) -> list[WaitingStation]:
    """Stations whose digits somebody has to compare, longest first."""
    asked = enrolment.waiting(connection, to_ms(now))
    return [WaitingStation(each.id, each.name, each.role, each.digits, from_ms(each.asked_ms)) for each in asked]
