"""Who the hub is: its name for ever, its certificate authority, and the keys it speaks and signs with.

They lie in `hub.keys` in the data folder, sealed with the folder's data key, and never in the database: a database
that is copied or leaks lets nobody pose as the hub. Several hubs on one PostgreSQL share one such file.

Certificates are valid from 2000 to 2049. Trust comes from pinning this authority and from revoking devices, not from
dates: a station whose clock is years off must still get through to the hub that sets it right.
"""

from __future__ import annotations

import json
import os
import secrets
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kiosk.domain.ids import ID_BYTES, new_id
from kiosk.domain.trust import AUTHORITY_SIGNED_AS, fingerprint, hub_name, server_name
from kiosk.errors import BadInput, DamagedFile, StorageError
from kiosk.i18n import _
from kiosk.storage.journal import Device

KEYS_FILE = "hub.keys"
VALID_FROM, VALID_TO = datetime(2000, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
_NONCE_BYTES = 12
_FOLLOWING = "following"


@dataclass(frozen=True, slots=True)
class Authority:
    """What certifies the hub's server and its stations; another one follows it when it is rotated."""

    generation: int
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    server_key: ec.EllipticCurvePrivateKey
    server: x509.Certificate
    vouched: bytes = b""
    """The signature of the one before."""

    @property
    def der(self) -> bytes:
        """Its certificate."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        """Its certificate, as stations pin it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def has_issued(self, certificate: bytes) -> bool:
        """Whether this certificate (DER) is one of its own."""
        try:
            x509.load_der_x509_certificate(certificate).verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Identity:
    """The hub as stations know it."""

    device: Device
    """Its id, and the key it signs records with."""
    authority: Authority
    following: Authority | None = None
    """The one that takes its place, while stations learn of it: both are good meanwhile."""

    @property
    def authorities(self) -> tuple[Authority, ...]:
        """Those that are good, the newest last."""
        return (self.authority, self.following) if self.following is not None else (self.authority,)

    @property
    def id(self) -> str:
        """The hub's id."""
        return self.device.id

    @property
    def ca_pem(self) -> str:
        """The authority's certificate, which stations pin."""
        return self.authority.pem

    @property
    def ca_fingerprint(self) -> str:
        """SHA-256 of that certificate, in hex."""
        return fingerprint(self.authority.der)

    def certify(self, device: str, public_key: bytes, generation: int | None = None) -> bytes:
        """A certificate (DER) for a device's TLS key, given as DER; by the oldest authority that is good, or by that
        of a generation. Raises ValueError when that is no such key, or there is no such authority.
        """
        key = _tls_key(public_key)
        wanted = self.authority.generation if generation is None else generation
        for each in self.authorities:
            if each.generation == wanted:
                certificate = _certificate(device, [server_name("device", device)], key, each.key, each.certificate)
                return certificate.public_bytes(serialization.Encoding.DER)
        raise ValueError("no such authority")

    def server_context(self) -> ssl.SSLContext:
        """TLS 1.3 with our certificate; a caller may show one of ours, and must not show any other. Who asks for the
        hub by the name of the authority that follows is shown that one's certificate.
        """
        context, following = self._context_of(self.authority), self.following
        if following is not None:
            name, other = hub_name(self.id, following.generation), self._context_of(following)

            def choose(connection: ssl.SSLSocket | ssl.SSLObject, asked: str | None, _context: ssl.SSLContext) -> None:
                if asked == name:
                    connection.context = other

            context.sni_callback = choose
        return context

    def _context_of(self, authority: Authority) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata="".join(each.pem for each in self.authorities))
        load_key(context, authority.server, authority.server_key)
        return context


def is_tls_key(public_key: bytes) -> bool:
    """Whether these bytes (DER) are a key we certify."""
    try:
        _tls_key(public_key)
    except ValueError:
        return False
    return True


