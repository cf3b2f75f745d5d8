"""The fleet, asked over the network: a station says how it is, an organizer looks after all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import msgspec

from kiosk import __version__
from kiosk.domain.fleet import FleetStation, Vitals, WaitingStation, alarms
from kiosk.domain.journal import to_ms
from kiosk.domain.peers import MOST_ADDRESSES, PeerAddress, seen_first
from kiosk.domain.pins import PinNeeded, WrongPin
from kiosk.domain.printers import PrinterState
from kiosk.domain.trust import AUTHORITY_SIGNED_AS, DeviceRole
from kiosk.errors import BadInput
from kiosk.hub import enrolment, renewal, retention
from kiosk.hub.console import Console, invitation_of, waiting_stations
from kiosk.hub.database import Connection
from kiosk.hub.devices import DeviceState, put_device
from kiosk.hub.fleet import fleet, peers_of, put_beat
from kiosk.hub.identity import Identity
from kiosk.hub.pins import Pins
from kiosk.hub.routes import DEVICES, STATIONS, Call, Handler, Refusal, Route
from kiosk.i18n import _
from kiosk.wire.renewal import AuthorityTold, Renewed

ORGANIZERS = frozenset({DeviceRole.ORGANIZER})
_LONG = 2**53

Count = Annotated[int, msgspec.Meta(ge=0, le=_LONG)]
Offset = Annotated[int, msgspec.Meta(ge=-_LONG, le=_LONG)]
Text = Annotated[str, msgspec.Meta(max_length=80)]


class Beat(msgspec.Struct, frozen=True):
    """What a station says of itself; see `domain/fleet.py: Vitals`."""

    app: Text
    unsent: Count
    clock_offset_ms: Offset | None = None
    roster_age_s: Count | None = None
    printer: PrinterState | None = None
    labels_left: Count | None = None
    place: Text = ""
    purged: bool = False
    wiping: bool = False
    """It destroys its data now, as it was told; this is the last that is heard of it."""
    addresses: Annotated[list[Text], msgspec.Meta(max_length=MOST_ADDRESSES)] = []
    """Where other stations may ask it."""

    def vitals(self, seen_at: str) -> Vitals:
        """The same, as the hub keeps it: where it was seen is the likeliest place to find it."""
        said = {name: getattr(self, name) for name in Vitals.__dataclass_fields__}
        return Vitals(**{**said, "addresses": seen_first(seen_at, self.addresses)})


class Renew(msgspec.Struct, frozen=True):
    """A station's new TLS key, and by which authority it wants it certified."""

    tls_key: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})+$", max_length=400)]
    generation: Annotated[int, msgspec.Meta(ge=0, le=_LONG)]


class Heard(msgspec.Struct, frozen=True):
    """What the hub has to say to a station."""

    name: str
    role: str
    time_ms: int
    revoked: bool
    wipe: bool
    peers: list[PeerAddress] = []
    """Where other stations may be asked, should the hub be away."""
    authorities: list[AuthorityTold] = []
    """Those of the hub that are good, where there is, or was, more than one."""
    renew: bool = False
    """It is to renew its keys."""


class Station(msgspec.Struct, frozen=True):
    """A station, with what is the matter with it."""

    station: FleetStation
    alarms: list[str]


class Fleet(msgspec.Struct, frozen=True):
    """Every station."""

    stations: list[Station]
    waiting: list[WaitingStation]
    time_ms: int


class Invite(msgspec.Struct, frozen=True):
    """For whom an invitation is."""

    role: DeviceRole
    name: Text = ""


class Invited(msgspec.Struct, frozen=True):
    """An invitation: what to type, and what stands in the QR."""

    code: str
    addresses: list[str]
    qr: str


class By(msgspec.Struct, frozen=True, kw_only=True):
    """Which organizer decides, proved by a PIN where anybody has one at this hub."""

    by: Text = ""
    pin: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Digits(By, frozen=True, kw_only=True):
    """What a person has compared."""

    digits: Annotated[str, msgspec.Meta(pattern=r"^\d{3} ?\d{3}$")]


class Done(msgspec.Struct, frozen=True):
    """It was done."""

    name: str


async def _beat(call: Call) -> Heard:
    said: Beat = call.body
    device, now_ms = call.device, to_ms(call.hub.clock())

    def work(connection: Connection) -> tuple[list[PeerAddress], bool]:
        put_beat(connection, device.id, said.vitals(call.address), now_ms)
        renewal.used(connection, device)
        if said.wiping and device.wipe:
            put_device(connection, replace(device, wiped_ms=now_ms))
        return ([] if revoked else peers_of(connection, device.id)), renewal.is_ordered(connection, device.id)

    revoked = device.state is DeviceState.REVOKED
    peers, renew = await call.hub.write(work)
    told = _authorities(call.hub.identity)
    return Heard(device.name, device.role, now_ms, revoked, device.wipe, peers, told, renew and not revoked)


