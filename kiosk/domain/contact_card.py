"""What a badge's QR holds: its own code, or a contact card with the code inside.

A card says only what can be read on the badge anyway. E-mail and telephone stay on the roster: whoever photographs a
badge in a lobby must not learn more than whoever reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kiosk.domain.badge import Badge
from kiosk.domain.layout import Payload


def payloads(badge: Badge, kind: Payload) -> Iterator[str]:
    """What the QR should hold, best first: each is shorter than the one before, and the last is the code alone."""
    if kind is not Payload.CODE:
        card = _vcard if kind is Payload.VCARD else _mecard
        yield card(badge, badge.agency)
        yield card(badge, "")
    yield badge.code


def _vcard(badge: Badge, agency: str) -> str:
    """RFC 2426. Our own code is its UID, where every scanner of ours looks for it."""
    names = ";".join(_escaped(text, _VCARD) for text in (badge.last, badge.first))
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{names}",
        f"FN:{_escaped(_full_name(badge), _VCARD)}",
        f"ORG:{_escaped(agency, _VCARD)}" if agency else "",
        f"TITLE:{_escaped(badge.title, _VCARD)}" if badge.title and agency else "",
        f"UID:{badge.code}",
        "END:VCARD",
    ]
    return "\n".join(line for line in lines if line)


def _mecard(badge: Badge, agency: str) -> str:
    names = ",".join(_escaped(text, _MECARD) for text in (badge.last, badge.first) if text)
    organisation = f"ORG:{_escaped(agency, _MECARD)};" if agency else ""
    return f"MECARD:N:{names or _escaped(badge.big, _MECARD)};{organisation}NOTE:{badge.code};;"


_VCARD, _MECARD = r"\\;,", r"\\;:,"


def _escaped(text: str, special: str) -> str:
    return re.sub(f"([{special}])", r"\\\1", text)


def _full_name(badge: Badge) -> str:
    return " ".join(part for part in (badge.first, badge.last) if part) or badge.big
