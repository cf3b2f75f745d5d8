"""Renewing what this station shows the hub, and following the hub to a new authority.

A new authority counts when two keys vouch for it that were known before: that of the authority before it, which this
station pinned, and the hub's own. The old one is pinned beside it for as long as the hub says that both are good.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Sequence
from dataclasses import replace

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.domain.trust import AUTHORITY_SIGNED_AS
from kiosk.errors import HubTrouble
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.storage.exchange import is_signed_by
from kiosk.sync.client import HubClient
from kiosk.wire.renewal import AuthorityTold, Renewed

_log = logging.getLogger(__name__)


def followed(link: HubLink, told: Sequence[AuthorityTold]) -> HubLink:
    """The link with those authorities pinned that are good and vouched for; as it is where nothing was told.

    An authority nobody here can prove is left out, and everything stays as it was.
    """
    if not told:
        return link
    known = {_der(pem): pem for pem in _each(link.ca_pem)}
    pinned = []
    for each in sorted(told, key=lambda each: each.generation):
        try:
            der = ssl.PEM_cert_to_DER_cert(each.pem)
        except ValueError:
            der = b""
        if der not in known and not _is_vouched(each, der, link, list(known)):
            _log.error("the hub told of an authority for which nobody known here vouches")
            return link
        known[der] = each.pem
        pinned.append(each.pem)
    return replace(link, ca_pem="".join(pinned))


def _is_vouched(told: AuthorityTold, der: bytes, link: HubLink, known: Sequence[bytes]) -> bool:
    signed = AUTHORITY_SIGNED_AS + der
    try:
        by_hub, by_former = bytes.fromhex(told.by_hub), bytes.fromhex(told.by_former)
    except ValueError:
        return False
    return is_signed_by(link.hub_key, by_hub, signed) and any(_has_signed(each, by_former, signed) for each in known)


def _has_signed(authority: bytes, signature: bytes, signed: bytes) -> bool:
    key = x509.load_der_x509_certificate(authority).public_key()
    try:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _each(pems: str) -> list[str]:
    end = ssl.PEM_FOOTER
    return [f"{part.strip()}\n{end}\n" for part in pems.split(end) if part.strip()]


def _der(pem: str) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem)


def renewed(client: HubClient, link: HubLink, generation: int) -> HubLink:
    """The link with a new key and a certificate over it, by this generation of the hub's authority. Raises HubTrouble.

    What it had is kept beside it, for a hub that comes back from a backup.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    told = client.ask("POST", "/v1/renew", {"tls_key": public.hex(), "generation": generation}, Renewed)
    try:
        certificate = x509.load_der_x509_certificate(bytes.fromhex(told.certificate))
    except ValueError as error:
        raise HubTrouble(_("The hub sent a certificate that is none.")) from error
    if certificate.public_key() != key.public_key():
        raise HubTrouble(_("The hub sent a certificate that is not this station's."))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    former = (link.certificate, link.tls_key_pem, link.generation)
    return replace(
        link, certificate=told.certificate, tls_key_pem=pem.decode(), generation=generation, former=former
    )  # fmt: skip


def kept_up(client: HubClient, link: HubLink, told: Sequence[AuthorityTold], *, ordered: bool) -> HubLink:
    """The link as it is to be from now on, given what the hub says. Raises HubTrouble."""
    after = followed(link, told)
    pinned = {_der(pem) for pem in _each(after.ca_pem)}
    good = [each for each in told if ssl.PEM_cert_to_DER_cert(each.pem) in pinned] if after is not link else []
    generation = max((each.generation for each in good), default=link.generation)
    if ordered or generation > link.generation:
        return renewed(client, after, generation)
    if after.former is not None and good and after.former[2] < min(each.generation for each in good):
        return replace(after, former=None)  # its authority is good no more
    return after
