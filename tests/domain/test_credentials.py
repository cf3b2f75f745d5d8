"""Exports for other systems: the shapes they ask for, and a proof that anybody can check."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain.credentials import Issuer, credential, multibase, signed, statement
from kiosk.domain.people import Attendee, AttendeeId
from tests.domain.hours import at, came, left, result

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ISSUER = Issuer("National Training Conference", "https://ntc.example", KEY.public_key().public_bytes_raw())
ADA = Attendee(AttendeeId("0" * 26), first="Ada", last="Lovelace")
EARNED = result(came(0), left(72))
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def from_base58(text: str) -> bytes:
    assert text.startswith("z")
    number = 0
    for character in text[1:]:
        number = number * 58 + ALPHABET.index(character)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def test_base58_is_what_others_write() -> None:
    assert multibase(b"Hello World!") == "z2NEpo7TZRRrLZSi2U"
    assert multibase(b"\0\0\x01") == "z112"
    # The key of the did:key specification's first Ed25519 example.
    key = bytes.fromhex("2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6")
    assert Issuer("", "", key).did == "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"


def test_a_statement_has_what_xapi_asks_for() -> None:
    (line,) = EARNED.lines
    said = statement(ADA, line, ISSUER)
    uuid.UUID(said["id"])
    assert said["actor"] == {
        "objectType": "Agent",
        "name": "Ada Lovelace",
        "account": {"homePage": "https://ntc.example", "name": ADA.id},
    }
    assert said["verb"]["id"] == "http://adlnet.gov/expapi/verbs/attended"
    assert said["object"]["id"].startswith("urn:uuid:")
    assert said["object"]["definition"]["name"] == {"en-US": "A Course A"}
    assert said["result"] == {
        "completion": True,
        "duration": "PT72M",
        "extensions": {"urn:kiosk-checkin:credit-hundredths-of-an-hour": 120},
    }
    datetime.fromisoformat(said["timestamp"])
    assert statement(ADA, line, ISSUER) == said  # sent twice, it is one statement


def a_badge() -> dict[str, Any]:
    return credential(ADA, EARNED, ISSUER, at(300))


def test_a_badge_has_what_open_badges_3_asks_for() -> None:
    badge = a_badge()
    assert badge["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert re.fullmatch(r"https://purl\.imsglobal\.org/spec/ob/v3p0/context-3\.0\.\d\.json", badge["@context"][1])
    assert badge["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert badge["issuer"]["type"] == ["Profile"]
    assert badge["issuer"]["id"].startswith("did:key:z6Mk")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", badge["validFrom"])
    subject = badge["credentialSubject"]
    assert subject["type"] == ["AchievementSubject"]
    assert subject["creditsEarned"] == 1.2
    assert {entry["identityType"] for entry in subject["identifier"]} == {"name", "identifier"}
    assert {"id", "type", "name", "description", "criteria"} <= set(subject["achievement"])


def test_the_proof_is_by_the_station_over_every_word() -> None:
    badge = signed(a_badge(), ISSUER, at(300), KEY.sign)
    proof = dict(badge.pop("proof"))
    signature = from_base58(proof.pop("proofValue"))
    assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", "eddsa-jcs-2022")
    assert proof["verificationMethod"].split("#")[0] == badge["issuer"]["id"]

    def hashed(content: dict[str, Any]) -> bytes:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).digest()

    over = hashed({"@context": badge["@context"], **proof}) + hashed(badge)
    KEY.public_key().verify(signature, over)


def test_whole_hours_are_whole_numbers_as_the_canonical_form_has_them() -> None:
    badge = credential(ADA, result(came(0, "A"), left(60, "A")), ISSUER, at(300))
    assert json.dumps(badge["credentialSubject"]["creditsEarned"]) == "1"
