"""Letting devices in: invitations, stations that ask, and a person who compares six digits and decides.

Everything here runs in a transaction of the writer and is written down, so that no limit is reset by a restart: an
invitation is used once, for ten minutes, and burned after five wrong tries.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiosk.domain import invitations
from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.invitations import APPROVAL_S, CODE_BYTES, LIFE_S, WRONG_TRIES, Code, new_code
from kiosk.domain.trust import DeviceRole, fingerprint
from kiosk.domain.typed import one_line
from kiosk.errors import BadInput
from kiosk.hub.database import Connection, metadata, note
from kiosk.hub.devices import DEVICES, DeviceState, KnownDevice, all_devices, not_joined, put_device
from kiosk.hub.identity import Identity
from kiosk.hub.vouched import vouched
from kiosk.i18n import _

MOST_OPEN = 100
"""Invitations that may be open at once: far more than anybody needs, far fewer than would help a guesser."""


class InvitationState(StrEnum):
    """What became of an invitation."""

    OPEN = "open"
    USED = "used"
    BURNED = "burned"
    """Too many wrong tries."""


class RequestState(StrEnum):
    """What became of a station that asked to be let in."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


_invitation = sa.Table(
    "invitation",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("station", sa.Text, nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("wrong", sa.Integer, nullable=False),
)

_request = sa.Table(
    "enrolment",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("sign_key", sa.Text, nullable=False),
    sa.Column("tls_key", sa.Text, nullable=False),
    sa.Column("digits", sa.Text, nullable=False),
    sa.Column("asked_ms", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
)


def create(connection: Connection) -> None:
    """The tables."""
    _invitation.create(connection)
    _request.create(connection)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A station that asked to be let in."""

    id: str
    device: str
    name: str
    role: DeviceRole
    sign_key: str
    tls_key: str
    digits: str
    asked_ms: int
    state: RequestState


class NotInvited(Exception):
    """The invitation does not let anybody in: a code for programs, a sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def invite(connection: Connection, role: DeviceRole, station: str, now_ms: int) -> Code:
    """A new invitation. Raises BadInput when too many are open."""
    old = _invitation.c.made_ms < now_ms - LIFE_S * 1000
    connection.execute(_invitation.update().where(old).values(secret=""))
    still_open = sa.select(sa.func.count()).where(_invitation.c.state == InvitationState.OPEN, ~old)
    if (connection.scalar(still_open) or 0) >= MOST_OPEN:
        raise BadInput(_("Too many invitations are open. Wait ten minutes, or use one of them."))
    while True:
        code = new_code(secrets.token_bytes(CODE_BYTES))
        taken = connection.scalar(sa.select(_invitation.c.made_ms).where(_invitation.c.name == code.name))
        if taken is None:
            break
    connection.execute(
        _invitation.insert().values(
            name=code.name,
            secret=code.secret,
            role=str(role),
            station=one_line(station, 40),
            made_ms=now_ms,
            state=str(InvitationState.OPEN),
            wrong=0,
        )
    )
    return code


def open_invitation(connection: Connection, name: str, now_ms: int) -> tuple[Code, DeviceRole, str]:
    """The invitation of this name: its code, and for which role and station it is. Raises NotInvited."""
    row = connection.execute(sa.select(_invitation).where(_invitation.c.name == name)).one_or_none()
    if row is None:
        words = _("The hub knows no invitation with this code. Compare it, or ask for a new one.")
        raise NotInvited("no_invitation", words)
    if row.state == InvitationState.USED:
        words = _("This invitation was used already. Each is for one station: ask for a new one.")
        raise NotInvited("used", words)
    if row.state == InvitationState.BURNED:
        words = _("This invitation was tried wrongly too often and is void. Ask for a new one.")
        raise NotInvited("burned", words)
    # A clock that was set back must not make it live longer.
    if not 0 <= now_ms - row.made_ms <= LIFE_S * 1000:
        raise NotInvited("expired", _("This invitation is older than ten minutes. Ask for a new one."))
    return Code(row.name, row.secret), DeviceRole(row.role), row.station


def ask(connection: Connection, transcript: Mapping[str, str], proof: str, signature: str, now_ms: int) -> Asked:
    """A station shows that it was invited. Answers what it waits with; the invitation is used up.

    Raises NotInvited. The caller commits even then: a wrong try has been counted (`wrong_try`).
    """
    code, role, station = open_invitation(connection, transcript["invitation"], now_ms)
    if not invitations.fits(proof, invitations.station_proof(code, transcript)):
        raise NotInvited("wrong_code", _("The code does not fit. Compare it character by character."))
    if not _signed(transcript, signature):
        raise NotInvited("bad_key", _("The station could not prove its key. Start it again and ask for a new code."))
    known = {device.id: device for device in all_devices(connection)}.get(transcript["device"])
    key = known.sign_key if known is not None else _vouched_key(connection, transcript["device"])
    if key not in ("", transcript["sign_key"]):
        raise NotInvited("bad_key", _("Another station is known by this id. Somebody may be posing as it."))
    used = _invitation.c.name == code.name
    connection.execute(_invitation.update().where(used).values(state=str(InvitationState.USED), secret=""))
    hub_nonce = secrets.token_hex(16)
    waiting = Waiting(
        new_id(secrets.token_bytes(ID_BYTES)),
        transcript["device"],
        station or one_line(transcript["name"], 40) or _("Station"),
        role,
        transcript["sign_key"],
        transcript["tls_key"],
        invitations.digits(code, transcript, hub_nonce),
        now_ms,
        RequestState.WAITING,
    )
    values = {name: getattr(waiting, name) for name in Waiting.__dataclass_fields__}
    connection.execute(_request.insert().values(**{**values, "role": str(role), "state": str(waiting.state)}))
    note(connection, DEVICES)
    return Asked(waiting, hub_nonce)


def _vouched_key(connection: Connection, device: str) -> str:
    """The key of a station that is to join anew; empty for any other."""
    expected = not_joined(vouched(connection), all_devices(connection))
    return {each.device: each.key for each in expected}.get(device, "")


def is_expected(connection: Connection, asked: Waiting) -> bool:
    """Whether this is one of those that are to join anew, as what it was: its key, which it has proved, says so, and
    nobody compares. One that is to become another thing is looked at.
    """
    expected = {each.device: each for each in not_joined(vouched(connection), all_devices(connection))}
    known = expected.get(asked.device)
    return known is not None and known.key == asked.sign_key and known.role in ("", asked.role)


@dataclass(frozen=True, slots=True)
class Asked:
    """A station that waits from now on."""

    waiting: Waiting
    hub_nonce: str


def wrong_try(connection: Connection, name: str) -> None:
    """Count a proof that did not fit."""
    row = _invitation.c.name == name
    connection.execute(_invitation.update().where(row).values(wrong=_invitation.c.wrong + 1))
    burned = _invitation.update().where(row, _invitation.c.wrong >= WRONG_TRIES)
    connection.execute(burned.values(state=str(InvitationState.BURNED), secret=""))


def _signed(transcript: Mapping[str, str], signature: str) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(transcript["sign_key"]))
        key.verify(bytes.fromhex(signature), invitations.signed_words(transcript))
    except (InvalidSignature, ValueError):
        return False
    return True


# Who waits


def waiting(connection: Connection, now_ms: int) -> list[Waiting]:
    """Stations that wait for somebody to compare their digits, longest first."""
    query = sa.select(_request).where(
        _request.c.state == RequestState.WAITING, _request.c.asked_ms.between(now_ms - APPROVAL_S * 1000, now_ms)
    )
    return [_waiting(row) for row in connection.execute(query.order_by(_request.c.asked_ms))]


def request(connection: Connection, request_id: str) -> Waiting | None:
    """One of those who asked, whatever became of it."""
    row = connection.execute(sa.select(_request).where(_request.c.id == request_id)).one_or_none()
    return _waiting(row) if row is not None else None


def in_time(asked: Waiting, now_ms: int) -> bool:
    """Whether it may still be approved."""
    return 0 <= now_ms - asked.asked_ms <= APPROVAL_S * 1000


def approve(connection: Connection, identity: Identity, digits: str, now_ms: int) -> KnownDevice:
    """Let in the station that shows these digits, which a person has compared. Raises BadInput, in words."""
    plain = "".join(digits.split())
    fitting = [each for each in waiting(connection, now_ms) if each.digits.replace(" ", "") == plain]
    if len(fitting) != 1:
        raise BadInput(_("No station waits with these digits. Look at the list, and compare them again."))
    [asked] = fitting
    certificate = identity.certify(asked.device, bytes.fromhex(asked.tls_key))
    device = KnownDevice(
        asked.device,
        asked.name,
        asked.role,
        DeviceState.ACTIVE,
        asked.sign_key,
        certificate,
        fingerprint(certificate),
        now_ms,
    )
    put_device(connection, device)
    _decide(connection, asked.id, RequestState.APPROVED)
    return device


def refuse(connection: Connection, request_id: str, now_ms: int) -> Waiting:
    """Send a station away. Raises BadInput, in words."""
    for asked in waiting(connection, now_ms):
        if asked.id == request_id:
            _decide(connection, request_id, RequestState.REFUSED)
            return asked
    raise BadInput(_("No such station waits any more. Look at the list again."))


def _decide(connection: Connection, request_id: str, state: RequestState) -> None:
    connection.execute(_request.update().where(_request.c.id == request_id).values(state=str(state)))
    note(connection, DEVICES)


def _waiting(row: Any) -> Waiting:
    values = dict(row._mapping)
    return Waiting(**{**values, "role": DeviceRole(values["role"]), "state": RequestState(values["state"])})
