"""Texts that carry a code inside: addresses, contact cards, JSON.

Each is read with the standard library or a few lines of our own, within limits, and for the one thing we want. What
cannot be read cleanly holds no code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_JSON_KEYS = (
    "secret",
    "ticket_secret",
    "checkin_secret",
    "s",
    "code",
    "ticket_code",
    "ticket",
    "barcode",
    "uid",
    "number",
    "id",
)
_QUERY_KEYS = ("code", "ticket", "secret", "barcode", "token", "pk", "t", "c", "id")
_CARD_FIELDS = ("UID", "NOTE")

_LEAST_FOREIGN = 10
"""Characters of the shortest code taken from an address that is not ours: `menu.example/?id=000001` is a menu, not
attendee one."""
_LEAST_JSON_NUMBER = 10
"""Digits of the shortest code taken from a JSON number. Those have no leading zeros, so a short one is some row of a
table."""
_MOST_FIELDS = 64
_NUMBER = re.compile(r"[0-9]{6,}")


@dataclass(frozen=True, slots=True)
class InAddress:
    """What an address carries."""

    codes: tuple[str, ...] = ()
    year: int | None = None
    """The conference's year, where one of our own addresses names it (`?e=2023`)."""


def is_address(text: str, hosts: Iterable[str]) -> bool:
    """Whether this is a web address, or begins with one of our hosts where the scheme was left out."""
    lowered = text[:300].lower()
    return lowered.startswith(("http://", "https://", "www.")) or any(lowered.startswith(f"{host}/") for host in hosts)


def codes_in_address(text: str, hosts: Sequence[str]) -> InAddress:
    """Codes in a web address's parameters and path: any on our own hosts, long ones elsewhere. Nothing is fetched.

    A conference that has not said which hosts are its own takes a number of six digits or more from the end of any
    path.
    """
    try:
        parts = urlsplit(text if "://" in text[:9] else f"https://{text}")
        host = (parts.hostname or "").removeprefix("www.")
        query = dict(reversed(parse_qsl(parts.query, max_num_fields=_MOST_FIELDS)))
    except ValueError:
        return InAddress()
    values = [query[key] for key in _QUERY_KEYS if key in query]
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    if any(host == own or host.endswith(f".{own}") for own in hosts):
        year = query.get("e", "")
        return InAddress((last, *values), int(year) if re.fullmatch(r"[12]\d{3}", year, re.ASCII) else None)
    if any(c.isdigit() for c in last):
        values.append(last)
    codes = [value for value in values if len(value) >= _LEAST_FOREIGN]
    if not hosts and last not in codes and _NUMBER.fullmatch(last):
        codes.append(last)
    return InAddress(tuple(codes))


def codes_in_card(text: str) -> list[str] | None:
    """Codes in a vCard, a MECARD or a JSON object; None where the text is none of these."""
    start = text[:12].upper()
    if start.startswith("BEGIN:VCARD"):
        return _fields_of(_vcard_properties(text))
    if start.startswith(("MECARD:", "BIZCARD:")):
        return _fields_of(_mecard_properties(text))
    if text.startswith("{"):
        return _codes_in_json(text)
    return None


def _vcard_properties(text: str) -> list[tuple[str, str]]:
    """Name and value of each property (RFC 6350); a line that begins with a space goes on with the one before it."""
    properties = []
    for line in re.sub(r"(?:\r\n|\r|\n)[ \t]", "", text).splitlines()[:_MOST_FIELDS]:
        name, colon, value = line.partition(":")
        if colon:
            properties.append((name.partition(";")[0].rpartition(".")[2], value))
    return properties


def _mecard_properties(text: str) -> list[tuple[str, str]]:
    """Name and value of each field; a backslash before a semicolon keeps it in the value."""
    fields = re.findall(r"((?:[^;\\]|\\.)*);?", text.partition(":")[2], re.DOTALL)[:_MOST_FIELDS]
    return [(name, value) for name, colon, value in (field.partition(":") for field in fields) if colon]


def _fields_of(properties: list[tuple[str, str]]) -> list[str]:
    """The values of the fields that may hold a code, UID before NOTE. A note of several words is a note."""
    values = [
        re.sub(r"\\(.)", r"\1", value).strip()
        for wanted in _CARD_FIELDS
        for name, value in properties
        if name.strip().upper() == wanted
    ]
    return [value.removeprefix("urn:uuid:") for value in values if value and not re.search(r"\s", value)]


def _codes_in_json(text: str) -> list[str] | None:
    """Values of the keys under which systems write a ticket's code, in a JSON object's first level.

    Nesting deeper than the parser's stack is no JSON to us.
    """
    try:
        found = json.loads(text, object_pairs_hook=_unambiguous, parse_int=_long_number, parse_float=lambda _: None)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return [value for key in _JSON_KEYS if isinstance(value := found.get(key), str)]


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object without the keys it has twice with different values: two systems would read two different tickets."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        name = key.lower()
        found[name] = value if name not in found or found[name] == value else None
    return found


def _long_number(digits: str) -> str | None:
    return digits if len(digits) >= _LEAST_JSON_NUMBER else None
