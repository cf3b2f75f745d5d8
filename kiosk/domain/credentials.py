"""What somebody earned, for other systems: xAPI statements and Open Badges 3.0 credentials, as JSON values.

A credential is signed by its station with the cryptosuite eddsa-jcs-2022 (W3C Data Integrity): the document and the
options of the proof are hashed in their canonical form (RFC 8785), and the signature stands in the document.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kiosk.domain.credit import HOUR, Line, Result
from kiosk.domain.people import Attendee
from kiosk.domain.programme import ProgrammeSession
from kiosk.i18n import _

_OURS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:kiosk-checkin")
_ATTENDED = {"id": "http://adlnet.gov/expapi/verbs/attended", "display": {"en-US": "attended"}}
_COURSE = "http://adlnet.gov/expapi/activities/course"
_HOURS = "urn:kiosk-checkin:credit-hundredths-of-an-hour"
_CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
_ED25519 = b"\xed\x01"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who says so."""

    conference: str
    home: str
    """A web address of the conference; people are accounts there."""
    public_key: bytes
    """Of the station, Ed25519."""

    @property
    def did(self) -> str:
        """The key as a name: did:key."""
        return f"did:key:{multibase(_ED25519 + self.public_key)}"


def statement(attendee: Attendee, line: Line, issuer: Issuer) -> dict[str, Any]:
    """One course of one person as an xAPI statement (1.0.3). The same course always has the same id."""
    session = line.session
    return {
        "id": str(uuid.uuid5(_OURS, f"statement/{attendee.id}/{session.id}/{line.credit}/{line.counted_min}")),
        "actor": {
            "objectType": "Agent",
            "name": attendee.full_name,
            "account": {"homePage": issuer.home, "name": attendee.id},
        },
        "verb": _ATTENDED,
        "object": {
            "objectType": "Activity",
            "id": _session_iri(session),
            "definition": {"type": _COURSE, "name": {"en-US": f"{session.code} {session.title}".strip()}},
        },
        "result": {
            "completion": True,
            "duration": f"PT{line.counted_min}M",
            "extensions": {_HOURS: line.credit},
        },
        "context": {"platform": "kiosk"},
        "timestamp": _stamp(session.end),
    }


def credential(attendee: Attendee, result: Result, issuer: Issuer, at: datetime) -> dict[str, Any]:
    """What somebody earned in all as an Open Badges 3.0 credential, not signed yet. `at` is when it is made."""
    courses = "; ".join(f"{line.session.code} {line.session.title}" for line in result.counting)
    hours = _number(result.total)
    name = _("Training hours, {conference}").format(conference=issuer.conference)
    return {
        "@context": _CONTEXT,
        "id": f"urn:uuid:{uuid.uuid5(_OURS, f'credential/{attendee.id}/{result.total}/{courses}')}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": name,
        "issuer": {"id": issuer.did, "type": ["Profile"], "name": issuer.conference},
        "validFrom": _stamp(at),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "hashed": False, "identityHash": attendee.full_name, "identityType": "name"},
                {"type": "IdentityObject", "hashed": False, "identityHash": attendee.id, "identityType": "identifier"},
            ],
            "creditsEarned": hours,
            "achievement": {
                "id": f"urn:uuid:{uuid.uuid5(_OURS, f'achievement/{issuer.conference}')}",
                "type": ["Achievement"],
                "achievementType": "CertificateOfCompletion",
                "name": name,
                "description": _("Attended in person: {courses}.").format(courses=courses),
                "criteria": {
                    "narrative": _("Scanned in and out of each session; minutes inside counted by the session's rule.")
                },
            },
        },
    }


def signed(document: Mapping[str, Any], issuer: Issuer, at: datetime, sign: Callable[[bytes], bytes]) -> dict[str, Any]:
    """The document with a proof by the station's key."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": _stamp(at),
        "verificationMethod": f"{issuer.did}#{issuer.did.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
    }
    over = _hash({"@context": document["@context"], **options}) + _hash(document)
    return {**document, "proof": {**options, "proofValue": multibase(sign(over))}}


def _hash(content: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).digest()


def multibase(data: bytes) -> str:
    """Base58 as Bitcoin writes it, with the letter that says so."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + "1" * zeros + digits


def _session_iri(session: ProgrammeSession) -> str:
    return f"urn:uuid:{uuid.uuid5(_OURS, f'session/{session.id}')}"


def _number(hundredths: int) -> int | float:
    """Hours as JSON has them: whole where they are, so that the canonical form is the one we write."""
    return hundredths // HOUR if hundredths % HOUR == 0 else hundredths / HOUR


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
