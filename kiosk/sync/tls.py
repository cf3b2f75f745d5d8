"""TLS towards the hub: its own pinned authority, the station's own certificate, and nobody else's word.

The system's trusted authorities are not asked, so a hotel's "security appliance" cannot read along; redirects are
never followed; dates in certificates do not matter, since clocks lie.
"""

from __future__ import annotations

import secrets
import ssl
import tempfile
from pathlib import Path
from typing import Any

from kiosk.domain.trust import device_named
from kiosk.services.hub_link import HubLink

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL: a station with a wrong clock must still reach the hub that sets it right."""


def pinned_context(ca_pem: str) -> ssl.SSLContext:
    """Trusts this one authority, speaks TLS 1.3 only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= _NO_CHECK_TIME
    context.load_verify_locations(cadata=ca_pem)
    return context


def anybody_context() -> ssl.SSLContext:
    """Trusts nobody and speaks with anybody: for the one question by which an unknown hub proves itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def station_context(link: HubLink) -> ssl.SSLContext:
    """The same, and shows the station's certificate. Check the name with `link.server_name`, whatever the address."""
    context = pinned_context(link.ca_pem)
    show_certificate(context, link)
    return context


def calling_context(link: HubLink) -> ssl.SSLContext:
    """Towards another station of the same hub, whichever it is: who it is stands in its certificate (`device_of`)."""
    context = station_context(link)
    context.check_hostname = False
    return context


def answering_context(link: HubLink) -> ssl.SSLContext:
    """For other stations of the same hub: whoever shows no certificate of its authority gets no further."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= _NO_CHECK_TIME
    context.load_verify_locations(cadata=link.ca_pem)
    show_certificate(context, link)
    return context


def device_of(secure: ssl.SSLSocket) -> str | None:
    """The device whose certificate was shown, which our authority has proved; None where it is no device's."""
    shown = secure.getpeercert() or {}
    names: Any = shown.get("subjectAltName", ())
    found = [device_named(name) for kind, name in names if kind == "DNS"]
    return found[0] if len(found) == 1 else None


def show_certificate(context: ssl.SSLContext, link: HubLink) -> None:
    """Give the context the station's certificate and key. Python wants a file: its key is locked with one-time words
    that are kept nowhere.
    """
    from cryptography.hazmat.primitives import serialization

    word = secrets.token_bytes(32)
    key = serialization.load_pem_private_key(link.tls_key_pem.encode(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(word),
    )
    with tempfile.TemporaryDirectory(prefix="kiosk-") as folder:
        path = Path(folder) / "key.pem"
        path.write_bytes(ssl.DER_cert_to_PEM_cert(bytes.fromhex(link.certificate)).encode() + locked)
        context.load_cert_chain(path, password=word)