def _tls_key(public_key: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = serialization.load_der_public_key(public_key)
    except (UnsupportedAlgorithm, TypeError) as error:
        raise ValueError("no key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("a device's TLS key is one on the curve P-256")
    return key


def load_key(context: ssl.SSLContext, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    """Give a context a certificate and its key. Python wants them in a file: it is one nobody else can read."""
    word = secrets.token_bytes(32)
    locked = serialization.BestAvailableEncryption(word)
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked
    )
    with tempfile.TemporaryDirectory(prefix="kiosk-") as folder:
        path = Path(folder) / "key.pem"
        path.write_bytes(pem)
        context.load_cert_chain(path, password=word)


def has_keys(folder: Path) -> bool:
    """Whether a hub's keys lie in this folder."""
    return (folder / KEYS_FILE).exists()


def load_identity(folder: Path, key: bytes) -> Identity:
    """The hub's identity, made at its first start. `key` is the folder's data key. Raises StorageError, in words."""
    path = folder / KEYS_FILE
    try:
        if not path.exists():
            _write(path, key, _new())
        return _read(path, key)
    except OSError as error:
        words = _("{path} cannot be used: {detail}. Check that it is there and yours.")
        raise StorageError(words.format(path=path, detail=error.strerror or error)) from error


def _new() -> dict[str, str]:
    hub = new_id(secrets.token_bytes(ID_BYTES))
    key = Ed25519PrivateKey.generate().private_bytes_raw().hex()
    return {"id": hub, "key": key, **_authority_text(_new_authority(hub, 0))}


def _new_authority(hub: str, generation: int, before: Authority | None = None) -> Authority:
    key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(hub, [], key.public_key(), key, None)
    names = list(dict.fromkeys([hub_name(hub, generation), hub_name(hub, 0)]))
    server = _certificate(hub, names, server_key.public_key(), key, certificate)
    made = Authority(generation, key, certificate, server_key, server)
    if before is None:
        return made
    return replace(made, vouched=before.key.sign(AUTHORITY_SIGNED_AS + made.der, ec.ECDSA(hashes.SHA256())))


def _authority_text(authority: Authority) -> dict[str, str]:
    return {
        "generation": str(authority.generation),
        "ca_key": _key_text(authority.key),
        "ca": authority.pem,
        "server_key": _key_text(authority.server_key),
        "server": authority.server.public_bytes(serialization.Encoding.PEM).decode(),
        "vouched": authority.vouched.hex(),
    }


def _read_authority(content: dict[str, str]) -> Authority:
    return Authority(
        int(content.get("generation", "0")),
        _read_key(content["ca_key"]),
        x509.load_pem_x509_certificate(content["ca"].encode()),
        _read_key(content["server_key"]),
        x509.load_pem_x509_certificate(content["server"].encode()),
        bytes.fromhex(content.get("vouched", "")),
    )


def begin_rotation(folder: Path, key: bytes) -> Identity:
    """Another authority, for which the present one vouches: stations learn of it, and both are good until
    `end_rotation`. Raises BadInput where that is under way; StorageError, in words.
    """
    identity = load_identity(folder, key)
    if identity.following is not None:
        raise BadInput(
            _("The hub has a new authority already. Let stations learn of it, then: kiosk hub rotate --finish")
        )
    made = _new_authority(identity.id, identity.authority.generation + 1, identity.authority)
    _write(folder / KEYS_FILE, key, {**export_keys(folder, key), _FOLLOWING: json.dumps(_authority_text(made))})
    return load_identity(folder, key)


def end_rotation(folder: Path, key: bytes) -> Identity:
    """Only the new authority is good from now on. Raises BadInput where there is none; StorageError, in words."""
    content = export_keys(folder, key)
    if _FOLLOWING not in content:
        raise BadInput(_("No new authority is on its way. Begin with: kiosk hub rotate"))
    following = json.loads(content.pop(_FOLLOWING))
    _write(folder / KEYS_FILE, key, {**content, **following})
    return load_identity(folder, key)


def _certificate(
    name: str,
    dns: Sequence[str],
    public: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
) -> x509.Certificate:
    """A certificate; without DNS names it is the authority's own."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_TO)
        .add_extension(x509.BasicConstraints(ca=not dns, path_length=None if dns else 0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(_usage(authority=not dns), critical=True)
    )
    if dns:
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(each) for each in dns]), critical=False
        )
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_text(key: ec.EllipticCurvePrivateKey) -> str:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


def _read_key(text: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(text.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _write(path: Path, key: bytes, content: dict[str, str]) -> None:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, json.dumps(content).encode(), KEYS_FILE.encode())
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(sealed)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def export_keys(folder: Path, key: bytes) -> dict[str, str]:
    """All that makes the hub what it is, for a sealed backup. Raises StorageError, in words."""
    path = folder / KEYS_FILE
    try:
        return _unseal(path, key)
    except (OSError, InvalidTag, ValueError) as error:
        raise _damaged(path) from error


def import_keys(folder: Path, key: bytes, content: dict[str, str]) -> None:
    """Become that hub."""
    _write(folder / KEYS_FILE, key, content)


def _unseal(path: Path, key: bytes) -> dict[str, str]:
    sealed = path.read_bytes()
    plain = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], KEYS_FILE.encode())
    content: dict[str, str] = json.loads(plain)
    return content


def _damaged(path: Path) -> DamagedFile:
    words = _("{path} is damaged, or belongs to another data folder. Put it back from a backup of the hub.")
    return DamagedFile(words.format(path=path))


def _read(path: Path, key: bytes) -> Identity:
    try:
        content = _unseal(path, key)
        device = Device(content["id"], Ed25519PrivateKey.from_private_bytes(bytes.fromhex(content["key"])))
        following = _read_authority(json.loads(content[_FOLLOWING])) if _FOLLOWING in content else None
        return Identity(device, _read_authority(content), following)
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error
