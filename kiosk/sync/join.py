"""Joining a hub with an invitation, from the station's side.

    joining = Joining(store, station.name, invitation)
    pending = joining.ask()          # .digits: people compare them with what the hub shows
    link = joining.wait(stop)        # a person at the hub has approved; the link is kept

The hub proves itself first. Until it has, it is asked one question that holds nothing but the invitation's public name.
"""

from __future__ import annotations

import json
import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk import __version__
from kiosk.domain import invitations
from kiosk.domain.invitations import Invitation
from kiosk.domain.trust import PROTOCOL, DeviceRole, fingerprint, server_name
from kiosk.errors import HubRefused, HubTrouble
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.storage.store import Store
from kiosk.sync.http import HubHttp
from kiosk.sync.tls import anybody_context, pinned_context

ASK_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Pending:
    """The station was invited and waits for a person's decision."""

    digits: str
    name: str
    """What the organizer calls this station."""
    role: DeviceRole


class Joining:
    """One attempt to join one hub. `close` it."""

    def __init__(self, store: Store, station_name: str, invitation: Invitation) -> None:
        self._store = store
        self._name = station_name
        self._invitation = invitation
        self._http: HubHttp | None = None
        self._address = ""
        self._hub = self._ca_pem = self._request = ""
        self._tls_key = ec.generate_private_key(ec.SECP256R1())
        self._pending: Pending | None = None

    def ask(self) -> Pending:
        """Find the hub, let it prove itself, ask to be let in. Raises HubTrouble or HubRefused, in words."""
        nonce = secrets.token_hex(16)
        self._find(nonce)
        self._http = HubHttp(self._address, server_name("hub", self._hub), pinned_context(self._ca_pem))
        code, transcript = self._invitation.code, self._transcript(nonce)
        device = self._store.journal.device
        body = {
            **{name: value for name, value in transcript.items() if name != "ca"},
            "protocol": PROTOCOL,
            "app": __version__,
            "proof": invitations.station_proof(code, transcript),
            "signature": device.key.sign(invitations.signed_words(transcript)).hex(),
        }
        told = self._http.ask("POST", "/v1/enrol", json.dumps(body).encode()).json()
        self._request = str(told["request"])
        digits = invitations.digits(code, transcript, str(told["hub_nonce"]))
        self._pending = Pending(digits, str(told["name"]), DeviceRole(told["role"]))
        return self._pending

    def decided(self) -> HubLink | None:
        """The link if a person has approved; None while nobody has decided. Raises HubRefused or HubTrouble."""
        assert self._http is not None
        assert self._pending is not None
        told = self._http.ask("GET", f"/v1/enrol/{self._request}").json()
        match told["state"]:
            case "waiting":
                return None
            case "approved":
                return self._keep(self._pending, told)
            case "refused":
                raise HubRefused("refused", _("The organizer did not let this station in. Compare the digits again."))
        words = _("Nobody approved this station within five minutes. Ask for a new invitation.")
        raise HubRefused("too_late", words)

    def wait(self, stop: Callable[[float], bool]) -> HubLink | None:
        """Wait for the decision. `stop(seconds)` waits as long and answers whether to give up; then this is None."""
        while (link := self.decided()) is None:
            if stop(ASK_AGAIN_S):
                return None
        return link

    def close(self) -> None:
        """Hang up."""
        if self._http is not None:
            self._http.close()

    def _find(self, nonce: str) -> None:
        """The first address where somebody proves to be the hub that made the invitation."""
        trouble: HubTrouble | None = None
        for address in self._invitation.addresses:
            try:
                self._prove(address, nonce)
            except HubRefused:
                raise
            except HubTrouble as error:
                trouble = trouble or error
            else:
                self._address = address
                return
        raise trouble or HubTrouble(_("The invitation names no address of a hub."))

    def _prove(self, address: str, nonce: str) -> None:
        """Ask the one question that may go to a stranger."""
        code = self._invitation.code
        http = HubHttp(address, None, anybody_context())
        try:
            offer = http.ask("GET", f"/v1/invitations/{code.name}?nonce={nonce}").json()
        finally:
            http.close()
        try:
            protocol = int(offer["protocol"])
            hub, ca_pem, proof = (str(offer[name]) for name in ("hub", "ca", "proof"))
            ca_fingerprint = fingerprint(ssl.PEM_cert_to_DER_cert(ca_pem))
        except (KeyError, TypeError, ValueError) as error:
            raise HubTrouble(_("What answers at {address} is not a hub.").format(address=address)) from error
        if protocol != PROTOCOL:
            words = _("The hub runs another version of this program ({theirs}, here {ours}). Update the older one.")
            raise HubRefused("version", words.format(theirs=str(offer.get("app"))[:20], ours=__version__))
        expected = invitations.hub_proof(code, nonce, hub, ca_fingerprint)
        if not invitations.fits(proof, expected) or self._invitation.fingerprint not in ("", ca_fingerprint):
            words = _(
                "What answers at {address} could not prove that it made this invitation. Nothing was sent to it. "
                "Compare the code; if it is right, this is not your hub."
            )
            raise HubTrouble(words.format(address=address))
        self._hub, self._ca_pem = hub, ca_pem

    def _transcript(self, nonce: str) -> dict[str, str]:
        device = self._store.journal.device
        public = self._tls_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {
            "ca": fingerprint(ssl.PEM_cert_to_DER_cert(self._ca_pem)),
            "invitation": self._invitation.code.name,
            "nonce": nonce,
            "device": device.id,
            "name": self._name,
            "sign_key": device.public,
            "tls_key": public.hex(),
        }

    def _keep(self, pending: Pending, told: Mapping[str, str]) -> HubLink:
        certificate = bytes.fromhex(told["certificate"])
        if x509.load_der_x509_certificate(certificate).public_key() != self._tls_key.public_key():
            raise HubTrouble(_("The hub sent a certificate that is not this station's. Ask for a new invitation."))
        key = self._tls_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        addresses = (self._address, *(a for a in self._invitation.addresses if a != self._address))
        link = HubLink(
            self._hub,
            addresses,
            told["hub_key"],
            self._ca_pem,
            certificate.hex(),
            key.decode(),
            pending.role,
            pending.name,
        )
        link.write(self._store)
        return link
