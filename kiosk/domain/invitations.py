"""How a station joins a hub: the invitation's code, what both sides prove to each other, the six digits people compare.

A code has twenty characters: four name the invitation, sixteen (80 bits) are its secret. The hub proves that it knows
the secret before the station sends anything, and its proof covers the certificate of its authority: whoever sits in
between with another certificate gets a question and nothing more. So a typed code needs no fingerprint; the QR carries
one all the same, because it costs nothing there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.domain.ids import ALPHABET, crockford

CODE_BYTES = 13
"""Random bytes a code is made from; its last four bits are not used."""
CODE_CHARACTERS, _NAME_CHARACTERS = 20, 4
LIFE_S = 600
"""So long an invitation may be used."""
APPROVAL_S = 300
"""So long a station waits to be approved."""
WRONG_TRIES = 5
"""After so many proofs that do not fit, an invitation is burned."""
QR_PREFIX = "KIOSK-JOIN:"

_READ_AS = str.maketrans("OIL", "011")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Code:
    """An invitation's code: its public name and its secret."""

    name: str
    secret: str

    def __str__(self) -> str:
        text = self.name + self.secret
        return "-".join(text[n : n + 4] for n in range(0, CODE_CHARACTERS, 4))


@dataclass(frozen=True, slots=True)
class Invitation:
    """All that stands in the QR: where the hub may be, who it is, and the code."""

    addresses: tuple[str, ...]
    """`host:port`, likeliest first."""
    fingerprint: str
    """SHA-256 of the hub's authority; empty where a code was typed."""
    code: Code

    def __str__(self) -> str:
        return f"{QR_PREFIX}{','.join(self.addresses)};{self.fingerprint};{self.code}"


def new_code(random: bytes) -> Code:
    """A code from `CODE_BYTES` random bytes."""
    text = crockford(random)[:CODE_CHARACTERS]
    return Code(text[:_NAME_CHARACTERS], text[_NAME_CHARACTERS:])


def read_code(text: str) -> Code | None:
    """A code as people type it: small letters, blanks, hyphens, O for 0. None when it is not one."""
    plain = re.sub(r"[\s–-]", "", text[:100]).upper().translate(_READ_AS)
    if len(plain) != CODE_CHARACTERS or not set(plain) <= set(ALPHABET):
        return None
    return Code(plain[:_NAME_CHARACTERS], plain[_NAME_CHARACTERS:])


def read_invitation(text: str) -> Invitation | None:
    """What stands in the QR. None when it is something else."""
    text = text.strip()
    if not text.upper().startswith(QR_PREFIX) or len(text) > 1000:
        return None
    parts = text[len(QR_PREFIX) :].split(";")
    if len(parts) != 3:
        return None
    addresses, code = tuple(filter(None, map(read_address, parts[0].split(",")))), read_code(parts[2])
    if code is None or not addresses or not _FINGERPRINT.fullmatch(parts[1].lower()):
        return None
    return Invitation(addresses[:8], parts[1].lower(), code)


_ADDRESS = re.compile(r"(?:https://)?(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?/?", re.IGNORECASE | re.ASCII)
DEFAULT_PORT = 7443


def read_address(text: str) -> str | None:
    """`host:port` from what somebody typed: with or without https:// and port. None when it is no such thing."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or not 0 < (port := int(match[2] or DEFAULT_PORT)) < 65536:
        return None
    return f"{match[1].lower()}:{port}"


def hub_proof(code: Code, nonce: str, hub: str, ca_fingerprint: str) -> str:
    """What the hub shows first: that it knows the secret, and which certificate is really its own."""
    return _mac(code, "hub", {"nonce": nonce, "hub": hub, "ca": ca_fingerprint})


def station_proof(code: Code, transcript: Mapping[str, str]) -> str:
    """What the station shows: that it knows the secret, over all it says of itself."""
    return _mac(code, "station", transcript)


def digits(code: Code, transcript: Mapping[str, str], hub_nonce: str) -> str:
    """Six digits that are the same on both screens if and only if both speak of the same station: "042 117".

    The hub's nonce comes last, so a station cannot choose its keys to fit.
    """
    number = int(_mac(code, "digits", {**transcript, "hub_nonce": hub_nonce})[:16], 16) % 1_000_000
    return f"{number // 1000:03} {number % 1000:03}"


def signed_words(transcript: Mapping[str, str]) -> bytes:
    """What a station signs with the key its records will be signed with: that the key is really its own."""
    return b"kiosk enrol 1\n" + _canonical(transcript)


def fits(proof: str, expected: str) -> bool:
    """Compare two proofs, taking the same time however much of them is right."""
    return hmac.compare_digest(proof.encode(), expected.encode())


def _mac(code: Code, what: str, content: Mapping[str, str]) -> str:
    return hmac.new(code.secret.encode(), what.encode() + b"\n" + _canonical(content), hashlib.sha256).hexdigest()


def _canonical(content: Mapping[str, str]) -> bytes:
    return json.dumps(dict(content), sort_keys=True, separators=(",", ":")).encode()
