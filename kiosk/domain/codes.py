"""Scanner text → the codes to look up.

A scanner delivers whatever is printed on the thing held before it. `read` finds the ticket codes in it, best first,
or says in a few words what it resembles instead, so that a volunteer has something to answer. All of it is text from
strangers: it is limited before it is looked at, nothing in it is run or resolved, and a code is only ever compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from kiosk.domain.code_carriers import codes_in_address, codes_in_card, is_address
from kiosk.domain.code_looks import Looks, looks_like
from kiosk.domain.keyboards import undone
from kiosk.domain.own_codes import code_key, is_own, new_code, own_form, trim
from kiosk.i18n import _

__all__ = ["LONGEST_CODE", "LONGEST_SCAN", "CodeRules", "Reading", "code_key", "is_own", "new_code", "own_form", "read"]

LONGEST_SCAN = 2953
"""Characters of the longest text looked at: what a QR code holds in bytes (version 40, level L, ISO/IEC 18004)."""

LONGEST_CODE = 1024
"""Characters of the longest code looked up; signed tickets of sellers reach some hundreds."""

MOST_CANDIDATES = 6

_AIM = re.compile(r"\](?P<symbology>[A-Za-z])[0-9A-Za-z](?:\\\d{6})?")
"""An AIM identifier (ISO/IEC 15424), which some scanners put first, with the ECI that may follow it."""

_NOT_PLAIN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class CodeRules:
    """What is this conference's own among codes. The defaults fit a conference that has said nothing of the kind."""

    prefix: str = ""
    """Short name before a code: `PLC` in `PLC|000001|José` and `PLC23-000001`. Empty: none."""
    year: int | None = None
    """The conference's year; the same prefix with another year is a badge of another conference."""
    url_hosts: tuple[str, ...] = ()
    """Hosts (`plecet.example`) whose addresses carry our codes as path or parameter."""

    @classmethod
    def for_conference(cls, prefix: str, year: int | None, url_hosts: Iterable[str] = ()) -> CodeRules:
        """Rules from what a conference's settings hold, in any letter case."""
        return cls(prefix.strip().upper(), year, tuple(host.strip().lower().removeprefix("www.") for host in url_hosts))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in the text of one scan. What it resembles is worked out when it is asked for: most codes are
    known.
    """

    candidates: tuple[str, ...] = ()
    """Codes to look up as they were written, best first, each once by `code_key`; at most six."""
    wrong_conference: bool = False
    """It says itself that it belongs to another conference or year; `candidates` then holds the whole text at most."""
    body: str = ""
    """The text without what scanners put around it."""
    symbology: str = ""
    """The AIM letter of the barcode, where the scanner sent it."""

    @property
    def empty(self) -> bool:
        """There was nothing in it: a press of the trigger. Nothing to answer."""
        return not self.body

    @property
    def looks_like(self) -> str:
        """A few words on what the text resembles, for when no candidate is known."""
        return _("very long text") if len(self.body) > LONGEST_SCAN else self._looks().words

    @property
    def excerpt(self) -> str:
        """The beginning as one line, fit to be kept and shown; empty where the text is somebody's personal data or a
        secret.
        """
        return "" if len(self.body) <= LONGEST_SCAN and self._looks().private else _excerpt(self.body)

    def _looks(self) -> Looks:
        return looks_like(self.body, self.symbology)


def read(text: str, rules: CodeRules) -> Reading:
    """Find the codes in what a scanner delivered. Never raises; the cost is bounded whatever the text."""
    if len(text) > LONGEST_SCAN:
        return Reading(body=text)
    body = trim(text)
    aim = _AIM.match(body)
    if aim:
        body = trim(body[aim.end() :])
    if not body:
        return Reading()
    found, wrong = _candidates(body, rules)
    return Reading(found, wrong, body, aim["symbology"] if aim else "")


def _candidates(body: str, rules: CodeRules) -> tuple[tuple[str, ...], bool]:
    """The codes in a trimmed text, and whether it belongs to another conference."""
    card = codes_in_card(body)
    if card is not None:
        return _with_prefixes(card, rules)
    if _NOT_PLAIN.search(body):
        return (), False
    if is_address(body, rules.url_hosts):
        address = codes_in_address(body, rules.url_hosts)
        if address.year is not None and rules.year is not None and address.year != rules.year:
            return _distinct([body]), True
        inner, wrong = _with_prefixes(address.codes, rules)
        return _distinct([body, *(() if wrong else inner)]), wrong
    return _with_prefixes([body], rules)


def _with_prefixes(codes: Iterable[str], rules: CodeRules) -> tuple[tuple[str, ...], bool]:
    """Each code as it stands, then what is behind our prefix, then what it would be on another keyboard layout."""
    codes = list(codes)
    behind: list[str] = []
    for code in codes:
        if not rules.prefix and _DATED.fullmatch(code):
            return _distinct(codes), True
        match = _prefixed(rules.prefix).fullmatch(code) if rules.prefix else _WALLET.fullmatch(code)
        if match is None:
            continue
        if match["year"] and rules.year is not None and int(match["year"]) not in (rules.year, rules.year % 100):
            return _distinct(codes), True
        behind.append(match["code"])
    return _distinct([*codes, *behind, *(other for code in codes for other in undone(code))]), False


_WALLET = re.compile(r"[A-Za-z]{2,8}(?P<year>)\|(?P<code>[^|]+)(?:\|.*)?")
"""Some short name, a code, perhaps more: `PLC|000001|José`, for a conference that has not said what its own is."""

_DATED = re.compile(r"[A-Za-z]{2,8}(?:[0-9]{4}|[0-9]{2})-[0-9]{4,}")
"""`PLC22-000001`: a badge that names its conference and year, where this conference prints no such thing."""


@lru_cache(maxsize=8)
def _prefixed(prefix: str) -> re.Pattern[str]:
    """`PLC|000001|José`, `PLC-000001`, `PLC23-000001`, `PLC2023-000001`."""
    year, code = r"(?P<year>[0-9]{4}|[0-9]{2})?", r"(?P<code>[^|]+)"
    return re.compile(rf"{re.escape(prefix)}{year}[-|:/# ]\s*{code}(?:\|.*)?", re.IGNORECASE)


def _distinct(codes: Iterable[str]) -> tuple[str, ...]:
    """The usable ones among codes, each once."""
    return tuple(_first_of_each(codes))[:MOST_CANDIDATES]


def _first_of_each(codes: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for code in map(trim, codes):
        if not code or len(code) > LONGEST_CODE or _NOT_PLAIN.search(code):
            continue
        key = code_key(code)
        if key not in seen:
            seen.add(key)
            yield code


def _excerpt(text: str) -> str:
    """The first 40 characters in one line, what cannot be printed shown as a middle dot."""
    return "".join(c if c.isprintable() else "·" for c in trim(text[:80])[:40])
