"""Codes as people type them, and proofs that cover everything."""

from __future__ import annotations

import pytest

from kiosk.domain.code_looks import looks_like
from kiosk.domain.invitations import (
    Invitation,
    digits,
    fits,
    hub_proof,
    new_code,
    read_address,
    read_code,
    read_invitation,
    station_proof,
)

CODE = new_code(bytes(range(13)))
SAID = {"device": "D", "name": "Desk 2", "nonce": "ab"}


def test_a_code_is_read_however_it_is_typed() -> None:
    text = str(CODE)
    assert len(text.replace("-", "")) == 20
    for typed in (text, text.lower(), text.replace("-", ""), text.replace("-", " "), text.replace("0", "o")):
        assert read_code(typed) == CODE


@pytest.mark.parametrize("text", ["", "AB12", "U" * 20, "A" * 21, "ÄB12-CD34-EF56-GH78-JK90", "1" * 5000])
def test_what_is_no_code_is_none(text: str) -> None:
    assert read_code(text) is None


def test_the_qr_holds_addresses_fingerprint_and_code() -> None:
    invitation = Invitation(("192.168.1.20:7443", "[fe80::1]:7443"), "ab" * 32, CODE)
    assert read_invitation(str(invitation)) == invitation
    assert read_invitation(str(invitation).replace("ab", "x", 1)) is None
    assert read_invitation("https://hub.example/") is None
    assert looks_like(str(invitation)).words == "an invitation for a station, not a ticket"
    assert looks_like(str(invitation)).private


@pytest.mark.parametrize(
    "typed, address",
    [
        ("192.168.1.20", "192.168.1.20:7443"),
        ("https://Hub.local:8000/", "hub.local:8000"),
        ("[::1]:1", "[::1]:1"),
        ("hub:0", None),
        ("hub:65536", None),
        ("hub/path", None),
        ("http://hub", None),
        ("user@hub", None),
        ("", None),
    ],
)
def test_an_address_is_read_as_people_write_it(typed: str, address: str | None) -> None:
    assert read_address(typed) == address


def test_every_word_of_what_is_said_counts() -> None:
    proof, shown = station_proof(CODE, SAID), digits(CODE, SAID, "n")
    for name in SAID:
        other = {**SAID, name: "other"}
        assert not fits(station_proof(CODE, other), proof)
        assert digits(CODE, other, "n") != shown
    assert digits(CODE, SAID, "m") != shown
    assert not fits(station_proof(new_code(bytes(13)), SAID), proof)
    assert hub_proof(CODE, "n", "H", "ca") != hub_proof(CODE, "n", "H", "another ca")
