"""What an unknown scan resembles, in words a volunteer can use: "this is your boarding pass"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.invitations import QR_PREFIX
from kiosk.domain.keyboards import layout_words
from kiosk.domain.own_codes import is_own
from kiosk.i18n import _

_NOT_PLAIN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BOARDING_PASS = re.compile(r"M[1-4][A-Z ./'-]{20}[E ][A-Z0-9 ]{7}[A-Z]{6}")
"""The beginning of an IATA bar coded boarding pass (Resolution 792)."""


@dataclass(frozen=True, slots=True)
class Looks:
    """A resemblance: the words for it, and whether the text is somebody's own business and must not be kept."""

    words: str
    private: bool = False


_BEGINNINGS: tuple[tuple[tuple[str, ...], Callable[[], str], bool], ...] = (
    (("BEGIN:VCARD",), lambda: _("contact details (vCard)"), True),
    (("MECARD:", "BIZCARD:"), lambda: _("contact details (MECARD)"), True),
    (("BEGIN:VEVENT", "BEGIN:VCALENDAR"), lambda: _("a calendar entry"), True),
    (("WIFI:",), lambda: _("a Wi-Fi code"), True),
    (("OTPAUTH:", "OTPAUTH-MIGRATION:"), lambda: _("a code for setting up sign-in"), True),
    (("HC1:", "SHC:/"), lambda: _("a health certificate"), True),
    (
        ("BCD\n", "BCD\r\n", "SPC\n", "SPC\r\n", "BITCOIN:", "ETHEREUM:", "LIGHTNING:", "UPI:", "000201"),
        lambda: _("a payment code"),
        True,
    ),
    (
        ("HTTPS://WWW.PAYPAL.", "HTTPS://PAYPAL.", "HTTPS://BUY.STRIPE.", "HTTPS://VENMO.", "HTTPS://CASH.APP/"),
        lambda: _("a payment link"),
        False,
    ),
    ((QR_PREFIX,), lambda: _("an invitation for a station, not a ticket"), True),
    (("TEL:", "SMS:", "SMSTO:", "FACETIME:"), lambda: _("a phone number"), True),
    (("MAILTO:", "MATMSG:", "SMTP:"), lambda: _("an e-mail address"), True),
    (("GEO:",), lambda: _("a place on a map"), False),
    (("HTTP://", "HTTPS://", "WWW."), lambda: _("a web address"), False),
)
"""What the text begins with (in capitals), the words, and whether it is private."""


def looks_like(text: str, symbology: str = "") -> Looks:
    """What a trimmed text resembles. `symbology` is the AIM letter of the barcode where the scanner sent it."""
    start = text[:40].upper()
    for beginnings, words, private in _BEGINNINGS:
        if start.startswith(beginnings):
            return Looks(words(), private)
    if "ANSI " in start and start.startswith("@"):
        return Looks(_("a driver's license"), True)
    if start.startswith(("P<", "I<")):
        return Looks(_("a passport or identity card"), True)
    if _BOARDING_PASS.match(start):
        return Looks(_("a boarding pass"), True)
    return Looks(_of_shape(text, symbology), private="@" in text or text.startswith(("{", "[")))


def _of_shape(text: str, symbology: str) -> str:
    """Words for a text that says nothing of itself: by its length and its characters."""
    if _looks_doubled(text):
        return _("two scans run together")
    if _NOT_PLAIN.search(text):
        return _("text with control characters")
    if symbology == "E" or _is_product(text):
        return _("a product barcode")
    if text.startswith(("{", "[")):
        return _("data of another program")
    if len(text) > 500:
        return _("very long text")
    return layout_words(text) or _of_code_shape(text) or _("other text")


def _of_code_shape(text: str) -> str:
    """Words for what could be a code; empty for anything else."""
    if re.search(r"\s", text) or not re.search(r"\w", text):
        return ""
    if re.fullmatch(r"[^@]+@[^@]+\.\w+", text):
        return _("an e-mail address")
    if len(text) < 5:
        return _("a scan cut off")
    if is_own(text):
        return _("a badge code that is not on this roster")
    if not re.fullmatch(r"[\w-]+", text, re.ASCII):
        return ""
    if text.isdigit():
        return _("an Eventbrite ticket that is not on this roster") if len(text) == 24 else _("a number")
    return _("a ticket code that is not on this roster")


def _looks_doubled(text: str) -> bool:
    """The same code twice, or codes on lines of their own: the scanner's end key got lost, or its gap is too short."""
    half, odd = divmod(len(text), 2)
    if half >= 4 and not odd and text[:half] == text[half:] and len(set(text)) > 1:
        return True
    lines = [line for line in re.split(r"[\r\n\t]+", text) if line]
    return 2 <= len(lines) <= 4 and all(4 <= len(line) <= 64 and re.fullmatch(r"[\w-]+", line) for line in lines)


def _is_product(text: str) -> bool:
    """EAN-8, UPC-A, EAN-13 or ITF-14 with a check digit that holds (GS1 General Specifications 7.9)."""
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()) or len(set(text)) == 1:
        return False
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return total % 10 == 0
