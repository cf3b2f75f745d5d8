"""Joining, asked over the network: the only routes that take a body from somebody without a certificate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, NoReturn

import msgspec

from kiosk import __version__
from kiosk.domain import invitations
from kiosk.domain.journal import to_ms
from kiosk.domain.trust import PROTOCOL
from kiosk.hub import enrolment
from kiosk.hub.database import Connection
from kiosk.hub.devices import all_devices
from kiosk.hub.enrolment import Asked, NotInvited, RequestState
from kiosk.hub.identity import is_tls_key
from kiosk.hub.routes import ANYONE, Call, Refusal, Route
from kiosk.i18n import _

Hex = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})+$", max_length=400)]
Name = Annotated[str, msgspec.Meta(max_length=80)]
Id = Annotated[str, msgspec.Meta(pattern="^[0-9A-HJKMNP-TV-Z]{26}$")]
InvitationName = Annotated[str, msgspec.Meta(pattern="^[0-9A-HJKMNP-TV-Z]{4}$")]


class Offer(msgspec.Struct, frozen=True):
    """The hub's side of an invitation: who it is, and proof that it knows the secret."""

    protocol: int
    app: str
    hub: str
    ca: str
    proof: str


class Enrol(msgspec.Struct, frozen=True):
    """What a station says of itself when it was invited."""

    protocol: int
    app: Name
    invitation: InvitationName
    nonce: Hex
    device: Id
    name: Name
    sign_key: Hex
    tls_key: Hex
    proof: Hex
    signature: Hex

    def transcript(self, ca_fingerprint: str) -> dict[str, str]:
        """What the proofs are over."""
        said = ("invitation", "nonce", "device", "name", "sign_key", "tls_key")
        return {"ca": ca_fingerprint, **{name: getattr(self, name) for name in said}}


class Pending(msgspec.Struct, frozen=True):
    """The station was invited; a person decides now."""

    request: str
    hub_nonce: str
    name: str
    role: str


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person decided, and the station's certificate if it was yes."""

    state: str
    hub_key: str = ""
    certificate: str = ""


_STATUS = {"no_invitation": 404, "wrong_code": 403, "bad_key": 403, "used": 410, "burned": 410, "expired": 410}


def _not_too_often(call: Call) -> None:
    if call.hub.failures.too_many(call.address):
        words = _("Too many wrong tries. Wait a minute, then compare the code and try again.")
        raise Refusal(429, "too_often", words, retry_after_s=60)


def _turn_away(call: Call, error: NotInvited) -> NoReturn:
    call.hub.failures.add(call.address)
    raise Refusal(_STATUS[error.code], error.code, str(error)) from error


async def _offer(call: Call) -> Offer:
    _not_too_often(call)
    name, nonce = call.path["name"], call.query.get("nonce", "")
    if not re.fullmatch(r"[0-9a-f]{32,64}", nonce):
        raise Refusal(400, "not_understood", _("The request is not what the hub expects (no nonce)."))
    now_ms, identity = to_ms(call.hub.clock()), call.hub.identity
    try:
        code, _role, _station = await call.hub.read(lambda c: enrolment.open_invitation(c, name[:10], now_ms))
    except NotInvited as error:
        _turn_away(call, error)
    proof = invitations.hub_proof(code, nonce, identity.id, identity.ca_fingerprint)
    return Offer(PROTOCOL, __version__, identity.id, identity.ca_pem, proof)


async def _enrol(call: Call) -> Pending:
    _not_too_often(call)
    said: Enrol = call.body
    if said.protocol != PROTOCOL:
        words = _("This station and the hub are of different versions ({theirs} and {ours}). Update the older one.")
        raise Refusal(409, "version", words.format(theirs=said.app, ours=__version__))
    if len(said.sign_key) != 64 or not is_tls_key(bytes.fromhex(said.tls_key)):
        raise Refusal(400, "not_understood", _("The request is not what the hub expects (a key)."))
    now_ms, transcript = to_ms(call.hub.clock()), said.transcript(call.hub.identity.ca_fingerprint)

    def work(connection: Connection) -> Asked | NotInvited:
        asked = _ask(connection, said, transcript, now_ms)
        if isinstance(asked, Asked) and enrolment.is_expected(connection, asked.waiting):
            enrolment.approve(connection, call.hub.identity, asked.waiting.digits, now_ms)
        return asked

    asked = await call.hub.write(work)
    if isinstance(asked, NotInvited):
        _turn_away(call, asked)
    return Pending(asked.waiting.id, asked.hub_nonce, asked.waiting.name, asked.waiting.role)


def _ask(connection: Connection, said: Enrol, transcript: Mapping[str, str], now_ms: int) -> Asked | NotInvited:
    """A refusal is an answer here, so that the wrong try is committed."""
    try:
        return enrolment.ask(connection, transcript, said.proof, said.signature, now_ms)
    except NotInvited as error:
        if error.code == "wrong_code":
            enrolment.wrong_try(connection, said.invitation)
        return error


async def _outcome(call: Call) -> Outcome:
    now_ms, request_id = to_ms(call.hub.clock()), call.path["request"]

    def question(connection: Connection) -> Outcome | None:
        asked = enrolment.request(connection, request_id[:40])
        if asked is None:
            return None
        if asked.state is RequestState.APPROVED:
            device = {device.id: device for device in all_devices(connection)}[asked.device]
            return Outcome("approved", call.hub.identity.device.public, device.certificate.hex())
        if asked.state is RequestState.WAITING and not enrolment.in_time(asked, now_ms):
            return Outcome("too_late")
        return Outcome(asked.state)

    outcome = await call.hub.read(question)
    if outcome is None:
        raise Refusal(404, "no_request", _("The hub knows nothing of this request. Ask for a new invitation."))
    return outcome


ROUTES = (
    Route(
        "GET",
        "/v1/invitations/{name}",
        "Prove that the hub knows an invitation's secret",
        _offer,
        ANYONE,
        gives=Offer,
        query={"nonce": "32 to 64 hex digits that the proof covers"},
        refuses=(404, 410, 429),
    ),
    Route(
        "POST",
        "/v1/enrol",
        "Ask to be let in, with an invitation",
        _enrol,
        ANYONE,
        takes=Enrol,
        gives=Pending,
        refuses=(403, 404, 409, 410, 429),
    ),
    Route(
        "GET",
        "/v1/enrol/{request}",
        "What was decided",
        _outcome,
        ANYONE,
        gives=Outcome,
        refuses=(404,),
    ),
)