def _authorities(identity: Identity) -> list[AuthorityTold]:
    """Nothing where there was never more than the first."""
    if identity.authorities[-1].generation == 0:
        return []
    sign = identity.device.key.sign
    return [
        AuthorityTold(each.generation, each.pem, sign(AUTHORITY_SIGNED_AS + each.der).hex(), each.vouched.hex())
        for each in identity.authorities
    ]


async def _renew(call: Call) -> Renewed:
    said: Renew = call.body
    device = call.device
    try:
        certificate = call.hub.identity.certify(device.id, bytes.fromhex(said.tls_key), said.generation)
    except ValueError as error:
        raise Refusal(400, "not_understood", _("The request is not what the hub expects (a key).")) from error
    await call.hub.write(lambda connection: renewal.give(connection, device.id, certificate))
    return Renewed(certificate.hex())


async def _fleet(call: Call) -> Fleet:
    now = call.hub.clock()

    def question(connection: Connection) -> Fleet:
        over = retention.is_over(connection, now)
        stations = [
            Station(station, [alarm.words for alarm in alarms(station, now, __version__, over=over)])
            for station in fleet(connection)
        ]
        return Fleet(stations, waiting_stations(connection, now), to_ms(now))

    return await call.hub.read(question)


async def _invite(call: Call) -> Invited:
    said: Invite = call.body
    now_ms, identity = to_ms(call.hub.clock()), call.hub.identity
    code = await call.hub.write(lambda c: enrolment.invite(c, said.role, said.name, now_ms))
    invitation = await call.hub.read(lambda c: invitation_of(c, identity, code))
    return Invited(str(code), list(invitation.addresses), str(invitation))


async def _approve(call: Call) -> Done:
    said: Digits = call.body
    return await _decided(call, "not_waiting", lambda console: console.approve(said.digits).name)


async def _refuse(call: Call) -> Done:
    request = call.path["request"][:40]
    return await _decided(call, "not_waiting", lambda console: console.refuse(request))


async def _decided(call: Call, code: str, decide: Callable[[Console], str]) -> Done:
    """Decide as the organizer who proves to be one; where nobody has a PIN, the station's name stands for whoever sits
    there.
    """
    said: By = call.body

    def work() -> Done:
        try:
            return Done(decide(Console(call.hub, _who(call, said))))
        except BadInput as error:
            raise Refusal(409, code, str(error)) from error

    return await asyncio.to_thread(work)


def _who(call: Call, said: By) -> str:
    pins = Pins(call.hub.database, call.hub.clock)
    names = pins.names()
    if not names:
        return call.device.name
    if not said.pin:
        raise Refusal(403, "pin", str(PinNeeded()))
    try:
        return pins.prove(said.by or names[0], said.pin)
    except WrongPin as error:
        if error.wait_s:
            raise Refusal(429, "pin", str(error), retry_after_s=int(error.wait_s) + 1) from error
        raise Refusal(403, "pin", str(error)) from error
    except BadInput as error:
        raise Refusal(403, "pin", str(error)) from error


async def _revoke(call: Call) -> Done:
    return await _gone(call, wipe=False)


async def _wipe(call: Call) -> Done:
    return await _gone(call, wipe=True)


async def _gone(call: Call, *, wipe: bool) -> Done:
    device = call.path["device"][:40]
    return await _decided(call, "not_there", lambda console: console.revoke(device, wipe=wipe).name)


def _post(path: str, summary: str, handler: Handler, takes: type = By) -> Route:
    return Route("POST", path, summary, handler, ORGANIZERS, takes=takes, gives=Done, refuses=(409, 429))


ROUTES = (
    Route("POST", "/v1/beat", "How a station is", _beat, STATIONS, takes=Beat, gives=Heard, even_revoked=True),
    Route(
        "POST",
        "/v1/renew",
        "A certificate over a new key, for a station that has one",
        _renew,
        DEVICES,
        takes=Renew,
        gives=Renewed,
    ),
    Route("GET", "/v1/fleet", "Every station, and who waits to be let in", _fleet, ORGANIZERS, gives=Fleet),
    Route("POST", "/v1/invitations", "Invite a station", _invite, ORGANIZERS, takes=Invite, gives=Invited),
    _post("/v1/approvals", "Let in the station that shows these digits", _approve, Digits),
    _post("/v1/enrol/{request}/refuse", "Send a station away", _refuse),
    _post("/v1/devices/{device}/revoke", "Speak with a station no more", _revoke),
    _post("/v1/devices/{device}/wipe", "The same, and have it destroy its data once it has sent everything", _wipe),
)
